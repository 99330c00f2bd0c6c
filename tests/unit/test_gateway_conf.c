/* link: zwgateway */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gateway's configuration: each complaint across keys with its line, addresses, engine IDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>

#include "agent/gateway/conf.h"
#include "tests/unit/conf_fixture.h"

#define TO "collectors = [ \"collector:7481\" ];\n"
#define OLD                                                                                        \
	TO "credentials = ( { name = \"old\"; version = \"v2c\"; community_file = \"/c\"; },\n"    \
	   "{ name = \"plant\"; user = \"zw\"; auth_file = \"/a\"; priv_file = \"/p\"; } );\n"
#define DEVICE(keys)                                                                               \
	OLD "devices = (\n"                                                                        \
	    " { node = \"d1\"; address = \"10.0.0.1\"; credential = \"old\"; " keys " } );\n"

static struct conf_gateway *
load(const char *text, const char *expected)
{
	char *said;
	struct conf_gateway *c = fixture_load(&gateway_conf_table, gateway_conf_check, text, &said);

	assert_string_equal(said, expected);
	free(said);
	return c;
}

static void
right(const char *text)
{
	struct conf_gateway *c = load(text, "");

	assert_non_null(c);
	conf_free(&gateway_conf_table, c);
}

static void
wrong(const char *text, const char *expected)
{
	assert_null(load(text, expected));
}

static void
test_defaults(void **state)
{
	struct conf_gateway *c = load(DEVICE(""), "");
	const struct conf_device *d = c->devices.v;

	(void)state;
	assert_int_equal(c->spread, 1000);
	assert_null(c->traps.listen);
	assert_int_equal(c->traps.hold, 86400000);
	assert_int_equal(d->timeout, 2000);
	assert_int_equal(d->varbinds, 24);
	assert_int_equal(d->refresh, 600000);
	conf_free(&gateway_conf_table, c);
	right(TO);
}

static void
test_sample_is_right(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	conf_print_sample(&gateway_conf_table, f);
	fclose(f);
	right(text);
	free(text);
}

static void
test_credentials(void **state)
{
	(void)state;
	wrong(TO
	    "credentials = (\n { name = \"a\"; version = \"v2c\"; },\n"
	    " { name = \"b\"; version = \"v1\"; community_file = \"/c\";\n   user = \"u\"; } );",
	    "3: credentials[a]: v2c needs a \"community_file\"\n"
	    "5: credentials[b].user: v1 knows no users\n");
	wrong(TO "credentials = (\n { name = \"a\"; auth_file = \"/a\"; priv_file = \"/p\"; },\n"
		 " { name = \"b\"; user = \"u\"; auth_file = \"/a\"; priv_file = \"/p\";\n"
		 "   community_file = \"/c\"; } );",
	    "3: credentials[a]: v3 needs a \"user\"\n"
	    "5: credentials[b].community_file: v3 knows no communities\n");
	wrong(TO "credentials = (\n { name = \"a\"; user = \"u\";\n   auth = \"none\"; priv = "
		 "\"none\"; },\n"
		 " { name = \"b\"; user = \"u\"; allow_noauth = true; auth = \"none\";\n"
		 "   priv = \"AES\"; priv_file = \"/p\"; } );",
	    "4: credentials[a].auth: without authentication anybody can answer for the device; if "
	    "that is really wanted, say allow_noauth = true\n"
	    "6: credentials[b].priv: there is no privacy without authentication\n");
	right(TO "credentials = ( { name = \"a\"; user = \"u\"; auth = \"none\"; priv = \"none\";"
		 " allow_noauth = true; } );");
	wrong(TO "credentials = (\n { name = \"a\"; user = \"u\"; priv_file = \"/p\"; },\n"
		 " { name = \"b\"; user = \"u\"; auth = \"MD5\"; auth_file = \"/a\"; priv = "
		 "\"DES\"; } );",
	    "3: credentials[a]: auth = \"SHA-256\" needs an \"auth_file\"\n"
	    "4: credentials[b]: priv = \"DES\" needs a \"priv_file\"\n");
	wrong(TO "credentials = (\n { name = \"a\"; version = \"v4\"; },\n"
		 " { name = \"b\"; user = \"u\"; auth = \"SHA1\"; auth_file = \"/a\";\n"
		 "   priv = \"AES-512\"; priv_file = \"/p\"; } );",
	    "3: credentials[a].version: \"v4\" is not v1, v2c or v3; did you mean \"v1\"?\n"
	    "4: credentials[b].auth: \"SHA1\" is not none, MD5, SHA, SHA-224, SHA-256, "
	    "SHA-384 or SHA-512; did you mean \"SHA\"?\n"
	    "5: credentials[b].priv: \"AES-512\" is not none, DES, AES, AES-192, AES-256, "
	    "AES-192-C or AES-256-C; did you mean \"AES-192\"?\n");
}

static void
test_devices(void **state)
{
	(void)state;
	wrong(OLD "devices = (\n { node = \"d1\"; address = \"plant-1\"; credential = \"old\"; },\n"
		  " { node = \"d2\"; address = \"10.0.0.2\"; credential = \"plent\"; },\n"
		  " { node = \"d1\"; address = \"10.0.0.3\"; credential = \"old\";\n"
		  "   traps_from = [ \"10.0.0.4\", \"x\" ]; } );",
	    "5: devices[d1].address: \"plant-1\" is no IP address (names are not resolved "
	    "here)\n"
	    "6: devices[d2].credential: there is no credential \"plent\"; did you mean "
	    "\"plant\"?\n"
	    "7: devices[d1].node: \"d1\" is given twice\n"
	    "8: devices[d1].traps_from: \"x\" is no IP address\n");
	wrong(DEVICE("\n engine_id = \"80001f\";"),
	    "6: devices[d1].engine_id: \"80001f\" is not 5 to 32 bytes in hex\n");
	wrong(DEVICE("\n engine_id = \"80001f8880\";"),
	    "6: devices[d1].engine_id: v2c knows no engines\n");
	right(OLD "devices = ( { node = \"d\"; address = \"[::1]:161\"; credential = \"plant\";"
		  " engine_id = \"0x80001F8880e9630000d61ff449\"; } );");
	wrong(DEVICE("overrides = (\n { interval = \"7s\"; },\n { interval = \"1500ms\"; } );"),
	    "6: devices[d1].overrides[#1].interval: must be whole seconds that divide a "
	    "day, as 1s, 5s, 10s, 30s or 1min\n"
	    "7: devices[d1].overrides[#2].interval: must be whole seconds that divide a "
	    "day, as 1s, 5s, 10s, 30s or 1min\n");
}

static void
test_children(void **state)
{
	(void)state;
	right(
	    DEVICE("children = ( { name = \"a\"; index = [ \"5\", \"5-8\", \"2.1-2.40\" ]; } );"));
	wrong(DEVICE("children = (\n { name = \"a\"; index = [ \"5-\", \"x\",\n \"1-2.3\", \"-5\","
		     " \"\" ]; } );"),
	    "6: devices[d1].children[#1].index: \"5-\" is neither an index nor a range of "
	    "two of the same length\n"
	    "6: devices[d1].children[#1].index: \"x\" is neither an index nor a range of "
	    "two of the same length\n"
	    "6: devices[d1].children[#1].index: \"1-2.3\" is neither an index nor a range "
	    "of two of the same length\n"
	    "6: devices[d1].children[#1].index: \"-5\" is neither an index nor a range of "
	    "two of the same length\n"
	    "6: devices[d1].children[#1].index: \"\" is neither an index nor a range of "
	    "two of the same length\n");
	wrong(DEVICE("children = (\n { name = \"c23456789012345678901234567890123456789012345678901"
		     "234567890\"; },\n { name = \"c2345678901234567890123456789012345678901234567"
		     "890123456789012\"; } );"),
	    "7: devices[d1].children[#2].name: "
	    "d1.c2345678901234567890123456789012345678901234567890123456789012 is longer than a "
	    "node's name may be (63 bytes)\n");
}

static void
test_traps(void **state)
{
	(void)state;
	right(OLD "traps = { listen = \"0.0.0.0:162\"; credentials = [ \"old\" ]; };");
	right(OLD "traps = { listen = \"[::]:1162\"; };");
	wrong(OLD
	    "traps = {\n listen = \"localhost:162\";\n credentials = [ \"old\",\n \"new\" ]; };",
	    "5: traps.listen: \"localhost:162\" is no IP address (names are not resolved "
	    "here)\n"
	    "6: traps.credentials: there is no credential \"new\"\n");
}

static void
test_probes(void **state)
{
	(void)state;
	wrong(TO
	    "probes = (\n { node = \"a\"; kind = \"icmp\"; address = \"10.0.0.1\"; },\n"
	    " { node = \"a\"; kind = \"icmp\"; address = \"10.0.0.2\"; },\n"
	    " { node = \"b\"; kind = \"icmp\"; address = \"10.0.0.2\"; timeout = \"20s\"; },\n"
	    " { node = \"c\"; kind = \"icmp\"; address = \"10.0.0.2\"; interval = \"11s\"; } );",
	    "4: probes[#2]: a has two icmp probes of this name; give one of them another "
	    "\"name\"\n"
	    "5: probes[#3].timeout: is longer than the interval\n"
	    "6: probes[#4].interval: must be whole seconds that divide a day, as 1s, 5s, "
	    "10s, 30s or 1min\n");
	right(TO "probes = ( { node = \"a\"; kind = \"icmp\"; address = \"10.0.0.1\"; },\n"
		 " { node = \"a\"; kind = \"icmp\"; name = \"b\"; address = \"10.0.0.2\"; } );");
}

/* "HOST PORT", or "-". */
static void
address(const char *text, const char *expected)
{
	struct sockaddr_storage ss;
	char host[INET6_ADDRSTRLEN] = "", got[INET6_ADDRSTRLEN + 16];
	unsigned len = 0, port;

	if (gateway_conf_address(text, 161, &ss, &len) == -1) {
		assert_string_equal("-", expected);
		return;
	}
	const struct sockaddr_in *v4 = (struct sockaddr_in *)&ss;
	const struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ss;
	bool is4 = ss.ss_family == AF_INET;
	assert_int_equal(len, is4 ? sizeof *v4 : sizeof *v6);
	inet_ntop(
	    ss.ss_family, is4 ? (const void *)&v4->sin_addr : &v6->sin6_addr, host, sizeof host);
	port = ntohs(is4 ? v4->sin_port : v6->sin6_port);
	snprintf(got, sizeof got, "%s %u", host, port);
	assert_string_equal(got, expected);
}

static void
test_addresses(void **state)
{
	(void)state;
	address("10.1.2.3", "10.1.2.3 161");
	address("10.1.2.3:1161", "10.1.2.3 1161");
	address("::1", "::1 161");
	address("2001:db8::1:1161", "2001:db8::1:1161 161");
	address("[2001:db8::1]", "2001:db8::1 161");
	address("[2001:db8::1]:65535", "2001:db8::1 65535");
	address("[10.1.2.3]:5", "10.1.2.3 5");
	address("", "-");
	address(":161", "-");
	address("10.1.2.3:", "-");
	address("10.1.2.3:0", "-");
	address("10.1.2.3:65536", "-");
	address("10.1.2.3:16 1", "-");
	address("10.1.2", "-");
	address("10.1.2.3.4", "-");
	address("host:161", "-");
	address("[::1", "-");
	address("[::1]x", "-");
	address("[::1]:", "-");
	address("::1]:5", "-");
	address("fe80::1%eth0", "-");
	address("[1111111111111111111111111111111111111111111111111111111111111111111111]:1", "-");
}

static void
test_engines(void **state)
{
	uint8_t id[GATEWAY_CONF_MAX_ENGINE];

	(void)state;
	assert_int_equal(gateway_conf_engine("80001F88aB", id), 5);
	assert_memory_equal(id, "\x80\x00\x1f\x88\xab", 5);
	assert_int_equal(gateway_conf_engine("0x80001f88ab01", id), 6);
	assert_int_equal(gateway_conf_engine("", id), 0);
	assert_int_equal(gateway_conf_engine("0x", id), 0);
	assert_int_equal(gateway_conf_engine("80001f88", id), 0);
	assert_int_equal(gateway_conf_engine("80001f88a", id), 0);
	assert_int_equal(gateway_conf_engine("80001f88ag", id), 0);
	assert_int_equal(gateway_conf_engine("80 01f88ab", id), 0);
	assert_int_equal(gateway_conf_engine("-1001f88ab", id), 0);
	char text[67] = "";
	memset(text, 'a', 64);
	assert_int_equal(gateway_conf_engine(text, id), 32);
	memset(text, 'a', 66);
	assert_int_equal(gateway_conf_engine(text, id), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_sample_is_right),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_engines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

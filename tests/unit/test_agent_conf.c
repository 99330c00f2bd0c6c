/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the agent's configuration: its defaults, its sample, and the checks across keys. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/conf.h"
#include "tests/unit/conf_fixture.h"

#define TO "collectors = [ \"collector:7481\" ];\n"

static struct conf_agent *
load(const char *text, const char *expected)
{
	char *said;
	struct conf_agent *c = fixture_load(&agent_conf_table, agent_conf_check, text, &said);

	assert_string_equal(said, expected);
	free(said);
	return c;
}

static void
right(const char *text)
{
	struct conf_agent *c = load(text, "");

	assert_non_null(c);
	conf_free(&agent_conf_table, c);
}

static void
wrong(const char *text, const char *expected)
{
	assert_null(load(text, expected));
}

static void
test_defaults(void **state)
{
	struct conf_agent *c = load(TO, "");

	(void)state;
	assert_int_equal(c->collectors.n, 1);
	assert_int_equal(c->step, 10000);
	assert_string_equal(c->root, "/");
	assert_string_equal(c->tls.key, "/etc/zonewatch/tls/agent.key");
	assert_int_equal(c->spool.max_size, 64 << 20);
	assert_int_equal(c->spool.max_age, 7 * 86400000LL);
	assert_int_equal(c->sources.off.n, 0);
	assert_int_equal(c->sources.network.ignore.n, 1);
	assert_string_equal(c->sources.disk.ignore.v[0], "loop*");
	conf_free(&agent_conf_table, c);
}

static void
test_sample_is_right(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	conf_print_sample(&agent_conf_table, f);
	fclose(f);
	right(text);
	free(text);
}

static void
test_collectors(void **state)
{
	(void)state;
	wrong("step = \"5s\";", "1: collectors: must be given\n");
	wrong("collectors = [ ];", "1: collectors: must not be empty\n");
	right("collectors = ( \"a:1\", \"[2001:db8::1]:7481\", \"192.0.2.1:65535\" );");
	wrong("collectors = [ \"a\",\n \"a:0\",\n \"a:65536\",\n \"2001:db8::1\",\n \"a b:1\" ];",
	    "1: collectors: \"a\" is no host:port, as in \"192.0.2.1:7481\" or "
	    "\"[2001:db8::1]:7481\"\n"
	    "2: collectors: \"a:0\" is no host:port, as in \"192.0.2.1:7481\" or "
	    "\"[2001:db8::1]:7481\"\n"
	    "3: collectors: \"a:65536\" is no host:port, as in \"192.0.2.1:7481\" or "
	    "\"[2001:db8::1]:7481\"\n"
	    "4: collectors: \"2001:db8::1\" is no host:port, as in \"192.0.2.1:7481\" or "
	    "\"[2001:db8::1]:7481\"\n"
	    "5: collectors: \"a b:1\" is no host:port, as in \"192.0.2.1:7481\" or "
	    "\"[2001:db8::1]:7481\"\n");
}

static void
test_step(void **state)
{
	(void)state;
	right(TO "step = \"1s\";");
	right(TO "step = \"1h\";");
	wrong(TO "step = \"1500ms\";", "2: step: must be whole seconds\n");
	wrong(TO "step = \"7s\";",
	    "2: step: must divide a day into equal parts, as 1s, 5s, 10s, 30s or 1min do\n");
	wrong(TO "step = \"2h\";", "2: step: \"2h\" is out of range: must be 1s to 1h\n");
}

static void
test_sources(void **state)
{
	(void)state;
	right(TO "sources: { off = [ \"cpu\", \"filesystem\" ]; };");
	wrong(TO "sources: {\n off = [ \"cpus\", \"nonsense\" ];\n};",
	    "3: sources.off: there is no source \"cpus\"; did you mean \"cpu\"?\n"
	    "3: sources.off: there is no source \"nonsense\"\n");
	wrong(TO "sources: { disk: { ignore = [ \"*a\" ]; }; };",
	    "2: sources.disk.ignore: \"*a\": a * can stand only at the end\n");
	wrong(TO "root = \"proc\";", "2: root: must be an absolute path\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_sample_is_right),
		cmocka_unit_test(test_collectors),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_sources),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

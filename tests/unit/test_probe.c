/* link: zwprobe */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What probes decide without doing: round trips, status codes, performance data, DNS messages, and
 * that each kind's tables are sound. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/gateway/probe.h"
#include "agent/gateway/probe_dns_message.h"
#include "agent/gateway/probe_name.h"
#include "agent/gateway/probe_perf.h"
#include "agent/gateway/probe_rtt.h"
#include "agent/gateway/probe_status.h"

static const char *const own[PROBE_PERF_OWN] = { "up", "status", "time" };

/* Round trips of 10, 20, lost, 40, 30 ms: only neighbours that were both answered make jitter. */
static void
rtt(void **state)
{
	const int64_t us[] = { 10000, 20000, -1, 40000, 30000 };
	const int64_t lost[] = { -1, -1 };
	struct probe_rtt r = probe_rtt(us, 5);

	(void)state;
	assert_float_equal(r.mean, 0.025, 1e-12);
	assert_float_equal(r.min, 0.010, 1e-12);
	assert_float_equal(r.max, 0.040, 1e-12);
	assert_float_equal(r.jitter, 0.010, 1e-12);
	assert_float_equal(r.loss, 20, 1e-12);
	r = probe_rtt(us, 1);
	assert_float_equal(r.mean, 0.010, 1e-12);
	assert_true(isnan(r.jitter));
	assert_float_equal(r.loss, 0, 1e-12);
	r = probe_rtt(lost, 2);
	assert_true(isnan(r.mean) && isnan(r.min) && isnan(r.max) && isnan(r.jitter));
	assert_float_equal(r.loss, 100, 1e-12);
	assert_true(isnan(probe_rtt(NULL, 0).loss));
}

/* Lists of codes. */
static void
status(void **state)
{
	static const char *const bad[] = { "", "2", "20", "2000", "200-", "-200", "200|", "|200",
		"399-200", "099", "200,301", "200 ", "200-300-400" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(probe_status_is_list(bad[i]));
	assert_true(probe_status_is_list("200"));
	assert_true(probe_status_is_list("200|301|400-404"));
	assert_true(probe_status_has("200-399", 200));
	assert_true(probe_status_has("200-399", 399));
	assert_false(probe_status_has("200-399", 400));
	assert_true(probe_status_has("200|301|400-404", 301));
	assert_true(probe_status_has("200|301|400-404", 402));
	assert_false(probe_status_has("200|301|400-404", 302));
	assert_false(probe_status_has("200", 0));
}

/* Reads a plugin's output. */
static struct probe_perf
perf(const char *output, const char *line)
{
	struct probe_perf p;
	char got[64];

	probe_perf_read(&p, output, strlen(output), own, got, sizeof got);
	assert_string_equal(got, line);
	return p;
}

/* One field as expected. */
static void
assert_perf(
    const struct probe_perf *p, unsigned i, const char *name, double value, const char *unit)
{
	assert_true(i < p->n);
	assert_string_equal(p->fields[i].name, name);
	assert_string_equal(p->fields[i].unit, unit);
	if (isnan(value))
		assert_true(isnan(p->values[i]));
	else
		assert_float_equal(p->values[i], value, fabs(value) * 1e-12);
}

/* The forms that plugins print. */
static void
perf_forms(void **state)
{
	(void)state;
	struct probe_perf p = perf("PING OK - Packet loss = 0%, RTA = 0.80 ms | "
				   "percent_packet_loss=0;40;80;0 rta=0.80ms;300;500\n",
	    "PING OK - Packet loss = 0%, RTA = 0.80 ms");
	assert_int_equal(p.n, 2);
	assert_perf(&p, 0, "percent_packet_loss", 0, "1");
	assert_perf(&p, 1, "rta", 0.0008, "s");
	p = perf(
	    "OK|'in octets'=12c;;;0 '/var''s'=3MB;;;0;9 a.b=-1.5e3% n=U x=4us y=2B z=7W w=1.5EB",
	    "OK");
	assert_int_equal(p.n, 8);
	assert_perf(&p, 0, "in_octets", 12, "1");
	assert_int_equal(p.fields[0].kind, FIELD_COUNTER);
	assert_string_equal(p.fields[0].label, "in octets");
	assert_perf(&p, 1, "var_s", 3145728, "By");
	assert_string_equal(p.fields[1].label, "/var's");
	assert_perf(&p, 2, "a_b", -1500, "%");
	assert_perf(&p, 3, "n", NAN, "1");
	assert_perf(&p, 4, "x", 4e-6, "s");
	assert_perf(&p, 5, "y", 2, "By");
	assert_perf(&p, 6, "z", 7, "W");
	assert_perf(&p, 7, "w", 1.5, "EB");
	p = perf("first | a=1\nlong | text b=2\nc=3\n", "first");
	assert_int_equal(p.n, 3);
	assert_perf(&p, 1, "b", 2, "1");
	assert_perf(&p, 2, "c", 3, "1");
}

/* Names that are the same, or ours, or too long, get a number; all of them can be DS names. */
static void
perf_names(void **state)
{
	struct series_def def = { .node = "n", .source = "exec", .step_s = 10 };
	struct err e;

	(void)state;
	struct probe_perf p = perf("|a=1 A=2 'a'=3 up=4 status=5 "
				   "a_very_long_label_of_a_plugin=6 a_very_long_label_of_another=7 "
				   "'\xc3\xa9'=8 /=9 ...=10",
	    "");
	assert_int_equal(p.n, 10);
	assert_string_equal(p.fields[1].name, "a_2");
	assert_string_equal(p.fields[2].name, "a_3");
	assert_string_equal(p.fields[3].name, "up_2");
	assert_string_equal(p.fields[4].name, "status_2");
	assert_string_equal(p.fields[5].name, "a_very_long_label_o");
	assert_string_equal(p.fields[6].name, "a_very_long_labe_2");
	def.nfields = p.n;
	memcpy(def.fields, p.fields, sizeof p.fields);
	assert_int_equal(series_def_check(&def, &e), 0);
}

/* What is no performance data is passed over, and the rest is read. */
static void
perf_damage(void **state)
{
	char many[8192] = "|", *at = many + 1;

	(void)state;
	assert_int_equal(perf("no bar at all", "no bar at all").n, 0);
	assert_int_equal(perf("", "").n, 0);
	assert_int_equal(perf("|", "").n, 0);
	assert_int_equal(perf("x|=1 a a= =b 'c'1 'd=1", "x").n, 0);
	struct probe_perf p = perf("x|junk a=1,5 b=nan c=0x10 d=1e999 e=1-2 f=1;2;3 g=--1", "x");
	assert_int_equal(p.n, 1);
	assert_perf(&p, 0, "f", 1, "1");
	for (int i = 0; i < 200; i++)
		at += snprintf(at, sizeof many - (size_t)(at - many), "v%d=%d ", i, i);
	p = perf(many, "");
	assert_int_equal(p.n, PROBE_PERF_MAX);
	assert_perf(&p, PROBE_PERF_MAX - 1, "v60", 60, "1");
}

/* Words of a server: cut between characters, and never control bytes. */
static void
say(void **state)
{
	struct probe_result r;
	char text[600];

	(void)state;
	memset(text, 'x', sizeof text);
	text[254] = '\xc3';
	text[255] = '\xa9';
	text[599] = '\0';
	probe_say(&r, "%s", text);
	assert_int_equal(strlen(r.text), 254);
	probe_say(&r, "a\nb\x1b[2J\xff");
	assert_string_equal(r.text, "a\\x0ab\\x1b[2J\\xff");
	assert_true(str_is_text(r.text, strlen(r.text)));
	text[598] = '\n';
	text[100] = '\x01';
	probe_say(&r, "%s", text);
	assert_true(str_is_text(r.text, strlen(r.text)));
}

/* A question, byte by byte. */
static void
dns_question(void **state)
{
	static const uint8_t want[] =
	    "\x12\x34\x01\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\x1c\0\1";
	uint8_t q[PROBE_DNS_MAX_QUESTION];
	char name[PROBE_DNS_MAX_NAME];

	(void)state;
	assert_int_equal(
	    probe_dns_question(q, 0x1234, "www.example.org", PROBE_DNS_AAAA), sizeof want - 1);
	assert_memory_equal(q, want, sizeof want - 1);
	assert_int_equal(
	    probe_dns_question(q, 0x1234, "www.example.org.", PROBE_DNS_AAAA), sizeof want - 1);
	assert_int_equal(probe_dns_question(q, 1, "", PROBE_DNS_A), 0);
	assert_int_equal(probe_dns_question(q, 1, "a..b", PROBE_DNS_A), 0);
	assert_int_equal(probe_dns_question(q, 1, ".", PROBE_DNS_A), 0);
	memset(name, 'a', 64);
	name[64] = '\0';
	assert_int_equal(probe_dns_question(q, 1, name, PROBE_DNS_A), 0);
	for (int i = 0; i < 255; i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[255] = '\0';
	assert_int_equal(probe_dns_question(q, 1, name, PROBE_DNS_A), 0);
	assert_int_equal(probe_dns_reverse(name, "192.0.2.1"), 0);
	assert_string_equal(name, "1.2.0.192.in-addr.arpa");
	assert_int_equal(probe_dns_reverse(name, "2001:db8::1"), 0);
	assert_string_equal(
	    name, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
	assert_int_equal(probe_dns_reverse(name, "nobody"), -1);
}

/* An answer of two records behind an alias, with names that point back. */
static void
dns_answer(void **state)
{
	static const uint8_t body[] = "\xc0\x0c\0\5\0\1\0\0\0\1\0\2\xc0\x10" /* an alias */
				      "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\xc0\0\2\1"
				      "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\xc0\0\2\2";
	uint8_t q[PROBE_DNS_MAX_QUESTION], p[512];
	char yes[] = "192.0.2.2", no[] = "192.0.2.3";
	char *expect[] = { no, yes };
	struct probe_dns_answer a;

	(void)state;
	size_t nq = probe_dns_question(q, 7, "www.example.org", PROBE_DNS_A);
	memcpy(p, q, nq);
	memcpy(p + nq, body, sizeof body - 1);
	size_t n = nq + sizeof body - 1;
	p[2] |= 0x80;
	p[7] = 3;
	p[14] = 'W'; /* a server may write it otherwise */
	assert_int_equal(probe_dns_read(p, n, q, nq, expect, 2, &a), 0);
	assert_int_equal(a.count, 2);
	assert_true(a.expected);
	assert_string_equal(a.first, "192.0.2.1");
	assert_int_equal(probe_dns_read(p, n, q, nq, expect, 1, &a), 0);
	assert_false(a.expected);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(probe_dns_read(p, cut, q, nq, NULL, 0, &a), -1);
	p[2] |= 0x02;
	assert_int_equal(probe_dns_read(p, n - 1, q, nq, NULL, 0, &a), 0);
	assert_true(a.truncated);
	assert_int_equal(a.count, 1);
	p[2] &= 0x7F; /* a question is no answer */
	assert_int_equal(probe_dns_read(p, n, q, nq, NULL, 0, &a), -1);
	p[2] |= 0x80;
	p[1]++; /* of another question */
	assert_int_equal(probe_dns_read(p, n, q, nq, NULL, 0, &a), -1);
}

/* Names that point at themselves, at each other, forwards, or beyond. */
static void
dns_loops(void **state)
{
	uint8_t q[PROBE_DNS_MAX_QUESTION], p[512];
	struct probe_dns_answer a;

	(void)state;
	size_t nq = probe_dns_question(q, 7, "a.b", PROBE_DNS_PTR);
	for (unsigned to = 0; to < 0x4000; to++) {
		memcpy(p, q, nq);
		p[2] |= 0x80;
		p[7] = 1;
		memcpy(p + nq, "\xc0\x0c\0\x0c\0\1\0\0\0\1\0\2", 12);
		p[nq + 12] = (uint8_t)(0xC0 | to >> 8);
		p[nq + 13] = (uint8_t)to;
		if (probe_dns_read(p, nq + 14, q, nq, NULL, 0, &a) == 0 && a.count == 1)
			assert_true(to < nq + 12);
	}
	p[nq + 12] = 0xC0;
	p[nq + 13] = 12;
	char want[] = "A.b.";
	char *expect[] = { want };
	assert_int_equal(probe_dns_read(p, nq + 14, q, nq, expect, 1, &a), 0);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.first, "a.b");
	assert_true(a.expected);
}

/* Addresses with and without ports. */
static void
numeric(void **state)
{
	struct probe_address a;
	char text[64];

	(void)state;
	assert_int_equal(probe_name_numeric("192.0.2.1", "53", &a), 0);
	assert_int_equal(probe_name_numeric("192.0.2.1:5353", "53", &a), 0);
	assert_int_equal(probe_name_numeric("[2001:db8::1]:5353", "53", &a), 0);
	assert_int_equal(probe_name_numeric("2001:db8::1", "53", &a), 0);
	probe_name_format(text, sizeof text, &a);
	assert_string_equal(text, "2001:db8::1");
	assert_int_equal(probe_name_numeric("localhost", "53", &a), -1);
	assert_int_equal(probe_name_numeric("192.0.2.1:x", "53", &a), -1);
}

/* Each kind by its name; up first; all that its fields say fits into a series. */
static void
kinds(void **state)
{
	const char *name, *help;
	size_t n = 0;

	(void)state;
	for (; (name = probe_kind_at(n, &help)) != NULL; n++) {
		const struct probe_kind *k = probe_kind(name);
		assert_ptr_equal(probe_kind_table(name), k->table);
		assert_string_equal(k->name, name);
		assert_int_equal(help[strlen(help) - 1], '.');
		assert_string_equal(k->fields[0].name, "up");
		assert_int_equal(k->fields[0].kind, FIELD_STATE);
		struct series_def d = { .source = "x", .step_s = 1, .nfields = k->nfields };
		for (unsigned i = 0; i < k->nfields; i++)
			field_from_row(&d.fields[i], &k->fields[i]);
		for (unsigned i = 0; i < k->nstates; i++)
			assert_true(metric_state_add(&d, k->states[i].field, &k->states[i].state));
		struct err e;
		assert_int_equal(series_def_check(&d, &e), 0);
		/* A kind's keys stand beside those of every probe. */
		for (size_t i = 0; i < k->table->nkeys; i++) {
			static const char *const taken[] = { "node", "kind", "name", "interval",
				"timeout" };
			for (size_t j = 0; j < 5; j++)
				assert_string_not_equal(k->table->keys[i].name, taken[j]);
		}
	}
	assert_int_equal(n, 5);
	assert_null(probe_kind("nothing"));
	assert_null(probe_kind_table(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rtt),
		cmocka_unit_test(status),
		cmocka_unit_test(perf_forms),
		cmocka_unit_test(perf_names),
		cmocka_unit_test(perf_damage),
		cmocka_unit_test(say),
		cmocka_unit_test(dns_question),
		cmocka_unit_test(dns_answer),
		cmocka_unit_test(dns_loops),
		cmocka_unit_test(numeric),
		cmocka_unit_test(kinds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

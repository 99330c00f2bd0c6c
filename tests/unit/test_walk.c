/* link: zwprofile */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks: their order, their bounds, and recordings in both forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "profile_fixture.h"
#include "zw/fs.h"

#define RECORDINGS "/work/shared/recordings"

/* A binding of an OID and a number. */
static bool
add(struct walk *w, uint32_t a, uint32_t b, int64_t i)
{
	uint32_t id[] = { 1, 3, a, b };
	struct varbind v = { .oid = { id, 4 }, .type = VARBIND_INTEGER };

	v.i = i;
	return walk_add(w, &v);
}

/* The number of a binding; -1 if there is none. */
static int64_t
get(const struct walk *w, uint32_t a, uint32_t b)
{
	uint32_t id[] = { 1, 3, a, b };
	const struct varbind *v = walk_find(w, (struct oid){ id, 4 });

	return v != NULL ? v->i : -1;
}

/* Added in any order they come in order, the later of two is kept. */
static void
test_order(void **state)
{
	(void)state;
	struct walk *w = walk_new();
	uint32_t prefix[] = { 1, 3, 7 };

	assert_int_equal(walk_count(w), 0);
	for (uint32_t i = 0; i < 5000; i++)
		assert_true(add(w, 7 + i % 3, i * 7919 % 5000, i));
	assert_int_equal(walk_count(w), 5000);
	for (size_t i = 1; i < walk_count(w); i++)
		assert_true(oid_cmp(walk_at(w, i - 1)->oid, walk_at(w, i)->oid) < 0);
	assert_int_equal(get(w, 8, 7919 % 5000), 1);
	assert_true(add(w, 8, 7919 % 5000, 77));
	assert_true(add(w, 8, 7919 % 5000, 78));
	assert_int_equal(get(w, 8, 7919 % 5000), 78);
	assert_int_equal(walk_count(w), 5000);
	size_t at = walk_from(w, (struct oid){ prefix, 3 });
	assert_int_equal(at, 0);
	walk_drop(w, (struct oid){ prefix, 3 });
	assert_int_equal(walk_count(w), 5000 - 1667);
	assert_int_equal(walk_at(w, 0)->oid.id[2], 8);
	assert_int_equal(get(w, 7, 0), -1);
	walk_free(w);
	walk_free(NULL);
}

/* It does not grow past its bounds, in number or in bytes. */
static void
test_full(void **state)
{
	(void)state;
	struct walk *w = walk_new();
	uint32_t n = 0;

	while (add(w, n % 2, n, n))
		assert_true(++n <= WALK_MAX_VARBINDS);
	assert_int_equal(walk_count(w), WALK_MAX_VARBINDS);
	walk_free(w);
	w = walk_new();
	uint8_t *bytes = xcalloc(1, 1 << 20);
	for (n = 0; n < 100; n++) {
		uint32_t id[] = { 1, 3, n };
		struct varbind v = { .oid = { id, 3 }, .type = VARBIND_STRING };
		v.bytes.p = bytes;
		v.bytes.n = 1 << 20;
		if (!walk_add(w, &v))
			break;
	}
	assert_true(n > 60 && n < 64);
	free(bytes);
	walk_free(w);
}

/* The value of an OID for people. */
static const char *
show(char *dst, size_t size, const struct walk *w, const char *text)
{
	struct oid_buf o;

	assert_int_equal(oid_parse(text, &o), 0);
	const struct varbind *v = walk_find(w, oid_of(&o));
	if (v == NULL)
		return "absent";
	varbind_format(dst, size, v);
	return dst;
}

/* Every form in which net-snmp prints a value. */
static void
test_snmpwalk(void **state)
{
	(void)state;
	static const char text[] = ".1.3.6.1.1 = STRING: \"a \\\"b\\\" \\\\c\"\n"
				   ".1.3.6.1.2 = STRING: \"two\nlines = 1\"\n"
				   ".1.3.6.1.3 = Hex-STRING: 00 1A 2B \n3C\n"
				   ".1.3.6.1.4 = INTEGER: -5\n"
				   ".1.3.6.1.5 = INTEGER: up(1)\n"
				   ".1.3.6.1.6 = Gauge32: 4294967295\n"
				   ".1.3.6.1.7 = Counter64: 18446744073709551610\n"
				   ".1.3.6.1.8 = Timeticks: (14136000) 1 day, 15:16:00.00\n"
				   ".1.3.6.1.9 = OID: .1.3.6.1.4.1.318\n"
				   ".1.3.6.1.10 = IpAddress: 10.1.2.3\n"
				   ".1.3.6.1.11 = \"\"\n"
				   ".1.3.6.1.12 = No Such Instance currently exists at this OID\n"
				   ".1.3.6.1.13 = Opaque: Float: 21.500000\n"
				   ".1.3.6.1.14 = INTEGER: 23.5 degrees\n"
				   ".1.3.6.1.15 = STRING: 28:29:86:11:d2:35\n"
				   "iso.3.6.1.16 = NULL\n"
				   "1.3.6.1.17 = BITS: 80 0 \n"
				   ".1.3.6.1.18 = Wrong Type (should be INTEGER): Gauge32: 7\n"
				   ".1.3.6.1.19 = Network Address: 0A:01:02:03\n"
				   ".1.3.6.1.20 = Strange: 5\n"
				   ".1.3.6.1.21 = STRING: \"\"\n"
				   ".1.3.6.1.22 = INTEGER: x\n";
	static const char *const want[][2] = { { "1.3.6.1.1", "a \"b\" \\c" },
		{ "1.3.6.1.2", "two lines = 1" }, { "1.3.6.1.3", "00:1a:2b:3c" },
		{ "1.3.6.1.4", "-5" }, { "1.3.6.1.5", "1" }, { "1.3.6.1.6", "4294967295" },
		{ "1.3.6.1.7", "18446744073709551610" }, { "1.3.6.1.8", "14136000" },
		{ "1.3.6.1.9", "1.3.6.1.4.1.318" }, { "1.3.6.1.10", "10.1.2.3" },
		{ "1.3.6.1.11", "" }, { "1.3.6.1.12", "noSuchInstance" }, { "1.3.6.1.13", "21.5" },
		{ "1.3.6.1.14", "235" }, { "1.3.6.1.15", "28:29:86:11:d2:35" },
		{ "1.3.6.1.16", "NULL" }, { "1.3.6.1.18", "7" }, { "1.3.6.1.19", "10.1.2.3" },
		{ "1.3.6.1.20", "absent" }, { "1.3.6.1.21", "" }, { "1.3.6.1.22", "absent" } };
	char value[128];
	size_t bad;
	struct walk *w = fixture_walk(text, &bad);

	assert_non_null(w);
	assert_int_equal(bad, 2);
	assert_int_equal(walk_count(w), 20);
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
		assert_string_equal(show(value, sizeof value, w, want[i][0]), want[i][1]);
	walk_free(w);
}

/* Every tag of snmpsim. */
static void
test_snmprec(void **state)
{
	(void)state;
	static const char text[] = "1.3.6.1.1|4|text | with bars\n"
				   "1.3.6.1.2|4x|001A\n"
				   "1.3.6.1.3|2|-17\r\n"
				   "1.3.6.1.4|65|4294967295\n"
				   "1.3.6.1.5|66|1\n"
				   "1.3.6.1.6|67|123\n"
				   "1.3.6.1.7|70|18446744073709551615\n"
				   "1.3.6.1.8|6|1.3.6.1.4\n"
				   "1.3.6.1.9|64|10.0.0.1\n"
				   "1.3.6.1.10|64x|0a000001\n"
				   "1.3.6.1.11|5|\n"
				   "1.3.6.1.12|129|\n"
				   "1.3.6.1.13|4|\n"
				   "1.3.6.1.14|99|1\n"
				   "1.3.6.1.15\n"
				   "1.3.6.1.x|2|1\n"
				   "1.3.6.1.16|66|-1";
	static const char *const want[][2] = { { "1.3.6.1.1", "text | with bars" },
		{ "1.3.6.1.2", "00:1a" }, { "1.3.6.1.3", "-17" }, { "1.3.6.1.4", "4294967295" },
		{ "1.3.6.1.5", "1" }, { "1.3.6.1.6", "123" },
		{ "1.3.6.1.7", "18446744073709551615" }, { "1.3.6.1.8", "1.3.6.1.4" },
		{ "1.3.6.1.9", "10.0.0.1" }, { "1.3.6.1.10", "10.0.0.1" }, { "1.3.6.1.11", "NULL" },
		{ "1.3.6.1.12", "noSuchInstance" }, { "1.3.6.1.13", "" },
		{ "1.3.6.1.14", "absent" }, { "1.3.6.1.16", "4294967295" } };
	char value[128];
	size_t bad;
	struct walk *w = fixture_walk(text, &bad);

	assert_non_null(w);
	assert_int_equal(bad, 3);
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
		assert_string_equal(show(value, sizeof value, w, want[i][0]), want[i][1]);
	walk_free(w);
	assert_null(fixture_walk("nothing\nof the kind\n", &bad));
	assert_null(fixture_walk("", &bad));
}

/* The recordings of real devices are read whole, where they are at hand. */
static void
test_recordings(void **state)
{
	(void)state;
	DIR *d = opendir(RECORDINGS);
	struct dirent *entry;
	unsigned seen = 0;

	if (d == NULL)
		skip();
	while ((entry = readdir(d)) != NULL) {
		char path[512], *text;
		size_t bad, n, lines = 0;
		struct err e;
		if (strstr(entry->d_name, ".snmprec") == NULL)
			continue;
		snprintf(path, sizeof path, "%s/%s", RECORDINGS, entry->d_name);
		struct walk *w = walk_new();
		assert_int_equal(walk_read(w, path, &bad, &e), 0);
		assert_int_equal(bad, 0);
		assert_int_equal(fs_read(path, WALK_MAX_BYTES, &text, &n, &e), 0);
		for (size_t i = 0; i < n; i++)
			lines += text[i] == '\n';
		assert_true(walk_count(w) >= lines - 1 && walk_count(w) <= lines + 1);
		free(text);
		walk_free(w);
		seen++;
	}
	closedir(d);
	assert_true(seen >= 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_snmpwalk),
		cmocka_unit_test(test_snmprec),
		cmocka_unit_test(test_recordings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

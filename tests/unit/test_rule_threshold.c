/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* threshold: values in a row and the verdict on each, with hysteresis. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/alert/rule.h"

#define OK VERDICT_OK
#define BAD VERDICT_BAD
#define UNK VERDICT_UNKNOWN

struct row {
	double value;
	enum verdict verdict;
	double limit; /* of the reason; where BAD */
};

/* A conf with these limits; the three keys are numbers at their offsets. */
static void *
make(double above, double below, double clear)
{
	static const char *const names[] = { "above", "below", "clear" };
	const double values[] = { above, below, clear };
	const struct conf_table *t = rule_kind_table("threshold");
	void *conf = conf_defaults(t);
	for (size_t k = 0; k < 3; k++) {
		bool found = false;
		for (size_t i = 0; i < t->nkeys; i++) {
			if (strcmp(t->keys[i].name, names[k]) != 0)
				continue;
			double *at = (double *)(void *)((char *)conf + t->keys[i].offset);
			assert_true(isnan(*at)); /* the default is none */
			*at = values[k];
			found = true;
		}
		assert_true(found);
	}
	return conf;
}

static void
play(double above, double below, double clear, const struct row *rows, size_t n)
{
	void *conf = make(above, below, clear);
	struct rule_input in = { .unit = "Cel", .was_limit = NAN };
	for (size_t i = 0; i < n; i++) {
		struct rule_reason why;
		in.value = rows[i].value;
		in.known = !isnan(rows[i].value);
		enum verdict v = rule_kind_threshold.judge(conf, NULL, &in, &why);
		if (v != rows[i].verdict || (v == BAD && why.limit != rows[i].limit))
			fail_msg("row %zu: verdict %d, limit %g", i, v, why.limit);
		if (v == UNK)
			continue;
		in.was_bad = v == BAD;
		in.was_limit = v == BAD ? why.limit : NAN;
	}
	conf_free(rule_kind_table("threshold"), conf);
}

#define PLAY(above, below, clear, ...)                                                             \
	do {                                                                                       \
		static const struct row rows[] = { __VA_ARGS__ };                                  \
		play(above, below, clear, rows, sizeof rows / sizeof rows[0]);                     \
	} while (0)

static void
test_above(void **state)
{
	(void)state;
	PLAY(32, NAN, NAN, { 20, OK, 0 }, { 32, OK, 0 }, { 32.1, BAD, 32 }, { 32, OK, 0 },
	    { 33, BAD, 32 }, { NAN, UNK, 0 }, { 31.9, OK, 0 });
}

static void
test_below(void **state)
{
	(void)state;
	PLAY(NAN, 1, NAN, { 1, OK, 0 }, { 0, BAD, 1 }, { 1, OK, 0 });
}

static void
test_hysteresis(void **state)
{
	(void)state;
	PLAY(32, NAN, 31, { 31.5, OK, 0 }, { 32.5, BAD, 32 }, { 31.5, BAD, 32 }, { NAN, UNK, 0 },
	    { 31.5, BAD, 32 }, { 31, OK, 0 }, { 31.5, OK, 0 });
	PLAY(NAN, 15, 16, { 15.5, OK, 0 }, { 14, BAD, 15 }, { 15.5, BAD, 15 }, { 16, OK, 0 });
}

/* The clear level lies between; which side was bad decides which way is good. */
static void
test_both_sides(void **state)
{
	(void)state;
	PLAY(27, 18, 22, { 22, OK, 0 }, { 28, BAD, 27 }, { 23, BAD, 27 }, { 22, OK, 0 },
	    { 17, BAD, 18 }, { 21, BAD, 18 }, { 23, OK, 0 }, { 28, BAD, 27 }, { 17, BAD, 18 },
	    { 20, BAD, 18 }, { 22, OK, 0 });
}

static void
test_reason(void **state)
{
	(void)state;
	void *conf = make(32, NAN, NAN);
	struct rule_input in = { .known = true, .value = 33.5, .unit = "Cel", .was_limit = NAN };
	struct rule_reason why;
	assert_int_equal(rule_kind_threshold.judge(conf, NULL, &in, &why), BAD);
	assert_string_equal(why.text, "above 32 °C");
	assert_true(why.beyond == 1.5);
	conf_free(rule_kind_table("threshold"), conf);
}

static void
test_kinds(void **state)
{
	(void)state;
	assert_ptr_equal(rule_kind("threshold"), &rule_kind_threshold);
	assert_ptr_equal(rule_kind("no-data"), &rule_kind_no_data);
	assert_null(rule_kind("no_data"));
	assert_null(rule_kind(NULL));
	assert_null(rule_kind_table("x"));
	for (size_t i = 0; rule_kinds[i] != NULL; i++) {
		assert_non_null(rule_kinds[i]->help);
		assert_string_equal(rule_kinds[i]->name, rule_kinds[i]->table->name);
	}
}

static void
test_patterns(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *text;
		bool covers;
	} rows[] = { { "*", "", true }, { "*", "abc", true }, { "", "", true }, { "", "a", false },
		{ "a", "", false }, { "srv*", "srv07", true }, { "srv*", "db-srv07", false },
		{ "*7", "srv07", true }, { "*7", "srv70", false }, { "s*0*7", "srv0x07", true },
		{ "*ab*ab", "abab", true }, { "*ab*ab", "aab", false }, { "a**b", "ab", true },
		{ "a.c", "abc", false }, { "a*", "A1", false } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (str_covers(rows[i].pattern, rows[i].text) != rows[i].covers)
			fail_msg("\"%s\" over \"%s\"", rows[i].pattern, rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_above),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_hysteresis),
		cmocka_unit_test(test_both_sides),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_patterns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

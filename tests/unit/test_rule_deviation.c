/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deviation: what is usual, what is seen, and the verdict. */
#include "tests/unit/rule_fixture.h"

static void
test_table(void **state)
{
	static const struct {
		double value, usual, spread;
		unsigned weeks;
		bool was_bad;
		enum verdict verdict;
	} rows[] = {
		{ 50, 40, 2, 3, false, BAD },
		{ 48, 40, 2, 3, false, OK }, /* 4 times its spread, not more */
		{ 31, 40, 2, 3, false, BAD },
		{ 50, 40, 2, 2, false, UNK }, /* too few weeks */
		{ 50, NAN, 2, 3, false, UNK },
		{ 50, 40, NAN, 3, false, UNK },
		{ NAN, 40, 2, 3, false, UNK },
		/* Always the same: it takes the least. */
		{ 44, 40, 0, 3, false, OK },
		{ 46, 40, 0, 3, false, BAD },
		/* Once bad, until it is well within. */
		{ 46, 40, 2, 3, true, BAD },
		{ 45, 40, 2, 3, true, OK },
	};

	(void)state;
	struct play *p = play_new("deviation");
	play_number(p, "least", 5);
	assert_float_equal(*(double *)play_key(p, "sigmas"), 4, 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		p->in.usual = rows[i].usual;
		p->in.spread = rows[i].spread;
		p->in.weeks = rows[i].weeks;
		p->in.was_bad = rows[i].was_bad;
		if (play(p, (double)i, rows[i].value) != rows[i].verdict)
			fail_msg("row %zu: verdict %d", i, p->verdict);
	}
	play_free(p);
}

static void
test_reason(void **state)
{
	(void)state;
	struct play *p = play_new("deviation");
	play_number(p, "least", 1);
	p->in.usual = 40;
	p->in.spread = 2;
	p->in.weeks = 5;
	assert_int_equal(play(p, 0, 30), BAD);
	assert_string_equal(p->why.text, "less than usual at this hour (40 °C)");
	assert_int_equal(p->why.why.code, REASON_UNUSUAL);
	assert_float_equal(p->why.why.v[0], 40, 0);
	assert_float_equal(p->why.why.v[1], 2, 0);
	assert_float_equal(p->why.limit, 32, 0);
	assert_float_equal(p->why.beyond, 2, 0);
	play_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* comparison: pairs of values in a row and the verdict on each. */
#include "tests/unit/rule_fixture.h"

struct row {
	double value, other, gate; /* NAN: not known */
	enum verdict verdict;
};

static void
play_rows(struct play *p, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		p->in.other = rows[i].other;
		p->in.other_known = !isnan(rows[i].other);
		p->in.gate = rows[i].gate;
		p->in.gate_known = !isnan(rows[i].gate);
		if (play(p, (double)i * 10, rows[i].value) != rows[i].verdict)
			fail_msg("row %zu: verdict %d", i, p->verdict);
	}
}

#define PLAY(p, ...)                                                                               \
	do {                                                                                       \
		static const struct row rows[] = { __VA_ARGS__ };                                  \
		play_rows(p, rows, sizeof rows / sizeof rows[0]);                                  \
	} while (0)

/* Supply air against its set point, with a deadband. */
static void
test_above(void **state)
{
	(void)state;
	struct play *p = play_new("comparison");
	play_number(p, "above", 3);
	play_number(p, "deadband", 1);
	PLAY(p, { 20, 18, NAN, OK }, { 21, 18, NAN, OK }, { 21.1, 18, NAN, BAD });
	assert_string_equal(p->why.text, "3.1 °C over 18 °C");
	assert_int_equal(p->why.why.code, REASON_OVER_OTHER);
	assert_float_equal(p->why.why.v[0], 3.1, 1e-9);
	assert_float_equal(p->why.why.v[1], 18, 0);
	assert_float_equal(p->why.beyond, 0.1, 1e-9);
	PLAY(p, { 20.5, 18, NAN, BAD }, { 20.5, NAN, NAN, UNK }, { NAN, 18, NAN, UNK },
	    { 20.0, 18, NAN, OK }, { 20.5, 18, NAN, OK },
	    /* The set point moves, not the value. */
	    { 20.5, 17, NAN, BAD }, { 20.5, 18.6, NAN, OK });
	play_free(p);
}

/* Return minus supply too small while the fans turn; what tells not whether they do, hinders not.
 */
static void
test_gate(void **state)
{
	char *field = strdup("fan_speed");

	(void)state;
	struct play *p = play_new("comparison");
	play_number(p, "below", 3);
	play_number(p, "clear", 4);
	*(char **)play_key(p, "while_field") = field;
	PLAY(p, { 24, 18, 50, OK }, { 20, 18, 0, OK }, { 20, 18, 50, BAD });
	assert_int_equal(p->why.why.code, REASON_OVER_OTHER);
	PLAY(p, { 21.5, 18, 50, BAD }, { 22, 18, 50, OK }, { 20, 18, NAN, BAD },
	    { 17, 18, 50, BAD });
	assert_int_equal(p->why.why.code, REASON_UNDER_OTHER);
	assert_string_equal(p->why.text, "1 °C under 18 °C");
	/* Off: well, whatever the values are, and be they not known. */
	PLAY(p, { 17, 18, 0, OK }, { NAN, NAN, 0, OK });
	assert_string_equal(p->kind->gate(p->conf).field, "fan_speed");
	assert_null(p->kind->other(p->conf).source);
	play_free(p);
}

static void
test_other(void **state)
{
	(void)state;
	struct play *p = play_new("comparison");
	*(char **)play_key(p, "other_source") = strdup("cooling");
	*(char **)play_key(p, "other_instance") = strdup("group");
	*(char **)play_key(p, "other_field") = strdup("supply_setpoint");
	struct rule_other o = p->kind->other(p->conf);
	assert_string_equal(o.source, "cooling");
	assert_string_equal(o.instance, "group");
	assert_string_equal(o.field, "supply_setpoint");
	assert_null(p->kind->gate(p->conf).field);
	play_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_above),
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

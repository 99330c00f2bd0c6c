/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meanings of states: told, travelled as a text, understood again. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zw/metric.h"

/* What is told is understood, and nothing else. */
static void
test_told(void **state)
{
	(void)state;
	struct series_def def = { 0 };
	struct metric_state on = { .code = 2, .severity = METRIC_OK, .text = "on line" };
	struct metric_state battery = { .code = -3, .severity = METRIC_CRITICAL, .text = "12;b" };
	struct metric_state limit = { .code = 1, .severity = METRIC_WARNING };
	struct metric_state out;

	assert_false(metric_state("", 0, 2, &out));
	assert_int_equal(out.severity, METRIC_UNKNOWN);
	assert_true(metric_state_add(&def, 3, &on));
	assert_true(metric_state_add(&def, 3, &battery));
	assert_true(metric_state_add(&def, 7, &limit));
	assert_true(metric_state_add(&def, 3, &limit));
	assert_string_equal(def.states, "3:2oon line;-3c12,b;7:1w;3:1w");
	assert_true(metric_states_check(def.states, 8));
	assert_false(metric_states_check(def.states, 7));
	assert_true(metric_state(def.states, 3, 2, &out));
	assert_string_equal(out.text, "on line");
	assert_int_equal(out.severity, METRIC_OK);
	assert_true(metric_state(def.states, 3, -3, &out));
	assert_string_equal(out.text, "12,b");
	assert_int_equal(out.severity, METRIC_CRITICAL);
	assert_true(metric_state(def.states, 7, 1, &out));
	assert_int_equal(out.severity, METRIC_WARNING);
	assert_string_equal(out.text, "");
	assert_false(metric_state(def.states, 7, 2, &out));
	assert_int_equal(out.severity, METRIC_UNKNOWN);
	assert_false(metric_state(def.states, 3, 2.5, &out));
	assert_false(metric_state(def.states, 3, NAN, &out));
	assert_false(metric_state(def.states, 3, 1e300, &out));
}

/* When there is no room the text goes first, then the state; what is there stays well-formed. */
static void
test_room(void **state)
{
	(void)state;
	struct series_def def = { 0 };
	struct metric_state st = { .severity = METRIC_WARNING,
		.text = "thirty-one bytes of a text ...." };
	struct metric_state out;
	int32_t first_untold = -1;

	for (st.code = 100; st.code < 400; st.code++)
		if (!metric_state_add(&def, 0, &st) && first_untold == -1)
			first_untold = st.code;
	assert_true(first_untold > 125);
	assert_true(metric_states_check(def.states, 1));
	assert_true(strlen(def.states) <= METRIC_MAX_STATES);
	assert_true(metric_state(def.states, 0, first_untold, &out));
	assert_string_equal(out.text, "");
	assert_int_equal(out.severity, METRIC_WARNING);
	assert_false(metric_state(def.states, 0, 399, &out));
	struct series_def other = { 0 };
	struct metric_state bad = { .code = 1, .severity = METRIC_OK, .text = "a\nb" };
	assert_false(metric_state_add(&other, 0, &bad));
	assert_string_equal(other.states, "0:1o");
	assert_false(metric_state_add(&other, METRIC_MAX_FIELDS, &bad));
}

/* Texts from outside that are not such. */
static void
test_malformed(void **state)
{
	(void)state;
	static const char *const bad[] = { "x", "1o", "0:1", "0:1x", "0:1o;", ";0:1o", "0:1o;;2o",
		"64:1o", "-1:1o", "0:99999999999o", "0:4294967296o", "0:o", ":1o", "0:1o\n",
		"0:1othirty-two bytes of a text .....", "0:1o\xff" };
	struct metric_state out;
	char longest[METRIC_MAX_STATES + 2] = "0:1";

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_false(metric_states_check(bad[i], METRIC_MAX_FIELDS));
		(void)metric_state(bad[i], 0, 1, &out);
		assert_true(strlen(out.text) < sizeof out.text);
	}
	memset(longest + 3, 'o', sizeof longest - 4);
	assert_false(metric_states_check(longest, 1));
	assert_true(metric_states_check("", 1));
	assert_string_equal(metric_severity_name(METRIC_CRITICAL), "critical");
	assert_string_equal(metric_severity_name((enum metric_severity)9), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

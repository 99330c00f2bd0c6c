/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state: what is told of a state, and the verdict on it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/alert/rule.h"

struct row {
	const char *at;
	double value;
	const struct metric_state *state;
	enum verdict verdict;
	const char *text;
};

static void
test_table(void **state)
{
	static const struct metric_state fine = { 3, METRIC_OK, "on line" };
	static const struct metric_state odd = { 4, METRIC_WARNING, "on bypass" };
	static const struct metric_state bad = { 5, METRIC_CRITICAL, "on battery" };
	static const struct metric_state bare = { 9, METRIC_CRITICAL, "" };
	static const struct metric_state trap = { 2, METRIC_CRITICAL, METRIC_RAISED };
	static const struct metric_state mute = { 1, METRIC_UNKNOWN, "unknown" };
	static const struct row rows[] = {
		{ "critical", 3, &fine, VERDICT_OK, "" },
		{ "critical", 4, &odd, VERDICT_OK, "" },
		{ "critical", 5, &bad, VERDICT_BAD, "output source: on battery" },
		{ "critical", 9, &bare, VERDICT_BAD, "output source: 9" },
		{ "critical", 2, &trap, VERDICT_BAD, "output source" }, /* its label says it all */
		{ "warning", 3, &fine, VERDICT_OK, "" },
		{ "warning", 4, &odd, VERDICT_BAD, "output source: on bypass" },
		/* That is another rule's. */
		{ "warning", 5, &bad, VERDICT_OK, "" },
		/* It says nothing: what was holds on. */
		{ "critical", 1, &mute, VERDICT_UNKNOWN, "" },
		{ "warning", NAN, NULL, VERDICT_UNKNOWN, "" },
		/* Nothing is told of it. */
		{ "warning", 7, NULL, VERDICT_OK, "" },
	};
	const struct conf_table *t = rule_kind_table("state");

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		char *at = strdup(r->at);
		struct rule_reason why;
		struct rule_input in = { .known = !isnan(r->value),
			.value = r->value,
			.field = "output_source",
			.state = r->state };
		assert_int_equal(t->nkeys, 1);
		enum verdict v = rule_kind_state.judge(&at, &in, &why);
		if (v != r->verdict || strcmp(why.text, r->text) != 0)
			fail_msg("row %zu: verdict %d, \"%s\"", i, v, why.text);
		assert_true(isnan(why.limit));
		free(at);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

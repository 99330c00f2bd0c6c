/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* no-data: silences and lost sessions, and the verdict on each. */
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

static void
test_table(void **state)
{
	(void)state;
	/* With the defaults: 24 s, 10 s after a reset. */
	static const struct {
		struct rule_input in; /* step, silent, lost, heard, seen */
		enum verdict verdict;
		const char *text; /* part of the reason */
	} rows[] = {
		{ { .step_ms = 10000, .silent_ms = 0, .lost_ms = -1, .heard = true }, OK, "" },
		{ { .step_ms = 10000, .silent_ms = 23999, .lost_ms = -1, .heard = true }, OK, "" },
		{ { .step_ms = 10000, .silent_ms = 24000, .lost_ms = -1, .heard = true, .seen = 1 },
		    BAD, "silent" },
		/* An agent of 1 s is not held to 2.4 s, one of 60 s not to 24 s. */
		{ { .step_ms = 1000, .silent_ms = 23000, .lost_ms = -1, .heard = true }, OK, "" },
		{ { .step_ms = 60000, .silent_ms = 143000, .lost_ms = -1, .heard = true }, OK, "" },
		{ { .step_ms = 60000, .silent_ms = 144000, .lost_ms = -1, .heard = true }, BAD,
		    "" },
		/* A session that ended. */
		{ { .step_ms = 10000, .silent_ms = 9999, .lost_ms = 9999, .heard = true }, OK, "" },
		{ { .step_ms = 10000, .silent_ms = 10000, .lost_ms = 10000, .heard = true }, BAD,
		    "session ended" },
		/* Not heard since the start: no verdict until it had its time. */
		{ { .step_ms = 10000, .silent_ms = 5000, .lost_ms = -1 }, UNK, "" },
		{ { .step_ms = 10000, .silent_ms = 24000, .lost_ms = -1 }, BAD, "not heard of" },
	};
	const struct conf_table *t = rule_kind_table("no-data");
	void *conf = conf_defaults(t);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rule_reason why;
		enum verdict v = rule_kind_no_data.judge(conf, NULL, &rows[i].in, &why);
		if (v != rows[i].verdict || strstr(why.text, rows[i].text) == NULL)
			fail_msg("row %zu: verdict %d, \"%s\"", i, v, why.text);
		assert_true(isnan(why.limit));
	}
	conf_free(t, conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

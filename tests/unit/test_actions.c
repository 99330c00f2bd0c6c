/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was decided to be done: numbers, refusals, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/alert/actions.h"

static void
test_life(void **state)
{
	struct actions *a = actions_new();
	const struct action *one;
	struct action want = { .text = "Replace the battery of ups-1", .owner = "Aydan" };
	struct err e;

	(void)state;
	assert_int_equal(actions_add(a, &want, 1000, &one, &e), 0);
	assert_int_equal(one->id, 1);
	assert_int_equal(one->made_ms, 1000);
	assert_string_equal(one->text, "Replace the battery of ups-1");
	assert_int_equal(actions_add(a, &want, 2000, &one, &e), 0);
	assert_int_equal(one->id, 2);
	assert_int_equal(actions_close(a, 1, "rauf", "done on Sunday", 3000, &one, &e), 0);
	assert_int_equal(one->id, 1);
	assert_int_equal(one->closed_ms, 3000);
	assert_string_equal(one->closed_by, "rauf");
	assert_string_equal(one->note, "done on Sunday");
	assert_int_equal(actions_close(a, 1, "rauf", "", 4000, &one, &e), -1);
	assert_int_equal(actions_close(a, 2, "rauf", "", 4000, &one, &e), 0);
	actions_free(a);
	actions_free(NULL);
}

static void
test_refused(void **state)
{
	struct actions *a = actions_new();
	const struct action *one;
	struct action want = { .text = "   " };
	struct err e;

	(void)state;
	assert_int_equal(actions_add(a, &want, 1000, &one, &e), -1);
	strcpy(want.text, "x");
	want.due_ms = -5;
	assert_int_equal(actions_add(a, &want, 1000, &one, &e), -1);
	want.due_ms = 0;
	for (int i = 0; i < ACTIONS_MAX; i++)
		assert_int_equal(actions_add(a, &want, 1000, &one, &e), 0);
	assert_int_equal(actions_add(a, &want, 1000, &one, &e), -1);
	assert_non_null(strstr(e.msg, "1000 open"));
	actions_free(a);
}

/* Numbers go on behind the highest, also of one that is closed. */
static void
test_restored(void **state)
{
	struct actions *a = actions_new();
	const struct action *one;
	struct action open = { .id = 7, .text = "x" }, closed = { .id = 9, .closed_ms = 5 };
	struct err e;

	(void)state;
	actions_restore(a, &open);
	actions_restore(a, &closed);
	assert_int_equal(actions_close(a, 9, "rauf", "", 10, &one, &e), -1);
	assert_int_equal(actions_add(a, &open, 10, &one, &e), 0);
	assert_int_equal(one->id, 10);
	assert_int_equal(actions_close(a, 7, "rauf", "", 10, &one, &e), 0);
	actions_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

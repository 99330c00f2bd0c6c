/* link: zwfigures PkgConfig::JANSSON */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Actions over a restart, in answers, and as the report's annals have them. */
#include "history_fixture.h"

#include "collector/report/figures/annals.h"

#define T0 INT64_C(1772395200000)
#define DAY INT64_C(86400000)

static struct action
an_action(uint64_t id, int64_t made_ms)
{
	struct action a = { .id = id, .made_ms = made_ms, .due_ms = made_ms + 10 * DAY };

	(void)str_copy(a.text, sizeof a.text, "UPS-in batareyasını dəyişmək");
	(void)str_copy(a.zone, sizeof a.zone, "B");
	(void)str_copy(a.owner, sizeof a.owner, "Aydan");
	(void)str_copy(a.advice, sizeof a.advice, "battery-weak:ups-1");
	(void)str_copy(a.made_by, sizeof a.made_by, "rauf");
	return a;
}

/* Closed, as the ledger has it then. */
static void
close_it(struct action *a, int64_t at_ms)
{
	a->closed_ms = at_ms;
	(void)str_copy(a->closed_by, sizeof a->closed_by, "Aydan");
	(void)str_copy(a->note, sizeof a->note, "ok");
}

static void
test_restart(void **state)
{
	struct hx *g = *state;
	struct action a[] = { an_action(1, T0), an_action(2, T0 + DAY),
		an_action(3, T0 + 2 * DAY) };

	hx_open(g);
	for (size_t i = 0; i < 3; i++)
		history_action(g->h, &a[i]);
	history_commit(g->h, 1, false);
	close_it(&a[0], T0 + 3 * DAY);
	close_it(&a[2], T0 + 4 * DAY); /* the last: its number must not be given again */
	history_action(g->h, &a[0]);
	history_action(g->h, &a[2]);
	history_commit(g->h, 2, false);
	hx_close(g);
	hx_open(g);
	assert_int_equal(g->r.nactions, 2);
	assert_memory_equal(&g->r.actions[0], &a[1], sizeof a[1]);
	assert_memory_equal(&g->r.actions[1], &a[2], sizeof a[2]);
	json_t *j = hx_ask(
	    g, (struct history_ask){ .what = "actions", .from_ms = T0, .to_ms = T0 + 10 * DAY });
	hx_rows(j, "actions", 3);
	hx_text(j, "actions/0/state", "done");
	hx_text(j, "actions/0/note", "ok");
	hx_text(j, "actions/1/state", "open");
	hx_text(j, "actions/1/owner", "Aydan");
}

/* A month's are those that were open at some time of it. */
static void
test_annals(void **state)
{
	struct hx *g = *state;
	struct action a[] = { an_action(1, T0 - 9 * DAY), an_action(2, T0 - DAY), an_action(3, T0),
		an_action(4, T0 + DAY) };
	char path[128];
	struct annals *got;
	struct err e;

	close_it(&a[0], T0);	       /* over when it begins */
	close_it(&a[1], T0 + DAY / 2); /* within */
	hx_open(g);
	for (size_t i = 0; i < 4; i++)
		history_action(g->h, &a[i]);
	history_commit(g->h, 1, true);
	hx_settle(g);
	snprintf(path, sizeof path, "%s/history.db", g->dir);
	assert_int_equal(annals_read(&got, path, T0, T0 + DAY, &e), 0);
	assert_int_equal(got->nactions, 2);
	assert_int_equal(got->actions[0].id, 2);
	assert_int_equal(got->actions[0].closed_ms, T0 + DAY / 2);
	assert_string_equal(got->actions[0].note, "ok");
	assert_int_equal(got->actions[1].id, 3);
	assert_int_equal(got->actions[1].closed_ms, 0);
	assert_int_equal(got->actions[1].due_ms, T0 + 10 * DAY);
	assert_string_equal(got->actions[1].advice, "battery-weak:ups-1");
	assert_string_equal(got->actions[1].text, "UPS-in batareyasını dəyişmək");
	annals_free(got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_restart, hx_setup, hx_teardown),
		cmocka_unit_test_setup_teardown(test_annals, hx_setup, hx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

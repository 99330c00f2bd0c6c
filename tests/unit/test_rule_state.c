/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state: what is told of a state, and the verdict on it. */
#include "tests/unit/rule_fixture.h"

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
		{ "critical", 3, &fine, OK, "" },
		{ "critical", 4, &odd, OK, "" },
		{ "critical", 5, &bad, BAD, "output source: on battery" },
		{ "critical", 9, &bare, BAD, "output source: 9" },
		{ "critical", 2, &trap, BAD, "output source" }, /* its label says it all */
		{ "warning", 3, &fine, OK, "" },
		{ "warning", 4, &odd, BAD, "output source: on bypass" },
		/* That is another rule's. */
		{ "warning", 5, &bad, OK, "" },
		{ "any", 5, &bad, BAD, "output source: on battery" },
		{ "any", 4, &odd, BAD, "output source: on bypass" },
		{ "any", 3, &fine, OK, "" },
		/* It says nothing: what was holds on. */
		{ "critical", 1, &mute, UNK, "" },
		{ "warning", NAN, NULL, UNK, "" },
		/* Nothing is told of it. */
		{ "warning", 7, NULL, OK, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		struct play *p = play_new("state");
		char **at = play_key(p, "at");
		free(*at);
		*at = strdup(r->at);
		p->in.field = "output_source";
		p->in.state = r->state;
		enum verdict v = play(p, 0, r->value);
		if (v != r->verdict || strcmp(p->why.text, r->text) != 0)
			fail_msg("row %zu: verdict %d, \"%s\"", i, v, p->why.text);
		assert_true(isnan(p->why.limit));
		if (v == BAD) {
			assert_int_equal(p->why.why.code, REASON_STATE);
			assert_string_equal(p->why.why.words, r->text);
		}
		play_free(p);
	}
}

/* Only some words, and all but some: each state is one rule's. */
static void
test_words(void **state)
{
	static const struct metric_state battery = { 5, METRIC_CRITICAL, "on battery" };
	static const struct metric_state off = { 7, METRIC_CRITICAL, "off" };
	static const struct metric_state replace = { 2, METRIC_CRITICAL, "replace the battery" };
	static const struct metric_state trap = { 2, METRIC_CRITICAL, METRIC_RAISED };
	static const struct metric_state *const states[] = { &battery, &off, &replace };

	(void)state;
	for (int only = 0; only < 2; only++) {
		struct play *p = play_new("state");
		struct conf_texts *t = play_key(p, only ? "words" : "not_words");
		t->v = calloc(2, sizeof *t->v);
		t->v[t->n++] = strdup("on batt*");
		t->v[t->n++] = strdup("battery");
		for (int i = 0; i < 3; i++) {
			p->in.state = states[i];
			assert_int_equal(play(p, i, 1), (i == 0) == only ? BAD : OK);
		}
		/* A trap is called by its own words. */
		p->in.state = &trap;
		p->in.field = "on battery power";
		assert_int_equal(play(p, 4, 2), only ? BAD : OK);
		p->in.field = "door open";
		assert_int_equal(play(p, 5, 2), only ? OK : BAD);
		play_free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

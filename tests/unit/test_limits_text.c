/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed between two configurations, as acts tell it. */
#include "alert_fixture.h"

#include "collector/limits_text.h"
#include "zw/str.h"

static char any[] = "inlet-*", zone[] = "A", node[] = "a01";

struct told {
	char text[8192];
};

static void
changed(void *arg, const char *kind, const char *what, const char *text)
{
	struct told *t = arg;
	size_t n = strlen(t->text);

	/* the revision is a number that only another text must change */
	if (strcmp(kind, "config") == 0)
		assert_int_equal(strlen(what), 8);
	snprintf(t->text + n, sizeof t->text - n, "%s|%s|%s\n", kind,
	    strcmp(kind, "config") == 0 ? (*text != '\0' ? "other" : "first") : what,
	    strcmp(kind, "config") == 0 ? "" : text);
}

static const char *
compare(struct told *t, const char *before, const char *now)
{
	t->text[0] = '\0';
	limits_text_compare(before, now, changed, t);
	return t->text;
}

static void
test_first_and_same(void **state)
{
	struct fx *f = fx_new(2, 2);
	struct told t;

	(void)state;
	fx_hot(f, "hot", 32);
	char *text = limits_text(&f->conf), *again = limits_text(&f->conf);
	assert_string_equal(text, again);
	assert_string_equal(compare(&t, "", text), "config|first|\n");
	assert_string_equal(compare(&t, text, again), "");
	free(text);
	free(again);
	fx_free(f);
}

static void
test_a_limit_changes(void **state)
{
	struct fx *f = fx_new(2, 2);
	struct told t;

	(void)state;
	fx_hot(f, "hot", 32);
	fx_hot(f, "hotter", 36);
	char *before = limits_text(&f->conf);
	f->rules[1].for_ = 60000;
	f->rules[1].severity = fx_text(f, "info");
	f->rules[0].title = fx_text(f, "Inlet air is hot"); /* limits nothing */
	char *now = limits_text(&f->conf);
	assert_non_null(strstr(compare(&t, before, now), "config|other|\nlimit-change|hotter|"));
	assert_non_null(strstr(t.text, "severity "));
	assert_non_null(strstr(t.text, "-> \"info\""));
	assert_non_null(strstr(t.text, "for "));
	assert_null(strstr(t.text, "|hot|"));
	assert_null(strstr(t.text, "title"));
	assert_non_null(strstr(compare(&t, now, before), "\"info\" -> "));
	free(before);
	free(now);
	fx_free(f);
}

static void
test_rows_come_and_go(void **state)
{
	struct fx *f = fx_new(2, 2);
	struct told t;
	char *zones[] = { zone }, *nodes[] = { node };
	struct conf_limit rows[3] = { { .rule = any,
	    .zones = { zones, 1 },
	    .above = 30,
	    .below = NAN,
	    .clear = NAN,
	    .deadband = NAN,
	    .for_ = -1,
	    .clear_for = -1,
	    .after = -1 } };

	(void)state;
	rows[1] = rows[2] = rows[0];
	rows[2].nodes = (struct conf_texts){ nodes, 1 };
	fx_hot(f, "hot", 32);
	f->conf.limits = (struct conf_list){ .v = rows, .n = 1 };
	char *one = limits_text(&f->conf);
	f->conf.limits.n = 3;
	rows[0].above = 31;
	char *three = limits_text(&f->conf);
	assert_string_equal(compare(&t, one, three),
	    "config|other|\nlimit-change|inlet-*/A//|above 30 -> 31\n"
	    "limit-change|inlet-*/A// (2)|added\nlimit-change|inlet-*/A/a01/|added\n");
	f->conf.rules.n = 0;
	char *none = limits_text(&f->conf);
	assert_string_equal(compare(&t, three, none), "config|other|\nlimit-change|hot|removed\n");
	f->conf.rules.n = 1;
	assert_string_equal(compare(&t, three, one),
	    "config|other|\nlimit-change|inlet-*/A//|above 31 -> 30\n"
	    "limit-change|inlet-*/A// (2)|removed\nlimit-change|inlet-*/A/a01/|removed\n");
	free(one);
	free(three);
	free(none);
	fx_free(f);
}

/* A fleet of rules changes as one: it is told of some, and of how many more. */
static void
test_too_many(void **state)
{
	struct told t;
	char *text = xcalloc(1, 64 * 1024);
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, 64 * 1024 - n,
		    "rule%03d\x1f"
		    "above=1\n",
		    i);
	t.text[0] = '\0';
	limits_text_compare(text,
	    "@\x1f"
	    "revision=00000000\n",
	    changed, &t);
	size_t lines = 0;
	for (const char *p = t.text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 1 + LIMITS_TEXT_CHANGES + 1);
	assert_non_null(strstr(t.text, "limit-change||+100\n"));
	free(text);
}

/* Only that there is one. */
static void
ignored(void *arg, const char *kind, const char *what, const char *text)
{
	struct told *t = arg;

	assert_true(strlen(kind) + strlen(what) + strlen(text) < 1024);
	t->text[0] = '!';
	t->text[1] = '\0';
}

/* Bytes of a file that somebody damaged end nowhere else than they end. */
static void
test_what_is_no_text(void **state)
{
	static const char *const odd[] = { "\n\n\n", "\x1f\x1f=\n=", "a", "a\x1f",
		"a\x1f=", "a\x1f=b", "@", "@\x1f", "@\x1f\n@", "=\x1f=\x1f=" };
	struct told t;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		for (size_t k = 0; k < sizeof odd / sizeof odd[0]; k++) {
			char *a = xstrdup(odd[i]), *b = xstrdup(odd[k]);
			t.text[0] = '\0';
			limits_text_compare(a, b, ignored, &t);
			if (i == k)
				assert_int_equal(t.text[0], 0);
			free(a);
			free(b);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_and_same),
		cmocka_unit_test(test_a_limit_changes),
		cmocka_unit_test(test_rows_come_and_go),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_what_is_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

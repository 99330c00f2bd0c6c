/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf/rules/default.conf as it is shipped: it loads beside nothing but zones, and nothing about it
 * is odd; every rule can be acted on; the table of domain.md 3.3 is in it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"

#define SHIPPED ZW_TEST_DATA "/../../conf/rules/default.conf"

/* Load a site of one zone that includes the rules, and what else is given; *said gets what is said,
 * for free(). */
static struct conf_collector *
load(const char *more, char **said)
{
	char path[] = "/tmp/zw-rules-XXXXXX";
	void *conf = NULL;
	size_t n = 0;
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	assert_non_null(f);
	fprintf(f, "include = [ \"" SHIPPED "\" ];\nzones = ( { name = \"A\"; } );\n%s", more);
	fclose(f);
	f = open_memstream(said, &n);
	int rc = conf_load(&collector_conf_table, path, &conf, collector_conf_review, f, NULL);
	fclose(f);
	unlink(path);
	assert_true((rc == 0) == (conf != NULL));
	return conf;
}

static void
test_loads(void **state)
{
	char *said;

	(void)state;
	struct conf_collector *c = load("", &said);
	assert_string_equal(said, "");
	assert_non_null(c);
	assert_true(c->rules.n > 80);
	assert_true(c->measures.n > 10);
	assert_true(c->derived.n > 4);
	conf_free(&collector_conf_table, c);
	free(said);
}

/* Each has words for people, says what to do, and what is of the air has the air's topic, so that a
 * hot rack is no failed cooling unit. */
static void
test_words(void **state)
{
	char *said;

	(void)state;
	struct conf_collector *c = load("", &said);
	assert_non_null(c);
	const struct conf_rule *r = c->rules.v;
	for (size_t i = 0; i < c->rules.n; i++) {
		if (r[i].title == NULL || r[i].advice == NULL || strlen(r[i].advice) < 20)
			fail_msg("%s: without title or advice", r[i].name);
		if (strstr(r[i].name, "inlet-") != NULL && strcmp(r[i].kind, "plausibility") != 0 &&
		    (r[i].topic == NULL || strcmp(r[i].topic, "air") != 0))
			fail_msg("%s: topic %s", r[i].name, r[i].topic);
	}
	conf_free(&collector_conf_table, c);
	free(said);
}

static const struct conf_rule *
find(const struct conf_collector *c, const char *name)
{
	const struct conf_rule *r = c->rules.v;

	for (size_t i = 0; i < c->rules.n; i++)
		if (strcmp(r[i].name, name) == 0)
			return &r[i];
	fail_msg("no rule %s", name);
	return NULL;
}

static double
number(const struct conf_rule *r, const char *key)
{
	const struct conf_table *t = rule_kind_table(r->kind);

	for (size_t i = 0; i < t->nkeys; i++)
		if (strcmp(t->keys[i].name, key) == 0)
			return *(const double *)(const void *)((const char *)r->variant +
							       t->keys[i].offset);
	fail_msg("%s has no %s", r->name, key);
	return NAN;
}

/* The figures of the table. */
static void
test_table(void **state)
{
	static const struct {
		const char *name, *severity, *key;
		double value;
		int64_t for_s;
	} rows[] = {
		{ "inlet-warm", "warning", "above", 27, 60 },
		{ "inlet-hot", "critical", "above", 32, 20 },
		{ "inlet-cold", "warning", "below", 18, 300 },
		{ "inlet-freezing", "critical", "below", 15, 300 },
		{ "inlet-rises", "warning", "above", 1, 0 },
		{ "inlet-rises", "warning", "by", 3, 0 },
		{ "inlet-races", "critical", "above", 2, 0 },
		{ "inlet-races", "critical", "by", 5, 0 },
		{ "sensor-inlet-hot", "critical", "above", 32, 20 },
		{ "cooling-supply-warm", "warning", "above", 3, 120 },
		{ "cooling-supply-fails", "critical", "above", 6, 120 },
		{ "cooling-bypass", "warning", "below", 3, 600 },
		{ "sensor-dewpoint", "warning", "below", -9, 300 },
		{ "sensor-dewpoint-extreme", "critical", "above", 17, 300 },
		{ "sensor-humidity", "warning", "above", 70, 300 },
		{ "sensor-humidity-extreme", "critical", "below", 8, 300 },
		{ "ups-charge-low", "warning", "below", 70, 10 },
		{ "ups-charge-out", "critical", "below", 30, 0 },
		{ "ups-runtime-low", "warning", "below", 15, 10 },
		{ "ups-runtime-out", "critical", "below", 5, 0 },
		{ "ups-load-high", "warning", "above", 80, 60 },
		{ "ups-load-over", "critical", "above", 95, 60 },
		{ "ups-battery-warm", "warning", "above", 30, 600 },
		{ "ups-battery-hot", "critical", "above", 40, 60 },
		{ "mains-voltage", "warning", "below", 207, 10 },
		{ "mains-voltage-extreme", "critical", "above", 264, 60 },
		{ "mains-frequency", "warning", "below", 49, 10 },
		{ "mains-frequency-extreme", "critical", "above", 52, 60 },
		{ "phase-load-high", "warning", "above", 70, 60 },
		{ "phase-load-over", "critical", "above", 80, 60 },
		{ "link-loss", "warning", "above", 5, 300 },
		{ "link-slow", "warning", "above", 0.15, 300 },
		{ "disk-filling", "warning", "limit", 100, 0 },
	};
	char *said;

	(void)state;
	struct conf_collector *c = load("", &said);
	assert_non_null(c);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct conf_rule *r = find(c, rows[i].name);
		if (strcmp(r->severity, rows[i].severity) != 0 ||
		    number(r, rows[i].key) != rows[i].value || r->for_ != rows[i].for_s * 1000)
			fail_msg("%s: %s, %s %g, for %lld ms", r->name, r->severity, rows[i].key,
			    number(r, rows[i].key), (long long)r->for_);
	}
	assert_string_equal(find(c, "water-leak")->severity, "critical");
	assert_int_equal(find(c, "water-leak")->for_, 0);
	assert_int_equal(find(c, "ups-on-battery")->for_, 10000);
	assert_int_equal(find(c, "ups-long-on-battery")->for_, 60000);
	assert_int_equal(find(c, "ups-battery-no-cooling")->for_, 0);
	assert_int_equal(find(c, "door-open")->for_, 300000);
	assert_int_equal(find(c, "link-lost")->for_, 60000);
	assert_int_equal(find(c, "uplink-lost")->count, 3);
	conf_free(&collector_conf_table, c);
	free(said);
}

/* A site's own limits, and what is odd about some. */
static void
test_limits(void **state)
{
	char *said;

	(void)state;
	struct conf_collector *c =
	    load("limits = ( { rule = \"inlet-warm\"; above = 29.0; clear = 28.0; } );\n", &said);
	assert_string_equal(said, "");
	conf_free(&collector_conf_table, c);
	free(said);
	c = load("limits = ( { rule = \"inlet-warm\"; above = 33.0; },\n"
		 "{ rule = \"inlet-wram\"; off = true; },\n"
		 "{ rule = \"silent\"; above = 3.0; } );\n",
	    &said);
	assert_non_null(c);
	assert_non_null(strstr(said, ":3: warning: limits[#1].above: 33 is beyond the critical "
				     "limit of \"inlet-hot\" (32): it warns of nothing\n"));
	assert_non_null(strstr(said, ":4: warning: limits[#2].rule: \"inlet-wram\" covers no rule; "
				     "did you mean \"inlet-warm\"?\n"));
	assert_non_null(
	    strstr(said, ":5: warning: limits[#3].above: no rule that it covers has this\n"));
	conf_free(&collector_conf_table, c);
	free(said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* What the search finds, in which order, and that a large site is looked through soon enough. */
#define FX_NODES 500 /* of 200 fields each */
#include "alert_fixture.h"

#include "collector/collector.h"
#include "collector/web/search.h"
#include "zw/clock.h"
#include "zw/str.h"

#include "fake_collector.h"

#define NODES 500
#define SERIES 20
#define FIELDS 10
#define TURN_MS 20 /* a handler may hold the loop for 5: CI is slower than that */

/* Gives each node its series: source-07 with the fields value0 ... */
static void
define(struct site *site)
{
	uint32_t sid = 10000; /* the fixture has the first */

	for (size_t n = 0; n < site_nnodes(site); n++)
		for (unsigned i = 0; i < SERIES; i++) {
			struct series_def def = { .step_s = 10, .nfields = FIELDS };
			(void)str_copy(def.node, sizeof def.node, site_node_at(site, n)->name);
			snprintf(def.source, sizeof def.source, "source-%02u", i);
			for (unsigned k = 0; k < FIELDS; k++) {
				struct field *f = &def.fields[k];
				snprintf(f->name, sizeof f->name, "value%u", k);
				snprintf(f->label, sizeof f->label,
				    "Something of the kind that is told, number %u", k);
				f->kind = FIELD_GAUGE;
				f->min = f->max = NAN;
			}
			assert_non_null(site_define(site, sid++, &def));
		}
}

/* The first hit is of this kind and name. */
static void
first(const struct collector *c, const char *question, enum search_kind kind, const char *name)
{
	struct search_result *r = search_run(c, question, LANG_EN, FX_T0);

	assert_true(r->n > 0);
	assert_int_equal(r->hits[0].kind, kind);
	assert_string_equal(r->hits[0].name, name);
	assert_true(r->hits[0].address[0] == '/');
	for (size_t i = 1; i < r->n; i++)
		assert_true(r->hits[i - 1].rank <= r->hits[i].rank);
	free(r);
}

/* How many hits there are. */
static size_t
count(const struct collector *c, const char *question)
{
	struct search_result *r = search_run(c, question, LANG_EN, FX_T0);
	size_t n = r->n;

	free(r);
	return n;
}

/* Names, parts of names, several words. */
static void
finds(void **state)
{
	const struct collector *c = *state;

	first(c, "a01", SEARCH_NODE, "a01");
	first(c, "  A01 ", SEARCH_NODE, "a01");
	first(c, "zone a", SEARCH_ZONE, "A");
	first(c, "a01 source-07", SEARCH_SERIES, "a01/source-07");
	first(c, "source-07 a01 value3", SEARCH_SERIES, "a01/source-07 value3");
	assert_int_equal(count(c, ""), 0);
	assert_int_equal(count(c, "   "), 0);
	assert_int_equal(count(c, "a01 nowhere"), 0);
	assert_int_equal(count(c, "\xff\xfe"), 0);
	/* A node alone does not bring all that it sends. */
	assert_int_equal(count(c, "a01"), 1);
	assert_int_equal(count(c, "value"), SEARCH_EACH);
}

/* The worst question: nothing has it, so all is looked at. */
static void
is_fast(void **state)
{
	const struct collector *c = *state;
	int64_t best = INT64_MAX;

	for (int i = 0; i < 5; i++) {
		int64_t from = clock_mono_us();
		assert_int_equal(count(c, "xyzzy"), 0);
		int64_t took = clock_mono_us() - from;
		best = took < best ? took : best;
	}
	print_message("100,000 fields without a hit: %lld us\n", (long long)best);
#ifndef __SANITIZE_ADDRESS__
	assert_true(best < TURN_MS * 1000);
#endif
}

int
main(void)
{
	struct fx *f = fx_new(4, NODES / 4);
	fx_start(f);
	define(f->site);
	struct collector c = { .conf = &f->conf, .site = f->site, .engine = f->e };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(finds, &c),
		cmocka_unit_test_prestate(is_fast, &c),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	fx_free(f);
	return failed;
}

/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A series that its node no longer reports: what fires on it ends, and only then. */
#include "alert_fixture.h"

#define GONE_MS 600000

/* Each node has a second series, which goes on when the first is no more. */
static void
start(struct fx *f)
{
	fx_start(f);
	for (size_t i = 0; i < f->conf.nodes.n; i++)
		fx_define(f, i, "other", "");
	fx_connect(f);
}

/* All nodes from `first` on send the second series for so long. */
static void
others_go_on(struct fx *f, size_t first, int64_t ms)
{
	double v = 1;
	for (int64_t t = 0; t < ms; t += FX_STEP) {
		fx_pass(f, FX_STEP);
		for (size_t i = first; i < f->conf.nodes.n; i++) {
			struct series *se = site_series(f->site, (uint32_t)i + 1001);
			if (site_update(se, f->now_ms / 1000, f->now_ms, 1, &v))
				engine_reading(f->e, se, f->now_ms);
		}
	}
}

static void
test_fires(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	start(f);
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "OF");
	others_go_on(f, 0, GONE_MS);
	assert_string_equal(fx_take(f), "");
	others_go_on(f, 0, 2 * FX_STEP);
	assert_string_equal(fx_take(f), "RC");
	assert_string_equal(f->last_alert.reason, "no longer reported");
	others_go_on(f, 0, GONE_MS);
	assert_string_equal(fx_take(f), "");
	fx_next(f, 0, 33); /* it is back, and as hot */
	assert_string_equal(fx_take(f), "OF");
	assert_string_equal(f->last_alert.reason, "above 32 °C");
	fx_free(f);
}

/* The node itself fell silent: nobody knows that it has cooled down. */
static void
test_dead_node(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	start(f);
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "OF");
	fx_pass(f, 3 * GONE_MS);
	assert_string_equal(fx_take(f), "");
	others_go_on(f, 0, GONE_MS); /* it is back, and may be about to send it */
	assert_string_equal(fx_take(f), "");
	others_go_on(f, 0, 3 * FX_STEP);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

static void
test_pending_and_clearing(void **state)
{
	(void)state;
	for (int clearing = 0; clearing < 2; clearing++) {
		struct fx *f = fx_new(1, 1);
		struct conf_rule *r = fx_hot(f, "hot", 32);
		r->for_ = clearing ? 0 : 60000;
		r->clear_for = 60000;
		start(f);
		fx_next(f, 0, 33);
		if (clearing)
			fx_next(f, 0, 30);
		assert_string_equal(fx_take(f), clearing ? "OF" : "p");
		others_go_on(f, 0, GONE_MS);
		assert_string_equal(fx_take(f), "");
		others_go_on(f, 0, 3 * FX_STEP);
		assert_string_equal(fx_take(f), clearing ? "RC" : "d");
		fx_free(f);
	}
}

/* A slow series has 60 of its own steps. */
static void
test_slow(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_hot(f, "hot", 32);
	start(f);
	site_series(f->site, 1)->step_s = 60;
	fx_next(f, 0, 33);
	assert_string_equal(fx_take(f), "OF");
	others_go_on(f, 0, 60 * 60000);
	assert_string_equal(fx_take(f), "");
	others_go_on(f, 0, 2 * FX_STEP);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* A group ends when all that it was judged by is gone, not before. */
static void
test_group(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	struct conf_rule *r = fx_hot(f, "hot", 32);
	r->scope = fx_text(f, "zone");
	start(f);
	fx_pass(f, FX_STEP);
	fx_read_all(f, 33);
	assert_string_equal(fx_take(f), "OF");
	others_go_on(f, 1, 2 * GONE_MS); /* the first node is dead */
	assert_string_equal(fx_take(f), "");
	others_go_on(f, 0, GONE_MS + 3 * FX_STEP);
	assert_string_equal(fx_take(f), "RC");
	assert_string_equal(f->last_alert.reason, "no longer reported");
	fx_free(f);
}

/* Among those that are counted it counts no more. */
static void
test_count(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 2);
	struct conf_rule *r = fx_hot(f, "hot", 32);
	r->scope = fx_text(f, "zone");
	r->aggregate = fx_text(f, "count");
	r->count = 1;
	start(f);
	fx_pass(f, FX_STEP);
	fx_read(f, 0, 33);
	fx_read(f, 1, 20);
	engine_tick(f->e, f->now_ms);
	assert_string_equal(fx_take(f), "OF");
	for (int64_t t = 0; t < GONE_MS; t += FX_STEP) {
		assert_string_equal(fx_take(f), "");
		others_go_on(f, 0, FX_STEP);
		fx_read(f, 1, 20);
	}
	assert_string_equal(fx_take(f), "");
	others_go_on(f, 0, 2 * FX_STEP);
	assert_string_equal(fx_take(f), "RC");
	fx_free(f);
}

/* The very thing that a no-data rule is for. */
static void
test_silence_of_series(void **state)
{
	(void)state;
	struct fx *f = fx_new(1, 1);
	fx_rule(f, "quiet", "no-data")->source = fx_text(f, "thermal");
	start(f);
	fx_next(f, 0, 20);
	others_go_on(f, 0, 60000);
	assert_string_equal(fx_take(f), "OF");
	others_go_on(f, 0, 3 * GONE_MS);
	assert_string_equal(fx_take(f), "");
	fx_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fires),
		cmocka_unit_test(test_dead_node),
		cmocka_unit_test(test_pending_and_clearing),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_silence_of_series),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

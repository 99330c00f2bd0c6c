/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sampler between real sources and a feed that is ours: stamps, and series that are refused. */
#include "source_fixture.h"

#include <event2/event.h>

#include "agent/conf.h"
#include "agent/feed.h"
#include "agent/sampler.h"

#define MAX_IDS 8

/* The feed: what the sampler gave it. */
struct feed {
	struct event_base *base;
	unsigned defined;
	unsigned refuse; /* so many definitions more */
	unsigned batches;
	unsigned stop_at;
	int64_t last_s;
	unsigned values[MAX_IDS + 1]; /* of each id */
};

uint32_t
feed_define(struct feed *f, const struct series_def *def)
{
	struct err e;
	assert_int_equal(series_def_check(def, &e), 0);
	if (f->refuse > 0) {
		f->refuse--;
		return 0;
	}
	assert_true(f->defined < MAX_IDS);
	return ++f->defined;
}

void
feed_begin(struct feed *f, int64_t time_s)
{
	assert_true(time_s > f->last_s);
	f->last_s = time_s;
}

void
feed_add(struct feed *f, uint32_t id, unsigned nvalues, const double *values)
{
	(void)values;
	assert_true(nvalues > 0);
	assert_in_range(id, 1, MAX_IDS);
	f->values[id]++;
}

void
feed_end(struct feed *f)
{
	if (++f->batches == f->stop_at)
		event_base_loopbreak(f->base);
}

void
feed_event(struct feed *f, const struct wire_event *ev)
{
	(void)f;
	fail_msg("%s", ev->text);
}

void
feed_stats(const struct feed *f, struct feed_stats *st)
{
	(void)f;
	*st = (struct feed_stats){ 0 };
}

/* Samples load and uptime each second until so many batches came. */
static void
sample(struct feed *f, unsigned batches)
{
	struct fixture x = fixture_empty(&source_uptime);
	struct timeval limit = { .tv_sec = 30 };
	struct sampler *s = NULL;
	struct err e;

	fixture_put(&x, "proc/uptime", "350735.47 234388.90\n");
	fixture_put(&x, "proc/loadavg", "0.21 0.06 0.02 1/94 8900\n");
	f->base = event_base_new();
	f->stop_at = batches;
	struct conf_agent *conf = conf_defaults(&agent_conf_table);
	free(conf->root);
	conf->root = x.root;
	conf->step = 1000;
	struct sampler_opts o = { .base = f->base, .conf = conf, .feed = f };
	assert_int_equal(sampler_new(&s, &o, &e), 0);
	event_base_loopexit(f->base, &limit);
	event_base_dispatch(f->base);
	assert_int_equal(f->batches, batches);
	assert_int_equal(sampler_last_ms(s), f->last_s * 1000);
	assert_true(sampler_free(s));
	conf->root = NULL;
	conf_free(&agent_conf_table, conf);
	event_base_free(f->base);
	fixture_close(&x);
}

static void
test_each_step_is_one_batch(void **state)
{
	struct feed f = { 0 };

	(void)state;
	sample(&f, 2);
	assert_int_equal(f.defined, 3); /* the agent itself, load, uptime */
	for (unsigned id = 1; id <= 3; id++)
		assert_int_equal(f.values[id], 2);
}

/* A full disk at the start must not leave series out for ever. */
static void
test_refused_series_are_tried_again(void **state)
{
	struct feed f = { .refuse = 3 };

	(void)state;
	sample(&f, 3);
	assert_int_equal(f.defined, 3);
	assert_true(f.values[1] == 3 && f.values[2] == 2 && f.values[3] == 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_step_is_one_batch),
		cmocka_unit_test(test_refused_series_are_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

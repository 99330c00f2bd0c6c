/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All sources: their rows make definitions that a collector accepts, what they emit fits the rows'
 * ranges on this very machine, and the manual page knows each of their words. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/conf.h"
#include "agent/emit.h"
#include "agent/self.h"
#include "zw/fs.h"

/* Rows become definitions. */
static void
definitions(void **state)
{
	(void)state;
	for (size_t i = 0; i <= nsources; i++) {
		const struct source *src = i < nsources ? sources[i] : &self_source;
		struct series_def def = { .id = 1, .step_s = 10, .nfields = src->nfields };
		struct err e;
		str_copy(def.source, sizeof def.source, src->name);
		for (unsigned k = 0; k < src->nfields; k++)
			field_from_row(&def.fields[k], &src->fields[k]);
		if (series_def_check(&def, &e) == -1)
			fail_msg("%s: %s", src->name, e.msg);
		assert_true(i == nsources || (src->read != NULL) != (src->items != NULL));
		assert_true((src->items != NULL) == (src->read_item != NULL));
	}
}

/* The values of a gauge are in its range; counters do not go back between two reads. */
static void
judge(const struct emitted *e)
{
	for (unsigned i = 0; i < e->src->nfields; i++) {
		const struct field_row *f = &e->src->fields[i];
		double v = e->values[i];
		bool low = v < (f->kind == FIELD_COUNTER ? 0 : f->min);
		bool high = f->kind != FIELD_COUNTER && v > f->max;
		if (low || high)
			fail_msg("%s %s %s is %g", e->src->name, e->instance, f->name, v);
	}
}

static void
read_item(void *arg, const char *instance, const char *item)
{
	struct emit *out = arg;
	double values[METRIC_MAX_FIELDS];
	if (out->src->read_item(item, values) == 0)
		emit(out, instance, values);
}

/* Two reads of the real /proc. */
static void
this_machine(void **state)
{
	(void)state;
	struct conf_agent *conf = conf_defaults(&agent_conf_table);
	for (size_t i = 0; i < nsources; i++) {
		const struct source *src = sources[i];
		struct emit out = { .src = src };
		struct emitted e;
		void *s = src->open("/", &conf->sources);
		for (unsigned k = 0; s != NULL && k < 2; k++) {
			double interval_s = k == 0 ? 0 : 0.05;
			int rc = src->items != NULL ? src->items(s, read_item, &out)
						    : src->read(s, interval_s, &out);
			assert_int_equal(rc, 0);
			usleep(50000);
		}
		for (size_t at = 0; emit_next(&out.values, &at, &e);)
			judge(&e);
		if (s != NULL)
			src->close(s);
		buf_free(&out.values);
	}
	conf_free(&agent_conf_table, conf);
}

/* The agent's own values. */
static void
self(void **state)
{
	(void)state;
	struct self *s = self_new();
	struct self_input in = { .now_ms = 1000,
		.not_after_ms = 1000 + 86400000 * 30LL,
		.cycle_ms = 1.23456,
		.missed = 7 };
	struct emitted e = { .src = &self_source };
	in.feed.clock_offset_s = NAN;
	in.feed.round_trip_s = 0.0012345;
	self_values(s, &in, e.values);
	judge(&e);
	for (unsigned i = 0; i < self_source.nfields; i++) {
		const char *name = self_source.fields[i].name;
		if (strcmp(name, "cert_left") == 0)
			assert_true(e.values[i] == 30);
		if (strcmp(name, "cycle_ms") == 0)
			assert_true(e.values[i] == 1.23);
		if (strcmp(name, "round_trip") == 0)
			assert_true(e.values[i] == 1.23);
		if (strcmp(name, "missed") == 0)
			assert_true(e.values[i] == 7);
		if (strcmp(name, "rss") == 0)
			assert_true(e.values[i] > 100000);
		if (strcmp(name, "clock_offset") == 0)
			assert_true(isnan(e.values[i]));
	}
	self_free(s);
}

/* Each source and field has its word in zonewatch-agent(8). */
static void
manual(void **state)
{
	(void)state;
	char *text = NULL;
	size_t n = 0;
	struct err e;
	if (fs_read(ZW_TEST_DATA "/../../man/zonewatch-agent.8.scd", 1 << 20, &text, &n, &e) == -1)
		fail_msg("%s", e.msg);
	for (size_t i = 0; i <= nsources; i++) {
		const struct source *src = i < nsources ? sources[i] : &self_source;
		char word[NAME_MAX_SOURCE + 4];
		assert_int_equal(str_format(word, sizeof word, "\n*%s*", src->name), 0);
		const char *section = strstr(text, word);
		if (section == NULL)
			fail_msg("the manual lacks the source %s", src->name);
		const char *end = strstr(section + 1, "\n\n");
		assert_non_null(end);
		for (unsigned k = 0; k < src->nfields; k++) {
			const char *name = src->fields[k].name;
			assert_int_equal(str_format(word, sizeof word, "*%s*", name), 0);
			const char *found = strstr(section + 1, word);
			if (found == NULL || found > end)
				fail_msg("the manual lacks %s of %s", name, src->name);
		}
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(definitions),
		cmocka_unit_test(this_machine),
		cmocka_unit_test(self),
		cmocka_unit_test(manual),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site of four zones A-D with nodes a01..., each with a series "thermal" of one gauge "inlet",
 * an engine over it, and a trace of what it told: a letter for each change, in order; those of
 * FX_LIFE unless f->letters says otherwise; x: an alert has another cause. Virtual time; the rules
 * are set before fx_start(). */
#ifndef TESTS_ALERT_FIXTURE_H
#define TESTS_ALERT_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/alert/alert.h"
#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/alloc.h"

#define FX_ZONES 4
#ifndef FX_NODES
#define FX_NODES 40
#endif
#define FX_TEXTS (512 + FX_NODES)
#define FX_TRACE (512 + 4 * FX_NODES)
#define FX_RULES 8
#define FX_STEP 10000
#define FX_T0 INT64_C(1700000000000)
#define FX_LIFE "pdFWROCAaMmXL"	     /* what a test of something else wants to see */
#define FX_ALL "pdFWROCcbAaMmhsNnXL" /* in the order of enum alert_change_kind */

struct fx {
	struct conf_collector conf;
	struct conf_zone zones[FX_ZONES];
	struct conf_node nodes[FX_NODES];
	struct conf_rule rules[FX_RULES];
	const char *letters;
	struct conf_texts depends; /* of the last fx_depends() */
	char *texts[FX_TEXTS];
	size_t ntexts;
	struct site *site;
	struct engine *e;
	int64_t now_ms;
	char trace[FX_TRACE];
	char taken[FX_TRACE];
	struct alert last_alert; /* as it was told last */
	struct incident last_incident;
};

#define FX_UNUSED __attribute__((unused))

FX_UNUSED static char *
fx_text(struct fx *f, const char *text)
{
	assert_true(f->ntexts < FX_TEXTS);
	f->texts[f->ntexts] = xstrdup(text);
	return f->texts[f->ntexts++];
}

FX_UNUSED static void
fx_changed(void *arg, const struct alert_change *ch)
{
	struct fx *f = arg;
	size_t n = strlen(f->trace);
	assert_true(n + 1 < sizeof f->trace);
	bool shown = strchr(f->letters, FX_ALL[ch->kind]) != NULL;
	if (shown) {
		bool other = ch->kind == CHANGE_CAUSE && ch->alert != NULL;
		f->trace[n] = other ? 'x' : FX_ALL[ch->kind];
		f->trace[n + 1] = '\0';
	}
	bool of_incident = ch->kind == CHANGE_OPENED || ch->kind == CHANGE_CLOSED;
	bool early = ch->kind == CHANGE_PENDING || ch->kind == CHANGE_DROPPED;
	assert_false(of_incident && ch->alert != NULL);
	assert_true(ch->alert != NULL || ch->incident != NULL);
	if (ch->alert != NULL)
		assert_true(ch->alert->id != 0);
	if (early)
		assert_null(ch->incident);
	else if (ch->alert != NULL && ch->kind != CHANGE_LATE)
		assert_int_equal(ch->incident == NULL, ch->alert->severity == WIRE_INFO);
	if (ch->alert != NULL && shown)
		f->last_alert = *ch->alert;
	if (ch->incident != NULL && shown)
		f->last_incident = *ch->incident;
}

/* What was told since the last call. */
FX_UNUSED static const char *
fx_take(struct fx *f)
{
	memcpy(f->taken, f->trace, sizeof f->taken);
	f->trace[0] = '\0';
	return f->taken;
}

/* nodes a01 a02 ... b01 ...: per_zone in each of nzones zones. */
FX_UNUSED static struct fx *
fx_new(unsigned nzones, unsigned per_zone)
{
	static const char *const names[] = { "A", "B", "C", "D" };
	struct fx *f = xcalloc(1, sizeof *f);
	for (unsigned z = 0; z < nzones; z++)
		f->zones[z].name = fx_text(f, names[z]);
	for (unsigned i = 0; i < nzones * per_zone; i++) {
		char name[16];
		snprintf(name, sizeof name, "%c%02u", "abcd"[i / per_zone], i % per_zone + 1);
		f->nodes[i].name = fx_text(f, name);
		f->nodes[i].zone = f->zones[i / per_zone].name;
	}
	f->conf.zones = (struct conf_list){ .v = f->zones, .n = nzones };
	f->conf.nodes = (struct conf_list){ .v = f->nodes, .n = (size_t)nzones * per_zone };
	f->conf.rules = (struct conf_list){ .v = f->rules, .n = 0 };
	f->conf.notify.gather = 600000;
	f->now_ms = FX_T0;
	f->letters = FX_LIFE;
	return f;
}

/* The value of a kind's own key, wherever its struct keeps it. */
FX_UNUSED static void *
fx_key(struct conf_rule *r, const char *key)
{
	const struct conf_table *t = rule_kind_table(r->kind);
	for (size_t i = 0; i < t->nkeys; i++) {
		if (strcmp(t->keys[i].name, key) == 0)
			return (char *)r->variant + t->keys[i].offset;
	}
	fail_msg("no key %s", key);
	return NULL;
}

FX_UNUSED static void
fx_number(struct conf_rule *r, const char *key, double v)
{
	*(double *)fx_key(r, key) = v;
}

FX_UNUSED static struct conf_rule *
fx_rule(struct fx *f, const char *name, const char *kind)
{
	struct conf_rule *r = &f->rules[f->conf.rules.n++];
	r->name = fx_text(f, name);
	r->kind = fx_text(f, kind);
	r->variant = conf_defaults(rule_kind_table(kind));
	return r;
}

/* A threshold on thermal/inlet. */
FX_UNUSED static struct conf_rule *
fx_hot(struct fx *f, const char *name, double above)
{
	struct conf_rule *r = fx_rule(f, name, "threshold");
	r->source = fx_text(f, "thermal");
	r->field = fx_text(f, "inlet");
	r->title = fx_text(f, "Inlet too warm");
	fx_number(r, "above", above);
	return r;
}

FX_UNUSED static void
fx_define(struct fx *f, size_t node, const char *source, const char *instance)
{
	struct series_def def = { .step_s = FX_STEP / 1000, .nfields = 1 };
	snprintf(def.node, sizeof def.node, "%s", f->nodes[node].name);
	snprintf(def.source, sizeof def.source, "%s", source);
	snprintf(def.instance, sizeof def.instance, "%s", instance);
	def.fields[0] = (struct field){ "inlet", FIELD_GAUGE, "Cel", -40, 90, "Inlet air" };
	uint32_t sid = (uint32_t)node + 1 + (strcmp(source, "thermal") == 0 ? 0 : 1000);
	assert_non_null(site_define(f->site, sid, &def));
}

FX_UNUSED static void
fx_engine(struct fx *f)
{
	f->e = engine_new(&f->conf, f->site, f->now_ms, fx_changed, f);
}

FX_UNUSED static void
fx_start(struct fx *f)
{
	f->site = site_new(&f->conf);
	for (size_t i = 0; i < f->conf.nodes.n; i++)
		fx_define(f, i, "thermal", "");
	fx_engine(f);
}

FX_UNUSED static void
fx_free(struct fx *f)
{
	engine_free(f->e);
	site_free(f->site);
	for (size_t i = 0; i < f->conf.rules.n; i++)
		conf_free(rule_kind_table(f->rules[i].kind), f->rules[i].variant);
	for (size_t i = 0; i < f->ntexts; i++)
		free(f->texts[i]);
	free(f);
}

FX_UNUSED static struct node *
fx_node(struct fx *f, size_t node)
{
	return site_node_at(f->site, node);
}

FX_UNUSED static void
fx_connect(struct fx *f)
{
	for (size_t i = 0; i < f->conf.nodes.n; i++)
		site_connected(fx_node(f, i), "192.0.2.1:1", "test", f->now_ms);
}

/* A reading of the node's inlet whose own time is late_ms before its arrival, now. */
FX_UNUSED static void
fx_read_late(struct fx *f, size_t node, double value, int64_t late_ms)
{
	struct series *se = site_series(f->site, (uint32_t)node + 1);
	if (site_update(se, (f->now_ms - late_ms) / 1000, f->now_ms, 1, &value))
		engine_reading(f->e, se, f->now_ms);
}

FX_UNUSED static void
fx_read(struct fx *f, size_t node, double value)
{
	fx_read_late(f, node, value, 0);
}

/* Let time pass, with a tick at the end of each second. */
FX_UNUSED static void
fx_pass(struct fx *f, int64_t ms)
{
	for (; ms > 0; ms -= 1000) {
		f->now_ms += ms < 1000 ? ms : 1000;
		engine_tick(f->e, f->now_ms);
	}
}

/* A step later: a reading of this value, and a tick. */
FX_UNUSED static void
fx_next(struct fx *f, size_t node, double value)
{
	fx_pass(f, FX_STEP);
	fx_read(f, node, value);
	engine_tick(f->e, f->now_ms);
}

/* All nodes say the same, now. */
FX_UNUSED static void
fx_read_all(struct fx *f, double value)
{
	for (size_t i = 0; i < f->conf.nodes.n; i++)
		fx_read(f, i, value);
	engine_tick(f->e, f->now_ms);
}

#endif

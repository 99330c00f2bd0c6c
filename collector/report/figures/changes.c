/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Most of it the collector noted itself (annals.h). What it did not, for it is of a time before it
 * noted such things, is seen from the samples: a node's first, and uptimes that went back. */
#include "collector/report/figures/changes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/availability.h"
#include "collector/report/figures/span.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define HOUR_S 3600
#define DAY_S 86400
#define NEAR_S 1200	   /* moments that are one: rows of an hour may be half unknown */
#define WRAP_S 42949672.96 /* an uptime of 32 bits in hundredths of a second begins anew */
#define MAX_ONES 20000
#define MAX_STARTS 100 /* of a node */

static const struct {
	const char *act;
	enum changes_kind kind;
} kinds[] = {
	{ "node-new", CHANGES_NODE_NEW },
	{ "node-gone", CHANGES_NODE_GONE },
	{ "series-new", CHANGES_SERIES_NEW },
	{ "series-gone", CHANGES_SERIES_GONE },
	{ "limit-change", CHANGES_LIMIT },
	{ "config", CHANGES_CONFIG },
	{ "collector-start", CHANGES_START },
	{ "restart", CHANGES_REBOOT },
};

/* Appends one. */
static void
add(struct changes *v, const struct changes_one *one)
{
	if (v->nones == MAX_ONES) {
		v->left_out++;
		return;
	}
	v->ones = xgrow(v->ones, v->nones, sizeof *v->ones);
	v->ones[v->nones++] = *one;
	v->of_kind[one->kind]++;
}

/* Whether there is one like it at about that time already. */
static bool
has(const struct changes *v, enum changes_kind kind, const struct node *n, int64_t at_s,
    int64_t near_s)
{
	for (size_t i = 0; i < v->nones; i++) {
		const struct changes_one *o = &v->ones[i];
		if (o->kind == kind && o->node == n && llabs(o->time_s - at_s) <= near_s)
			return true;
	}
	return false;
}

/* A moment in ms of a text; 0: it is none. */
static int64_t
moment_s(const char *text)
{
	int64_t ms;

	return str_to_i64(text, 1, INT64_MAX, &ms) == 0 ? ms / 1000 : 0;
}

/* An act of the collector, if it is one of ours and of the zone. */
static void
take_act(struct changes *v, const struct figures_ask *a, const struct annals_act *act)
{
	size_t i = 0;
	struct changes_one one = {
		.time_s = act->time_ms / 1000, .name = act->what, .text = act->text, .away_s = NAN
	};

	while (i < sizeof kinds / sizeof kinds[0] && strcmp(kinds[i].act, act->kind) != 0)
		i++;
	if (i == sizeof kinds / sizeof kinds[0])
		return;
	one.kind = kinds[i].kind;
	if (one.kind != CHANGES_LIMIT && one.kind != CHANGES_CONFIG && one.kind != CHANGES_START) {
		one.node = site_node(a->plant->site, act->what);
		if (a->zone != NULL && (one.node == NULL || !plant_in_zone(one.node, a->zone)))
			return;
	}
	int64_t since_s = moment_s(one.kind == CHANGES_REBOOT ? act->text : act->what);
	if (one.kind == CHANGES_START && since_s > 0 && since_s < one.time_s)
		one.away_s = (double)(one.time_s - since_s);
	if (one.kind == CHANGES_START)
		one.name = one.text = "";
	if (one.kind == CHANGES_REBOOT) {
		one.time_s = since_s > 0 ? since_s : one.time_s;
		one.text = "";
		if (one.time_s < v->from_s || has(v, one.kind, one.node, one.time_s, NEAR_S))
			return;
	}
	add(v, &one);
}

/* When the first of all nodes was first heard of, if that is in the period; else 0. */
static int64_t
beginning(const struct availability *av)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < av->nones; i++) {
		const struct availability_one *o = &av->ones[i];
		if (o->node == NULL || o->time.up_s + o->time.unplanned_s + o->time.planned_s <= 0)
			continue;
		int64_t first = av->from_s + (int64_t)o->time.absent_s;
		if (first < least)
			least = first;
	}
	return least == INT64_MAX || least <= av->from_s ? 0 : least;
}

/* Nodes whose first sample lies in the period. Those that came within a day of the very first are
 * what monitoring began with. */
static void
take_new(struct changes *v, const struct availability *av)
{
	int64_t began = beginning(av);

	for (size_t i = 0; i < av->nones; i++) {
		const struct availability_one *o = &av->ones[i];
		int64_t first = av->from_s + (int64_t)o->time.absent_s;
		if (o->node == NULL || o->time.absent_s <= 0 || first >= av->to_s)
			continue;
		if (began > 0 && first < began + DAY_S) {
			v->began++;
			continue;
		}
		if (!has(v, CHANGES_NODE_NEW, o->node, first, DAY_S))
			add(v, &(struct changes_one){ .kind = CHANGES_NODE_NEW,
				   .time_s = first,
				   .node = o->node,
				   .name = o->node->name,
				   .text = "",
				   .away_s = NAN });
	}
	v->began_s = v->began > 0 ? began : 0;
}

/* Acts of the first day say the same of each node. */
static void
drop_beginning(struct changes *v)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->nones; i++) {
		const struct changes_one *o = &v->ones[i];
		bool first = v->began_s > 0 && o->time_s < v->began_s + DAY_S &&
			     (o->kind == CHANGES_NODE_NEW || o->kind == CHANGES_SERIES_NEW);
		if (first)
			v->of_kind[o->kind]--;
		else
			v->ones[kept++] = *o;
	}
	v->nones = kept;
}

/* When the machine began, as a row says; NAN: it does not, or has values of two beginnings. */
static double
began(const struct span *s, unsigned field, size_t row)
{
	double mid = row < s->nrows ? s->values[SPAN_AVERAGE][field][row] : NAN;

	if (isnan(mid) ||
	    s->values[SPAN_MAX][field][row] - s->values[SPAN_MIN][field][row] > (double)s->step_s)
		return NAN;
	return (double)(s->from_s + (int64_t)row * s->step_s) + (double)s->step_s / 2 - mid;
}

size_t
changes_starts(
    int64_t *at_s, size_t n, const struct span *s, unsigned field, int64_t from_s, int64_t to_s)
{
	double before = NAN, uptime = NAN;
	size_t have = 0;

	for (size_t r = 0; r < s->nrows && have < n; r++) {
		double at = began(s, field, r), next = began(s, field, r + 1);
		bool wrapped = uptime > 0.98 * WRAP_S && uptime < WRAP_S + HOUR_S;
		if (isnan(at))
			continue;
		/* The row behind is known for longer than that of the start itself. */
		if (at > before + NEAR_S && fabs(next - at) < NEAR_S)
			at = next;
		if (at > before + NEAR_S && !wrapped && at >= (double)from_s && at < (double)to_s)
			at_s[have++] = (int64_t)at;
		before = at;
		uptime = s->values[SPAN_MAX][field][r];
	}
	return have;
}

/* A series that has an uptime. */
static void
take_uptime(struct changes *v, const struct series *se)
{
	int64_t at_s[MAX_STARTS];
	unsigned field = site_field(se, "uptime");
	struct span *s;
	struct err e;

	if (field == se->nfields ||
	    span_read(&s, se, v->from_s - HOUR_S, v->to_s, HOUR_S, &e) == -1)
		return;
	size_t n = changes_starts(at_s, MAX_STARTS, s, field, v->from_s, v->to_s);
	for (size_t i = 0; i < n; i++)
		if (!has(v, CHANGES_REBOOT, se->node, at_s[i], NEAR_S))
			add(v, &(struct changes_one){ .kind = CHANGES_REBOOT,
				   .time_s = at_s[i],
				   .node = se->node,
				   .name = se->node->name,
				   .text = "",
				   .away_s = NAN });
	span_free(s);
}

/* What says how long the machine has run: the agent, or the device by SNMP. */
static void
take_series(void *arg, const struct series *se)
{
	if (strcmp(se->source, "uptime") == 0 || strcmp(se->source, "system") == 0)
		take_uptime(arg, se);
}

/* By time, then kind, then name. */
static int
by_time(const void *a, const void *b)
{
	const struct changes_one *x = a, *y = b;

	if (x->time_s != y->time_s)
		return x->time_s < y->time_s ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	int by_name = strcmp(x->name, y->name);
	return by_name != 0 ? by_name : strcmp(x->text, y->text);
}

int
changes_new(struct changes **out, const struct figures_ask *a, struct err *e)
{
	struct changes *v = xcalloc(1, sizeof *v);

	(void)e;
	*out = v;
	v->from_s = a->period->from_s;
	v->to_s = a->of->availability->to_s;
	for (size_t i = 0; i < a->annals->nacts; i++)
		take_act(v, a, &a->annals->acts[i]);
	take_new(v, a->of->availability);
	drop_beginning(v);
	plant_sources(a->plant, "*", a->zone, take_series, v);
	if (v->nones > 1)
		qsort(v->ones, v->nones, sizeof *v->ones, by_time);
	return 0;
}

void
changes_free(struct changes *v)
{
	if (v == NULL)
		return;
	free(v->ones);
	free(v);
}

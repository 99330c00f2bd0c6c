/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which fields tell how full something is stands in a table; each that is found becomes a value a
 * local day, and a line through them (capacity_fit.c). A day counts that is known for at least
 * half. */
#include "collector/report/figures/capacity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/span.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/day.h"
#include "zw/str.h"

#define HOUR_S 3600
#define DAY_S 86400
#define NDAYS CAPACITY_MAX_DAYS
#define MAX_ONES 16384

/* How the percents come about. */
enum how {
	PERCENT,  /* the field is one */
	PART,	  /* field of the field `whole` */
	REST,	  /* what field leaves of `whole` */
	UP_OF_ALL /* the field is a state, 1: up; of all series of the node */
};

struct look {
	enum capacity_kind kind;
	const char *source; /* a pattern */
	const char *field;
	enum how how;
	bool p95;	   /* of the day's rows, or their mean */
	const char *whole; /* what 100 % is; NULL: not known */
};

/* Of several rows of a kind that fit a series the first is taken. */
static const struct look looks[] = {
	{ CAPACITY_DISK, "filesystem", "used_percent", PERCENT, false, "total" },
	{ CAPACITY_DISK, "disk", "used_percent", PERCENT, false, NULL },
	{ CAPACITY_INODES, "filesystem", "inodes_used_percent", PERCENT, false, "inodes_total" },
	{ CAPACITY_MEMORY, "memory", "used_percent", PERCENT, false, "total" },
	{ CAPACITY_CPU, "cpu", "busy", PERCENT, true, NULL },
	{ CAPACITY_UPS, "ups*", "load", PERCENT, true, NULL },
	{ CAPACITY_POWER, "pdu*", "load", PERCENT, true, NULL },
	{ CAPACITY_POWER, "pdu*", "utilized", PERCENT, true, NULL },
	{ CAPACITY_POWER, "pdu*", "used", PERCENT, true, NULL },
	{ CAPACITY_POWER, "ats*", "load", PERCENT, true, NULL },
	{ CAPACITY_POWER, "dc_power", "load", PERCENT, true, NULL },
	{ CAPACITY_COOLING, "cooling", "cool_output", PERCENT, true, NULL },
	{ CAPACITY_COOLING, "cooling", "fan_speed", PERCENT, true, NULL },
	{ CAPACITY_PORTS, "interface", "oper", UP_OF_ALL, false, NULL },
	{ CAPACITY_STORAGE, "storage", "used", PART, false, "size" },
	{ CAPACITY_STORAGE, "storage", "free", REST, false, "size" },
};

#define NLOOKS (sizeof looks / sizeof looks[0])

/* The work under way: local midnights, from the first day's to the end of the last. */
struct work {
	struct capacity *c;
	int64_t midnights[NDAYS + 1];
};

/* A value a day. */
struct days {
	double values[NDAYS];
	double size; /* the last known of what 100 % is */
};

/* Days end at the period's end, or where the data do if that is before; a day that is not over
 * counts by what is known of it. */
static void
count_days(struct work *w, int64_t end_s)
{
	for (int i = 0; i < NDAYS; i++)
		w->midnights[i] = day_midnight(end_s - 1, i + 1 - NDAYS);
	w->midnights[NDAYS] = end_s;
}

/* The row's share of what there is, in percent. */
static double
percent(const struct look *l, const struct span *s, unsigned field, unsigned whole, size_t row)
{
	double v = s->values[SPAN_AVERAGE][field][row];

	if (l->how == PERCENT)
		return v;
	if (l->how == UP_OF_ALL)
		return isnan(v) ? NAN : v < 1.5 ? 100 : 0;
	double all = s->values[SPAN_AVERAGE][whole][row];
	if (!(all > 0))
		return NAN;
	return 100 * (l->how == PART ? v : all - v) / all;
}

/* Mean or p95 of a day's rows that are known; NAN when less than half of it is. */
static double
day_value(const struct look *l, double *rows, size_t n, int64_t known_s, int64_t day_s)
{
	double sum = 0;

	if (n == 0 || known_s * 2 < day_s)
		return NAN;
	if (l->p95)
		return stat_percentile(rows, n, 95);
	for (size_t i = 0; i < n; i++)
		sum += rows[i];
	return sum / (double)n;
}

/* All days of a field. */
static void
fill_days(struct days *d, const struct work *w, const struct look *l, const struct span *s,
    unsigned field, unsigned whole)
{
	double *rows = xcalloc(s->nrows + 1, sizeof *rows);
	size_t row = 0;

	d->size = NAN;
	for (size_t day = 0; day < NDAYS; day++) {
		int64_t from_s = w->midnights[day], to_s = w->midnights[day + 1];
		size_t n = 0;
		while (row < s->nrows && s->from_s + (int64_t)row * s->step_s < from_s)
			row++;
		for (; row < s->nrows && s->from_s + (int64_t)(row + 1) * s->step_s <= to_s;
		     row++) {
			rows[n] = percent(l, s, field, whole, row);
			n += !isnan(rows[n]);
			if (l->whole != NULL && !isnan(s->values[SPAN_AVERAGE][whole][row]))
				d->size = s->values[SPAN_AVERAGE][whole][row];
		}
		d->values[day] = day_value(l, rows, n, (int64_t)n * s->step_s, to_s - from_s);
	}
	free(rows);
}

/* Puts the line through the days and adds what comes of it, if any day is known. */
static void
add(struct work *w, const struct look *l, const struct series *se, unsigned field,
    const struct days *d)
{
	struct capacity_one one = {
		.kind = l->kind,
		.node = se->node,
		.series = l->how == UP_OF_ALL ? NULL : se,
		.instance = l->how == UP_OF_ALL ? "" : se->instance,
		.field = field,
		.size = d->size,
	};
	int64_t end_s = w->midnights[NDAYS];

	capacity_fit(&one.fit, d->values, NDAYS);
	if (one.fit.days == 0 || w->c->nones == MAX_ONES)
		return;
	one.outlook = capacity_outlook(&one.fit);
	one.at80 = capacity_reach(&one.fit, 80, end_s);
	one.at100 = capacity_reach(&one.fit, 100, end_s);
	if (l->whole != NULL)
		(void)str_copy(
		    one.unit, sizeof one.unit, se->fields[site_field(se, l->whole)].unit);
	one.days = xmemdup(d->values, sizeof d->values);
	w->c->of_kind[l->kind]++;
	w->c->ones = xgrow(w->c->ones, w->c->nones, sizeof *w->c->ones);
	w->c->ones[w->c->nones++] = one;
}

/* Whether the row's field tells it at all: processors are counted together, shares are of a
 * percent. */
static bool
tells(const struct look *l, const struct series *se, unsigned field)
{
	if (field == se->nfields || !str_covers(l->source, se->source))
		return false;
	if (l->kind == CAPACITY_CPU && se->instance[0] != '\0' &&
	    strcmp(se->instance, "total") != 0)
		return false;
	return l->how != PERCENT || strcmp(se->fields[field].unit, "%") == 0;
}

/* The row of the table that a series' field stands in, for a kind; NULL: none. */
static const struct look *
look_of(const struct series *se, enum capacity_kind kind, unsigned *field, unsigned *whole)
{
	for (size_t i = 0; i < NLOOKS; i++) {
		const struct look *l = &looks[i];
		*field = site_field(se, l->field);
		if (l->kind != kind || !tells(l, se, *field))
			continue;
		*whole = l->whole != NULL ? site_field(se, l->whole) : 0;
		if (*whole < se->nfields)
			return l;
		if (l->how != PERCENT)
			continue;
		*whole = *field; /* what 100 % is was not told */
		return l;
	}
	return NULL;
}

/* Reads all that the days of a series are made of; NULL: there is nothing. */
static struct span *
read_rows(const struct work *w, const struct series *se)
{
	struct span *s;
	struct err e;

	return span_read(&s, se, w->midnights[0], w->midnights[NDAYS], HOUR_S, &e) == 0 ? s : NULL;
}

/* A series of its own: each kind that it tells of. */
static void
take(void *arg, const struct series *se)
{
	struct work *w = arg;
	struct span *s = NULL;
	unsigned field, whole;

	for (int kind = 0; kind < CAPACITY_KINDS && se->node->kind != NODE_SUMMARY; kind++) {
		const struct look *l = look_of(se, (enum capacity_kind)kind, &field, &whole);
		struct days d;
		if (l == NULL || l->how == UP_OF_ALL)
			continue;
		if (s == NULL && (s = read_rows(w, se)) == NULL)
			return;
		fill_days(&d, w, l, s, field, whole);
		if (l->whole == NULL || whole == field)
			d.size = NAN;
		add(w, l, se, field, &d);
	}
	span_free(s);
}

/* Joins a port's days to those of the ports before it: ups[day] of all[day] known ones. */
static bool
join_port(const struct work *w, const struct series *se, double *ups, double *all)
{
	unsigned field, whole;
	struct days d;
	const struct look *l = look_of(se, CAPACITY_PORTS, &field, &whole);
	struct span *s = l != NULL ? read_rows(w, se) : NULL;

	if (s == NULL)
		return false;
	fill_days(&d, w, l, s, field, whole);
	span_free(s);
	for (size_t i = 0; i < NDAYS; i++) {
		if (isnan(d.values[i]))
			continue;
		all[i]++;
		ups[i] += d.values[i] >= 50;
	}
	return true;
}

/* The ports of a switch, all together. One that is switched off has no state: it is free. */
static void
take_ports(struct work *w, const struct node *n)
{
	double ups[NDAYS] = { 0 }, all[NDAYS] = { 0 };
	const struct series *any = NULL;
	struct days d;
	double nports = 0;

	for (size_t i = 0; i < n->nseries; i++) {
		if (strcmp(n->series[i]->source, "interface") != 0 ||
		    !join_port(w, n->series[i], ups, all))
			continue;
		any = n->series[i];
		nports++;
	}
	if (any == NULL || nports < 4) /* a server's or a card's own */
		return;
	for (size_t i = 0; i < NDAYS; i++)
		d.values[i] = all[i] > 0 ? 100 * ups[i] / nports : NAN;
	d.size = nports;
	for (size_t i = 0; i < NLOOKS; i++)
		if (looks[i].kind == CAPACITY_PORTS)
			add(w, &looks[i], any, site_field(any, "oper"), &d);
}

/* When it is full: reached is now, never is last. */
static int64_t
full_at(const struct capacity_one *o)
{
	if (o->at100.likely_s != 0)
		return o->at100.likely_s;
	return INT64_MAX;
}

/* The one that is full first, then the fullest; then as the site has them. */
static int
by_need(const void *a, const void *b)
{
	const struct capacity_one *x = a, *y = b;
	int64_t fx = full_at(x), fy = full_at(y);

	if (fx != fy)
		return fx < fy ? -1 : 1;
	if (x->fit.now != y->fit.now)
		return x->fit.now > y->fit.now ? -1 : 1;
	if (x->node->index != y->node->index)
		return x->node->index < y->node->index ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->instance, y->instance);
}

int
capacity_new(struct capacity **out, const struct figures_ask *a, struct err *e)
{
	struct work w = { .c = xcalloc(1, sizeof *w.c) };
	int64_t end_s = a->period->to_s;

	(void)e;
	w.c->from_s = a->period->from_s;
	w.c->to_s = a->period->to_s;
	*out = w.c;
	w.c->end_s = end_s < a->plant->data_end_s ? end_s : a->plant->data_end_s;
	if (a->plant->data_end_s < end_s)
		end_s = a->plant->data_end_s;
	if (end_s <= a->period->from_s)
		return 0;
	count_days(&w, end_s);
	plant_sources(a->plant, "*", a->zone, take, &w);
	for (size_t i = 0; i < site_nnodes(a->plant->site); i++) {
		const struct node *n = site_node_at(a->plant->site, i);
		if (n->kind == NODE_DEVICE && plant_in_zone(n, a->zone))
			take_ports(&w, n);
	}
	if (w.c->nones > 0)
		qsort(w.c->ones, w.c->nones, sizeof *w.c->ones, by_need);
	return 0;
}

void
capacity_free(struct capacity *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->nones; i++)
		free(v->ones[i].days);
	free(v->ones);
	free(v);
}

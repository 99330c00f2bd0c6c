/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All nodes are seen first: where nothing was stored of any of them, none is judged by it. */
#include "collector/report/figures/availability.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/availability_int.h"
#include "zw/alloc.h"

#define JOIN_MS 300000 /* outages that rows tell, so near to each other, are one */
#define STORED_LEAST 3 /* nodes; of fewer it cannot be told that nothing was stored at all */

/* The work under way; seen[] goes along with ones[]. */
struct work {
	struct availability *v;
	const struct figures_ask *ask;
	struct availability_told told;
	struct availability_seen *seen;
	size_t room;
};

/* The days of the period, and its end. */
static void
make_days(struct availability *v, const struct period *p)
{
	v->ndays = period_days(p);
	v->days = xcalloc(v->ndays + 1, sizeof *v->days);
	for (unsigned i = 0; i <= v->ndays; i++)
		v->days[i] = period_day(p, i);
}

/* What is aimed at, 0 to 1; NAN: nothing. */
static double
target_of(const struct conf_collector *conf, enum availability_kind kind)
{
	const double targets[AVAILABILITY_KINDS] = {
		[AVAILABILITY_ZONE] = conf->report.target_zone,
		[AVAILABILITY_SERVER] = conf->report.target_server,
		[AVAILABILITY_COOLING] = conf->report.target_cooling,
		[AVAILABILITY_UPS] = conf->report.target_ups,
		[AVAILABILITY_LINK] = conf->report.target_link,
		[AVAILABILITY_DEVICE] = NAN,
	};

	return targets[kind] > 0 ? targets[kind] / 100 : NAN;
}

/* A thing to be judged, as yet without figures. */
static struct availability_one *
add(struct work *w, enum availability_kind kind, const struct node *n, const struct zone *z)
{
	struct availability *v = w->v;

	if (v->nones == w->room) {
		w->room = w->room == 0 ? 64 : 2 * w->room;
		v->ones = xreallocarray(v->ones, w->room, sizeof *v->ones);
		w->seen = xreallocarray(w->seen, w->room, sizeof *w->seen);
	}
	w->seen[v->nones] = (struct availability_seen){ 0 };
	v->ones[v->nones] = (struct availability_one){ .kind = kind,
		.node = n,
		.zone = z,
		.target = target_of(w->ask->plant->conf, kind),
		.days = xcalloc(v->ndays + 1, sizeof *v->ones->days) };
	return &v->ones[v->nones++];
}

/* How long rows are at least. */
static int64_t
step_of(const struct work *w)
{
	return w->ask->step_s > 0 ? w->ask->step_s : AVAILABILITY_STEP;
}

/* What a node is judged as; AVAILABILITY_KINDS: not at all. */
static enum availability_kind
kind_of(const struct node *n)
{
	if (n->kind == NODE_SUMMARY)
		return AVAILABILITY_KINDS;
	if (n->kind == NODE_LINK)
		return n->role == ROLE_NONE ? AVAILABILITY_LINK : AVAILABILITY_DEVICE;
	if (n->role == ROLE_COOLING)
		return AVAILABILITY_COOLING;
	if (n->role == ROLE_UPS)
		return AVAILABILITY_UPS;
	if (n->kind == NODE_SERVER)
		return AVAILABILITY_SERVER;
	return n->parent == NULL ? AVAILABILITY_DEVICE : AVAILABILITY_KINDS;
}

/* Looks at all nodes of the report. */
static void
see_nodes(struct work *w)
{
	const struct plant *p = w->ask->plant;

	for (size_t i = 0; i < site_nnodes(p->site); i++) {
		const struct node *n = site_node_at(p->site, i);
		enum availability_kind kind = kind_of(n);
		if (kind == AVAILABILITY_KINDS || !plant_in_zone(n, w->ask->zone))
			continue;
		(void)add(w, kind, n, n->zone);
		/* What is watched as a link is asked as one, whoever it is. */
		availability_see(&w->seen[w->v->nones - 1], p, n,
		    n->kind == NODE_LINK ? AVAILABILITY_LINK : kind, w->v->from_s, w->v->to_s,
		    step_of(w));
	}
}

/* Rows in which something of any node is known, as what is down by none of it. Freed by the
 * caller; NULL: there are too few nodes to tell. */
static double *
see_any(const struct work *w, const struct zone *z, struct uptime_rows *rows)
{
	double *any = NULL;
	size_t nodes = 0;

	*rows = (struct uptime_rows){ 0 };
	for (size_t i = 0; i < w->v->nones; i++) {
		const struct uptime_rows *r = &w->seen[i].rows;
		if (w->v->ones[i].node == NULL || r->n == 0 ||
		    (z != NULL && w->v->ones[i].zone != z))
			continue;
		if (any == NULL) {
			*rows = *r;
			any = xcalloc(r->n, sizeof *any);
			for (size_t k = 0; k < r->n; k++)
				any[k] = NAN;
		}
		if (r->from_ms != rows->from_ms || r->step_ms != rows->step_ms || r->n != rows->n)
			continue;
		nodes++;
		for (size_t k = 0; k < r->n; k++)
			if (!isnan(r->down[k]))
				any[k] = 0;
	}
	rows->down = any;
	if (nodes >= STORED_LEAST || z != NULL)
		return any;
	free(any);
	return NULL;
}

/* Adds to when the collector was away the times in which nothing was stored, for whatever reason.
 * What is known to be an absence has its exact ends already. */
static void
take_nothing_stored(struct work *w)
{
	struct stretches nothing = { 0 };
	struct uptime_rows r;
	double *any = see_any(w, NULL, &r);

	for (size_t i = 0; any != NULL && i < r.n; i++)
		if (isnan(any[i]))
			stretches_add(&nothing, r.from_ms + (int64_t)i * r.step_ms,
			    r.from_ms + (int64_t)(i + 1) * r.step_ms);
	stretches_join(&nothing, 0);
	for (size_t i = 0; i < nothing.n; i++)
		if (stretches_within(&w->told.away, nothing.v[i].from_ms, nothing.v[i].to_ms) == 0)
			stretches_add(&w->told.away, nothing.v[i].from_ms, nothing.v[i].to_ms);
	stretches_join(&w->told.away, 0);
	stretches_clip(&w->told.away, w->told.from_ms, w->told.to_ms);
	stretches_free(&nothing);
	free(any);
}

/* Whether a zone is a place: has anything but links. */
static bool
is_place(const struct zone *z)
{
	for (size_t i = 0; i < z->nnodes; i++)
		if (z->nodes[i]->kind != NODE_LINK)
			return true;
	return false;
}

/* Looks at the zones of the report; of one without inlets all its nodes stand for it. */
static void
see_zones(struct work *w)
{
	const struct plant *p = w->ask->plant;
	const struct zone *none = site_unassigned(p->site);

	for (size_t i = 0; i < site_nzones(p->site); i++) {
		const struct zone *z = site_zone_at(p->site, i);
		if (z == none || !is_place(z) || (w->ask->zone != NULL && z != w->ask->zone))
			continue;
		(void)add(w, AVAILABILITY_ZONE, NULL, z);
		struct availability_seen *seen = &w->seen[w->v->nones - 1];
		if (availability_see_zone(seen, p, z, w->v->from_s, w->v->to_s, step_of(w)))
			continue;
		availability_forget(seen);
		seen->down = see_any(w, z, &seen->rows);
		seen->first_ms = seen->down != NULL ? w->v->from_s * 1000 : INT64_MAX;
	}
}

/* Outages, of what was down unplanned; what rows tell is one where less than a row lies between. */
static void
take_outages(struct availability_one *one, const struct uptime *u, const struct uptime_facts *f)
{
	struct stretches all = { 0 };

	stretches_add_all(&all, &u->unplanned);
	if (f->rows_say)
		stretches_join(&all, f->rows.step_ms < JOIN_MS ? f->rows.step_ms : JOIN_MS);
	one->outages = xcalloc(all.n + 1, sizeof *one->outages);
	one->noutages = all.n;
	for (size_t i = 0; i < all.n; i++) {
		struct availability_outage *o = &one->outages[i];
		o->from_ms = all.v[i].from_ms;
		o->to_ms = all.v[i].to_ms;
		o->down_s = (double)stretches_within(&u->unplanned, o->from_ms, o->to_ms) / 1000;
		o->before = o->from_ms <= f->from_ms;
		o->open = o->to_ms >= f->to_ms;
		if (o->down_s > one->longest_s) {
			one->longest_s = o->down_s;
			one->longest_at_s = o->from_ms / 1000;
		}
	}
	stretches_free(&all);
}

/* So much of each lies within. */
static struct availability_time
time_of(const struct uptime *u, int64_t from_ms, int64_t to_ms)
{
	return (struct availability_time){
		.up_s = (double)stretches_within(&u->up, from_ms, to_ms) / 1000,
		.planned_s = (double)stretches_within(&u->planned, from_ms, to_ms) / 1000,
		.unplanned_s = (double)stretches_within(&u->unplanned, from_ms, to_ms) / 1000,
		.unknown_s = (double)stretches_within(&u->unknown, from_ms, to_ms) / 1000,
		.absent_s = (double)stretches_within(&u->absent, from_ms, to_ms) / 1000,
	};
}

double
availability_part(const struct availability_time *t)
{
	double judged = t->up_s + t->unplanned_s;

	return judged > 0 && judged + t->planned_s >= t->unknown_s ? t->up_s / judged : NAN;
}

/* Whether the target is met, to a thousandth of a percent. */
static enum availability_met
met_of(double part, double target)
{
	if (isnan(part) || isnan(target))
		return AVAILABILITY_UNJUDGED;
	return part >= target - 1e-9 ? AVAILABILITY_MET : AVAILABILITY_MISSED;
}

/* Judges one. */
static void
judge(const struct work *w, size_t i)
{
	struct availability_one *one = &w->v->ones[i];
	const struct availability_seen *seen = &w->seen[i];
	struct uptime_facts f = {
		.first_ms = seen->first_ms, .rows = seen->rows, .rows_say = seen->rows_say
	};
	struct uptime u;

	if (one->node == NULL)
		availability_zone_facts(&w->told, one->zone, &f);
	else
		availability_node_facts(
		    &w->told, one->node, seen->word != NULL ? seen->word->name : "", &f);
	/* It was never seen, but missed: it should have been there. */
	if (f.first_ms == INT64_MAX && (f.silent.n > 0 || f.alarmed.n > 0))
		f.first_ms = f.from_ms;
	uptime_judge(&u, &f);
	one->time = time_of(&u, f.from_ms, f.to_ms);
	for (size_t d = 0; d < w->v->ndays; d++)
		one->days[d] = time_of(&u, w->v->days[d] * 1000, w->v->days[d + 1] * 1000);
	take_outages(one, &u, &f);
	one->part = availability_part(&one->time);
	one->met = met_of(one->part, one->target);
	one->mtbf_s = one->noutages > 0 ? one->time.up_s / (double)one->noutages : NAN;
	one->mttr_s = one->noutages > 0 ? one->time.unplanned_s / (double)one->noutages : NAN;
	uptime_free(&u);
	uptime_facts_free(&f);
}

/* What is freed of one. */
static void
clear(struct availability_one *one)
{
	free(one->days);
	free(one->outages);
}

/* Leaves out what was not yet there. */
static void
drop_absent(struct availability *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nones; i++) {
		const struct availability_time *t = &v->ones[i].time;
		if (v->ones[i].node != NULL &&
		    t->up_s + t->planned_s + t->unplanned_s + t->unknown_s <= 0)
			clear(&v->ones[i]);
		else
			v->ones[n++] = v->ones[i];
	}
	v->nones = n;
}

/* What it is called in its kind. */
static const char *
name_of(const struct availability_one *one)
{
	return one->node != NULL ? one->node->name : one->zone->name;
}

/* By kind; the worst first, what is not known last; then by name. */
static int
by_worst(const void *a, const void *b)
{
	const struct availability_one *x = a, *y = b;
	double px = isnan(x->part) ? 2 : x->part, py = isnan(y->part) ? 2 : y->part;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (px != py)
		return px < py ? -1 : 1;
	return strcmp(name_of(x), name_of(y));
}

/* Adds one to its kind's. */
static void
sum_up(struct availability_kind_sum *s, const struct availability_one *one)
{
	s->n++;
	s->met += one->met == AVAILABILITY_MET;
	s->missed += one->met == AVAILABILITY_MISSED;
	s->outages += (unsigned)one->noutages;
	s->time.up_s += one->time.up_s;
	s->time.planned_s += one->time.planned_s;
	s->time.unplanned_s += one->time.unplanned_s;
	s->time.unknown_s += one->time.unknown_s;
	s->time.absent_s += one->time.absent_s;
}

/* What all of a kind come to. */
static void
sum_kinds(struct availability *v, const struct conf_collector *conf)
{
	for (size_t i = 0; i < v->nones; i++)
		sum_up(&v->sums[v->ones[i].kind], &v->ones[i]);
	for (int k = 0; k < AVAILABILITY_KINDS; k++) {
		struct availability_kind_sum *s = &v->sums[k];
		s->target = target_of(conf, (enum availability_kind)k);
		s->part = availability_part(&s->time);
		s->mtbf_s = s->outages > 0 ? s->time.up_s / s->outages : NAN;
		s->mttr_s = s->outages > 0 ? s->time.unplanned_s / s->outages : NAN;
	}
}

int
availability_new(struct availability **out, const struct figures_ask *a, struct err *e)
{
	struct availability *v = xcalloc(1, sizeof *v);
	struct work w = { .v = v, .ask = a };

	(void)e;
	*out = v;
	v->from_s = a->period->from_s;
	v->to_s = plant_until(a->plant, a->period);
	make_days(v, a->period);
	availability_hear(&w.told, a, v->from_s * 1000, v->to_s * 1000);
	see_nodes(&w);
	availability_take_turns(v->ones, w.seen, v->nones);
	take_nothing_stored(&w);
	see_zones(&w);
	for (size_t i = 0; i < v->nones; i++)
		judge(&w, i);
	for (size_t i = 0; i < v->nones; i++)
		availability_forget(&w.seen[i]);
	drop_absent(v);
	if (v->nones > 1)
		qsort(v->ones, v->nones, sizeof *v->ones, by_worst);
	sum_kinds(v, a->plant->conf);
	availability_told_free(&w.told);
	free(w.seen);
	return 0;
}

void
availability_free(struct availability *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->nones; i++)
		clear(&v->ones[i]);
	free(v->ones);
	free(v->days);
	free(v);
}

const struct availability_one *
availability_of(const struct availability *v, enum availability_kind kind, size_t *n)
{
	const struct availability_one *first = v->ones;

	*n = 0;
	for (size_t i = 0; i < v->nones; i++) {
		if (v->ones[i].kind != kind)
			continue;
		if ((*n)++ == 0)
			first = &v->ones[i];
	}
	return first;
}

const struct availability_one *
availability_same(const struct availability *before, const struct availability_one *one)
{
	for (size_t i = 0; i < before->nones; i++)
		if (before->ones[i].kind == one->kind && before->ones[i].node == one->node &&
		    (one->node != NULL || before->ones[i].zone == one->zone))
			return &before->ones[i];
	return NULL;
}

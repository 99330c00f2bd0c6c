/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules, each a function that looks through one part of the figures. Their limits stand here. A
 * part that is NULL was not computed: nothing is said of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/advice_int.h"
#include "collector/report/figures/alarms.h"
#include "collector/report/figures/annals.h"
#include "collector/report/figures/availability.h"
#include "collector/report/figures/capacity.h"
#include "collector/report/figures/completeness.h"
#include "collector/report/figures/cooling.h"
#include "collector/report/figures/environment.h"
#include "collector/report/figures/incidents.h"
#include "collector/report/figures/links.h"
#include "collector/report/figures/power.h"
#include "collector/site/site.h"

#define DAY_S 86400.0
#define FULL_DAYS 120	  /* a disk, from the period's end */
#define CAPACITY_DAYS 365 /* anything else, to 80 % */
#define PORTS_LESS -20.0  /* that all ports of a switch are in use is no harm yet */
#define HIGH 80.0	  /* % of what must not be full */
#define REPEATED_LEAST 3  /* incidents of one cause */
#define CHATTERS_LEAST 3  /* times that an alarm was found to */
#define STALE_LEAST_S (7 * DAY_S)
#define RUNTIME_LEAST_S 300 /* of a UPS's battery */
#define SENSOR_WHOLE 0.97   /* of a probe's time: nothing to look at */
#define SILENT_S (2 * DAY_S)
#define SENSOR_PART 0.5 /* of a probe's time */
#define REDUNDANCY_LEAST_S 3600
#define CERTIFICATE_DAYS 45
#define UNTAKEN_AFTER_S 900 /* a critical incident that stood so long */
#define UNTAKEN_LEAST 2

#define LOOK(name)                                                                                 \
	static void look_##name(struct advice *v, const struct advice_rule *r,                     \
	    const struct figures_of *of, const struct plant *p)

/* The name in keys of a zone, or of the site. */
static const char *
zone_name(const struct zone *z)
{
	return z != NULL ? z->name : "site";
}

/* Inlets beyond what servers may have. */
LOOK(zone_hot)
{
	const struct environment *e = of->environment;

	(void)p;
	for (size_t i = 0; e != NULL && i < e->nzones; i++) {
		const struct environment_zone *z = &e->zones[i];
		const struct environment_quantity *q = &z->of[ENVIRONMENT_INLET];
		struct advice_one *o;
		if (!(z->beyond_allowable_s >= ENVIRONMENT_HOT_S) ||
		    !(q->max > environment_limits[ENVIRONMENT_INLET].allowable_high) ||
		    (o = advice_add(v, r, fmin(10, z->beyond_allowable_s / 3600),
			 zone_name(z->zone), "")) == NULL)
			continue;
		o->zone = z->zone;
		o->value = z->beyond_allowable_s;
		o->date_s = q->max_at_s;
	}
}

/* Inlets warmer than is good, for long. */
LOOK(zone_warm)
{
	const struct environment *e = of->environment;

	(void)p;
	for (size_t i = 0; e != NULL && i < e->nzones; i++) {
		const struct environment_zone *z = &e->zones[i];
		const struct environment_quantity *q = &z->of[ENVIRONMENT_INLET];
		double s = z->beyond_recommended_s;
		struct advice_one *o;
		if (!(s >= ENVIRONMENT_WARM_S) || !(s >= ENVIRONMENT_WARM_PART * z->known_s) ||
		    !(q->max > environment_limits[ENVIRONMENT_INLET].recommended_high) ||
		    (o = advice_add(v, r, fmin(10, s / DAY_S), zone_name(z->zone), "")) == NULL)
			continue;
		o->zone = z->zone;
		o->value = s;
	}
}

/* Whether what fills is full, or will be within so many days. */
static bool
due(const struct capacity_one *c, const struct capacity_date *at, int64_t end_s, int days)
{
	return c->outlook == CAPACITY_FULL ||
	       (at->likely_s > 0 && (double)(at->likely_s - end_s) < days * DAY_S);
}

/* How much sooner than the last of the days, 0 to 1. */
static double
urgency(const struct capacity_date *at, int64_t end_s, int days)
{
	return at->likely_s <= 0 ? 1 : 1 - (double)(at->likely_s - end_s) / DAY_S / days;
}

/* One that fills. */
static void
add_capacity(struct advice *v, const struct advice_rule *r, const struct capacity_one *c,
    double more, int64_t date_s)
{
	struct advice_one *o =
	    advice_add(v, r, more, c->node->name, c->series != NULL ? c->series->name : "");

	if (o == NULL)
		return;
	o->node = c->node;
	o->what = c->instance;
	o->times = (unsigned)c->kind;
	o->value = c->fit.now;
	o->date_s = date_s > 0 ? date_s : 0;
}

/* Whether it is room for files. */
static bool
is_disk(const struct capacity_one *c)
{
	return c->kind == CAPACITY_DISK || c->kind == CAPACITY_INODES ||
	       c->kind == CAPACITY_STORAGE;
}

/* File systems that are full by a date, or nearly. */
LOOK(disk_full)
{
	const struct capacity *k = of->capacity;

	(void)p;
	for (size_t i = 0; k != NULL && i < k->nones; i++) {
		const struct capacity_one *c = &k->ones[i];
		if (is_disk(c) && (due(c, &c->at100, k->to_s, FULL_DAYS) || c->fit.now >= 95))
			add_capacity(v, r, c, 15 * urgency(&c->at100, k->to_s, FULL_DAYS),
			    c->at100.likely_s);
	}
}

/* Power, UPS, cooling, memory: what must not come to 80 %. Processors are there to be used. */
LOOK(capacity)
{
	const struct capacity *k = of->capacity;

	(void)p;
	for (size_t i = 0; k != NULL && i < k->nones; i++) {
		const struct capacity_one *c = &k->ones[i];
		bool high = c->fit.now >= HIGH;
		/* Memory is there to be used, as processors are: caches fill it. */
		if (is_disk(c) || c->kind == CAPACITY_CPU ||
		    (c->kind == CAPACITY_MEMORY && !due(c, &c->at100, k->to_s, FULL_DAYS) &&
			c->fit.now < 90))
			continue;
		if (high || due(c, &c->at80, k->to_s, CAPACITY_DAYS))
			add_capacity(v, r, c,
			    c->kind == CAPACITY_PORTS ? PORTS_LESS
			    : high		      ? 15
				   : 10 * urgency(&c->at80, k->to_s, CAPACITY_DAYS),
			    high ? 0 : c->at80.likely_s);
	}
}

/* Links that were down too long by themselves. */
LOOK(link_below)
{
	const struct links *l = of->links;

	(void)p;
	for (size_t i = 0; l != NULL && i < l->nones; i++) {
		const struct links_one *one = &l->ones[i];
		struct advice_one *o;
		if (!(one->availability < one->target) ||
		    (o = advice_add(v, r, fmin(10, 100 * (one->target - one->availability)),
			 one->node->name, "")) == NULL)
			continue;
		o->node = one->node;
		o->value = 100 * one->availability;
		o->bound = 100 * one->target;
		o->times = one->outages;
	}
}

/* One that missed its target. */
static void
add_below(struct advice *v, const struct advice_rule *r, const struct availability_one *a)
{
	static const double more[AVAILABILITY_KINDS] = {
		[AVAILABILITY_COOLING] = 8, [AVAILABILITY_UPS] = 10
	};
	struct advice_one *o =
	    advice_add(v, r, more[a->kind] + fmin(10, 100 * (a->target - a->part)),
		a->node != NULL ? a->node->name : zone_name(a->zone), "");

	if (o == NULL)
		return;
	o->node = a->node;
	o->zone = a->zone;
	o->value = 100 * a->part;
	o->bound = 100 * a->target;
	o->times = (unsigned)a->noutages;
}

/* Servers, cooling units, UPSs, devices. */
LOOK(node_below)
{
	const struct availability *a = of->availability;

	(void)p;
	for (size_t i = 0; a != NULL && i < a->nones; i++)
		if (a->ones[i].met == AVAILABILITY_MISSED && a->ones[i].kind != AVAILABILITY_LINK &&
		    a->ones[i].kind != AVAILABILITY_ZONE)
			add_below(v, r, &a->ones[i]);
}

LOOK(zone_below)
{
	const struct availability *a = of->availability;

	(void)p;
	for (size_t i = 0; a != NULL && i < a->nones; i++)
		if (a->ones[i].met == AVAILABILITY_MISSED && a->ones[i].kind == AVAILABILITY_ZONE)
			add_below(v, r, &a->ones[i]);
}

/* The rule of an incident's cause; "" if it is not known. */
static const char *
rule_of(const struct annals_incident *in)
{
	return in->root != NULL ? in->root->rule : "";
}

/* Whether both are of one cause. */
static bool
alike(const struct incidents_one *a, const struct incidents_one *b)
{
	return b->incident->told && !b->carried &&
	       strcmp(a->incident->node, b->incident->node) == 0 &&
	       strcmp(a->incident->zone, b->incident->zone) == 0 &&
	       strcmp(rule_of(a->incident), rule_of(b->incident)) == 0;
}

/* The same cause again and again. */
LOOK(repeated)
{
	const struct incidents *n = of->incidents;

	for (size_t i = 0; n != NULL && i < n->nones; i++) {
		const struct incidents_one *one = &n->ones[i];
		const struct annals_incident *in = one->incident;
		unsigned times = 1;
		bool first = in->told && !one->carried && *rule_of(in) != '\0';
		for (size_t j = 0; j < i && first; j++)
			first = !alike(one, &n->ones[j]);
		for (size_t j = i + 1; j < n->nones && first; j++)
			times += alike(one, &n->ones[j]);
		struct advice_one *o;
		if (!first || times < REPEATED_LEAST ||
		    (o = advice_add(v, r, fmin(15, times), *in->node != '\0' ? in->node : in->zone,
			 rule_of(in))) == NULL)
			continue;
		o->node = p != NULL ? site_node(p->site, in->node) : NULL;
		o->zone = p != NULL ? site_zone(p->site, in->zone) : NULL;
		o->what = in->root->title;
		o->times = times;
	}
}

/* Alarms that come and go. */
LOOK(chatters)
{
	const struct alarms *a = of->alarms;

	(void)p;
	for (size_t i = 0; a != NULL && i < a->nchatters; i++) {
		const struct alarms_chatter *c = &a->chatters[i];
		struct advice_one *o;
		if (c->times < CHATTERS_LEAST ||
		    (o = advice_add(v, r, fmin(10, c->times), c->subject, "")) == NULL)
			continue;
		o->what = c->subject;
		o->times = c->times;
	}
}

/* Alerts that stand, and nobody ends them. */
LOOK(stale)
{
	const struct alarms *a = of->alarms;

	for (size_t i = 0; a != NULL && i < a->nstale; i++) {
		const struct annals_alert *al = a->stale[i].alert;
		struct advice_one *o;
		if (!a->stale[i].open || a->stale[i].seconds < STALE_LEAST_S || al->consequence ||
		    (o = advice_add(v, r, fmin(8, a->stale[i].seconds / DAY_S / 7),
			 *al->node != '\0' ? al->node : zone_name(NULL), al->rule)) == NULL)
			continue;
		o->node = p != NULL ? site_node(p->site, al->node) : NULL;
		o->what = al->title;
		o->value = a->stale[i].seconds;
		o->date_s = al->fired_ms / 1000;
	}
}

/* A UPS whose battery says that it is done, or that would not last. */
LOOK(battery)
{
	const struct power *w = of->power;

	(void)p;
	for (size_t i = 0; w != NULL && i < w->nups; i++) {
		const struct power_ups *u = &w->ups[i];
		bool shortly = u->runtime_min_s < RUNTIME_LEAST_S;
		struct advice_one *o;
		if ((!u->replace_bad && !shortly) ||
		    (o = advice_add(v, r, u->replace_bad ? 8 : 0, u->node->name, "")) == NULL)
			continue;
		o->node = u->node;
		o->value = shortly ? u->runtime_min_s : NAN;
		o->date_s = shortly ? u->runtime_min_at_s : 0;
	}
}

/* Whether nothing was known of the field in the last two days, though it was once. */
static bool
ended_silent(const struct series *se, unsigned field, int64_t end_s)
{
	struct span *s;
	struct stats last, once;
	struct err e;

	if (span_read(&s, se, end_s - (int64_t)(PERIOD_MAX_DAYS * DAY_S), end_s, 3600, &e) == -1)
		return false;
	stat_between(&last, s, field, end_s - (int64_t)SILENT_S, end_s);
	stat_of(&once, s, field);
	span_free(s);
	return once.known_s > 0 && !(last.known_s > 0);
}

/* Probes of the air that are there but say nothing, at the end or half of the time or more. */
LOOK(sensor_dead)
{
	const struct environment *e = of->environment;
	int64_t end_s =
	    p != NULL && p->data_end_s < of->period.to_s ? p->data_end_s : of->period.to_s;

	for (size_t i = 0; e != NULL && i < e->nprobes; i++) {
		const struct environment_probe *b = &e->probes[i];
		double part = stat_coverage(&b->stats);
		struct advice_one *o;
		if (!(part < SENSOR_WHOLE) ||
		    (p != NULL ? !ended_silent(b->series, b->field, end_s) : part > SENSOR_PART) ||
		    (o = advice_add(v, r, b->kind == ENVIRONMENT_INLET ? 5 : 0,
			 b->series->node->name, b->series->name)) == NULL)
			continue;
		o->node = b->series->node;
		o->what = b->series->instance[0] != '\0' ? b->series->instance
							 : b->series->fields[b->field].name;
		o->value = 100 * part;
	}
}

/* Fewer samples than are aimed at: of the whole, and of zones. */
LOOK(data_missing)
{
	const struct completeness *c = of->completeness;
	double target = p != NULL ? p->conf->report.target_completeness : 99;

	if (c == NULL || !(100 * c->part < target))
		return;
	struct advice_one *o = advice_add(v, r, fmin(20, target - 100 * c->part), "", "");
	if (o == NULL)
		return;
	o->value = 100 * c->part;
	o->bound = target;
}

/* Whether the unit is one of several that cool the zone. */
static bool
of_several(const struct cooling *c, const struct node *unit)
{
	unsigned others = 0;

	for (size_t i = 0; i < c->nunits; i++)
		others += c->units[i].node != unit && c->units[i].node->zone == unit->zone;
	return others > 0;
}

/* A cooling unit of several that could not be counted on. */
LOOK(redundancy)
{
	size_t n = 0;
	const struct availability_one *a = NULL;

	(void)p;
	if (of->availability != NULL && of->cooling != NULL)
		a = availability_of(of->availability, AVAILABILITY_COOLING, &n);
	for (size_t i = 0; i < n; i++) {
		struct advice_one *o;
		if (a[i].time.unplanned_s < REDUNDANCY_LEAST_S ||
		    !of_several(of->cooling, a[i].node) ||
		    (o = advice_add(v, r, fmin(10, a[i].time.unplanned_s / DAY_S), a[i].node->name,
			 "")) == NULL)
			continue;
		o->node = a[i].node;
		o->zone = a[i].zone;
		o->value = a[i].time.unplanned_s;
	}
}

/* The work of finding certificates. */
struct ending {
	struct advice *v;
	const struct advice_rule *r;
	int64_t end_s;
};

/* For how many days a certificate lasts, where a series says so. */
static void
take_certificate(void *arg, const struct series *se)
{
	struct ending *w = arg;
	unsigned field = site_field(se, "cert_left");
	struct span *s;
	struct stats st;
	struct err e;

	if (field == se->nfields ||
	    span_read(&s, se, w->end_s - (int64_t)DAY_S, w->end_s, 3600, &e) == -1)
		return;
	stat_of(&st, s, field);
	span_free(s);
	struct advice_one *o;
	if (!(st.min < CERTIFICATE_DAYS) ||
	    (o = advice_add(w->v, w->r, st.min < 14 ? 15 : 0, se->node->name, se->name)) == NULL)
		return;
	o->node = se->node;
	o->what = se->instance;
	o->value = st.min;
	o->date_s = st.min_at_s + (int64_t)(st.min * DAY_S);
}

LOOK(certificate)
{
	struct ending w = { .v = v, .r = r, .end_s = of->period.to_s };

	if (p == NULL)
		return;
	if (p->data_end_s < w.end_s)
		w.end_s = p->data_end_s;
	plant_sources(p, "*", NULL, take_certificate, &w);
}

/* Critical incidents that nobody took. */
LOOK(untaken)
{
	const struct incidents *n = of->incidents;
	unsigned times = 0;

	(void)p;
	for (size_t i = 0; n != NULL && i < n->nones; i++) {
		const struct incidents_one *one = &n->ones[i];
		times += one->incident->told && !one->carried &&
			 one->incident->severity == WIRE_CRITICAL && isnan(one->acked_after_s) &&
			 one->lasted_s >= UNTAKEN_AFTER_S;
	}
	struct advice_one *o =
	    times >= UNTAKEN_LEAST ? advice_add(v, r, fmin(10, times), "", "") : NULL;
	if (o != NULL)
		o->times = times;
}

/* A PUE that cannot be. */
LOOK(meter)
{
	struct advice_one *o;

	(void)p;
	if (of->power == NULL || of->power->pue_kind != POWER_PUE_ERROR ||
	    (o = advice_add(v, r, 0, "pue", "")) == NULL)
		return;
	o->value = of->power->pue;
}

/* The least weight of each kind. What endangers the room is above 80, what will stop something
 * above 60; what is a nuisance below 40. */
const struct advice_rule advice_rules[] = {
	{ ADVICE_ZONE_HOT, 90, look_zone_hot },
	{ ADVICE_BATTERY, 80, look_battery },
	{ ADVICE_REDUNDANCY, 75, look_redundancy },
	{ ADVICE_ZONE_BELOW, 72, look_zone_below },
	{ ADVICE_DISK_FULL, 65, look_disk_full },
	{ ADVICE_CERTIFICATE, 65, look_certificate },
	{ ADVICE_CAPACITY, 55, look_capacity },
	{ ADVICE_NODE_BELOW, 52, look_node_below },
	{ ADVICE_LINK_BELOW, 50, look_link_below },
	{ ADVICE_DATA_MISSING, 48, look_data_missing },
	{ ADVICE_SENSOR_DEAD, 45, look_sensor_dead },
	{ ADVICE_REPEATED, 42, look_repeated },
	{ ADVICE_ZONE_WARM, 40, look_zone_warm },
	{ ADVICE_METER, 40, look_meter },
	{ ADVICE_UNTAKEN, 35, look_untaken },
	{ ADVICE_STALE, 32, look_stale },
	{ ADVICE_CHATTERS, 30, look_chatters },
};

const size_t advice_nrules = sizeof advice_rules / sizeof advice_rules[0];

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zone by zone: the file of each series is read once, its rows go to the zone's sums and to those
 * of all, and are freed. */
#include "collector/report/figures/environment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/environment_gather.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define STEP_S 300
#define MONTH_STEP_S 3600
#define RISE_S 900
#define LIMIT_DEFAULT 32.0 /* °C; ASHRAE's A1 */

const struct environment_limits environment_limits[ENVIRONMENT_KINDS] = {
	[ENVIRONMENT_INLET] = { 15, 18, 27, 32 },
	[ENVIRONMENT_HUMIDITY] = { 8, 0, 70, 80 },
	[ENVIRONMENT_DEWPOINT] = { -12, -9, 15, 17 },
};

/* What is gone through to find the probes. */
struct finding {
	struct environment *v;
	const struct figures_ask *ask;
	enum environment_kind kind;
};

/* A field that is a probe, unless it is one already. */
static void
add_probe(void *arg, const struct series *se, unsigned field)
{
	struct finding *f = arg;
	struct environment *v = f->v;

	if (f->ask->zone != NULL && se->node->zone != f->ask->zone)
		return;
	for (size_t i = 0; i < v->nprobes; i++)
		if (v->probes[i].series == se && v->probes[i].field == field)
			return;
	v->probes = xreallocarray(v->probes, v->nprobes + 1, sizeof *v->probes);
	v->probes[v->nprobes++] = (struct environment_probe){ .series = se,
		.field = field,
		.kind = f->kind,
		.rise = NAN,
		.stats = { .mean = NAN, .min = NAN, .max = NAN, .p95 = NAN } };
}

/* Dew points that are made of a probe's humidity and temperature. */
static void
add_made(struct finding *f)
{
	const struct conf_derived *rows = f->ask->plant->conf->derived.v;
	const struct site *site = f->ask->plant->site;

	for (size_t r = 0; r < f->ask->plant->conf->derived.n; r++)
		for (size_t i = 0; strcmp(rows[r].kind, "dew-point") == 0 && i < site_nnodes(site);
		     i++) {
			const struct node *n = site_node_at(site, i);
			for (size_t s = 0; s < n->nseries; s++) {
				unsigned k = site_field(n->series[s], rows[r].field);
				if (strcmp(n->series[s]->source, rows[r].source) == 0 &&
				    k < n->series[s]->nfields && n->kind != NODE_SUMMARY)
					add_probe(f, n->series[s], k);
			}
		}
}

/* All probes of the report's zone, or of the site. */
static void
find_probes(struct environment *v, const struct figures_ask *a)
{
	static const char *const measures[] = { "inlet", "humidity", "dewpoint" };
	struct finding f = { v, a, ENVIRONMENT_INLET };

	for (; f.kind < ENVIRONMENT_KINDS; f.kind++)
		plant_measure(a->plant, measures[f.kind], a->zone, add_probe, &f);
	f.kind = ENVIRONMENT_DEWPOINT;
	add_made(&f);
}

/* The twelve calendar months of which the last has the period's last moment. */
static void
set_months(struct environment_month months[ENVIRONMENT_MONTHS], const struct period *p)
{
	struct period m = period_last(PERIOD_MONTH, p->to_s);

	/* 40 days after its end are in the month after the next one. */
	if (m.to_s < p->to_s)
		m = period_last(PERIOD_MONTH, m.to_s + 40 * 86400);
	for (int i = ENVIRONMENT_MONTHS - 1; i >= 0; i--, m = period_before(&m)) {
		months[i].from_s = m.from_s;
		months[i].to_s = m.to_s;
	}
}

/* Seconds within limits, and the most that it rose. */
static void
judge(struct environment_probe *p, const struct span *s)
{
	const struct environment_limits *l = &environment_limits[p->kind];
	const double *v = s->values[SPAN_AVERAGE][p->field];
	size_t ahead = (size_t)((RISE_S + s->step_s - 1) / s->step_s);

	for (size_t r = 0; r < s->nrows; r++) {
		double *to = &p->in.outside_s;
		if (isnan(v[r]))
			continue;
		if (v[r] >= l->recommended_low && v[r] <= l->recommended_high &&
		    v[r] >= l->allowable_low)
			to = &p->in.recommended_s;
		else if (v[r] >= l->allowable_low && v[r] <= l->allowable_high)
			to = &p->in.allowable_s;
		*to += (double)s->step_s;
	}
	p->rise_over_s = (int64_t)ahead * s->step_s;
	for (size_t r = 0; r + ahead < s->nrows; r++)
		if (!isnan(v[r + ahead] - v[r]) && !(v[r + ahead] - v[r] <= p->rise)) {
			p->rise = v[r + ahead] - v[r];
			p->rise_at_s = s->from_s + (int64_t)r * s->step_s;
		}
}

/* Who gets rows. */
struct gathers {
	struct environment_gather *zone;
	struct environment_gather *all;
	const struct environment_month *months;
};

/* The period's rows of all probes that a series has. */
static void
read_period(struct environment *v, size_t first, const struct gathers *g)
{
	const struct series *se = v->probes[first].series;
	struct span *s;

	if (span_read(&s, se, v->from_s, v->to_s, STEP_S, NULL) == -1)
		return;
	for (size_t i = first; i < v->nprobes; i++) {
		struct environment_probe *p = &v->probes[i];
		if (p->series != se)
			continue;
		stat_of(&p->stats, s, p->field);
		judge(p, s);
		environment_gather_probe(g->zone, p->kind, s, p->field);
		environment_gather_probe(g->all, p->kind, s, p->field);
	}
	span_free(s);
}

/* The year's rows of its inlets. */
static void
read_months(struct environment *v, size_t first, const struct gathers *g)
{
	const struct series *se = v->probes[first].series;
	const struct environment_month *m = g->months;
	struct span *s;
	bool wanted = false;

	for (size_t i = first; i < v->nprobes; i++)
		wanted |= v->probes[i].series == se && v->probes[i].kind == ENVIRONMENT_INLET;
	if (!wanted || span_read(&s, se, m[0].from_s, m[ENVIRONMENT_MONTHS - 1].to_s, MONTH_STEP_S,
			   NULL) == -1)
		return;
	for (size_t i = first; i < v->nprobes; i++) {
		const struct environment_probe *p = &v->probes[i];
		if (p->series != se || p->kind != ENVIRONMENT_INLET)
			continue;
		for (unsigned k = 0; k < ENVIRONMENT_MONTHS; k++)
			environment_gather_month(g->zone, k, s, p->field, m[k].from_s, m[k].to_s);
	}
	span_free(s);
}

/* Whether the series had a probe before this one. */
static bool
is_read(const struct environment *v, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (v->probes[j].series == v->probes[i].series)
			return true;
	return false;
}

/* What stands in a zone. */
static void
read_zone(struct environment *v, const struct zone *z, const struct gathers *g)
{
	for (size_t i = 0; i < v->nprobes; i++) {
		if (v->probes[i].series->node->zone != z || is_read(v, i))
			continue;
		read_period(v, i, g);
		read_months(v, i, g);
	}
}

/* A mean over the rows of several fields. */
struct mean {
	const struct environment *v;
	const struct zone *zone;
	double weighted, known_s;
};

/* Takes a field's. */
static void
add_mean(void *arg, const struct series *se, unsigned field)
{
	struct mean *m = arg;
	struct span *s;
	struct stats st;

	if (span_read(&s, se, m->v->from_s, m->v->to_s, STEP_S, NULL) == -1)
		return;
	stat_of(&st, s, field);
	if (st.known_s > 0) {
		m->weighted += st.mean * st.known_s;
		m->known_s += st.known_s;
	}
	span_free(s);
}

/* The mean of a measure over what stands in or serves a zone; NAN: not known. */
static double
mean_of(const struct environment *v, const struct figures_ask *a, const char *measure,
    const struct zone *z)
{
	struct mean m = { .v = v, .zone = z };

	plant_measure(a->plant, measure, z, add_mean, &m);
	return m.known_s > 0 ? m.weighted / m.known_s : NAN;
}

/* The mean of a server's inlets; NAN: it has none. */
static double
inlet_of(const struct environment *v, const struct node *n)
{
	double weighted = 0, known_s = 0;

	for (size_t i = 0; i < v->nprobes; i++)
		if (v->probes[i].kind == ENVIRONMENT_INLET && v->probes[i].series->node == n &&
		    v->probes[i].stats.known_s > 0) {
			weighted += v->probes[i].stats.mean * v->probes[i].stats.known_s;
			known_s += v->probes[i].stats.known_s;
		}
	return known_s > 0 ? weighted / known_s : NAN;
}

/* Whether a field is the air that leaves a server. */
static bool
is_exhaust(const struct series *se, unsigned field)
{
	return strcmp(se->fields[field].unit, "Cel") == 0 &&
	       (str_covers("*exhaust*", se->fields[field].name) ||
		   str_covers("*xhaust*", se->instance));
}

/* By how much servers warm the air: each one's exhaust less its inlet. NAN: none tells both. */
static double
it_rise_of(const struct environment *v, const struct zone *z)
{
	struct mean m = { .v = v };
	double inlets = 0;

	for (size_t i = 0; z != NULL && i < z->nnodes; i++) {
		const struct node *n = z->nodes[i];
		double inlet = n->kind == NODE_SERVER ? inlet_of(v, n) : NAN;
		for (size_t s = 0; !isnan(inlet) && s < n->nseries; s++)
			for (unsigned f = 0; f < n->series[s]->nfields; f++) {
				double before = m.known_s;
				if (is_exhaust(n->series[s], f))
					add_mean(&m, n->series[s], f);
				inlets += inlet * (m.known_s - before);
			}
	}
	return m.known_s > 0 ? (m.weighted - inlets) / m.known_s : NAN;
}

/* Return and supply air, and the return temperature index. */
static void
tell_rti(struct environment_zone *ez, const struct environment *v, const struct figures_ask *a)
{
	ez->supply = mean_of(v, a, "supply", ez->zone);
	ez->ret = mean_of(v, a, "return", ez->zone);
	ez->it_rise = it_rise_of(v, ez->zone);
	ez->rti = ez->it_rise > 0 ? 100 * (ez->ret - ez->supply) / ez->it_rise : NAN;
}

/* The warmest first; those of which nothing is known last. */
static int
by_warmth(const void *x, const void *y)
{
	const struct environment_probe *a = x, *b = y;
	int rc;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (isnan(a->stats.max) != isnan(b->stats.max))
		return isnan(a->stats.max) ? 1 : -1;
	if (a->stats.max != b->stats.max && !isnan(a->stats.max))
		return a->stats.max > b->stats.max ? -1 : 1;
	if ((rc = strcmp(a->series->node->name, b->series->node->name)) != 0)
		return rc;
	if ((rc = strcmp(a->series->name, b->series->name)) != 0)
		return rc;
	return a->field < b->field ? -1 : a->field > b->field;
}

/* Takes one of its probes into account. */
static void
point(struct environment_zone *ez, const struct environment_probe *p)
{
	struct environment_quantity *q = &ez->of[p->kind];

	q->nprobes++;
	q->nblind += !(p->stats.known_s > 0);
	q->total_s += p->stats.total_s;
	q->in.recommended_s += p->in.recommended_s;
	q->in.allowable_s += p->in.allowable_s;
	q->in.outside_s += p->in.outside_s;
	if (q->min_probe == NULL ? !isnan(p->stats.min) : p->stats.min < q->min_probe->stats.min) {
		q->min_probe = p;
		q->min_at_s = p->stats.min_at_s;
	}
	if (q->max_probe == NULL ? !isnan(p->stats.max) : p->stats.max > q->max_probe->stats.max) {
		q->max_probe = p;
		q->max_at_s = p->stats.max_at_s;
	}
	if (p->kind == ENVIRONMENT_INLET && !isnan(p->rise) &&
	    (ez->rise == NULL || p->rise > ez->rise->rise))
		ez->rise = p;
}

/* A zone in which any probe stands, with all sums. */
static void
add_zone(struct environment *v, const struct figures_ask *a, const struct zone *z,
    struct environment_gather *all)
{
	struct environment_zone *ez;
	size_t n = 0;
	double limit = a->plant->conf->thermal.limit;

	for (size_t i = 0; i < v->nprobes; i++)
		n += v->probes[i].series->node->zone == z;
	if (n == 0)
		return;
	v->zones = xreallocarray(v->zones, v->nzones + 1, sizeof *v->zones);
	ez = &v->zones[v->nzones++];
	*ez = (struct environment_zone){ .zone = z };
	memcpy(ez->months, v->all.months, sizeof ez->months);
	ez->limit = z != NULL && z->limit > 0 ? z->limit : limit > 0 ? limit : LIMIT_DEFAULT;
	struct gathers g = { environment_gather_new(v->from_s, v->to_s), all, ez->months };
	read_zone(v, z, &g);
	environment_gather_tell(g.zone, ez);
	environment_gather_free(g.zone);
	ez->rti = ez->supply = ez->ret = ez->it_rise = NAN;
	if (z != NULL)
		tell_rti(ez, v, a);
}

/* After all probes have their place: who was the warmest. */
static void
point_all(struct environment *v)
{
	if (v->nprobes > 0)
		qsort(v->probes, v->nprobes, sizeof *v->probes, by_warmth);
	for (size_t i = 0; i < v->nprobes; i++) {
		const struct environment_probe *p = &v->probes[i];
		point(&v->all, p);
		for (size_t z = 0; z < v->nzones; z++)
			if (v->zones[z].zone == p->series->node->zone)
				point(&v->zones[z], p);
	}
}

int
environment_new(struct environment **out, const struct figures_ask *a, struct err *e)
{
	struct environment *v = xcalloc(1, sizeof *v);
	struct environment_gather *all;

	(void)e; /* what cannot be read is not known */
	v->from_s = a->period->from_s;
	v->to_s = plant_until(a->plant, a->period);
	v->all.zone = a->zone;
	v->all.limit = v->all.rti = v->all.supply = v->all.ret = v->all.it_rise = NAN;
	set_months(v->all.months, a->period);
	find_probes(v, a);
	all = environment_gather_new(v->from_s, v->to_s);
	for (size_t i = 0; i < site_nzones(a->plant->site); i++)
		add_zone(v, a, site_zone_at(a->plant->site, i), all);
	add_zone(v, a, NULL, all);
	environment_gather_tell(all, &v->all);
	environment_gather_free(all);
	point_all(v);
	*out = v;
	return 0;
}

/* Frees what a zone holds. */
static void
zone_clear(struct environment_zone *ez)
{
	free(ez->band.mean);
	free(ez->band.min);
	free(ez->band.max);
}

void
environment_free(struct environment *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->nzones; i++)
		zone_clear(&v->zones[i]);
	zone_clear(&v->all);
	free(v->zones);
	free(v->probes);
	free(v);
}

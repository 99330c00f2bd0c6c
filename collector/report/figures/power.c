/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meter by meter: its rows go onto the grid of its use and of its zone, and are freed. */
#include "collector/report/figures/power.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/raster.h"
#include "collector/report/figures/power_parts.h"
#include "zw/alloc.h"

#define STEP_S 300
#define PICTURE_ROWS 800
#define JOULES 3.6e6 /* of a kWh */
#define PUE_LEAST 1.0
#define PUE_MOST 4.0

/* What is gone through to find the meters. */
struct finding {
	struct power *v;
	const struct figures_ask *ask;
	enum power_use use;
};

/* Where meters' rows are summed up. */
struct sums {
	struct raster of[POWER_USES];
	struct raster *it, *cooling; /* of the zones, and behind them of what is in none */
	size_t nzones;
};

double
power_factor(const struct series *se, unsigned field)
{
	const char *unit = se->fields[field].unit;

	if (se->fields[field].kind != FIELD_GAUGE)
		return 0;
	return strcmp(unit, "W") == 0 ? 1 : strcmp(unit, "kW") == 0 ? 1000 : 0;
}

/* The zone to which a meter belongs: its own; of one that stands in none, the only one it serves.
 */
static const struct zone *
zone_of(const struct node *n)
{
	if (n->zone != NULL || n->nserves != 1 || n->serves_all)
		return n->zone;
	return n->serves[0];
}

/* A field that is a meter. */
static void
add_meter(void *arg, const struct series *se, unsigned field)
{
	struct finding *f = arg;
	struct power *v = f->v;

	if (power_factor(se, field) == 0 ||
	    (f->ask->zone != NULL && zone_of(se->node) != f->ask->zone))
		return;
	v->meters = xreallocarray(v->meters, v->nmeters + 1, sizeof *v->meters);
	v->meters[v->nmeters++] = (struct power_meter){ .series = se,
		.field = field,
		.use = f->use,
		.kwh = NAN,
		.mean_w = NAN,
		.peak_w = NAN,
		.counter_kwh = NAN };
}

/* All meters; that of the whole site is in no zone's report. */
static void
find_meters(struct power *v, const struct figures_ask *a)
{
	static const char *const measures[] = { "it-power", "cooling-power", "site-power" };
	struct finding f = { v, a, POWER_IT };

	for (; f.use < POWER_USES; f.use++)
		if (f.use != POWER_SITE || a->zone == NULL)
			plant_measure(a->plant, measures[f.use], a->zone, add_meter, &f);
}

/* What the series' own counter of energy grew by, kWh; NAN: it has none. */
static double
counter_of(const struct series *se, const struct span *s)
{
	unsigned field = site_field(se, "energy");
	double factor;

	if (field >= se->nfields || field >= s->nfields || se->fields[field].kind != FIELD_GAUGE)
		return NAN;
	factor = strcmp(se->fields[field].unit, "kWh") == 0  ? 1
		 : strcmp(se->fields[field].unit, "Wh") == 0 ? 0.001
							     : 0;
	return factor > 0 ? stat_growth(s, field) * factor : NAN;
}

/* The highest row. */
static void
find_peak(struct power_meter *m, const struct span *s, double factor)
{
	for (size_t r = 0; r < s->nrows; r++) {
		double w = s->values[SPAN_AVERAGE][m->field][r] * factor;
		if (isnan(w) || w <= m->peak_w)
			continue;
		m->peak_w = w;
		m->peak_at_s = s->from_s + (int64_t)r * s->step_s;
	}
}

/* Reads a meter. */
static void
read_meter(struct power *v, struct power_meter *m, struct sums *sums)
{
	double factor = power_factor(m->series, m->field);
	const struct zone *z = zone_of(m->series->node);
	size_t zone = z != NULL ? z->index : sums->nzones;
	struct span *s;
	struct stats st;

	if (span_read(&s, m->series, v->from_s, v->to_s, STEP_S, NULL) == -1) {
		m->total_s = (double)(v->to_s - v->from_s);
		return;
	}
	stat_of(&st, s, m->field);
	m->known_s = st.known_s;
	m->total_s = st.total_s;
	m->mean_w = st.mean * factor;
	if (st.known_s > 0)
		m->kwh = stat_integral(s, m->field) * factor / JOULES;
	m->counter_kwh = counter_of(m->series, s);
	find_peak(m, s, factor);
	raster_take(&sums->of[m->use], s, m->field, factor);
	if (m->use == POWER_IT)
		raster_take(&sums->it[zone], s, m->field, factor);
	if (m->use == POWER_COOLING)
		raster_take(&sums->cooling[zone], s, m->field, factor);
	span_free(s);
}

/* What the meters of a use, of a zone if so, have in all. */
static struct power_sum
sum_of(const struct power *v, enum power_use use, const struct raster *g, const struct zone *z,
    bool any)
{
	struct power_sum u = { .kwh = NAN, .mean_w = NAN, .peak_w = NAN, .step_s = g->step_s };

	for (size_t i = 0; i < v->nmeters; i++) {
		const struct power_meter *m = &v->meters[i];
		if (m->use != use || (!any && zone_of(m->series->node) != z))
			continue;
		u.nmeters++;
		u.nblind += !(m->known_s > 0);
		u.known_s += m->known_s;
		u.total_s += m->total_s;
		if (isnan(m->kwh))
			continue;
		u.kwh = isnan(u.kwh) ? m->kwh : u.kwh + m->kwh;
		u.mean_w = isnan(u.mean_w) ? m->mean_w : u.mean_w + m->mean_w;
	}
	for (size_t i = 0; i < g->n; i++)
		if (g->known[i] > 0 && !(g->sum[i] <= u.peak_w)) {
			u.peak_w = g->sum[i];
			u.peak_at_s = g->from_s + (int64_t)i * g->step_s;
		}
	return u;
}

/* The rows of a picture. */
static void
tell_rows(struct power_rows *rows, const struct raster *g)
{
	size_t each;

	rows->from_s = g->from_s;
	rows->step_s = raster_step(g, PICTURE_ROWS);
	if (rows->step_s == 0)
		return;
	each = (size_t)(rows->step_s / g->step_s);
	rows->n = (g->n + each - 1) / each;
	rows->w = xcalloc(rows->n + 1, sizeof *rows->w);
	rows->known = xcalloc(rows->n + 1, sizeof *rows->known);
	for (size_t i = 0; i < rows->n; i++) {
		double sum = 0, known = 0, there = 0;
		size_t whole = 0;
		for (size_t k = i * each; k < (i + 1) * each && k < g->n; k++) {
			double w = raster_whole(g, k);
			known += g->known[k];
			there += g->there[k];
			if (isnan(w))
				continue;
			sum += w;
			whole++;
		}
		rows->w[i] = 2 * whole >= each ? sum / (double)whole : NAN;
		rows->known[i] = there > 0 ? known / there : NAN;
	}
}

/* The zones, and what stands in none. */
static void
tell_zones(struct power *v, const struct figures_ask *a, struct sums *sums)
{
	size_t n = site_nzones(a->plant->site);
	struct power_zone *zones = xcalloc(n + 1, sizeof *zones);

	v->nzones = 0;
	for (size_t i = 0; i <= n; i++) {
		struct power_zone *pz = &zones[v->nzones];
		pz->zone = i < n ? site_zone_at(a->plant->site, i) : NULL;
		pz->it = sum_of(v, POWER_IT, &sums->it[i], pz->zone, false);
		pz->cooling = sum_of(v, POWER_COOLING, &sums->cooling[i], pz->zone, false);
		if (pz->it.nmeters + pz->cooling.nmeters == 0)
			continue;
		tell_rows(&pz->rows, &sums->it[i]);
		v->nzones++;
	}
	v->zones = zones;
}

/* Energy of each local day. */
static void
tell_days(struct power *v, const struct period *p, const struct sums *sums)
{
	const struct raster *by = &sums->of[sums->of[POWER_IT].taken > 0 ? POWER_IT : POWER_SITE];

	v->ndays = period_days(p);
	v->days = xcalloc(v->ndays + 1, sizeof *v->days);
	for (size_t i = 0; i < v->ndays; i++) {
		struct power_day *d = &v->days[i];
		int64_t to_s = period_day(p, (unsigned)i + 1);
		d->from_s = period_day(p, (unsigned)i);
		for (int u = 0; u < POWER_USES; u++)
			d->kwh[u] = raster_coverage(&sums->of[u], d->from_s, to_s) > 0
					? raster_integral(&sums->of[u], d->from_s, to_s) / JOULES
					: NAN;
		d->known = raster_coverage(by, d->from_s, to_s);
	}
}

/* The sum of a grid's row at the time of another's row. */
static double
whole_at(const struct raster *g, int64_t at_s)
{
	int64_t i = g->step_s > 0 ? (at_s - g->from_s) / g->step_s : -1;

	return i >= 0 && i < (int64_t)g->n && at_s >= g->from_s ? raster_whole(g, (size_t)i) : NAN;
}

/* PUE, and what is neither IT nor cooling, of the rows in which all that it needs is known. */
static void
tell_pue(struct power *v, const struct sums *sums)
{
	const struct raster *it = &sums->of[POWER_IT], *cooling = &sums->of[POWER_COOLING];
	bool site = sums->of[POWER_SITE].taken > 0, cools = cooling->taken > 0;
	double all = 0, of_it = 0, rest = 0;

	v->pue = v->other_kwh = NAN;
	for (size_t i = 0; i < it->n && (site || cools); i++) {
		int64_t at_s = it->from_s + (int64_t)i * it->step_s;
		double w = raster_whole(it, i);
		double c = cools ? whole_at(cooling, at_s) : 0;
		double whole = site ? whole_at(&sums->of[POWER_SITE], at_s) : w + c;
		if (!isnan(w) && !isnan(whole)) {
			all += whole;
			of_it += w;
			v->pue_known_s += (double)it->step_s;
		}
		if (site && !isnan(w + c + whole)) {
			rest += whole - w - c;
			v->other_known_s += (double)it->step_s;
		}
	}
	if (v->other_known_s > 0)
		v->other_kwh = rest * (double)it->step_s / JOULES;
	if (!(of_it > 0))
		return;
	v->pue = all / of_it;
	v->pue_kind = v->pue < PUE_LEAST || v->pue > PUE_MOST ? POWER_PUE_ERROR
		      : site				      ? POWER_PUE_INTERIM
							      : POWER_PUE_PARTIAL;
	/* By meters that cannot be right nothing is told of what they do not measure. */
	if (v->pue_kind == POWER_PUE_ERROR)
		v->other_kwh = NAN;
}

/* Where IT's power is measured: at the UPS's output 1, the PDU's 2, the server's input 3; the
 * lowest if it is in several places, 0 if in any other. */
static int
category_of(const struct power *v)
{
	int least = 4;

	for (size_t i = 0; i < v->nmeters; i++) {
		const struct node *n = v->meters[i].series->node;
		int c = n->role == ROLE_UPS	 ? 1
			: n->role == ROLE_PDU	 ? 2
			: n->kind == NODE_SERVER ? 3
						 : 0;
		if (v->meters[i].use == POWER_IT)
			least = c < least ? c : least;
	}
	return least == 4 ? 0 : least;
}

/* The total, its highest row, and what it costs. */
static void
tell_total(struct power *v, const struct figures_ask *a, const struct sums *sums)
{
	const struct raster *it = &sums->of[POWER_IT], *cooling = &sums->of[POWER_COOLING];
	double tariff = a->plant->conf->report.tariff;

	v->total_is_site = !isnan(v->of[POWER_SITE].kwh);
	v->total_kwh = v->of[POWER_SITE].kwh;
	v->peak_w = v->of[POWER_SITE].peak_w;
	v->peak_at_s = v->of[POWER_SITE].peak_at_s;
	if (!v->total_is_site && !isnan(v->of[POWER_IT].kwh)) {
		v->total_kwh = v->of[POWER_IT].kwh;
		v->total_kwh += isnan(v->of[POWER_COOLING].kwh) ? 0 : v->of[POWER_COOLING].kwh;
		for (size_t i = 0; i < it->n; i++) {
			int64_t at_s = it->from_s + (int64_t)i * it->step_s;
			double c = cooling->taken > 0 ? whole_at(cooling, at_s) : 0;
			double w = it->known[i] > 0 ? it->sum[i] + (isnan(c) ? 0 : c) : NAN;
			if (isnan(w) || w <= v->peak_w)
				continue;
			v->peak_w = w;
			v->peak_at_s = at_s;
		}
	}
	v->currency = a->plant->conf->report.currency;
	v->cost = tariff > 0 ? v->total_kwh * tariff : NAN;
}

int
power_new(struct power **out, const struct figures_ask *a, struct err *e)
{
	struct power *v = xcalloc(1, sizeof *v);
	size_t nzones = site_nzones(a->plant->site);
	struct sums sums;

	(void)e; /* what cannot be read is not known */
	v->from_s = a->period->from_s;
	v->to_s = plant_until(a->plant, a->period);
	sums.nzones = nzones;
	sums.it = xcalloc(nzones + 1, sizeof *sums.it);
	sums.cooling = xcalloc(nzones + 1, sizeof *sums.cooling);
	for (int u = 0; u < POWER_USES; u++)
		sums.of[u] = raster_of(v->from_s, v->to_s);
	for (size_t i = 0; i <= nzones; i++)
		sums.it[i] = sums.cooling[i] = raster_of(v->from_s, v->to_s);
	find_meters(v, a);
	for (size_t i = 0; i < v->nmeters; i++)
		read_meter(v, &v->meters[i], &sums);
	for (int u = 0; u < POWER_USES; u++)
		v->of[u] = sum_of(v, u, &sums.of[u], NULL, true);
	tell_zones(v, a, &sums);
	tell_days(v, a->period, &sums);
	tell_pue(v, &sums);
	v->pue_category = category_of(v);
	tell_total(v, a, &sums);
	for (size_t i = 0; i <= nzones; i++) {
		raster_clear(&sums.it[i]);
		raster_clear(&sums.cooling[i]);
	}
	for (int u = 0; u < POWER_USES; u++)
		raster_clear(&sums.of[u]);
	free(sums.it);
	free(sums.cooling);
	power_consumers(v, a);
	power_ups_all(v, a);
	*out = v;
	return 0;
}

void
power_free(struct power *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->nzones; i++) {
		free(v->zones[i].rows.w);
		free(v->zones[i].rows.known);
	}
	free(v->zones);
	free(v->meters);
	free(v->days);
	free(v->ups);
	free(v);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same incidents count as in alert/history_stats.c, and their times by the same ranks. */
#include "collector/report/figures/incidents.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

/* For qsort(). */
static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* What n times come to; they are put in order. */
static struct incidents_times
times_of(double *v, size_t n)
{
	struct incidents_times t = {
		.count = (unsigned)n, .mean_s = NAN, .median_s = NAN, .max_s = NAN
	};
	double sum = 0;

	if (n == 0)
		return t;
	qsort(v, n, sizeof *v, by_value);
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	t.mean_s = sum / (double)n;
	t.median_s = n % 2 == 0 ? (v[n / 2 - 1] + v[n / 2]) / 2 : v[n / 2];
	t.max_s = v[n - 1];
	return t;
}

/* Whether it belongs to the report: of the zone that it is of, or of all. */
static bool
is_asked(const struct figures_ask *a, const struct annals_incident *in)
{
	return a->zone == NULL || strcmp(in->zone, a->zone->name) == 0;
}

/* What was done, by the last who said it; who acknowledged it says so with that. */
static void
take_action(struct incidents_one *one, const struct annals *annals)
{
	one->action = one->incident->ack_comment;
	one->who = one->incident->ack_author;
	for (size_t i = 0; i < annals->nacts; i++) {
		const struct annals_act *act = &annals->acts[i];
		if (act->incident != one->incident->id || strcmp(act->kind, "comment") != 0)
			continue;
		one->action = act->text;
		one->who = act->author;
	}
}

/* Takes in an incident. */
static void
take(struct incidents *v, const struct annals *annals, const struct annals_incident *in)
{
	struct incidents_one *one = &v->ones[v->nones++];
	int64_t end_ms = v->to_s * 1000;

	*one = (struct incidents_one){ .incident = in, .acked_after_s = NAN };
	one->open = in->closed_ms == 0 || in->closed_ms > end_ms;
	one->carried = in->opened_ms < v->from_s * 1000;
	if (in->closed_ms != 0)
		end_ms = in->closed_ms;
	one->lasted_s = end_ms > in->opened_ms ? (double)(end_ms - in->opened_ms) / 1000 : 0;
	if (in->first_ack_ms != 0)
		one->acked_after_s = (double)(in->first_ack_ms - in->opened_ms) / 1000;
	take_action(one, annals);
}

/* Whether it counts in the totals. */
static bool
counts(const struct incidents_one *one)
{
	return one->incident->told && !one->carried;
}

/* Adds it to its zone's. */
static void
add_to_zone(struct incidents *v, const struct site *site, const struct incidents_one *one)
{
	const struct zone *z = site_zone(site, one->incident->zone);
	size_t i = 0;

	while (i < v->nzones && v->zones[i].zone != z)
		i++;
	if (i == v->nzones)
		v->zones[v->nzones++] = (struct incidents_zone){ .zone = z };
	v->zones[i].total++;
	v->zones[i].of_severity[one->incident->severity]++;
	v->zones[i].lasted_s += one->lasted_s;
}

/* Most first; then as the site has them, its own last. */
static int
by_total(const void *a, const void *b)
{
	const struct incidents_zone *x = a, *y = b;
	unsigned xi = x->zone != NULL ? x->zone->index : UINT32_MAX;
	unsigned yi = y->zone != NULL ? y->zone->index : UINT32_MAX;

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return xi < yi ? -1 : xi > yi;
}

/* Keeps it if it is among the longest; the earlier of equals. */
static void
keep_longest(struct incidents *v, const struct incidents_one *one)
{
	size_t i = INCIDENTS_LONGEST;

	while (i > 0 && (v->longest[i - 1] == NULL || v->longest[i - 1]->lasted_s < one->lasted_s))
		i--;
	if (i == INCIDENTS_LONGEST)
		return;
	memmove(
	    &v->longest[i + 1], &v->longest[i], (INCIDENTS_LONGEST - 1 - i) * sizeof v->longest[0]);
	v->longest[i] = one;
}

/* Totals and times of those that count. */
static void
sum_up(struct incidents *v, const struct site *site)
{
	double *acked = xcalloc(v->nones + 1, sizeof *acked);
	double *closed = xcalloc(v->nones + 1, sizeof *closed);
	size_t nacked = 0, nclosed = 0;

	v->zones = xcalloc(site_nzones(site) + 2, sizeof *v->zones);
	for (size_t i = 0; i < v->nones; i++) {
		const struct incidents_one *one = &v->ones[i];
		v->carried += one->carried && one->incident->told;
		v->untold += !one->carried && !one->incident->told;
		if (one->incident->told)
			keep_longest(v, one);
		if (!counts(one))
			continue;
		v->total++;
		v->of_severity[one->incident->severity]++;
		v->unacknowledged += one->incident->first_ack_ms == 0;
		v->open += one->open;
		add_to_zone(v, site, one);
		if (one->incident->first_ack_ms != 0)
			acked[nacked++] = one->acked_after_s;
		if (one->incident->closed_ms != 0)
			closed[nclosed++] = one->lasted_s;
	}
	v->mtta = times_of(acked, nacked);
	v->mttr = times_of(closed, nclosed);
	if (v->nzones > 1)
		qsort(v->zones, v->nzones, sizeof *v->zones, by_total);
	free(acked);
	free(closed);
}

int
incidents_new(struct incidents **out, const struct figures_ask *a, struct err *e)
{
	struct incidents *v = xcalloc(1, sizeof *v);

	(void)e;
	*out = v;
	v->from_s = a->period->from_s;
	v->to_s = plant_until(a->plant, a->period);
	v->ones = xcalloc(a->annals->nincidents + 1, sizeof *v->ones);
	for (size_t i = 0; i < a->annals->nincidents; i++)
		if (is_asked(a, &a->annals->incidents[i]))
			take(v, a->annals, &a->annals->incidents[i]);
	sum_up(v, a->plant->site);
	return 0;
}

void
incidents_free(struct incidents *v)
{
	if (v == NULL)
		return;
	free(v->ones);
	free(v->zones);
	free(v);
}

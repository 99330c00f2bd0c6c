/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unit by unit; then what those of a zone did together. */
#include "collector/report/figures/cooling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/cooling_parts.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* Small letters, and blanks for what joins words. */
static void
plain(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; src[n] != '\0' && n + 1 < size; n++)
		dst[n] = src[n] >= 'A' && src[n] <= 'Z'	  ? (char)(src[n] - 'A' + 'a')
			 : src[n] == '-' || src[n] == '_' ? ' '
							  : src[n];
	dst[n] = '\0';
}

bool
cooling_named(const struct series *se, unsigned field, const char *pattern)
{
	const char *const texts[] = { se->fields[field].name, se->fields[field].label,
		se->instance };
	char text[METRIC_MAX_LABEL + 1];

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		plain(text, sizeof text, texts[i]);
		if (str_covers(pattern, text))
			return true;
	}
	return false;
}

/* A level of which nothing is known. */
static const struct cooling_level unknown = { .mean = NAN, .max = NAN };

/* The cooling units of the report's zone, or all, with their tracks. */
static struct cooling_track *
read_units(struct cooling *v, const struct figures_ask *a)
{
	const struct site *site = a->plant->site;
	struct cooling_track *tracks = xcalloc(site_nnodes(site) + 1, sizeof *tracks);

	for (size_t i = 0; i < site_nnodes(site); i++) {
		const struct node *n = site_node_at(site, i);
		if (n->role != ROLE_COOLING || !plant_in_zone(n, a->zone))
			continue;
		v->units = xreallocarray(v->units, v->nunits + 1, sizeof *v->units);
		v->units[v->nunits] = (struct cooling_unit){ .node = n,
			.total_s = (double)(v->to_s - v->from_s),
			.counter_h = NAN,
			.counter_last_h = NAN,
			.fan = unknown,
			.compressor = unknown,
			.supply = unknown,
			.ret = unknown,
			.output = unknown,
			.filter = unknown,
			.filter_last = NAN };
		cooling_read_unit(v, &v->units[v->nunits], &tracks[v->nunits], a);
		v->nunits++;
	}
	return tracks;
}

/* Which part of each local day a unit ran. */
static void
tell_days(struct cooling_unit *u, const struct cooling_track *t, const struct period *p)
{
	unsigned ndays = period_days(p);

	u->run = xcalloc(ndays + 1, sizeof *u->run);
	for (unsigned d = 0; d < ndays; d++) {
		int64_t from_s = period_day(p, d), to_s = period_day(p, d + 1);
		double run = 0;
		size_t known = 0, rows = 0;
		for (size_t r = 0; r < t->n; r++) {
			int64_t at = t->from_s + (int64_t)r * t->step_s;
			if (at < from_s || at >= to_s)
				continue;
			rows++;
			if (isnan(t->part[r]))
				continue;
			known++;
			run += t->part[r];
		}
		u->run[d] = known > 0 && 2 * known >= rows ? run / (double)known : NAN;
	}
}

int
cooling_new(struct cooling **out, const struct figures_ask *a, struct err *e)
{
	struct cooling *v = xcalloc(1, sizeof *v);
	struct cooling_track *tracks;

	(void)e; /* what cannot be read is not known */
	v->from_s = a->period->from_s;
	v->to_s = plant_until(a->plant, a->period);
	v->ndays = period_days(a->period);
	tracks = read_units(v, a);
	for (size_t i = 0; i < v->nunits; i++)
		tell_days(&v->units[i], &tracks[i], a->period);
	cooling_tell_zones(v, tracks, a);
	for (size_t i = 0; i < v->nunits; i++)
		free(tracks[i].part);
	free(tracks);
	cooling_read_contacts(v, a);
	*out = v;
	return 0;
}

void
cooling_free(struct cooling *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->nunits; i++)
		free(v->units[i].run);
	free(v->units);
	free(v->zones);
	free(v->contacts);
	free(v);
}

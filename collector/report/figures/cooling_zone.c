/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the units of a zone do together: how many run, and whether they take turns. */
#include <math.h>
#include <stdlib.h>

#include "collector/report/figures/cooling_parts.h"
#include "collector/report/figures/span.h"
#include "zw/alloc.h"

#define MAX_UNITS 64 /* of a zone */

/* The units that serve a zone. */
struct team {
	size_t at[MAX_UNITS]; /* places among all units */
	size_t n;
};

/* Whether a track runs at a time: 1, 0; -1: not known. */
static int
runs_at(const struct cooling_track *t, int64_t at_s)
{
	int64_t i = t->step_s > 0 && at_s >= t->from_s ? (at_s - t->from_s) / t->step_s : -1;

	if (i < 0 || i >= (int64_t)t->n || isnan(t->part[i]))
		return -1;
	return t->part[i] >= 0.5;
}

/* Which units run at a time, a bit for each; -1: not known of all. */
static int
set_at(const struct team *team, const struct cooling_track *tracks, int64_t at_s, uint64_t *set)
{
	*set = 0;
	for (size_t i = 0; i < team->n; i++) {
		int runs = runs_at(&tracks[team->at[i]], at_s);
		if (runs == -1)
			return -1;
		if (runs)
			*set |= UINT64_C(1) << i;
	}
	return 0;
}

/* Plays the period. Another bears the load when neither the old ones nor the new ones are among the
 * others: one that only helps is no rotation, nor is its end. */
static void
tell_turns(struct cooling_zone *cz, const struct team *team, const struct cooling_track *tracks)
{
	const struct cooling_track *first = &tracks[team->at[0]];
	uint64_t lead = 0, set;

	for (size_t r = 0; r < first->n; r++) {
		double *to = &cz->more_s;
		if (set_at(team, tracks, first->from_s + (int64_t)r * first->step_s, &set) == -1)
			continue;
		if (set == 0)
			to = &cz->none_s;
		else if ((set & (set - 1)) == 0)
			to = &cz->one_s;
		*to += (double)first->step_s;
		if (set == 0 || (lead != 0 && (set & lead) == lead))
			continue;
		cz->rotations += (set & lead) != set && lead != 0;
		lead = set;
	}
}

/* A sum of means. */
struct total {
	const struct cooling *v;
	const struct zone *zone;
	double w;
};

/* Takes a meter of IT. */
static void
add_it(void *arg, const struct series *se, unsigned field)
{
	struct total *t = arg;
	struct span *s;
	struct stats st;
	double factor = se->fields[field].unit[0] == 'k' ? 1000 : 1;

	if (se->node->zone != t->zone ||
	    span_read(&s, se, t->v->from_s, t->v->to_s, COOLING_STEP_S, NULL) == -1)
		return;
	stat_of(&st, s, field);
	if (st.known_s > 0)
		t->w = (isnan(t->w) ? 0 : t->w) + st.mean * factor;
	span_free(s);
}

/* Whether a unit serves this zone and no other. */
static bool
serves_only(const struct node *n, const struct zone *z)
{
	return n->nserves == 0 ? n->zone == z && !n->serves_all : n->nserves == 1 && !n->serves_all;
}

/* The heat that all units of the zone take out; NAN: one does not tell, or has other zones, too. */
static double
output_of(const struct cooling *v, const struct team *team, const struct zone *z)
{
	double w = 0;

	for (size_t i = 0; i < team->n; i++)
		w += serves_only(v->units[team->at[i]].node, z) ? v->units[team->at[i]].output.mean
								: NAN;
	return w;
}

void
cooling_tell_zones(
    struct cooling *v, const struct cooling_track *tracks, const struct figures_ask *a)
{
	v->zones = xcalloc(site_nzones(a->plant->site) + 1, sizeof *v->zones);
	for (size_t i = 0; i < site_nzones(a->plant->site); i++) {
		const struct zone *z = site_zone_at(a->plant->site, i);
		struct cooling_zone *cz = &v->zones[v->nzones];
		struct team team = { .n = 0 };
		struct total it = { v, z, NAN };
		for (size_t k = 0; k < v->nunits && team.n < MAX_UNITS; k++)
			if (site_serves(v->units[k].node, z))
				team.at[team.n++] = k;
		if (team.n == 0 || (a->zone != NULL && a->zone != z))
			continue;
		*cz = (struct cooling_zone){ .zone = z, .nunits = team.n };
		plant_measure(a->plant, "it-power", z, add_it, &it);
		cz->it_mean_w = it.w;
		cz->output_mean_w = output_of(v, &team, z);
		tell_turns(cz, &team, tracks);
		v->nzones++;
	}
}

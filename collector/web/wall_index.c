/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which series of a zone hold its return air, humidity and dew point, by the configuration's
 * measures and derived rows: patterns, too dear to be asked four times a second. So what they fit
 * is kept until there are further series, and looked up anew each minute in any case, for fields
 * may be added to a series that is there. */
#include "collector/web/wall_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/explain.h"
#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/measure.h"
#include "zw/alloc.h"

#define RENEW_MS 60000
#define MAX_FIELDS 64 /* of a zone and quantity; more change no picture */

struct place {
	const struct series *series;
	unsigned field;
};

struct places {
	struct place v[MAX_FIELDS];
	size_t n;
};

struct zone_index {
	struct places of[WALL_QUANTITIES];
	double warns; /* °C; NAN */
};

struct wall_index {
	const struct collector *c;
	struct zone_index *zones;
	size_t nzones;
	size_t nseries; /* that were looked at */
	int64_t at_ms;	/* steady; 0: never */
};

static const char *const measures[WALL_QUANTITIES] = {
	[WALL_RETURN] = "return",
	[WALL_HUMIDITY] = "humidity",
	[WALL_DEWPOINT] = "dewpoint",
};

struct wall_index *
wall_index_new(const struct collector *c)
{
	struct wall_index *x = xcalloc(1, sizeof *x);
	x->c = c;
	return x;
}

void
wall_index_free(struct wall_index *x)
{
	if (x == NULL)
		return;
	free(x->zones);
	free(x);
}

/* Whether a series is a dew point that is derived of the node's own probes. */
static bool
is_made_dew_point(const struct conf_collector *conf, const struct series *se)
{
	const struct conf_derived *rows = conf->derived.v;
	for (size_t i = 0; i < conf->derived.n; i++)
		if (strcmp(rows[i].kind, "dew-point") == 0 &&
		    strcmp(rows[i].source, se->source) == 0)
			return true;
	return false;
}

/* Whether the node's air is that of the zone. */
static bool
is_of_zone(const struct node *n, const struct zone *z)
{
	return n->role == ROLE_COOLING ? site_serves(n, z) : n->zone == z;
}

/* Puts a field into the lists of the zones that it tells of. */
static void
add(struct wall_index *x, enum wall_quantity q, const struct series *se, unsigned field)
{
	for (size_t i = 0; i < x->nzones; i++) {
		struct places *p = &x->zones[i].of[q];
		if (p->n < MAX_FIELDS && is_of_zone(se->node, site_zone_at(x->c->site, i)))
			p->v[p->n++] = (struct place){ se, field };
	}
}

/* Looks at all fields of a node. */
static void
index_node(struct wall_index *x, const struct node *n)
{
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		bool made = is_made_dew_point(x->c->conf, se);
		for (unsigned k = 0; k < se->nfields; k++) {
			if (made)
				add(x, WALL_DEWPOINT, se, k);
			for (unsigned q = 0; !made && q < WALL_QUANTITIES; q++)
				if (measure_holds(x->c->conf, measures[q], se, k))
					add(x, (enum wall_quantity)q, se, k);
		}
	}
}

/* What explain_node() is asked for: the limit of warnings on one field. */
struct limit {
	uint32_t sid;
	const char *field;
	double warns;
};

/* Takes the limit of a threshold that warns. */
static void
see_rule(void *arg, const struct rule_view *v)
{
	struct limit *l = arg;
	if (v->severity != WIRE_WARNING || v->series == NULL || v->series->sid != l->sid ||
	    v->sight == SIGHT_OFF || strcmp(v->field, l->field) != 0 ||
	    strcmp(v->rule->kind, "threshold") != 0 || v->table == NULL)
		return;
	for (size_t i = 0; i < v->table->nkeys; i++) {
		const struct conf_key *key = &v->table->keys[i];
		if (strcmp(key->name, "above") != 0)
			continue;
		double above = *(const double *)((const char *)v->rule->variant + key->offset);
		if (!isnan(above) && (isnan(l->warns) || above < l->warns))
			l->warns = above;
	}
}

/* The limit at which a zone's inlets are warned of: that of its hottest one. */
static double
find_warns(const struct wall_index *x, const struct zone *z)
{
	const struct zone_air *air = engine_air(x->c->engine, z);
	const struct series *se =
	    air != NULL && air->sid != 0 ? site_series(x->c->site, air->sid) : NULL;
	if (se == NULL || air->field >= se->nfields)
		return NAN;
	struct limit l = { se->sid, se->fields[air->field].name, NAN };
	explain_node(x->c->engine, se->node, see_rule, &l);
	return l.warns;
}

/* How many series the site has. */
static size_t
count_series(const struct site *s)
{
	size_t n = 0;
	for (size_t i = 0; i < site_nnodes(s); i++)
		n += site_node_at(s, i)->nseries;
	return n;
}

void
wall_index_renew(struct wall_index *x, int64_t steady_ms)
{
	size_t nseries = count_series(x->c->site);
	if (x->at_ms != 0 && nseries == x->nseries && steady_ms - x->at_ms < RENEW_MS &&
	    x->nzones == site_nzones(x->c->site))
		return;
	x->at_ms = steady_ms;
	x->nseries = nseries;
	x->nzones = site_nzones(x->c->site);
	free(x->zones);
	x->zones = xcalloc(x->nzones + 1, sizeof *x->zones);
	for (size_t i = 0; i < site_nnodes(x->c->site); i++)
		index_node(x, site_node_at(x->c->site, i));
	for (size_t i = 0; i < x->nzones; i++)
		x->zones[i].warns = find_warns(x, site_zone_at(x->c->site, i));
}

bool
wall_is_live(const struct series *se, unsigned field, int64_t steady_ms)
{
	int64_t age_ms = steady_ms - se->last.recv_ms;
	return se->last.time_s != 0 && age_ms <= (int64_t)se->step_s * 1000 * SITE_STALE_STEPS &&
	       site_is_plausible(se, field);
}

double
wall_index_value(
    const struct wall_index *x, const struct zone *z, enum wall_quantity q, int64_t steady_ms)
{
	double most = NAN;
	if (z->index >= x->nzones)
		return NAN;
	const struct places *p = &x->zones[z->index].of[q];
	for (size_t i = 0; i < p->n; i++) {
		const struct place *one = &p->v[i];
		double value = one->series->last.values[one->field];
		if (wall_is_live(one->series, one->field, steady_ms) &&
		    (isnan(most) || value > most))
			most = value;
	}
	return most;
}

double
wall_index_warns(const struct wall_index *x, const struct zone *z)
{
	return z->index < x->nzones ? x->zones[z->index].warns : NAN;
}

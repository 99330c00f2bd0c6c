/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keeps the incident's place alive: its air, the cooling units that serve it and the UPS that
 * feeds it. Which field holds what, the configuration's measures say; of a UPS the charge and the
 * load are those fields of that name, in per cent, for no rule of the thermal part wants them.
 * Whether a unit cools and a UPS runs from its battery the engine says, which reckons with it. */
#include "collector/notify/facts.h"

#include <math.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/site/measure.h"
#include "collector/site/site.h"

#define MAX_DEPTH 8 /* of what hangs on what */

/* A live value of a node, by its quantity. */
struct found {
	const struct series *series; /* NULL: none */
	unsigned field;
	double value;
};

/* The first, or (most) the greatest of the node's values of that quantity. */
static struct found
find(const struct facts *from, const struct node *n, const char *quantity, bool most)
{
	struct found best = { .value = NAN };

	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		for (unsigned k = 0; k < se->nfields && se->last.time_s != 0; k++) {
			double v = se->last.values[k];
			if (isnan(v) || !measure_holds(from->conf, quantity, se, k))
				continue;
			if (best.series == NULL || (most && v > best.value))
				best = (struct found){ .series = se, .field = k, .value = v };
		}
	}
	return best;
}

/* A cooling unit, as it is now. */
static struct text_unit
unit_of(const struct facts *from, const struct node *n, int64_t now_ms)
{
	struct text_unit u = { .node = n, .silent = site_is_stale(n, now_ms), .supply = NAN };

	u.cools = engine_cools(from->engine, n, &u.off_ms);
	if (!u.silent)
		u.supply = find(from, n, "supply", true).value;
	return u;
}

/* Puts a unit into the list: those that do not cool first. */
static void
add_unit(struct text_facts *f, const struct text_unit *u)
{
	size_t at = f->nunits;

	while (at > 0 && !u->cools && f->units[at - 1].cools)
		at--;
	if (at == TEXT_MAX_UNITS)
		return;
	if (f->nunits < TEXT_MAX_UNITS)
		f->nunits++;
	for (size_t i = f->nunits - 1; i > at; i--)
		f->units[i] = f->units[i - 1];
	f->units[at] = *u;
}

/* Minutes, of a value that has its own unit of time. */
static double
minutes(const struct found *f)
{
	const char *unit = f->series == NULL ? "" : f->series->fields[f->field].unit;

	if (strcmp(unit, "s") == 0)
		return f->value / 60;
	return strcmp(unit, "h") == 0 ? f->value * 60 : f->value;
}

/* The greatest value of a field of this name in per cent, or the least; NAN: none. */
static double
per_cent(const struct node *n, const char *name, bool least)
{
	double best = NAN;

	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		unsigned k = site_field(se, name);
		if (k == se->nfields || se->last.time_s == 0 || isnan(se->last.values[k]) ||
		    strcmp(se->fields[k].unit, "%") != 0)
			continue;
		double v = se->last.values[k];
		if (isnan(best) || (least ? v < best : v > best))
			best = v;
	}
	return best;
}

/* Whether a is worse off than b: on battery, then with less time left. */
static bool
is_worse(const struct text_power *a, const struct text_power *b)
{
	if (b->node == NULL || a->on_battery != b->on_battery)
		return b->node == NULL || a->on_battery;
	if (isnan(a->runtime_min) || isnan(b->runtime_min))
		return isnan(b->runtime_min) && !isnan(a->runtime_min);
	return a->runtime_min < b->runtime_min;
}

struct text_power
facts_power(const struct facts *from, const struct node *n)
{
	struct found runtime = find(from, n, "runtime", false);
	int64_t since_ms;

	bool on_battery = engine_on_battery(from->engine, n, &since_ms);
	return (struct text_power){ .node = n,
		.on_battery = on_battery,
		.since_ms = since_ms,
		.runtime_min = minutes(&runtime),
		.charge = per_cent(n, "charge", true),
		.load = per_cent(n, "load", false) };
}

/* Whether one zone's air is worse than another's: less time left, then hotter. */
static bool
is_worse_air(const struct zone_air *a, const struct zone_air *b)
{
	if (b == NULL || isnan(a->left_s) != isnan(b->left_s))
		return b == NULL || isnan(b->left_s);
	if (!isnan(a->left_s) && a->left_s != b->left_s)
		return a->left_s < b->left_s;
	return isnan(b->hottest) ? !isnan(a->hottest) : a->hottest > b->hottest;
}

const struct zone_air *
facts_air(const struct facts *from, const struct zone *zone)
{
	const struct zone_air *worst = NULL;

	if (zone != NULL)
		return engine_air(from->engine, zone);
	for (size_t i = 0; i < site_nzones(from->site); i++) {
		const struct zone_air *air = engine_air(from->engine, site_zone_at(from->site, i));
		if (air != NULL && air->inlets > 0 && is_worse_air(air, worst))
			worst = air;
	}
	return worst;
}

/* Whether a node hangs on that UPS, by way of whatever stands between. */
static bool
hangs_on(const struct node *n, const struct node *ups, unsigned depth)
{
	for (size_t i = 0; i < n->ndepends && depth > 0; i++)
		if (n->depends[i] == ups || hangs_on(n->depends[i], ups, depth - 1))
			return true;
	return false;
}

/* Whether a UPS feeds the zone: by what it serves, else because some of the zone hangs on it, else
 * (nothing hangs on it) because it stands there. */
static bool
feeds(const struct node *ups, const struct zone *zone)
{
	if (ups->nserves > 0 || ups->serves_all)
		return site_serves(ups, zone);
	for (size_t i = 0; i < zone->nnodes; i++)
		if (hangs_on(zone->nodes[i], ups, MAX_DEPTH))
			return true;
	return ups->ndependants == 0 && ups->zone == zone;
}

/* Whether it is the plant of the place: what concerns the site concerns all of it; what is about a
 * UPS, that one. */
static bool
is_plant(const struct text_facts *f, const struct node *n)
{
	if (n->role == ROLE_COOLING)
		return f->zone == NULL || site_serves(n, f->zone);
	if (n->role != ROLE_UPS)
		return false;
	const struct node *about = f->node;
	if (about != NULL && about->role == ROLE_UPS)
		return n == about;
	return f->zone == NULL || feeds(n, f->zone);
}

void
facts_plant(const struct facts *from, int64_t now_ms, struct text_facts *f)
{
	f->air = facts_air(from, f->zone);
	for (size_t i = 0; i < site_nnodes(from->site); i++) {
		const struct node *n = site_node_at(from->site, i);
		if (!is_plant(f, n))
			continue;
		if (n->role == ROLE_COOLING) {
			struct text_unit u = unit_of(from, n, now_ms);
			add_unit(f, &u);
		} else if (!site_is_stale(n, now_ms)) {
			struct text_power p = facts_power(from, n);
			if (is_worse(&p, &f->power))
				f->power = p;
		}
	}
}

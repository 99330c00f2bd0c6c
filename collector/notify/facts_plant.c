/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keeps the incident's place alive: its air, the cooling units that serve it and the UPS that
 * feeds it. Which field holds what, the configuration's measures say; of a UPS the charge and the
 * load are those fields of that name, in per cent, for no rule of the thermal part wants them. */
#include "collector/notify/facts.h"

#include <math.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/str.h"

bool
facts_measures(const struct conf_collector *conf, const char *quantity, const struct series *se,
    unsigned field)
{
	const struct conf_measure *m = conf->measures.v;

	for (size_t i = 0; i < conf->measures.n; i++) {
		bool node = m[i].nodes.n == 0;
		if (strcmp(m[i].name, quantity) != 0 || !str_covers(m[i].source, se->source) ||
		    !str_covers(m[i].field, se->fields[field].name) ||
		    (m[i].instance != NULL && !str_covers(m[i].instance, se->instance)))
			continue;
		for (size_t k = 0; k < m[i].nodes.n && !node; k++)
			node = str_covers(m[i].nodes.v[k], se->node->name);
		if (node)
			return true;
	}
	return false;
}

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
			if (isnan(v) || !facts_measures(from->conf, quantity, se, k))
				continue;
			if (best.series == NULL || (most && v > best.value))
				best = (struct found){ .series = se, .field = k, .value = v };
		}
	}
	return best;
}

/* Whether a state is as it should be, or another value is more than nothing. */
static bool
is_on(const struct found *f)
{
	struct metric_state st;

	if (f->series->fields[f->field].kind == FIELD_STATE &&
	    site_state(f->series, f->field, f->value, &st))
		return st.severity == METRIC_OK;
	return f->value > 0;
}

/* A cooling unit, as it is now. */
static struct text_unit
unit_of(const struct facts *from, const struct node *n, int64_t now_ms)
{
	struct text_unit u = { .node = n, .silent = site_is_stale(n, now_ms), .supply = NAN };

	if (u.silent)
		return u;
	struct found cools = find(from, n, "cools", true);
	u.cools = cools.series == NULL || is_on(&cools);
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

/* Whether the UPS feeds of its battery: a state that is not as it should be, or seconds on it. */
static bool
is_on_battery(const struct found *f)
{
	struct metric_state st;

	if (f->series == NULL)
		return false;
	if (f->series->fields[f->field].kind == FIELD_STATE &&
	    site_state(f->series, f->field, f->value, &st))
		return st.severity == METRIC_WARNING || st.severity == METRIC_CRITICAL;
	return f->value > 0;
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

/* A UPS, as it is now. */
static struct text_power
power_of(const struct facts *from, const struct node *n)
{
	struct found battery = find(from, n, "on-battery", true);
	struct found runtime = find(from, n, "runtime", false);

	return (struct text_power){ .node = n,
		.on_battery = is_on_battery(&battery),
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

/* The air of the zone, or of the one of the site that is worst. */
static const struct zone_air *
air_of(const struct facts *from, const struct zone *zone)
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

void
facts_plant(const struct facts *from, int64_t now_ms, struct text_facts *f)
{
	f->air = air_of(from, f->zone);
	for (size_t i = 0; i < site_nnodes(from->site); i++) {
		const struct node *n = site_node_at(from->site, i);
		if (n->role != ROLE_COOLING && n->role != ROLE_UPS)
			continue;
		/* What concerns the site concerns all of its plant. */
		if (f->zone != NULL && !site_serves(n, f->zone))
			continue;
		if (n->role == ROLE_COOLING) {
			struct text_unit u = unit_of(from, n, now_ms);
			add_unit(f, &u);
		} else if (!site_is_stale(n, now_ms)) {
			struct text_power p = power_of(from, n);
			if (is_worse(&p, &f->power))
				f->power = p;
		}
	}
}

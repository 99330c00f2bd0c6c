/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The air of each zone: which series are its inlets, supplies, load and cooling units the
 * configuration's measures say; thermal.c makes of them how warm it is and how long it may last.
 *
 * A cooling unit does not cool while one of its fields of the measure `cools` says so, while a
 * critical alert about its cooling fires on it, and while it is silent by itself; what cannot be
 * reached because of another stays what it was. A UPS runs from its battery while one of its fields
 * of the measure `on-battery` says so, and from the moment at which an alert of it says so (a trap
 * is there before the next poll) until such a field, newer than that, says that it does not. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/roster.h"
#include "collector/alert/thermal.h"
#include "collector/site/measure.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define LIMIT_DEFAULT 32.0 /* °C; ASHRAE's A1 */

enum measure {
	MEASURE_INLET,
	MEASURE_SUPPLY,
	MEASURE_POWER,
	MEASURE_BATTERY,
	MEASURE_COOLS,
	MEASURES
};

static const char *const measure_words[MEASURES] = {
	[MEASURE_INLET] = "inlet",
	[MEASURE_SUPPLY] = "supply",
	[MEASURE_POWER] = "it-power",
	[MEASURE_BATTERY] = "on-battery",
	[MEASURE_COOLS] = "cools",
};

/* A field that is a measure. */
struct use {
	enum measure measure;
	unsigned field;
	bool holds; /* it does not cool, or runs from its battery */
	int64_t since_ms;
};

/* What the measures make of a series; without any use, that it was looked at. */
struct air_series {
	const struct series *se;
	const struct binding *binding;
	unsigned nfields;
	struct use *uses;
	size_t nuses;
	struct air_series *next;  /* of the same node, with any use */
	struct air_series *after; /* of all */
};

struct air_zone {
	struct thermal *thermal;
	struct zone_air now;
};

/* What is known of a node that cools or feeds others. */
struct air_node {
	struct air_series *series;
	bool off; /* by all that is known, as of the tick */
	bool known;
	int64_t off_ms;
	bool on_battery; /* likewise */
	int64_t battery_ms;
};

struct air {
	struct air_zone *zones;
	size_t nzones;
	struct air_node *nodes;
	size_t nnodes;
	struct air_series *all;
	void (*heated)(void *arg, const struct thermal_event *ev);
	void *arg;
};

/* The temperature at which a zone's servers must go off. */
static double
limit_of(const struct engine *e, const struct zone *z)
{
	if (z->limit > 0)
		return z->limit;
	return e->conf->thermal.limit > 0 ? e->conf->thermal.limit : LIMIT_DEFAULT;
}

/* Make room for the zones and nodes that there are by now. */
static void
grow(struct engine *e)
{
	struct air *air = e->air;
	size_t zones = site_nzones(e->site), nodes = site_nnodes(e->site);
	if (zones > air->nzones) {
		air->zones = xreallocarray(air->zones, zones, sizeof *air->zones);
		for (size_t i = air->nzones; i < zones; i++) {
			struct air_zone *az = &air->zones[i];
			*az = (struct air_zone){ .thermal = thermal_new(
						     limit_of(e, site_zone_at(e->site, i))) };
			thermal_tick(az->thermal, 0, &az->now, NULL, NULL);
		}
		air->nzones = zones;
	}
	if (nodes > air->nnodes) {
		air->nodes = xreallocarray(air->nodes, nodes, sizeof *air->nodes);
		memset(air->nodes + air->nnodes, 0, (nodes - air->nnodes) * sizeof *air->nodes);
		air->nnodes = nodes;
	}
}

/* Nothing is known of any air yet. */
void
air_init(struct engine *e)
{
	e->air = xcalloc(1, sizeof *e->air);
	grow(e);
}

/* Free it. */
void
air_free(struct engine *e)
{
	if (e->air == NULL)
		return;
	for (struct air_series *as = e->air->all, *after; as != NULL; as = after) {
		after = as->after;
		free(as->uses);
		free(as);
	}
	for (size_t i = 0; i < e->air->nzones; i++)
		thermal_free(e->air->zones[i].thermal);
	free(e->air->zones);
	free(e->air->nodes);
	free(e->air);
	e->air = NULL;
}

/* The measure of a row, or MEASURES for those that are not about the air. */
static enum measure
measure_of(const struct conf_measure *m)
{
	unsigned i = 0;
	while (i < MEASURES && (m->name == NULL || strcmp(m->name, measure_words[i]) != 0))
		i++;
	return (enum measure)i;
}

/* Note the series' fields that are a measure, from those on that came since the last time. A field
 * is a measure once, however many rows say so. */
static void
bind(struct engine *e, struct air_series *as)
{
	const struct conf_measure *rows = e->conf->measures.v;
	for (unsigned f = as->nfields; f < as->se->nfields; f++) {
		unsigned had = 0;
		for (size_t i = 0; i < e->conf->measures.n; i++) {
			enum measure m = measure_of(&rows[i]);
			if (m == MEASURES || (had & 1U << m) != 0 ||
			    !measure_covers(&rows[i], as->se, f))
				continue;
			had |= 1U << m;
			as->uses = xreallocarray(as->uses, as->nuses + 1, sizeof *as->uses);
			as->uses[as->nuses++] = (struct use){ .measure = m, .field = f };
		}
	}
	as->nfields = as->se->nfields;
}

/* What the measures make of a series. */
static struct air_series *
find_series(struct engine *e, struct binding *b)
{
	struct air_series *as = b->air;
	if (as == NULL) {
		as = b->air = xcalloc(1, sizeof *as);
		as->se = b->series;
		as->binding = b;
		as->after = e->air->all;
		e->air->all = as;
	}
	if (as->nfields == as->se->nfields)
		return as;
	bool had = as->nuses > 0;
	bind(e, as);
	if (!had && as->nuses > 0) {
		struct air_node *an = &e->air->nodes[as->se->node->index];
		as->next = an->series;
		an->series = as;
	}
	return as;
}

/* Whether a field says that the unit cools: a state that is well (of such nothing need be told), or
 * more than nothing of a value (a compressor's power, a valve's opening). */
static bool
says_cools(const struct series *se, unsigned field)
{
	struct metric_state st;
	if (se->fields[field].kind != FIELD_STATE)
		return se->last.values[field] > 0;
	(void)site_state(se, field, se->last.values[field], &st);
	return st.severity == METRIC_OK || st.severity == METRIC_UNKNOWN;
}

/* Whether a field says that a UPS runs from its battery: a state of that name, any bad one without
 * a name, or seconds of it. */
static bool
says_battery(const struct series *se, unsigned field)
{
	struct metric_state st;
	if (se->fields[field].kind != FIELD_STATE)
		return se->last.values[field] > 0;
	(void)site_state(se, field, se->last.values[field], &st);
	if (st.text[0] != '\0')
		return str_covers("*batter*", st.text) || str_covers("*Batter*", st.text);
	return st.severity == METRIC_WARNING || st.severity == METRIC_CRITICAL;
}

/* A supply's value, for all zones that it is blown into. */
static void
take_supply(struct engine *e, const struct series *se, int64_t at_ms, double value)
{
	for (size_t i = 0; i < e->air->nzones; i++) {
		const struct zone *z = site_zone_at(e->site, i);
		bool here =
		    se->node->role == ROLE_COOLING ? site_serves(se->node, z) : se->node->zone == z;
		if (here)
			thermal_supply(e->air->zones[i].thermal, se->sid, at_ms, value);
	}
}

/* A reading of an inlet. */
static void
take_inlet(
    struct air_zone *az, const struct series *se, unsigned field, int64_t at_ms, double value)
{
	thermal_inlet(az->thermal, se->sid, field, se->node->name, at_ms, value);
	thermal_hottest(az->thermal, &az->now);
}

/* A reading of a measure. */
static void
take(struct engine *e, const struct series *se, struct use *u, int64_t at_ms)
{
	const struct zone *z = se->node->zone;
	double value = se->last.values[u->field];
	bool holds;
	switch (u->measure) {
	case MEASURE_INLET:
		if (z != NULL)
			take_inlet(&e->air->zones[z->index], se, u->field, at_ms, value);
		break;
	case MEASURE_SUPPLY:
		take_supply(e, se, at_ms, value);
		break;
	case MEASURE_COOLS:
	case MEASURE_BATTERY:
		holds = u->measure == MEASURE_COOLS ? !says_cools(se, u->field)
						    : says_battery(se, u->field);
		if (holds && !u->holds)
			u->since_ms = at_ms;
		u->holds = holds;
		break;
	default: /* the load is summed up at the tick */
		break;
	}
}

/* Take in a reading. */
void
air_reading(struct engine *e, struct binding *b)
{
	grow(e);
	struct air_series *as = find_series(e, b);
	for (size_t i = 0; i < as->nuses; i++)
		if (binding_knows(b, as->uses[i].field))
			take(e, as->se, &as->uses[i], b->at_ms);
}

/* What a unit complains of while it cools: its pan, a leak, its filter, and the relay that closes
 * for any of it. */
static const char *const harmless[] = { "*ondens*", "*eak*", "*ater detected*", "*elay*", "*ilter*",
	"*umid*", "*ommunication*" };

/* Whether a critical alert says that the unit it fires on cools no more. */
static bool
is_failure(const struct alert *a)
{
	if (a->topic != TOPIC_COOLING || a->severity != WIRE_CRITICAL)
		return false;
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (str_covers(harmless[i], a->reason))
			return false;
	return true;
}

/* Whether such an alert fires on a unit; since when. */
static bool
fails(const struct engine *e, const struct node *n, int64_t *since_ms)
{
	for (const struct fire *f = e->nodes[n->index].fires; f != NULL; f = f->next) {
		if (!is_failure(f->a))
			continue;
		*since_ms = f->a->since_ms;
		return true;
	}
	return false;
}

/* Whether any field of a node's says so, of those that are still reported; since when. */
static bool
says(
    const struct engine *e, const struct node *n, enum measure m, int64_t now_ms, int64_t *since_ms)
{
	bool holds = false;
	for (const struct air_series *as = e->air->nodes[n->index].series; as; as = as->next) {
		bool gone = now_ms - as->se->last.recv_ms > ENGINE_GONE_MS;
		for (size_t i = 0; i < as->nuses; i++) {
			const struct use *u = &as->uses[i];
			if (u->measure != m || !u->holds || (gone && !site_is_stale(n, now_ms)))
				continue;
			if (!holds || u->since_ms < *since_ms)
				*since_ms = u->since_ms;
			holds = true;
		}
	}
	return holds;
}

/* Whether an alert that fires on a UPS says that it runs from its battery, and no field of the
 * measure that is newer denies it; since when. */
static bool
alarms_battery(const struct engine *e, const struct node *n, int64_t *since_ms)
{
	const struct alert *a = NULL;
	for (const struct fire *f = e->nodes[n->index].fires; f != NULL && a == NULL; f = f->next)
		if (f->a->why.code == REASON_STATE && (str_covers("*on battery*", f->a->reason) ||
							  str_covers("*on battery*", f->a->field)))
			a = f->a;
	if (a == NULL)
		return false;
	for (const struct air_series *as = e->air->nodes[n->index].series; as; as = as->next)
		for (size_t i = 0; i < as->nuses; i++)
			if (as->uses[i].measure == MEASURE_BATTERY && !as->uses[i].holds &&
			    as->se->last.time_s * 1000 > a->since_ms)
				return false;
	*since_ms = a->since_ms;
	return true;
}

/* Whether a unit cools now. One that was never heard of is not known. */
static void
tick_unit(struct engine *e, const struct node *n, int64_t now_ms)
{
	struct air_node *an = &e->air->nodes[n->index];
	int64_t since_ms = now_ms;
	if (engine_because(e, n) != NULL || n->seen_ms == 0)
		return;
	bool off = says(e, n, MEASURE_COOLS, now_ms, &since_ms);
	if (site_is_stale(n, now_ms)) {
		/* What was beyond reach has its time to be heard of again. */
		int64_t freed_ms = e->nodes[n->index].freed_ms;
		int64_t from_ms = freed_ms > e->watch_ms ? freed_ms : e->watch_ms;
		if (now_ms - from_ms <= SITE_STALE_STEPS * site_step_ms(n))
			return;
		off = true;
		since_ms = n->seen_ms;
	} else if (!off) {
		off = fails(e, n, &since_ms);
	}
	if (off && !an->off)
		an->off_ms = since_ms;
	an->off = off;
	an->known = true;
}

/* Tell the zones which of their units cool. */
static void
tick_units(struct engine *e, int64_t now_ms)
{
	unsigned index[ROSTER_PLACES] = { 0 };
	for (size_t i = 0; i < e->nnodes; i++) {
		const struct node *n = site_node_at(e->site, i);
		struct air_node *an = &e->air->nodes[i];
		an->on_battery =
		    an->series != NULL && says(e, n, MEASURE_BATTERY, now_ms, &an->battery_ms);
		if (n->role != ROLE_COOLING)
			continue;
		tick_unit(e, n, now_ms);
		for (size_t z = 0; an->known && z < e->air->nzones && z < ROSTER_PLACES; z++)
			if (site_serves(n, site_zone_at(e->site, z)))
				thermal_unit(
				    e->air->zones[z].thermal, index[z]++, !an->off, an->off_ms);
	}
}

/* The power that a series tells, W; NAN: none. */
static double
power_of(const struct air_series *as, int64_t now_ms)
{
	double watts = NAN;
	if (now_ms - as->se->last.recv_ms > SITE_STALE_STEPS * 1000 * (int64_t)as->se->step_s)
		return NAN;
	for (size_t i = 0; i < as->nuses; i++) {
		unsigned f = as->uses[i].field;
		if (as->uses[i].measure != MEASURE_POWER || !binding_knows(as->binding, f))
			continue;
		double kilo = strcmp(as->se->fields[f].unit, "kW") == 0 ? 1000 : 1;
		watts = (isnan(watts) ? 0 : watts) + kilo * as->se->last.values[f];
	}
	return watts;
}

/* Sum up the load of each zone. */
static void
tick_power(struct engine *e, int64_t now_ms)
{
	double watts[ROSTER_PLACES];
	for (size_t i = 0; i < ROSTER_PLACES; i++)
		watts[i] = NAN;
	for (size_t i = 0; i < e->air->nnodes; i++) {
		const struct air_series *as = e->air->nodes[i].series;
		const struct zone *z = as != NULL ? as->se->node->zone : NULL;
		if (z == NULL || z->index >= ROSTER_PLACES)
			continue;
		double *sum = &watts[z->index];
		for (; as != NULL; as = as->next) {
			double w = power_of(as, now_ms);
			if (!isnan(w))
				*sum = (isnan(*sum) ? 0 : *sum) + w;
		}
	}
	for (size_t i = 0; i < e->air->nzones && i < ROSTER_PLACES; i++)
		thermal_power(e->air->zones[i].thermal, watts[i]);
}

/* Where what was learned goes. */
struct lesson {
	const struct air *air;
	const struct zone *zone;
};

/* Hand it on with the zone's name. */
static void
learned(void *arg, const struct thermal_event *ev)
{
	const struct lesson *l = arg;
	struct thermal_event own = *ev;
	(void)str_copy(own.zone, sizeof own.zone, l->zone->name);
	if (l->air->heated != NULL)
		l->air->heated(l->air->arg, &own);
}

/* Let time pass. */
void
air_tick(struct engine *e, int64_t now_ms)
{
	grow(e);
	tick_units(e, now_ms);
	tick_power(e, now_ms);
	for (size_t i = 0; i < e->air->nzones; i++) {
		struct air_zone *az = &e->air->zones[i];
		struct lesson l = { .air = e->air, .zone = site_zone_at(e->site, i) };
		thermal_tick(az->thermal, now_ms, &az->now, learned, &l);
	}
}

/* The air of a zone. */
const struct zone_air *
engine_air(const struct engine *e, const struct zone *z)
{
	if (z == NULL || e->air == NULL || z->index >= e->air->nzones)
		return NULL;
	return &e->air->zones[z->index].now;
}

/* Whether a cooling unit cools: as of the tick, but for an alert that came since. */
bool
engine_cools(const struct engine *e, const struct node *n, int64_t *since_ms)
{
	int64_t at_ms = 0;
	bool known = e->air != NULL && n->index < e->air->nnodes && n->role == ROLE_COOLING;
	bool off = known && e->air->nodes[n->index].off;
	if (off)
		at_ms = e->air->nodes[n->index].off_ms;
	else if (known)
		off = fails(e, n, &at_ms);
	if (since_ms != NULL)
		*since_ms = at_ms;
	return !off;
}

/* Whether a UPS runs from its battery, likewise. */
bool
engine_on_battery(const struct engine *e, const struct node *n, int64_t *since_ms)
{
	int64_t at_ms = 0;
	bool known = e->air != NULL && n->index < e->air->nnodes;
	bool on = known && e->air->nodes[n->index].on_battery;
	if (on)
		at_ms = e->air->nodes[n->index].battery_ms;
	else if (known && n->role == ROLE_UPS)
		on = alarms_battery(e, n, &at_ms);
	if (since_ms != NULL)
		*since_ms = at_ms;
	return on;
}

/* The same for those who do not ask since when. */
bool
air_is_off(const struct engine *e, const struct node *n)
{
	return !engine_cools(e, n, NULL);
}

/* Likewise. */
bool
air_on_battery(const struct engine *e, const struct node *n)
{
	return engine_on_battery(e, n, NULL);
}

/* Who is told of what a heating taught. */
void
engine_on_heating(
    struct engine *e, void (*heated)(void *arg, const struct thermal_event *ev), void *arg)
{
	e->air->heated = heated;
	e->air->arg = arg;
}

/* Take back what one taught. */
void
engine_restore_heating(struct engine *e, const struct thermal_event *ev)
{
	const struct zone *z = site_zone(e->site, ev->zone);
	if (z != NULL && z->index < e->air->nzones)
		thermal_learn(e->air->zones[z->index].thermal, ev);
}

/* Whether one of those that serve the zone (NULL: any) is so. */
static bool
any_node(const struct engine *e, const struct zone *z,
    bool (*is)(const struct engine *e, const struct node *n))
{
	for (size_t i = 0; i < e->nnodes; i++) {
		const struct node *n = site_node_at(e->site, i);
		if (is(e, n) && (z == NULL || site_serves(n, z)))
			return true;
	}
	return false;
}

/* Whether the inlets of a zone rise, most of them. */
static bool
is_rising(const struct zone_air *air)
{
	return air->rising > 0 && 2 * air->rising > air->inlets;
}

/* What holds of a zone, or (NULL) of the site; bits. */
unsigned
air_facts(const struct engine *e, const struct zone *z)
{
	unsigned facts = 0, rising = 0;
	if (any_node(e, z, air_on_battery))
		facts |= AIR_ON_BATTERY;
	if (any_node(e, z, air_is_off))
		facts |= AIR_COOLING_OFF;
	for (size_t i = 0; i < e->air->nzones; i++) {
		const struct zone_air *air = &e->air->zones[i].now;
		bool here = z == NULL || z->index == i;
		if (here && air->units > 0 && air->off == air->units)
			facts |= AIR_NO_COOLING;
		rising += here && is_rising(air);
	}
	if (rising >= (z == NULL ? 2U : 1U))
		facts |= AIR_RISING;
	return facts;
}

/* Judge a rule on what holds of a zone or of the site. */
void
air_judge(struct engine *e, struct subject *s, int64_t now_ms)
{
	struct rule_input in = { .facts = air_facts(e, s->zone), .was_bad = s->bad };
	struct finding f = { .value = NAN, .at_ms = now_ms, .began_ms = now_ms };
	f.verdict = s->watch->kind->judge(s->watch->conf->variant, NULL, &in, &f.why);
	if (f.verdict == VERDICT_OK && s->alert != NULL && s->alert->since_ms < e->watch_ms &&
	    now_ms - e->watch_ms <= ENGINE_FACTS_MS)
		f.verdict = VERDICT_UNKNOWN;
	course_judge(e, s, &f, now_ms);
}

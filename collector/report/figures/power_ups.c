/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers to the battery are runs of rows in which the UPS says that it feeds its output from it;
 * the history tells apart those that fall into one run, and knows of those of which no row is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/mode.h"
#include "collector/report/figures/power_parts.h"
#include "collector/site/measure.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define STEP_S 300

static const char *const battery_words[] = { "*on battery*", "battery", "battery, eco", NULL };
static const char *const not_battery[] = { "*not on battery*", NULL };

/* A time on battery. */
struct stay {
	int64_t from_s, to_s;
	double seconds;
	bool muted; /* by the history */
};

struct stays {
	struct stay *v;
	size_t n;
};

/* What a UPS is made of while it is read. */
struct reading_ups {
	struct power_ups *ups;
	const struct power *v;
	const struct figures_ask *ask;
	struct stays stays; /* by rows */
	bool by_state;	    /* of a field of states: better than of a counter of seconds */
};

/* Adds one. */
static void
add_stay(struct stays *s, const struct stay *stay)
{
	s->v = xreallocarray(s->v, s->n + 1, sizeof *s->v);
	s->v[s->n++] = *stay;
}

/* Runs of rows on battery. A gap within ends none. */
static void
find_stays(
    struct stays *stays, const struct span *s, unsigned field, const struct mode *m, double unit_s)
{
	struct stay now = { 0 };
	bool open = false;

	for (size_t r = 0; r < s->nrows; r++) {
		int64_t at = s->from_s + (int64_t)r * s->step_s;
		double most = s->values[SPAN_MAX][field][r];
		double part = m != NULL ? mode_part(m, s, field, r) : most > 0 ? 1 : 0;
		if (isnan(s->values[SPAN_AVERAGE][field][r]))
			continue;
		if (part > 0 && !open)
			now = (struct stay){ .from_s = at };
		open = part > 0;
		if (open) {
			now.to_s = at + s->step_s;
			now.seconds = m != NULL ? now.seconds + part * (double)s->step_s
						: fmax(now.seconds, most * unit_s);
		} else if (now.to_s > 0) {
			add_stay(stays, &now);
			now.to_s = 0;
		}
	}
	if (now.to_s > 0)
		add_stay(stays, &now);
}

/* Seconds in one of a field's unit of time. */
static double
unit_seconds(const char *unit)
{
	return strcmp(unit, "min") == 0 ? 60 : strcmp(unit, "h") == 0 ? 3600 : 1;
}

/* A field that tells whether it is on battery. */
static void
read_battery(struct reading_ups *u, const struct series *se, const struct span *s, unsigned field)
{
	bool state = se->fields[field].kind == FIELD_STATE;
	struct mode m = { 0 };
	struct stats st;

	if (state)
		mode_words(&m, se, field, battery_words, not_battery);
	if ((state && !m.any) || (u->ups->measured && (u->by_state || !state)))
		return;
	free(u->stays.v);
	u->stays = (struct stays){ 0 };
	find_stays(&u->stays, s, field, state ? &m : NULL, unit_seconds(se->fields[field].unit));
	stat_of(&st, s, field);
	u->ups->known_s = st.known_s;
	u->ups->total_s = st.total_s;
	u->ups->measured = true;
	u->by_state = state;
}

/* The text of the last known state, and whether it is bad. */
static void
read_text(char dst[32], bool *bad, const struct series *se, const struct span *s, unsigned field)
{
	struct metric_state st;
	int code = mode_last(s, field);

	if (code == -1 || !metric_state(se->states, field, code, &st))
		return;
	(void)str_copy(dst, 32, st.text);
	if (bad != NULL)
		*bad = st.severity == METRIC_WARNING || st.severity == METRIC_CRITICAL;
}

/* A level of a UPS. */
static void
read_level(struct power_ups *ups, const struct series *se, const struct span *s, unsigned field)
{
	const char *name = se->fields[field].name, *unit = se->fields[field].unit;
	struct stats st;

	stat_of(&st, s, field);
	if (!(st.known_s > 0))
		return;
	if (strcmp(name, "load") == 0 && strcmp(unit, "%") == 0) {
		ups->load_mean = fmax(ups->load_mean, st.mean);
		ups->load_max = fmax(ups->load_max, st.max);
	} else if (strcmp(name, "runtime") == 0) {
		double least = st.min * unit_seconds(unit);
		if (!(least >= ups->runtime_min_s)) {
			ups->runtime_min_s = least;
			ups->runtime_min_at_s = st.min_at_s;
		}
	} else if (strcmp(name, "battery_temp") == 0) {
		ups->battery_mean = fmax(ups->battery_mean, st.mean);
		ups->battery_max = fmax(ups->battery_max, st.max);
	} else if (strcmp(name, "charge") == 0) {
		ups->charge_min = fmin(ups->charge_min, st.min);
		for (size_t r = 0; r < s->nrows; r++)
			if (!isnan(s->values[SPAN_AVERAGE][field][r]))
				ups->charge_last = s->values[SPAN_AVERAGE][field][r];
	}
}

/* One field. */
static void
read_field(struct reading_ups *u, const struct series *se, const struct span *s, unsigned field)
{
	const struct field *f = &se->fields[field];

	if (measure_holds(u->ask->plant->conf, "on-battery", se, field))
		read_battery(u, se, s, field);
	else if (f->kind != FIELD_STATE)
		read_level(u->ups, se, s, field);
	else if (str_covers("*test*", f->name) || str_covers("*elf-test*", f->label) ||
		 str_covers("*diagnostic*", f->name))
		read_text(u->ups->test, NULL, se, s, field);
	else if (str_covers("*replace*", f->name))
		read_text(u->ups->replace, &u->ups->replace_bad, se, s, field);
}

/* Whether an alert was of a UPS's being on battery, by the field that it is of. */
static bool
is_transfer(const struct reading_ups *u, const struct annals_alert *al)
{
	const struct node *n = u->ups->node;

	if (strcmp(al->node, n->name) != 0)
		return false;
	for (size_t i = 0; i < n->nseries; i++) {
		unsigned f = site_field(n->series[i], al->field);
		if (strcmp(n->series[i]->name, al->series) == 0 && f < n->series[i]->nfields)
			return measure_holds(u->ask->plant->conf, "on-battery", n->series[i], f);
	}
	return false;
}

/* The times on battery by the history, those that overlap as one. They are by their beginning. */
static struct stays
told_stays(const struct reading_ups *u)
{
	const struct annals *an = u->ask->annals;
	struct stays told = { 0 };

	for (size_t i = 0; an != NULL && i < an->nalerts; i++) {
		const struct annals_alert *al = &an->alerts[i];
		int64_t from = al->since_ms / 1000;
		int64_t to = al->resolved_ms > 0 ? al->resolved_ms / 1000 : u->v->to_s;
		if (from >= u->v->to_s || to <= u->v->from_s || !is_transfer(u, al))
			continue;
		struct stay *last = told.n > 0 ? &told.v[told.n - 1] : NULL;
		struct stay now = { from, to, (double)(to - from), al->muted };
		if (last == NULL || from > last->to_s) {
			add_stay(&told, &now);
			continue;
		}
		last->to_s = to > last->to_s ? to : last->to_s;
		last->seconds = (double)(last->to_s - last->from_s);
		last->muted = last->muted && now.muted;
	}
	return told;
}

/* How many stays of a list touch a time, and whether all of them were muted. */
static unsigned
touching(const struct stays *s, int64_t from_s, int64_t to_s, bool *muted)
{
	unsigned n = 0;

	*muted = true;
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].from_s < to_s && s->v[i].to_s > from_s) {
			n++;
			*muted = *muted && s->v[i].muted;
		}
	*muted = *muted && n > 0;
	return n;
}

/* Takes a stay that was so many transfers. */
static void
take_stay(struct power_ups *ups, const struct stay *s, unsigned n, bool planned)
{
	if (planned) {
		ups->planned += n;
		ups->planned_s += s->seconds;
		return;
	}
	ups->transfers += n;
	ups->battery_s += s->seconds;
	if (s->seconds <= ups->longest_s)
		return;
	ups->longest_s = s->seconds;
	ups->longest_at_s = s->from_s;
}

/* Counts what rows and history tell. */
static void
count(struct reading_ups *u)
{
	struct stays told = told_stays(u);
	bool muted;

	for (size_t i = 0; i < u->stays.n; i++) {
		const struct stay *s = &u->stays.v[i];
		unsigned n = touching(&told, s->from_s, s->to_s, &muted);
		take_stay(u->ups, s, n > 1 ? n : 1, muted);
	}
	for (size_t i = 0; i < told.n; i++) {
		bool planned = told.v[i].muted;
		if (touching(&u->stays, told.v[i].from_s, told.v[i].to_s, &muted) == 0)
			take_stay(u->ups, &told.v[i], 1, planned);
	}
	free(told.v);
	free(u->stays.v);
}

/* Reads a UPS. */
static void
read_ups(struct power *v, const struct figures_ask *a, const struct node *n)
{
	struct reading_ups u = { .v = v, .ask = a };

	v->ups = xreallocarray(v->ups, v->nups + 1, sizeof *v->ups);
	u.ups = &v->ups[v->nups++];
	*u.ups = (struct power_ups){ .node = n,
		.load_mean = NAN,
		.load_max = NAN,
		.runtime_min_s = NAN,
		.battery_mean = NAN,
		.battery_max = NAN,
		.charge_min = NAN,
		.charge_last = NAN };
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		struct span *s;
		if (!str_covers("ups*", se->source) ||
		    span_read(&s, se, v->from_s, v->to_s, STEP_S, NULL) == -1)
			continue;
		for (unsigned f = 0; f < se->nfields; f++)
			read_field(&u, se, s, f);
		span_free(s);
	}
	count(&u);
}

void
power_ups_all(struct power *v, const struct figures_ask *a)
{
	for (size_t i = 0; i < site_nnodes(a->plant->site); i++) {
		const struct node *n = site_node_at(a->plant->site, i);
		if (n->role == ROLE_UPS && plant_in_zone(n, a->zone))
			read_ups(v, a, n);
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cooling unit: what it says is told apart by measure, else by what its fields are called. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/cooling_parts.h"
#include "collector/report/figures/mode.h"
#include "collector/report/figures/span.h"
#include "collector/site/measure.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* In these modes a unit does not run. */
static const char *const resting[] = { "*standby*", "*idle*", "*off*", "*init*", "*delay*",
	"*maintenance*", "*stop*", "*shut*", "*unknown*", "*fault*", "*fail*", "*sleep*",
	"not applicable", "na", NULL };
static const char *const any_text[] = { "*", NULL };

/* While a unit is read. */
struct reading_unit {
	struct cooling *v;
	struct cooling_unit *u;
	struct cooling_track *t;
	const struct conf_collector *conf;
	size_t nfans, ncompressors;
	double fan_sum, compressor_sum; /* of means */
};

/* Keeps how much of each row it ran. */
static void
keep_track(struct reading_unit *ru, const struct span *s, unsigned field, const struct mode *m)
{
	struct cooling_track *t = ru->t;

	free(t->part);
	*t = (struct cooling_track){ s->from_s, s->step_s, s->nrows,
		xcalloc(s->nrows + 1, sizeof *t->part) };
	for (size_t r = 0; r < s->nrows; r++) {
		double v = s->values[SPAN_AVERAGE][field][r];
		double most = s->values[SPAN_MAX][field][r];
		if (m != NULL)
			t->part[r] = mode_part(m, s, field, r);
		else if (isnan(v))
			t->part[r] = NAN;
		else /* of a fan that stood for a part of the row, by its average */
			t->part[r] = s->values[SPAN_MIN][field][r] > 0 ? 1
				     : most > 0			       ? v / most
								       : 0;
	}
}

/* How a row was: it rested, ran, or did both. */
enum how {
	HOW_UNKNOWN,
	HOW_RESTED,
	HOW_RAN,
	HOW_BOTH
};

/* Run time, starts and stops of the track. In a row of both there is at least one of them: a start
 * after rest, a stop after a run; and another one if the next row is again as it was before. A row
 * that is not known is passed over. */
static void
tell_track(struct cooling_unit *u, const struct cooling_track *t)
{
	enum how was = HOW_UNKNOWN, before_both = HOW_UNKNOWN;

	u->step_s = t->step_s;
	u->run_s = u->known_s = 0;
	for (size_t r = 0; r < t->n; r++) {
		if (isnan(t->part[r]))
			continue;
		enum how now = t->part[r] <= 0 ? HOW_RESTED : t->part[r] >= 1 ? HOW_RAN : HOW_BOTH;
		u->known_s += (double)t->step_s;
		u->run_s += t->part[r] * (double)t->step_s;
		if (now == HOW_BOTH && was != HOW_BOTH)
			before_both = was;
		u->starts += (was == HOW_RESTED && now != HOW_RESTED) ||
			     (was == HOW_BOTH && now == HOW_RAN && before_both == HOW_RAN);
		u->stops += (was == HOW_RAN && now != HOW_RAN) ||
			    (was == HOW_BOTH && now == HOW_RESTED && before_both == HOW_RESTED);
		was = now;
	}
}

/* Whether a field of states is the unit's mode: by measure, else by its name. */
static bool
is_mode(const struct reading_unit *ru, const struct series *se, unsigned field)
{
	return measure_holds(ru->conf, "cools", se, field) || cooling_named(se, field, "mode") ||
	       cooling_named(se, field, "operating mode");
}

/* A field of states. */
static void
read_state(struct reading_unit *ru, const struct series *se, const struct span *s, unsigned field)
{
	struct mode m;

	if (!is_mode(ru, se, field) || ru->u->by == COOLING_BY_MODE)
		return;
	mode_words(&m, se, field, any_text, resting);
	if (!m.any)
		return;
	keep_track(ru, s, field, &m);
	ru->u->by = COOLING_BY_MODE;
}

/* Mean and maximum of a level, times a factor. */
static void
take_level(struct cooling_level *l, const struct span *s, unsigned field, double factor)
{
	struct stats st;

	stat_of(&st, s, field);
	if (!(st.known_s > 0) || l->known_s > 0)
		return;
	*l = (struct cooling_level){ st.mean * factor, st.max * factor, st.known_s };
}

/* One of several fans or compressors: the mean of their means, the maximum of all. */
static void
take_part(struct cooling_level *l, double *sum, size_t *n, const struct span *s, unsigned field)
{
	struct stats st;

	stat_of(&st, s, field);
	if (!(st.known_s > 0))
		return;
	*sum += st.mean;
	l->mean = *sum / (double)++*n;
	l->max = fmax(l->max, st.max);
	l->known_s = fmax(l->known_s, st.known_s);
}

/* Its own counter of run hours. */
static void
read_counter(struct cooling_unit *u, const struct span *s, unsigned field)
{
	u->counter_h = stat_growth(s, field);
	for (size_t r = 0; r < s->nrows; r++)
		if (!isnan(s->values[SPAN_AVERAGE][field][r]))
			u->counter_last_h = s->values[SPAN_MAX][field][r];
}

/* Pressure over the filter: and how it is at the end. */
static void
read_filter(struct cooling_unit *u, const struct span *s, unsigned field)
{
	take_level(&u->filter, s, field, 1);
	for (size_t r = 0; r < s->nrows; r++)
		if (!isnan(s->values[SPAN_AVERAGE][field][r]))
			u->filter_last = s->values[SPAN_AVERAGE][field][r];
}

/* Heat, in W or kW. */
static bool
read_heat(struct cooling_unit *u, const struct series *se, const struct span *s, unsigned field)
{
	const char *unit = se->fields[field].unit;
	double factor = strcmp(unit, "W") == 0 ? 1 : strcmp(unit, "kW") == 0 ? 1000 : 0;

	if (factor == 0 || !cooling_named(se, field, "cool* output*"))
		return false;
	take_level(&u->output, s, field, factor);
	return true;
}

/* A fan's speed; by it the unit is known to run where it tells no mode. */
static void
read_fan(struct reading_unit *ru, const struct series *se, const struct span *s, unsigned field)
{
	const char *unit = se->fields[field].unit;

	if (ru->u->fan_unit != NULL && strcmp(ru->u->fan_unit, unit) != 0)
		return;
	ru->u->fan_unit = unit;
	take_part(&ru->u->fan, &ru->fan_sum, &ru->nfans, s, field);
	if (ru->u->by != COOLING_BY_NOTHING)
		return;
	keep_track(ru, s, field, NULL);
	ru->u->by = COOLING_BY_FAN;
}

/* A level by what it is called. */
static void
read_gauge(struct reading_unit *ru, const struct series *se, const struct span *s, unsigned field)
{
	struct cooling_unit *u = ru->u;
	const char *unit = se->fields[field].unit;
	bool turns = strcmp(unit, "%") == 0 || strcmp(unit, "rpm") == 0 || strcmp(unit, "Hz") == 0;

	if (measure_holds(ru->conf, "supply", se, field)) {
		take_level(&u->supply, s, field, 1);
	} else if (measure_holds(ru->conf, "return", se, field)) {
		take_level(&u->ret, s, field, 1);
	} else if (cooling_named(se, field, "*set*point*")) {
		cooling_read_setpoint(ru->v, se, s, field);
	} else if (read_heat(u, se, s, field)) {
		return;
	} else if (turns && cooling_named(se, field, "*compressor*")) {
		if (u->compressor_unit != NULL && strcmp(u->compressor_unit, unit) != 0)
			return;
		u->compressor_unit = unit;
		take_part(&u->compressor, &ru->compressor_sum, &ru->ncompressors, s, field);
	} else if (turns &&
		   (measure_holds(ru->conf, "cools", se, field) || strcmp(se->source, "fan") == 0 ||
		       cooling_named(se, field, "*fan* speed*"))) {
		read_fan(ru, se, s, field);
	} else if (strcmp(unit, "Pa") == 0 && cooling_named(se, field, "*filter*")) {
		read_filter(u, s, field);
	} else if (strcmp(unit, "h") == 0 && cooling_named(se, field, "*unit run*hours*")) {
		read_counter(u, s, field);
	}
}

void
cooling_read_unit(
    struct cooling *v, struct cooling_unit *u, struct cooling_track *t, const struct figures_ask *a)
{
	struct reading_unit ru = { .v = v, .u = u, .t = t, .conf = a->plant->conf };

	for (size_t i = 0; i < u->node->nseries; i++) {
		const struct series *se = u->node->series[i];
		struct span *s;
		if (span_read(&s, se, v->from_s, v->to_s, COOLING_STEP_S, NULL) == -1)
			continue;
		for (unsigned f = 0; f < se->nfields; f++)
			if (se->fields[f].kind == FIELD_STATE)
				read_state(&ru, se, s, f);
			else
				read_gauge(&ru, se, s, f);
		span_free(s);
	}
	tell_track(u, t);
}

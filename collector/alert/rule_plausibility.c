/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plausibility: whether a value can be believed. One that cannot is judged by no other rule while
 * this one holds, and reported: it neither alarms nor hides.
 *
 * A fire must never pass for a broken sensor, so doubt needs evidence:
 * - outside of what can be: what the sensor says when its wire is broken;
 * - a jump: back soon, or to where it stays for SETTLED readings without wandering about, which is
 *   then believed. A gap in the readings or neighbours that moved along excuse it;
 * - flat: not the least change while the middle of the neighbours moved;
 * - off from the neighbours: only if it came there by a jump, or by a drift that took longer than a
 *   day. What leaves its neighbours step by step within hours is a hot spot, and what was off from
 *   the first reading on may be one. A sensor that, after a jump, goes on the same way is believed
 *   again: broken ones stand or leap. */

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/alert/rule.h"
#include "zw/units.h"

#define SETTLED 4   /* readings at the new level, or on the same way */
#define GAP_STEPS 3 /* after a longer gap no jump is judged */
#define DRIFT_MS 86400000
#define NEIGHBOURS 3
#define FEW_NEIGHBOURS 2 /* enough to see that the air moved */

struct plausibility {
	double least;
	double most;
	double jump;
	int64_t flat;
	double moved;
	double off;
};

struct plausibility_state {
	int64_t at_ms;	   /* of the last reading; 0: none */
	int64_t step_ms;   /* the shortest time between readings */
	int64_t change_ms; /* since when the value is what it is */
	int64_t near_ms;   /* when it was last near its neighbours; 0: never */
	double value;
	double base;   /* the last value before the jump that is not yet settled */
	double start;  /* the neighbours' middle when the value changed last; NAN: not known */
	double lowest; /* the middle's range since then */
	double highest;
	double median;	 /* at the last reading */
	int32_t way;	 /* readings in a row that went up (> 0) or down (< 0) */
	uint8_t away;	 /* readings since the jump; 0: none is open */
	uint8_t far;	 /* it is off from its neighbours */
	uint8_t doubted; /* and came there by a jump or a drift */
	int8_t course;	 /* 1, -1: it was believed because it went on that way, and still does */
};

#define KEY(type_, name_, def_, min_, max_, unit_, help_)                                          \
	{                                                                                          \
		.name = #name_, .type = CONF_##type_,                                              \
		.offset = offsetof(struct plausibility, name_), .def = def_, .min = min_,          \
		.max = max_, .unit = unit_, .help = help_                                          \
	}
static const struct conf_key plausibility_keys[] = {
	KEY(number, least, NULL, 0, 0, "number", "Less than this cannot be."),
	KEY(number, most, NULL, 0, 0, "number", "More than this cannot be."),
	KEY(number, jump, NULL, 0, 0, "number",
	    "It cannot change by more than this from one reading to the next; where it stays for 4 "
	    "readings it is believed."),
	KEY(duration, flat, NULL, 60000, 2592000000, "duration",
	    "It cannot be exactly the same for so long while the middle of its neighbours moved by "
	    "`moved`."),
	KEY(number, moved, NULL, 0, 0, "number", "For flat, in the field's unit."),
	KEY(number, off, NULL, 0, 0, "number",
	    "It cannot be so far from the middle of 3 or more neighbours, if it came there by a "
	    "jump or within more than a day."),
};
#undef KEY

static const struct conf_table plausibility_table = {
	.name = "plausibility",
	.size = sizeof(struct plausibility),
	.keys = plausibility_keys,
	.nkeys = sizeof plausibility_keys / sizeof plausibility_keys[0],
};

/* The greatest change in one step that can be; INFINITY where nothing says it. */
static double
step_limit(const struct plausibility *p)
{
	if (!isnan(p->jump))
		return p->jump;
	return isnan(p->off) ? INFINITY : p->off / 2;
}

/* Whether the way from the last reading is a jump: neither after a gap nor along with the
 * neighbours. */
static bool
is_jump(
    const struct plausibility *p, const struct plausibility_state *s, const struct rule_input *in)
{
	double step = in->value - s->value;
	bool known = in->nneighbours > 0 && !isnan(in->median) && !isnan(s->median);

	if (s->at_ms == 0 || (s->step_ms > 0 && in->at_ms - s->at_ms > GAP_STEPS * s->step_ms))
		return false;
	if (known && fabs(step - (in->median - s->median)) <= step_limit(p))
		return false;
	return fabs(step) > step_limit(p);
}

/* Follow a jump: back at the base it is over; so it is when it stays away for long enough, each
 * reading within a step of the last, or goes on the same way. */
static void
note_jump(const struct plausibility *p, struct plausibility_state *s, const struct rule_input *in)
{
	bool leaps = is_jump(p, s, in);

	if (s->course * (in->value - s->value) < 0)
		s->course = 0;
	if (s->away == 0) {
		if (leaps && s->course == 0) {
			s->away = 1;
			s->base = s->value;
		}
		return;
	}
	if (fabs(in->value - s->base) <= step_limit(p)) {
		s->away = 0;
		return;
	}
	bool on = (in->value - s->value) * (s->value - s->base) > 0; /* further from the base */
	s->away = leaps && !on ? 1 : (uint8_t)(s->away + 1);
	if (s->away < SETTLED)
		return;
	s->away = 0;
	s->course = !on ? 0 : in->value > s->base ? 1 : -1;
}

/* Keep in mind since when the value is the same, and how far the neighbours moved meanwhile. */
static void
note_flat(struct plausibility_state *s, const struct rule_input *in)
{
	bool known = in->nneighbours >= FEW_NEIGHBOURS && !isnan(in->median);

	if (s->at_ms == 0 || in->value != s->value || isnan(s->start)) {
		if (s->at_ms == 0 || in->value != s->value)
			s->change_ms = in->at_ms;
		s->start = s->lowest = s->highest = known ? in->median : NAN;
		return;
	}
	if (!known)
		return;
	s->lowest = fmin(s->lowest, in->median);
	s->highest = fmax(s->highest, in->median);
}

/* Follow how it stands to its neighbours, and how it came there. */
static void
note_far(const struct plausibility *p, struct plausibility_state *s, const struct rule_input *in)
{
	if (isnan(p->off) || in->nneighbours < NEIGHBOURS || isnan(in->median))
		return;
	double off = fabs(in->value - in->median);
	bool steady = s->way >= SETTLED || s->way <= -SETTLED;
	if (off <= p->off / 2)
		s->near_ms = in->at_ms;
	if (s->far && off <= 0.8 * p->off) {
		s->far = s->doubted = 0;
	} else if (s->far) {
		/* It goes on, away from the neighbours: what is broken does not. */
		bool up = in->value > in->median;
		if (steady && (s->way > 0) == up && s->near_ms > in->at_ms - DRIFT_MS)
			s->doubted = 0;
	} else if (off > p->off) {
		bool drift = s->near_ms != 0 && in->at_ms - s->near_ms > DRIFT_MS;
		s->far = 1;
		s->doubted = drift || s->away > 0 || is_jump(p, s, in);
	}
}

/* Take note of a reading. */
static void
plausibility_note(const void *conf, void *state, const struct rule_input *in)
{
	const struct plausibility *p = conf;
	struct plausibility_state *s = state;

	if (!in->known || isnan(in->value) || (s->at_ms != 0 && in->at_ms <= s->at_ms))
		return;
	bool first = s->at_ms == 0;
	double step = first ? 0 : in->value - s->value;
	if (step != 0)
		s->way = step > 0 ? (s->way > 0 ? s->way + 1 : 1) : s->way < 0 ? s->way - 1 : -1;
	if (s->way > 1000 || s->way < -1000)
		s->way = s->way > 0 ? 1000 : -1000;
	note_far(p, s, in);
	note_jump(p, s, in);
	note_flat(s, in);
	if (!first && (s->step_ms == 0 || in->at_ms - s->at_ms < s->step_ms))
		s->step_ms = in->at_ms - s->at_ms;
	s->at_ms = in->at_ms;
	s->value = in->value;
	s->median = in->nneighbours > 0 ? in->median : NAN;
}

/* Say that it cannot be. */
static enum verdict
say(struct rule_reason *why, enum reason_code code, double a, double b, const char *text)
{
	snprintf(why->text, sizeof why->text, "%s", text);
	why->why = (struct reason){ .code = code, .v = { a, b } };
	return VERDICT_BAD;
}

/* Whether it is flat while it should not be. */
static enum verdict
judge_flat(const struct plausibility *p, const struct plausibility_state *s, const char *unit,
    struct rule_reason *why)
{
	char text[128], time[UNITS_MAX], by[UNITS_MAX];

	if (p->flat <= 0 || isnan(p->moved) || isnan(s->start))
		return VERDICT_OK;
	double moved = fmax(s->highest - s->start, s->start - s->lowest);
	int64_t ms = s->at_ms - s->change_ms;
	if (ms < p->flat || moved < p->moved)
		return VERDICT_OK;
	units_duration(time, sizeof time, ms);
	units_format(by, sizeof by, moved, unit);
	snprintf(text, sizeof text, "flat for %.32s while its neighbours moved by %.32s", time, by);
	return say(why, REASON_FLAT, (double)ms / 1000, moved, text);
}

/* Judge by what was taken note of. */
static enum verdict
plausibility_judge(
    const void *conf, const void *state, const struct rule_input *in, struct rule_reason *why)
{
	const struct plausibility *p = conf;
	const struct plausibility_state *s = state;
	const char *unit = in->unit != NULL ? in->unit : "";
	char text[128], one[UNITS_MAX];

	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	if (!in->known || isnan(in->value))
		return VERDICT_UNKNOWN;
	double outside = in->value > p->most ? p->most : in->value < p->least ? p->least : NAN;
	if (!isnan(outside)) {
		units_format(one, sizeof one, outside, unit);
		snprintf(text, sizeof text, "%s what can be (%s)",
		    in->value > p->most ? "above" : "below", one);
		why->limit = outside;
		return say(why, REASON_UNPHYSICAL, outside, 0, text);
	}
	if (s->away > 0 && !isnan(p->jump)) {
		units_format(one, sizeof one, fabs(in->value - s->base), unit);
		snprintf(text, sizeof text, "jumped by %s", one);
		return say(why, REASON_JUMPS, fabs(in->value - s->base), 0, text);
	}
	if (s->far && s->doubted && in->nneighbours >= NEIGHBOURS) {
		units_format(one, sizeof one, in->median, unit);
		snprintf(text, sizeof text, "contradicts its neighbours (their middle: %s)", one);
		return say(why, REASON_CONTRADICTS, in->median, p->off, text);
	}
	return judge_flat(p, s, unit, why);
}

/* Look across the keys. */
static void
plausibility_check(const void *conf, const void *rule, struct conf_errors *ce)
{
	const struct plausibility *p = conf;

	if (isnan(p->least) && isnan(p->most) && isnan(p->jump) && isnan(p->off) && p->flat <= 0)
		conf_complain(ce, rule, NULL,
		    "a plausibility needs \"least\", \"most\", \"jump\", \"flat\" or \"off\"");
	if (p->least >= p->most)
		conf_complain(ce, p, "least", "%g is not under \"most\" (%g): nothing could be",
		    p->least, p->most);
	if (p->jump <= 0)
		conf_complain(ce, p, "jump", "%g: must be greater than 0", p->jump);
	if (p->off <= 0)
		conf_complain(ce, p, "off", "%g: must be greater than 0", p->off);
	if (p->flat > 0 && isnan(p->moved) && !conf_is_given(ce, p, "moved"))
		conf_complain(ce, p, "flat", "needs \"moved\"");
	if (p->moved <= 0)
		conf_complain(ce, p, "moved", "%g: must be greater than 0", p->moved);
}

const struct rule_kind rule_kind_plausibility = {
	.name = "plausibility",
	.help = "A value of a field that cannot be believed: other rules leave it out.",
	.table = &plausibility_table,
	.needs_field = true,
	.neighbours = true,
	.quarantines = true,
	.state_size = sizeof(struct plausibility_state),
	.state_version = 1,
	.note = plausibility_note,
	.judge = plausibility_judge,
	.check = plausibility_check,
};

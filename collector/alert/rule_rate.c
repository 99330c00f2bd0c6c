/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rate: a value that changes too fast: so much per minute along a straight line through the window,
 * or by so much within another.
 *
 * No single reading decides: the line must be as steep without any one of its points, and the
 * difference is taken of what is left when points that stick out alone are smoothed away. And one
 * step of a coarse sensor (whole degrees) is no course: the line needs three different values. */

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "collector/alert/rule.h"
#include "collector/alert/track.h"
#include "zw/units.h"

#define MIN_MS 60000.0
#define COVERED 0.6

struct rate {
	double above;
	double below;
	int64_t over;
	double by;
	int64_t within;
	double clear;
};

struct rate_state {
	struct track line;
	struct track span; /* for `by` */
};

#define KEY(type_, name_, def_, min_, max_, unit_, help_)                                          \
	{                                                                                          \
		.name = #name_, .type = CONF_##type_, .offset = offsetof(struct rate, name_),      \
		.def = def_, .min = min_, .max = max_, .unit = unit_, .help = help_                \
	}
static const struct conf_key rate_keys[] = {
	KEY(number, above, NULL, 0, 0, "number",
	    "Bad when the value rises by this or more in a minute, in the field's unit."),
	KEY(number, below, NULL, 0, 0, "number",
	    "Bad when it falls by so much: a number below 0, -2 for 2 in a minute."),
	KEY(duration, over, "60s", 10000, 86400000, "duration",
	    "The window that the line goes through; of rare readings always the last 4. It must be "
	    "known for 60 %."),
	KEY(number, by, NULL, 0, 0, "number",
	    "Bad, too, when it has risen by this or more within the time `within`; below 0: "
	    "fallen."),
	KEY(duration, within, "15min", 10000, 86400000, "duration", "For `by`."),
	KEY(number, clear, NULL, 0, 0, "number",
	    "Good again when the change per minute is less than this; default: half the limit. "
	    "`by` is good again at half of it."),
};
#undef KEY

static const struct conf_table rate_table = {
	.name = "rate",
	.size = sizeof(struct rate),
	.keys = rate_keys,
	.nkeys = sizeof rate_keys / sizeof rate_keys[0],
};

/* Remember a reading. */
static void
rate_note(const void *conf, void *state, const struct rule_input *in)
{
	const struct rate *r = conf;
	struct rate_state *s = state;

	if (!in->known || isnan(in->value))
		return;
	track_note(&s->line, r->over, in->at_ms, in->value);
	if (!isnan(r->by))
		track_note(&s->span, r->within, in->at_ms, in->value);
}

/* Say how fast it is; change is per minute. */
static enum verdict
say(struct rule_reason *why, const struct rule_input *in, double change, double beyond, double ms)
{
	char rate[UNITS_MAX], time[UNITS_MAX];
	bool up = change > 0;

	units_format(rate, sizeof rate, fabs(change), in->unit != NULL ? in->unit : "");
	units_duration(time, sizeof time, (int64_t)ms);
	snprintf(why->text, sizeof why->text, "%s by %s/min over %s", up ? "rising" : "falling",
	    rate, time);
	why->why.code = up ? REASON_RISING : REASON_FALLING;
	why->why.v[0] = fabs(change);
	why->why.v[1] = ms / 1000;
	why->beyond = beyond;
	return VERDICT_BAD;
}

/* The limit that counts now: what holds already, holds on until it is back at clear. */
static double
limit_of(const struct rate *r, double limit, bool was_bad)
{
	if (!was_bad || isnan(limit))
		return limit;
	return isnan(r->clear) ? limit / 2 : copysign(fabs(r->clear), limit);
}

/* Judge the line. */
static enum verdict
judge_line(const struct rate *r, const struct rate_state *s, const struct rule_input *in,
    struct rule_reason *why)
{
	struct track_line l;
	size_t n = track_count(&s->line, r->over);

	if (isnan(r->above) && isnan(r->below))
		return VERDICT_OK;
	if (n < TRACK_LEAST || track_covered(&s->line, r->over) < COVERED ||
	    !track_fit(&s->line, n, 0, &l))
		return VERDICT_UNKNOWN;
	double ms = (double)(track_at(&s->line, n, n - 1)->at_ms - track_at(&s->line, n, 0)->at_ms);
	double above = limit_of(r, r->above, in->was_bad), least = l.least * MIN_MS;
	double below = limit_of(r, r->below, in->was_bad), most = l.most * MIN_MS;
	double change = l.slope * MIN_MS, tiny = 1e-9;
	if (!in->was_bad && l.levels < 3)
		return VERDICT_OK;
	if (!isnan(above) && (in->was_bad ? change : least) >= above - tiny)
		return say(why, in, change, change - r->above, ms);
	if (!isnan(below) && (in->was_bad ? change : most) <= below + tiny)
		return say(why, in, change, r->below - change, ms);
	return VERDICT_OK;
}

/* Judge the difference. */
static enum verdict
judge_span(const struct rate *r, const struct rate_state *s, const struct rule_input *in,
    struct rule_reason *why)
{
	size_t n = track_count(&s->span, r->within);

	if (isnan(r->by))
		return VERDICT_OK;
	if (n < TRACK_LEAST)
		return VERDICT_UNKNOWN;
	double ms = (double)(track_at(&s->span, n, n - 1)->at_ms - track_at(&s->span, n, 0)->at_ms);
	double moved = copysign(track_rise(&s->span, n, r->by > 0), r->by);
	double limit = in->was_bad ? fabs(r->by) / 2 : fabs(r->by);
	if (fabs(moved) < limit - 1e-9 || ms <= 0)
		return VERDICT_OK;
	return say(why, in, moved * MIN_MS / ms, fabs(moved) - fabs(r->by), ms);
}

/* Judge the course so far. */
static enum verdict
rate_judge(
    const void *conf, const void *state, const struct rule_input *in, struct rule_reason *why)
{
	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	if (!in->known || isnan(in->value))
		return VERDICT_UNKNOWN;
	enum verdict line = judge_line(conf, state, in, why);
	if (line == VERDICT_BAD)
		return line;
	enum verdict span = judge_span(conf, state, in, why);
	if (span == VERDICT_BAD)
		return span;
	return line == VERDICT_OK && span == VERDICT_OK ? VERDICT_OK : VERDICT_UNKNOWN;
}

/* Look across the keys. */
static void
rate_check(const void *conf, const void *rule, struct conf_errors *ce)
{
	const struct rate *r = conf;
	bool given = conf_is_given(ce, r, "above") || conf_is_given(ce, r, "below") ||
		     conf_is_given(ce, r, "by");

	if (!given && isnan(r->above) && isnan(r->below) && isnan(r->by))
		conf_complain(ce, rule, NULL, "a rate needs \"above\", \"below\" or \"by\"");
	if (r->above <= 0)
		conf_complain(ce, r, "above", "%g: a rise is greater than 0", r->above);
	if (r->below >= 0)
		conf_complain(ce, r, "below", "%g: a fall is less than 0", r->below);
	if (r->by == 0)
		conf_complain(ce, r, "by", "0 is no difference");
	double least = fmin(
	    isnan(r->above) ? INFINITY : r->above, isnan(r->below) ? INFINITY : fabs(r->below));
	if (fabs(r->clear) > least)
		conf_complain(
		    ce, r, "clear", "%g is beyond the limit: it would never hold", r->clear);
}

const struct rule_kind rule_kind_rate = {
	.name = "rate",
	.help = "A value of a field that changes too fast.",
	.table = &rate_table,
	.needs_field = true,
	.state_size = sizeof(struct rate_state),
	.state_version = 1,
	.note = rate_note,
	.judge = rate_judge,
	.check = rate_check,
};

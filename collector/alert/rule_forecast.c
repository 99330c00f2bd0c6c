/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forecast: a value that is on its way to a limit and will be there before long.
 *
 * The way is a straight line through the window. It is believed only if it is steeper than what the
 * readings' scatter could make (their likeness to their neighbours taken into account), if both
 * halves of the window go the same way (a step that is over is none), and if also the late end of
 * the band is near. Of a course that slows down the newer half counts. */

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "collector/alert/rule.h"
#include "collector/alert/track.h"
#include "zw/units.h"

#define COVERED 0.6
#define SIGMAS 2.0	/* of the band */
#define BELIEVED 4.0	/* the slope in its errors */
#define LATE 2.0	/* the band's late end, in `within` */
#define HELD 1.5	/* once bad, good again beyond so many `within` */
#define FAR 20.0	/* the late end is told up to so many `within` */
#define HALF_LEAST 0.25 /* of the whole's slope must each half have */

struct forecast {
	double limit;
	int64_t within;
	int64_t over;
	bool falling;
};

struct forecast_state {
	struct track track;
};

#define KEY(type_, name_, def_, min_, max_, flags_, unit_, help_)                                  \
	{                                                                                          \
		.name = #name_, .type = CONF_##type_, .offset = offsetof(struct forecast, name_),  \
		.def = def_, .min = min_, .max = max_, .flags = flags_, .unit = unit_,             \
		.help = help_                                                                      \
	}
static const struct conf_key forecast_keys[] = {
	KEY(number, limit, NULL, 0, 0, CONF_REQUIRED, "number",
	    "The limit that it is on its way to, in the field's unit."),
	KEY(duration, within, NULL, 10000, 31536000000, CONF_REQUIRED, "duration",
	    "Bad when it will be there within this time, and at the latest within twice that."),
	KEY(duration, over, NULL, 30000, 2592000000, CONF_REQUIRED, "duration",
	    "The window by which it is judged; it must be known for 60 %."),
	KEY(flag, falling, "false", 0, 0, 0, "flag",
	    "It is the way down to the limit that is bad, not that up to it."),
};
#undef KEY

static const struct conf_table forecast_table = {
	.name = "forecast",
	.size = sizeof(struct forecast),
	.keys = forecast_keys,
	.nkeys = sizeof forecast_keys / sizeof forecast_keys[0],
};

/* Remember a reading. */
static void
forecast_note(const void *conf, void *state, const struct rule_input *in)
{
	const struct forecast *f = conf;
	struct forecast_state *s = state;

	if (in->known && !isnan(in->value))
		track_note(&s->track, f->over, in->at_ms, in->value);
}

/* When it will be there, in ms from the newest reading; late INFINITY: perhaps never. */
struct arrival {
	double early, likely, late;
};

/* The window's line, turned so that the way to the limit is up. */
struct course {
	double slope, error;
	double slower, faster; /* the whole's slope and the newer half's, in their order */
	double left;	       /* to the limit */
};

/* Whether the window's readings are a way to somewhere, and which. */
static bool
find_course(const struct forecast *f, const struct track *t, size_t n, struct course *c)
{
	struct track_line whole, old, new;
	double sign = f->falling ? -1 : 1;

	if (n < 2 * TRACK_LEAST || !track_fit(t, n, 0, &whole) || !track_fit(t, n, n / 2, &old) ||
	    !track_fit(t, n / 2, 0, &new))
		return false;
	double least = sign * (f->falling ? whole.most : whole.least);
	*c = (struct course){ .slope = sign * whole.slope,
		.error = whole.error,
		.slower = fmin(sign * new.slope, sign * whole.slope),
		.faster = fmax(sign * new.slope, sign * whole.slope),
		.left = sign * (f->limit - whole.value) };
	return whole.levels == 3 && least > 0 && c->slope > BELIEVED * c->error &&
	       sign * old.slope > HALF_LEAST * c->slope && c->slower > HALF_LEAST * c->slope;
}

/* The time to the limit with its band. Of a course that slows down the newer half tells it, of one
 * that speeds up the band's early end. */
static struct arrival
arrive(const struct course *c)
{
	double slow = c->slower - SIGMAS * c->error;

	if (c->left <= 0)
		return (struct arrival){ 0 };
	return (struct arrival){ .early = c->left / (c->faster + SIGMAS * c->error),
		.likely = c->left / c->slower,
		.late = slow > 0 ? c->left / slow : INFINITY };
}

/* A length of time as "1.4 min", "3.2 h": people compare it with others. */
static void
print_time(char *dst, size_t size, double ms)
{
	double s = ms / 1000;
	const char *unit = s < 90 ? "s" : s < 5400 ? "min" : s < 172800 ? "h" : "d";
	double v = s < 90 ? s : s < 5400 ? s / 60 : s < 172800 ? s / 3600 : s / 86400;

	snprintf(dst, size, v < 10 && s >= 90 ? "%.1f %s" : "%.0f %s", v, unit);
}

/* Say when. */
static enum verdict
say(const struct forecast *f, const struct rule_input *in, const struct arrival *a,
    struct rule_reason *why)
{
	char limit[UNITS_MAX], likely[16], early[16], late[16];

	units_format(limit, sizeof limit, f->limit, in->unit != NULL ? in->unit : "");
	print_time(likely, sizeof likely, a->likely);
	print_time(early, sizeof early, a->early);
	print_time(late, sizeof late, a->late);
	snprintf(why->text, sizeof why->text, "reaches %s in about %s (%s to %s)", limit, likely,
	    early, late);
	why->limit = f->limit;
	why->beyond = ((double)f->within - a->likely) / 1000;
	why->why = (struct reason){ .code = REASON_REACHES,
		.v = { f->limit, a->likely / 1000, a->early / 1000, a->late / 1000 } };
	return VERDICT_BAD;
}

/* It is there: what was foretold holds on; what was not is a threshold's to tell. */
static enum verdict
there(const struct forecast *f, const struct rule_input *in, struct rule_reason *why)
{
	char limit[UNITS_MAX];

	if (!in->was_bad)
		return VERDICT_OK;
	units_format(limit, sizeof limit, f->limit, in->unit != NULL ? in->unit : "");
	snprintf(why->text, sizeof why->text, "has reached %s", limit);
	why->limit = f->limit;
	why->beyond = (double)f->within / 1000;
	why->why =
	    (struct reason){ .code = f->falling ? REASON_BELOW : REASON_ABOVE, .v = { f->limit } };
	return VERDICT_BAD;
}

/* Judge the course so far. */
static enum verdict
forecast_judge(
    const void *conf, const void *state, const struct rule_input *in, struct rule_reason *why)
{
	const struct forecast *f = conf;
	const struct forecast_state *s = state;
	struct course c;

	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	if (!in->known || isnan(in->value))
		return VERDICT_UNKNOWN;
	if (f->falling ? in->value <= f->limit : in->value >= f->limit)
		return there(f, in, why);
	size_t n = track_count(&s->track, f->over);
	if (n < 2 * TRACK_LEAST || track_covered(&s->track, f->over) < COVERED)
		return VERDICT_UNKNOWN;
	if (!find_course(f, &s->track, n, &c))
		return VERDICT_OK;
	struct arrival a = arrive(&c);
	double within = (double)f->within;
	a.late = fmin(a.late, FAR * within);
	bool near =
	    in->was_bad ? a.likely <= HELD * within : a.likely <= within && a.late <= LATE * within;
	return near ? say(f, in, &a, why) : VERDICT_OK;
}

/* Look across the keys: a minute's course tells nothing of the week. */
static void
forecast_check(const void *conf, const void *rule, struct conf_errors *ce)
{
	const struct forecast *f = conf;

	(void)rule;
	if (f->within > 0 && f->over > 0 && f->within > 30 * f->over)
		conf_complain(ce, f, "within",
		    "is more than 30 times \"over\": so short a window tells nothing of that time");
}

const struct rule_kind rule_kind_forecast = {
	.name = "forecast",
	.help = "A value of a field that will reach a limit before long.",
	.table = &forecast_table,
	.needs_field = true,
	.state_size = sizeof(struct forecast_state),
	.state_version = 1,
	.note = forecast_note,
	.judge = forecast_judge,
	.check = forecast_check,
};

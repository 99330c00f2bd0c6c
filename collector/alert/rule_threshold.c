/* SPDX-License-Identifier: GPL-3.0-or-later */
/* threshold: a value above or below its limit. Once bad it stays so until it is back at `clear`, or
 * by `deadband` on the good side of the limit that it passed, so that a value that plays about the
 * limit makes one alert. */

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "zw/units.h"

struct threshold {
	double above;
	double below;
	double clear;
	double deadband;
};

static const struct conf_key threshold_keys[] = {
	{ .name = "above",
	    .type = CONF_number,
	    .offset = offsetof(struct threshold, above),
	    .unit = "number",
	    .help = "Bad when the value is greater than this, in the field's unit." },
	{ .name = "below",
	    .type = CONF_number,
	    .offset = offsetof(struct threshold, below),
	    .unit = "number",
	    .help = "Bad when the value is less than this." },
	{ .name = "clear",
	    .type = CONF_number,
	    .offset = offsetof(struct threshold, clear),
	    .unit = "number",
	    .help = "Good again only when the value is back at this; default: at the limit." },
	{ .name = "deadband",
	    .type = CONF_number,
	    .offset = offsetof(struct threshold, deadband),
	    .min = 0,
	    .max = 1e15,
	    .unit = "number",
	    .help =
		"Instead of clear: good again only when the value is back by so much beyond the "
		"limit that it passed; for rules with both limits." },
};

static const struct conf_table threshold_table = {
	.name = "threshold",
	.size = sizeof(struct threshold),
	.keys = threshold_keys,
	.nkeys = sizeof threshold_keys / sizeof threshold_keys[0],
};

/* Where a value that passed this limit is good again; sign: which way that is. Where both are given
 * `clear` counts, if it lies on the good side. */
static double
good_at(const struct threshold *t, double limit, double sign)
{
	if (!isnan(t->clear) && (t->clear - limit) * sign >= 0)
		return t->clear;
	return isnan(t->deadband) ? limit : limit + sign * t->deadband;
}

/* Whether the value is past the upper limit, or past it was and not yet back. */
static bool
too_high(const struct threshold *t, const struct rule_input *in)
{
	if (isnan(t->above))
		return false;
	bool held = in->was_bad && in->was_limit == t->above;
	return in->value > (held ? good_at(t, t->above, -1) : t->above);
}

/* The same of the lower limit. */
static bool
too_low(const struct threshold *t, const struct rule_input *in)
{
	if (isnan(t->below))
		return false;
	bool held = in->was_bad && in->was_limit == t->below;
	return in->value < (held ? good_at(t, t->below, 1) : t->below);
}

/* Say which limit counts, in the field's unit. */
static enum verdict
bad(struct rule_reason *why, enum reason_code code, double limit, double beyond, const char *unit)
{
	const char *word = code == REASON_ABOVE ? "above" : "below";
	char text[UNITS_MAX];
	units_format(text, sizeof text, limit, unit != NULL ? unit : "");
	snprintf(why->text, sizeof why->text, "%s %s", word, text);
	why->limit = limit;
	why->beyond = beyond;
	why->why = (struct reason){ .code = code, .v = { limit } };
	return VERDICT_BAD;
}

/* Judge a value. */
static enum verdict
threshold_judge(
    const void *conf, const void *state, const struct rule_input *in, struct rule_reason *why)
{
	(void)state;
	const struct threshold *t = conf;
	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	if (!in->known || isnan(in->value))
		return VERDICT_UNKNOWN;
	if (too_high(t, in))
		return bad(why, REASON_ABOVE, t->above, in->value - t->above, in->unit);
	if (too_low(t, in))
		return bad(why, REASON_BELOW, t->below, t->below - in->value, in->unit);
	return VERDICT_OK;
}

/* Look across the limits: that there are some, and that they leave room for good values. */
static void
threshold_check(const void *conf, const void *rule, struct conf_errors *ce)
{
	const struct threshold *t = conf;
	if (isnan(t->above) && isnan(t->below) && !conf_is_given(ce, t, "above") &&
	    !conf_is_given(ce, t, "below"))
		conf_complain(ce, rule, NULL, "a threshold needs \"above\" or \"below\"");
	if (t->above <= t->below)
		conf_complain(ce, t, "below",
		    "%g is not under \"above\" (%g): every value would be bad", t->below, t->above);
	if (t->clear > t->above)
		conf_complain(ce, t, "clear", "%g is beyond \"above\" (%g): it would never hold",
		    t->clear, t->above);
	if (!isnan(t->clear) && !isnan(t->deadband))
		conf_complain(ce, t, "deadband", "\"clear\" says it already");
	if (t->deadband >= t->above - t->below)
		conf_complain(ce, t, "deadband",
		    "%g leaves no good value between \"below\" and \"above\"", t->deadband);
	if (t->clear < t->below)
		conf_complain(ce, t, "clear", "%g is beyond \"below\" (%g): it would never hold",
		    t->clear, t->below);
}

const struct rule_kind rule_kind_threshold = {
	.name = "threshold",
	.help = "A value of a field beyond a limit.",
	.table = &threshold_table,
	.needs_field = true,
	.judge = threshold_judge,
	.check = threshold_check,
};

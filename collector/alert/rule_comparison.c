/* SPDX-License-Identifier: GPL-3.0-or-later */
/* comparison: a value against another: supply air against its set point, return against supply.
 * What is judged is the difference, the value minus the other. A third value may say when it
 * matters: while the unit's fans turn. */

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "collector/alert/rule.h"
#include "zw/units.h"

struct comparison {
	char *other_source;
	char *other_instance;
	char *other_field;
	double above;
	double below;
	double deadband;
	double clear;
	char *while_field;
	double while_above;
};

#define KEY(type_, name_, def_, flags_, unit_, help_)                                              \
	{                                                                                          \
		.name = #name_, .type = CONF_##type_,                                              \
		.offset = offsetof(struct comparison, name_), .def = def_, .flags = flags_,        \
		.unit = unit_, .help = help_                                                       \
	}
static const struct conf_key comparison_keys[] = {
	KEY(text, other_source, NULL, 0, "source",
	    "The source of the other value, of the same node; default: the same series."),
	KEY(text, other_instance, NULL, 0, "instance", "Its instance; default: the same."),
	KEY(text, other_field, NULL, CONF_REQUIRED, "field", "Its field."),
	KEY(number, above, NULL, 0, "number",
	    "Bad when the value minus the other is greater than this."),
	KEY(number, below, NULL, 0, "number", "Bad when it is less than this."),
	KEY(number, deadband, "0", 0, "number",
	    "Good again only when the difference is back by so much on the good side of the "
	    "limit."),
	KEY(number, clear, NULL, 0, "number",
	    "Good again only when the difference is back at this, instead of by the deadband."),
	KEY(text, while_field, NULL, 0, "field",
	    "Judged only while this field of the same series is above while_above; what it cannot "
	    "tell does not hinder."),
	KEY(number, while_above, "0", 0, "number", "For while_field."),
};
#undef KEY

static const struct conf_table comparison_table = {
	.name = "comparison",
	.size = sizeof(struct comparison),
	.keys = comparison_keys,
	.nkeys = sizeof comparison_keys / sizeof comparison_keys[0],
};

/* Where the other value is. */
static struct rule_other
comparison_other(const void *conf)
{
	const struct comparison *c = conf;

	return (struct rule_other){
		.source = c->other_source, .instance = c->other_instance, .field = c->other_field
	};
}

/* Where the condition is: a field of the same series. */
static struct rule_other
comparison_gate(const void *conf)
{
	const struct comparison *c = conf;

	return (struct rule_other){ .field = c->while_field };
}

/* Whether the difference is beyond a limit, or was and is not yet back. side: 1 above, -1 below. */
static bool
is_beyond(
    const struct comparison *c, const struct rule_input *in, double diff, double limit, double side)
{
	if (isnan(limit))
		return false;
	bool held = in->was_bad && in->was_limit == limit;
	double back = isnan(c->clear) ? limit - side * c->deadband : c->clear;
	return side * diff > side * (held ? back : limit);
}

/* Say by how much. */
static enum verdict
say(struct rule_reason *why, const struct rule_input *in, double diff, double limit, double side)
{
	char by[UNITS_MAX], other[UNITS_MAX];
	const char *unit = in->unit != NULL ? in->unit : "";

	units_format(by, sizeof by, fabs(diff), unit);
	units_format(other, sizeof other, in->other, unit);
	snprintf(why->text, sizeof why->text, "%s %s %s", by, diff >= 0 ? "over" : "under", other);
	why->limit = limit;
	why->beyond = side * (diff - limit);
	why->why = (struct reason){ .code = diff >= 0 ? REASON_OVER_OTHER : REASON_UNDER_OTHER,
		.v = { fabs(diff), in->other } };
	return VERDICT_BAD;
}

/* Judge the difference. */
static enum verdict
comparison_judge(
    const void *conf, const void *state, const struct rule_input *in, struct rule_reason *why)
{
	const struct comparison *c = conf;

	(void)state;
	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	if (c->while_field != NULL && in->gate_known && !(in->gate > c->while_above))
		return VERDICT_OK;
	if (!in->known || isnan(in->value) || !in->other_known || isnan(in->other))
		return VERDICT_UNKNOWN;
	double diff = in->value - in->other;
	if (is_beyond(c, in, diff, c->above, 1))
		return say(why, in, diff, c->above, 1);
	if (is_beyond(c, in, diff, c->below, -1))
		return say(why, in, diff, c->below, -1);
	return VERDICT_OK;
}

/* Look across the keys. */
static void
comparison_check(const void *conf, const void *rule, struct conf_errors *ce)
{
	const struct comparison *c = conf;

	if (isnan(c->above) && isnan(c->below) && !conf_is_given(ce, c, "above") &&
	    !conf_is_given(ce, c, "below"))
		conf_complain(ce, rule, NULL, "a comparison needs \"above\" or \"below\"");
	if (c->above <= c->below)
		conf_complain(ce, c, "below",
		    "%g is not under \"above\" (%g): every value would be bad", c->below, c->above);
	if (c->deadband < 0)
		conf_complain(ce, c, "deadband", "%g: must not be less than 0", c->deadband);
	if (c->clear > c->above)
		conf_complain(ce, c, "clear", "%g is beyond \"above\" (%g): it would never hold",
		    c->clear, c->above);
	if (c->clear < c->below)
		conf_complain(ce, c, "clear", "%g is beyond \"below\" (%g): it would never hold",
		    c->clear, c->below);
	if (c->other_instance != NULL && c->other_source == NULL)
		conf_complain(ce, c, "other_instance", "means nothing without \"other_source\"");
	if (conf_is_given(ce, c, "while_above") && c->while_field == NULL)
		conf_complain(ce, c, "while_above", "means nothing without \"while_field\"");
}

const struct rule_kind rule_kind_comparison = {
	.name = "comparison",
	.help = "A value of a field against another one's.",
	.table = &comparison_table,
	.needs_field = true,
	.other = comparison_other,
	.gate = comparison_gate,
	.judge = comparison_judge,
	.check = comparison_check,
};

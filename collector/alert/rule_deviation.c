/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deviation: a value that is not as it is at this hour of the week. What is usual, the engine tells
 * from earlier weeks; here is only how far from it is too far. */

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "collector/alert/rule.h"
#include "zw/units.h"

#define HELD 0.7 /* once bad, good again within this part of the limit */

struct deviation {
	double sigmas;
	double least;
	int64_t weeks;
};

static const struct conf_key deviation_keys[] = {
	{ .name = "sigmas",
	    .type = CONF_number,
	    .offset = offsetof(struct deviation, sigmas),
	    .def = "4",
	    .min = 1,
	    .max = 100,
	    .unit = "number",
	    .help = "Bad when it is further from the usual than so many times its usual spread." },
	{ .name = "least",
	    .type = CONF_number,
	    .offset = offsetof(struct deviation, least),
	    .flags = CONF_REQUIRED,
	    .unit = "number",
	    .help = "And at least so far, in the field's unit: what is always the same has no "
		    "spread." },
	{ .name = "weeks",
	    .type = CONF_integer,
	    .offset = offsetof(struct deviation, weeks),
	    .def = "3",
	    .min = 1,
	    .max = 52,
	    .unit = "weeks",
	    .help = "Not judged before the same hour of so many weeks is known." },
};

static const struct conf_table deviation_table = {
	.name = "deviation",
	.size = sizeof(struct deviation),
	.keys = deviation_keys,
	.nkeys = sizeof deviation_keys / sizeof deviation_keys[0],
};

/* Judge a value. */
static enum verdict
deviation_judge(
    const void *conf, const void *state, const struct rule_input *in, struct rule_reason *why)
{
	const struct deviation *d = conf;
	char usual[UNITS_MAX];

	(void)state;
	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	if (!in->known || isnan(in->value) || isnan(in->usual) || isnan(in->spread) ||
	    in->weeks < (uint64_t)d->weeks)
		return VERDICT_UNKNOWN;
	double off = in->value - in->usual;
	double far = fmax(d->sigmas * in->spread, d->least);
	if (fabs(off) <= (in->was_bad ? HELD * far : far))
		return VERDICT_OK;
	units_format(usual, sizeof usual, in->usual, in->unit != NULL ? in->unit : "");
	snprintf(why->text, sizeof why->text, "%s than usual at this hour (%s)",
	    off > 0 ? "more" : "less", usual);
	why->limit = in->usual + copysign(far, off);
	why->beyond = fabs(off) - far;
	why->why = (struct reason){ .code = REASON_UNUSUAL, .v = { in->usual, in->spread } };
	return VERDICT_BAD;
}

/* Look across the keys. */
static void
deviation_check(const void *conf, const void *rule, struct conf_errors *ce)
{
	const struct deviation *d = conf;

	(void)rule;
	if (d->least <= 0)
		conf_complain(ce, d, "least", "%g: must be greater than 0", d->least);
}

const struct rule_kind rule_kind_deviation = {
	.name = "deviation",
	.help = "A value of a field that is not as it was at the same hour of earlier weeks.",
	.table = &deviation_table,
	.needs_field = true,
	.past = true,
	.judge = deviation_judge,
	.check = deviation_check,
};

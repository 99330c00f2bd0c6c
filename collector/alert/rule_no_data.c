/* SPDX-License-Identifier: GPL-3.0-or-later */
/* no-data: a node that fell silent, or, where the rule names a source, a series of a node that
 * goes on sending others. Silence is measured on the collector's steady clock by arrival, never by
 * the time stamps of what arrived. */

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"

struct no_data {
	int64_t after;
	int64_t after_reset;
};

/* The default of 24 s shows a dead host within 25 s: two samples of a 10 s interval are missing,
 * and the engine looks once a second. Of a slower subject as many steps must be missing. */
#define STEPS_MISSING 2.4

static const struct conf_key no_data_keys[] = {
	{ .name = "after",
	    .type = CONF_duration,
	    .offset = offsetof(struct no_data, after),
	    .def = "24s",
	    .min = 1000,
	    .max = 604800000,
	    .unit = "duration",
	    .help = "Bad when nothing arrived for this long, and at least 2.4 intervals of its "
		    "samples." },
	{ .name = "after_reset",
	    .type = CONF_duration,
	    .offset = offsetof(struct no_data, after_reset),
	    .def = "10s",
	    .min = 0,
	    .max = 604800000,
	    .unit = "duration",
	    .help = "Bad when the agent's session ended and it did not come back for this long." },
};

static const struct conf_table no_data_table = {
	.name = "no-data",
	.size = sizeof(struct no_data),
	.keys = no_data_keys,
	.nkeys = sizeof no_data_keys / sizeof no_data_keys[0],
};

/* What the silence is about, for people. */
static enum verdict
bad(struct rule_reason *why, enum reason_code code, const char *text)
{
	why->why = (struct reason){ .code = code };
	snprintf(why->text, sizeof why->text, "%s", text);
	return VERDICT_BAD;
}

/* Judge a silence. */
static enum verdict
no_data_judge(
    const void *conf, const void *state, const struct rule_input *in, struct rule_reason *why)
{
	(void)state;
	const struct no_data *nd = conf;
	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	double steps = STEPS_MISSING * (double)in->step_ms;
	double limit = (double)nd->after > steps ? (double)nd->after : steps;
	if (in->lost_ms >= 0 && in->lost_ms >= nd->after_reset)
		return bad(why, REASON_LOST, "its agent's session ended and did not come back");
	if ((double)in->silent_ms >= limit)
		return in->seen
			   ? bad(why, REASON_SILENT, "silent")
			   : bad(why, REASON_NEVER, "not heard of since the collector's start");
	/* Too early to say of one that may be dead as well as about to speak. */
	return in->heard ? VERDICT_OK : VERDICT_UNKNOWN;
}

/* Look across the keys of a rule of this kind. */
static void
no_data_check(const void *conf, const void *rule, struct conf_errors *ce)
{
	const struct conf_rule *r = rule;
	(void)conf;
	if (r->scope != NULL && strcmp(r->scope, "node") != 0 &&
	    (r->aggregate == NULL ||
		(strcmp(r->aggregate, "count") != 0 && strcmp(r->aggregate, "share") != 0)))
		conf_complain(ce, rule, "aggregate",
		    "no-data in the scope %s counts nodes: set aggregate = \"count\"", r->scope);
	if (r->field != NULL)
		conf_complain(ce, rule, "field", "no-data looks at no single field");
	if (r->source == NULL && r->instance != NULL && strcmp(r->instance, "*") != 0)
		conf_complain(ce, rule, "instance", "needs a \"source\"");
}

const struct rule_kind rule_kind_no_data = {
	.name = "no-data",
	.help = "A node from which nothing comes, or with a source: a series that its node leaves "
		"out.",
	.table = &no_data_table,
	.needs_field = false,
	.judge = no_data_judge,
	.check = no_data_check,
};

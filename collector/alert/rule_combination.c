/* SPDX-License-Identifier: GPL-3.0-or-later */
/* combination: several things at once, none of which is so bad by itself: power from the battery
 * and a cooling unit off. Judged each second by what the engine knows of a zone or of the site. */

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "zw/str.h"

#define WHEN "on-battery|cooling-off|no-cooling|inlets-rising"

struct combination {
	struct conf_texts when;
};

static const struct conf_key combination_keys[] = {
	{ .name = "when",
	    .type = CONF_texts,
	    .offset = offsetof(struct combination, when),
	    .flags = CONF_REQUIRED,
	    .min = 1,
	    .max = 4,
	    .unit = WHEN,
	    .help = "What must hold at once. on-battery: a UPS runs from its battery; "
		    "cooling-off: a cooling unit does not cool (off, failed or silent); "
		    "no-cooling: none of a zone does; inlets-rising: most inlets of the zone get "
		    "warmer, or, in the scope site, those of two zones at least. By the "
		    "measures inlet, cools and on-battery." },
};

static const struct conf_table combination_table = {
	.name = "combination",
	.size = sizeof(struct combination),
	.keys = combination_keys,
	.nkeys = sizeof combination_keys / sizeof combination_keys[0],
};

static const struct {
	const char *word;
	unsigned fact;
	const char *text;
} conditions[] = {
	{ "on-battery", AIR_ON_BATTERY, "power from the battery" },
	{ "cooling-off", AIR_COOLING_OFF, "a cooling unit does not cool" },
	{ "no-cooling", AIR_NO_COOLING, "no cooling unit cools" },
	{ "inlets-rising", AIR_RISING, "the inlets get warmer" },
};
#define CONDITIONS (sizeof conditions / sizeof *conditions)

/* The place of a word; CONDITIONS: none. */
static size_t
condition_of(const char *word)
{
	size_t i = 0;
	while (i < CONDITIONS && strcmp(conditions[i].word, word) != 0)
		i++;
	return i;
}

/* Judge: all must hold. The reason names them in the order of the configuration. */
static enum verdict
combination_judge(
    const void *conf, const void *state, const struct rule_input *in, struct rule_reason *why)
{
	const struct combination *c = conf;
	size_t used = 0;
	(void)state;
	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	for (size_t i = 0; i < c->when.n; i++) {
		size_t k = condition_of(c->when.v[i]);
		if (k == CONDITIONS || (in->facts & conditions[k].fact) == 0)
			return VERDICT_OK;
		if (str_format(why->text + used, sizeof why->text - used, "%s%s",
			i > 0 ? " and " : "", conditions[k].text) == 0)
			used = strlen(why->text);
	}
	return c->when.n > 0 ? VERDICT_BAD : VERDICT_OK;
}

/* Look across the keys: known words, and a scope that has any of it. */
static void
combination_check(const void *conf, const void *rule, struct conf_errors *ce)
{
	const struct combination *c = conf;
	const struct conf_rule *r = rule;
	for (size_t i = 0; i < c->when.n; i++)
		if (condition_of(c->when.v[i]) == CONDITIONS)
			conf_complain(ce, conf, "when", "\"%s\" is none of " WHEN, c->when.v[i]);
	if (r->scope == NULL || (strcmp(r->scope, "zone") != 0 && strcmp(r->scope, "site") != 0))
		conf_complain(ce, rule, "scope",
		    "combination is about a zone or the site: set scope = \"zone\" or \"site\"");
	if (r->source != NULL || r->field != NULL)
		conf_complain(ce, rule, r->source != NULL ? "source" : "field",
		    "has no meaning with combination, which looks at the measures");
}

const struct rule_kind rule_kind_combination = {
	.name = "combination",
	.help = "Several things that hold at once in a zone or at the site.",
	.table = &combination_table,
	.facts = true,
	.judge = combination_judge,
	.check = combination_check,
};

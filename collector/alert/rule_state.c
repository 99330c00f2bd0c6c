/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state: a field that stands for a state, judged by the severity that its definition tells. So one
 * rule covers all states of all devices; what a number means, the device's profile says. */

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "zw/str.h"

struct state {
	char *at;
	struct conf_texts words;
	struct conf_texts not_words;
};

static const struct conf_key state_keys[] = {
	{ .name = "at",
	    .type = CONF_text,
	    .offset = offsetof(struct state, at),
	    .def = "critical",
	    .unit = "warning|critical|any",
	    .help = "Bad when the state is just as bad as this: two rules, one for each, make one "
		    "alert of a state. any: either." },
	{ .name = "words",
	    .type = CONF_texts,
	    .offset = offsetof(struct state, words),
	    .max = 64,
	    .unit = "patterns",
	    .help = "Only states that are called so: \"on battery\"; of a trap its own words." },
	{ .name = "not_words",
	    .type = CONF_texts,
	    .offset = offsetof(struct state, not_words),
	    .max = 64,
	    .unit = "patterns",
	    .help = "But none that is called so: another rule's." },
};

static const struct conf_table state_table = {
	.name = "state",
	.size = sizeof(struct state),
	.keys = state_keys,
	.nkeys = sizeof state_keys / sizeof state_keys[0],
};

/* Whether a severity is the rule's. */
static bool
is_at(const struct state *st, enum metric_severity severity)
{
	const char *at = st->at != NULL ? st->at : "critical";

	if (strcmp(at, "any") == 0)
		return severity == METRIC_WARNING || severity == METRIC_CRITICAL;
	return severity == (strcmp(at, "warning") == 0 ? METRIC_WARNING : METRIC_CRITICAL);
}

/* Whether one of the patterns covers what a state is called. */
static bool
is_called(const struct conf_texts *patterns, const char *text)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (str_covers(patterns->v[i], text))
			return true;
	return false;
}

/* Whether a state is the rule's. That of a trap is called as its field is. */
static bool
is_meant(const struct state *st, const struct rule_input *in)
{
	const char *text = in->state->text;

	if (strcmp(text, METRIC_RAISED) == 0 && in->field != NULL)
		text = in->field;
	return is_at(st, in->state->severity) &&
	       (st->words.n == 0 || is_called(&st->words, text)) &&
	       !is_called(&st->not_words, text);
}

/* "output source: on battery"; of a state without a text its number; of a trap its own words. */
static void
say(struct rule_reason *why, const struct rule_input *in)
{
	char field[METRIC_MAX_LABEL + 1];
	snprintf(field, sizeof field, "%s", in->field != NULL ? in->field : "state");
	bool raised = strcmp(in->state->text, METRIC_RAISED) == 0; /* its label says all */
	bool sentence = raised && strchr(field, ' ') != NULL;	   /* not just the field's name */
	for (char *p = field; *p != '\0'; p++)
		if (*p == '_' && !sentence)
			*p = ' ';
	if (raised)
		(void)str_copy(why->text, sizeof why->text, field);
	else if (in->state->text[0] != '\0')
		snprintf(why->text, sizeof why->text, "%s: %s", field, in->state->text);
	else
		snprintf(why->text, sizeof why->text, "%s: %ld", field, (long)in->state->code);
	why->why = (struct reason){ .code = REASON_STATE, .v = { in->state->code } };
	char *words = why->why.words;
	if (str_copy(words, sizeof why->why.words, why->text) == -1)
		for (size_t n = strlen(words); n > 0 && !str_is_text(words, n); n--)
			words[n - 1] = '\0';
}

/* Judge a state. One that was not told is fine: only what is not is told always. */
static enum verdict
state_judge(
    const void *conf, const void *state, const struct rule_input *in, struct rule_reason *why)
{
	(void)state;
	*why = (struct rule_reason){ .limit = NAN, .beyond = NAN };
	if (!in->known || isnan(in->value))
		return VERDICT_UNKNOWN;
	if (in->state == NULL)
		return VERDICT_OK;
	if (in->state->severity == METRIC_UNKNOWN)
		return VERDICT_UNKNOWN;
	if (!is_meant(conf, in))
		return VERDICT_OK;
	why->beyond = in->state->severity == METRIC_CRITICAL ? 2 : 1;
	say(why, in);
	why->why.code = REASON_STATE;
	snprintf(why->why.words, sizeof why->why.words, "%.*s", (int)sizeof why->why.words - 1,
	    why->text);
	return VERDICT_BAD;
}

/* Whether it is about any state there is. */
static bool
state_is_general(const void *conf)
{
	const struct state *st = conf;

	return st->words.n == 0;
}

/* Look across the keys of a rule of this kind: states have no average. */
static void
state_check(const void *conf, const void *rule, struct conf_errors *ce)
{
	const struct conf_rule *r = rule;
	(void)conf;
	if (r->scope != NULL && strcmp(r->scope, "node") != 0 &&
	    (r->aggregate == NULL ||
		(strcmp(r->aggregate, "count") != 0 && strcmp(r->aggregate, "share") != 0)))
		conf_complain(ce, rule, "aggregate",
		    "state in the scope %s counts nodes: set aggregate = \"count\"", r->scope);
}

const struct rule_kind rule_kind_state = {
	.name = "state",
	.help = "A state of a device, by what its series tells of it.",
	.table = &state_table,
	.needs_field = true,
	.states = true,
	.is_general = state_is_general,
	.judge = state_judge,
	.check = state_check,
};

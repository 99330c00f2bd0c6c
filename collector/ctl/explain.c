/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What needs somebody's eye stands first: what fires, what is about to, what cannot be judged. */
#include "collector/ctl/explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/ctl/answer.h"
#include "collector/ctl/ctl.h"
#include "zw/str.h"
#include "zw/table.h"
#include "zw/term.h"
#include "zw/units.h"

/* In this order. */
static const char *const sights[] = { "firing", "clearing", "pending", "quarantined", "unreachable",
	"no-data", "ok", "off" };
#define SIGHTS (sizeof sights / sizeof *sights)

/* The colour of what a rule sees. */
static enum term_color
color_of(const json_t *o)
{
	const char *sees = answer_text(o, "sees");

	if (strcmp(sees, "firing") == 0 || strcmp(sees, "clearing") == 0)
		return term_of_state(answer_text(o, "severity"));
	if (strcmp(sees, "ok") == 0)
		return TERM_GREEN;
	if (strcmp(sees, "pending") == 0)
		return TERM_YELLOW;
	return TERM_GREY;
}

/* What the rule looks at. */
static void
subject_cell(struct table *t, const json_t *o)
{
	const char *node = answer_text(o, "node"), *series = answer_text(o, "series");
	const char *rack = answer_text(o, "rack");
	long long members = answer_int(o, "members");

	if (*node == '\0')
		table_cellf(t, "%s %s %s of %lld", *rack != '\0' ? "rack" : "zone",
		    *rack != '\0' ? rack : answer_text(o, "zone"), answer_text(o, "aggregate"),
		    members);
	else if (*series == '\0')
		table_cell(t, "the node");
	else
		table_cellf(t, "%s %s", series, answer_text(o, "field"));
}

/* The limits in force, as "above 27 clear 26 for 60s". */
static void
limits_cell(struct table *t, const json_t *o)
{
	static const char *const words[] = { "above", "below", "clear", "deadband", "limit", "at",
		"within", "over", "by", "after" };
	const json_t *limits = json_object_get(o, "limits");
	char text[256] = "", number[32];
	size_t n = 0;

	for (size_t i = 0; i < sizeof words / sizeof *words && n < sizeof text; i++) {
		const json_t *v = json_object_get(limits, words[i]);
		if (v == NULL)
			continue;
		if (json_is_string(v))
			(void)str_copy(number, sizeof number, json_string_value(v));
		else
			str_from_double(number, json_number_value(v));
		n += (size_t)snprintf(
		    text + n, sizeof text - n, "%s%s %s", n > 0 ? " " : "", words[i], number);
	}
	if (n < sizeof text && answer_int(o, "for_ms") > 0) {
		str_from_duration(number, sizeof number, answer_int(o, "for_ms"));
		(void)snprintf(text + n, sizeof text - n, "%sfor %s", n > 0 ? " " : "", number);
	}
	table_cell(t, text);
}

/* What it sees, and waits for. */
static void
note_cell(struct table *t, const json_t *o)
{
	const json_t *a = json_object_get(o, "alert");
	const char *muted = answer_text(a, "muted"), *sees = answer_text(o, "sees");
	const char *because = answer_text(o, "because");
	char wait[UNITS_MAX];

	units_duration(wait, sizeof wait, answer_int(o, "waits_ms"));
	if (strcmp(sees, "pending") == 0)
		table_cellf(t, "%s; fires in %s if it stays", answer_text(a, "reason"), wait);
	else if (strcmp(sees, "clearing") == 0)
		table_cellf(t, "ends in %s if it stays well", wait);
	else if (strcmp(sees, "unreachable") == 0)
		table_cellf(t, "because of %s", because);
	else if (*muted != '\0')
		table_cellf(t, "%s; %s %lld", answer_text(a, "reason"), muted,
		    (long long)answer_int(a, "silence"));
	else if (json_is_true(json_object_get(a, "chattering")))
		table_cellf(t, "%s; chatters, held until it is steady", answer_text(a, "reason"));
	else if (json_is_true(json_object_get(a, "no_data")))
		table_cellf(t, "%s; no data now", answer_text(a, "reason"));
	else
		table_cell(t, answer_text(a, "reason"));
}

/* A subject. */
static void
row(struct table *t, const json_t *o)
{
	char value[UNITS_MAX] = "";
	const char *state = answer_text(o, "state");

	if (*state != '\0')
		(void)str_copy(value, sizeof value, state);
	else if (json_is_number(json_object_get(o, "value")))
		units_format(
		    value, sizeof value, answer_number(o, "value"), answer_text(o, "unit"));
	table_color(t, color_of(o), answer_text(o, "sees"));
	table_color(t, term_of_state(answer_text(o, "severity")), answer_text(o, "severity"));
	table_cell(t, answer_text(o, "rule"));
	table_cell(t, answer_text(o, "kind"));
	subject_cell(t, o);
	table_cell(t, value);
	limits_cell(t, o);
	note_cell(t, o);
}

int
explain_run(struct ctl *ctl)
{
	static const char *const heads[] = { "SEES", "SEVERITY", "RULE", "KIND", "AT", ">VALUE",
		"LIMITS", "NOTE", NULL };
	const struct client_param params[] = { { "node", ctl->args[1] }, { NULL, NULL } };
	json_t *root, *o;
	size_t i;

	if (answer_get(ctl, "/api/v1/rules", params, &root) == -1)
		return CTL_FAILED;
	if (!ctl->json) {
		struct table *t = table_new(heads);
		for (size_t k = 0; k < SIGHTS; k++)
			json_array_foreach(json_object_get(root, "rules"), i, o)
			{
				if (strcmp(answer_text(o, "sees"), sights[k]) == 0)
					row(t, o);
			}
		table_print(t, stdout, ctl->colour, "No rule looks at it.");
		table_free(t);
	}
	json_decref(root);
	return CTL_OK;
}

int
explain_list(struct ctl *ctl)
{
	static const char *const heads[] = { "RULE", "KIND", "SCOPE", "SEVERITY", ">LOOKS AT",
		">FIRING", "TITLE", NULL };
	json_t *root, *o;
	size_t i;

	if (answer_get(ctl, "/api/v1/rules", NULL, &root) == -1)
		return CTL_FAILED;
	if (!ctl->json) {
		struct table *t = table_new(heads);
		json_array_foreach(json_object_get(root, "rules"), i, o)
		{
			table_cell(t, answer_text(o, "rule"));
			table_cell(t, answer_text(o, "kind"));
			table_cell(t, answer_text(o, "scope"));
			table_cell(t, answer_text(o, "severity"));
			table_cellf(t, "%lld", (long long)answer_int(o, "subjects"));
			table_cellf(t, "%lld", (long long)answer_int(o, "firing"));
			table_cell(t, answer_text(o, "title"));
		}
		table_print(t, stdout, ctl->colour, "No rules.");
		table_free(t);
	}
	json_decref(root);
	return CTL_OK;
}

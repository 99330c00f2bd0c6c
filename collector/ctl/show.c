/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One list of the API, one table: each command is the address, the heads and a row. */
#include "collector/ctl/show.h"

#include <stdio.h>
#include <string.h>

#include "collector/ctl/answer.h"
#include "collector/ctl/ctl.h"
#include "zw/table.h"
#include "zw/str.h"
#include "zw/units.h"

/* A command's list. */
struct list {
	const char *path;
	const char *key; /* of the array in the answer */
	const char *const *heads;
	void (*row)(struct table *t, const json_t *o);
	const char *empty;
};

/* Asks for a list and prints it. */
static int
print_list(struct ctl *ctl, const struct list *l, const struct client_param *params)
{
	json_t *root;
	if (answer_get(ctl, l->path, params, &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(l->heads);
	size_t i;
	json_t *o;
	json_array_foreach(json_object_get(root, l->key), i, o) l->row(t, o);
	if (!ctl->json)
		table_print(t, stdout, ctl->colour, l->empty);
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

/* The filters that most lists take. */
static int
print_filtered(struct ctl *ctl, const struct list *l)
{
	const struct client_param params[] = {
		{ "zone", ctl->zone },
		{ "node", ctl->nargs > 0 ? ctl->args[0] : ctl->node },
		{ NULL, NULL },
	};
	return print_list(ctl, l, params);
}

/* A cell with a state's word and colour. */
static void
state_cell(struct table *t, const json_t *o, const char *key)
{
	const char *word = answer_text(o, key);
	table_color(t, term_of_state(word), word);
}

/* A zone. */
static void
zone_row(struct table *t, const json_t *o)
{
	static const char *const states[] = { "ok", "warning", "critical", "no-data",
		"never-seen" };
	const json_t *nodes = json_object_get(o, "nodes");
	table_cell(t, answer_text(o, "name"));
	table_cell(t, answer_text(o, "title"));
	state_cell(t, o, "state");
	table_cellf(t, "%lld", (long long)answer_int(nodes, "total"));
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		table_cellf(t, "%lld", (long long)answer_int(nodes, states[i]));
}

int
show_zones(struct ctl *ctl)
{
	static const char *const heads[] = { "ZONE", "TITLE", "STATE", ">NODES", ">OK", ">WARNING",
		">CRITICAL", ">NO DATA", ">NEVER SEEN", NULL };
	static const struct list list = { "/api/v1/zones", "zones", heads, zone_row, "No zones." };
	return print_list(ctl, &list, NULL);
}

/* A node. */
static void
node_row(struct table *t, const json_t *o)
{
	char age[UNITS_MAX];
	answer_age(age, sizeof age, o, "age_s");
	table_cell(t, answer_text(o, "name"));
	table_cell(t, answer_text(o, "zone"));
	table_cell(t, answer_text(o, "kind"));
	state_cell(t, o, "state");
	table_cell(t, age);
	table_cellf(t, "%lld", (long long)answer_int(o, "nseries"));
	table_cell(t, answer_text(o, "peer"));
	table_cell(t, answer_text(o, "agent"));
}

int
show_nodes(struct ctl *ctl)
{
	static const char *const heads[] = { "NODE", "ZONE", "KIND", "STATE", ">LAST DATA",
		">SERIES", "FROM", "AGENT", NULL };
	static const struct list list = { "/api/v1/nodes", "nodes", heads, node_row,
		"No such nodes." };
	return print_filtered(ctl, &list);
}

/* A series, its fields in a line. */
static void
series_row(struct table *t, const json_t *o)
{
	char age[UNITS_MAX];
	char fields[400] = "";
	size_t i;
	json_t *f;
	answer_age(age, sizeof age, o, "age_s");
	json_array_foreach(json_object_get(o, "fields"), i, f)
	{
		size_t used = strlen(fields);
		snprintf(fields + used, sizeof fields - used, "%s%s", i > 0 ? " " : "",
		    answer_text(f, "name"));
	}
	table_cell(t, answer_text(o, "node"));
	table_cell(t, answer_text(o, "name"));
	table_cellf(t, "%lld s", (long long)answer_int(o, "step_s"));
	table_cell(t, age);
	table_cell(t, fields);
}

int
show_series(struct ctl *ctl)
{
	static const char *const heads[] = { "NODE", "SERIES", ">STEP", ">LAST DATA", "FIELDS",
		NULL };
	static const struct list list = { "/api/v1/series", "series", heads, series_row,
		"No series yet." };
	return print_filtered(ctl, &list);
}

/* A value with its unit, or by what it means where that is told. */
static void
value_of(char value[UNITS_MAX], const json_t *o, const char *state)
{
	const char *words = answer_text(o, state);
	if (*words != '\0')
		(void)str_copy(value, UNITS_MAX, words);
	else
		units_format(value, UNITS_MAX, answer_number(o, "value"), answer_text(o, "unit"));
}

/* A value. */
static void
last_row(struct table *t, const json_t *o)
{
	char value[UNITS_MAX];
	char age[UNITS_MAX];
	bool stale = json_is_true(json_object_get(o, "stale"));
	const char *severity = answer_text(o, "severity");
	bool bad = strcmp(severity, "warning") == 0 || strcmp(severity, "critical") == 0;
	value_of(value, o, "state");
	answer_age(age, sizeof age, o, "age_s");
	table_cell(t, answer_text(o, "node"));
	table_cell(t, answer_text(o, "series"));
	table_cell(t, answer_text(o, "field"));
	table_color(t, stale ? TERM_GREY : bad ? term_of_state(severity) : TERM_PLAIN, value);
	table_color(t, stale ? TERM_MAGENTA : TERM_PLAIN, age);
}

int
show_last(struct ctl *ctl)
{
	static const char *const heads[] = { "NODE", "SERIES", "FIELD", ">VALUE", ">AGE", NULL };
	static const struct list list = { "/api/v1/last", "values", heads, last_row,
		"No values yet." };
	char node[NAME_MAX_NODE + 1] = "";
	const char *series = NULL;
	if (ctl->nargs > 0) {
		size_t n = strcspn(ctl->args[0], "/");
		if (n >= sizeof node) {
			ctl_complain("\"%s\" is longer than any node's name", ctl->args[0]);
			return CTL_FAILED;
		}
		memcpy(node, ctl->args[0], n);
		if (ctl->args[0][n] == '/')
			series = ctl->args[0] + n + 1;
	}
	const struct client_param params[] = {
		{ "zone", ctl->zone },
		{ "node", node[0] != '\0' ? node : ctl->node },
		{ "series", series },
		{ NULL, NULL },
	};
	return print_list(ctl, &list, params);
}

/* Where an alert is: "srv07 filesystem-var used", or its zone. */
static void
subject_cell(struct table *t, const json_t *o)
{
	const char *node = answer_text(o, "node");
	const char *series = answer_text(o, "series");
	if (*node == '\0')
		table_cellf(t, "zone %s %s", answer_text(o, "zone"), series);
	else
		table_cellf(t, "%s%s%s %s", node, *series != '\0' ? "/" : "", series,
		    answer_text(o, "field"));
}

/* Its state, and what holds beside it: "firing, silenced, chattering". */
static void
flags_cell(struct table *t, const json_t *o)
{
	char text[160];
	size_t i, used;
	json_t *flag;

	(void)str_copy(text, sizeof text, answer_text(o, "state"));
	json_array_foreach(json_object_get(o, "flags"), i, flag)
	{
		used = strlen(text);
		snprintf(text + used, sizeof text - used, ", %s", json_string_value(flag));
	}
	table_cell(t, text);
}

/* An alert. */
static void
alert_row(struct table *t, const json_t *o)
{
	char value[UNITS_MAX];
	char since[32];
	value_of(value, o, "value_state");
	answer_time(since, sizeof since, o, "since_ms");
	state_cell(t, o, "severity");
	flags_cell(t, o);
	table_cell(t, since);
	subject_cell(t, o);
	table_cell(t, value);
	const char *reason = answer_text(o, "reason");
	table_cellf(t, "%s%s%s", answer_text(o, "title"), *reason != '\0' ? ": " : "", reason);
}

int
show_alerts(struct ctl *ctl)
{
	static const char *const heads[] = { "SEVERITY", "STATE", "SINCE", "WHERE", ">VALUE",
		"WHAT", NULL };
	static const struct list list = { "/api/v1/alerts", "alerts", heads, alert_row,
		"No alerts." };
	return print_filtered(ctl, &list);
}

/* An incident. */
static void
incident_row(struct table *t, const json_t *o)
{
	char opened[32];
	char closed[32];
	answer_time(opened, sizeof opened, o, "opened_ms");
	answer_time(closed, sizeof closed, o, "closed_ms");
	bool open = json_is_true(json_object_get(o, "open"));
	const json_t *ack = json_object_get(o, "acknowledged");
	table_cellf(t, "%lld", (long long)answer_int(o, "id"));
	state_cell(t, o, "severity");
	table_cell(t, answer_text(o, "zone"));
	table_cell(t, opened);
	table_cell(t, open ? "open" : closed);
	table_cellf(t, "%lld of %lld", (long long)answer_int(o, "firing"),
	    (long long)answer_int(o, "total"));
	int64_t firing = answer_int(o, "firing");
	table_cell(t, firing > 0 && answer_int(o, "muted") == firing ? "silenced"
		      : *answer_text(ack, "author") != '\0'	     ? answer_text(ack, "author")
								     : "");
	table_cell(t, answer_text(o, "cause"));
}

int
show_incidents(struct ctl *ctl)
{
	static const char *const heads[] = { ">ID", "SEVERITY", "ZONE", "OPENED", "CLOSED",
		">FIRING", "HAS IT", "CAUSE", NULL };
	static const struct list list = { "/api/v1/incidents", "incidents", heads, incident_row,
		"No incidents." };
	const struct client_param params[] = { { "zone", ctl->zone }, { NULL, NULL } };
	return print_list(ctl, &list, params);
}

/* An event. */
static void
event_row(struct table *t, const json_t *o)
{
	char when[32];
	const char *series = answer_text(o, "series");
	answer_time(when, sizeof when, o, "time_ms");
	table_cell(t, when);
	state_cell(t, o, "severity");
	table_cellf(t, "%s%s%s", answer_text(o, "node"), *series != '\0' ? "/" : "", series);
	table_cell(t, answer_text(o, "code"));
	table_cell(t, answer_text(o, "text"));
}

int
show_events(struct ctl *ctl)
{
	static const char *const heads[] = { "TIME", "SEVERITY", "WHERE", "CODE", "WHAT", NULL };
	static const struct list list = { "/api/v1/events", "events", heads, event_row,
		"No events." };
	return print_filtered(ctl, &list);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By the Monitoring Plugins' guidelines: the first line is "ZONEWATCH STATE - text | perfdata",
 * what is wrong follows, a line each. Whatever keeps it from knowing (no collector, no token, no
 * values) is UNKNOWN, never OK. */
#include "collector/ctl/nagios.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/ctl/answer.h"
#include "collector/ctl/pages.h"
#include "zw/str.h"

#define MAX_LINES 20
#define MAX_TIMEOUT_MS 300000

enum nagios_state {
	NAGIOS_OK,
	NAGIOS_WARNING,
	NAGIOS_CRITICAL,
	NAGIOS_UNKNOWN
};

static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

/* What is to be printed. */
struct result {
	enum nagios_state state;
	struct buf text;
	struct buf perf;
	struct buf lines;
	int64_t nlines;
};

static void add(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Appends text that can end neither the line nor the text's part of it. */
static void
add(struct buf *b, const char *fmt, ...)
{
	char s[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s, sizeof s, fmt, ap);
	va_end(ap);
	for (char *p = s; *p != '\0'; p++)
		if (*p == '|' || (unsigned char)*p < 0x20)
			*p = *p == '|' ? '/' : ' ';
	buf_text(b, s);
}

/* A number of the performance data; limit NAN: none. */
static void
add_perf(struct result *r, const char *name, double v, double critical, bool count)
{
	char text[32] = "U", limit[32] = "";

	if (!isnan(v))
		str_from_double(text, v);
	if (!isnan(critical))
		str_from_double(limit, critical);
	add(&r->perf, "%s'%s'=%s;;%s;%s;", r->perf.len > 0 ? " " : "", name, text, limit,
	    count ? "0" : "");
}

/* A line below the first. */
static void
add_line(struct result *r, const char *severity, const char *where, const char *what)
{
	if (r->nlines++ >= MAX_LINES)
		return;
	add(&r->lines, "[%s] %s: %s", severity, where, what);
	buf_u8(&r->lines, '\n');
}

/* It cannot be known. */
static void
give_up(struct result *r, const char *why)
{
	r->state = NAGIOS_UNKNOWN;
	buf_clear(&r->text);
	buf_clear(&r->perf);
	buf_clear(&r->lines);
	add(&r->text, "%s", why);
}

/* Asks; NULL: it cannot be known, and the result says why. */
static json_t *
ask(struct ctl *ctl, struct result *r, const char *path, const struct client_param *params)
{
	struct buf text = { 0 };
	json_t *root;
	struct err e;

	if (pages_get(ctl->client, path, params, &root, &text, &e) == -1)
		give_up(r, e.msg);
	buf_free(&text);
	return root;
}

/* What a severity is to Nagios. */
static enum nagios_state
state_of(const char *severity)
{
	if (strcmp(severity, "critical") == 0)
		return NAGIOS_CRITICAL;
	return strcmp(severity, "warning") == 0 ? NAGIOS_WARNING : NAGIOS_OK;
}

/* The counts of nodes, and what they make of the state: where some send nothing, nobody knows
 * that all is well; a node that never sent anything is not in service yet, unless none ever did. */
static void
judge_nodes(struct result *r, const json_t *o)
{
	const json_t *nodes = json_object_get(o, "nodes");
	int64_t total = answer_int(nodes, "total"), silent = answer_int(nodes, "no-data");
	int64_t never = answer_int(nodes, "never-seen");

	add_perf(r, "nodes", (double)total, NAN, true);
	add_perf(r, "nodes_critical", answer_number(nodes, "critical"), NAN, true);
	add_perf(r, "nodes_warning", answer_number(nodes, "warning"), NAN, true);
	add_perf(r, "nodes_no_data", (double)silent, NAN, true);
	if (r->state != NAGIOS_OK || (silent == 0 && (never < total || total == 0)))
		return;
	r->state = NAGIOS_UNKNOWN;
	add(&r->text, "%lld of %lld nodes send no data", (long long)(silent + never),
	    (long long)total);
}

/* Open incidents, a line each; the worst is told first. */
static int
list_incidents(struct ctl *ctl, struct result *r)
{
	const struct client_param params[] = { { "state", "open" }, { "zone", ctl->zone },
		{ NULL, NULL } };
	json_t *root = ask(ctl, r, "/api/v1/incidents", params), *o;
	const json_t *worst = NULL;
	int64_t open = 0;
	size_t i;

	if (root == NULL)
		return -1;
	json_array_foreach(json_object_get(root, "incidents"), i, o)
	{
		const char *severity = answer_text(o, "severity");
		char where[160];
		bool told = answer_int(o, "muted") < answer_int(o, "firing");
		if (!told)
			continue;
		open++;
		if (worst == NULL || state_of(severity) > state_of(answer_text(worst, "severity")))
			worst = o;
		snprintf(where, sizeof where, "incident %lld, zone %.64s",
		    (long long)answer_int(o, "id"), answer_text(o, "zone"));
		add_line(r, severity, where, answer_text(o, "cause"));
	}
	add_perf(r, "incidents", (double)open, NAN, true);
	if (worst != NULL && r->state != NAGIOS_UNKNOWN)
		add(&r->text, "%lld open incident%s, zone %s: %s", (long long)open,
		    open == 1 ? "" : "s", answer_text(worst, "zone"), answer_text(worst, "cause"));
	json_decref(root);
	return 0;
}

/* The site, or a zone of it. */
static void
check_place(struct ctl *ctl, struct result *r)
{
	char path[256] = "/api/v1/site";

	if (ctl->zone != NULL)
		snprintf(path, sizeof path, "/api/v1/zones/%.200s", ctl->zone);
	json_t *root = ask(ctl, r, path, NULL);
	if (root == NULL)
		return;
	const char *state = answer_text(root, "state");
	r->state = state_of(state);
	judge_nodes(r, root);
	const json_t *air = json_object_get(root, "air");
	if (json_is_object(air)) {
		add_perf(
		    r, "inlet", answer_number(air, "hottest"), answer_number(air, "limit"), false);
		add_perf(r, "countdown", answer_number(air, "left_s"), NAN, false);
	}
	if (list_incidents(ctl, r) == 0 && r->text.len == 0)
		add(&r->text, "%s%s is %s", ctl->zone != NULL ? "zone " : "",
		    answer_text(root, "name"), state);
	json_decref(root);
}

/* The alerts that fire on a node, and that somebody is told of. */
static int
list_alerts(struct ctl *ctl, struct result *r, const char *node)
{
	const struct client_param params[] = { { "state", "firing,clearing" }, { "node", node },
		{ NULL, NULL } };
	json_t *root = ask(ctl, r, "/api/v1/alerts", params), *o, *flag;
	size_t i, k;

	if (root == NULL)
		return -1;
	json_array_foreach(json_object_get(root, "alerts"), i, o)
	{
		bool muted = false;
		json_array_foreach(json_object_get(o, "flags"), k, flag)
		{
			const char *word = json_string_value(flag);
			muted = muted || (word != NULL && (strcmp(word, "silenced") == 0 ||
							      strcmp(word, "maintenance") == 0 ||
							      strcmp(word, "out-of-service") == 0));
		}
		if (muted)
			continue;
		if (r->nlines == 0 && r->state != NAGIOS_UNKNOWN)
			add(&r->text, "%s: %s %s", node, answer_text(o, "title"),
			    answer_text(o, "reason"));
		add_line(r, answer_text(o, "severity"), answer_text(o, "title"),
		    answer_text(o, "reason"));
	}
	add_perf(r, "alerts", (double)r->nlines, NAN, true);
	json_decref(root);
	return 0;
}

/* One node. */
static void
check_node(struct ctl *ctl, struct result *r)
{
	char path[256];

	snprintf(path, sizeof path, "/api/v1/nodes/%.200s", ctl->node);
	json_t *root = ask(ctl, r, path, NULL);
	if (root == NULL)
		return;
	const char *state = answer_text(root, "state");
	char age[64];
	answer_age(age, sizeof age, root, "age_s");
	r->state = state_of(state);
	if (strcmp(state, "no-data") == 0 || strcmp(state, "never-seen") == 0) {
		r->state = NAGIOS_UNKNOWN;
		add(&r->text, "%s sends no data; last: %s", ctl->node, age);
	}
	add_perf(r, "age", answer_number(root, "age_s"), NAN, false);
	if (list_alerts(ctl, r, ctl->node) == 0 && r->text.len == 0)
		add(&r->text, "%s is %s, last data %s ago", ctl->node, state, age);
	json_decref(root);
}

/* One incident: over is OK. */
static void
check_incident(struct ctl *ctl, struct result *r)
{
	char path[256];

	snprintf(path, sizeof path, "/api/v1/incidents/%.20s", ctl->incident);
	json_t *root = ask(ctl, r, path, NULL);
	if (root == NULL)
		return;
	bool open = answer_int(root, "closed_ms") == 0;
	const char *by = answer_text(root, "ack_author");
	r->state = open ? state_of(answer_text(root, "severity")) : NAGIOS_OK;
	add(&r->text, "incident %s of zone %s is %s%s%s: %s", ctl->incident,
	    answer_text(root, "zone"), open ? "open" : "over",
	    *by != '\0' ? ", acknowledged by " : "", by, answer_text(root, "cause"));
	add_perf(r, "alerts", answer_number(root, "firing"), NAN, true);
	json_decref(root);
}

/* Whether it is one of the states' words; which goes to *out. */
static bool
find_state(const char *word, enum nagios_state *out)
{
	for (int i = 0; i < 4; i++)
		if (str_casecmp(word, words[i]) == 0) {
			*out = (enum nagios_state)i;
			return true;
		}
	return false;
}

int
nagios_usage(const struct ctl *ctl, struct err *e)
{
	enum nagios_state state;
	int64_t ms;
	uint64_t id;

	if ((ctl->zone != NULL) + (ctl->node != NULL) + (ctl->incident != NULL) > 1)
		return err_set(e, "give one of --zone, --node and --incident");
	if (ctl->warning_as != NULL && !find_state(ctl->warning_as, &state))
		return err_set(e, "--warning-as wants ok, warning, critical or unknown");
	if (ctl->incident != NULL && str_to_u64(ctl->incident, 1, UINT64_MAX, &id) == -1)
		return err_set(e, "--incident wants a number");
	if (ctl->timeout != NULL &&
	    (str_to_duration(ctl->timeout, &ms) == -1 || ms < 100 || ms > MAX_TIMEOUT_MS))
		return err_set(e, "--timeout wants a duration up to 5min, such as 10s");
	return 0;
}

/* Prints all of it. */
static void
print(const struct result *r)
{
	printf(
	    "ZONEWATCH %s - %.*s", words[r->state], (int)r->text.len, (const char *)r->text.data);
	if (r->perf.len > 0)
		printf(" | %.*s", (int)r->perf.len, (const char *)r->perf.data);
	putchar('\n');
	if (r->lines.len > 0)
		printf("%.*s", (int)r->lines.len, (const char *)r->lines.data);
	if (r->nlines > MAX_LINES)
		printf("... and %lld more\n", (long long)r->nlines - MAX_LINES);
}

int
nagios_run(struct ctl *ctl)
{
	struct result r = { .state = NAGIOS_UNKNOWN };
	int64_t ms = 10000;

	if (ctl->timeout != NULL)
		(void)str_to_duration(ctl->timeout, &ms);
	if (ctl->client == NULL) {
		give_up(&r, ctl->no_client);
	} else {
		client_limit(ctl->client, ms);
		if (ctl->incident != NULL)
			check_incident(ctl, &r);
		else if (ctl->node != NULL)
			check_node(ctl, &r);
		else
			check_place(ctl, &r);
	}
	if (r.state == NAGIOS_WARNING && ctl->warning_as != NULL)
		(void)find_state(ctl->warning_as, &r.state);
	print(&r);
	buf_free(&r.text);
	buf_free(&r.perf);
	buf_free(&r.lines);
	return (int)r.state;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stories as lines, lists as tables; --json has all members. */
#include "collector/ctl/past.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/ctl/answer.h"
#include "collector/ctl/ctl.h"
#include "zw/str.h"
#include "zw/table.h"
#include "zw/term.h"
#include "zw/units.h"

int
past_check_span(const struct ctl *ctl, struct err *e)
{
	int64_t ms;

	if (ctl->last != NULL && (str_to_duration(ctl->last, &ms) == -1 || ms <= 0))
		return err_set(
		    e, "--last %.40s: a duration such as 1d or 31d is wanted", ctl->last);
	return 0;
}

/* Asks for the time that --last says. */
static int
ask(struct ctl *ctl, const char *path, json_t **root)
{
	char from[24] = "";
	int64_t ms;

	if (ctl->last != NULL && str_to_duration(ctl->last, &ms) == 0)
		snprintf(from, sizeof from, "%lld", (long long)time(NULL) - (long long)(ms / 1000));
	const struct client_param params[] = {
		{ "zone", ctl->zone },
		{ "from", *from != '\0' ? from : NULL },
		{ NULL, NULL },
	};
	return answer_get(ctl, path, params, root);
}

/* A moment and a line. */
static void
line(const json_t *o, const char *key, const char *text)
{
	char when[48];

	answer_time(when, sizeof when, o, key);
	printf("  %s  ", when);
	term_print(stdout, false, TERM_PLAIN, text);
	fputc('\n', stdout);
}

/* The rule of a row of the timeline: its subject's last word. */
static const char *
rule_of(const json_t *o)
{
	const char *subject = answer_text(o, "subject"), *space = strrchr(subject, ' ');

	return space != NULL ? space + 1 : subject;
}

/* Whether two rows of a second are one for people: of forty inlets that get worse at once one is
 * shown, and of an acknowledgement only that of the incident. */
static bool
is_like(const json_t *a, const json_t *b)
{
	const char *author = answer_text(a, "author");

	return strcmp(answer_text(a, "kind"), answer_text(b, "kind")) == 0 &&
	       strcmp(author, answer_text(b, "author")) == 0 &&
	       (*author != '\0' || strcmp(rule_of(a), rule_of(b)) == 0);
}

/* How many rows after this one are like it; -1: one before it is. */
static int
count_alike(const json_t *rows, size_t at)
{
	const json_t *o = json_array_get(rows, at), *other;
	int n = 0;

	for (size_t i = at; i-- > 0;) {
		other = json_array_get(rows, i);
		if (answer_int(o, "time_ms") - answer_int(other, "time_ms") > 1000)
			break;
		if (is_like(o, other))
			return -1;
	}
	for (size_t i = at + 1; i < json_array_size(rows); i++) {
		other = json_array_get(rows, i);
		if (answer_int(other, "time_ms") - answer_int(o, "time_ms") > 1000)
			break;
		n += is_like(o, other);
	}
	return n;
}

/* What happened, in order. */
static void
print_timeline(const json_t *root)
{
	const json_t *rows = json_object_get(root, "timeline");
	char text[700], more[32];
	size_t i;
	json_t *o;

	printf("Timeline\n");
	json_array_foreach(rows, i, o)
	{
		const char *author = answer_text(o, "author"), *note = answer_text(o, "note");
		const char *subject = answer_text(o, "subject");
		subject += *subject == ' '; /* the zone's or the site's own */
		int alike = count_alike(rows, i);
		if (alike == -1)
			continue;
		*more = '\0';
		if (alike > 0 && *author == '\0')
			snprintf(more, sizeof more, " (and %d more)", alike);
		snprintf(text, sizeof text, "%-14s %s%s%s%s%s%s%s%s", answer_text(o, "kind"),
		    subject, *subject != '\0' ? " " : "", answer_text(o, "text"),
		    *author != '\0' ? ", by " : "", author, *note != '\0' ? ": " : "", note, more);
		line(o, "time_ms", text);
	}
	json_array_foreach(json_object_get(root, "acts"), i, o)
	{
		const char *kind = answer_text(o, "kind");
		if (strcmp(kind, "acknowledge") == 0 || strcmp(kind, "unacknowledge") == 0)
			continue; /* the timeline has them */
		snprintf(text, sizeof text, "%-14s %s: %s", kind, answer_text(o, "author"),
		    answer_text(o, "text"));
		line(o, "time_ms", text);
	}
}

/* Who was told what, and with which answer. */
static void
print_mails(const json_t *root)
{
	char text[900];
	size_t i, k;
	json_t *o, *d;

	printf("Messages\n");
	json_array_foreach(json_object_get(root, "mails"), i, o)
	{
		snprintf(text, sizeof text, "%-9s %s to %s: %s (%s)", answer_text(o, "kind"),
		    answer_text(o, "via"), answer_text(o, "to"), answer_text(o, "subject"),
		    answer_text(o, "state"));
		line(o, "created_ms", text);
		json_array_foreach(json_object_get(o, "deliveries"), k, d)
		{
			snprintf(text, sizeof text, "          %s %s: %s", answer_text(d, "to"),
			    answer_text(d, "state"), answer_text(d, "reply"));
			line(d, "time_ms", text);
		}
	}
}

int
past_incident(struct ctl *ctl)
{
	char path[96], opened[48], closed[48];
	json_t *root;

	snprintf(path, sizeof path, "/api/v1/incidents/%s", ctl->args[0]);
	if (answer_get(ctl, path, NULL, &root) == -1)
		return CTL_FAILED;
	if (!ctl->json) {
		const char *author = answer_text(root, "ack_author");
		answer_time(opened, sizeof opened, root, "opened_ms");
		answer_time(closed, sizeof closed, root, "closed_ms");
		printf("Incident %lld, %s, zone %s: ", (long long)answer_int(root, "id"),
		    answer_text(root, "severity"), answer_text(root, "zone"));
		term_print(stdout, false, TERM_PLAIN, answer_text(root, "cause"));
		printf("\n  opened %s, %s%s\n  %lld alerts, %lld firing\n", opened,
		    *closed != '\0' ? "closed " : "open", closed,
		    (long long)answer_int(root, "total"), (long long)answer_int(root, "firing"));
		if (*author != '\0')
			printf("  acknowledged by %s%s%s\n", author,
			    *answer_text(root, "ack_comment") != '\0' ? ": " : "",
			    answer_text(root, "ack_comment"));
		print_timeline(root);
		print_mails(root);
	}
	json_decref(root);
	return CTL_OK;
}

int
past_ledger(struct ctl *ctl)
{
	static const char *const heads[] = { "MADE", "KIND", "VIA", "TO", "STATE", ">RETRIES",
		"SUBJECT", "ANSWER", NULL };
	char when[48];
	json_t *root, *o;
	size_t i;

	if (ask(ctl, "/api/v1/ledger", &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(heads);
	json_array_foreach(json_object_get(root, "mails"), i, o)
	{
		answer_time(when, sizeof when, o, "created_ms");
		table_cell(t, when);
		table_cell(t, answer_text(o, "kind"));
		table_cell(t, answer_text(o, "via"));
		table_cell(t, answer_text(o, "to"));
		table_cell(t, answer_text(o, "state"));
		table_cellf(t, "%lld", (long long)answer_int(o, "tries"));
		table_cell(t, answer_text(o, "subject"));
		table_cell(t, answer_text(o, "reply"));
	}
	if (!ctl->json)
		table_print(t, stdout, ctl->colour, "No messages.");
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

int
past_audit(struct ctl *ctl)
{
	static const char *const heads[] = { "TIME", "WHO", "WHAT", ">INCIDENT", "ABOUT", "WORDS",
		NULL };
	char when[48];
	json_t *root, *o;
	size_t i;

	if (ask(ctl, "/api/v1/audit", &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(heads);
	json_array_foreach(json_object_get(root, "acts"), i, o)
	{
		answer_time(when, sizeof when, o, "time_ms");
		table_cell(t, when);
		table_cell(t, answer_text(o, "author"));
		table_cell(t, answer_text(o, "kind"));
		if (answer_int(o, "incident") != 0)
			table_cellf(t, "%lld", (long long)answer_int(o, "incident"));
		else
			table_cell(t, "");
		table_cell(t, answer_text(o, "what"));
		table_cell(t, answer_text(o, "text"));
	}
	if (!ctl->json)
		table_print(t, stdout, ctl->colour, "Nobody did anything.");
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

/* A line of what is there of what should be. */
static void
completeness_row(struct table *t, const char *name, const char *zone, const json_t *o)
{
	static const char *const keys[] = { "expected", "received", "late", "empty", "missing" };
	double part = answer_number(o, "part");

	table_cell(t, name);
	table_cell(t, zone);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		table_cellf(t, "%lld", (long long)answer_int(o, keys[i]));
	table_cellf(t, "%lld", (long long)(answer_int(o, "thinned") + answer_int(o, "dropped")));
	if (isnan(part))
		table_cell(t, "");
	else
		table_cellf(
		    t, "%.3f", floor(part * 1e5 + 1e-7) / 1e3); /* cut: not all is not 100 */
}

int
past_completeness(struct ctl *ctl)
{
	static const char *const heads[] = { "NODE", "ZONE", ">EXPECTED", ">RECEIVED", ">LATE",
		">EMPTY", ">MISSING", ">SPOOL", ">%", NULL };
	json_t *root, *o;
	size_t i;

	if (ask(ctl, "/api/v1/completeness", &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(heads);
	json_array_foreach(json_object_get(root, "nodes"), i, o)
	    completeness_row(t, answer_text(o, "node"), answer_text(o, "zone"), o);
	json_array_foreach(json_object_get(root, "zones"), i, o)
	    completeness_row(t, "", answer_text(o, "zone"), o);
	if (json_array_size(json_object_get(root, "nodes")) > 0)
		completeness_row(t, "all", "", json_object_get(root, "all"));
	if (!ctl->json)
		table_print(t, stdout, ctl->colour, "Nothing was counted.");
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

/* "3 min 20 s" of a member in seconds; "–" where there is none. */
static void
put_duration(const char *label, const json_t *o, const char *key)
{
	char text[UNITS_MAX] = "–";
	double s = answer_number(o, key);

	if (!isnan(s))
		units_duration(text, sizeof text, (int64_t)(s * 1000));
	printf("%s %s", label, text);
}

/* How long that took, of so many. */
static void
put_times(const char *label, const json_t *o)
{
	printf("  %s: ", label);
	put_duration("mean", o, "mean_s");
	put_duration(", median", o, "median_s");
	put_duration(", longest", o, "max_s");
	printf(" (of %lld)\n", (long long)answer_int(o, "count"));
}

/* The rows of a part, one a line. */
static void
put_parts(const json_t *a, const char *key, const char *name, const char *head)
{
	size_t i;
	json_t *o;

	printf("  %s\n", head);
	json_array_foreach(json_object_get(a, key), i, o)
	    printf("    %5lld  %5.1f %%  %s\n", (long long)answer_int(o, "alerts"),
		100 * answer_number(o, "part"), answer_text(o, name));
}

int
past_stats(struct ctl *ctl)
{
	json_t *root;

	if (ask(ctl, "/api/v1/stats", &root) == -1)
		return CTL_FAILED;
	if (!ctl->json) {
		const json_t *a = json_object_get(root, "alerts"),
			     *f = json_object_get(a, "floods");
		const json_t *in = json_object_get(root, "incidents");
		const json_t *m = json_object_get(root, "mails");
		double days =
		    (answer_number(root, "to_ms") - answer_number(root, "from_ms")) / 86400e3;
		printf("The last %.0f %s\n", days < 2 ? days * 24 : days, days < 2 ? "h" : "days");
		printf("Alerts: %lld, %.1f a day; beside them %lld silenced, %lld learned late\n",
		    (long long)answer_int(a, "total"), (double)answer_int(a, "total") / days,
		    (long long)answer_int(a, "muted"), (long long)answer_int(a, "late"));
		put_parts(
		    a, "per_severity", "severity", "by severity (aim: 5 % critical, 95 % less)");
		put_parts(a, "top_rules", "rule", "most frequent rules");
		printf("  floods (more than 10 in 10 min): %lld, %.2f %% of the time\n",
		    (long long)answer_int(f, "floods"), 100 * answer_number(f, "part"));
		printf("  fleeting %lld, chattering %zu, stale (over 24 h) %zu\n",
		    (long long)answer_int(a, "fleeting"),
		    json_array_size(json_object_get(a, "chattering")),
		    json_array_size(json_object_get(a, "stale")));
		printf("Incidents: %lld, %lld open, %lld never acknowledged\n",
		    (long long)answer_int(in, "total"), (long long)answer_int(in, "open"),
		    (long long)answer_int(in, "unacknowledged"));
		put_times("to acknowledge", json_object_get(in, "mtta"));
		put_times("to restore", json_object_get(in, "mttr"));
		printf("Messages: %lld, %lld sent, %lld failed, %lld superseded, %lld waiting\n",
		    (long long)answer_int(m, "total"), (long long)answer_int(m, "sent"),
		    (long long)answer_int(m, "failed"), (long long)answer_int(m, "superseded"),
		    (long long)answer_int(m, "waiting"));
		put_times("from an opening to its acceptance",
		    json_object_get(m, "opening_to_acceptance"));
	}
	json_decref(root);
	return CTL_OK;
}

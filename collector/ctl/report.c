/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The collector makes it; this asks how it is getting on until it is there, and fetches the one
 * file that is wanted. */
#include "collector/ctl/report.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/ctl/acts.h"
#include "collector/ctl/answer.h"
#include "collector/report/figures/period.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/str.h"
#include "zw/table.h"
#include "zw/units.h"

#define ASK_EVERY_MS 250
#define PATIENCE_MS INT64_C(1800000) /* others may be made before it */

/* The form that a file's name asks for: its word and what the name ends with. */
static const struct {
	const char *word;
	const char *ending;
} forms[] = {
	{ "pdf", ".pdf" },
	{ "html", ".html" },
	{ "csv", ".csv.zip" },
};
#define NFORMS (sizeof forms / sizeof forms[0])

/* Whether a text ends so, whatever the case. */
static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && str_casecmp(text + n - m, end) == 0;
}

/* The form of -o; NULL: it says none. */
static const char *
form_of(const char *output)
{
	if (output == NULL || strcmp(output, "-") == 0)
		return forms[0].word;
	for (size_t i = 0; i < NFORMS; i++)
		if (ends_with(output, forms[i].ending))
			return forms[i].word;
	return NULL;
}

const char *
report_language(const struct ctl *ctl)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *value = ctl->lang;

	for (size_t i = 0; value == NULL && i < sizeof names / sizeof names[0]; i++)
		if (getenv(names[i]) != NULL && *getenv(names[i]) != '\0')
			value = getenv(names[i]);
	if (value != NULL && strncmp(value, "az", 2) == 0)
		return "az";
	return value != NULL && strncmp(value, "ru", 2) == 0 ? "ru" : "en";
}

/* Whether it is a day as "2026-10-01", as far as can be told without a calendar. */
static bool
is_day(const char *text)
{
	static const char shape[] = "dddd-dd-dd";

	for (size_t i = 0; i < sizeof shape - 1; i++)
		if (shape[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
	return text[sizeof shape - 1] == '\0';
}

/* What --list goes with. */
static int
check_list(const struct ctl *ctl, struct err *e)
{
	if (ctl->month != NULL || ctl->week != NULL || ctl->from != NULL || ctl->to != NULL ||
	    ctl->output != NULL || ctl->lang != NULL || ctl->zone != NULL)
		return err_set(e, "--list lists all reports; it takes --json and nothing else");
	return 0;
}

/* Whether the option's text is a time of this kind. */
static int
check_period(const char *option, const char *text, enum period_kind kind, struct err *e)
{
	static const char *const shapes[] = { "a month such as 2026-10", "a week such as 2026-W43",
		"days of the calendar such as 2026-10-01" };
	struct period p;

	if (period_parse(&p, text, e) == 0 && p.kind == kind)
		return 0;
	return err_set(e, "%s=%.40s: give %s", option, text, shapes[kind]);
}

/* Whether a day is one of the calendar. */
static int
check_day(const char *option, const char *text, struct err *e)
{
	char both[64];

	snprintf(both, sizeof both, "%.24s..%.24s", text, text);
	if (is_day(text) && check_period(option, both, PERIOD_DAYS, e) == 0)
		return 0;
	return err_set(e, "%s=%.40s: give a day of the calendar such as 2026-10-01", option, text);
}

int
report_check_time(const struct ctl *ctl, struct err *e)
{
	bool days = ctl->from != NULL || ctl->to != NULL;

	if ((ctl->month != NULL) + (ctl->week != NULL) + days > 1)
		return err_set(e, "give --month, or --week, or --from and --to, only one of them");
	if (days && (ctl->from == NULL || ctl->to == NULL))
		return err_set(e, "--from and --to belong together");
	if (ctl->month != NULL && strcmp(ctl->month, "last") != 0 &&
	    check_period("--month", ctl->month, PERIOD_MONTH, e) == -1)
		return -1;
	if (ctl->week != NULL && strcmp(ctl->week, "last") != 0 &&
	    check_period("--week", ctl->week, PERIOD_WEEK, e) == -1)
		return -1;
	if (days &&
	    (check_day("--from", ctl->from, e) == -1 || check_day("--to", ctl->to, e) == -1))
		return -1;
	if (days && strcmp(ctl->from, ctl->to) > 0)
		return err_set(e, "--from=%s is after --to=%s", ctl->from, ctl->to);
	return 0;
}

int
report_check_language(const struct ctl *ctl, struct err *e)
{
	if (ctl->lang != NULL && strcmp(ctl->lang, "az") != 0 && strcmp(ctl->lang, "ru") != 0 &&
	    strcmp(ctl->lang, "en") != 0)
		return err_set(e, "--lang=%s: give az, ru or en", ctl->lang);
	return 0;
}

int
report_check(const struct ctl *ctl, struct err *e)
{
	if (ctl->list)
		return check_list(ctl, e);
	if (ctl->json)
		return err_set(e, "--json goes with --list; a report is PDF, HTML or CSV");
	if (report_check_time(ctl, e) == -1)
		return -1;
	if (form_of(ctl->output) == NULL)
		return err_set(
		    e, "-o %s: the name must end in .pdf, .html or .csv.zip", ctl->output);
	return report_check_language(ctl, e);
}

/* --- the list -------------------------------------------------------------------------------- */

/* The words of an array, with commas. */
static void
words_cell(struct table *t, const json_t *list)
{
	char text[64] = "";
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(list) && n < sizeof text; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i > 0 ? "," : "",
		    json_string_value(json_array_get(list, i)));
	table_cell(t, text);
}

/* A report. */
static void
row(struct table *t, const json_t *o)
{
	const json_t *job = json_object_get(o, "job");
	const char *state = answer_text(o, "state");
	double complete = answer_number(o, "completeness");
	char made[64];

	table_cell(t, answer_text(o, "name"));
	table_cell(t, answer_text(o, "zone"));
	if (strcmp(state, "making") == 0)
		table_cellf(t, "making, %lld %%", (long long)answer_int(job, "percent"));
	else
		table_color(t, strcmp(state, "failed") == 0 ? TERM_RED : TERM_PLAIN, state);
	words_cell(t, json_object_get(o, "languages"));
	if (isnan(complete))
		table_cell(t, "");
	else
		table_cellf(t, "%.1f %%", complete);
	answer_time(made, sizeof made, o, "made_ms");
	table_cell(t, made);
	table_cell(t, answer_text(job, "reason"));
}

/* All of them. */
static int
list(struct ctl *ctl)
{
	static const char *const heads[] = { "REPORT", "ZONE", "STATE", "LANGUAGES", ">DATA",
		"MADE", "WHY NOT", NULL };
	json_t *root, *o;
	size_t i;

	if (answer_get(ctl, "/api/v1/reports", NULL, &root) == -1)
		return CTL_FAILED;
	struct table *t = table_new(heads);
	json_array_foreach(json_object_get(root, "reports"), i, o) row(t, o);
	if (!ctl->json)
		table_print(t, stdout, ctl->colour, "There is no report yet.");
	table_free(t);
	json_decref(root);
	return CTL_OK;
}

/* --- one ------------------------------------------------------------------------------------- */

/* What is under way, on a terminal. */
struct progress {
	bool terminal;
	char last[128];
};

/* Shows how it is getting on, if somebody looks. */
static void
show(struct progress *p, const char *name, const json_t *o)
{
	const json_t *job = json_object_get(o, "job");
	char line[sizeof p->last];

	if (!p->terminal)
		return;
	if (strcmp(answer_text(o, "state"), "making") == 0)
		snprintf(line, sizeof line, "%.60s: %lld %% %.30s", name,
		    (long long)answer_int(job, "percent"), answer_text(job, "doing"));
	else
		snprintf(line, sizeof line, "%.60s: waits for its turn", name);
	if (strcmp(line, p->last) == 0)
		return;
	(void)str_copy(p->last, sizeof p->last, line);
	fputs("\r\033[K", stderr);
	term_print(stderr, false, TERM_PLAIN, line);
	fflush(stderr);
}

/* Takes the line of the progress away. */
static void
clear(const struct progress *p)
{
	if (p->terminal && p->last[0] != '\0')
		fputs("\r\033[K", stderr);
}

/* Asks and parses. */
static json_t *
ask(struct ctl *ctl, const char *path, struct err *e)
{
	struct buf body = { 0 };
	json_t *root = NULL;

	if (client_get(ctl->client, path, NULL, &body, e) == 0) {
		root = json_loadb((const char *)body.data, body.len, 0, NULL);
		if (root == NULL)
			err_set(e, "%s gave no JSON; is that a zonewatch collector?",
			    client_url(ctl->client));
	}
	buf_free(&body);
	return root;
}

/* Asks for it: its address in the API, which is freed by the caller. */
static json_t *
order(struct ctl *ctl, struct err *e)
{
	bool other = ctl->week != NULL || ctl->from != NULL;
	const struct client_param form[] = {
		{ "month", ctl->month != NULL || other ? ctl->month : "last" },
		{ "week", ctl->week },
		{ "from", ctl->from },
		{ "to", ctl->to },
		{ "zone", ctl->zone },
		{ "lang", report_language(ctl) },
		{ "author", acts_author(ctl) },
		{ NULL, NULL },
	};
	struct buf body = { 0 };
	json_t *root = NULL;

	if (client_post(ctl->client, "/api/v1/reports", form, &body, e) == 0) {
		root = json_loadb((const char *)body.data, body.len, 0, NULL);
		if (root == NULL)
			err_set(e, "the collector's answer is no JSON");
	}
	buf_free(&body);
	return root;
}

/* Waits until it is made: all of it, or NULL and why not. */
static json_t *
wait_for(struct ctl *ctl, const char *name, const char *path, struct err *e)
{
	struct progress p = { .terminal = isatty(STDERR_FILENO) == 1 };
	int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
	json_t *o;

	for (;;) {
		o = ask(ctl, path, e);
		const char *state = o != NULL ? answer_text(o, "state") : "";
		if (o == NULL || strcmp(state, "ready") == 0)
			break;
		if (strcmp(state, "failed") == 0)
			err_set(e, "the report of %s could not be made: %.300s", name,
			    answer_text(json_object_get(o, "job"), "reason"));
		else if (clock_mono_ms() > until_ms)
			err_set(e,
			    "the report of %s is still not made; zonewatchctl report --list "
			    "says how it is getting on",
			    name);
		else
			show(&p, name, o);
		bool over = strcmp(state, "failed") == 0 || clock_mono_ms() > until_ms;
		json_decref(o);
		o = NULL;
		if (over)
			break;
		struct timespec ts = { .tv_nsec = ASK_EVERY_MS * 1000000L };
		nanosleep(&ts, NULL);
	}
	clear(&p);
	return o;
}

/* The file of this language and form. */
static const json_t *
file_of(const json_t *report, const char *lang, const char *form)
{
	const json_t *files = json_object_get(report, "files");

	for (size_t i = 0; i < json_array_size(files); i++) {
		const json_t *f = json_array_get(files, i);
		if (strcmp(answer_text(f, "language"), lang) == 0 &&
		    strcmp(answer_text(f, "format"), form) == 0)
			return f;
	}
	return NULL;
}

/* Whether there is a directory to write to: known before the report is made. */
static int
check_place(const char *output, struct err *e)
{
	const char *slash = output != NULL ? strrchr(output, '/') : NULL;
	char dir[PATH_MAX] = ".";

	if (output == NULL || strcmp(output, "-") == 0)
		return 0;
	if (slash != NULL)
		snprintf(dir, sizeof dir, "%.*s", (int)(slash - output) + 1, output);
	if (access(dir, W_OK | X_OK) == 0)
		return 0;
	return err_set(e, "cannot write %s: %s: %s", output, dir, strerror(errno));
}

/* Says what of the time the report knows little of. */
static void
remark(const json_t *report)
{
	int64_t data_ms = answer_int(report, "data_end_ms"), to_ms = answer_int(report, "to_ms");
	char at[64];

	if (isnan(answer_number(report, "completeness"))) {
		ctl_complain("nothing is known of that time; the report says so");
	} else if (to_ms > clock_wall_ms()) {
		answer_time(at, sizeof at, report, "data_end_ms");
		ctl_complain(
		    "that time is not over; the report goes to %s", data_ms > 0 ? at : "now");
	}
}

/* Writes it to its place, whole or not at all, and says so. */
static int
write_file(const char *output, const json_t *file, const struct buf *body, struct err *e)
{
	char size[UNITS_MAX];

	if (strcmp(output, "-") == 0)
		return fwrite(body->data, 1, body->len, stdout) == body->len && fflush(stdout) == 0
			   ? 0
			   : err_set(e, "cannot write to the standard output");
	if (fs_replace(output, body->data, body->len, e) == -1)
		return -1;
	units_format(size, sizeof size, (double)body->len, "By");
	printf("%s: %s, SHA-256 %s\n", output, size, answer_text(file, "sha256"));
	return 0;
}

/* Fetches the file. */
static int
fetch(struct ctl *ctl, const json_t *report, struct err *e)
{
	const char *form = form_of(ctl->output), *lang = report_language(ctl);
	const json_t *file = file_of(report, lang, form);
	struct buf body = { 0 };
	char name[256];

	if (file == NULL)
		return err_set(
		    e, "the report of %s has no %s in %s", answer_text(report, "name"), form, lang);
	snprintf(name, sizeof name, "zonewatch-%.200s", answer_text(file, "name"));
	int rc = client_get(ctl->client, answer_text(file, "path"), NULL, &body, e);
	if (rc == 0 && (int64_t)body.len != answer_int(file, "bytes"))
		rc = err_set(e, "%s came with %zu bytes instead of %lld; try again", name, body.len,
		    (long long)answer_int(file, "bytes"));
	if (rc == 0)
		rc = write_file(ctl->output != NULL ? ctl->output : name, file, &body, e);
	buf_free(&body);
	return rc;
}

int
report_run(struct ctl *ctl)
{
	struct err e;
	json_t *asked, *report = NULL;
	int rc = -1;

	if (ctl->list)
		return list(ctl);
	asked = check_place(ctl->output, &e) == 0 ? order(ctl, &e) : NULL;
	if (asked != NULL)
		report = wait_for(ctl, answer_text(asked, "name"), answer_text(asked, "path"), &e);
	if (report != NULL)
		rc = fetch(ctl, report, &e);
	if (rc == 0)
		remark(report);
	if (rc == -1)
		ctl_complain("%s", e.msg);
	json_decref(report);
	json_decref(asked);
	return rc == 0 ? CTL_OK : CTL_FAILED;
}

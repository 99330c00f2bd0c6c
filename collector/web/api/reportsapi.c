/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client names is looked for in the list; it never becomes part of a path. */
#include "collector/web/api/reportsapi.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/reports.h"
#include "collector/site/site.h"
#include "collector/web/api/deed.h"
#include "collector/web/api/form.h"
#include "collector/web/api/member.h"
#include "collector/web/api/paging.h"
#include "zw/alloc.h"
#include "zw/log.h"

#define USUAL 200	 /* of a page of the list */
#define PART (32 * 1024) /* of a file, in a turn of the loop */
#define ALL_LANGS ((1U << LANG_N) - 1)

const struct route_param reportsapi_list_params[] = {
	{ "limit", "integer", "So many at most, 1 to 10000; a page ends earlier if it is long.",
	    false },
	{ "after", "text", "Where the page before ended: of its \"next\".", false },
	{ NULL, NULL, NULL, false },
};

const struct route_param reportsapi_params[] = {
	{ "month", "text", "Of this month, \"2026-10\", or \"last\";", false },
	{ "week", "text", "or of this week, \"2026-W43\", or \"last\";", false },
	{ "from", "text", "or from this day, \"2026-10-01\",", false },
	{ "to", "text", "to that day, which is part of it.", false },
	{ "zone", "text", "Of this zone; else of the whole site.", false },
	{ "lang", "text", "az, ru, en, or several with commas; else those of report.languages.",
	    false },
	{ "author", "text", "Who does it.", true },
	{ NULL, NULL, NULL, false },
};

/* A name's place in both lists, which are shown as one. */
struct item {
	const char *name;
	const struct shelf_report *report; /* or NULL */
	const struct reports_job *job;	   /* or NULL */
};

/* The names: those that are only on their way first, then past reports. */
static size_t
count_items(const struct reports *r)
{
	return r == NULL ? 0 : reports_njobs(r) + reports_count(r);
}

/* The i-th; false: it stands elsewhere, too. */
static bool
item_at(const struct reports *r, size_t i, struct item *it)
{
	size_t njobs = reports_njobs(r);

	if (i >= njobs) {
		const struct shelf_report *one = reports_at(r, i - njobs);
		*it = (struct item){ one->name, one, reports_job_of(r, one->name) };
		return true;
	}
	const struct reports_job *j = reports_job_at(r, i);
	*it = (struct item){ j->name, NULL, j };
	return reports_find(r, j->name) == NULL && reports_job_of(r, j->name) == j;
}

/* The languages, as words. */
static void
put_langs(struct json *j, unsigned langs)
{
	json_array(j, "languages");
	for (int l = 0; l < LANG_N; l++)
		if ((langs & 1U << l) != 0)
			json_text(j, NULL, lang_word((enum lang)l));
	json_end(j);
}

/* The files. */
static void
put_files(struct json *j, const struct shelf_report *r)
{
	char path[2 * SHELF_MAX_FILE + 32];

	json_array(j, "files");
	for (size_t i = 0; r != NULL && i < r->nfiles; i++) {
		const struct shelf_file *f = &r->files[i];
		json_object(j, NULL);
		json_text(j, "name", f->name);
		json_text(j, "language", lang_word(f->lang));
		json_text(j, "format", shelf_form_word(f->form));
		json_uint(j, "bytes", f->bytes);
		json_text(j, "sha256", f->sha256[0] != '\0' ? f->sha256 : NULL);
		snprintf(path, sizeof path, "/api/v1/reports/%s/%s", r->name, f->name);
		json_text(j, "path", path);
		json_end(j);
	}
	json_end(j);
}

/* How it is made, or why it was not. */
static void
put_job(struct json *j, const struct reports_job *job)
{
	if (job == NULL) {
		json_null(j, "job");
		return;
	}
	json_object(j, "job");
	json_uint(j, "number", job->number);
	json_int(j, "percent", job->percent);
	json_text(j, "doing", job->doing[0] != '\0' ? job->doing : NULL);
	json_flag(j, "scheduled", job->scheduled);
	json_text(j, "author", job->author);
	member_moment(j, "asked_ms", job->asked_ms);
	json_uint(j, "tries", job->tries);
	member_moment(j, "again_ms", job->next_ms);
	json_text(j, "reason", job->why[0] != '\0' ? job->why : NULL);
	json_end(j);
}

/* All of one; the object is open and stays so. */
static void
put_members(struct json *j, const struct item *it)
{
	const struct shelf_report *r = it->report;
	const struct period *p = r != NULL ? &r->period : &it->job->period;
	const char *zone = r != NULL ? r->zone : it->job->zone;
	static const char *const kinds[] = {
		[PERIOD_MONTH] = "month", [PERIOD_WEEK] = "week", [PERIOD_DAYS] = "days"
	};
	char period[PERIOD_NAME];

	period_name(p, period);
	json_text(j, "name", it->name);
	json_text(j, "state", it->job != NULL ? reports_state_word(it->job->state) : "ready");
	json_text(j, "period", period);
	json_text(j, "kind", kinds[p->kind]);
	member_moment(j, "from_ms", p->from_s * 1000);
	member_moment(j, "to_ms", p->to_s * 1000);
	json_text(j, "zone", zone[0] != '\0' ? zone : NULL);
	member_moment(j, "made_ms", r != NULL ? r->made_ms : 0);
	member_moment(j, "data_end_ms", r != NULL ? r->data_end_s * 1000 : 0);
	if (r != NULL)
		json_number(j, "completeness", r->completeness);
	else
		json_null(j, "completeness");
	put_langs(j, r != NULL ? r->langs : it->job->langs);
	put_files(j, r);
	put_job(j, it->job);
}

/* The next that comes by itself. */
static void
put_next(struct json *j, const struct reports *r, const char *key, enum period_kind kind)
{
	char name[PERIOD_NAME];
	struct period p;
	int64_t at_s;

	if (r == NULL || !reports_next(r, kind, &p, &at_s)) {
		json_null(j, key);
		return;
	}
	period_name(&p, name);
	json_object(j, key);
	json_text(j, "period", name);
	member_moment(j, "at_ms", at_s * 1000);
	json_end(j);
}

int
reportsapi_list(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct reports *r = c->reports;
	size_t n = count_items(r), i = 0;
	struct paging p;
	struct item it;
	int status = paging_read(&p, rq, re, USUAL);

	if (status != 200)
		return status;
	while (p.after != NULL && i < n && (!item_at(r, i, &it) || strcmp(it.name, p.after) != 0))
		i++;
	if (p.after != NULL && i++ == n)
		return paging_is_nowhere(re);
	struct json j = member_begin(re);
	json_object(&j, "scheduled");
	put_next(&j, r, "monthly", PERIOD_MONTH);
	put_next(&j, r, "weekly", PERIOD_WEEK);
	json_end(&j);
	json_array(&j, "reports");
	for (; i < n && paging_has_room(&p, &j); i++) {
		if (!item_at(r, i, &it))
			continue;
		json_object(&j, NULL);
		put_members(&j, &it);
		json_end(&j);
		paging_count(&p, "%s", it.name);
	}
	json_end(&j);
	paging_end(&p, &j, rq, i < n);
	json_end(&j);
	return 200;
}

/* The one of this name: a past one, or on its way; false: neither. */
static bool
find(const struct reports *r, const char *name, struct item *it)
{
	if (r == NULL || name == NULL)
		return false;
	*it = (struct item){ name, reports_find(r, name), reports_job_of(r, name) };
	return it->report != NULL || it->job != NULL;
}

int
reportsapi_one(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct item it;

	if (!find(c->reports, rq->name, &it))
		return reply_error(re, 404, "no-such-report", "there is no such report");
	struct json j = member_begin(re);
	put_members(&j, &it);
	json_object(&j, "summary");
	for (int l = 0; l < LANG_N; l++)
		if (it.report != NULL && it.report->summary[l] != NULL)
			json_text(&j, lang_word((enum lang)l), it.report->summary[l]);
	json_end(&j);
	json_end(&j);
	return 200;
}

/* --- files ----------------------------------------------------------------------------------- */

/* A file on its way to a client. */
struct sending {
	int fd;
	off_t at, end;
};

/* The next part; false: that was all. */
static bool
file_more(void *arg, struct buf *b)
{
	struct sending *s = arg;
	char part[PART];
	off_t left = s->end - s->at;
	size_t want = left < (off_t)sizeof part ? (size_t)left : sizeof part;
	ssize_t n = pread(s->fd, part, want, s->at);

	if (n <= 0)
		return false;
	buf_put(b, part, (size_t)n);
	s->at += n;
	return true;
}

static void
file_free(void *arg)
{
	struct sending *s = arg;

	close(s->fd);
	free(s);
}

/* How a form is answered: the page shows itself, the PDF is shown by who can, the rest is saved. */
static void
set_form(struct reply *re, const struct shelf_file *f)
{
	static const char *const types[SHELF_FORMS] = {
		[SHELF_PDF] = REPLY_PDF, [SHELF_HTML] = REPLY_HTML, [SHELF_CSV] = REPLY_ZIP
	};

	re->type = types[f->form];
	re->foreign = f->form == SHELF_HTML;
	re->shown = f->form != SHELF_CSV;
	snprintf(re->filename, sizeof re->filename, "zonewatch-%.100s", f->name);
}

/* Opens it, if it is still the file that was listed. A FIFO in its place must not hold the loop. */
static int
open_file(const char *dir, const struct shelf_file *f)
{
	char path[PATH_MAX];
	struct stat st;
	int fd = -1;

	if (str_format(path, sizeof path, "%s/%s", dir, f->name) == 0)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd == -1) {
		log_warn("reports", "cannot open %s", path);
	} else if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
		   (uint64_t)st.st_size != f->bytes) {
		log_warnx("reports", "%s is not the file that was made", path);
		close(fd);
		fd = -1;
	}
	return fd;
}

int
reportsapi_file(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct shelf_report *r =
	    c->reports != NULL ? reports_find(c->reports, rq->segments[3]) : NULL;
	const struct shelf_file *f = NULL;

	for (size_t i = 0; r != NULL && f == NULL && i < r->nfiles; i++)
		if (strcmp(r->files[i].name, rq->segments[4]) == 0)
			f = &r->files[i];
	if (f == NULL)
		return reply_error(re, 404, "no-such-report", "there is no such report or file");
	int fd = open_file(reports_dir(c->reports), f);
	if (fd == -1)
		return reply_error(re, 500, "no-file", "the file cannot be read; see the log");
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
	struct sending *s = xcalloc(1, sizeof *s);
	s->fd = fd;
	s->end = (off_t)f->bytes;
	set_form(re, f);
	re->more = file_more;
	re->more_arg = s;
	re->more_free = file_free;
	return 200;
}

/* --- making ---------------------------------------------------------------------------------- */

/* A parameter that is not empty, or NULL. */
static const char *
given(const struct request *rq, const char *name)
{
	const char *text = request_param(rq, name);

	return text != NULL && *text != '\0' ? text : NULL;
}

/* The period that is asked for: just one. */
static int
read_period(const struct request *rq, struct reply *re, struct period *p)
{
	const char *month = given(rq, "month"), *week = given(rq, "week");
	const char *from = given(rq, "from"), *to = given(rq, "to");
	char text[64];
	struct err e;

	if ((month != NULL) + (week != NULL) + (from != NULL || to != NULL) != 1)
		return deed_refuse(rq, re, 400, "bad-parameter",
		    N_("Say of what time: a month, or a week, or from a day to a day."));
	if ((from == NULL) != (to == NULL))
		return deed_refuse(rq, re, 400, "bad-parameter",
		    N_("Of days both are needed: the first and the last."));
	bool last = strcmp(month != NULL ? month : week != NULL ? week : "", "last") == 0;
	if (last) {
		*p = period_last(month != NULL ? PERIOD_MONTH : PERIOD_WEEK, rq->wall_ms / 1000);
		return 200;
	}
	if (from != NULL)
		snprintf(text, sizeof text, "%.24s..%.24s", from, to);
	else
		snprintf(text, sizeof text, "%.48s", month != NULL ? month : week);
	if (period_parse(p, text, &e) == -1)
		return reply_error(re, 400, "bad-parameter", "%s", e.msg);
	if ((month != NULL && p->kind != PERIOD_MONTH) || (week != NULL && p->kind != PERIOD_WEEK))
		return reply_error(
		    re, 400, "bad-parameter", "month= is written 2026-10, week= 2026-W43");
	return 200;
}

/* The languages of all lang=; of none those of the configuration. */
static int
read_langs(const struct collector *c, const struct request *rq, struct reply *re, unsigned *langs)
{
	const struct conf_texts *t = &c->conf->report.languages;

	*langs = 0;
	for (size_t i = 0; i < rq->nparams; i++) {
		if (strcmp(rq->params[i].name, "lang") != 0)
			continue;
		for (const char *s = rq->params[i].value; *s != '\0';) {
			size_t n = strcspn(s, ",");
			char word[4] = "";
			if (n < sizeof word)
				memcpy(word, s, n);
			if (strcmp(lang_word(lang_of(word)), word) != 0)
				return reply_error(re, 400, "bad-parameter",
				    "lang= is not az, ru, en, or several with commas");
			*langs |= 1U << lang_of(word);
			s += n + (s[n] == ',');
		}
	}
	for (size_t i = 0; *langs == 0 && i < t->n; i++)
		*langs |= 1U << lang_of(t->v[i]);
	*langs = *langs != 0 ? *langs : ALL_LANGS;
	return 200;
}

/* The zone; "": the site. */
static int
read_zone(const struct collector *c, const struct request *rq, struct reply *re, const char **zone)
{
	const char *text = given(rq, "zone");

	*zone = text == NULL || strcmp(text, "site") == 0 ? "" : text;
	if (**zone != '\0' && site_zone(c->site, *zone) == NULL)
		return reply_error(re, 404, "no-such-zone", "there is no zone \"%.63s\"", *zone);
	return 200;
}

/* It will be made: where to look. */
static int
accepted(struct reply *re, const struct reports *r, const char *name, uint64_t number)
{
	const struct reports_job *job = reports_job_of(r, name);
	char path[SHELF_MAX_NAME + 32];

	if (!re->api) {
		re->location = "/reports";
		return 303;
	}
	snprintf(path, sizeof path, "/api/v1/reports/%s", name);
	struct json j = member_begin(re);
	json_text(&j, "name", name);
	json_uint(&j, "number", number);
	json_text(&j, "state", job != NULL ? reports_state_word(job->state) : "ready");
	json_text(&j, "path", path);
	json_end(&j);
	return 202;
}

int
reportsapi_make(const struct collector *c, const struct request *rq, struct reply *re)
{
	char author[ALERT_MAX_AUTHOR], name[SHELF_MAX_NAME];
	struct reports_wish w = { .author = author };
	uint64_t number;
	struct err e;
	int status = form_author(rq, re, author);

	if (status == 200)
		status = read_period(rq, re, &w.period);
	if (status == 200)
		status = read_zone(c, rq, re, &w.zone);
	if (status == 200)
		status = read_langs(c, rq, re, &w.langs);
	if (status != 200)
		return status;
	if (c->reports == NULL)
		return reply_error(re, 503, "no-reports", "no reports are made here");
	if (w.period.from_s > rq->wall_ms / 1000)
		return deed_refuse(
		    rq, re, 400, "bad-parameter", N_("That time has not begun yet."));
	if (reports_make(c->reports, &w, &number, &e) == -1)
		return reply_error(re, 503, "busy", "%s", e.msg);
	shelf_name(name, &w.period, w.zone);
	deed_note(c, rq->wall_ms, author, "report", name, "");
	return accepted(re, c->reports, name, number);
}

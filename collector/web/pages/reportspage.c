/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In the order in which a reader asks: is there something on its way, where is the report that I
 * want, how do I get another. */
#include "collector/web/pages/reportspage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/text_reason.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/reports.h"
#include "collector/site/site.h"
#include "collector/web/pages/actionspage.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/units.h"

/* In the order in which the files stand. */
static const enum lang order[LANG_N] = { LANG_AZ, LANG_RU, LANG_EN };
static const char *const tongues[LANG_N] = {
	[LANG_EN] = "English",
	[LANG_AZ] = "Azərbaycanca",
	[LANG_RU] = "Русский",
};

/* What a report is of: "October 2026", and the zone. */
static void
put_subject(
    struct buf *b, const struct collector *c, enum lang l, const struct period *p, const char *zone)
{
	const struct zone *z = zone[0] != '\0' ? site_zone(c->site, zone) : NULL;
	char title[128], name[200];

	period_title(p, title, sizeof title, l);
	html_text(b, title);
	if (zone[0] == '\0')
		return;
	text_zone(name, sizeof name, z, "", l);
	html_raw(b, "<br><small>");
	html_text(b, z != NULL ? name : zone);
	html_raw(b, "</small>");
}

/* How far it is. */
static void
put_state(struct buf *b, const struct request *rq, const struct reports_job *j)
{
	enum lang l = rq->lang;

	if (j->state == REPORTS_MAKING) {
		html_raw(b, "<progress max=\"100\" value=\"");
		html_textf(b, "%d\" aria-label=\"", j->percent);
		page_say(b, l, "Progress");
		html_raw(b, "\"></progress> ");
		page_sayf(b, l, "being made, %d %%", j->percent);
	} else if (j->state == REPORTS_WAITING) {
		page_say(b, l, "waits for its turn");
	} else {
		html_raw(b, "<span class=\"alarm\">✕ ");
		page_say(b, l, "could not be made");
		html_raw(b, "</span>");
	}
	if (j->why[0] != '\0') {
		html_raw(b, "<br><small>");
		html_text(b, j->why);
		html_raw(b, "</small>");
	}
	if (j->state == REPORTS_FAILED && j->next_ms != 0) {
		html_raw(b, "<br><small>");
		page_say(b, l, "again at");
		html_raw(b, " ");
		bits_time(b, l, j->next_ms, rq->wall_ms);
		html_raw(b, "</small>");
	}
}

/* Those on their way. */
static void
put_jobs(struct buf *b, const struct collector *c, const struct request *rq)
{
	static const char *const heads[] = { N_("Report"), N_("State"), N_("Asked for"), NULL };
	const struct reports *r = c->reports;
	enum lang l = rq->lang;

	if (r == NULL || reports_njobs(r) == 0)
		return;
	html_raw(b, "<section class=\"card broad\">\n<h2>");
	page_say(b, l, "On their way");
	html_raw(b, "</h2>\n");
	bits_table(b, l, NULL, heads);
	for (size_t i = 0; i < reports_njobs(r); i++) {
		const struct reports_job *j = reports_job_at(r, i);
		html_raw(b, "<tr><td>");
		put_subject(b, c, l, &j->period, j->zone);
		html_raw(b, "</td><td class=\"wide\">");
		put_state(b, rq, j);
		html_raw(b, "</td><td>");
		if (j->scheduled)
			page_say(b, l, "by itself");
		else
			html_text(b, j->author);
		html_raw(b, "<br><small>");
		bits_time(b, l, j->asked_ms, rq->wall_ms);
		html_raw(b, "</small></td></tr>\n");
	}
	bits_table_end(b);
	html_raw(b, "</section>\n");
}

/* The link to a file. */
static void
put_file(struct buf *b, enum lang l, const struct shelf_report *r, const struct shelf_file *f)
{
	static const char *const words[SHELF_FORMS] = { "PDF", "HTML", "CSV" };
	char size[UNITS_MAX], title[128];

	lang_value(size, sizeof size, (double)f->bytes, "By", l);
	period_title(&r->period, title, sizeof title, l);
	html_raw(b, "<a href=\"/api/v1/reports/");
	html_query(b, r->name);
	html_raw(b, "/");
	html_query(b, f->name);
	html_raw(b, "\" title=\"");
	html_text(b, size);
	html_raw(b, "\" aria-label=\"");
	html_textf(b, "%s, %s%s%s, %s", words[f->form], title, r->zone[0] != '\0' ? ", " : "",
	    r->zone, tongues[f->lang]);
	html_raw(b, "\">");
	html_raw(b, words[f->form]);
	html_raw(b, "</a>");
}

/* Its files, a line for each language. */
static void
put_files(struct buf *b, enum lang l, const struct shelf_report *r)
{
	bool line = false;

	for (size_t i = 0; i < LANG_N; i++) {
		if ((r->langs & 1U << order[i]) == 0)
			continue;
		html_raw(b, line ? "<br>\n" : "");
		line = true;
		html_raw(b, "<small>");
		html_raw(b, lang_word(order[i]));
		html_raw(b, "</small>");
		for (int form = 0; form < SHELF_FORMS; form++) {
			const struct shelf_file *f = shelf_file(r, order[i], (enum shelf_form)form);
			if (f == NULL)
				continue;
			html_raw(b, " ");
			put_file(b, l, r, f);
		}
	}
}

/* A past one. */
static void
put_row(struct buf *b, const struct collector *c, const struct request *rq,
    const struct shelf_report *r)
{
	char text[32];

	html_raw(b, "<tr><td>");
	put_subject(b, c, rq->lang, &r->period, r->zone);
	html_raw(b, "</td><td class=\"nowrap files\">");
	put_files(b, rq->lang, r);
	html_raw(b, "</td><td class=\"number\">");
	lang_number(text, sizeof text, r->completeness, 1, rq->lang);
	html_text(b, text);
	html_raw(b, isnan(r->completeness) ? "" : " %");
	html_raw(b, "</td><td class=\"nowrap\">");
	bits_time(b, rq->lang, r->made_ms, rq->wall_ms);
	html_raw(b, "</td></tr>\n");
}

/* Past ones, the newest first. */
static void
put_past(struct buf *b, const struct collector *c, const struct request *rq)
{
	static const char *const heads[] = { N_("Report"), N_("Files"), ">" N_("Data"), N_("Made"),
		NULL };
	size_t n = c->reports != NULL ? reports_count(c->reports) : 0;
	unsigned page = bits_asked(rq).page;
	size_t first = (size_t)page * BITS_PAGE;

	if (n == 0) {
		html_raw(b, "<p class=\"calm\">");
		page_say(b, rq->lang, "There is no report yet.");
		html_raw(b, "</p>\n");
		return;
	}
	bits_table(b, rq->lang, NULL, heads);
	for (size_t i = first; i < n && i < first + BITS_PAGE; i++)
		put_row(b, c, rq, reports_at(c->reports, i));
	bits_table_end(b);
	bits_pages(b, rq, "/reports", page, n > first + BITS_PAGE);
}

/* When the next comes. */
static void
put_next(
    struct buf *b, const struct collector *c, enum lang l, enum period_kind kind, const char *label)
{
	char title[128];
	struct period p;
	int64_t at_s;

	if (c->reports == NULL || !reports_next(c->reports, kind, &p, &at_s))
		return;
	period_title(&p, title, sizeof title, l);
	bits_fact(b, l, label);
	html_text(b, title);
	html_raw(b, "<br><small>");
	page_time(b, l, at_s * 1000);
	html_raw(b, "</small>");
	bits_fact_end(b);
}

/* What comes by itself, and how many get it. */
static void
put_routine(struct buf *b, const struct collector *c, enum lang l)
{
	html_raw(b, "<section class=\"card\">\n<h2>");
	page_say(b, l, "By themselves");
	html_raw(b, "</h2>\n<dl class=\"facts\">\n");
	put_next(b, c, l, PERIOD_MONTH, N_("Next monthly report"));
	put_next(b, c, l, PERIOD_WEEK, N_("Next weekly report"));
	bits_fact_count(b, l, N_("Recipients"), c->conf->report.recipients.n);
	html_raw(b, "</dl>\n");
	if (c->conf->report.recipients.n == 0) {
		html_raw(b, "<p class=\"hint\">");
		page_say(b, l, "Nobody gets them by mail: report.recipients is empty.");
		html_raw(b, "</p>\n");
	}
	html_raw(b, "</section>\n");
}

/* What all forms share: where, in which languages, who. */
static void
put_rest(struct buf *b, const struct collector *c, const struct request *rq)
{
	bits_scope(b, c, rq->lang);
	html_raw(b, "<fieldset class=\"choices\"><legend>");
	page_say(b, rq->lang, "Languages");
	html_raw(b, "</legend>\n");
	for (size_t i = 0; i < LANG_N; i++) {
		html_raw(b, "<label><input type=\"checkbox\" name=\"lang\" value=\"");
		html_raw(b, lang_word(order[i]));
		html_raw(b, order[i] == rq->lang ? "\" checked> " : "\"> ");
		html_raw(b, tongues[order[i]]);
		html_raw(b, "</label>\n");
	}
	html_raw(b, "</fieldset>\n");
	bits_author(b, rq);
	bits_button(b, rq->lang, "Make it");
}

/* A form for one kind of time; n fields. */
static void
put_form(struct buf *b, const struct collector *c, const struct request *rq,
    const struct bits_field *fields, size_t n)
{
	html_raw(b, "<form class=\"act\" method=\"post\" action=\"/reports\">\n");
	for (size_t i = 0; i < n; i++)
		bits_field(b, rq->lang, &fields[i]);
	put_rest(b, c, rq);
	html_raw(b, "</form>\n");
}

/* How one gets another: of a month; what is rarer is folded. */
static void
put_new(struct buf *b, const struct collector *c, const struct request *rq)
{
	struct period month = period_last(PERIOD_MONTH, rq->wall_ms / 1000);
	struct period week = period_last(PERIOD_WEEK, rq->wall_ms / 1000);
	char month_name[PERIOD_NAME], week_name[PERIOD_NAME];

	period_name(&month, month_name);
	period_name(&week, week_name);
	const struct bits_field of_month = { .name = "month",
		.label = N_("Month"),
		.type = "month",
		.value = month_name,
		.needed = true };
	const struct bits_field of_week = { .name = "week",
		.label = N_("Week"),
		.type = "week",
		.value = week_name,
		.needed = true };
	const struct bits_field of_days[] = {
		{ .name = "from", .label = N_("From day"), .type = "date", .needed = true },
		{ .name = "to", .label = N_("To day"), .type = "date", .needed = true },
	};
	html_raw(b, "<section class=\"card\">\n<h2>");
	page_say(b, rq->lang, "Make a report");
	html_raw(b, "</h2>\n");
	put_form(b, c, rq, &of_month, 1);
	html_raw(b, "<details><summary>");
	page_say(b, rq->lang, "Of a week");
	html_raw(b, "</summary>\n");
	put_form(b, c, rq, &of_week, 1);
	html_raw(b, "</details>\n<details><summary>");
	page_say(b, rq->lang, "Of any days");
	html_raw(b, "</summary>\n");
	put_form(b, c, rq, of_days, 2);
	html_raw(b, "</details>\n</section>\n");
}

int
reportspage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;
	enum lang l = rq->lang;

	page_begin(re, c, rq,
	    &(struct page){
		.title = lang_text(l, "Reports"), .here = "/reports", .live = "reports" });
	html_raw(b, "<h1>");
	page_say(b, l, "Reports");
	html_raw(b, "</h1>\n<p><a href=\"/quality\">");
	page_say(b, l, "Alarm quality, month by month");
	html_raw(b, "</a></p>\n");
	put_jobs(b, c, rq);
	put_past(b, c, rq);
	html_raw(b, "<div class=\"flow\">\n");
	if (rq->who->role >= WHO_OPERATOR)
		put_new(b, c, rq);
	put_routine(b, c, l);
	actionspage_put(b, c, rq);
	html_raw(b, "</div>\n");
	page_end(b);
	return 200;
}

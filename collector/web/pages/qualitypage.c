/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history's figures of a calendar month, local time, in the order in which a reader asks: how
 * many, on which days, what kind, which should go, how fast were we. */
#include "collector/web/pages/qualitypage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/story.h"
#include "zw/units.h"

#define MANY_A_DAY 144 /* EEMUA 191: very likely acceptable, one operator */
#define SHOWN 20

/* The month that is asked for: its first moment and that of the next. */
struct month {
	int year;
	int month; /* 1-12 */
	int64_t from_ms;
	int64_t to_ms;
};

/* Midnight of the first of a month that may be out of 1-12. */
static int64_t
first_of(int year, int month)
{
	struct tm tm = {
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = 1, .tm_isdst = -1
	};

	return (int64_t)mktime(&tm) * 1000;
}

/* The month of the address, else this one. */
static struct month
month_of(const struct request *rq)
{
	const char *text = request_param(rq, "month");
	time_t now = (time_t)(rq->wall_ms / 1000);
	struct month m = { .year = 1970, .month = 1 };
	struct tm tm;
	int end = 0;

	if (localtime_r(&now, &tm) != NULL) {
		m.year = tm.tm_year + 1900;
		m.month = tm.tm_mon + 1;
	}
	int year, month;
	if (text != NULL && sscanf(text, "%4d-%2d%n", &year, &month, &end) == 2 &&
	    text[end] == '\0' && year >= 1971 && year <= 2200 && month >= 1 && month <= 12) {
		m.year = year;
		m.month = month;
	}
	m.from_ms = first_of(m.year, m.month);
	m.to_ms = first_of(m.year, m.month + 1);
	return m;
}

/* A share as "12,5 %". */
static void
put_share(struct buf *b, enum lang l, double part)
{
	char text[32];

	lang_number(text, sizeof text, part * 100, 1, l);
	html_textf(b, "%s %%", text);
}

/* How many days of the month there were until now. */
static double
days_of(const struct month *m, int64_t now_ms)
{
	int64_t to_ms = m->to_ms < now_ms ? m->to_ms : now_ms;

	return to_ms > m->from_ms ? (double)(to_ms - m->from_ms) / 86400000 : 0;
}

/* The figures that sum it up. */
static void
put_totals(struct buf *b, const struct story *s, const struct month *m)
{
	const struct json_t *alerts = story_part(s->root, "alerts");
	enum lang l = s->rq->lang;
	double days = days_of(m, s->rq->wall_ms);
	char text[64];

	html_raw(b, "<dl class=\"facts\">\n");
	bits_fact_count(
	    b, l, N_("Alerts of which people were told"), (uint64_t)story_int(alerts, "total"));
	if (days > 0) {
		lang_number(
		    text, sizeof text, (double)story_int(alerts, "total") / fmax(days, 1), 1, l);
		bits_fact(b, l, "A day");
		html_text(b, text);
		html_raw(b, " <small>");
		page_sayf(b, l, "(%d is what one operator can take)", MANY_A_DAY);
		html_raw(b, "</small>");
		bits_fact_end(b);
	}
	bits_fact_count(
	    b, l, N_("Silenced or in maintenance"), (uint64_t)story_int(alerts, "muted"));
	bits_fact_count(
	    b, l, N_("Consequences of others"), (uint64_t)story_int(alerts, "consequences"));
	bits_fact_count(b, l, N_("Gone within a minute"), (uint64_t)story_int(alerts, "fleeting"));
	bits_fact_count(b, l, N_("Learned late"), (uint64_t)story_int(alerts, "late"));
	html_raw(b, "</dl>\n");
}

/* Floods: more than ten alerts in ten minutes. */
static void
put_floods(struct buf *b, const struct story *s)
{
	const struct json_t *f = story_part(story_part(s->root, "alerts"), "floods");
	enum lang l = s->rq->lang;

	html_raw(b, "<section class=\"card\">\n<h2>");
	page_say(b, l, "Floods");
	html_raw(b, "</h2>\n<dl class=\"facts\">\n");
	bits_fact_count(b, l, N_("Floods"), (uint64_t)story_int(f, "floods"));
	bits_fact_count(b, l, N_("Minutes in a flood"), (uint64_t)story_int(f, "minutes"));
	bits_fact(b, l, "Part of the time");
	put_share(b, l, story_number(f, "part"));
	bits_fact_end(b);
	bits_fact_count(b, l, N_("Most in 10 minutes"), (uint64_t)story_number(f, "most_in_10min"));
	html_raw(b, "</dl>\n<p class=\"hint\">");
	page_say(b, l,
	    "A flood begins with more than 10 alerts in 10 minutes and ends with fewer than 5.");
	html_raw(b, "</p>\n</section>\n");
}

/* Durations: how many, median, 99 of 100, longest. */
static void
duration_row(struct buf *b, enum lang l, const char *label, const struct json_t *d)
{
	static const char *const keys[] = { "mean_s", "median_s", "p99_s", "max_s" };
	char text[UNITS_MAX];

	html_raw(b, "<tr><th scope=\"row\">");
	page_say(b, l, label);
	html_raw(b, "</th><td class=\"number\">");
	html_textf(b, "%lld", (long long)story_int(d, "count"));
	html_raw(b, "</td>");
	for (size_t i = 0; i < 4; i++) {
		double v = story_number(d, keys[i]);
		if (isnan(v))
			snprintf(text, sizeof text, "–");
		else
			lang_duration(text, sizeof text, (int64_t)v * 1000, l);
		html_raw(b, "<td class=\"number\">");
		html_text(b, text);
		html_raw(b, "</td>");
	}
	html_raw(b, "</tr>\n");
}

/* How soon people had it, and how long it lasted. */
static void
put_times(struct buf *b, const struct story *s)
{
	static const char *const heads[] = { N_("What"), ">" N_("Count"), ">" N_("Mean"),
		">" N_("Median"), ">" N_("99 of 100 within"), ">" N_("Longest"), NULL };
	const struct json_t *in = story_part(s->root, "incidents");
	enum lang l = s->rq->lang;

	html_raw(b, "<section class=\"card broad\">\n<h2>");
	page_say(b, l, "Incidents");
	html_raw(b, "</h2>\n<dl class=\"facts\">\n");
	bits_fact_count(b, l, N_("Incidents"), (uint64_t)story_int(in, "total"));
	bits_fact_count(b, l, N_("Never acknowledged"), (uint64_t)story_int(in, "unacknowledged"));
	bits_fact_count(b, l, N_("Still open"), (uint64_t)story_int(in, "open"));
	html_raw(b, "</dl>\n");
	bits_table(b, l, NULL, heads);
	duration_row(b, l, N_("Time to acknowledge"), story_part(in, "mtta"));
	duration_row(b, l, N_("Time to the end"), story_part(in, "mttr"));
	duration_row(b, l, N_("From opening to the relay's yes"),
	    story_part(story_part(s->root, "mails"), "opening_to_acceptance"));
	bits_table_end(b);
	html_raw(b, "</section>\n");
}

/* Alerts by day, as bars with a table's text. */
static void
put_days(struct buf *b, const struct story *s)
{
	const struct json_t *alerts = story_part(s->root, "alerts");
	size_t n = story_count(alerts, "per_day");
	enum lang l = s->rq->lang;
	int64_t most = 1;

	for (size_t i = 0; i < n; i++) {
		int64_t v = story_int(story_row(alerts, "per_day", i), "alerts");
		most = v > most ? v : most;
	}
	html_raw(b, "<section class=\"card\">\n<h2>");
	page_say(b, l, "Alerts by day");
	html_raw(b, "</h2>\n");
	if (n == 0) {
		html_raw(b, "<p>");
		page_say(b, l, "None.");
		html_raw(b, "</p>\n</section>\n");
		return;
	}
	html_raw(b, "<table class=\"days\"><tbody>\n");
	for (size_t i = 0; i < n && i < 31; i++) {
		const struct json_t *row = story_row(alerts, "per_day", i);
		int64_t v = story_int(row, "alerts");
		html_raw(b, "<tr><th scope=\"row\" class=\"nowrap\">");
		html_text(b, story_text(row, "day"));
		html_raw(b, "</th><td class=\"number\">");
		html_textf(b, "%lld", (long long)v);
		html_raw(b,
		    "</td><td class=\"bar-cell\"><svg class=\"bar-line\" viewBox=\"0 0 100 6\" "
		    "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect height=\"6\" "
		    "width=\"");
		html_textf(b, "%lld", (long long)(v * 100 / most));
		html_raw(b, "\"/></svg></td></tr>\n");
	}
	html_raw(b, "</tbody></table>\n</section>\n");
}

/* Where a subject is: node or zone, series, field. */
static void
put_subject(struct buf *b, const struct story *s, const struct json_t *row)
{
	if (*story_text(row, "node") != '\0')
		bits_node(b, s->c, story_text(row, "node"));
	else
		bits_zone(b, s->c, s->rq->lang, story_text(row, "zone"));
	html_raw(b, " <small>");
	html_textf(b, "%s %s", story_text(row, "series"), story_text(row, "field"));
	html_raw(b, "</small>");
}

/* The ten that came most often: rules, then subjects. */
static void
put_frequent(struct buf *b, const struct story *s, const char *list, const char *title)
{
	static const char *const heads[] = { N_("What"), ">" N_("Alerts"), ">" N_("Share"), NULL };
	const struct json_t *alerts = story_part(s->root, "alerts");
	enum lang l = s->rq->lang;
	size_t n = story_count(alerts, list);

	if (n == 0)
		return;
	html_raw(b, "<section class=\"card\">\n<h2>");
	page_say(b, l, title);
	html_raw(b, "</h2>\n");
	bits_table(b, l, NULL, heads);
	for (size_t i = 0; i < n && i < 10; i++) {
		const struct json_t *row = story_row(alerts, list, i);
		const char *rule_title = story_text(row, "title");
		html_raw(b, "<tr><td class=\"wide\">");
		if (strcmp(list, "top_subjects") == 0) {
			put_subject(b, s, row);
			html_raw(b, "<br>");
		}
		html_text(b, *rule_title != '\0' ? lang_text(l, rule_title) : "");
		html_raw(b, " <small translate=\"no\">");
		html_text(b, story_text(row, "rule"));
		html_raw(b, "</small></td><td class=\"number\">");
		html_textf(b, "%lld", (long long)story_int(row, "alerts"));
		html_raw(b, "</td><td class=\"number\">");
		put_share(b, l, story_number(row, "part"));
		html_raw(b, "</td></tr>\n");
	}
	bits_table_end(b);
	html_raw(b, "</section>\n");
}

/* What came and went, and what stood for more than a day. */
static void
put_nuisance(struct buf *b, const struct story *s)
{
	const struct json_t *alerts = story_part(s->root, "alerts");
	enum lang l = s->rq->lang;
	size_t chattering = story_count(alerts, "chattering"), stale = story_count(alerts, "stale");

	html_raw(b, "<section class=\"card\">\n<h2>");
	page_say(b, l, "Came and went again and again");
	html_raw(b, "</h2>\n<ul>\n");
	for (size_t i = 0; i < chattering && i < SHOWN; i++) {
		const struct json_t *row = story_row(alerts, "chattering", i);
		html_raw(b, "<li>");
		html_textf(
		    b, "%s ×%lld", story_text(row, "subject"), (long long)story_int(row, "times"));
		html_raw(b, "</li>\n");
	}
	html_raw(b, "</ul>\n");
	if (chattering == 0)
		page_say(b, l, "None.");
	html_raw(b, "<h2>");
	page_say(b, l, "Stood for more than a day");
	html_raw(b, "</h2>\n<ul>\n");
	for (size_t i = 0; i < stale && i < SHOWN; i++) {
		const struct json_t *row = story_row(alerts, "stale", i);
		char text[UNITS_MAX];
		html_raw(b, "<li>");
		put_subject(b, s, row);
		lang_duration(text, sizeof text, story_int(row, "seconds") * 1000, l);
		html_textf(b, " %s, %s", story_text(row, "rule"), text);
		html_raw(b, "</li>\n");
	}
	html_raw(b, "</ul>\n");
	if (stale == 0)
		page_say(b, l, "None.");
	html_raw(b, "</section>\n");
}

/* Messages: how many, what became of them. */
static void
put_mails(struct buf *b, const struct story *s)
{
	const struct json_t *m = story_part(s->root, "mails");
	enum lang l = s->rq->lang;

	html_raw(b, "<section class=\"card\">\n<h2>");
	page_say(b, l, "Messages");
	html_raw(b, "</h2>\n<dl class=\"facts\">\n");
	bits_fact_count(b, l, N_("Made"), (uint64_t)story_int(m, "total"));
	bits_fact_count(b, l, N_("Handed over"), (uint64_t)story_int(m, "sent"));
	bits_fact_count(b, l, N_("Not delivered"), (uint64_t)story_int(m, "failed"));
	bits_fact_count(b, l, N_("Withdrawn"), (uint64_t)story_int(m, "superseded"));
	bits_fact_count(b, l, N_("Wait"), (uint64_t)story_int(m, "waiting"));
	html_raw(b, "</dl>\n<p><a href=\"/messages\">");
	page_say(b, l, "All messages with the answers");
	html_raw(b, "</a></p>\n</section>\n");
}

/* The month, and the way to others. */
static void
put_choice(struct buf *b, const struct story *s, const struct month *m)
{
	enum lang l = s->rq->lang;
	char value[16];

	snprintf(value, sizeof value, "%04d-%02d", m->year, m->month);
	html_raw(b, "<form class=\"act filter\" method=\"get\" action=\"/quality\">\n");
	bits_field(b, l,
	    &(struct bits_field){
		.name = "month", .label = N_("Month"), .type = "month", .value = value });
	bits_zones(b, s->c, l, request_param(s->rq, "zone"));
	bits_button(b, l, "Show");
	html_raw(b, "</form>\n");
}

/* The page. */
static void
put(struct reply *re, const struct story *s)
{
	struct buf *b = &re->body;
	enum lang l = s->rq->lang;
	struct month m = month_of(s->rq);
	char title[64];

	page_begin(re, s->c, s->rq,
	    &(struct page){ .title = lang_text(l, "Alarm quality"), .here = "/reports" });
	html_raw(b, "<h1>");
	snprintf(title, sizeof title, "%02d.%04d", m.month, m.year);
	page_say(b, l, "Alarm quality");
	html_textf(b, ", %s", title);
	html_raw(b, "</h1>\n");
	put_choice(b, s, &m);
	put_totals(b, s, &m);
	html_raw(b, "<div class=\"flow\">\n");
	put_days(b, s);
	put_frequent(b, s, "top_rules", N_("Rules that came most often"));
	put_frequent(b, s, "top_subjects", N_("Places that came most often"));
	put_times(b, s);
	put_floods(b, s);
	put_nuisance(b, s);
	put_mails(b, s);
	html_raw(b, "</div>\n");
	page_end(b);
}

int
qualitypage_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct month m = month_of(rq);

	return story_ask(c, rq, re,
	    &(struct history_ask){ .what = "stats",
		.from_ms = m.from_ms,
		.to_ms = m.to_ms,
		.zone = bits_param(rq, "zone"),
		.limit = 100 },
	    put, NULL);
}

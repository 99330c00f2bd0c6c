/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields, filters and the way through long lists. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/collector.h"
#include "collector/alert/text_reason.h"
#include "collector/site/site.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/str.h"

#define MAX_PAGES 2000

/* An attribute with a text from anywhere. */
static void
attribute(struct buf *b, const char *name, const char *value)
{
	html_raw(b, " ");
	html_raw(b, name);
	html_raw(b, "=\"");
	html_text(b, value);
	html_raw(b, "\"");
}

void
bits_field(struct buf *b, enum lang l, const struct bits_field *f)
{
	html_raw(b, "<label>");
	page_say(b, l, f->label);
	html_raw(b, " <input");
	attribute(b, "name", f->name);
	attribute(b, "type", f->type != NULL ? f->type : "text");
	attribute(b, "value", f->value != NULL ? f->value : "");
	if (f->hint != NULL)
		attribute(b, "placeholder", lang_text(l, f->hint));
	if (f->type == NULL || strcmp(f->type, "search") == 0)
		html_textf(b, " maxlength=%u", f->max != 0 ? f->max : 120);
	html_raw(b, f->needed ? " required></label>\n" : "></label>\n");
}

/* One entry of a choice. */
static void
option(struct buf *b, const char *value, const char *text, const char *chosen)
{
	html_raw(b, "<option");
	attribute(b, "value", value);
	html_raw(b, chosen != NULL && strcmp(value, chosen) == 0 ? " selected>" : ">");
	html_text(b, text);
	html_raw(b, "</option>");
}

/* Its beginning. */
static void
choice(struct buf *b, enum lang l, const char *name, const char *label, const char *all)
{
	html_raw(b, "<label>");
	page_say(b, l, label);
	html_raw(b, " <select");
	attribute(b, "name", name);
	html_raw(b, ">");
	if (all != NULL)
		option(b, "", lang_text(l, all), NULL);
}

void
bits_choice(struct buf *b, enum lang l, const char *name, const char *label, const char *all,
    const char *const *words, const char *chosen)
{
	choice(b, l, name, label, all);
	for (; *words != NULL; words++)
		option(b, *words, bits_word(l, *words), chosen);
	html_raw(b, "</select></label>\n");
}

/* An option for each zone. */
static void
zone_options(struct buf *b, const struct collector *c, enum lang l, const char *chosen)
{
	char text[200];

	for (size_t i = 0; i < site_nzones(c->site); i++) {
		const struct zone *z = site_zone_at(c->site, i);
		text_zone(text, sizeof text, z, "", l);
		option(b, z->name, text, chosen);
	}
}

void
bits_zones(struct buf *b, const struct collector *c, enum lang l, const char *chosen)
{
	choice(b, l, "zone", N_("Zone"), N_("all"));
	zone_options(b, c, l, chosen);
	option(b, "site", lang_text(l, "Site"), chosen);
	html_raw(b, "</select></label>\n");
}

void
bits_scope(struct buf *b, const struct collector *c, enum lang l)
{
	choice(b, l, "zone", N_("Zone"), N_("The whole site"));
	zone_options(b, c, l, "");
	html_raw(b, "</select></label>\n");
}

void
bits_author(struct buf *b, const struct request *rq)
{
	if (rq->who->name[0] == '\0')
		bits_field(b, rq->lang,
		    &(struct bits_field){ .name = "author",
			.label = N_("Your name"),
			.value = rq->author,
			.max = 63,
			.needed = true });
}

void
bits_button(struct buf *b, enum lang l, const char *text)
{
	html_raw(b, "<button type=\"submit\">");
	page_say(b, l, text);
	html_raw(b, "</button>\n");
}

/* Midnight, local, of a day YYYY-MM-DD, plus so many days; 0: it is none. */
static int64_t
day_ms(const char *text, int days)
{
	struct tm tm = { 0 };
	int year, month, day, end = 0;

	if (text == NULL || sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 ||
	    text[end] != '\0' || year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > 31)
		return 0;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day + days;
	tm.tm_isdst = -1;
	time_t t = mktime(&tm);
	return t <= 0 ? 0 : (int64_t)t * 1000;
}

const char *
bits_param(const struct request *rq, const char *name)
{
	const char *text = request_param(rq, name);

	return text != NULL && *text != '\0' ? text : NULL;
}

struct bits_span
bits_asked(const struct request *rq)
{
	const char *page = request_param(rq, "page");
	struct bits_span span = { .from_ms = day_ms(request_param(rq, "from"), 0),
		.to_ms = day_ms(request_param(rq, "to"), 1) };
	uint64_t n;

	if (page != NULL && str_to_u64(page, 1, MAX_PAGES, &n) == 0)
		span.page = (unsigned)n - 1;
	if (span.to_ms != 0 && span.to_ms <= span.from_ms)
		span.to_ms = span.from_ms + 1;
	return span;
}

void
bits_days(struct buf *b, const struct request *rq)
{
	bits_field(b, rq->lang,
	    &(struct bits_field){ .name = "from",
		.label = N_("From day"),
		.type = "date",
		.value = request_param(rq, "from") });
	bits_field(b, rq->lang,
	    &(struct bits_field){ .name = "to",
		.label = N_("To day"),
		.type = "date",
		.value = request_param(rq, "to") });
}

/* A link to a page of the same list. */
static void
page_link(struct buf *b, const struct request *rq, const char *path, unsigned page, const char *rel,
    const char *text)
{
	html_raw(b, "<a");
	attribute(b, "rel", rel);
	html_raw(b, " href=\"");
	html_text(b, path);
	html_textf(b, "?page=%u", page + 1);
	for (size_t i = 0; i < rq->nparams; i++) {
		const struct request_param *p = &rq->params[i];
		if (strcmp(p->name, "page") == 0 || *p->value == '\0')
			continue;
		html_raw(b, "&amp;");
		html_query(b, p->name);
		html_raw(b, "=");
		html_query(b, p->value);
	}
	html_raw(b, "\">");
	page_say(b, rq->lang, text);
	html_raw(b, "</a>\n");
}

void
bits_pages(struct buf *b, const struct request *rq, const char *path, unsigned page, bool more)
{
	if (page == 0 && !more)
		return;
	html_raw(b, "<nav class=\"pages\" aria-label=\"");
	page_say(b, rq->lang, "Pages of the list");
	html_raw(b, "\">\n");
	if (page > 0)
		page_link(b, rq, path, page - 1, "prev", N_("← newer"));
	html_raw(b, "<span>");
	page_sayf(b, rq->lang, "page %u", page + 1);
	html_raw(b, "</span>\n");
	if (more && page + 1 < MAX_PAGES)
		page_link(b, rq, path, page + 1, "next", N_("older →"));
	html_raw(b, "</nav>\n");
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small parts of all pages: texts, states, moments and ages in the reader's language. */
#include "collector/web/pages/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/web/pages/html.h"
#include "zw/str.h"
#include "zw/wire.h"

void
page_say(struct buf *b, enum lang l, const char *text)
{
	html_text(b, lang_text(l, text));
}

void
page_sayf(struct buf *b, enum lang l, const char *fmt, ...)
{
	char text[2048];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, lang_text(l, fmt), ap);
	va_end(ap);
	html_text(b, text);
}

void
page_badge(struct buf *b, enum lang l, enum view_state s)
{
	html_raw(b, "<span class=\"badge ");
	html_text(b, view_word(s));
	html_raw(b, "\"><span aria-hidden=\"true\">");
	html_text(b, view_sign(s));
	html_raw(b, "</span> ");
	page_say(b, l, view_phrase(s));
	html_raw(b, "</span>");
}

void
page_badge_pending(struct buf *b, enum lang l)
{
	html_raw(b, "<span class=\"badge pending\"><span aria-hidden=\"true\">…</span> ");
	page_say(b, l, N_("pending"));
	html_raw(b, "</span>");
}

enum view_state
page_severity(int severity)
{
	if (severity == WIRE_CRITICAL)
		return VIEW_CRITICAL;
	return severity == WIRE_WARNING ? VIEW_WARNING : VIEW_OK;
}

/* An element for a moment, up to its text; the whole of it shows on it. */
static void
time_begin(struct buf *b, enum lang l, int64_t wall_ms, const char *class)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;
	char text[64] = "";
	html_raw(b, "<time");
	if (class != NULL) {
		html_raw(b, " class=\"");
		html_raw(b, class);
		html_raw(b, "\"");
	}
	html_raw(b, " datetime=\"");
	if (localtime_r(&t, &tm) != NULL)
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &tm);
	html_text(b, text);
	html_raw(b, "\" title=\"");
	lang_time(text, sizeof text, wall_ms, l);
	html_text(b, text);
	html_raw(b, "\">");
}

void
page_time(struct buf *b, enum lang l, int64_t wall_ms)
{
	char text[64];
	lang_time(text, sizeof text, wall_ms, l);
	time_begin(b, l, wall_ms, NULL);
	/* Without how far it is from UTC, which stands in its title. */
	char *offset = strrchr(text, ' ');
	html_textf(b, "%.*s", offset != NULL ? (int)(offset - text) : (int)strlen(text), text);
	html_raw(b, "</time>");
}

void
page_moment(struct buf *b, enum lang l, int64_t wall_ms, int64_t now_ms)
{
	time_t t = (time_t)(wall_ms / 1000), now = (time_t)(now_ms / 1000);
	struct tm tm = { 0 }, today = { 0 };
	char text[64] = "?";
	if (localtime_r(&t, &tm) != NULL && localtime_r(&now, &today) != NULL) {
		bool same = tm.tm_yday == today.tm_yday && tm.tm_year == today.tm_year;
		if (same)
			strftime(text, sizeof text, "%H:%M", &tm);
		else if (l == LANG_EN)
			strftime(text, sizeof text, "%m-%d %H:%M", &tm);
		else
			strftime(text, sizeof text, "%d.%m %H:%M", &tm);
	}
	time_begin(b, l, wall_ms, NULL);
	html_text(b, text);
	html_raw(b, "</time>");
}

void
page_span(char *dst, size_t size, enum lang l, int64_t ms)
{
	long long s = ms < 0 ? 0 : ms / 1000, min = s / 60, h = min / 60, d = h / 24;
	if (s < 60)
		snprintf(dst, size, "%lld %s", s, lang_text(l, N_("s")));
	else if (h == 0)
		snprintf(dst, size, "%lld %s", min, lang_text(l, N_("min")));
	else if (d == 0)
		snprintf(dst, size, "%lld %s %lld %s", h, lang_text(l, N_("h")), min % 60,
		    lang_text(l, "min"));
	else
		snprintf(dst, size, "%lld %s %lld %s", d, lang_text(l, N_("d")), h % 24,
		    lang_text(l, "h"));
}

void
page_ago(struct buf *b, enum lang l, int64_t wall_ms, int64_t now_ms)
{
	char span[64];
	page_span(span, sizeof span, l, now_ms - wall_ms);
	time_begin(b, l, wall_ms, "ago");
	page_sayf(b, l, N_("%s ago"), span);
	html_raw(b, "</time>");
}

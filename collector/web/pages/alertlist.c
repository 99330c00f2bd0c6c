/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node's alerts as a table: severity first, then where, what and what to do, since when. */
#include "collector/web/pages/alertlist.h"

#include <string.h>

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "collector/alert/text_reason.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/units.h"

/* A line below another, less loud. */
static void
put_small(struct buf *b, const char *text)
{
	html_raw(b, "<br><small>");
	html_text(b, text);
	html_raw(b, "</small>");
}

/* Title, reason and, while it lasts, what to do. */
static void
what_cell(struct buf *b, enum lang l, const struct alert *a)
{
	char reason[ALERT_MAX_TEXT];

	html_raw(b, "<td class=\"wide\">");
	html_text(b, text_title(a, l));
	text_beside(reason, sizeof reason, a, l);
	if (reason[0] != '\0')
		html_textf(b, ": %s", reason);
	if (a->advice != NULL && a->state < ALERT_RESOLVED)
		put_small(b, lang_text(l, a->advice));
	html_raw(b, "</td>");
}

/* One alert. */
static void
alert_row(struct buf *b, enum lang l, const struct alert *a, int64_t now_ms)
{
	bool over = a->state >= ALERT_RESOLVED;
	char value[ALERT_MAX_TEXT];

	html_raw(b, over ? "<tr class=\"past\"><td>" : "<tr><td>");
	if (a->state == ALERT_PENDING)
		page_badge_pending(b, l);
	else
		bits_severity(b, l, a->severity, over);
	html_raw(b, "</td><td>");
	html_textf(b, "%s %s", a->series, a->field);
	html_raw(b, "</td>");
	what_cell(b, l, a);
	html_raw(b, "<td class=\"number\">");
	text_value(value, sizeof value, a, l);
	html_text(b, value[0] != '\0' ? value : "–");
	html_raw(b, "</td><td>");
	html_text(b, bits_word(l, alert_state_word(a->state)));
	bits_flags(b, l, a);
	html_raw(b, "</td><td class=\"nowrap\">");
	bits_time(b, l, a->since_ms, now_ms);
	html_raw(b, "<br><small>");
	bits_span(b, l, a->since_ms, over ? a->resolved_ms : now_ms);
	html_raw(b, "</small></td></tr>\n");
}

size_t
alertlist_alerts(struct buf *b, const struct collector *c, enum lang l, const char *node,
    bool active, int64_t wall_ms)
{
	static const char *const heads[] = { N_("Severity"), N_("Where"), N_("What"),
		">" N_("Value"), N_("State"), N_("Since"), NULL };
	size_t n = 0, count = engine_nalerts(c->engine);

	/* Those that fire, then those that may. */
	for (size_t i = 0; i < 2 * count; i++) {
		const struct alert *a = engine_alert_at(c->engine, i % count);
		if ((a->state < ALERT_RESOLVED) != active ||
		    (a->state == ALERT_PENDING) != (i >= count) || strcmp(node, a->node) != 0)
			continue;
		if (n++ == 0)
			bits_table(b, l, active ? N_("Alerts") : N_("Resolved lately"), heads);
		alert_row(b, l, a, wall_ms);
	}
	if (n > 0)
		bits_table_end(b);
	return n;
}

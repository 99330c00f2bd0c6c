/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong, as tables: severity first, then where, what, since when. */
#include "collector/web/pages/alertlist.h"

#include <math.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/units.h"

/* A table's head, in a box that scrolls sideways on a narrow screen. A head that begins with '>'
 * has its column to the right; what is past is less loud. */
static void
table_begin(struct buf *b, const char *caption, const char *const *heads, bool past)
{
	html_raw(b, "<div class=\"scroll\" tabindex=\"0\"><table class=\"list");
	html_raw(b, past ? " past\">\n<caption>" : "\">\n<caption>");
	html_text(b, caption);
	html_raw(b, "</caption>\n<thead><tr>");
	for (; *heads != NULL; heads++) {
		bool right = **heads == '>';
		html_raw(b, right ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">");
		html_text(b, *heads + right);
		html_raw(b, "</th>");
	}
	html_raw(b, "</tr></thead>\n<tbody>\n");
}

/* Its foot. */
static void
table_end(struct buf *b)
{
	html_raw(b, "</tbody>\n</table></div>\n");
}

/* A zone by its title; "site" is the site. */
static void
zone_cell(struct buf *b, const struct collector *c, const char *name)
{
	const struct zone *z = site_zone(c->site, name);
	html_raw(b, "<td class=\"nowrap\">");
	html_text(b, z != NULL ? z->title : name);
	html_raw(b, "</td>");
}

/* A moment and how long ago it was. */
static void
moment_cell(struct buf *b, enum lang l, int64_t ms, int64_t now_ms)
{
	char text[UNITS_MAX];
	units_duration(text, sizeof text, now_ms - ms);
	html_raw(b, "<td class=\"nowrap\">");
	page_time(b, l, ms);
	html_raw(b, " <small>");
	html_textf(b, "%s ago", text);
	html_raw(b, "</small></td>");
}

/* How long something lasted, by the seconds that are shown. */
static void
span_cell(struct buf *b, int64_t from_ms, int64_t to_ms)
{
	char text[UNITS_MAX];
	units_duration(text, sizeof text, to_ms / 1000 * 1000 - from_ms / 1000 * 1000);
	html_raw(b, "<td class=\"nowrap\">");
	html_text(b, text);
	html_raw(b, "</td>");
}

/* One incident. */
static void
incident_row(struct buf *b, const struct collector *c, enum lang l, const struct incident *in,
    int64_t now_ms)
{
	html_raw(b, "<tr><td>");
	page_badge(b, l, page_severity((int)in->severity));
	html_raw(b, "</td>");
	zone_cell(b, c, in->zone);
	html_raw(b, "<td class=\"wide\">");
	html_raw(b, "<a href=\"/incident/");
	html_textf(b, "%llu", (unsigned long long)in->id);
	html_raw(b, "\">");
	html_text(b, in->cause);
	html_raw(b, "</a> <small>");
	html_textf(b, "#%llu", (unsigned long long)in->id);
	if (in->ack.author[0] != '\0')
		html_textf(b, " · %s has it", in->ack.author);
	if (in->firing > 0 && in->muted == in->firing)
		html_text(b, " · silenced");
	html_raw(b, "</small></td>");
	moment_cell(b, l, in->opened_ms, now_ms);
	if (in->closed_ms != 0)
		span_cell(b, in->opened_ms, in->closed_ms);
	html_raw(b, "<td class=\"number\">");
	if (in->closed_ms == 0)
		html_textf(b, "%u of %u", in->firing, in->total);
	else
		html_textf(b, "%u", in->total);
	html_raw(b, "</td></tr>\n");
}

size_t
alertlist_incidents(
    struct buf *b, const struct collector *c, enum lang l, bool open, int64_t wall_ms)
{
	static const char *const open_heads[] = { "Severity", "Zone", "What", "Since",
		">Alerts firing", NULL };
	static const char *const closed_heads[] = { "Severity", "Zone", "What", "Began", "Lasted",
		">Alerts", NULL };
	size_t n = 0;
	for (size_t i = 0; i < engine_nincidents(c->engine); i++) {
		const struct incident *in = engine_incident_at(c->engine, i);
		if ((in->closed_ms == 0) != open)
			continue;
		if (n++ == 0)
			table_begin(b, open ? "Open incidents" : "Closed lately",
			    open ? open_heads : closed_heads, !open);
		incident_row(b, c, l, in, wall_ms);
	}
	if (n > 0)
		table_end(b);
	return n;
}

/* What an alert is on: a link to its node, or the zone. */
static void
subject_cell(struct buf *b, const struct alert *a)
{
	html_raw(b, "<td>");
	if (a->node[0] != '\0') {
		html_raw(b, "<a href=\"/node/");
		html_query(b, a->node);
		html_raw(b, "\">");
		html_text(b, a->node);
		html_raw(b, "</a>");
	} else {
		bool site = strcmp(a->zone, "site") == 0;
		html_textf(b, "%s%s", site ? "" : "zone ", a->zone);
	}
	if (a->series[0] != '\0')
		html_textf(b, " %s", a->series);
	if (a->field[0] != '\0')
		html_textf(b, " %s", a->field);
	html_raw(b, "</td>");
}

/* What holds beside its state. */
static void
put_flags(struct buf *b, const struct alert *a)
{
	static const char *const words[] = { "acknowledged", "silenced", "maintenance",
		"out of service", "no data", "chattering" };

	html_raw(b, "<small>");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (a->flags & 1U << i)
			html_textf(b, " · %s", words[i]);
	if ((a->flags & ALERT_CONSEQUENCE) != 0 && a->because[0] != '\0')
		html_textf(b, " · because of %s", a->because);
	else if ((a->flags & ALERT_CONSEQUENCE) != 0)
		html_text(b,
		    " · follows from the incident's cause"); /* no node's: the zone's, the site's */
	html_raw(b, "</small>");
}

/* One alert. */
static void
alert_row(struct buf *b, enum lang l, const struct alert *a, int64_t now_ms)
{
	static const char *const words[] = { "information", "warning", "critical" };
	char value[UNITS_MAX];
	alert_value(value, sizeof value, a);
	html_raw(b, "<tr><td>");
	if (a->state == ALERT_PENDING)
		page_badge_pending(b, l);
	else
		page_badge(b, l, page_severity((int)a->severity));
	html_raw(b, "</td>");
	subject_cell(b, a);
	html_raw(b, "<td class=\"wide\">");
	html_text(b, a->title);
	if (a->reason[0] != '\0')
		html_textf(b, ": %s", a->reason);
	if (a->advice != NULL && a->state < ALERT_RESOLVED) {
		html_raw(b, "<br><small>");
		html_text(b, a->advice);
		html_raw(b, "</small>");
	}
	html_raw(b, "</td><td class=\"number\">");
	html_text(b, value[0] != '\0' ? value : "–");
	html_raw(b, "</td><td>");
	if (a->state == ALERT_PENDING)
		html_textf(b, "not yet %s", words[a->severity]);
	else
		html_text(b, alert_state_word(a->state));
	put_flags(b, a);
	html_raw(b, "</td>");
	moment_cell(b, l, a->since_ms, now_ms);
	html_raw(b, "</tr>\n");
}

size_t
alertlist_alerts(struct buf *b, const struct collector *c, enum lang l, const char *node,
    bool active, int64_t wall_ms)
{
	static const char *const heads[] = { "Severity", "Where", "What", ">Value", "State",
		"Since", NULL };
	size_t n = 0;
	size_t count = engine_nalerts(c->engine);
	/* Those that fire, then those that may. */
	for (size_t i = 0; i < 2 * count; i++) {
		const struct alert *a = engine_alert_at(c->engine, i % count);
		if ((a->state < ALERT_RESOLVED) != active ||
		    (a->state == ALERT_PENDING) != (i >= count) ||
		    (node != NULL && strcmp(node, a->node) != 0))
			continue;
		if (n++ == 0)
			table_begin(b, active ? "Alerts" : "Resolved lately", heads, !active);
		alert_row(b, l, a, wall_ms);
	}
	if (n > 0)
		table_end(b);
	return n;
}

/* In which order an incident's alerts are read: its cause, what fires by severity, what waits, what
 * is over. */
static unsigned
rank_of(const struct alert *a, uint64_t root)
{
	if (a->id == root)
		return 0;
	if (a->state >= ALERT_RESOLVED)
		return 3 + WIRE_CRITICAL;
	return a->state == ALERT_PENDING ? 2 + WIRE_CRITICAL : 1 + WIRE_CRITICAL - a->severity;
}

void
alertlist_of(
    struct buf *b, const struct collector *c, enum lang l, uint64_t incident, int64_t wall_ms)
{
	static const char *const heads[] = { "Severity", "Where", "What", ">Value", "State",
		"Since", NULL };
	const struct incident *in = engine_incident(c->engine, incident);
	uint64_t root = in != NULL ? in->root : 0;
	size_t count = engine_nalerts(c->engine);
	bool any = false;

	for (size_t i = 0; i < (4 + WIRE_CRITICAL) * count; i++) {
		const struct alert *a = engine_alert_at(c->engine, i % count);
		if (a->incident != incident || rank_of(a, root) != i / count)
			continue;
		if (!any)
			table_begin(b, "Alerts", heads, false);
		any = true;
		alert_row(b, l, a, wall_ms);
	}
	if (any)
		table_end(b);
}

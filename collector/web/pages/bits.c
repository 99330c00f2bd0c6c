/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments, badges, links and tables; the pieces of forms are in bits_form.c. */
#include "collector/web/pages/bits.h"

#include <string.h>
#include <time.h>

#include "collector/collector.h"
#include "collector/alert/text_reason.h"
#include "collector/site/site.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/view.h"
#include "zw/units.h"

void
bits_time(struct buf *b, enum lang l, int64_t ms, int64_t now_ms)
{
	time_t t = (time_t)(ms / 1000), now = (time_t)(now_ms / 1000);
	struct tm tm, today;
	char text[64], machine[64] = "";

	lang_time(text, sizeof text, ms, l);
	if (localtime_r(&t, &tm) != NULL && localtime_r(&now, &today) != NULL) {
		strftime(machine, sizeof machine, "%Y-%m-%dT%H:%M:%S%z", &tm);
		if (tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday)
			lang_clock(text, sizeof text, ms);
		else
			text[strcspn(text, "+-")] = '\0'; /* its offset is the page's */
	}
	if (l == LANG_EN && machine[0] != '\0' && strlen(text) != 8)
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	html_raw(b, "<time datetime=\"");
	html_text(b, machine);
	html_raw(b, "\">");
	html_text(b, text);
	html_raw(b, "</time>");
}

void
bits_span(struct buf *b, enum lang l, int64_t from_ms, int64_t to_ms)
{
	char text[UNITS_MAX];

	lang_duration(text, sizeof text, to_ms / 1000 * 1000 - from_ms / 1000 * 1000, l);
	html_text(b, text);
}

void
bits_severity(struct buf *b, enum lang l, enum wire_severity s, bool past)
{
	static const char *const words[] = { "info", "warning", "critical" };
	enum view_state state = page_severity((int)s);

	html_raw(b, "<span class=\"badge ");
	html_raw(b, past ? "past " : "");
	html_raw(b, words[s]);
	html_raw(b, "\"><span aria-hidden=\"true\">");
	html_text(b, s == WIRE_INFO ? "i" : view_sign(state));
	html_raw(b, "</span> ");
	html_text(b, text_grade(s, l));
	html_raw(b, "</span>");
}

void
bits_flags(struct buf *b, enum lang l, const struct alert *a)
{
	static const char *const words[] = { N_("acknowledged"), N_("silenced"), N_("maintenance"),
		N_("out of service"), N_("no data"), N_("comes and goes"), NULL,
		N_("learned late") };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (words[i] == NULL || (a->flags & 1U << i) == 0)
			continue;
		html_raw(b, "<br><small>");
		page_say(b, l, words[i]);
		html_raw(b, "</small>");
	}
	if ((a->flags & ALERT_CONSEQUENCE) == 0)
		return;
	html_raw(b, "<br><small>");
	if (a->because[0] != '\0')
		page_sayf(b, l, "follows from %s", a->because);
	else
		page_say(b, l, "follows from the cause");
	html_raw(b, "</small>");
}

/* What words of the API, the history and the configuration are called. */
static const struct {
	const char *word;
	const char *text;
} word_rows[] = {
	{ "critical", N_("Critical") },
	{ "warning", N_("Warning") },
	{ "info", N_("Information") },
	{ "acknowledge", N_("acknowledged") },
	{ "unacknowledge", N_("acknowledgement taken back") },
	{ "comment", N_("comment") },
	{ "silence", N_("silence") },
	{ "silence-end", N_("silence ended") },
	{ "silence-extend", N_("silence extended") },
	{ "maintenance", N_("maintenance") },
	{ "out-of-service", N_("out of service") },
	{ "collector-start", N_("collector began") },
	{ "config", N_("configuration changed") },
	{ "reload", N_("configuration reloaded") },
	{ "reload-refused", N_("configuration refused") },
	{ "limit-change", N_("limit changed") },
	{ "clock", N_("clock set back") },
	{ "node-new", N_("node added") },
	{ "node-gone", N_("node removed") },
	{ "series-new", N_("measurement added") },
	{ "series-gone", N_("measurement gone") },
	{ "restart", N_("machine restarted") },
	{ "login", N_("signed in") },
	{ "login-failed", N_("sign-in refused") },
	{ "logout", N_("signed out") },
	{ "lock-out", N_("locked out: too many wrong passwords") },
	{ "password", N_("password set") },
	{ "session-end", N_("sessions ended") },
	{ "user-add", N_("account made") },
	{ "user-link", N_("one-time link made") },
	{ "agent-invite", N_("machine invited") },
	{ "agent-withdraw", N_("invitation withdrawn") },
	{ "agent-revoke", N_("certificates taken back") },
	{ "agent-enrolled", N_("machine enrolled") },
	{ "agent-renewed", N_("certificate renewed") },
	{ "agent-issued", N_("certificate given out") },
	{ "agent-token-again", N_("invitation used a second time") },
	{ "enrolled", N_("by invitation") },
	{ "renewed", N_("renewed") },
	{ "issued", N_("given out by hand") },
	{ "seen", N_("made elsewhere") },
	{ "user-role", N_("role changed") },
	{ "user-remove", N_("account removed") },
	{ "user-unlock", N_("account unlocked") },
	{ "token-add", N_("token made") },
	{ "token-remove", N_("token removed") },
	{ "wall", N_("wall") },
	{ "viewer", N_("viewer") },
	{ "operator", N_("operator") },
	{ "admin", N_("admin") },
	{ "accepted", N_("accepted") },
	{ "refused", N_("refused") },
	{ "failed", N_("not delivered") },
	{ "sent", N_("handed over") },
	{ "waiting", N_("waits") },
	{ "superseded", N_("withdrawn") },
	{ "open", N_("opening") },
	{ "update", N_("update") },
	{ "remind", N_("reminder") },
	{ "escalate", N_("escalation") },
	{ "close", N_("end") },
	{ "digest", N_("digest") },
	{ "life", N_("sign of life") },
	{ "report", N_("report") },
	{ "mail", N_("e-mail") },
	{ "trap", N_("SNMP trap") },
	{ "pending", N_("pending") },
	{ "firing", N_("firing") },
	{ "clearing", N_("clearing") },
	{ "resolved", N_("over") },
	{ "closed", N_("over") },
};

const char *
bits_word(enum lang l, const char *word)
{
	for (size_t i = 0; i < sizeof word_rows / sizeof word_rows[0]; i++)
		if (strcmp(word_rows[i].word, word) == 0)
			return lang_text(l, word_rows[i].text);
	return word;
}

void
bits_zone(struct buf *b, const struct collector *c, enum lang l, const char *zone)
{
	const struct zone *z = site_zone(c->site, zone);
	char text[200];

	if (z == NULL) {
		html_text(b, strcmp(zone, "site") == 0 ? lang_text(l, "Site") : zone);
		return;
	}
	text_zone(text, sizeof text, z, site_title(c->site), l);
	html_raw(b, "<a href=\"/zone/");
	html_query(b, z->name);
	html_raw(b, "\">");
	html_text(b, text);
	html_raw(b, "</a>");
}

void
bits_node(struct buf *b, const struct collector *c, const char *node)
{
	const struct node *n = site_node(c->site, node);

	if (n == NULL || n->kind == NODE_SUMMARY) {
		html_text(b, node);
		return;
	}
	html_raw(b, "<a href=\"/node/");
	html_query(b, node);
	html_raw(b, "\">");
	html_text(b, node);
	html_raw(b, "</a>");
}

void
bits_incident(struct buf *b, uint64_t id)
{
	html_raw(b, "<a href=\"/incident/");
	html_textf(b, "%llu", (unsigned long long)id);
	html_raw(b, "\">");
	html_textf(b, "#%llu", (unsigned long long)id);
	html_raw(b, "</a>");
}

void
bits_table(struct buf *b, enum lang l, const char *caption, const char *const *heads)
{
	html_raw(b, "<div class=\"scroll\" tabindex=\"0\"><table class=\"list\">\n");
	if (caption != NULL) {
		html_raw(b, "<caption>");
		page_say(b, l, caption);
		html_raw(b, "</caption>\n");
	}
	html_raw(b, "<thead><tr>");
	for (; *heads != NULL; heads++) {
		bool right = **heads == '>';
		html_raw(b, right ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">");
		page_say(b, l, *heads + right);
		html_raw(b, "</th>");
	}
	html_raw(b, "</tr></thead>\n<tbody>\n");
}

void
bits_table_end(struct buf *b)
{
	html_raw(b, "</tbody>\n</table></div>\n");
}

void
bits_fact(struct buf *b, enum lang l, const char *label)
{
	html_raw(b, "<div><dt>");
	page_say(b, l, label);
	html_raw(b, "</dt><dd>");
}

void
bits_fact_end(struct buf *b)
{
	html_raw(b, "</dd></div>\n");
}

void
bits_fact_text(struct buf *b, enum lang l, const char *label, const char *text)
{
	bits_fact(b, l, label);
	html_text(b, text);
	bits_fact_end(b);
}

void
bits_fact_count(struct buf *b, enum lang l, const char *label, uint64_t n)
{
	char text[32];

	lang_number(text, sizeof text, (double)n, 0, l);
	bits_fact_text(b, l, label, text);
}

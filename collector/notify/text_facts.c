/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a mail's facts: where it is, what is measured, since when, who has it; at the end
 * how long it was and what was worst. */
#include "collector/notify/text_facts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "collector/notify/text_doc.h"
#include "collector/alert/text_reason.h"
#include "zw/units.h"

#define WORDS 400

bool
text_is_end(const struct text_facts *f)
{
	return f->act == PLAN_CLOSE;
}

bool
text_is_past(const struct alert *a)
{
	return (a->state == ALERT_CLEARING || a->clear_ms != 0) && !isnan(a->peak) &&
	       *a->words == '\0';
}

int64_t
text_began(const struct text_facts *f)
{
	int64_t ms = f->incident->opened_ms;

	if (f->alert != NULL && f->alert->since_ms != 0 && f->alert->since_ms < ms)
		ms = f->alert->since_ms;
	for (size_t i = 0; i < f->nothers; i++)
		if (f->others[i]->since_ms != 0 && f->others[i]->since_ms < ms)
			ms = f->others[i]->since_ms;
	return ms;
}

enum wire_severity
text_now(const struct text_facts *f)
{
	bool quiet = f->alert != NULL && text_is_over(f->alert) && f->nothers == 0;
	if (f->alert == NULL || text_is_end(f) || quiet)
		return f->incident->severity;
	enum wire_severity worst = text_is_over(f->alert) ? WIRE_INFO : f->alert->severity;
	for (size_t i = 0; i < f->nothers; i++)
		if (f->others[i]->severity > worst)
			worst = f->others[i]->severity;
	return worst;
}

/* The place: zone, node, rack. */
static void
rows_place(struct doc *d, const struct text_facts *f)
{
	const struct node *n = f->node;
	enum lang l = f->lang;
	char line[WORDS];

	doc_row(d, lang_text(l, "Site"), f->site);
	text_zone(line, sizeof line, f->zone, "", l);
	doc_row(d, lang_text(l, "Zone"), line);
	if (n == NULL)
		return;
	text_say(line, sizeof line, "%s", n->name);
	if (strcmp(text_node(n), n->name) != 0)
		text_add(line, sizeof line, " (%s)", text_node(n));
	doc_row(d, lang_text(l, "Node"), line);
	if (n->rack == NULL)
		return;
	text_say(line, sizeof line, lang_text(l, "rack %s"), n->rack);
	if (n->unit != 0)
		text_add(line, sizeof line, lang_text(l, ", unit %u"), n->unit);
	doc_row(d, lang_text(l, "Place"), line);
}

/* What is measured: "hwmon-inlet/temp", "zone average of thermal/inlet". */
static void
row_measured(struct doc *d, const struct text_facts *f)
{
	const struct alert *a = f->alert;
	char line[WORDS] = "", who[160];

	if (*a->series != '\0')
		text_say(line, sizeof line, "%s", a->series);
	else if (*a->node == '\0' && f->series != NULL)
		text_say(line, sizeof line, "%s", f->series->source);
	if (*line == '\0')
		return;
	if (*a->field != '\0')
		text_add(line, sizeof line, "/%s", a->field);
	text_who(who, sizeof who, a, f->lang);
	if (*a->node == '\0' && *who != '\0')
		text_add(line, sizeof line, " (%s)", who);
	doc_row(d, lang_text(f->lang, "Measured"), line);
}

/* "2026-11-22 04:51:01 +04:00 (2 min ago)". */
static void
row_time(struct doc *d, const char *label, int64_t wall_ms, int64_t now_ms)
{
	char line[200], ago[UNITS_MAX];
	int64_t ms = (now_ms / 1000 - wall_ms / 1000) * 1000;

	lang_time(line, sizeof line, wall_ms, d->lang);
	lang_duration(ago, sizeof ago, ms, d->lang);
	if (ms >= 1000)
		text_add(line, sizeof line, lang_text(d->lang, " (%s ago)"), ago);
	doc_row(d, label, line);
}

/* The values of the last 15 min, the unit behind the last: "29,1 29,6 30,2 – 31,1 ... 32,4 °C". */
static void
row_trend(struct doc *d, const struct alert *a)
{
	const char *unit = a->unit != NULL ? a->unit : "";
	char line[WORDS] = "", value[UNITS_MAX], last[UNITS_MAX];
	unsigned known = 0;
	size_t first = 0;

	lang_value(last, sizeof last, (double)a->trend[ALERT_TREND - 1], unit, d->lang);
	const char *tail = strchr(last, ' ');
	while (first < ALERT_TREND && isnan(a->trend[first]))
		first++;
	for (size_t i = first; i < ALERT_TREND; i++) {
		known += !isnan(a->trend[i]);
		lang_value(value, sizeof value, (double)a->trend[i], unit, d->lang);
		char *own = strchr(value, ' ');
		if (i + 1 < ALERT_TREND && own != NULL && tail != NULL && strcmp(own, tail) == 0)
			*own = '\0';
		text_add(line, sizeof line, "%s%s", i == first ? "" : "  ", value);
	}
	if (known > 1 && *a->words == '\0')
		doc_row(d, lang_text(d->lang, "Last 15 minutes"), line);
}

/* How fast it changes: as the rule found it, else over what is known of the last 15 min. */
static void
row_rate(struct doc *d, const struct alert *a)
{
	const char *unit = a->unit != NULL ? a->unit : "";
	enum lang l = d->lang;
	char line[WORDS], value[UNITS_MAX], time[UNITS_MAX];
	size_t first = 0;

	while (first < ALERT_TREND && isnan(a->trend[first]))
		first++;
	double last = (double)a->trend[ALERT_TREND - 1];
	if (first + 1 >= ALERT_TREND || isnan(last) || *a->words != '\0')
		return;
	double change = last - (double)a->trend[first];
	if (fabs(change) < 1e-9)
		return;
	int64_t ms = (int64_t)(ALERT_TREND - 1 - first) * ALERT_TREND_STEP;
	lang_value(value, sizeof value, change, unit, l);
	lang_duration(time, sizeof time, (ms + 30000) / 60000 * 60000, l);
	text_say(
	    line, sizeof line, lang_text(l, "%s%s in %s"), change >= 0 ? "+" : "", value, time);
	doc_row(d, lang_text(l, "Change"), line);
}

/* The value, its limit, and how it went. */
static void
rows_value(struct doc *d, const struct text_facts *f)
{
	const struct alert *a = f->alert;
	enum lang l = f->lang;
	char line[WORDS];

	bool over = text_is_end(f) || text_is_over(a);
	if (!over) {
		text_value(line, sizeof line, a, l);
		doc_row(d, lang_text(l, "Value"), line);
	}
	if (!text_is_end(f) && text_is_past(a)) {
		lang_value(line, sizeof line, a->peak, a->unit != NULL ? a->unit : "", l);
		doc_row(d, lang_text(l, "Worst value"), line);
	}
	if (!isnan(a->limit) && !text_is_flag(a)) {
		lang_value(line, sizeof line, a->limit, a->unit != NULL ? a->unit : "", l);
		doc_row(d, lang_text(l, "Limit"), line);
	}
	text_reason(line, sizeof line, a, l);
	doc_row(d, lang_text(l, "Why"), line);
	if (over)
		return;
	if ((a->flags & ALERT_CHATTERING) != 0)
		doc_row(d, lang_text(l, "Unsteady"),
		    lang_text(l, "it comes and goes; it counts as firing until it has been steady "
				 "for 10 min"));
	row_rate(d, a);
	row_trend(d, a);
}

/* Who has it. */
static void
row_ack(struct doc *d, const struct text_facts *f)
{
	const struct ack *ack = &f->incident->ack;
	enum lang l = f->lang;
	char line[ALERT_MAX_TEXT + WORDS], at[64];

	if (*ack->author == '\0' && f->alert != NULL)
		ack = &f->alert->ack;
	if (*ack->author == '\0') {
		doc_row(d, lang_text(l, "Acknowledged"),
		    text_is_end(f) ? lang_text(l, "by nobody") : lang_text(l, "by nobody yet"));
		return;
	}
	lang_time(at, sizeof at, ack->at_ms, l);
	text_say(line, sizeof line, lang_text(l, "by %s, %s"), ack->author, at);
	if (ack->until_ms != 0) {
		lang_time(at, sizeof at, ack->until_ms, l);
		text_add(line, sizeof line, lang_text(l, ", until %s"), at);
	}
	if (*ack->comment != '\0')
		text_add(line, sizeof line, ": %s", ack->comment);
	if (f->unacked > 0 && !text_is_end(f))
		text_add(line, sizeof line, "%s", lang_text(l, "; not what fired since"));
	doc_row(d, lang_text(l, "Acknowledged"), line);
}

/* When it was and what was worst, at the end. */
static void
rows_end(struct doc *d, const struct text_facts *f)
{
	const struct incident *in = f->incident;
	const struct alert *a = f->alert;
	int64_t end_ms = in->closed_ms == 0 ? f->now_ms : in->closed_ms;
	enum lang l = f->lang;
	char line[WORDS], value[UNITS_MAX], who[160];

	row_time(d, lang_text(l, "Began"), text_began(f), text_began(f));
	row_time(d, lang_text(l, "Ended"), end_ms, end_ms);
	lang_duration(line, sizeof line, (end_ms / 1000 - text_began(f) / 1000) * 1000, l);
	doc_row(d, lang_text(l, "Lasted"), line);
	if (a != NULL && !isnan(a->peak) && *a->words == '\0') {
		lang_value(value, sizeof value, a->peak, a->unit != NULL ? a->unit : "", l);
		text_who(who, sizeof who, a, l);
		text_say(line, sizeof line, "%s%s%s", who, *who == '\0' ? "" : ": ", value);
		row_time(d, lang_text(l, "Worst at"), a->peak_ms, a->peak_ms);
		doc_row(d, lang_text(l, "Worst value"), line);
	}
	text_say(line, sizeof line, "%u", in->total);
	doc_row(d, lang_text(l, "Alerts in all"), line);
}

void
text_put_facts(struct doc *d, const struct text_facts *f)
{
	enum lang l = f->lang;
	char line[64];

	doc_table(d);
	doc_row(d, lang_text(l, "Severity"), text_grade(text_now(f), l));
	rows_place(d, f);
	if (f->alert != NULL) {
		row_measured(d, f);
		rows_value(d, f);
	}
	if (text_is_end(f))
		rows_end(d, f);
	else
		row_time(d, lang_text(l, "Since"),
		    f->alert == NULL ? f->incident->opened_ms : f->alert->since_ms, f->now_ms);
	if (!text_is_end(f) && f->alert != NULL && text_is_over(f->alert))
		row_time(d, lang_text(l, "Over since"), f->alert->resolved_ms, f->now_ms);
	row_ack(d, f);
	text_say(line, sizeof line, "%" PRIu64, f->incident->id);
	doc_row(d, lang_text(l, "Incident"), line);
	doc_table_end(d);
}

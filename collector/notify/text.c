/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mails about an incident. All acts share one form, so that a reader finds each thing where it was
 * in the last mail: the bar, what it is, the story in a sentence, then the facts. What differs is
 * the tag, a notice, and at the end what became of it. */
#include "collector/notify/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/notify/mime.h"
#include "collector/notify/text_doc.h"
#include "collector/notify/text_facts.h"
#include "collector/alert/text_reason.h"
#include "collector/notify/text_story.h"
#include "collector/report/map.h"
#include "zw/units.h"

#define WORDS 400

const char *
text_severity(enum wire_severity s)
{
	return s == WIRE_CRITICAL ? "CRITICAL" : s == WIRE_WARNING ? "WARNING" : "INFO";
}

void
text_time(char *dst, size_t size, int64_t wall_ms)
{
	lang_time(dst, size, wall_ms, LANG_EN);
}

/* The tag, as a subject has it between its brackets. */
static void
say_tag(char *dst, size_t size, const struct text_facts *f)
{
	enum lang l = f->lang;
	const char *tag = text_tag(text_now(f), l);

	if (text_is_end(f))
		text_say(dst, size, "%s", lang_text(l, "RESOLVED"));
	else if (f->act == PLAN_REMIND)
		text_say(dst, size, lang_text(l, "%s, reminder %u"), tag, f->reminders + 1);
	else if (f->act == PLAN_ESCALATE)
		text_say(dst, size, lang_text(l, "%s, nobody has it"), tag);
	else if (f->act == PLAN_UPDATE && f->nfresh == 0 && *f->incident->ack.author != '\0')
		text_say(dst, size, lang_text(l, "%s, acknowledged"), tag);
	else if (f->act == PLAN_UPDATE && text_now(f) < f->incident->severity &&
		 f->incident->severity == WIRE_CRITICAL)
		text_say(dst, size, lang_text(l, "%s, update: no longer critical"), tag);
	else if (f->act == PLAN_UPDATE)
		text_say(dst, size, lang_text(l, "%s, update"), tag);
	else
		text_say(dst, size, "%s", tag);
}

/* What is wrong, without the zone: "Inlet air too warm", or of a rule on all states of all devices
 * which state it is. */
static void
say_what(char *dst, size_t size, const struct text_facts *f)
{
	const struct alert *a = f->alert;
	char reason[ALERT_MAX_TEXT] = "";

	if (a != NULL && f->generic)
		text_reason(reason, sizeof reason, a, f->lang);
	if (a == NULL)
		text_say(dst, size, "%s", f->incident->cause);
	else if (story_is_stopped_unit(f))
		text_say(dst, size, lang_text(f->lang, "%s stopped"), text_node(f->node));
	else
		text_say(dst, size, "%s", *reason != '\0' ? reason : text_title(a, f->lang));
}

/* The limit as it stands behind a value: without the unit that both have. */
static void
say_limit(char *dst, size_t size, const char *value, const struct alert *a, enum lang l)
{
	lang_value(dst, size, a->limit, a->unit != NULL ? a->unit : "", l);
	const char *unit = strchr(value, ' ');
	char *own = strchr(dst, ' ');
	if (unit != NULL && own != NULL && strcmp(unit, own) == 0)
		*own = '\0';
}

/* "32,4 °C (limit 32)", "", or "on battery". */
static void
say_value(char *dst, size_t size, const struct text_facts *f)
{
	const struct alert *a = f->alert;
	char value[WORDS] = "", limit[UNITS_MAX];
	bool past = a != NULL && text_is_past(a);

	*dst = '\0';
	if (a == NULL || text_is_end(f))
		return;
	if (text_is_over(a)) {
		lang_clock(value, sizeof value, a->resolved_ms);
		value[5] = '\0';
		text_say(dst, size, lang_text(f->lang, "over since %s"), value);
		return;
	}
	if ((a->flags & ALERT_CHATTERING) != 0) {
		text_say(dst, size, "%s", lang_text(f->lang, "comes and goes"));
		return;
	}
	if (story_is_stopped_unit(f)) /* what matters is how long the air lasts */
		return;
	if (past && !text_is_flag(a))
		lang_value(value, sizeof value, a->peak, a->unit != NULL ? a->unit : "", f->lang);
	else if (alert_value_is_said(a) && a->topic == TOPIC_SAFETY && !f->generic)
		text_reason(value, sizeof value, a, f->lang); /* it says where */
	else
		text_present(value, sizeof value, a, f->lang);
	text_say(dst, size, "%s", value);
	if (isnan(a->limit) || isnan(a->value) || text_is_flag(a) || *value == '\0' ||
	    *a->words != '\0')
		return;
	say_limit(limit, sizeof limit, value, a, f->lang);
	text_add(dst, size, lang_text(f->lang, " (limit %s)"), limit);
}

/* How long the air lasts, if the incident is one that makes it warm: ", 32 °C in about 3 min". */
static void
add_left(char *dst, size_t size, const struct text_facts *f)
{
	enum alert_topic t = f->alert != NULL ? f->alert->topic : f->incident->topic;
	char left[WORDS];

	if (text_is_end(f) || f->air == NULL ||
	    (t != TOPIC_AIR && t != TOPIC_COOLING && t != TOPIC_POWER))
		return;
	story_left(left, sizeof left, f->air, f->lang);
	if (*left != '\0')
		text_add(dst, size, ", %s", left);
}

/* Who it is about, short; a link is known by its institution. */
static void
say_who(char *dst, size_t size, const struct text_facts *f)
{
	const struct node *n = f->node;

	*dst = '\0';
	if (n != NULL && n->kind == NODE_LINK)
		text_say(dst, size, "%s", text_node(n));
	else if (n != NULL && f->generic) /* the reason says where */
		text_say(dst, size, "%s", n->name);
	else if (f->alert != NULL)
		text_who(dst, size, f->alert, f->lang);
}

/* "Zone B: Inlet air too warm 32.4 °C (limit 32) — srv-17". */
static void
say_headline(char *dst, size_t size, const struct text_facts *f, bool value)
{
	char zone[200], what[WORDS], number[120], who[160];

	text_zone(zone, sizeof zone, f->zone, f->site, f->lang);
	say_what(what, sizeof what, f);
	say_value(number, sizeof number, f);
	say_who(who, sizeof who, f);
	text_say(dst, size, "%s: %s", zone, what);
	if (value && *number != '\0')
		text_add(dst, size, ", %s", number);
	if (value)
		add_left(dst, size, f);
	if (*who != '\0')
		text_add(dst, size, " — %s", who);
}

/* The subject. */
static void
set_subject(struct mail *m, const struct text_facts *f, const char *tag)
{
	const struct incident *in = f->incident;
	char headline[TEXT_LINE], line[TEXT_LINE], lasted[UNITS_MAX];
	unsigned others = text_others(f);

	say_headline(headline, sizeof headline, f, true);
	text_say(line, sizeof line, "[%s] %s", tag, headline);
	if (text_is_end(f)) {
		int64_t end_ms = in->closed_ms == 0 ? f->now_ms : in->closed_ms;
		lang_duration(
		    lasted, sizeof lasted, (end_ms / 1000 - text_began(f) / 1000) * 1000, f->lang);
		text_add(line, sizeof line, lang_text(f->lang, ", lasted %s"), lasted);
	} else if (others > 0) {
		text_add(line, sizeof line, "; ");
		text_add(line, sizeof line,
		    lang_plural(f->lang, "%u further alert", "%u further alerts", others), others);
	}
	text_subject(m, line);
}

/* What this mail is for, beside telling of the incident. */
static void
put_notices(struct doc *d, const struct text_facts *f)
{
	enum lang l = f->lang;
	char line[TEXT_LINE], age[UNITS_MAX];

	lang_duration(age, sizeof age, f->now_ms - f->incident->opened_ms, l);
	if (f->late)
		doc_notice(
		    d, text_is_end(f)
			   ? lang_text(l, "The mails about this could not be delivered while it "
					  "lasted. It is over; this one mail tells all of it.")
			   : lang_text(l, "This mail is late: it could not be delivered "
					  "before. It tells how things stand now."));
	bool rest = f->unacked > 0 && (f->act == PLAN_REMIND || f->act == PLAN_ESCALATE);
	if (rest) {
		lang_duration(age, sizeof age, f->now_ms - f->unacked_ms, l);
		text_say(line, sizeof line,
		    lang_plural(l,
			"%zu critical alert fired after %s had acknowledged the incident; nobody "
			"has acknowledged it for %s.",
			"%zu critical alerts fired after %s had acknowledged the incident; nobody "
			"has acknowledged them for %s.",
			f->unacked),
		    f->unacked, f->incident->ack.author, age);
	} else if (f->act == PLAN_REMIND)
		text_say(line, sizeof line,
		    lang_text(l, "Reminder %u: nobody has acknowledged this for %s."),
		    f->reminders + 1, age);
	else if (f->act == PLAN_ESCALATE)
		text_say(line, sizeof line,
		    lang_text(l, "You get this because nobody has acknowledged it for %s."), age);
	else
		return;
	doc_notice(d, line);
}

/* Values of other nodes. */
static void
put_values(struct doc *d, const char *heading, const struct text_value *v, size_t n)
{
	char line[WORDS], value[UNITS_MAX];
	struct metric_state st;

	if (n == 0)
		return;
	doc_heading(d, heading);
	doc_list(d);
	for (size_t i = 0; i < n; i++) {
		const struct series *se = v[i].series;
		double now = se->last.time_s == 0 ? NAN : se->last.values[v[i].field];
		char unit[METRIC_MAX_UNIT + 8];
		units_of_field(
		    unit, sizeof unit, se->fields[v[i].field].kind, se->fields[v[i].field].unit);
		if (site_state(se, v[i].field, now, &st) && *st.text != '\0')
			text_say(value, sizeof value, "%s", text_word(st.text, d->lang));
		else
			lang_value(value, sizeof value, now, unit, d->lang);
		text_say(line, sizeof line, "%s: %s", v[i].node->name, value);
		if (v[i].node->rack != NULL) {
			text_add(line, sizeof line, ", ");
			text_add(line, sizeof line, lang_text(d->lang, "rack %s"), v[i].node->rack);
		}
		doc_item(d, line);
	}
	doc_list_end(d);
}

/* Whether the alert is new since the last message, which has a list of its own. */
static bool
is_fresh(const struct text_facts *f, const struct alert *a)
{
	for (size_t i = 0; f->act == PLAN_UPDATE && i < f->nfresh; i++) {
		if (f->fresh[i] == a)
			return true;
	}
	return false;
}

enum listed {
	LISTED_ALL,
	LISTED_OTHERS,
	LISTED_CONSEQUENCES
};

/* Alerts, a line each; of the further ones only those that are of the kind and in no list of their
 * own. Then how many more there are. */
static void
put_alerts(struct doc *d, const char *heading, const struct text_facts *f,
    const struct alert *const *alerts, size_t n, enum listed which, size_t more)
{
	char line[ALERT_MAX_TEXT * 3];
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		bool follows = (alerts[i]->flags & ALERT_CONSEQUENCE) != 0;
		if (which != LISTED_ALL &&
		    (follows != (which == LISTED_CONSEQUENCES) || is_fresh(f, alerts[i])))
			continue;
		if (!any) {
			doc_heading(d, heading);
			doc_list(d);
		}
		any = true;
		text_alert(line, sizeof line, alerts[i], d->lang);
		doc_item(d, line);
	}
	if (more > 0 && any) {
		text_say(line, sizeof line,
		    lang_plural(d->lang, "and %zu more", "and %zu more", more), more);
		doc_item(d, line);
	}
	if (any)
		doc_list_end(d);
}

/* What else there is: new since the last mail, beside it, following from it. */
static void
put_others(struct doc *d, const struct text_facts *f)
{
	enum lang l = f->lang;
	char line[TEXT_LINE];

	if (text_is_end(f)) {
		put_alerts(
		    d, lang_text(l, "It also had"), f, f->others, f->nothers, LISTED_ALL, f->nmore);
		return;
	}
	if (f->act == PLAN_UPDATE)
		put_alerts(d, lang_text(l, "New since the last mail"), f, f->fresh, f->nfresh,
		    LISTED_ALL, 0);
	put_alerts(
	    d, lang_text(l, "Also firing"), f, f->others, f->nothers, LISTED_OTHERS, f->nmore);
	put_alerts(
	    d, lang_text(l, "Follows from it"), f, f->others, f->nothers, LISTED_CONSEQUENCES, 0);
	if (f->unreachable == 0)
		return;
	text_say(line, sizeof line,
	    lang_plural(l,
		"%zu node is unreachable because of %s; what is known of it is as it was before.",
		"%zu nodes are unreachable because of %s; what is known of them is as it was "
		"before.",
		f->unreachable),
	    f->unreachable, f->node != NULL ? f->node->name : "?");
	doc_para(d, line);
}

/* The places of the pictures. */
static void
put_pictures(struct doc *d, const struct text_facts *f)
{
	char shows[WORDS];

	text_say(shows, sizeof shows, "%s", lang_text(d->lang, "Graph of the last hours"));
	if (f->graph && f->series != NULL && f->alert != NULL)
		text_say(shows, sizeof shows, lang_text(d->lang, "Graph: %s %s%s%s"),
		    f->series->node->name, f->series->name, *f->alert->field == '\0' ? "" : "/",
		    f->alert->field);
	if (f->graph)
		doc_picture(d, MIME_GRAPH_SRC, 0, shows);
	if (f->map)
		doc_picture(d, MIME_MAP_SRC, MAP_WIDTH,
		    lang_text(d->lang, "Floor map: each rack with its hottest inlet in °C; the "
				       "incident's place has a thick frame"));
}

/* Advice with the node's name where it stands for one. */
static void
put_advice_line(struct doc *d, const char *advice, const char *node)
{
	char line[TEXT_LINE] = "";
	const char *at;

	for (; *node != '\0' && (at = strstr(advice, "NODE")) != NULL; advice = at + 4)
		text_add(line, sizeof line, "%.*s%s", (int)(at - advice), advice, node);
	text_add(line, sizeof line, "%s", advice);
	doc_para(d, line);
}

/* What to do about what a device says of itself, whatever it says. */
static const char *
runbook(const struct text_facts *f)
{
	if (!f->generic)
		return "";
	if (f->alert->topic == TOPIC_COOLING)
		return lang_text(f->lang,
		    "Go to the unit: is it on, what does its panel say, is the water cold, does "
		    "the compressor run? Start it again, or the standby unit. If it stays off, "
		    "move "
		    "load to another zone and shut down what can be spared before the inlets reach "
		    "their limit.");
	if (f->alert->topic == TOPIC_POWER)
		return lang_text(f->lang,
		    "Go to the device: what does its panel say of source, load and battery? Is the "
		    "mains there, does the generator run, has the cooling power? Call the "
		    "electrician before you switch anything; on battery, shut servers down in "
		    "order "
		    "before the runtime ends.");
	return "";
}

/* What to do, and where. */
static void
put_advice(struct doc *d, const struct text_facts *f)
{
	const struct alert *a = f->alert;
	enum lang l = f->lang;
	char below[64];

	if (!text_is_end(f) && a != NULL && a->advice != NULL && *a->advice != '\0') {
		doc_heading(d, lang_text(l, "What to do"));
		if (*runbook(f) != '\0')
			doc_para(d, runbook(f));
		put_advice_line(d, lang_text(l, a->advice), a->node);
	}
	snprintf(below, sizeof below, "incident/%" PRIu64, f->incident->id);
	doc_link(d, f->url, below,
	    text_is_end(f) ? lang_text(l, "The incident's page")
			   : lang_text(l, "Acknowledge it, after login, and see all of it"));
}

void
text_message(struct mail *m, const struct text_facts *f)
{
	char tag[120], line[TEXT_LINE];
	struct doc d;

	say_tag(tag, sizeof tag, f);
	set_subject(m, f, tag);
	say_headline(line, sizeof line, f, false);
	doc_begin(&d, f->lang,
	    text_is_end(f)		  ? DOC_GOOD
	    : text_now(f) == WIRE_INFO	  ? DOC_INFO
	    : text_now(f) == WIRE_WARNING ? DOC_WARNING
					  : DOC_CRITICAL,
	    tag, line);
	put_notices(&d, f);
	text_story(line, sizeof line, f);
	text_add(line, sizeof line, ".");
	doc_para(&d, line);
	text_put_facts(&d, f);
	if (!text_is_end(f))
		text_put_room(&d, f);
	put_advice(&d, f);
	if (!text_is_end(f)) {
		put_values(&d, lang_text(f->lang, "The worst nodes"), f->worst, f->nworst);
		put_values(&d, lang_text(f->lang, "Its neighbours"), f->neighbours, f->nneighbours);
	}
	put_others(&d, f);
	put_pictures(&d, f);
	doc_end(&d, m);
}

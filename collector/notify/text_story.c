/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The story: what happened, in one sentence, the cause first, then what it does to the air, what
 * cannot be seen because of it, and whether anything else is wrong. Its parts are joined by
 * semicolons, and a part of which nothing is known is left out. */
#include "collector/notify/text_story.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/notify/text_doc.h"
#include "collector/notify/text_facts.h"
#include "collector/alert/text_reason.h"
#include "zw/units.h"

#define PART 400

/* Append a part. */
static void
join(char *dst, size_t size, const char *part)
{
	if (*part != '\0')
		text_add(dst, size, "%s%s", *dst == '\0' ? "" : "; ", part);
}

/* "14:02", which is what a sentence needs. */
static void
minute(char dst[16], int64_t wall_ms)
{
	lang_clock(dst, 16, wall_ms);
	dst[5] = '\0';
}

/* The cause's node among the zone's cooling units, if it does not cool; NULL: it is none. */
static const struct text_unit *
stopped_unit(const struct text_facts *f)
{
	for (size_t i = 0; f->node != NULL && i < f->nunits; i++) {
		const struct text_unit *u = &f->units[i];
		if (u->node == f->node && (!u->cools || u->silent))
			return u;
	}
	return NULL;
}

/* Whether the cause's node is silent by the cause's own words. */
static bool
is_silent(const struct alert *a)
{
	return a->why.code == REASON_SILENT || a->why.code == REASON_LOST ||
	       a->why.code == REASON_NEVER || strcmp(a->reason, "silent") == 0;
}

bool
story_is_stopped_unit(const struct text_facts *f)
{
	const struct alert *a = f->alert;

	if (a == NULL || a->topic != TOPIC_COOLING || is_silent(a))
		return false;
	if (!text_is_over(a))
		return stopped_unit(f) != NULL;
	/* It may cool again, and is called as it was. */
	return f->node != NULL && f->node->role == ROLE_COOLING && a->why.code == REASON_STATE &&
	       (a->severity == WIRE_CRITICAL || strstr(a->why.words, "off") != NULL ||
		   strstr(a->why.words, "stopped") != NULL);
}

/* "Inlet air too warm, srv-17 33 °C (above 32 °C) since 14:02". */
static void
say_alert(char *dst, size_t size, const struct text_facts *f, const char *since)
{
	const struct alert *a = f->alert;
	enum lang l = f->lang;
	char reason[ALERT_MAX_TEXT], value[UNITS_MAX] = "", who[160];

	text_beside(reason, sizeof reason, a, l);
	text_who(who, sizeof who, a, l);
	if (f->node != NULL && f->node->kind == NODE_LINK)
		text_say(who, sizeof who, "%s", text_node(f->node));
	if (f->act != PLAN_CLOSE && f->incident->closed_ms == 0)
		text_present(value, sizeof value, a, l);
	text_say(dst, size, "%s", f->generic && *reason != '\0' ? reason : text_title(a, l));
	if (*who != '\0')
		text_add(dst, size, " – %s", who);
	if (*value != '\0')
		text_add(dst, size, "%s%s", *who != '\0' ? " " : " – ", value);
	if (!f->generic && *reason != '\0')
		text_add(dst, size, " (%s)", reason);
	text_add(dst, size, lang_text(l, ", since %s"), since);
}

/* The cause. */
static void
say_cause(char *dst, size_t size, const struct text_facts *f)
{
	const struct alert *a = f->alert;
	enum lang l = f->lang;
	char since[16];

	minute(since, a != NULL ? a->since_ms : f->incident->opened_ms);
	if (a == NULL) {
		text_say(dst, size, "%s", f->incident->cause);
		text_add(dst, size, lang_text(l, ", since %s"), since);
	} else if (f->node != NULL && is_silent(a) && f->node->kind != NODE_LINK)
		text_say(dst, size, lang_text(l, "nothing comes from %s since %s"),
		    text_node(f->node), since);
	else if (story_is_stopped_unit(f))
		text_say(dst, size, lang_text(l, "%s stopped at %s"), text_node(f->node), since);
	else
		say_alert(dst, size, f, since);
	if (a != NULL && *text_unsteady(a, l) != '\0' && f->act != PLAN_CLOSE)
		join(dst, size, text_unsteady(a, l));
}

/* That the cause is over, and what still fires. */
static void
say_over(char *dst, size_t size, const struct text_facts *f)
{
	char at[16], first[ALERT_MAX_TEXT * 3];
	size_t more = f->nothers + f->nmore;

	*dst = '\0';
	if (f->alert == NULL || !text_is_over(f->alert))
		return;
	minute(at, f->alert->resolved_ms);
	text_say(dst, size, lang_text(f->lang, "this is over since %s"), at);
	if (more == 0)
		return;
	text_alert(first, sizeof first, f->others[0], f->lang);
	text_add(dst, size, "; ");
	text_add(dst, size, lang_text(f->lang, "still firing: %s"), first);
	if (--more == 0)
		return;
	text_add(dst, size, ", ");
	text_add(dst, size, lang_plural(f->lang, "and %zu more", "and %zu more", more), more);
}

void
story_left(char *dst, size_t size, const struct zone_air *air, enum lang l)
{
	double min = air->left_s / 60;
	char limit[UNITS_MAX], left[UNITS_MAX];

	*dst = '\0';
	if (isnan(air->left_s))
		return;
	lang_value(limit, sizeof limit, air->limit, "Cel", l);
	lang_number(left, sizeof left, min, min < 10 ? 1 : 0, l);
	if (air->left_s <= 0 && air->hottest >= air->limit)
		text_say(dst, size, lang_text(l, "%s is reached"), limit);
	else if (air->left_s < 60)
		text_say(dst, size, lang_text(l, "%s in less than a minute"), limit);
	else
		text_say(dst, size, lang_text(l, "%s in about %s min"), limit, left);
}

void
story_rate(char *dst, size_t size, double rate, enum lang l)
{
	char number[UNITS_MAX];

	lang_number(number, sizeof number, rate, 1, l);
	text_say(dst, size, lang_text(l, "%s%s °C/min"), rate >= 0 ? "+" : "", number);
}

/* What the air does: "9 inlets rising, hottest 29.8 °C, +1.6 °C/min, 32 °C in about 1.4 min". */
static void
say_air(char *dst, size_t size, const struct text_facts *f)
{
	const struct zone_air *air = f->air;
	enum lang l = f->lang;
	char part[PART];

	*dst = '\0';
	if (air == NULL || isnan(air->hottest))
		return;
	bool heat = air->rising > 0 || !isnan(air->left_s);
	enum alert_topic topic = f->incident->topic;
	if (!heat && topic != TOPIC_AIR && topic != TOPIC_COOLING)
		return;
	lang_value(part, sizeof part, air->hottest, "Cel", l);
	if (air->rising == 0) {
		text_say(dst, size, lang_text(l, "hottest inlet %s"), part);
	} else {
		text_say(dst, size,
		    lang_plural(l, "%u inlet rising", "%u inlets rising", air->rising),
		    air->rising);
		text_add(dst, size, lang_text(l, ", hottest %s"), part);
	}
	if (!(fabs(air->rate) < 0.05) && !isnan(air->rate) && heat) {
		story_rate(part, sizeof part, air->rate, l);
		text_add(dst, size, ", %s", part);
	}
	story_left(part, sizeof part, air, l);
	if (*part != '\0')
		text_add(dst, size, ", %s", part);
}

/* The UPS, if it carries the zone by its battery. */
static void
say_power(char *dst, size_t size, const struct text_facts *f)
{
	const struct text_power *p = &f->power;
	char left[UNITS_MAX];

	*dst = '\0';
	if (p->node == NULL || !p->on_battery)
		return;
	if (isnan(p->runtime_min)) {
		text_say(dst, size, lang_text(f->lang, "%s on battery"), text_node(p->node));
		return;
	}
	lang_number(left, sizeof left, p->runtime_min, 0, f->lang);
	text_say(dst, size, lang_text(f->lang, "%s on battery for %s min more"), text_node(p->node),
	    left);
}

unsigned
text_others(const struct text_facts *f)
{
	size_t n = f->nmore - f->nmore_follow;

	for (size_t i = 0; i < f->nothers; i++)
		n += (f->others[i]->flags & ALERT_CONSEQUENCE) == 0;
	return (unsigned)n;
}

/* What else is wrong, and what only seems so. */
static void
say_rest(char *dst, size_t size, const struct text_facts *f)
{
	unsigned others = text_others(f);
	unsigned follow = (unsigned)(f->nothers + f->nmore) - others;
	enum lang l = f->lang;
	char part[PART];

	*dst = '\0';
	if (f->unreachable > 0)
		text_say(dst, size,
		    lang_plural(l, "%zu node unreachable because of it",
			"%zu nodes unreachable because of it", f->unreachable),
		    f->unreachable);
	if (follow > 0) {
		text_say(part, sizeof part,
		    lang_plural(l, "%u alert follows from it", "%u alerts follow from it", follow),
		    follow);
		join(dst, size, part);
	}
	if (others == 0 && f->beyond > 0) {
		text_say(part, sizeof part,
		    lang_plural(l, "%zu neighbour is beyond the same limit",
			"%zu neighbours are beyond the same limit", f->beyond),
		    f->beyond);
		join(dst, size, part);
	}
	if (f->elsewhere == WIRE_CRITICAL)
		join(dst, size, lang_text(l, "other incidents at the site are critical"));
	else if (others == 0 && f->beyond == 0)
		join(dst, size,
		    f->elsewhere == WIRE_WARNING ? lang_text(l, "nothing else is critical")
						 : lang_text(l, "nothing else is wrong"));
	if (others > 0 && (f->alert == NULL || !text_is_over(f->alert))) {
		text_say(part, sizeof part,
		    lang_plural(l, "%u further alert", "%u further alerts", others), others);
		join(dst, size, part);
	}
}

/* How it ended. */
static void
say_end(char *dst, size_t size, const struct text_facts *f)
{
	const struct incident *in = f->incident;
	const struct alert *a = f->alert;
	int64_t closed_ms = in->closed_ms == 0 ? f->now_ms : in->closed_ms;
	enum lang l = f->lang;
	char at[16], what[UNITS_MAX], part[PART];

	minute(at, closed_ms);
	lang_duration(what, sizeof what, (closed_ms / 1000 - text_began(f) / 1000) * 1000, l);
	text_say(part, sizeof part, lang_text(l, "over at %s, after %s"), at, what);
	join(dst, size, part);
	if (a != NULL && !isnan(a->peak) && *a->words == '\0') {
		lang_value(what, sizeof what, a->peak, a->unit != NULL ? a->unit : "", l);
		minute(at, a->peak_ms);
		text_say(part, sizeof part, lang_text(l, "at worst %s at %s"), what, at);
		join(dst, size, part);
	}
	const struct ack *ack = *in->ack.author != '\0' || a == NULL ? &in->ack : &a->ack;
	minute(at, ack->at_ms);
	if (*ack->author != '\0')
		text_say(
		    part, sizeof part, lang_text(l, "acknowledged by %s at %s"), ack->author, at);
	else
		text_say(part, sizeof part, "%s", lang_text(l, "acknowledged by nobody"));
	join(dst, size, part);
}

void
text_story(char *dst, size_t size, const struct text_facts *f)
{
	char zone[200], part[PART], all[TEXT_LINE] = "";
	bool closed = f->act == PLAN_CLOSE || f->incident->closed_ms != 0;

	text_zone(zone, sizeof zone, f->zone, f->site, f->lang);
	say_cause(part, sizeof part, f);
	join(all, sizeof all, part);
	if (closed) {
		say_end(all, sizeof all, f);
	} else {
		say_over(part, sizeof part, f);
		join(all, sizeof all, part);
		say_air(part, sizeof part, f);
		join(all, sizeof all, part);
		say_power(part, sizeof part, f);
		join(all, sizeof all, part);
		say_rest(part, sizeof part, f);
		join(all, sizeof all, part);
	}
	text_say(dst, size, "%s: %s", zone, all);
}

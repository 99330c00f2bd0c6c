/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The timeline of an incident: changes of its alerts, acts of people, messages and what became of
 * them, in one list by time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/text_reason.h"
#include "collector/web/pages/bits.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/incidentparts.h"
#include "collector/web/pages/page.h"
#include "zw/alloc.h"
#include "zw/str.h"
#include "zw/units.h"

#define SHOWN 60 /* of the latest, until all are asked for */
#define SHOWN_ALL 600
#define JOINED_MS 2000 /* the same of several nodes within this is one line */
#define JOINED_MIN 3
#define JOINED_NAMES 6

enum entry_kind {
	ENTRY_CHANGE,
	ENTRY_ACT,
	ENTRY_MAIL,
	ENTRY_DELIVERY
};

struct entry {
	int64_t ms;
	size_t place; /* as it was found: keeps the order of one moment */
	enum entry_kind kind;
	const struct json_t *row;
	const struct json_t *mail; /* of a delivery */
	const char *rule;	   /* of a change of a node's alert; else NULL */
	size_t leader;		   /* the entry whose line it shares: itself, or one before */
};

/* What happened to an alert or the incident, as a word; mark: what stands before it. */
static const struct {
	const char *kind;
	const char *mark; /* the class of the line */
	const char *text;
} changes[] = {
	{ "opened", "bad", N_("Incident opened") },
	{ "closed", "good", N_("Incident closed") },
	{ "pending", "note", N_("Condition began") },
	{ "dropped", "note", N_("Condition went before it fired") },
	{ "fired", "bad", N_("Fires") },
	{ "worse", "bad", N_("Got worse") },
	{ "clearing", "note", N_("Condition is gone") },
	{ "back", "bad", N_("Condition is back") },
	{ "resolved", "good", N_("Alert is over") },
	{ "acknowledged", "act", N_("Acknowledged") },
	{ "unacknowledged", "act", N_("Acknowledgement ended") },
	{ "muted", "act", N_("Silenced") },
	{ "unmuted", "act", N_("No longer silenced") },
	{ "chattering", "note", N_("Comes and goes") },
	{ "steady", "note", N_("Steady again") },
	{ "no-data", "note", N_("No data") },
	{ "data", "note", N_("Data again") },
	{ "cause", "note", N_("Another cause or severity") },
	{ "late", "note", N_("Learned from late values") },
};

/* By time, then as found. */
static int
compare(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->ms != b->ms)
		return a->ms < b->ms ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

/* Whether an act on the whole incident says the same of this alert at that moment. */
static bool
is_said(const struct story *s, const struct json_t *row)
{
	const char *kind = story_text(row, "kind");

	for (size_t i = 0; story_int(row, "alert") != 0 && i < story_count(s->root, "timeline");
	     i++) {
		const struct json_t *other = story_row(s->root, "timeline", i);
		if (story_int(other, "alert") == 0 &&
		    story_int(other, "time_ms") == story_int(row, "time_ms") &&
		    strcmp(story_text(other, "kind"), kind) == 0)
			return true;
	}
	return false;
}

/* Whether the change is worth a line: of a row of "got worse" the last is. */
static bool
is_shown(const struct story *s, size_t i, const struct json_t *row)
{
	size_t n = story_count(s->root, "timeline");
	int64_t alert = story_int(row, "alert");

	const char *kind = story_text(row, "kind");

	if (strcmp(kind, "acknowledged") == 0 || strcmp(kind, "unacknowledged") == 0)
		return !is_said(s, row);
	if (strcmp(kind, "worse") != 0)
		return true;
	while (++i < n) {
		const struct json_t *next = story_row(s->root, "timeline", i);
		if (story_int(next, "alert") == alert)
			return strcmp(story_text(next, "kind"), "worse") != 0;
	}
	return true;
}

/* Adds an entry. */
static void
add(struct entry *all, size_t *n, size_t room, struct entry e)
{
	if (*n >= room)
		return;
	e.place = *n;
	all[(*n)++] = e;
}

/* The messages, and the answers to each. */
static void
collect_mails(const struct story *s, struct entry *all, size_t *n, size_t room)
{
	for (size_t i = 0; i < story_count(s->root, "mails"); i++) {
		const struct json_t *mail = story_row(s->root, "mails", i);
		add(all, n, room,
		    (struct entry){
			.ms = story_int(mail, "created_ms"), .kind = ENTRY_MAIL, .row = mail });
		for (size_t k = 0; k < story_count(mail, "deliveries"); k++) {
			const struct json_t *d = story_row(mail, "deliveries", k);
			add(all, n, room,
			    (struct entry){ .ms = story_int(d, "time_ms"),
				.kind = ENTRY_DELIVERY,
				.row = d,
				.mail = mail });
		}
	}
}

/* All entries in order; returns how many. */
static size_t
collect(const struct story *s, struct entry *all, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < story_count(s->root, "timeline"); i++) {
		const struct json_t *row = story_row(s->root, "timeline", i);
		if (is_shown(s, i, row))
			add(all, &n, room,
			    (struct entry){ .ms = story_int(row, "time_ms"),
				.kind = ENTRY_CHANGE,
				.row = row });
	}
	for (size_t i = 0; i < story_count(s->root, "acts"); i++) {
		const struct json_t *row = story_row(s->root, "acts", i);
		/* These two are among the changes. */
		if (strcmp(story_text(row, "kind"), "acknowledge") != 0 &&
		    strcmp(story_text(row, "kind"), "unacknowledge") != 0)
			add(all, &n, room,
			    (struct entry){
				.ms = story_int(row, "time_ms"), .kind = ENTRY_ACT, .row = row });
	}
	collect_mails(s, all, &n, room);
	qsort(all, n, sizeof *all, compare);
	return n;
}

/* What a change is about: the alert as people know it, with the value it had then. */
static void
put_subject(struct buf *b, const struct story *s, const struct json_t *row)
{
	enum lang l = s->rq->lang;
	struct alert a;
	char text[ALERT_MAX_TEXT], value[UNITS_MAX];

	if (!incidentparts_alert(s, (uint64_t)story_int(row, "alert"), &a)) {
		if (story_int(row, "alert") != 0)
			html_textf(b, ": %s", story_text(row, "subject"));
		return;
	}
	text_who(text, sizeof text, &a, l);
	html_textf(b, ": %s%s%s", text_title(&a, l), *text != '\0' ? " – " : "", text);
	a.value = story_number(row, "value");
	text_value(value, sizeof value, &a, l);
	if (*value != '\0' && a.words[0] == '\0')
		html_textf(b, " %s", value);
	text_beside(text, sizeof text, &a, l);
	if (*text != '\0' && strcmp(story_text(row, "kind"), "fired") == 0)
		html_textf(b, ", %s", text);
}

/* The word for a change. */
static const char *
word_of(const struct json_t *row, enum lang l)
{
	const char *kind = story_text(row, "kind");

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		if (strcmp(changes[i].kind, kind) == 0)
			return lang_text(l, changes[i].text);
	return kind;
}

/* A change: its word, its subject, who did it. */
static void
put_change(struct buf *b, const struct story *s, const struct json_t *row)
{
	const char *author = story_text(row, "author"), *note = story_text(row, "note");

	html_raw(b, "<strong>");
	html_text(b, word_of(row, s->rq->lang));
	html_raw(b, "</strong>");
	put_subject(b, s, row);
	if (*author != '\0')
		html_textf(b, " – %s", author);
	if (*note != '\0')
		html_textf(b, ": %s", note);
}

/* An act of a person. */
static void
put_act(struct buf *b, const struct story *s, const struct json_t *row)
{
	const char *what = story_text(row, "what"), *text = story_text(row, "text");

	html_raw(b, "<strong>");
	html_text(b, story_text(row, "author"));
	html_raw(b, "</strong>");
	if (strcmp(story_text(row, "kind"), "comment") != 0)
		html_textf(b, ", %s", bits_word(s->rq->lang, story_text(row, "kind")));
	if (*what != '\0')
		html_textf(b, " %s", what);
	html_textf(b, "%s%s", *text != '\0' ? ": " : "", text);
}

/* A message as it was made; what still waits says so. */
static void
put_mail(struct buf *b, const struct story *s, const struct json_t *row)
{
	enum lang l = s->rq->lang;
	const char *state = story_text(row, "state"), *reply = story_text(row, "reply");
	int64_t tries = story_int(row, "tries");

	html_raw(b, "<strong>");
	page_say(b, l, "Message");
	html_raw(b, "</strong> ");
	html_textf(b, "(%s, %s) → %s", bits_word(l, story_text(row, "kind")),
	    bits_word(l, story_text(row, "via")), story_text(row, "to"));
	if (strcmp(state, "sent") == 0)
		return;
	html_textf(b, ": %s", bits_word(l, state));
	if (tries > 0) {
		html_raw(b, ", ");
		html_textf(b, lang_plural(l, "%lld try", "%lld tries", (unsigned long)tries),
		    (long long)tries);
	}
	if (strcmp(state, "waiting") == 0 && story_int(row, "next_ms") > s->rq->wall_ms) {
		html_raw(b, ", ");
		page_say(b, l, "next try");
		html_raw(b, " ");
		bits_time(b, l, story_int(row, "next_ms"), s->rq->wall_ms);
	}
	if (*reply != '\0')
		html_textf(b, ", “%s”", reply);
}

/* What the other side answered. */
static void
put_delivery(
    struct buf *b, const struct story *s, const struct json_t *row, const struct json_t *mail)
{
	enum lang l = s->rq->lang;
	const char *reply = story_text(row, "reply");
	int64_t took_ms = story_int(row, "time_ms") - story_int(mail, "created_ms");
	char took[UNITS_MAX];

	html_raw(b, "<strong>");
	html_text(b, bits_word(l, story_text(row, "state")));
	html_raw(b, "</strong>");
	html_textf(b, ": %s", story_text(row, "to"));
	if (took_ms >= 0) {
		html_raw(b, " ");
		lang_duration(took, sizeof took, took_ms, l);
		page_sayf(b, l, "after %s", took);
	}
	if (*reply != '\0')
		html_textf(b, " – “%s”", reply);
}

/* The class of a line. */
static const char *
mark_of(const struct entry *e)
{
	const char *kind = story_text(e->row, "kind");

	if (e->kind == ENTRY_ACT)
		return "act";
	if (e->kind == ENTRY_MAIL)
		return "mail";
	if (e->kind == ENTRY_DELIVERY)
		return strcmp(story_text(e->row, "state"), "accepted") == 0 ? "mail" : "mail bad";
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		if (strcmp(changes[i].kind, kind) == 0)
			return changes[i].mark;
	return "note";
}

/* Whether two entries tell the same of two alerts of one rule. */
static bool
is_alike(const struct entry *a, const struct entry *b)
{
	return b->ms - a->ms <= JOINED_MS && a->rule != NULL && b->rule != NULL &&
	       strcmp(a->rule, b->rule) == 0 &&
	       strcmp(story_text(a->row, "kind"), story_text(b->row, "kind")) == 0;
}

/* Puts what many nodes did at once into one line each: when the cooling stops, ten inlets say so in
 * the same second. */
static void
join(const struct story *s, struct entry *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct alert a;
		all[i].leader = i;
		if (all[i].kind == ENTRY_CHANGE && story_text(all[i].row, "author")[0] == '\0' &&
		    story_text(all[i].row, "note")[0] == '\0' &&
		    incidentparts_alert(s, (uint64_t)story_int(all[i].row, "alert"), &a) &&
		    a.node[0] != '\0')
			all[i].rule = a.rule;
	}
	for (size_t i = 0; i < n; i++) {
		size_t found = 1;
		if (all[i].leader != i)
			continue;
		for (size_t k = i + 1; k < n && all[k].ms - all[i].ms <= JOINED_MS; k++)
			found += all[k].leader == k && is_alike(&all[i], &all[k]);
		for (size_t k = i + 1;
		     found >= JOINED_MIN && k < n && all[k].ms - all[i].ms <= JOINED_MS; k++)
			if (all[k].leader == k && is_alike(&all[i], &all[k]))
				all[k].leader = i;
	}
}

/* How many share the line of the i-th. */
static size_t
sharing(const struct entry *all, size_t n, size_t i)
{
	size_t found = 0;

	for (size_t k = i; k < n; k++)
		found += all[k].leader == i;
	return found;
}

/* A line for several: "Fires: Inlet air warms fast – sim10, sim11 and 8 more". */
static void
put_joined(struct buf *b, const struct story *s, const struct entry *all, size_t n, size_t i)
{
	enum lang l = s->rq->lang;
	size_t named = 0, left = sharing(all, n, i);
	char last[sizeof((struct alert *)0)->node] = "";
	struct alert a;

	html_raw(b, "<strong>");
	html_text(b, word_of(all[i].row, l));
	html_raw(b, "</strong>");
	for (size_t k = i; k < n && named < JOINED_NAMES; k++) {
		if (all[k].leader != i)
			continue;
		left--;
		if (!incidentparts_alert(s, (uint64_t)story_int(all[k].row, "alert"), &a) ||
		    strcmp(a.node, last) == 0)
			continue;
		(void)str_copy(last, sizeof last, a.node);
		if (named++ == 0)
			html_textf(b, ": %s – %s", text_title(&a, l), a.node);
		else
			html_textf(b, ", %s", a.node);
	}
	if (left > 0) {
		html_raw(b, " ");
		page_sayf(b, l, "and %zu more", left);
	}
}

/* One line. */
static void
put_entry(struct buf *b, const struct story *s, const struct entry *all, size_t n, size_t i)
{
	const struct entry *e = &all[i];

	html_raw(b, "<li class=\"");
	html_raw(b, mark_of(e));
	html_raw(b, "\">");
	bits_time(b, s->rq->lang, e->ms, s->rq->wall_ms);
	html_raw(b, " <span>");
	switch (e->kind) {
	case ENTRY_CHANGE:
		if (sharing(all, n, i) > 1)
			put_joined(b, s, all, n, i);
		else
			put_change(b, s, e->row);
		break;
	case ENTRY_ACT:
		put_act(b, s, e->row);
		break;
	case ENTRY_MAIL:
		put_mail(b, s, e->row);
		break;
	case ENTRY_DELIVERY:
		put_delivery(b, s, e->row, e->mail);
		break;
	}
	html_raw(b, "</span></li>\n");
}

void
incidentparts_timeline(struct buf *b, const struct incidentparts *p)
{
	struct entry *all = xcalloc(SHOWN_ALL, sizeof *all);
	size_t n = collect(p->s, all, SHOWN_ALL), shown = incidentparts_all(p) ? SHOWN_ALL : SHOWN;

	join(p->s, all, n);
	/* The last lines; those that share another's line take none. */
	size_t from = n, lines = 0;
	while (from > 0 && (all[from - 1].leader != from - 1 || lines++ < shown))
		from--;

	html_raw(b, "<section>\n<h2>");
	page_say(b, p->s->rq->lang, "What happened");
	html_raw(b, "</h2>\n");
	if (from > 0)
		incidentparts_more(b, p, n - from, n);
	html_raw(b, "<ol class=\"timeline\">\n");
	for (size_t i = from; i < n; i++)
		if (all[i].leader == i)
			put_entry(b, p->s, all, n, i);
	html_raw(b, "</ol>\n</section>\n");
	free(all);
}

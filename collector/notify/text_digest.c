/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mails about many incidents: the digest of what a recipient's budget held back, and the sign of
 * life. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/notify/text.h"
#include "collector/notify/text_doc.h"
#include "collector/alert/text_reason.h"
#include "zw/units.h"

#define WORDS 400

/* The colour of a severity. */
static enum doc_tone
tone_of(enum wire_severity s)
{
	return s == WIRE_CRITICAL ? DOC_CRITICAL : s == WIRE_WARNING ? DOC_WARNING : DOC_INFO;
}

/* "Critical, Zone B: Inlet air too warm – srv17 33 °C, above 32 °C; open since 14:02". */
static void
put_line(struct doc *d, const struct text_digest *t, const struct text_line *line)
{
	const struct incident *in = line->incident;
	char zone[200], what[ALERT_MAX_TEXT * 3], all[TEXT_LINE + WORDS], lasted[UNITS_MAX], at[64];
	enum lang l = d->lang;

	text_zone(zone, sizeof zone, line->zone, t->site, l);
	if (line->alert != NULL)
		text_alert(what, sizeof what, line->alert, l);
	else
		text_say(what, sizeof what, "%s: %s", text_grade(in->severity, l), in->cause);
	lang_time(at, sizeof at, in->opened_ms, l);
	text_say(all, sizeof all, "%s – %s; ", zone, what);
	if (in->closed_ms == 0) {
		text_add(all, sizeof all, lang_text(l, "open since %s"), at);
	} else {
		lang_duration(
		    lasted, sizeof lasted, (in->closed_ms / 1000 - in->opened_ms / 1000) * 1000, l);
		text_add(all, sizeof all, lang_text(l, "over; began %s, lasted %s"), at, lasted);
	}
	text_add(all, sizeof all, lang_text(l, "; incident %llu"), (unsigned long long)in->id);
	doc_item(d, all);
}

/* All lines that are open, or that are over, under a heading. */
static void
put_lines(struct doc *d, const struct text_digest *t, bool open, const char *heading)
{
	bool any = false;

	for (size_t i = 0; i < t->nlines; i++) {
		if ((t->lines[i].incident->closed_ms == 0) != open)
			continue;
		if (!any) {
			doc_heading(d, heading);
			doc_list(d);
		}
		any = true;
		put_line(d, t, &t->lines[i]);
	}
	if (any)
		doc_list_end(d);
}

/* The lines, and how many had no room. */
static void
put_all(struct doc *d, const struct text_digest *t)
{
	char line[WORDS];

	put_lines(d, t, true, lang_text(d->lang, "Open"));
	put_lines(d, t, false, lang_text(d->lang, "Over"));
	if (t->nmore == 0)
		return;
	text_say(line, sizeof line, lang_plural(d->lang, "and %zu more", "and %zu more", t->nmore),
	    t->nmore);
	doc_para(d, line);
}

void
text_digest(struct mail *m, const struct text_digest *t)
{
	enum wire_severity worst = WIRE_INFO;
	char title[TEXT_LINE], line[TEXT_LINE];
	size_t n = t->nlines + t->nmore;
	struct doc d;

	for (size_t i = 0; i < t->nlines; i++) {
		if (t->lines[i].incident->severity > worst)
			worst = t->lines[i].incident->severity;
	}
	text_say(title, sizeof title, "%s: ", t->site);
	text_add(title, sizeof title,
	    lang_plural(t->lang, "%zu incident in one mail", "%zu incidents in one mail", n), n);
	text_say(line, sizeof line, "[%s] %s", text_tag(worst, t->lang), title);
	text_subject(m, line);
	doc_begin(&d, t->lang, tone_of(worst), text_tag(worst, t->lang), title);
	doc_para(&d,
	    t->late ? lang_text(t->lang, "Mails could not be delivered for a while. This one "
					 "tells of what happened meanwhile; some of it is over.")
		    : lang_text(t->lang, "There have been so many mails within the hour that "
					 "these incidents come together in one."));
	put_all(&d, t);
	doc_link(&d, t->url, "incidents", lang_text(t->lang, "All incidents"));
	doc_end(&d, m);
}

/* A row of a number. */
static void
row_number(struct doc *d, const char *label, size_t n)
{
	char text[32];

	snprintf(text, sizeof text, "%zu", n);
	doc_row(d, label, text);
}

void
text_life(struct mail *m, const struct text_digest *t)
{
	char title[TEXT_LINE], line[TEXT_LINE];
	enum lang l = t->lang;
	struct doc d;

	text_say(title, sizeof title, lang_text(l, "%s: zonewatch is watching"), t->site);
	text_say(line, sizeof line, "[OK] %s", title);
	text_add(line, sizeof line, lang_text(l, ", %zu of %zu nodes send"), t->live, t->nodes);
	text_subject(m, line);
	doc_begin(&d, l, DOC_GOOD, "OK", title);
	doc_para(&d, lang_text(l, "This mail comes every day. If it does not come, look at the "
				  "collector: then nobody may be watching."));
	doc_table(&d);
	text_say(line, sizeof line, lang_text(l, "%zu of %zu"), t->live, t->nodes);
	doc_row(&d, lang_text(l, "Nodes that send"), line);
	row_number(&d, lang_text(l, "Incidents, 24 h"), t->opened);
	row_number(&d, lang_text(l, "Open now"), t->nlines + t->nmore);
	row_number(&d, lang_text(l, "Silences"), t->silences);
	row_number(&d, lang_text(l, "Mails that wait"), t->waiting);
	lang_time(line, sizeof line, t->since_ms, l);
	if (t->since_ms != 0)
		doc_row(&d, lang_text(l, "Runs since"), line);
	lang_time(line, sizeof line, t->now_ms, l);
	doc_row(&d, lang_text(l, "As of"), line);
	doc_table_end(&d);
	put_all(&d, t);
	doc_link(&d, t->url, "", lang_text(l, "The page"));
	doc_end(&d, m);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Incidents: how many, where, how soon somebody had them and how long they lasted; the longest,
 * then those that mattered most. The CSV has all. */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/text_say.h"
#include "collector/report/figures/figures.h"
#include "collector/report/figures/incidents.h"
#include "collector/report/paper/cause.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/word.h"
#include "zw/alloc.h"

#define SHOWN 25 /* incidents in print */

/* The difference to the period before, as words below a card's number. */
static void
below_of(char dst[160], const struct doc *d, const char *before)
{
	snprintf(dst, 160, doc_text(d, N_("period before: %s")), before);
}

/* The key figures. */
static void
put_cards(struct doc *d, const struct figures *f)
{
	const struct incidents *v = f->now.incidents, *b = f->before.incidents;
	char below[160];

	below_of(below, d, word_number(d, b->total, 0).s);
	doc_card(d, doc_text(d, N_("Incidents")), word_number(d, v->total, 0).s, below, DOC_PLAIN);
	below_of(below, d, word_number(d, b->of_severity[WIRE_CRITICAL], 0).s);
	doc_card(d, doc_text(d, N_("Critical incidents")),
	    word_number(d, v->of_severity[WIRE_CRITICAL], 0).s, below,
	    v->of_severity[WIRE_CRITICAL] > 0 ? DOC_WARNING : DOC_OK);
	if (v->total == 0)
		return;
	below_of(below, d, b->mtta.count > 0 ? word_duration(d, b->mtta.mean_s).s : "–");
	doc_card(d, doc_text(d, N_("Mean time to acknowledge")),
	    v->mtta.count > 0 ? word_duration(d, v->mtta.mean_s).s : "–", below,
	    v->mtta.count > 0 ? DOC_PLAIN : DOC_UNKNOWN);
	below_of(below, d, b->mttr.count > 0 ? word_duration(d, b->mttr.mean_s).s : "–");
	doc_card(d, doc_text(d, N_("Mean time to restore")),
	    v->mttr.count > 0 ? word_duration(d, v->mttr.mean_s).s : "–", below,
	    v->mttr.count > 0 ? DOC_PLAIN : DOC_UNKNOWN);
}

/* What there was, in a few sentences. */
static void
put_sentences(struct doc *d, const struct figures *f)
{
	const struct incidents *v = f->now.incidents;

	if (v->total == 0 && v->carried == 0) {
		doc_paragraph(d, doc_text(d, N_("There was no incident in this period.")));
		return;
	}
	char text[600];
	text_say(text, sizeof text,
	    lang_plural(doc_lang(d),
		"%u incident: %u critical, %u with a warning, %u for information.",
		"%u incidents: %u critical, %u with a warning, %u for information.", v->total),
	    v->total, v->of_severity[WIRE_CRITICAL], v->of_severity[WIRE_WARNING],
	    v->of_severity[WIRE_INFO]);
	if (v->unacknowledged > 0)
		text_add(text, sizeof text,
		    lang_plural(doc_lang(d), " %u was acknowledged by nobody.",
			" %u were acknowledged by nobody.", v->unacknowledged),
		    v->unacknowledged);
	if (v->open > 0)
		text_add(text, sizeof text,
		    lang_plural(doc_lang(d), " %u was open at the end of the period.",
			" %u were open at the end of the period.", v->open),
		    v->open);
	if (v->carried > 0)
		text_add(text, sizeof text,
		    lang_plural(doc_lang(d), " %u was open from the time before.",
			" %u were open from the time before.", v->carried),
		    v->carried);
	doc_paragraph(d, text);
}

/* The zone's figures of the period before; or NULL. */
static const struct incidents_zone *
zone_of(const struct incidents *v, const struct zone *z)
{
	for (size_t i = 0; i < v->nzones; i++)
		if (v->zones[i].zone == z)
			return &v->zones[i];
	return NULL;
}

/* Where they were. */
static void
put_zones(struct doc *d, const struct figures *f)
{
	const struct incidents *v = f->now.incidents, *b = f->before.incidents;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Zone")), NULL, 2, false },
		{ doc_text(d, N_("Incidents")), NULL, 1, true },
		{ doc_text(d, N_("Critical")), NULL, 1, true },
		{ doc_text(d, N_("Warning")), NULL, 1, true },
		{ doc_text(d, N_("Information")), NULL, 1, true },
		{ doc_text(d, N_("Before")), NULL, 1, true },
		{ doc_text(d, N_("Change")), NULL, 1, true },
		{ doc_text(d, N_("Lasted, all together")), NULL, 1.4, true },
	};
	char name[160];

	doc_table(d, "incidents-zones", doc_text(d, N_("Incidents by zone")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nzones; i++) {
		const struct incidents_zone *z = &v->zones[i];
		const struct incidents_zone *zb = zone_of(b, z->zone);
		double then = zb != NULL ? zb->total : 0;
		cause_zone(name, d, f->plant, z->zone != NULL ? z->zone->name : "");
		const struct cell cells[] = { cell_text(name), cell_number(z->total, 0),
			cell_number(z->of_severity[WIRE_CRITICAL], 0),
			cell_number(z->of_severity[WIRE_WARNING], 0),
			cell_number(z->of_severity[WIRE_INFO], 0), cell_number(then, 0),
			cell_change(z->total, then, 0), cell_duration(round(z->lasted_s)) };
		doc_row(d, cells);
	}
	if (v->nzones > 1) {
		double lasted = 0;
		for (size_t i = 0; i < v->nzones; i++)
			lasted += v->zones[i].lasted_s;
		const struct cell cells[] = { cell_text(doc_text(d, N_("All"))),
			cell_number(v->total, 0), cell_number(v->of_severity[WIRE_CRITICAL], 0),
			cell_number(v->of_severity[WIRE_WARNING], 0),
			cell_number(v->of_severity[WIRE_INFO], 0), cell_number(b->total, 0),
			cell_change(v->total, b->total, 0), cell_duration(round(lasted)) };
		doc_total(d, cells);
	}
	doc_table_end(d, doc_text(d, N_("No incident in this period.")));
}

/* A row of times. */
static void
put_time(struct doc *d, const char *name, const struct incidents_times *now,
    const struct incidents_times *before, unsigned left_out)
{
	const struct cell cells[] = { cell_text(name), cell_number(now->count, 0),
		cell_number(left_out, 0), cell_duration(now->mean_s), cell_duration(now->median_s),
		cell_duration(now->max_s), cell_duration(before->mean_s) };

	doc_row(d, cells);
}

/* How soon, and how long. */
static void
put_times(struct doc *d, const struct figures *f)
{
	const struct incidents *v = f->now.incidents, *b = f->before.incidents;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Time")), NULL, 2.4, false },
		{ doc_text(d, N_("Of incidents")), NULL, 1, true },
		{ doc_text(d, N_("Left out")), NULL, 1, true },
		{ doc_text(d, N_("Mean")), NULL, 1.2, true },
		{ doc_text(d, N_("Median")), NULL, 1.2, true },
		{ doc_text(d, N_("Longest")), NULL, 1.2, true },
		{ doc_text(d, N_("Mean before")), NULL, 1.2, true },
	};

	doc_table(d, "incidents-times", doc_text(d, N_("How soon and how long")), columns,
	    sizeof columns / sizeof *columns);
	put_time(
	    d, doc_text(d, N_("To acknowledge (MTTA)")), &v->mtta, &b->mtta, v->unacknowledged);
	put_time(
	    d, doc_text(d, N_("To restore (MTTR)")), &v->mttr, &b->mttr, v->total - v->mttr.count);
	doc_table_end(d, NULL);
	doc_note(d,
	    doc_text(d, N_("MTTA = mean of (acknowledged first − raised) over those that anybody "
			   "acknowledged. MTTR = mean of (cleared − raised) over those that are "
			   "over. An incident counts in the period in which it was raised.")));
	if (v->untold > 0)
		doc_notef(d,
		    lang_plural(doc_lang(d),
			"%u more, of which nobody was told (silence, maintenance, learned late), "
			"is not counted.",
			"%u more, of which nobody was told (silence, maintenance, learned late), "
			"are not counted.",
			v->untold),
		    v->untold);
}

/* The five longest. */
static void
put_longest(struct doc *d, const struct figures *f)
{
	const struct incidents *v = f->now.incidents;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("No.")), NULL, 0.6, true },
		{ doc_text(d, N_("Raised")), NULL, 1.5, false },
		{ doc_text(d, N_("Lasted")), NULL, 1.1, true },
		{ doc_text(d, N_("Severity")), NULL, 1.2, false },
		{ doc_text(d, N_("Zone")), NULL, 1, false },
		{ doc_text(d, N_("Cause")), NULL, 4, false },
	};
	char cause[CAUSE_MAX], zone[160];

	doc_table(d, "incidents-longest", doc_text(d, N_("The five longest incidents")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < INCIDENTS_LONGEST && v->longest[i] != NULL; i++) {
		const struct incidents_one *one = v->longest[i];
		cause_of_incident(cause, d, f->plant, one->incident);
		cause_zone(zone, d, f->plant, one->incident->zone);
		const struct cell cells[] = { cell_number((double)one->incident->id, 0),
			cell_time(one->incident->opened_ms / 1000),
			cell_duration(round(one->lasted_s)),
			cause_severity(d, one->incident->severity), cell_text(zone),
			cell_text(cause) };
		doc_row(d, cells);
	}
	doc_table_end(d, doc_text(d, N_("No incident in this period.")));
}

/* The worst first; of those the longest; the told before others. */
static int
by_weight(const void *a, const void *b)
{
	const struct incidents_one *const *x = a, *const *y = b;

	if ((*x)->incident->told != (*y)->incident->told)
		return (*x)->incident->told ? -1 : 1;
	if ((*x)->incident->severity != (*y)->incident->severity)
		return (*x)->incident->severity > (*y)->incident->severity ? -1 : 1;
	if ((*x)->lasted_s != (*y)->lasted_s)
		return (*x)->lasted_s > (*y)->lasted_s ? -1 : 1;
	return (*x)->incident->id < (*y)->incident->id ? -1 : 1;
}

/* What was done, and by whom. */
static void
action_of(char dst[CAUSE_MAX], const struct doc *d, const struct incidents_one *one)
{
	if (*one->action != '\0')
		snprintf(dst, CAUSE_MAX, "%s – %s", one->action, one->who);
	else if (*one->who != '\0')
		snprintf(dst, CAUSE_MAX, doc_text(d, N_("acknowledged by %s")), one->who);
	else
		*dst = '\0';
}

/* A row in print. */
static void
put_row(struct doc *d, const struct figures *f, const struct incidents_one *one)
{
	char cause[CAUSE_MAX], zone[160], action[CAUSE_MAX];

	cause_of_incident(cause, d, f->plant, one->incident);
	cause_zone(zone, d, f->plant, one->incident->zone);
	action_of(action, d, one);
	const struct cell cells[] = { cell_number((double)one->incident->id, 0),
		cause_severity(d, one->incident->severity),
		cell_time(one->incident->opened_ms / 1000), cell_duration(one->acked_after_s),
		cell_duration(round(one->lasted_s)), cell_text(zone), cell_text(cause),
		cell_text(action) };
	doc_row(d, cells);
}

/* Those that mattered most. */
static void
put_worst(struct doc *d, const struct figures *f, const struct incidents_one **list, size_t n)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("No.")), NULL, 0.6, true },
		{ doc_text(d, N_("Severity")), NULL, 0.8, false },
		{ doc_text(d, N_("Raised")), NULL, 0.8, false },
		{ doc_text(d, N_("Acknowledged after")), NULL, 0.5, true },
		{ doc_text(d, N_("Lasted")), NULL, 0.5, true },
		{ doc_text(d, N_("Zone")), NULL, 1.2, false },
		{ doc_text(d, N_("Cause")), NULL, 4, false },
		{ doc_text(d, N_("Action, by")), NULL, 2.4, false },
	};
	size_t told = 0;

	while (told < n && list[told]->incident->told)
		told++;
	doc_heading(d, 2, "incidents-worst", doc_text(d, N_("Incidents, the worst first")));
	doc_table(d, "incidents", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < told && i < SHOWN; i++)
		put_row(d, f, list[i]);
	doc_table_end(d, doc_text(d, N_("No incident in this period.")));
	if (told > SHOWN)
		doc_notef(d, doc_text(d, N_("The worst %d of %zu are shown; all are in %s.csv.")),
		    SHOWN, told, "incidents-all");
}

/* Whether it counts, and why not. */
static const char *
remark_of(const struct incidents_one *one)
{
	if (!one->incident->told)
		return N_("nobody was told");
	if (one->carried)
		return N_("from the time before");
	return one->open ? N_("open") : NULL;
}

/* All of them, each thing in a column of its own. */
static void
put_all(struct doc *d, const struct figures *f)
{
	const struct incidents *v = f->now.incidents;
	const struct doc_column columns[] = { { .title = doc_text(d, N_("No.")), .number = true },
		{ .title = doc_text(d, N_("Severity")) }, { .title = doc_text(d, N_("Zone")) },
		{ .title = doc_text(d, N_("Object")) }, { .title = doc_text(d, N_("Raised")) },
		{ .title = doc_text(d, N_("Acknowledged")) },
		{ .title = doc_text(d, N_("Acknowledged by")) },
		{ .title = doc_text(d, N_("Cleared")) },
		{ .title = doc_text(d, N_("Lasted")), .number = true },
		{ .title = doc_text(d, N_("Alerts")), .number = true },
		{ .title = doc_text(d, N_("Cause")) }, { .title = doc_text(d, N_("Action")) },
		{ .title = doc_text(d, N_("By")) }, { .title = doc_text(d, N_("Remark")) } };
	char cause[CAUSE_MAX], zone[160];

	doc_sheet(d, "incidents-all", doc_text(d, N_("All incidents")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nones; i++) {
		const struct incidents_one *one = &v->ones[i];
		const struct annals_incident *in = one->incident;
		const char *remark = remark_of(one);
		cause_of_incident(cause, d, f->plant, in);
		cause_zone(zone, d, f->plant, in->zone);
		const struct cell cells[] = { cell_number((double)in->id, 0),
			cause_severity(d, in->severity), cell_text(zone), cell_text(in->node),
			cell_time(in->opened_ms / 1000), cell_time(in->first_ack_ms / 1000),
			cell_text(in->ack_author), cell_time(in->closed_ms / 1000),
			cell_duration(round(one->lasted_s)), cell_number(in->total, 0),
			cell_text(cause), cell_text(one->action), cell_text(one->who),
			cell_text(remark != NULL ? doc_text(d, remark) : NULL) };
		doc_row(d, cells);
	}
	doc_table_end(d, doc_text(d, N_("No incident in this period.")));
}

void
section_incidents(struct doc *d, const struct figures *f)
{
	const struct incidents *v = f->now.incidents;
	const struct incidents_one **list = xcalloc(v->nones + 1, sizeof *list);

	for (size_t i = 0; i < v->nones; i++)
		list[i] = &v->ones[i];
	if (v->nones > 1)
		qsort(list, v->nones, sizeof *list, by_weight);
	doc_heading(d, 1, "incidents", doc_text(d, N_("Incidents")));
	put_cards(d, f);
	put_sentences(d, f);
	if (v->total > 0) {
		put_zones(d, f);
		put_times(d, f);
	}
	if (v->nones > 0) {
		put_longest(d, f);
		put_worst(d, f, list, v->nones);
	}
	put_all(d, f);
	free(list);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Availability: the kinds, day by day, each thing worst first, the longest outages, and what all of
 * that means. Links stand as links.h charges them: what several lost together is not theirs. */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/text_say.h"
#include "collector/report/figures/availability.h"
#include "collector/report/figures/figures.h"
#include "collector/report/figures/links.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/outages.h"
#include "collector/report/paper/section_parts.h"
#include "collector/report/paper/uplines.h"
#include "collector/report/paper/word.h"
#include "zw/alloc.h"

#define NAMED 8 /* in a sentence */

/* The kinds as cards, and how many met their targets. */
static void
put_cards(struct doc *d, const struct figures *f)
{
	char below[160];

	for (int k = 0; k < AVAILABILITY_DEVICE; k++) {
		enum availability_kind kind = (enum availability_kind)k;
		struct upline l = uplines_of_kind(&f->now, kind);
		if (f->now.availability->sums[k].n == 0)
			continue;
		if (isnan(l.target))
			below[0] = '\0';
		else
			snprintf(below, sizeof below, doc_text(d, N_("target %s")),
			    word_percent(d, l.target * 100, 1).s);
		doc_card(d, doc_text(d, uplines_kind((enum availability_kind)k)),
		    word_percent(d, l.part * 100, 2).s, below,
		    isnan(l.part)		  ? DOC_UNKNOWN
		    : !(l.part < l.target - 1e-9) ? DOC_OK
						  : DOC_CRITICAL);
	}
}

/* How many of those that have a target met it, and who did not. */
static void
put_sentences(struct doc *d, const struct figures *f)
{
	const struct availability *v = f->now.availability;
	unsigned met = 0, judged = 0, missed = 0;
	char names[600] = "", name[160];

	for (size_t i = 0; i < v->nones; i++) {
		struct upline l = uplines_of(&f->now, &v->ones[i]);
		if (isnan(l.part) || isnan(l.target))
			continue;
		judged++;
		if (l.part >= l.target - 1e-9) {
			met++;
			continue;
		}
		if (++missed > NAMED)
			continue;
		uplines_name(name, d, &v->ones[i]);
		text_add(names, sizeof names, "%s%s %s", *names != '\0' ? "; " : "", name,
		    word_percent(d, l.part * 100, 3).s);
	}
	if (judged == 0) {
		doc_paragraph(d,
		    doc_text(d, N_("Nothing is known of this time: no availability can be told.")));
		return;
	}
	if (missed == 0)
		doc_paragraphf(d,
		    doc_text(d, N_("%u of %u zones, servers, units and links met their target.")),
		    met, judged);
	else if (missed <= NAMED)
		doc_paragraphf(d,
		    doc_text(d, N_("%u of %u zones, servers, units and links met their target. "
				   "Not met: %s.")),
		    met, judged, names);
	else
		doc_paragraphf(d,
		    doc_text(d, N_("%u of %u zones, servers, units and links met their target. "
				   "Not met: %s; and %u more.")),
		    met, judged, names, missed - NAMED);
}

/* The kinds with the period before. */
static void
put_summary(struct doc *d, const struct figures *f)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Kind")), NULL, 2, false },
		{ doc_text(d, N_("Number")), NULL, 1, true },
		{ doc_text(d, N_("Availability")), "%", 1, true },
		{ doc_text(d, N_("Before")), "%", 1, true },
		{ doc_text(d, N_("Change")), doc_text(d, N_("pp")), 1, true },
		{ doc_text(d, N_("Target")), "%", 1, true },
		{ doc_text(d, N_("Met by")), NULL, 1, true },
	};

	doc_table(d, "availability", NULL, columns, sizeof columns / sizeof *columns);
	for (int k = 0; k < AVAILABILITY_KINDS; k++) {
		enum availability_kind kind = (enum availability_kind)k;
		const struct availability_kind_sum *s = &f->now.availability->sums[k];
		struct upline l = uplines_of_kind(&f->now, kind);
		struct upline b = uplines_of_kind(&f->before, kind);
		double met =
		    kind == AVAILABILITY_LINK && f->now.links != NULL ? f->now.links->met : s->met;
		if (s->n == 0)
			continue;
		const struct cell cells[] = { cell_text(doc_text(d, uplines_kind(kind))),
			cell_number(s->n, 0), cell_number(l.part * 100, 3),
			cell_number(b.part * 100, 3), cell_change(l.part * 100, b.part * 100, 3),
			cell_number(l.target * 100, 1),
			cell_number(isnan(l.target) ? NAN : met, 0) };
		doc_row(d, cells);
	}
	doc_table_end(d, doc_text(d, N_("Nothing is watched.")));
}

/* How long they were down, all of a kind together. */
static void
put_downtime(struct doc *d, const struct figures *f)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Kind")), NULL, 2, false },
		{ doc_text(d, N_("Unplanned down")), NULL, 1.1, true },
		{ doc_text(d, N_("Before")), NULL, 1.1, true },
		{ doc_text(d, N_("Planned down")), NULL, 1.1, true },
		{ doc_text(d, N_("No data")), NULL, 1.1, true },
		{ doc_text(d, N_("Outages")), NULL, 1, true },
		{ doc_text(d, N_("MTBF")), NULL, 1.1, true },
		{ doc_text(d, N_("MTTR")), NULL, 1.1, true },
	};

	doc_table(d, "availability-downtime", doc_text(d, N_("Downtime, all of a kind together")),
	    columns, sizeof columns / sizeof *columns);
	for (int k = 0; k < AVAILABILITY_KINDS; k++) {
		enum availability_kind kind = (enum availability_kind)k;
		struct upline l = uplines_of_kind(&f->now, kind);
		struct upline b = uplines_of_kind(&f->before, kind);
		double n = l.outages;
		if (f->now.availability->sums[k].n == 0)
			continue;
		const struct cell cells[] = { cell_text(doc_text(d, uplines_kind(kind))),
			cell_duration(round(l.time.unplanned_s)),
			cell_duration(isnan(b.part) ? NAN : round(b.time.unplanned_s)),
			cell_duration(round(l.time.planned_s)),
			cell_duration(round(l.time.unknown_s)), cell_number(n, 0),
			cell_duration(n > 0 ? round(l.time.up_s / n) : NAN),
			cell_duration(n > 0 ? round(l.time.unplanned_s / n) : NAN) };
		doc_row(d, cells);
	}
	doc_table_end(d, doc_text(d, N_("Nothing is watched.")));
}

/* Those that were not there from the beginning on. */
static void
put_new(struct doc *d, const struct availability *v)
{
	char names[600] = "", name[160];
	unsigned n = 0;

	for (size_t i = 0; i < v->nones; i++) {
		if (v->ones[i].node == NULL || !(v->ones[i].time.absent_s > 0) || ++n > NAMED)
			continue;
		uplines_name(name, d, &v->ones[i]);
		text_add(names, sizeof names, "%s%s", *names != '\0' ? ", " : "", name);
	}
	if (n > NAMED)
		doc_notef(d,
		    doc_text(d, N_("New, and counted from the first sample on: %s, and %u "
				   "more.")),
		    names, n - NAMED);
	else if (n > 0)
		doc_notef(
		    d, doc_text(d, N_("New, and counted from the first sample on: %s.")), names);
}

/* What the figures mean. */
static void
put_meaning(struct doc *d, const struct figures *f)
{
	static const struct {
		enum availability_kind kind;
		const char *text;
	} meanings[] = {
		{ AVAILABILITY_ZONE,
		    N_("A zone is down while a critical alert about its air, cooling or power "
		       "stands; of it there is no data while none of its inlets is known, or the "
		       "collector was away and judged nothing.") },
		{ AVAILABILITY_SERVER,
		    N_("A server or device is up while there are samples of it, also those that "
		       "came late; it is down while it is silent by itself and nothing came "
		       "later.") },
		{ AVAILABILITY_COOLING,
		    N_("A cooling unit is down while it reports that it does not cool; standing "
		       "by, it is available while another unit of its zone runs.") },
		{ AVAILABILITY_UPS, N_("A UPS is down while its output is off or on bypass; from "
				       "its battery it does its work.") },
		{ AVAILABILITY_LINK,
		    N_("A link is down while its probe has no answer. What several links lost "
		       "together is counted with its cause, in the section on the network; the "
		       "calendar and the list of outages have it too.") },
	};

	doc_note(d, doc_text(d, N_("Availability = up / (up + unplanned down). Planned down "
				   "(maintenance, out of service) and no data are in neither and "
				   "stand beside it. Of what less than half is known, no "
				   "percentage is told. MTBF = up / outages; MTTR = unplanned down "
				   "/ outages.")));
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (f->now.availability->sums[meanings[i].kind].n > 0)
			doc_aside(d, doc_text(d, meanings[i].text));
	doc_aside(
	    d, doc_text(d, N_("No data is a state of its own: silence that follows from "
			      "another's, and time in which the collector was away and nothing "
			      "came later, is nobody's downtime.")));
	put_new(d, f->now.availability);
}

void
section_availability(struct doc *d, const struct figures *f)
{
	doc_heading(d, 1, "availability", doc_text(d, N_("Availability")));
	put_cards(d, f);
	put_sentences(d, f);
	put_summary(d, f);
	section_graphs(d, f, "availability", NULL);
	put_downtime(d, f);
	put_meaning(d, f);
	for (int k = 0; k < AVAILABILITY_KINDS; k++)
		uplines_table(d, f, (enum availability_kind)k);
	outages_table(d, f);
}

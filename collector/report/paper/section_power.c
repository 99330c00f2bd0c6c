/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power and energy: what was drawn, where, at what cost, and how sure that is. */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/chart/chart.h"
#include "collector/report/figures/power.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/name.h"
#include "collector/report/paper/section_parts.h"
#include "collector/report/paper/word.h"
#include "zw/alloc.h"
#include "zw/day.h"

static const char *const uses[POWER_USES] = { N_("IT"), N_("Cooling"), N_("Whole site") };

/* kW of W. */
static double
kilo(double w)
{
	return w / 1000;
}

/* PUE as a card and a sentence. */
static void
pue_card(struct doc *d, const struct power *v)
{
	char below[160];

	switch (v->pue_kind) {
	case POWER_PUE_NONE:
		return;
	case POWER_PUE_ERROR:
		doc_card(d, doc_text(d, N_("PUE")), doc_text(d, N_("meter error?")),
		    doc_text(d, N_("it came out below 1 or above 4")), DOC_CRITICAL);
		return;
	case POWER_PUE_INTERIM:
		(void)snprintf(
		    below, sizeof below, doc_text(d, N_("category %d")), v->pue_category);
		doc_card(d, doc_text(d, N_("Interim PUE")), word_number(d, v->pue, 2).s,
		    v->pue_category > 0 ? below : "", v->pue > 1.8 ? DOC_WARNING : DOC_OK);
		return;
	case POWER_PUE_PARTIAL:
		doc_card(d, doc_text(d, N_("Partial PUE")), word_number(d, v->pue, 2).s,
		    doc_text(d, N_("of IT and cooling alone")),
		    v->pue > 1.8 ? DOC_WARNING : DOC_OK);
		return;
	}
}

/* The figures that are to be seen first. */
static void
cards(struct doc *d, const struct power *v, const struct power *before)
{
	char below[160], cost[160];

	(void)snprintf(below, sizeof below, doc_text(d, N_("period before: %s")),
	    word_quantity(d, before->total_kwh, 0, "kWh").s);
	doc_card(d,
	    v->total_is_site ? doc_text(d, N_("Energy of the whole site"))
			     : doc_text(d, N_("Energy, as far as measured")),
	    word_quantity(d, v->total_kwh, 0, "kWh").s, below,
	    isnan(v->total_kwh) ? DOC_UNKNOWN : DOC_PLAIN);
	doc_card(d, doc_text(d, N_("Peak")), word_quantity(d, kilo(v->peak_w), 2, "kW").s,
	    word_time(d, v->peak_at_s).s, isnan(v->peak_w) ? DOC_UNKNOWN : DOC_PLAIN);
	pue_card(d, v);
	if (isnan(v->cost))
		return;
	(void)snprintf(cost, sizeof cost, "%s %s", word_number(d, v->cost, 2).s, v->currency);
	doc_card(d, doc_text(d, N_("Cost")), cost, doc_text(d, N_("by the tariff")), DOC_PLAIN);
}

/* What the total is of, in sentences. */
static void
sentences(struct doc *d, const struct power *v, const struct figures *f)
{
	const struct power_sum *it = &v->of[POWER_IT];
	double tariff = f->plant->conf->report.tariff;

	if (!isnan(it->kwh))
		doc_paragraphf(d,
		    doc_text(d, N_("%s were drawn by IT, %s on average; %s of the time of its %zu "
				   "meters is known, and what is not known is not filled in.")),
		    word_quantity(d, it->kwh, 0, "kWh").s,
		    word_quantity(d, kilo(it->mean_w), 2, "kW").s,
		    word_percent(d, section_share(it->known_s, it->total_s), 2).s, it->nmeters);
	if (!isnan(v->cost))
		doc_paragraphf(d, doc_text(d, N_("%s %s is the cost at %s %s a kWh.")),
		    word_number(d, v->cost, 2).s, v->currency,
		    word_number(d, tariff, fabs(tariff * 100 - rint(tariff * 100)) < 1e-9 ? 2 : 4)
			.s,
		    v->currency);
	switch (v->pue_kind) {
	case POWER_PUE_INTERIM:
		doc_paragraphf(d,
		    doc_text(d, N_("%s is the interim PUE of the period (ISO/IEC 30134-2 defines "
				   "PUE over a year), of the %s in which all its meters are "
				   "known.")),
		    word_number(d, v->pue, 2).s, word_duration(d, v->pue_known_s).s);
		break;
	case POWER_PUE_PARTIAL:
		doc_paragraphf(d,
		    doc_text(d, N_("%s is a partial PUE, (IT + cooling) / IT: the site's own "
				   "meter is missing, so lights, losses of the UPSs and all else "
				   "of the building are not in it.")),
		    word_number(d, v->pue, 2).s);
		break;
	case POWER_PUE_ERROR:
		doc_paragraph(d,
		    doc_text(d, N_("PUE came out below 1 or above 4, which no site has: a meter "
				   "is wrong, or does not measure what the configuration says.")));
		break;
	case POWER_PUE_NONE:
		break;
	}
}

/* A row of energy. */
static void
energy_row(struct doc *d, const char *title, const struct power_sum *u, const struct power_sum *b,
    double total_kwh, bool total)
{
	struct cell c[] = {
		cell_text(title),
		cell_number(u->kwh, 1),
		cell_change(u->kwh, b != NULL ? b->kwh : NAN, 1),
		cell_number(100 * u->kwh / total_kwh, 1),
		cell_number(kilo(u->mean_w), 2),
		cell_number(kilo(u->peak_w), 2),
		cell_time(u->peak_at_s),
		cell_number(section_share(u->known_s, u->total_s), 2),
	};

	if (total)
		doc_total(d, c);
	else
		doc_row(d, c);
}

/* Energy by use. */
static void
energy(struct doc *d, const struct power *v, const struct power *before)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Use")), NULL, 1.6, false },
		{ doc_text(d, N_("Energy")), "kWh", 1, true },
		{ doc_text(d, N_("Change")), "kWh", 1, true },
		{ doc_text(d, N_("Share")), "%", 0.8, true },
		{ doc_text(d, N_("Mean")), "kW", 0.8, true },
		{ doc_text(d, N_("Peak")), "kW", 0.8, true },
		{ doc_text(d, N_("When")), NULL, 1.5, false },
		{ doc_text(d, N_("Known")), "%", 0.8, true },
	};
	struct power_sum other = { .kwh = v->other_kwh,
		.mean_w = NAN,
		.peak_w = NAN,
		.known_s = v->other_known_s,
		.total_s = (double)(v->to_s - v->from_s) };
	struct power_sum was = { .kwh = before->other_kwh };
	double whole_kwh = v->pue_kind == POWER_PUE_ERROR ? NAN : v->total_kwh;

	doc_table(d, "power-energy", doc_text(d, N_("Energy")), columns,
	    sizeof columns / sizeof *columns);
	for (int u = POWER_IT; u <= POWER_COOLING; u++)
		if (v->of[u].nmeters > 0)
			energy_row(
			    d, doc_text(d, uses[u]), &v->of[u], &before->of[u], whole_kwh, false);
	if (v->total_is_site) {
		energy_row(d,
		    v->of[POWER_COOLING].nmeters > 0 ? doc_text(d, N_("Other"))
						     : doc_text(d, N_("Other, cooling with it")),
		    &other, &was, whole_kwh, false);
		energy_row(d, doc_text(d, uses[POWER_SITE]), &v->of[POWER_SITE],
		    &before->of[POWER_SITE], whole_kwh, true);
	}
	doc_table_end(d, doc_text(d, N_("No power is measured.")));
}

/* Energy by zone. */
static void
zones(struct doc *d, const struct power *v, const struct power *before)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Zone")), NULL, 1.6, false },
		{ doc_text(d, N_("IT energy")), "kWh", 1, true },
		{ doc_text(d, N_("Change")), "kWh", 1, true },
		{ doc_text(d, N_("Share")), "%", 0.8, true },
		{ doc_text(d, N_("Mean")), "kW", 0.8, true },
		{ doc_text(d, N_("Peak")), "kW", 0.8, true },
		{ doc_text(d, N_("When")), NULL, 1.5, false },
		{ doc_text(d, N_("Known")), "%", 0.8, true },
	};

	if (v->nzones < 2)
		return;
	doc_table(d, "power-zones", doc_text(d, N_("IT energy by zone")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nzones; i++) {
		const struct power_sum *b = NULL;
		if (v->zones[i].it.nmeters == 0)
			continue;
		for (size_t k = 0; k < before->nzones; k++)
			if (before->zones[k].zone == v->zones[i].zone)
				b = &before->zones[k].it;
		energy_row(d, section_zone(d, v->zones[i].zone), &v->zones[i].it, b,
		    v->of[POWER_IT].kwh, false);
	}
	energy_row(d, doc_text(d, N_("All")), &v->of[POWER_IT], &before->of[POWER_IT],
	    v->of[POWER_IT].kwh, true);
	doc_table_end(d, NULL);
}

/* A bar for each day. */
static void
days_chart(struct doc *d, const struct power *v)
{
	struct chart *c = chart_new(CHART_BARS, doc_lang(d));
	double *kwh = xcalloc(v->ndays + 1, sizeof *kwh);
	bool any = false;

	c->unit = xstrdup("kWh");
	c->start_s = v->from_s;
	c->end_s = v->to_s;
	c->categories = xcalloc(v->ndays + 1, sizeof *c->categories);
	for (size_t i = 0; i < v->ndays; i++) {
		struct tm tm = day_local(v->days[i].from_s);
		c->categories[i] = v->ndays > 31 ? xasprintf("%d.%d", tm.tm_mday, tm.tm_mon + 1)
						 : xasprintf("%d", tm.tm_mday);
	}
	for (int u = 0; u < POWER_USES; u++) {
		bool is_total = u == POWER_SITE;
		if (v->of[u].nmeters == 0 || (is_total && v->of[POWER_IT].nmeters > 0))
			continue;
		for (size_t i = 0; i < v->ndays; i++)
			kwh[i] = v->days[i].kwh[u];
		chart_line(c, doc_text(d, uses[u]), kwh, NULL, NULL, v->ndays);
		any = true;
	}
	free(kwh);
	if (any && !isnan(v->total_kwh) && v->ndays > 1 && v->ndays <= 62)
		doc_chart(d, "power-days", c, doc_text(d, N_("Energy of each day")), 1);
	else
		chart_free(c);
}

/* Who draws the most. */
static void
consumers(struct doc *d, const struct power *v, const struct power *before)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("No.")), NULL, 0.4, true },
		{ doc_text(d, N_("Node")), NULL, 2.4, false },
		{ doc_text(d, N_("Zone")), NULL, 1.4, false },
		{ doc_text(d, N_("Energy")), "kWh", 1, true },
		{ doc_text(d, N_("Change")), "kWh", 1, true },
		{ doc_text(d, N_("Share of IT")), "%", 1, true },
		{ doc_text(d, N_("Mean")), "W", 0.8, true },
		{ doc_text(d, N_("Peak")), "W", 0.8, true },
		{ doc_text(d, N_("Known")), "%", 0.8, true },
	};

	if (v->ntop == 0)
		return;
	doc_table(d, "power-top", doc_text(d, N_("Top consumers")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->ntop; i++) {
		const struct power_consumer *p = &v->top[i];
		double was = NAN;
		for (size_t k = 0; k < before->ntop; k++)
			if (before->top[k].node == p->node)
				was = before->top[k].kwh;
		struct cell c[] = {
			cell_number((double)i + 1, 0),
			cell_text(name_node(p->node).s),
			cell_text(section_zone(d, p->node->zone)),
			cell_number(p->kwh, 1),
			cell_change(p->kwh, was, 1),
			cell_number(100 * p->kwh / v->of[POWER_IT].kwh, 1),
			cell_number(p->mean_w, 0),
			cell_number(p->peak_w, 0),
			cell_number(section_share(p->known_s, p->total_s), 1),
		};
		doc_row(d, c);
	}
	doc_table_end(d, NULL);
}

/* The meters that all of it is of. */
static void
meters(struct doc *d, const struct power *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Meter")), NULL, 2, false },
		{ doc_text(d, N_("Series")), NULL, 1, false },
		{ doc_text(d, N_("Use")), NULL, 1, false },
		{ doc_text(d, N_("Zone")), NULL, 1.2, false },
		{ doc_text(d, N_("Energy")), "kWh", 1, true },
		{ doc_text(d, N_("By its own counter")), "kWh", 1.2, true },
		{ doc_text(d, N_("Peak")), "kW", 0.8, true },
		{ doc_text(d, N_("Known")), "%", 0.8, true },
	};
	char path[256];

	if (v->nmeters == 0)
		return;
	doc_table(d, "power-meters", doc_text(d, N_("Meters")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nmeters; i++) {
		const struct power_meter *m = &v->meters[i];
		(void)snprintf(
		    path, sizeof path, "%s:%s", m->series->name, m->series->fields[m->field].name);
		struct cell c[] = {
			cell_text(name_node(m->series->node).s),
			cell_text(path),
			cell_text(doc_text(d, uses[m->use])),
			cell_text(section_zone(d, m->series->node->zone)),
			cell_number(m->kwh, 1),
			cell_number(m->counter_kwh, 1),
			cell_number(kilo(m->peak_w), 2),
			cell_number(section_share(m->known_s, m->total_s), 2),
		};
		doc_row(d, c);
	}
	doc_table_end(d, NULL);
}

/* The days in numbers, for the CSV. */
static void
days(struct doc *d, const struct power *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Day")), NULL, 1, false },
		{ doc_text(d, uses[POWER_IT]), "kWh", 1, true },
		{ doc_text(d, uses[POWER_COOLING]), "kWh", 1, true },
		{ doc_text(d, uses[POWER_SITE]), "kWh", 1, true },
		{ doc_text(d, N_("Known")), "%", 1, true },
	};

	if (v->nmeters == 0)
		return;
	doc_sheet(d, "power-days", doc_text(d, N_("Energy of each day")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->ndays; i++) {
		const struct power_day *day = &v->days[i];
		struct cell c[] = { cell_date(day->from_s), cell_number(day->kwh[POWER_IT], 1),
			cell_number(day->kwh[POWER_COOLING], 1),
			cell_number(day->kwh[POWER_SITE], 1), cell_number(100 * day->known, 2) };
		doc_row(d, c);
	}
	doc_table_end(d, NULL);
}

/* What is left out, by name, and how the rest was computed. */
static void
notes(struct doc *d, const struct power *v, const struct figures *f)
{
	if (f->zone == NULL && v->of[POWER_SITE].nmeters == 0)
		doc_note(d, doc_text(d, N_("PUE is left out: no meter of the whole site is "
					   "configured (measure \"site-power\").")));
	if (v->of[POWER_COOLING].nmeters == 0)
		doc_note(
		    d, doc_text(d, N_("Energy of the cooling is left out: no meter of its "
				      "electrical power is configured (measure \"cooling-power\"); "
				      "the heat it takes out is in the section on cooling.")));
	if (v->of[POWER_IT].nmeters == 0)
		doc_note(d, doc_text(d, N_("Energy of IT is left out: no meter of it is configured "
					   "(measure \"it-power\").")));
	if (isnan(v->cost) && !isnan(v->total_kwh))
		doc_note(d,
		    doc_text(d, N_("Cost is left out: no tariff is configured (report.tariff).")));
	if (v->of[POWER_IT].nblind > 0)
		doc_notef(d,
		    doc_text(d, N_("Of %zu of IT's meters nothing is known in this period: the "
				   "sums lack them.")),
		    v->of[POWER_IT].nblind);
	if (isnan(v->total_kwh))
		return;
	if (v->other_kwh < 0)
		doc_note(d, doc_text(d, N_("Other comes out below zero, which cannot be: a meter "
					   "counts what another has, or lacks a part. Check what "
					   "they are configured as.")));
	if (!isnan(v->other_kwh))
		doc_aside(
		    d, doc_text(d, N_("Other is of the time in which all meters are known; so the "
				      "parts add up to the whole where nothing is missing.")));
	doc_asidef(d,
	    doc_text(d, N_("Energy is power integrated over the time of which it is known; gaps "
			   "are not estimated. A meter's own counter is shown beside it for "
			   "comparison; where it fell, it began anew, and that is no energy. Peaks "
			   "are the highest sum of averages of %s.")),
	    word_duration(
		d, (double)v->of[v->of[POWER_IT].nmeters > 0 ? POWER_IT : POWER_SITE].step_s)
		.s);
}

void
section_power(struct doc *d, const struct figures *f)
{
	const struct power *v = f->now.power, *before = f->before.power;

	doc_heading(d, 1, "power", doc_text(d, N_("Power and energy")));
	if (v->nmeters > 0) {
		cards(d, v, before);
		sentences(d, v, f);
		energy(d, v, before);
		zones(d, v, before);
		days_chart(d, v);
	}
	consumers(d, v, before);
	section_graphs(d, f, "power", NULL);
	meters(d, v);
	days(d, v);
	notes(d, v, f);
	section_power_ups(d, f);
}

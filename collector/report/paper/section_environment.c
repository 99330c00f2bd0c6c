/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Environment: how warm, damp and steady the air was that the servers breathe. */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/figures/environment.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/name.h"
#include "collector/report/paper/section_parts.h"
#include "collector/report/paper/word.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define PRINTED 10 /* probes in print; all are in the CSV */
#define RCI_GOOD 96.0
#define RCI_POOR 90.0
#define FINE_S 600 /* rows up to this show what is short */
#define RISE_S 900
#define RISE_MOST 5.0 /* K in 15 min, ASHRAE */

/* A name of at most so many bytes. */
struct spot {
	char s[160];
};

/* Where a probe is: "sim15, rack B1". */
static struct spot
place(const struct doc *d, const struct environment_probe *p)
{
	struct spot n = { "" };
	bool lone = strcmp(p->series->source, "thermal") == 0 || p->series->instance[0] == '\0';

	if (p->series->node->rack != NULL)
		(void)snprintf(n.s, sizeof n.s, doc_text(d, N_("%s, rack %s")),
		    p->series->node->name, p->series->node->rack);
	else
		(void)snprintf(n.s, sizeof n.s, "%s%s%.120s", p->series->node->name,
		    lone ? "" : ", ", lone ? "" : name_sensor(d, p->series, p->field).s);
	return n;
}

/* The same zone of the period before, or NULL. */
static const struct environment_zone *
same(const struct environment *before, const struct zone *z)
{
	return SECTION_SAME(before->zones, before->nzones, zone, z);
}

/* A quantity of the zone before, all unknown where there was none. */
static struct environment_quantity
was(const struct environment_zone *b, enum environment_kind kind)
{
	static const struct environment_quantity none = {
		.mean = NAN, .min = NAN, .p95 = NAN, .max = NAN
	};

	return b != NULL ? b->of[kind] : none;
}

/* The figures that are to be seen first. */
static void
cards(struct doc *d, const struct environment *v)
{
	const struct environment_quantity *q = &v->all.of[ENVIRONMENT_INLET];
	double recommended = section_share(q->in.recommended_s, q->known_s);
	double outside = section_share(q->in.outside_s, q->known_s);
	char below[320] = "";
	struct environment_limits l = environment_limits[ENVIRONMENT_INLET];

	if (q->max_probe != NULL)
		(void)snprintf(below, sizeof below, "%s · %s", place(d, q->max_probe).s,
		    word_time(d, q->max_at_s).s);
	doc_card(d, doc_text(d, N_("Hottest inlet")), word_quantity(d, q->max, 1, "Cel").s, below,
	    isnan(q->max)		  ? DOC_UNKNOWN
	    : q->max > l.allowable_high	  ? DOC_CRITICAL
	    : q->max > l.recommended_high ? DOC_WARNING
					  : DOC_OK);
	(void)snprintf(below, sizeof below, doc_text(d, N_("of the time of %zu inlets")),
	    q->nprobes - q->nblind);
	doc_card(d, doc_text(d, N_("Within the recommended range")),
	    word_percent(d, recommended, 2).s, below,
	    isnan(recommended)		      ? DOC_UNKNOWN
	    : recommended < 95 || outside > 1 ? DOC_CRITICAL
	    : recommended < 99		      ? DOC_WARNING
					      : DOC_OK);
	doc_card(d, doc_text(d, N_("Any inlet beyond the allowable range")),
	    word_duration(d, v->all.known_s > 0 ? v->all.beyond_allowable_s : NAN).s,
	    doc_text(d, N_("below 15 or above 32 °C")),
	    !(v->all.known_s > 0)	    ? DOC_UNKNOWN
	    : v->all.beyond_allowable_s > 0 ? DOC_CRITICAL
					    : DOC_OK);
	doc_card(d, doc_text(d, N_("Rack cooling index, high")),
	    word_percent(d, v->all.rci_high, 1).s,
	    doc_text(d, N_("96 % and more is good, 90 % and less is poor")),
	    isnan(v->all.rci_high)	  ? DOC_UNKNOWN
	    : v->all.rci_high <= RCI_POOR ? DOC_CRITICAL
	    : v->all.rci_high < RCI_GOOD  ? DOC_WARNING
					  : DOC_OK);
}

/* The inlets in sentences. */
static void
sentences(struct doc *d, const struct environment *v, const struct environment *before)
{
	const struct environment_quantity *q = &v->all.of[ENVIRONMENT_INLET];

	if (isnan(q->mean)) {
		doc_paragraph(d,
		    doc_text(d, N_("Nothing is known of the air at the inlets in this period.")));
		return;
	}
	doc_paragraphf(d,
	    doc_text(d, N_("%s was the mean at %zu inlets (period before: %s), and 95 %% of the "
			   "time they were not above %s.")),
	    word_quantity(d, q->mean, 1, "Cel").s, q->nprobes - q->nblind,
	    word_quantity(d, before->all.of[ENVIRONMENT_INLET].mean, 1, "Cel").s,
	    word_quantity(d, q->p95, 1, "Cel").s);
	doc_paragraphf(d,
	    doc_text(d, N_("%s was the hottest: %s, %s. For %s at least one inlet was beyond the "
			   "recommended range, for %s beyond the allowable one.")),
	    word_quantity(d, q->max, 1, "Cel").s, place(d, q->max_probe).s,
	    word_time(d, q->max_at_s).s, word_duration(d, v->all.beyond_recommended_s).s,
	    word_duration(d, v->all.beyond_allowable_s).s);
}

/* A row of temperatures, of a zone or of all. */
static void
temperature_cells(struct cell c[10], const struct doc *d, const char *title,
    const struct environment_zone *z, const struct environment_zone *before, struct spot *where)
{
	const struct environment_quantity *q = &z->of[ENVIRONMENT_INLET];
	struct environment_quantity b = was(before, ENVIRONMENT_INLET);

	if (q->max_probe != NULL)
		*where = place(d, q->max_probe);
	c[0] = cell_text(title);
	c[1] = cell_number((double)q->nprobes, 0);
	c[2] = cell_number(q->min, 1);
	c[3] = cell_number(q->mean, 1);
	c[4] = cell_change(q->mean, b.mean, 1);
	c[5] = cell_number(q->p95, 1);
	c[6] = cell_number(q->max, 1);
	c[7] = cell_change(q->max, b.max, 1);
	c[8] = cell_text(where->s);
	c[9] = cell_time(q->max_at_s);
}

/* Temperatures at the inlets of each zone. */
static void
temperatures(struct doc *d, const struct environment *v, const struct environment *before)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Zone")), NULL, 1.5, false },
		{ doc_text(d, N_("Inlets")), NULL, 0.8, true },
		{ doc_text(d, N_("Minimum")), "°C", 0.9, true },
		{ doc_text(d, N_("Mean")), "°C", 0.8, true },
		{ doc_text(d, N_("Change")), "K", 0.9, true },
		{ doc_text(d, N_("95 %")), "°C", 0.8, true },
		{ doc_text(d, N_("Maximum")), "°C", 1, true },
		{ doc_text(d, N_("Change")), "K", 0.9, true },
		{ doc_text(d, N_("Where it was hottest")), NULL, 2, false },
		{ doc_text(d, N_("When")), NULL, 1.7, false },
	};
	struct cell c[10];
	struct spot where;

	doc_table(d, "environment-inlets", doc_text(d, N_("Air at the inlets")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nzones; i++) {
		const struct environment_zone *z = &v->zones[i];
		where.s[0] = '\0';
		if (z->of[ENVIRONMENT_INLET].nprobes == 0)
			continue;
		temperature_cells(c, d, section_zone(d, z->zone), z, same(before, z->zone), &where);
		doc_row(d, c);
	}
	if (v->nzones > 1) {
		where.s[0] = '\0';
		temperature_cells(c, d, doc_text(d, N_("All")), &v->all, &before->all, &where);
		doc_total(d, c);
	}
	doc_table_end(d, doc_text(d, N_("No inlet temperature is measured.")));
}

/* A row of ranges. */
static void
range_cells(struct cell c[8], const char *title, const struct environment_zone *z,
    const struct environment_zone *before)
{
	const struct environment_quantity *q = &z->of[ENVIRONMENT_INLET];
	struct environment_quantity b = was(before, ENVIRONMENT_INLET);
	double now = section_share(q->in.recommended_s, q->known_s);

	c[0] = cell_text(title);
	c[1] = cell_number(section_share(q->known_s, q->total_s), 2);
	c[2] = cell_number(now, 2);
	c[3] = cell_change(now, section_share(b.in.recommended_s, b.known_s), 2);
	c[4] = cell_number(section_share(q->in.allowable_s, q->known_s), 2);
	c[5] = cell_number(section_share(q->in.outside_s, q->known_s), 2);
	c[6] = cell_duration(z->known_s > 0 ? z->beyond_recommended_s : NAN);
	c[7] = cell_duration(z->known_s > 0 ? z->beyond_allowable_s : NAN);
}

/* How much of the time inlets were within ASHRAE's ranges. */
static void
ranges(struct doc *d, const struct environment *v, const struct environment *before)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Zone")), NULL, 1.3, false },
		{ doc_text(d, N_("Known")), "%", 1, true },
		{ doc_text(d, N_("18–27 °C, recommended")), "%", 1.3, true },
		{ doc_text(d, N_("Change")), doc_text(d, N_("% points")), 1, true },
		{ doc_text(d, N_("15–32 °C, allowable")), "%", 1.2, true },
		{ doc_text(d, N_("Outside")), "%", 1, true },
		{ doc_text(d, N_("Any inlet beyond recommended")), NULL, 1.5, true },
		{ doc_text(d, N_("Any inlet beyond allowable")), NULL, 1.5, true },
	};
	struct cell c[8];

	doc_table(d, "environment-ranges", doc_text(d, N_("Time within ASHRAE's ranges, class A1")),
	    columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nzones; i++) {
		const struct environment_zone *z = &v->zones[i];
		if (z->of[ENVIRONMENT_INLET].nprobes == 0)
			continue;
		range_cells(c, section_zone(d, z->zone), z, same(before, z->zone));
		doc_row(d, c);
	}
	if (v->nzones > 1) {
		range_cells(c, doc_text(d, N_("All")), &v->all, &before->all);
		doc_total(d, c);
	}
	doc_table_end(d, doc_text(d, N_("No inlet temperature is measured.")));
}

/* "Fastest rise in 15 min", or over what the rows allow. */
static struct spot
rise_title(const struct doc *d, const struct environment *v)
{
	struct spot n;
	int64_t over_s = v->all.rise != NULL ? v->all.rise->rise_over_s : RISE_S;

	(void)snprintf(n.s, sizeof n.s, doc_text(d, N_("Fastest rise in %s")),
	    word_duration(d, (double)over_s).s);
	return n;
}

/* Indices of a zone: RCI, RTI, the fastest rise. */
static void
indices(struct doc *d, const struct environment *v, const struct environment *before)
{
	const struct spot title = rise_title(d, v);
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Zone")), NULL, 1.3, false },
		{ doc_text(d, N_("RCI high")), "%", 0.9, true },
		{ doc_text(d, N_("Change")), doc_text(d, N_("% points")), 0.9, true },
		{ doc_text(d, N_("RCI low")), "%", 0.9, true },
		{ doc_text(d, N_("Supply")), "°C", 0.9, true },
		{ doc_text(d, N_("Return")), "°C", 0.9, true },
		{ doc_text(d, N_("Servers warm it by")), "K", 1.1, true },
		{ doc_text(d, N_("RTI")), "%", 0.8, true },
		{ title.s, "K", 1.1, true },
		{ doc_text(d, N_("Where")), NULL, 1.4, false },
		{ doc_text(d, N_("When")), NULL, 1.6, false },
	};

	doc_table(d, "environment-indices", doc_text(d, N_("Indices and rates of change")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nzones; i++) {
		const struct environment_zone *z = &v->zones[i], *b = same(before, z->zone);
		if (z->of[ENVIRONMENT_INLET].nprobes == 0)
			continue;
		struct cell c[11] = {
			cell_text(section_zone(d, z->zone)),
			cell_number(z->rci_high, 2),
			cell_change(z->rci_high, b != NULL ? b->rci_high : NAN, 2),
			cell_number(z->rci_low, 2),
			cell_number(z->supply, 1),
			cell_number(z->ret, 1),
			cell_number(z->it_rise, 1),
			cell_number(z->rti, 0),
			cell_number(z->rise != NULL ? z->rise->rise : NAN, 1),
			cell_text(z->rise != NULL ? z->rise->series->node->name : ""),
			cell_time(z->rise != NULL ? z->rise->rise_at_s : 0),
		};
		doc_row(d, c);
	}
	doc_table_end(d, doc_text(d, N_("No inlet temperature is measured.")));
}

/* Humidity and dew point of each zone. */
static void
damp(struct doc *d, const struct environment *v, const struct environment *before)
{
	static const char *const titles[] = { [ENVIRONMENT_HUMIDITY] = N_("Relative humidity, %"),
		[ENVIRONMENT_DEWPOINT] = N_("Dew point, °C") };
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Zone")), NULL, 1.2, false },
		{ doc_text(d, N_("Quantity")), NULL, 2.4, false },
		{ doc_text(d, N_("Probes")), NULL, 0.8, true },
		{ doc_text(d, N_("Minimum")), NULL, 0.9, true },
		{ doc_text(d, N_("Mean")), NULL, 0.8, true },
		{ doc_text(d, N_("Change")), NULL, 0.9, true },
		{ doc_text(d, N_("95 %")), NULL, 0.8, true },
		{ doc_text(d, N_("Maximum")), NULL, 1, true },
		{ doc_text(d, N_("When")), NULL, 1.7, false },
		{ doc_text(d, N_("Recommended")), "%", 1.1, true },
		{ doc_text(d, N_("Outside")), "%", 0.9, true },
	};

	doc_table(d, "environment-damp", doc_text(d, N_("Humidity and dew point")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nzones; i++)
		for (enum environment_kind k = ENVIRONMENT_HUMIDITY; k <= ENVIRONMENT_DEWPOINT;
		     k++) {
			const struct environment_quantity *q = &v->zones[i].of[k];
			struct environment_quantity b = was(same(before, v->zones[i].zone), k);
			if (q->nprobes == 0)
				continue;
			struct cell c[11] = {
				cell_text(section_zone(d, v->zones[i].zone)),
				cell_text(doc_text(d, titles[k])),
				cell_number((double)q->nprobes, 0),
				cell_number(q->min, 1),
				cell_number(q->mean, 1),
				cell_change(q->mean, b.mean, 1),
				cell_number(q->p95, 1),
				cell_number(q->max, 1),
				cell_time(q->max_at_s),
				cell_number(section_share(q->in.recommended_s, q->known_s), 2),
				cell_number(section_share(q->in.outside_s, q->known_s), 2),
			};
			doc_row(d, c);
		}
	doc_table_end(d, doc_text(d, N_("Neither humidity nor dew point is measured.")));
}

/* A probe's row; in print all are of one quantity. */
static void
probe_row(struct doc *d, const struct environment_probe *p, bool print)
{
	static const char *const units[] = { N_("Inlet, °C"), N_("Relative humidity, %"),
		N_("Dew point, °C") };
	struct spot where = place(d, p);
	struct cell c[] = {
		cell_text(where.s),
		cell_text(section_zone(d, p->series->node->zone)),
		cell_text(doc_text(d, units[p->kind])),
		cell_number(section_share(p->stats.known_s, p->stats.total_s), 1),
		cell_number(p->stats.min, 1),
		cell_number(p->stats.mean, 1),
		cell_number(p->stats.p95, 1),
		cell_number(p->stats.max, 1),
		cell_time(p->stats.max_at_s),
		cell_number(section_share(p->in.recommended_s, p->stats.known_s), 2),
		cell_number(p->rise, 1),
	};

	if (print)
		memmove(&c[2], &c[3], 8 * sizeof *c);
	doc_row(d, c);
}

/* The warmest inlets; all probes stand in the CSV. */
static void
probes(struct doc *d, const struct environment *v)
{
	const struct spot title = rise_title(d, v);
	struct doc_column columns[] = {
		{ doc_text(d, N_("Probe")), NULL, 2.2, false },
		{ doc_text(d, N_("Zone")), NULL, 1.1, false },
		{ doc_text(d, N_("Quantity")), NULL, 1.3, false },
		{ doc_text(d, N_("Known")), "%", 0.8, true },
		{ doc_text(d, N_("Minimum")), NULL, 0.9, true },
		{ doc_text(d, N_("Mean")), NULL, 0.8, true },
		{ doc_text(d, N_("95 %")), NULL, 0.8, true },
		{ doc_text(d, N_("Maximum")), NULL, 1, true },
		{ doc_text(d, N_("When")), NULL, 1.7, false },
		{ doc_text(d, N_("Recommended")), "%", 1.1, true },
		{ title.s, "K", 1.1, true },
	};

	if (v->nprobes == 0)
		return;
	doc_sheet(d, "environment-probes", doc_text(d, N_("All probes")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nprobes; i++)
		probe_row(d, &v->probes[i], false);
	doc_table_end(d, NULL);
	memmove(&columns[2], &columns[3], 8 * sizeof *columns);
	doc_table(d, "environment-warmest", doc_text(d, N_("The warmest inlets")), columns,
	    sizeof columns / sizeof *columns - 1);
	for (size_t i = 0; i < v->nprobes && i < PRINTED; i++)
		if (v->probes[i].kind == ENVIRONMENT_INLET)
			probe_row(d, &v->probes[i], true);
	doc_table_end(d, doc_text(d, N_("No inlet temperature is measured.")));
	doc_notef(
	    d, doc_text(d, N_("All %zu probes stand in environment-probes.csv.")), v->nprobes);
}

/* What is left out, by name. */
static void
absent(struct doc *d, const struct environment *v)
{
	char damp_less[400] = "", dew_less[400] = "", rti_less[400] = "", blind[400] = "";

	for (size_t i = 0; i < v->nzones; i++) {
		const struct environment_zone *z = &v->zones[i];
		if (z->of[ENVIRONMENT_INLET].nprobes == 0)
			continue;
		if (z->of[ENVIRONMENT_HUMIDITY].nprobes == 0)
			section_list(damp_less, sizeof damp_less, section_zone(d, z->zone));
		if (z->of[ENVIRONMENT_DEWPOINT].nprobes == 0)
			section_list(dew_less, sizeof dew_less, section_zone(d, z->zone));
		if (isnan(z->rti) && z->of[ENVIRONMENT_INLET].known_s > 0)
			section_list(rti_less, sizeof rti_less, section_zone(d, z->zone));
	}
	for (size_t i = 0; i < v->nprobes; i++)
		if (!(v->probes[i].stats.known_s > 0))
			section_list(blind, sizeof blind, place(d, &v->probes[i]).s);
	if (damp_less[0] != '\0')
		doc_notef(d, doc_text(d, N_("Humidity is not measured in: %s.")), damp_less);
	if (dew_less[0] != '\0')
		doc_notef(d,
		    doc_text(d, N_("A dew point is neither measured nor can it be made of a "
				   "probe's humidity and temperature in: %s.")),
		    dew_less);
	if (rti_less[0] != '\0')
		doc_notef(d,
		    doc_text(d, N_("RTI is left out where supply, return or the servers' exhaust "
				   "air is not measured: %s.")),
		    rti_less);
	if (blind[0] != '\0')
		doc_notef(d, doc_text(d, N_("Nothing was known in this period of: %s.")), blind);
}

/* How it was computed. */
static void
method(struct doc *d, const struct environment *v)
{
	int64_t step_s = v->all.of[ENVIRONMENT_INLET].step_s;

	if (step_s == 0)
		return;
	if (step_s > FINE_S)
		doc_notef(d,
		    doc_text(d, N_("Of this period only rows of %s are kept: what was short is "
				   "averaged out of ranges, times beyond them, 95 %% and rises.")),
		    word_duration(d, (double)step_s).s);
	doc_asidef(d,
	    doc_text(d,
		N_("Means are weighted by time, every inlet alike; 95 %%, ranges, indices and "
		   "rises are of averages of %s, minimum and maximum of single samples. Ranges by "
		   "ASHRAE TC9.9 (2021): humidity up to 70 %% recommended and 8–80 %% allowable, "
		   "dew point −9 to 15 °C and −12 to 17 °C. RCI high = 1 − (sum of degrees above "
		   "27 °C) / (values × 5 K), RCI low likewise below 18 °C over 3 K (Herrlin); RTI "
		   "= (return − supply) / (exhaust − inlet): 100 %% is balanced, more is "
		   "recirculation, less is bypass. ASHRAE allows a rise of %d K in 15 minutes.")),
	    word_duration(d, (double)step_s).s, (int)RISE_MOST);
}

void
section_environment(struct doc *d, const struct figures *f)
{
	const struct environment *v = f->now.environment, *before = f->before.environment;

	doc_heading(d, 1, "environment", doc_text(d, N_("Environment")));
	if (v->nprobes == 0) {
		doc_paragraph(
		    d, doc_text(d, N_("Neither inlet temperature nor humidity nor dew point is "
				      "measured here; this section is left out.")));
		return;
	}
	cards(d, v);
	sentences(d, v, before);
	temperatures(d, v, before);
	if (!isnan(v->all.of[ENVIRONMENT_INLET].mean)) {
		ranges(d, v, before);
		indices(d, v, before);
	}
	damp(d, v, before);
	absent(d, v);
	section_graphs(d, f, "environment", doc_text(d, N_("Course of the period")));
	section_environment_months(d, f);
	probes(d, v);
	if (!isnan(v->all.of[ENVIRONMENT_INLET].mean))
		method(d, v);
}

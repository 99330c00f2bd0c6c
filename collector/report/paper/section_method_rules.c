/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the figures are made: archives, definitions, formulas; and what the site does not measure. */
#include <stdio.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/completeness.h"
#include "collector/report/figures/environment.h"
#include "collector/report/figures/figures.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/section_method.h"
#include "collector/report/paper/word.h"
#include "zw/str.h"

/* What each term means; its section says what is peculiar to it. */
static const char *const definitions[] = {
	N_("Time: the site's local time. A month is a calendar month from local midnight to local "
	   "midnight, a week is Monday to Sunday; a night in which the clock is set has 23 or 25 "
	   "hours. Samples have the time of their measurement, not that of their arrival."),
	N_("Mean: weighted by time: the sum of the known rows' averages times their length, "
	   "divided "
	   "by the known time. A row of which less than half is known is no data and enters no "
	   "figure."),
	N_("Minimum and maximum: from the archives of minima and maxima, so that a peak of one "
	   "sample is found in a row of an hour."),
	N_("p95: the 95th percentile by the nearest rank of the rows' averages; the table names "
	   "the "
	   "length of the rows."),
	N_("Counters: a counter that went back was reset; the step over a reset is unknown, and no "
	   "energy or traffic is made of it."),
	N_("Energy: the integral of the known rows of power over time; time that is not known adds "
	   "nothing and is told as coverage."),
	N_("PUE of a month is an interim one (ISO/IEC 30134-2): energy of the site / energy of the "
	   "IT equipment, over the time in which both are known. Below 1 or above 4 the meters are "
	   "doubted and no number is printed."),
	N_("Availability: time up / (time up + unplanned downtime). Time of which nothing is known "
	   "is "
	   "neither; planned downtime counts for neither side."),
	N_("MTTA and MTTR: the mean time from an incident's opening to its first acknowledgement, "
	   "and "
	   "to its end, of incidents of which somebody was told."),
	N_("Alerts: counted when they fire, by their own time. Those of which nobody was told "
	   "(maintenance, silenced, consequences of another, learned from late samples) are no "
	   "load "
	   "on people and are counted apart."),
};

/* Whether an archive has the period. */
static const char *
reach(const struct figures *f, const struct completeness_archive *a)
{
	if (a->covers)
		return N_("yes");
	return f->plant->data_end_s - a->keep_s < f->now.period.to_s ? N_("in part") : N_("no");
}

/* Which archives there are, and which of them reach back. */
static void
put_archives(struct doc *d, const struct figures *f)
{
	const struct completeness *v = f->now.completeness;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Row")), NULL, 1, false },
		{ doc_text(d, N_("Kept for")), NULL, 1, false },
		{ doc_text(d, N_("Covers the period")), NULL, 1, false },
	};

	doc_heading(d, 2, "method-archives", doc_text(d, N_("Archives")));
	doc_table(d, "method-archives", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->narchives; i++) {
		const struct completeness_archive *a = &v->archives[i];
		const struct cell cells[] = {
			cell_duration((double)a->step_s),
			cell_duration((double)a->keep_s),
			cell_text(doc_text(d, reach(f, a))),
		};
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
	if (v->row_s > 0)
		doc_notef(d,
		    doc_text(d,
			N_("The figures of this period are made of rows of %s and longer, with the "
			   "average, the minimum and the maximum of each.")),
		    word_duration(d, (double)v->row_s).s);
}

/* Counts what holds a measure. */
static void
count_one(void *arg, const struct series *se, unsigned field)
{
	(void)se;
	(void)field;
	(*(unsigned *)arg)++;
}

/* What should be measured in a centre and is not here, by name. */
static void
put_absent(struct doc *d, const struct figures *f)
{
	static const struct {
		const char *measure;
		const char *text;
	} wanted[] = {
		{ "inlet", N_("inlet air temperature") },
		{ "humidity", N_("relative humidity") },
		{ "dewpoint", N_("dew point") },
		{ "supply", N_("supply air temperature") },
		{ "return", N_("return air temperature") },
		{ "it-power", N_("power of the IT equipment") },
		{ "site-power", N_("power of the site") },
		{ "runtime", N_("battery runtime") },
	};
	char list[600] = "";

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		unsigned n = 0;
		size_t used = strlen(list);
		plant_measure(f->plant, wanted[i].measure, f->zone, count_one, &n);
		if (strcmp(wanted[i].measure, "dewpoint") == 0) /* may be made of others */
			n += (unsigned)f->now.environment->all.of[ENVIRONMENT_DEWPOINT].nprobes;
		if (n == 0 && str_format(list + used, sizeof list - used, "%s%s",
				  used > 0 ? ", " : "", doc_text(d, wanted[i].text)) == -1)
			list[used] = '\0';
	}
	doc_heading(d, 2, "method-absent", doc_text(d, N_("Not measured")));
	if (list[0] != '\0')
		doc_paragraphf(d,
		    doc_text(d, N_("Not measured at this site, and so in no figure: %s.")), list);
	else
		doc_paragraph(
		    d, doc_text(d, N_("All quantities that this report knows are measured.")));
}

void
section_method_rules(struct doc *d, const struct figures *f)
{
	put_archives(d, f);
	put_absent(d, f);
	doc_heading(d, 2, "method-definitions", doc_text(d, N_("Definitions and formulas")));
	for (size_t i = 0; i < sizeof definitions / sizeof definitions[0]; i++)
		doc_item(d, false, doc_text(d, definitions[i]));
	doc_asides(d);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capacity: what will be full and when, the most urgent first; of all else how full the fullest of
 * each kind is. Every line stands in the CSV. */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/figures/capacity.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/name.h"
#include "collector/report/paper/section_parts.h"
#include "collector/report/paper/word.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/units.h"

#define MOST_ROWS 20
#define HIGH 80.0
#define MONTH_DAYS 30
#define YEAR_S (365 * INT64_C(86400))
#define MOST_LINES 4 /* of the chart */

/* A kind in words: one of it, all of it, and what is said where it is not measured. */
static const struct {
	const char *one;
	const char *all;
} kinds[CAPACITY_KINDS] = {
	[CAPACITY_DISK] = { N_("File system"), N_("file systems") },
	[CAPACITY_INODES] = { N_("Files of a file system"), N_("files of file systems") },
	[CAPACITY_MEMORY] = { N_("Memory"), N_("memory") },
	[CAPACITY_CPU] = { N_("Processor, p95"), N_("processors") },
	[CAPACITY_UPS] = { N_("UPS load, p95"), N_("load of UPSs") },
	[CAPACITY_POWER] = { N_("Power, p95"), N_("power of racks against their limits") },
	[CAPACITY_COOLING] = { N_("Cooling, p95"), N_("capacity of cooling units") },
	[CAPACITY_PORTS] = { N_("Switch ports"), N_("ports of switches") },
	[CAPACITY_STORAGE] = { N_("Storage"), N_("storage of devices") },
};

/* "Mail (srv-04), /var". The caller frees it. */
static char *
name_of(const struct capacity_one *o)
{
	bool disk = o->kind == CAPACITY_DISK || o->kind == CAPACITY_INODES;
	const char *instance = strcmp(o->instance, "total") == 0 ? "" : o->instance;

	return xasprintf("%s%s%s", name_node(o->node).s, instance[0] != '\0' ? ", " : "",
	    disk ? name_mount(instance).s : instance);
}

/* The same in the period before, or NULL. */
static const struct capacity_one *
same(const struct capacity *before, const struct capacity_one *o)
{
	for (size_t i = 0; i < before->nones; i++) {
		const struct capacity_one *b = &before->ones[i];
		if (b->kind == o->kind && b->node == o->node && b->series == o->series &&
		    b->field == o->field)
			return b;
	}
	return NULL;
}

/* When it is full, in words: a day, "reached", "later than in 5 years", or why there is none. The
 * caller frees it. */
static char *
when(const struct doc *d, const struct capacity_one *o, const struct capacity_date *at)
{
	if (at->likely_s == -1)
		return xstrdup(doc_text(d, N_("reached")));
	if (o->outlook == CAPACITY_SHORT)
		return xstrdup(doc_text(d, N_("not enough data")));
	if (o->outlook == CAPACITY_STEADY)
		return xstrdup(doc_text(d, N_("not growing")));
	if (at->likely_s == 0)
		return xstrdup(doc_text(d, N_("after 5 years")));
	return xstrdup(word_date(d, at->likely_s).s);
}

/* From the earliest to the latest day; "" where there is no date. The caller frees it. */
static char *
interval(const struct doc *d, const struct capacity_date *at)
{
	if (at->likely_s <= 0)
		return xstrdup("");
	return xasprintf("%s – %s", word_date(d, at->early_s).s,
	    at->late_s > 0 ? word_date(d, at->late_s).s : doc_text(d, N_("after 5 years")));
}

/* What 100 % is, as people read it: "954 GiB". */
static void
size_text(char *dst, size_t size, const struct doc *d, const struct capacity_one *o)
{
	*dst = '\0';
	if (!isnan(o->size))
		lang_value(dst, size, o->size, o->unit, doc_lang(d));
}

/* A line of either table. */
static void
put_row(struct doc *d, const struct capacity_one *o, const struct capacity *before)
{
	const struct capacity_one *b = same(before, o);
	char *name = name_of(o), *at80 = when(d, o, &o->at80), *at100 = when(d, o, &o->at100);
	char *between = interval(d, &o->at100), size[UNITS_MAX];

	size_text(size, sizeof size, d, o);
	const struct cell cells[] = {
		cell_text(name),
		cell_text(doc_text(d, kinds[o->kind].one)),
		cell_text(size),
		cell_number(o->fit.now, 1),
		cell_change(o->fit.now, b != NULL ? b->fit.now : NAN, 1),
		cell_change(o->fit.slope * MONTH_DAYS, 0, 2),
		cell_text(at80),
		cell_text(at100),
		cell_text(between),
	};
	doc_row(d, cells);
	free(name);
	free(at80);
	free(at100);
	free(between);
}

/* Whether a reader must see it: it will be full, is nearly, or is of a kind with few. */
static bool
matters(const struct capacity *v, const struct capacity_one *o)
{
	/* Processors and memory are used, not filled up: a high one is what matters. */
	bool used = o->kind == CAPACITY_CPU || o->kind == CAPACITY_MEMORY;
	int64_t horizon_s = v->to_s + (used ? 1 : 3) * YEAR_S;

	return o->fit.now >= HIGH || (o->at100.likely_s > 0 && o->at100.likely_s < horizon_s) ||
	       (!used && v->of_kind[o->kind] <= 4);
}

/* The columns of both tables; the CSV of the whole has the same. */
static void
begin_table(struct doc *d, bool whole)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Of what")), NULL, 2, false },
		{ doc_text(d, N_("Kind")), NULL, 1.7, false },
		{ doc_text(d, N_("Size")), NULL, 1, true },
		{ doc_text(d, N_("Now")), "%", 0.8, true },
		{ doc_text(d, N_("Change")), "%", 0.9, true },
		{ doc_text(d, N_("Trend, month")), "%", 0.9, true },
		{ doc_text(d, N_("Reaches 80 %")), NULL, 1.4, false },
		{ doc_text(d, N_("Reaches 100 %")), NULL, 1.4, false },
		{ doc_text(d, N_("100 %, from – to")), NULL, 2.6, false },
	};

	(whole ? doc_sheet : doc_table)(d, whole ? "capacity-all" : "capacity", NULL, columns,
	    sizeof columns / sizeof *columns);
}

/* Those that matter in print, all in the CSV. */
static void
put_tables(struct doc *d, const struct capacity *v, const struct capacity *before)
{
	size_t shown = 0;

	begin_table(d, false);
	for (size_t i = 0; i < v->nones; i++)
		if (matters(v, &v->ones[i]) && shown++ < MOST_ROWS)
			put_row(d, &v->ones[i], before);
	doc_table_end(d, doc_text(d, N_("Nothing grows, and nothing is nearly full.")));
	begin_table(d, true);
	for (size_t i = 0; i < v->nones; i++)
		put_row(d, &v->ones[i], before);
	doc_table_end(d, NULL);
	if (shown > MOST_ROWS)
		shown = MOST_ROWS;
	doc_notef(d,
	    doc_text(d,
		N_("The table has what grows or is nearly full, the most urgent first: %zu of %zu. "
		   "All of them are in capacity-all.csv.")),
	    shown, v->nones);
}

/* The days of those that are full first. */
static void
put_chart(struct doc *d, const struct capacity *v)
{
	struct chart *c = chart_new(CHART_LINES, doc_lang(d));

	c->unit = xstrdup("%");
	c->end_s = v->end_s;
	c->start_s = c->end_s - (int64_t)CAPACITY_MAX_DAYS * 86400;
	c->nvalues = CAPACITY_MAX_DAYS;
	c->from = 0;
	c->to = 100;
	chart_limit(c, HIGH, "80 %", false);
	for (size_t i = 0; i < v->nones && c->nlines < MOST_LINES; i++) {
		const struct capacity_one *o = &v->ones[i];
		if (o->outlook != CAPACITY_GROWS || !matters(v, o))
			continue;
		char *name = name_of(o);
		chart_line(c, name, o->days, NULL, NULL, CAPACITY_MAX_DAYS);
		free(name);
	}
	if (c->nlines == 0) {
		chart_free(c);
		return;
	}
	doc_chart(d, "capacity", c, doc_text(d, N_("What is full first, by days")), 1);
}

/* The fullest of each kind. */
static void
put_kinds(struct doc *d, const struct capacity *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Kind")), NULL, 2, false },
		{ doc_text(d, N_("Measured")), NULL, 1, true },
		{ doc_text(d, N_("At least 80 %")), NULL, 1, true },
		{ doc_text(d, N_("Growing")), NULL, 1, true },
		{ doc_text(d, N_("Not enough data")), NULL, 1, true },
		{ doc_text(d, N_("Fullest")), "%", 1, true },
		{ doc_text(d, N_("Of what")), NULL, 2, false },
	};

	doc_table(d, "capacity-kinds", doc_text(d, N_("The fullest of each kind")), columns,
	    sizeof columns / sizeof *columns);
	for (int kind = 0; kind < CAPACITY_KINDS; kind++) {
		unsigned high = 0, grow = 0, young = 0;
		const struct capacity_one *most = NULL;
		for (size_t i = 0; i < v->nones; i++) {
			const struct capacity_one *o = &v->ones[i];
			if ((int)o->kind != kind)
				continue;
			high += o->fit.now >= HIGH;
			grow += o->outlook == CAPACITY_GROWS;
			young += o->outlook == CAPACITY_SHORT;
			if (most == NULL || o->fit.now > most->fit.now)
				most = o;
		}
		if (most == NULL)
			continue;
		char *name = name_of(most);
		const struct cell cells[] = {
			cell_text(doc_text(d, kinds[kind].one)),
			cell_number(v->of_kind[kind], 0),
			cell_number(high, 0),
			cell_number(grow, 0),
			cell_number(young, 0),
			cell_number(most->fit.now, 1),
			cell_text(name),
		};
		doc_row(d, cells);
		free(name);
	}
	doc_table_end(d, NULL);
}

/* What is not measured, by name. */
static void
put_absent(struct doc *d, const struct capacity *v)
{
	char list[600] = "";

	for (int kind = 0; kind < CAPACITY_KINDS; kind++) {
		/* Devices' own storage is there or it is not: nobody misses it. */
		if (v->of_kind[kind] == 0 && kind != CAPACITY_STORAGE)
			section_list(list, sizeof list, doc_text(d, kinds[kind].all));
	}
	if (list[0] != '\0')
		doc_notef(d, doc_text(d, N_("Not measured at this site: %s.")), list);
}

/* How many will be full within a year, and which is first. */
static void
put_words(struct doc *d, const struct capacity *v)
{
	unsigned soon = 0, full = 0;

	for (size_t i = 0; i < v->nones; i++) {
		const struct capacity_one *o = &v->ones[i];
		full += o->fit.now >= HIGH;
		soon += o->at100.likely_s > 0 && o->at100.likely_s < v->to_s + YEAR_S;
	}
	if (soon > 0) {
		const struct capacity_one *o = v->ones;
		while (o->at100.likely_s <= 0)
			o++;
		char *name = name_of(o);
		doc_paragraphf(d,
		    lang_plural(doc_lang(d),
			"%u of what is watched will be full within a year if it grows on as it "
			"does; "
			"the first is %s, on %s.",
			"%u of what is watched will be full within a year if they grow on as they "
			"do; "
			"the first is %s, on %s.",
			soon),
		    soon, name, word_date(d, o->at100.likely_s).s);
		free(name);
	} else {
		doc_paragraph(d, doc_text(d, N_("Nothing will be full within a year.")));
	}
	if (full > 0)
		doc_paragraphf(d,
		    lang_plural(doc_lang(d), "%u stands at 80 %% or more now.",
			"%u stand at 80 %% or more now.", full),
		    full);
}

void
section_capacity(struct doc *d, const struct figures *f)
{
	const struct capacity *v = f->now.capacity;

	doc_heading(d, 1, "capacity", doc_text(d, N_("Capacity")));
	if (v->nones == 0) {
		doc_note(d, doc_text(d, N_("No capacity was measured in this period.")));
		return;
	}
	put_words(d, v);
	put_tables(d, v, f->before.capacity);
	put_chart(d, v);
	put_kinds(d, v);
	doc_asidef(d,
	    doc_text(
		d, N_("A value a day (a mean; where p95 is said, of the day's hours) of up to %d "
		      "days. "
		      "The trend is the median of the slopes between all pairs of days "
		      "(Theil–Sen), per "
		      "30 days, in points of percent; the interval has a confidence of %d %% (Sen "
		      "1968, "
		      "widened for days that are like the day before). Dates go on from the level "
		      "now, "
		      "which is the median of the last 7 days. Less than %d days with data are not "
		      "enough; what grows by less than 0.05 points a month, or whose interval has "
		      "0 in "
		      "it, is not growing.")),
	    CAPACITY_MAX_DAYS, (int)(CAPACITY_CONFIDENCE * 100 + 0.5), CAPACITY_MIN_DAYS);
	put_absent(d, v);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Method and gaps: how much of the data is there and why the rest is not, what figures do without,
 * and how they are made. The second half, which is the same for every period, is in
 * section_method_rules.c. */
#include "collector/report/paper/section_method.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/figures/completeness.h"
#include "collector/report/figures/figures.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/name.h"
#include "collector/report/paper/section.h"
#include "collector/report/paper/word.h"
#include "collector/report/paper/section_parts.h"
#include "zw/str.h"

#define MOST_ROWS 12

/* Per cent with three decimals, cut: what is not whole is never shown as 100. */
static double
percent(double part)
{
	return isnan(part) ? NAN : floor(part * 100000 + 1e-7) / 1000;
}

/* What was lost on the way to the spool's end. */
static double
let_go(const struct completeness_sum *s)
{
	return (double)(s->thinned + s->dropped);
}

/* The columns of both tables of completeness. */
static void
begin_table(struct doc *d, const char *id, const char *caption, const char *of, bool sheet)
{
	const struct doc_column columns[] = {
		{ of, NULL, 1.8, false },
		{ doc_text(d, N_("Expected")), NULL, 1.3, true },
		{ doc_text(d, N_("Received")), NULL, 1.3, true },
		{ doc_text(d, N_("of them late")), NULL, 1, true },
		{ doc_text(d, N_("Without a value")), NULL, 1, true },
		{ doc_text(d, N_("Given up by the spool")), NULL, 1, true },
		{ doc_text(d, N_("Missing")), NULL, 1, true },
		{ doc_text(d, N_("Complete")), "%", 1, true },
		{ doc_text(d, N_("Change")), NULL, 0.9, true },
		{ doc_text(d, N_("Rows known")), "%", 1, true },
	};

	(sheet ? doc_sheet : doc_table)(d, id, caption, columns, sizeof columns / sizeof *columns);
}

/* A line of them; before: the same thing in the period before, or NULL. */
static void
put_one(struct doc *d, const char *name, const struct completeness_one *one,
    const struct completeness_one *before, void (*put)(struct doc *d, const struct cell *cells))
{
	const struct completeness_sum *s = &one->sum;
	bool counted = s->expected > 0;
	const struct cell cells[] = {
		cell_text(name),
		cell_number(counted ? (double)s->expected : NAN, 0),
		cell_number(counted ? (double)s->received : NAN, 0),
		cell_number(counted ? (double)s->late : NAN, 0),
		cell_number(counted ? (double)s->empty : NAN, 0),
		cell_number(counted ? let_go(s) : NAN, 0),
		cell_number(counted ? (double)s->missing : NAN, 0),
		cell_number(percent(s->part), 3),
		cell_change(percent(s->part), before != NULL ? percent(before->sum.part) : NAN, 3),
		cell_number(percent(one->covered), 2),
	};

	put(d, cells);
}

/* A node's in the period before. */
static const struct completeness_one *
node_before(const struct completeness *before, const char *name)
{
	for (size_t i = 0; i < before->nnodes; i++)
		if (strcmp(before->nodes[i].name, name) == 0)
			return &before->nodes[i];
	return NULL;
}

/* By zone, and all together. */
static void
put_zones(struct doc *d, const struct completeness *v, const struct completeness *before)
{
	begin_table(d, "completeness-zones", NULL, doc_text(d, N_("Zone")), false);
	for (size_t i = 0; i < v->nzones; i++) {
		const struct zone *z = v->zones[i].zone;
		put_one(d, z != NULL ? z->title : doc_text(d, N_("Without a zone")), &v->zones[i],
		    SECTION_SAME(before->zones, before->nzones, zone, z), doc_row);
	}
	put_one(d, doc_text(d, N_("Total")), &v->all, &before->all, doc_total);
	doc_table_end(d, NULL);
}

/* Whether a reader must see a node's line; one of which there is nothing at all is named apart. */
static bool
lacks(const struct completeness_one *one)
{
	return isfinite(one->sum.part) ? one->sum.part < 1
				       : isfinite(one->covered) && one->covered < 1;
}

/* Nodes of which there are no data of that time: they were not there yet, or not any more. */
static void
put_absent(struct doc *d, const struct completeness *v)
{
	char list[400] = "";
	unsigned more = 0;

	for (size_t i = 0; i < v->nnodes; i++) {
		const struct completeness_one *one = &v->nodes[i];
		size_t used = strlen(list);
		if (isfinite(one->sum.part) || isfinite(one->covered))
			continue;
		if (str_format(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "",
			one->name) == -1) {
			list[used] = '\0';
			more++;
		}
	}
	size_t used = strlen(list);
	if (more > 0 && str_format(list + used, sizeof list - used, " +%u", more) == -1)
		list[used] = '\0';
	if (list[0] != '\0')
		doc_notef(d,
		    doc_text(d, N_("Not there in this period, neither expected nor seen: %s.")),
		    list);
}

/* The least complete nodes; all of them in the CSV. */
static void
put_nodes(struct doc *d, const struct figures *f)
{
	const struct completeness *v = f->now.completeness, *before = f->before.completeness;
	size_t n = 0;

	begin_table(d, "completeness-nodes", doc_text(d, N_("The least complete")),
	    doc_text(d, N_("Node")), false);
	for (size_t i = 0; i < v->nnodes && n < MOST_ROWS; i++) {
		if (!lacks(&v->nodes[i]))
			continue;
		put_one(d, name_known(f->plant, v->nodes[i].name).s, &v->nodes[i],
		    node_before(before, v->nodes[i].name), doc_row);
		n++;
	}
	doc_table_end(d, doc_text(d, N_("Every node is complete.")));
	begin_table(d, "completeness-all", NULL, doc_text(d, N_("Node")), true);
	for (size_t i = 0; i < v->nnodes; i++)
		put_one(d, name_known(f->plant, v->nodes[i].name).s, &v->nodes[i],
		    node_before(before, v->nodes[i].name), doc_row);
	doc_table_end(d, NULL);
	if (n < v->nnodes)
		doc_notef(d,
		    doc_text(
			d, N_("Shown: %zu of %zu nodes. All of them are in completeness-all.csv.")),
		    n, v->nnodes);
	put_absent(d, v);
}

/* How complete it is, in sentences; what is not counted is not claimed. */
static void
put_words(struct doc *d, const struct completeness *v)
{
	const struct completeness_sum *s = &v->all.sum;

	if (isfinite(s->part))
		doc_paragraphf(d,
		    doc_text(d,
			N_("%s of the expected samples are there: %s of %s. %s came late (more "
			   "than "
			   "a minute after their time) and are counted as received. Missing: %s; "
			   "given up by a full spool: %s; come without any value: %s.")),
		    word_percent(d, percent(s->part), 3).s,
		    word_number(d, (double)s->received, 0).s,
		    word_number(d, (double)s->expected, 0).s, word_number(d, (double)s->late, 0).s,
		    word_number(d, (double)s->missing, 0).s, word_number(d, let_go(s), 0).s,
		    word_number(d, (double)s->empty, 0).s);
	if (isfinite(s->part) && v->ledger_to_s + 7200 <= v->to_s)
		doc_paragraphf(d,
		    doc_text(
			d, N_("Samples are counted up to %s only; over all of the period %s of the "
			      "rows of the archives are known.")),
		    word_time(d, v->ledger_to_s).s, word_percent(d, percent(v->all.covered), 2).s);
	else if (!v->counted && isfinite(s->part))
		doc_paragraphf(d,
		    doc_text(d,
			N_("Samples are counted from %s on. For the time before it only the rows "
			   "of "
			   "the archives tell what is there; over all of the period %s of them are "
			   "known.")),
		    word_time(d, v->ledger_s).s, word_percent(d, percent(v->all.covered), 2).s);
	else if (!isfinite(s->part) && isfinite(v->all.covered))
		doc_paragraphf(d,
		    doc_text(d,
			N_("%s of the rows of the archives are known. The samples of this period "
			   "were not counted one by one: its history is older than the counting.")),
		    word_percent(d, percent(v->all.covered), 2).s);
	else if (!isfinite(s->part))
		doc_paragraph(d, doc_text(d, N_("There are no data of this period.")));
}

/* Why a gap is. The caller's buffer. */
static const char *
reason(const struct doc *d, const struct completeness_gap *g, char *dst, size_t size)
{
	static const char *const texts[GAP_REASONS] = {
		[GAP_SILENT] = N_("silent"),
		[GAP_UNREACHABLE] = N_("could not be reached"),
		[GAP_COLLECTOR] = N_("the collector was away"),
		[GAP_PLANNED] = N_("maintenance"),
		[GAP_CLOCK] = N_("its clock was set"),
		[GAP_UNEXPLAINED] = N_("not known"),
	};

	snprintf(dst, size, "%s%s%s", doc_text(d, texts[g->reason]),
	    *g->because != '\0' ? ": " : "", g->because);
	return dst;
}

/* Of what a gap is: a node, or the first of so many. */
static void
gap_name(char *dst, size_t size, const struct doc *d, const struct completeness_gap *g)
{
	if (g->nodes > 1)
		snprintf(dst, size, doc_text(d, N_("%s and %u more")), name_node(g->first).s,
		    g->nodes - 1);
	else
		snprintf(dst, size, "%s", name_node(g->first).s);
}

/* The lines of gaps. */
static void
put_gap_rows(struct doc *d, const char *id, const struct completeness *v, size_t most, bool sheet)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Of what")), NULL, 1.6, false },
		{ doc_text(d, N_("From")), NULL, 1.5, false },
		{ doc_text(d, N_("Till")), NULL, 1.5, false },
		{ doc_text(d, N_("Duration")), NULL, 1.1, true },
		{ doc_text(d, N_("Reason")), NULL, 2.2, false },
	};
	char name[320], why[256];

	(sheet ? doc_sheet : doc_table)(d, id, NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->ngaps && i < most; i++) {
		const struct completeness_gap *g = &v->gaps[i];
		gap_name(name, sizeof name, d, g);
		const struct cell cells[] = {
			cell_text(name),
			cell_time(g->from_s),
			cell_time(g->to_s),
			cell_duration((double)(g->to_s - g->from_s)),
			cell_text(reason(d, g, why, sizeof why)),
		};
		doc_row(d, cells);
	}
	doc_table_end(d, sheet ? NULL : doc_text(d, N_("There was no gap longer than 5 minutes.")));
}

/* Gaps and their reasons. */
static void
put_gaps(struct doc *d, const struct completeness *v)
{
	static const char *const sums[GAP_REASONS] = {
		[GAP_SILENT] = N_("silent by themselves"),
		[GAP_UNREACHABLE] = N_("could not be reached because of another"),
		[GAP_COLLECTOR] = N_("while the collector was away"),
		[GAP_PLANNED] = N_("in maintenance"),
		[GAP_CLOCK] = N_("because a clock was set"),
		[GAP_UNEXPLAINED] = N_("for a reason that is not known"),
	};
	char list[600] = "";

	doc_heading(d, 2, "method-gaps", doc_text(d, N_("Gaps longer than 5 minutes")));
	for (int i = 0; i < GAP_REASONS; i++) {
		size_t used = strlen(list);
		if (v->gap_s[i] > 0 &&
		    str_format(list + used, sizeof list - used, "%s%s: %s", used > 0 ? "; " : "",
			doc_text(d, sums[i]), word_duration(d, v->gap_s[i]).s) == -1)
			list[used] = '\0';
	}
	if (list[0] != '\0')
		doc_paragraphf(d, doc_text(d, N_("Gaps of all nodes together: %s.")), list);
	put_gap_rows(d, "completeness-gaps", v, MOST_ROWS, false);
	put_gap_rows(d, "completeness-gaps-all", v, SIZE_MAX, true);
	if (v->ngaps > MOST_ROWS)
		doc_notef(d,
		    doc_text(d, N_("Shown: the %d longest of %zu gaps. All of them are in "
				   "completeness-gaps-all.csv.")),
		    MOST_ROWS, v->ngaps);
	if (v->row_s > 0)
		doc_asidef(d,
		    doc_text(d,
			N_("A gap is a stretch of rows of %s without data, longer than 5 minutes "
			   "in all, of the fastest series of a node; what came late fills it, and "
			   "what is shorter than a row is not seen. The reason is what covers most "
			   "of it: alerts of silence, absences of the collector, maintenance.")),
		    word_duration(d, (double)v->row_s).s);
}

/* Sensors that are not counted, or doubted. */
static void
put_sensors(struct doc *d, const struct plant *p, const struct completeness *v)
{
	static const char *const texts[] = {
		[SENSOR_DEAD] = N_("no data in all of the period"),
		[SENSOR_GONE] = N_("no longer reported"),
		[SENSOR_FLAT] = N_("stands still"),
		[SENSOR_IMPLAUSIBLE] = N_("implausible"),
	};
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Sensor")), NULL, 3, false },
		{ doc_text(d, N_("Series")), NULL, 2, false },
		{ doc_text(d, N_("What is wrong")), NULL, 2, false },
		{ doc_text(d, N_("Since")), NULL, 1.4, false },
		{ doc_text(d, N_("Till")), NULL, 1.4, false },
	};

	doc_heading(d, 2, "method-sensors", doc_text(d, N_("Sensors left out or doubted")));
	doc_table(d, "completeness-sensors", NULL, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nsensors; i++) {
		const struct completeness_sensor *s = &v->sensors[i];
		const struct cell cells[] = {
			cell_text(name_place(d, p, s->node, s->series, s->field).s),
			cell_text(s->series),
			cell_text(doc_text(d, texts[s->kind])),
			cell_time(s->since_s),
			cell_time(s->to_s),
		};
		doc_row(d, cells);
	}
	doc_table_end(d, doc_text(d, N_("None.")));
	doc_aside(d,
	    doc_text(d,
		N_("What is no longer reported has no values and enters no figure from its last "
		   "sample on. Values that an alert calls implausible or still are not taken away: "
		   "they are in the figures, and named here.")));
}

void
section_method(struct doc *d, const struct figures *f)
{
	const struct completeness *v = f->now.completeness;

	doc_heading(d, 1, "method", doc_text(d, N_("Method and gaps")));
	doc_heading(d, 2, "method-completeness", doc_text(d, N_("Completeness of the data")));
	put_words(d, v);
	put_zones(d, v, f->before.completeness);
	put_nodes(d, f);
	doc_aside(d,
	    doc_text(d,
		N_("Completeness = received / expected. A series is expected to have a sample each "
		   "step, from its first one on, also while its node is silent; one that its node "
		   "leaves out for 10 minutes and 60 steps, while it sends others, is expected up "
		   "to its last sample. Every sample is counted once, at its own time. Missing = "
		   "expected − received − without a value − given up by the spool.")));
	put_gaps(d, v);
	put_sensors(d, f->plant, v);
	section_method_rules(d, f);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/report/paper/outages.h"

#include <math.h>
#include <stdlib.h>

#include "collector/report/figures/availability.h"
#include "collector/report/paper/uplines.h"
#include "zw/alloc.h"

#define LONGEST 10 /* in print */

/* An outage of a thing. */
struct outage {
	const struct availability_one *one;
	const struct availability_outage *at;
};

/* The longest first; then by time and place. */
static int
by_length(const void *a, const void *b)
{
	const struct outage *x = a, *y = b;

	if (x->at->down_s != y->at->down_s)
		return x->at->down_s > y->at->down_s ? -1 : 1;
	if (x->at->from_ms != y->at->from_ms)
		return x->at->from_ms < y->at->from_ms ? -1 : 1;
	return x->one < y->one ? -1 : x->one > y->one;
}

/* All outages. Freed by the caller. */
static struct outage *
all_outages(const struct availability *v, size_t *n)
{
	struct outage *all;
	size_t most = 1;

	for (size_t i = 0; i < v->nones; i++)
		most += v->ones[i].noutages;
	all = xcalloc(most, sizeof *all);
	*n = 0;
	for (size_t i = 0; i < v->nones; i++)
		for (size_t k = 0; k < v->ones[i].noutages; k++)
			all[(*n)++] = (struct outage){ &v->ones[i], &v->ones[i].outages[k] };
	if (*n > 1)
		qsort(all, *n, sizeof *all, by_length);
	return all;
}

/* Some outages as a table, or as a sheet. */
static void
put_outages(struct doc *d, bool sheet, const struct outage *all, size_t n)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("What")), NULL, 2.2, false },
		{ doc_text(d, N_("Kind")), NULL, 1.4, false },
		{ doc_text(d, N_("From")), NULL, 1.5, false },
		{ doc_text(d, N_("To")), NULL, 1.5, false },
		{ doc_text(d, N_("Down")), NULL, 1.1, true },
		{ doc_text(d, N_("Remark")), NULL, 1.8, false },
	};
	size_t ncolumns = sizeof columns / sizeof *columns;
	bool remarks = sheet;
	char name[160];

	for (size_t i = 0; i < n; i++)
		remarks |= all[i].at->open || all[i].at->before;
	ncolumns -= remarks ? 0 : 1;

	if (sheet)
		doc_sheet(d, "availability-outages-all", doc_text(d, N_("All outages")), columns,
		    ncolumns);
	else
		doc_table(d, "availability-outages", NULL, columns, ncolumns);
	for (size_t i = 0; i < n; i++) {
		const struct availability_outage *o = all[i].at;
		const char *remark = o->open	 ? N_("not over at the end")
				     : o->before ? N_("since before the period")
						 : NULL;
		uplines_name(name, d, all[i].one);
		const struct cell cells[] = { cell_text(name),
			cell_text(doc_text(d, uplines_kind(all[i].one->kind))),
			cell_time(o->from_ms / 1000), cell_time(o->to_ms / 1000),
			cell_duration(round(o->down_s)),
			cell_text(remark != NULL ? doc_text(d, remark) : NULL) };
		doc_row(d, cells);
	}
	doc_table_end(d, doc_text(d, N_("No unplanned outage in this period.")));
}

void
outages_table(struct doc *d, const struct figures *f)
{
	size_t n;
	struct outage *all = all_outages(f->now.availability, &n);

	doc_heading(d, 2, "availability-longest", doc_text(d, N_("Longest outages")));
	put_outages(d, false, all, n > LONGEST ? LONGEST : n);
	if (n > LONGEST) {
		doc_notef(d, doc_text(d, N_("The longest %d of %zu are shown; all are in %s.csv.")),
		    LONGEST, n, "availability-outages-all");
		put_outages(d, true, all, n);
	}
	free(all);
}

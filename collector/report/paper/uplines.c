/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of availability: a row a thing, worst first. Print has what matters: of
 * a kind that has many, those without fault are one row; the CSV has all. */
#include "collector/report/paper/uplines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/text_reason.h"
#include "collector/report/figures/links.h"
#include "collector/report/paper/word.h"
#include "zw/alloc.h"

#define SHOWN 40 /* rows of a kind in print */
#define CLEAN 8	 /* so many without fault are one row */

/* What kinds are called, and the names of their tables. */
static const struct kind {
	const char *title;
	const char *id;
	const char *all;
} kinds[AVAILABILITY_KINDS] = {
	[AVAILABILITY_ZONE] = { N_("Zones"), "availability-zones", "availability-zones-all" },
	[AVAILABILITY_SERVER] = { N_("Servers"), "availability-servers",
	    "availability-servers-all" },
	[AVAILABILITY_COOLING] = { N_("Cooling units"), "availability-cooling",
	    "availability-cooling-all" },
	[AVAILABILITY_UPS] = { N_("UPS"), "availability-ups", "availability-ups-all" },
	[AVAILABILITY_LINK] = { N_("Communication links"), "availability-links",
	    "availability-links-all" },
	[AVAILABILITY_DEVICE] = { N_("Other devices"), "availability-devices",
	    "availability-devices-all" },
};

/* What people call it. */
void
uplines_name(char dst[160], const struct doc *d, const struct availability_one *one)
{
	if (one->node == NULL) {
		text_zone(dst, 160, one->zone, "", doc_lang(d));
		return;
	}
	const char *title = text_node(one->node);
	if (strcmp(title, one->node->name) == 0)
		snprintf(dst, 160, "%s", title);
	else
		snprintf(dst, 160, "%s (%s)", title, one->node->name);
}

/* The figures of a link as they are charged to it; NULL: there are none. */
static const struct links_one *
link_of(const struct links *links, const struct node *n)
{
	for (size_t i = 0; links != NULL && i < links->nones; i++)
		if (links->ones[i].node == n)
			return &links->ones[i];
	return NULL;
}

/* A thing's line. */
struct upline
uplines_of(const struct figures_of *of, const struct availability_one *one)
{
	struct upline l = { .time = one->time,
		.part = one->part,
		.target = one->target,
		.outages = (unsigned)one->noutages,
		.longest_s = one->longest_s };
	const struct links_one *link =
	    one->kind == AVAILABILITY_LINK ? link_of(of->links, one->node) : NULL;

	if (link == NULL)
		return l;
	l.time.unplanned_s = link->own_s;
	l.shared_s = link->shared_s;
	l.part = link->availability;
	l.outages = link->outages;
	l.longest_s = link->longest_s;
	return l;
}

/* Of all of a kind. */
struct upline
uplines_of_kind(const struct figures_of *of, enum availability_kind kind)
{
	const struct availability_kind_sum *s = &of->availability->sums[kind];
	struct upline l = {
		.time = s->time, .part = s->part, .target = s->target, .outages = s->outages
	};
	size_t n;
	const struct availability_one *ones = availability_of(of->availability, kind, &n);

	if (kind == AVAILABILITY_LINK) {
		l.time.unplanned_s = 0;
		l.outages = 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct upline one = uplines_of(of, &ones[i]);
		l.longest_s = fmax(l.longest_s, one.longest_s);
		if (kind != AVAILABILITY_LINK)
			continue;
		l.time.unplanned_s += one.time.unplanned_s;
		l.outages += one.outages;
	}
	if (kind == AVAILABILITY_LINK)
		l.part = availability_part(&l.time);
	return l;
}

/* Whether the target is met; what is beyond judgement is unknown. */
static struct cell
result_of(const struct doc *d, double part, double target)
{
	if (isnan(part))
		return cell_state(DOC_UNKNOWN, NULL);
	if (isnan(target))
		return cell_text(NULL);
	return part >= target - 1e-9 ? cell_state(DOC_OK, doc_text(d, N_("yes")))
				     : cell_state(DOC_CRITICAL, doc_text(d, N_("no")));
}

#define LINE_COLUMNS 10

/* The columns of every printed table of availability; the last only of what has a target. */
static void
begin(struct doc *d, const char *id, bool aimed)
{
	const struct doc_column columns[LINE_COLUMNS] = {
		{ .title = doc_text(d, N_("Name")), .weight = 4 },
		{ doc_text(d, N_("Availability")), "%", 1.15, true },
		{ doc_text(d, N_("Before")), "%", 1.1, true },
		{ doc_text(d, N_("Unplanned down")), NULL, 1.15, true },
		{ doc_text(d, N_("Planned down")), NULL, 1.1, true },
		{ doc_text(d, N_("No data")), NULL, 1.1, true },
		{ doc_text(d, N_("Outages")), NULL, 0.8, true },
		{ doc_text(d, N_("Longest")), NULL, 1.1, true },
		{ doc_text(d, N_("MTBF")), NULL, 1.1, true },
		{ doc_text(d, N_("Target met")), NULL, 0.9, false },
	};

	doc_table(d, id, NULL, columns, LINE_COLUMNS - (aimed ? 0 : 1));
}

/* A length of time that is nothing is shown so. */
static struct cell
lasting(double seconds)
{
	return cell_duration(seconds > 0 ? round(seconds) : 0);
}

/* A row; before NAN: there was none. */
static void
put_line(struct doc *d, const char *name, const struct upline *l, double before, bool total)
{
	double n = l->outages;
	const struct cell cells[LINE_COLUMNS] = {
		cell_text(name),
		cell_number(l->part * 100, 3),
		cell_number(before * 100, 3),
		lasting(l->time.unplanned_s),
		lasting(l->time.planned_s),
		lasting(l->time.unknown_s),
		cell_number(n, 0),
		n > 0 ? lasting(l->longest_s) : cell_duration(NAN),
		cell_duration(n > 0 ? round(l->time.up_s / n) : NAN),
		result_of(d, l->part, l->target),
	};

	if (total)
		doc_total(d, cells);
	else
		doc_row(d, cells);
}

/* What it is called; its name stands in the CSV, too. */
static const char *
title_of(char dst[160], const struct doc *d, const struct availability_one *one)
{
	if (one->node != NULL && one->node->kind == NODE_LINK)
		return text_node(one->node); /* an institution's own name is enough */
	uplines_name(dst, d, one);
	return dst;
}

/* What was up of it in the period before; NAN: it was not there. */
static double
before_of(const struct figures *f, const struct availability_one *one)
{
	const struct availability_one *same = availability_same(f->before.availability, one);

	return same != NULL ? uplines_of(&f->before, same).part : NAN;
}

/* A thing with its line. */
struct row {
	const struct availability_one *one;
	struct upline line;
};

/* The worst first, what is not known last; else as they came. */
static int
by_part(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	double px = isnan(x->line.part) ? 2 : x->line.part;
	double py = isnan(y->line.part) ? 2 : y->line.part;

	if (px != py)
		return px < py ? -1 : 1;
	return x->one < y->one ? -1 : x->one > y->one;
}

/* The rows of a kind. Freed by the caller. */
static struct row *
make_rows(const struct figures *f, const struct availability_one *ones, size_t n)
{
	struct row *rows = xcalloc(n + 1, sizeof *rows);

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct row){ &ones[i], uplines_of(&f->now, &ones[i]) };
	if (n > 1)
		qsort(rows, n, sizeof *rows, by_part);
	return rows;
}

/* Whether there is nothing to be told of it but what all have. */
static bool
is_clean(const struct row *r, double common_s)
{
	return r->line.outages == 0 && !(r->line.time.planned_s > 0) && !isnan(r->line.part) &&
	       r->line.time.unknown_s <= common_s + 60;
}

/* For qsort(). */
static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The time without data that is usual among them: the middle one. */
static double
common_unknown(const struct row *rows, size_t n)
{
	double *v = xcalloc(n + 1, sizeof *v);

	for (size_t i = 0; i < n; i++)
		v[i] = rows[i].line.time.unknown_s;
	qsort(v, n, sizeof *v, by_value);
	double middle = v[n / 2];
	free(v);
	return middle;
}

/* Adds a thing to those without fault; before: of the same in the period before. */
static void
gather(struct upline *all, struct availability_time *before, const struct figures *f,
    const struct availability_one *one)
{
	const struct availability_one *same = availability_same(f->before.availability, one);

	all->time.up_s += one->time.up_s;
	all->time.unknown_s += one->time.unknown_s;
	all->target = one->target;
	if (same == NULL)
		return;
	struct upline l = uplines_of(&f->before, same);
	before->up_s += l.time.up_s;
	before->unplanned_s += l.time.unplanned_s;
	before->planned_s += l.time.planned_s;
	before->unknown_s += l.time.unknown_s;
}

/* Things in print. Returns how many of them have no row of their own. */
static size_t
put_ones(struct doc *d, const struct figures *f, const struct row *rows, size_t n)
{
	double common_s = common_unknown(rows, n);
	struct upline rest = { .part = 1 };
	struct availability_time before = { 0 };
	size_t clean = 0, hidden = 0;
	char name[160];

	for (size_t i = 0; i < n; i++)
		clean += is_clean(&rows[i], common_s);
	bool joined = clean >= CLEAN;
	for (size_t i = 0, shown = 0; i < n; i++) {
		if (joined && is_clean(&rows[i], common_s)) {
			gather(&rest, &before, f, rows[i].one);
			hidden++;
		} else if (shown++ < SHOWN)
			put_line(d, title_of(name, d, rows[i].one), &rows[i].line,
			    before_of(f, rows[i].one), false);
		else
			hidden++;
	}
	if (joined) {
		snprintf(name, sizeof name,
		    lang_plural(doc_lang(d), "%zu other, without fault",
			"%zu others, without fault", clean),
		    clean);
		put_line(d, name, &rest, availability_part(&before), false);
	}
	return hidden;
}

/* All of a kind with all that is known of them, for the CSV. */
static void
put_sheet(struct doc *d, const struct figures *f, enum availability_kind kind,
    const struct row *rows, size_t n)
{
	const struct doc_column columns[] = { { .title = doc_text(d, N_("Name")) },
		{ .title = doc_text(d, N_("Node")) }, { .title = doc_text(d, N_("Zone")) },
		{ doc_text(d, N_("Availability")), "%", 1, true },
		{ doc_text(d, N_("Before")), "%", 1, true },
		{ doc_text(d, N_("Target")), "%", 1, true },
		{ .title = doc_text(d, N_("Target met")) },
		{ doc_text(d, N_("Up")), NULL, 1, true },
		{ doc_text(d, N_("Unplanned down")), NULL, 1, true },
		{ doc_text(d, N_("Planned down")), NULL, 1, true },
		{ doc_text(d, N_("No data")), NULL, 1, true },
		{ doc_text(d, N_("Not yet there")), NULL, 1, true },
		{ doc_text(d, N_("Down by a shared cause")), NULL, 1, true },
		{ doc_text(d, N_("Outages")), NULL, 1, true },
		{ doc_text(d, N_("Longest")), NULL, 1, true },
		{ doc_text(d, N_("MTBF")), NULL, 1, true },
		{ doc_text(d, N_("MTTR")), NULL, 1, true } };
	char name[160], zone[160];

	doc_sheet(d, kinds[kind].all, doc_text(d, kinds[kind].title), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < n; i++) {
		const struct availability_one *one = rows[i].one;
		const struct upline *l = &rows[i].line;
		double outages = l->outages;
		text_zone(zone, sizeof zone, one->zone, doc_text(d, N_("Site")), doc_lang(d));
		const struct cell cells[] = { cell_text(title_of(name, d, one)),
			cell_text(one->node != NULL ? one->node->name : one->zone->name),
			cell_text(zone), cell_number(l->part * 100, 3),
			cell_number(before_of(f, one) * 100, 3), cell_number(l->target * 100, 1),
			result_of(d, l->part, l->target), lasting(l->time.up_s),
			lasting(l->time.unplanned_s), lasting(l->time.planned_s),
			lasting(l->time.unknown_s), lasting(l->time.absent_s), lasting(l->shared_s),
			cell_number(outages, 0), lasting(l->longest_s),
			cell_duration(outages > 0 ? l->time.up_s / outages : NAN),
			cell_duration(outages > 0 ? l->time.unplanned_s / outages : NAN) };
		doc_row(d, cells);
	}
	doc_table_end(d, NULL);
}

void
uplines_table(struct doc *d, const struct figures *f, enum availability_kind kind)
{
	const struct kind *k = &kinds[kind];
	size_t n;
	const struct availability_one *ones = availability_of(f->now.availability, kind, &n);

	if (n == 0)
		return;
	struct row *rows = make_rows(f, ones, n);
	struct upline all = uplines_of_kind(&f->now, kind);
	doc_heading(d, 2, k->id, doc_text(d, k->title));
	begin(d, k->id, !isnan(all.target));
	size_t hidden = put_ones(d, f, rows, n);
	if (n > 1)
		put_line(
		    d, doc_text(d, N_("All")), &all, uplines_of_kind(&f->before, kind).part, true);
	doc_table_end(d, NULL);
	if (hidden > 0)
		doc_notef(d, doc_text(d, N_("Each by itself: %s.csv.")), k->all);
	put_sheet(d, f, kind, rows, n);
	free(rows);
}

const char *
uplines_kind(enum availability_kind kind)
{
	return kinds[kind].title;
}

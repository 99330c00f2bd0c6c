/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which fields go into which line, and what of them: rows that know no language. */
#include "collector/report/graphs/panel_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/plant.h"
#include "collector/report/figures/span.h"
#include "collector/report/graphs/grid.h"
#include "collector/report/graphs/maker_int.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/day.h"
#include "zw/str.h"
#include "zw/units.h"

#define ROWS_MOST 1500	/* of a line by time: more than a page shows */
#define LINES_MOST 1024 /* that are made before the greatest are chosen */
#define BUCKETS_MOST 4000

/* A part that is being put together. */
struct gathering {
	struct maker *maker;
	const struct conf_graph_panel *panel;
	const struct conf_graph_line *line;
	unsigned number; /* of the line */
	struct panel_rows *rows;
};

/* One of n words; the first if it is none of them. */
static unsigned
word_of(const char *word, const char *const *words, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return 0;
}

/* Whether one of the patterns covers the node's name; none: all are. */
static bool
covers_node(const struct conf_texts *patterns, const struct node *n)
{
	bool any = patterns->n == 0;

	for (size_t i = 0; i < patterns->n && !any; i++)
		any = str_covers(patterns->v[i], n->name);
	return any;
}

/* The name of the line that a field belongs to, and its place among the others. */
static void
name_line(const struct gathering *g, const struct series *se, unsigned field, struct panel_line *to)
{
	const struct conf_graph_line *l = g->line;
	const struct zone *z = se->node->zone;
	const bool of_node = g->maker->node != NULL;
	const char *name = "";

	if (strcmp(l->each, "zone") == 0) {
		name = z != NULL ? z->title : site_title(g->maker->plant->site);
		to->place = z != NULL ? z->index + 1 : 0;
	} else if (strcmp(l->each, "node") == 0) {
		name = se->node->title;
		to->place = se->node->index;
	} else if (strcmp(l->each, "field") == 0 || (l->label == NULL && of_node)) {
		const struct field *f = &se->fields[field];
		name = f->label[0] != '\0' ? f->label : f->name;
	} else if (strcmp(l->each, "series") != 0 && l->label != NULL)
		to->own = l;
	if (strcmp(l->each, "series") == 0)
		snprintf(to->label, sizeof to->label, "%s%s%s", of_node ? "" : se->node->title,
		    of_node ? "" : "/", se->instance[0] ? se->instance : se->name);
	else
		snprintf(to->label, sizeof to->label, "%s", name);
}

/* The line of that name, made if it is new; NULL: there are too many. */
static struct panel_line *
line_of(struct gathering *g, const struct panel_line *like)
{
	static const char *const withs[] = { "mean", "sum", "max", "min", "pool" };
	struct panel_rows *r = g->rows;

	for (size_t i = 0; i < r->nlines; i++)
		if (r->lines[i].order == g->number && strcmp(r->lines[i].label, like->label) == 0)
			return &r->lines[i];
	if (r->nlines == LINES_MOST)
		return NULL;
	struct panel_line *x = &r->lines[r->nlines++];
	*x = *like;
	x->order = g->number;
	x->band = g->line->band;
	x->grid = grid_new(g->maker->from_s, g->maker->to_s, r->step_s,
	    (enum grid_with)word_of(g->line->with, withs, 5));
	return x;
}

/* Reads a field and puts it to its line. What cannot be read is unknown. */
static void
take(void *arg, const struct series *se, unsigned field)
{
	struct gathering *g = arg;
	struct panel_rows *r = g->rows;
	struct panel_line like = { 0 };
	struct span *s;
	struct err e;

	if (!maker_has(g->maker, se->node) || !covers_node(&g->line->nodes, se->node))
		return;
	name_line(g, se, field, &like);
	if (r->nlines == 0 && r->step_s < se->step_s)
		r->step_s = se->step_s;
	struct panel_line *x = line_of(g, &like);
	if (x == NULL)
		return;
	if (r->unit[0] == '\0')
		units_of_field(
		    r->unit, sizeof r->unit, se->fields[field].kind, se->fields[field].unit);
	/* Half a row, so that rows of the grid are not left to one row of a coarser archive. */
	if (span_read(&s, se, g->maker->from_s, g->maker->to_s, r->step_s / 2, &e) == -1)
		return;
	if (field < s->nfields)
		grid_add(x->grid, s, field, g->line->scale);
	if (s->step_s > g->maker->step_s)
		g->maker->step_s = s->step_s;
	span_free(s);
}

/* The fields of a series that a line's patterns cover. */
static void
take_series(void *arg, const struct series *se)
{
	struct gathering *g = arg;

	if (se->node->kind == NODE_SUMMARY || !str_covers(g->line->instance, se->instance))
		return;
	for (unsigned f = 0; f < se->nfields; f++)
		if (str_covers(g->line->field, se->fields[f].name))
			take(g, se, f);
}

/* By the lines of the definition, then by the site. */
static int
by_place(const void *a, const void *b)
{
	const struct panel_line *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return strcmp(x->label, y->label);
}

/* The greatest first; what is not known last. */
static int
by_mean(const void *a, const void *b)
{
	const struct panel_line *x = a, *y = b;
	double mx = grid_mean(x->grid), my = grid_mean(y->grid);

	if (isnan(mx) != isnan(my))
		return isnan(mx) ? 1 : -1;
	if (!isnan(mx) && mx != my)
		return mx > my ? -1 : 1;
	return by_place(a, b);
}

/* A step that gives a page's worth of rows, and divides a day. */
static int64_t
step_of(const struct maker *m, bool by_time)
{
	static const int64_t steps[] = { 1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
		10800, 21600, 43200, 86400 };
	const size_t n = sizeof steps / sizeof *steps;
	int64_t span = m->to_s - m->from_s;

	if (!by_time)
		return span > 100 * 86400 ? 3600 : 300;
	for (size_t i = 0; i < n; i++)
		if (span / steps[i] <= ROWS_MOST)
			return steps[i];
	return steps[n - 1];
}

/* Reads all lines. */
static void
gather(struct gathering *g)
{
	const struct conf_graph_line *l = g->panel->lines.v;

	for (size_t i = 0; i < g->panel->lines.n; i++) {
		g->line = &l[i];
		g->number = (unsigned)i;
		if (l[i].measure != NULL)
			plant_measure(g->maker->plant, l[i].measure, g->maker->zone, take, g);
		else
			plant_sources(g->maker->plant, l[i].source, g->maker->zone, take_series, g);
	}
	for (size_t i = 0; i < g->rows->nlines; i++)
		grid_finish(g->rows->lines[i].grid);
}

int64_t
panel_begin(const struct maker *m, bool months, size_t i)
{
	int64_t begin = months ? day_first(m->from_s, (int)i) : day_midnight(m->from_s, (int)i);

	return months && i == 0 && begin < m->from_s ? m->from_s : begin;
}

/* How many days or months there are. */
static size_t
count_of(const struct maker *m, bool months)
{
	size_t n = 0;

	while (n < BUCKETS_MOST && panel_begin(m, months, n) < m->to_s)
		n++;
	return n;
}

/* A line's days or months. */
static void
add_buckets(const struct gathering *g, struct panel_line *x, size_t n)
{
	static const char *const values[] = { "mean", "min", "max", "p95", "energy" };
	const struct maker *m = g->maker;
	bool months = strcmp(g->panel->by, "month") == 0;
	enum grid_value what = (enum grid_value)word_of(g->panel->value, values, 5);

	x->mid = xcalloc(n + 1, sizeof *x->mid);
	x->low = xcalloc(n + 1, sizeof *x->low);
	x->high = xcalloc(n + 1, sizeof *x->high);
	for (size_t i = 0; i < n; i++) {
		int64_t from = panel_begin(m, months, i), to = panel_begin(m, months, i + 1);
		to = to < m->to_s ? to : m->to_s;
		x->mid[i] = grid_value(x->grid, from, to, what);
		x->low[i] = grid_value(x->grid, from, to, GRID_VALUE_MIN);
		x->high[i] = grid_value(x->grid, from, to, GRID_VALUE_MAX);
	}
}

/* A line's rows, taken from its grid. */
static void
add_rows(struct panel_line *x)
{
	x->mid = x->grid->mid;
	x->low = x->grid->low;
	x->high = x->grid->high;
	x->grid->mid = x->grid->low = x->grid->high = NULL;
}

/* Frees what a line holds. */
static void
line_clear(struct panel_line *x)
{
	grid_free(x->grid);
	free(x->mid);
	free(x->low);
	free(x->high);
}

/* The chosen lines, by their places, with their values. */
static void
choose_lines(struct gathering *g)
{
	struct panel_rows *r = g->rows;
	bool by_time = strcmp(g->panel->by, "time") == 0;
	size_t most = (size_t)g->panel->most;

	r->nall = r->nlines;
	if (r->nlines > most)
		qsort(r->lines, r->nlines, sizeof *r->lines, by_mean);
	while (r->nlines > most)
		line_clear(&r->lines[--r->nlines]);
	qsort(r->lines, r->nlines, sizeof *r->lines, by_place);
	r->nvalues = by_time ? 0 : count_of(g->maker, strcmp(g->panel->by, "month") == 0);
	for (size_t i = 0; i < r->nlines; i++) {
		struct panel_line *x = &r->lines[i];
		if (by_time) {
			r->nvalues = x->grid->n;
			add_rows(x);
		} else
			add_buckets(g, x, r->nvalues);
		grid_free(x->grid);
		x->grid = NULL;
	}
}

struct panel_rows *
panel_rows_new(struct maker *m, const struct conf_graph_panel *p)
{
	struct panel_rows *r = xcalloc(1, sizeof *r);
	struct gathering g = { .maker = m, .panel = p, .rows = r };

	r->step_s = step_of(m, strcmp(p->by, "time") == 0);
	r->lines = xcalloc(LINES_MOST, sizeof *r->lines);
	gather(&g);
	choose_lines(&g);
	r->lines = xreallocarray(r->lines, r->nlines + 1, sizeof *r->lines);
	return r;
}

void
panel_rows_free(struct panel_rows *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->nlines; i++)
		line_clear(&r->lines[i]);
	free(r->lines);
	free(r);
}

bool
panel_rows_known(const struct panel_rows *r)
{
	for (size_t i = 0; i < r->nlines; i++)
		for (size_t k = 0; k < r->nvalues; k++)
			if (!isnan(r->lines[i].mid[k]))
				return true;
	return false;
}

bool
panel_rows_near(const struct panel_rows *r, double value, double near)
{
	for (size_t i = 0; i < r->nlines; i++) {
		const struct panel_line *x = &r->lines[i];
		const double *v = x->band ? x->high : x->mid;
		for (size_t k = 0; k < r->nvalues; k++)
			if (v[k] >= value - near)
				return true;
	}
	return false;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, areas and bars: which fields go into which line, and what of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/chart/ticks.h"
#include "collector/report/figures/plant.h"
#include "collector/report/figures/span.h"
#include "collector/report/graphs/grid.h"
#include "collector/report/graphs/maker_int.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/day.h"
#include "zw/str.h"
#include "zw/units.h"

#define ROWS_MOST 1500	 /* of a line by time: more than a page shows */
#define GROUPS_MOST 1024 /* lines that are made before the greatest are chosen */
#define LABEL 128

/* A line that is being put together. */
struct group {
	char label[LABEL];
	unsigned order; /* lines with the same stand in that of the site */
	unsigned place;
	struct grid *grid;
	bool band;
};

/* A part that is being put together. */
struct gathering {
	struct maker *maker;
	const struct conf_graph_panel *panel;
	const struct conf_graph_line *line;
	unsigned number; /* of the line */
	int64_t step_s;
	struct group *groups;
	size_t ngroups;
	char unit[METRIC_MAX_UNIT + 4]; /* of the first field */
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
name_line(
    const struct gathering *g, const struct series *se, unsigned field, char *dst, unsigned *place)
{
	const struct conf_graph_line *l = g->line;
	const char *own =
	    definition_text(g->maker->wanted->lang, l->label, l->label_az, l->label_ru);
	const struct zone *z = se->node->zone;
	const char *name = own != NULL ? own : "";

	*place = 0;
	if (strcmp(l->each, "zone") == 0) {
		name = z != NULL ? z->title : site_title(g->maker->plant->site);
		*place = z != NULL ? z->index + 1 : 0;
	} else if (strcmp(l->each, "node") == 0) {
		name = se->node->title;
		*place = se->node->index;
	} else if (strcmp(l->each, "field") == 0 || (own == NULL && g->maker->node != NULL)) {
		const struct field *f = &se->fields[field];
		name = f->label[0] != '\0' ? f->label : f->name;
	}
	if (strcmp(l->each, "series") == 0)
		snprintf(dst, LABEL, "%s%s%s", g->maker->node != NULL ? "" : se->node->title,
		    g->maker->node != NULL ? "" : "/", se->instance[0] ? se->instance : se->name);
	else
		snprintf(dst, LABEL, "%s", name);
}

/* The group of a name, made if it is new; NULL: there are too many. */
static struct group *
group_of(struct gathering *g, const char *label, unsigned place)
{
	static const char *const withs[] = { "mean", "sum", "max", "min" };

	for (size_t i = 0; i < g->ngroups; i++)
		if (g->groups[i].order == g->number && strcmp(g->groups[i].label, label) == 0)
			return &g->groups[i];
	if (g->ngroups == GROUPS_MOST)
		return NULL;
	struct group *x = &g->groups[g->ngroups++];
	*x = (struct group){ .order = g->number, .place = place, .band = g->line->band };
	(void)str_copy(x->label, sizeof x->label, label);
	x->grid = grid_new(g->maker->from_s, g->maker->to_s, g->step_s,
	    (enum grid_with)word_of(g->line->with, withs, 4));
	return x;
}

/* Reads a field and puts it to its line. What cannot be read is unknown. */
static void
take(void *arg, const struct series *se, unsigned field)
{
	struct gathering *g = arg;
	struct span *s;
	char label[LABEL];
	unsigned place;
	struct err e;

	if (!maker_has(g->maker, se->node) || !covers_node(&g->line->nodes, se->node))
		return;
	name_line(g, se, field, label, &place);
	if (g->ngroups == 0 && g->step_s < se->step_s)
		g->step_s = se->step_s;
	struct group *x = group_of(g, label, place);
	if (x == NULL)
		return;
	if (g->unit[0] == '\0')
		units_of_field(
		    g->unit, sizeof g->unit, se->fields[field].kind, se->fields[field].unit);
	/* Half a row, so that rows of the grid are not left to one row of a coarser archive. */
	if (span_read(&s, se, g->maker->from_s, g->maker->to_s, g->step_s / 2, &e) == -1)
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
	const struct group *x = a, *y = b;

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
	const struct group *x = a, *y = b;
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
	for (size_t i = 0; i < g->ngroups; i++)
		grid_finish(g->groups[i].grid);
}

/* Where the i-th day or month of the graph's time begins. */
static int64_t
begin_of(const struct maker *m, bool months, size_t i)
{
	int64_t begin = months ? day_first(m->from_s, (int)i) : day_midnight(m->from_s, (int)i);

	return months && i == 0 && begin < m->from_s ? m->from_s : begin;
}

/* How many days or months there are. */
static size_t
count_of(const struct maker *m, bool months)
{
	size_t n = 0;

	while (n < 4000 && begin_of(m, months, n) < m->to_s)
		n++;
	return n;
}

/* The names of days or months, for bars. */
static void
add_categories(const struct maker *m, struct chart *c, bool months, size_t n)
{
	char text[TICKS_LABEL];

	c->categories = xcalloc(n + 1, sizeof *c->categories);
	for (size_t i = 0; i < n; i++) {
		struct tm tm = day_local(begin_of(m, months, i));
		if (months)
			ticks_month(text, sizeof text, tm.tm_mon, c->lang);
		else
			ticks_day(text, sizeof text, tm.tm_mday, tm.tm_mon, c->lang);
		c->categories[i] = xstrdup(text);
	}
}

/* A line of days or months. */
static void
add_buckets(const struct gathering *g, struct chart *c, const struct group *x, size_t n)
{
	static const char *const values[] = { "mean", "min", "max", "p95", "energy" };
	bool months = strcmp(g->panel->by, "month") == 0;
	enum grid_value what = (enum grid_value)word_of(g->panel->value, values, 5);
	double *v = xcalloc(n + 1, sizeof *v);

	for (size_t i = 0; i < n; i++) {
		int64_t end = begin_of(g->maker, months, i + 1);
		v[i] = grid_value(x->grid, begin_of(g->maker, months, i),
		    end < g->maker->to_s ? end : g->maker->to_s, what);
	}
	chart_line(c, x->label, v, NULL, NULL, n);
	free(v);
}

/* The chosen lines into the chart, by their places. */
static void
add_lines(struct gathering *g, struct chart *c)
{
	bool by_time = strcmp(g->panel->by, "time") == 0;
	bool months = strcmp(g->panel->by, "month") == 0;
	size_t most = (size_t)g->panel->most;
	size_t n = g->ngroups < most ? g->ngroups : most;
	size_t buckets = by_time ? 0 : count_of(g->maker, months);

	if (g->ngroups > most)
		qsort(g->groups, g->ngroups, sizeof *g->groups, by_mean);
	qsort(g->groups, n, sizeof *g->groups, by_place);
	if (c->kind == CHART_BARS)
		add_categories(g->maker, c, months, buckets);
	c->nvalues = c->kind == CHART_BARS ? buckets : 0;
	for (size_t i = 0; i < n; i++) {
		const struct grid *grid = g->groups[i].grid;
		bool band = g->groups[i].band;
		if (by_time)
			chart_line(c, g->groups[i].label, grid->mid, band ? grid->low : NULL,
			    band ? grid->high : NULL, grid->n);
		else
			add_buckets(g, c, &g->groups[i], buckets);
	}
}

/* The unit of what is drawn: as the definition says, else of the first field. */
static const char *
unit_of(const struct gathering *g)
{
	if (g->panel->unit != NULL)
		return g->panel->unit;
	return strcmp(g->panel->value, "energy") == 0 && strcmp(g->panel->by, "time") != 0
		   ? "kWh"
		   : g->unit;
}

/* The part's title; it says so when not all lines are shown. */
static void
set_title(const struct gathering *g, struct chart *c)
{
	const struct conf_graph_panel *p = g->panel;
	const char *text = definition_text(c->lang, p->title, p->title_az, p->title_ru);
	bool more = g->ngroups > (size_t)p->most;
	char title[256] = "";

	if (text != NULL)
		maker_title(g->maker, text, title, sizeof title);
	if (more)
		c->title = xasprintf("%s (%zu / %zu)", title, (size_t)p->most, g->ngroups);
	else if (text != NULL)
		c->title = xstrdup(title);
}

struct chart *
panel_lines(struct maker *m, const struct conf_graph_panel *p)
{
	static const char *const kinds[] = { "lines", "stacked", "bars" };
	static const enum chart_kind codes[] = { CHART_LINES, CHART_STACKED, CHART_BARS };
	struct gathering g = { .maker = m, .panel = p };
	struct chart *c = chart_new(codes[word_of(p->kind, kinds, 3)], m->wanted->lang);

	g.step_s = step_of(m, strcmp(p->by, "time") == 0);
	g.groups = xcalloc(GROUPS_MOST, sizeof *g.groups);
	c->start_s = m->from_s;
	c->end_s = m->to_s;
	gather(&g);
	add_lines(&g, c);
	c->unit = xstrdup(unit_of(&g));
	panel_limits(m, p, c);
	if (p->marks && c->kind != CHART_BARS)
		panel_marks(m, c);
	set_title(&g, c);
	for (size_t i = 0; i < g.ngroups; i++)
		grid_free(g.groups[i].grid);
	free(g.groups);
	return c;
}

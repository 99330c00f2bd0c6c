/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, areas and bars: what was read, in the reader's words. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/chart/ticks.h"
#include "collector/report/graphs/maker_int.h"
#include "collector/report/graphs/panel_rows.h"
#include "zw/alloc.h"
#include "zw/day.h"

#define TITLE 256

/* The names of days or months, for bars. */
static void
add_categories(const struct maker *m, struct chart *c, bool months, size_t n)
{
	char text[TICKS_LABEL];

	c->categories = xcalloc(n + 1, sizeof *c->categories);
	for (size_t i = 0; i < n; i++) {
		struct tm tm = day_local(panel_begin(m, months, i));
		if (months)
			ticks_month(text, sizeof text, tm.tm_mon, c->lang);
		else
			ticks_day(text, sizeof text, tm.tm_mday, tm.tm_mon, c->lang);
		c->categories[i] = xstrdup(text);
	}
}

/* All lines into the chart. */
static void
add_lines(struct chart *c, const struct panel_rows *r)
{
	for (size_t i = 0; i < r->nlines; i++) {
		const struct panel_line *x = &r->lines[i];
		const char *own = x->own == NULL ? x->label
						 : definition_text(c->lang, x->own->label,
						       x->own->label_az, x->own->label_ru);
		bool band = x->band && c->kind == CHART_LINES;
		chart_line(c, own, x->mid, band ? x->low : NULL, band ? x->high : NULL, r->nvalues);
	}
}

/* The unit of what is drawn: as the definition says, else of the first field. */
static const char *
unit_of(const struct conf_graph_panel *p, const struct panel_rows *r)
{
	if (p->unit != NULL)
		return p->unit;
	return strcmp(p->value, "energy") == 0 && strcmp(p->by, "time") != 0 ? "kWh" : r->unit;
}

/* The part's title; it says so when not all lines are shown. */
static void
set_title(const struct maker *m, const struct conf_graph_panel *p, const struct panel_rows *r,
    struct chart *c)
{
	const char *text = definition_text(c->lang, p->title, p->title_az, p->title_ru);
	char title[TITLE] = "";

	if (text != NULL)
		maker_title(m, text, title, sizeof title);
	if (r->nall > r->nlines)
		c->title = xasprintf(
		    "%s%s(%zu / %zu)", title, text != NULL ? " " : "", r->nlines, r->nall);
	else if (text != NULL)
		c->title = xstrdup(title);
}

struct chart *
panel_lines(const struct maker *m, const struct conf_graph_panel *p, const struct panel_rows *r)
{
	enum chart_kind kind = strcmp(p->kind, "stacked") == 0 ? CHART_STACKED
			       : strcmp(p->kind, "bars") == 0  ? CHART_BARS
							       : CHART_LINES;
	struct chart *c = chart_new(kind, m->lang);

	c->start_s = m->from_s;
	c->end_s = m->to_s;
	if (kind == CHART_BARS) {
		add_categories(m, c, strcmp(p->by, "month") == 0, r->nvalues);
		c->nvalues = r->nvalues;
	}
	add_lines(c, r);
	c->unit = xstrdup(unit_of(p, r));
	panel_limits(m, p, r, c);
	if (p->marks && kind != CHART_BARS)
		panel_marks(m, p, c);
	set_title(m, p, r, c);
	return c;
}

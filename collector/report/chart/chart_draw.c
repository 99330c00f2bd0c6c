/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order in which a chart is drawn: what is shaded lies below the grid, the grid below the
 * values, and words on top. */
#include "collector/report/chart/easel.h"

#include <math.h>

/* Say in the middle that there is nothing. */
static void
say_no_data(struct easel *e)
{
	const struct box *b = &e->plot;

	pen_text(&e->pen, b->x + b->w / 2, b->y + b->h / 2 + 3, PEN_MIDDLE, PEN_TITLE, false,
	    PEN_SOFT, b->w, lang_text(e->c->lang, N_("no data")));
}

/* Lines and areas: values over time. */
static void
draw_over_time(struct easel *e)
{
	frame_legend(e);
	frame_axes(e);
	if (!easel_known(e))
		say_no_data(e);
	else if (e->c->kind == CHART_STACKED)
		plot_stacked(e);
	else
		plot_lines(e);
	frame_baseline(e);
	if (easel_known(e))
		limits_draw(e);
}

/* A bar for each category. */
static void
draw_bars(struct easel *e)
{
	frame_legend(e);
	bars_axes(e);
	if (!easel_known(e))
		say_no_data(e);
	else
		bars_draw(e);
}

void
chart_draw(const struct chart *c, cairo_t *cr, double x, double y, double width, double height)
{
	struct easel e = { .c = c, .all = { x, y, width, height } };

	frame_extent(c, &e.low, &e.high);
	cairo_save(cr);
	cairo_new_path(cr);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
	pen_begin(&e.pen, cr);
	frame_title(&e);
	switch (c->kind) {
	case CHART_LINES:
	case CHART_STACKED:
		draw_over_time(&e);
		break;
	case CHART_BARS:
		draw_bars(&e);
		break;
	case CHART_CALENDAR:
		calendar_draw(&e);
		break;
	}
	pen_end(&e.pen);
	cairo_restore(cr);
}

double
chart_height(const struct chart *c, double width)
{
	double title = c->title != NULL ? 16 : 0;

	if (c->kind == CHART_CALENDAR)
		return title + calendar_height(c, width);
	if (c->kind == CHART_BARS)
		return title + bars_height(c, width);
	return title + fmax(120, fmin(210, width * (width < 300 ? 0.52 : 0.29)));
}

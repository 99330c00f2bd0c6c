/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A calendar: how good each day was, as a field; the worse the darker, so that grey says it too.
 * Several lines: a row for each, days to the right. One line over more than two months: a row for
 * each month. */
#include "collector/report/chart/easel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/chart/ticks.h"
#include "zw/day.h"

#define CLASSES 5
#define ROW 11.0
#define HEAD 12.0 /* the row of days */
#define FOOT 15.0 /* the legend */

/* From perfect to bad. */
static const uint32_t colours[CLASSES] = { 0xdff0e3, 0xe9d27c, 0xe8a03c, 0xc24e1e, 0x7d0f1f };

/* A calendar's fields. */
struct sheet {
	struct easel *e;
	bool months; /* a row is a month of the one line */
	size_t rows;
	size_t columns;
	int first_month; /* since the year 0, of the first row */
	double left;
	double cell;		    /* width */
	double row;		    /* height */
	double bounds[CLASSES - 1]; /* in percent: a class reaches down to its bound */
};

/* Local day of the chart's n-th value. */
static struct tm
day_of(const struct chart *c, size_t n)
{
	return day_local(day_midnight(c->start_s, (int)n));
}

/* Months since the year 0. */
static int
month_of(const struct tm *tm)
{
	return tm->tm_year * 12 + tm->tm_mon;
}

/* In percent, whatever the unit. */
static double
percent_of(const struct chart *c, double v)
{
	return c->unit != NULL && strcmp(c->unit, "%") == 0 ? v : v * 100;
}

/* The bounds: perfect, the target, and what is below it. */
static void
choose_bounds(struct sheet *s)
{
	const struct chart *c = s->e->c;
	double target = c->nlimits > 0 ? percent_of(c, c->limits[0].value) : 99.9;

	s->bounds[0] = 100;
	s->bounds[1] = target;
	s->bounds[2] = target > 99 ? 99 : target - 1;
	s->bounds[3] = s->bounds[2] > 95 ? 95 : s->bounds[2] - 5;
}

/* The class of a value; -1: not known. */
static int
class_of(const struct sheet *s, double v)
{
	double p = percent_of(s->e->c, v);

	if (isnan(v))
		return -1;
	for (int i = 0; i < CLASSES - 1; i++)
		if (p >= s->bounds[i] - 1e-9)
			return i;
	return CLASSES - 1;
}

/* The colour of a class. */
static uint32_t
colour_of(int class)
{
	return class < 0 ? 0xf1f3f5 : colours[class];
}

/* What is on a field beside its colour: what is not known is hatched, the worst has a cross. */
static void
draw_sign(struct easel *e, int class, const struct box *b)
{
	double r = fmin(b->w, b->h) * 0.17, x = b->x + b->w / 2, y = b->y + b->h / 2;

	if (class < 0)
		pen_hatch(&e->pen, b->x, b->y, b->w, b->h, 2.6, 1, 0xa9b0ba, 0.4);
	if (class < CLASSES - 1 || b->w < 4)
		return;
	cairo_move_to(e->pen.cr, x - r, y - r);
	cairo_line_to(e->pen.cr, x + r, y + r);
	cairo_move_to(e->pen.cr, x - r, y + r);
	cairo_line_to(e->pen.cr, x + r, y - r);
	pen_colour(&e->pen, PEN_PAPER, 1);
	cairo_set_line_width(e->pen.cr, 0.8);
	cairo_stroke(e->pen.cr);
}

/* The value within its field, where it is wide enough and says something: never rounded up. */
static void
draw_number(struct sheet *s, int class, double v, const struct box *b)
{
	char text[32];
	double p = percent_of(s->e->c, v);

	lang_number(text, sizeof text, floor(p * 10 + 1e-6) / 10, 1, s->e->c->lang);
	pen_text(&s->e->pen, b->x + b->w / 2, b->y + b->h / 2 + 2.2, PEN_MIDDLE, PEN_SMALL - 0.6,
	    false, class >= 3 ? PEN_PAPER : PEN_INK, 0, text);
}

/* Where value k of a line is. */
static struct box
box_of(const struct sheet *s, size_t line, size_t k)
{
	struct tm tm = s->months ? day_of(s->e->c, k) : (struct tm){ 0 };
	size_t row = s->months ? (size_t)(month_of(&tm) - s->first_month) : line;
	size_t column = s->months ? (size_t)(tm.tm_mday - 1) : k;
	double gap = s->cell > 4 ? 0.8 : s->cell > 2 ? 0.3 : 0;

	return (struct box){ s->left + (double)column * s->cell,
		s->e->all.y + HEAD + (double)row * s->row, s->cell - gap, s->row - 1 };
}

/* What is written on a field. */
static void
draw_words(struct sheet *s, int class, double v, const struct box *b)
{
	if (class < 1 || s->cell < 20)
		draw_sign(s->e, class, b);
	else
		draw_number(s, class, v, b);
}

/* All fields of one class at once, which keeps the file small; then what is on them. */
static void
draw_class(struct sheet *s, int class)
{
	const struct chart *c = s->e->c;
	size_t lines = s->months ? 1 : c->nlines;

	for (int words = 0; words < 2; words++) {
		pen_colour(&s->e->pen, colour_of(class), 1);
		for (size_t i = 0; i < lines; i++)
			for (size_t k = 0; c->lines[i].mid != NULL && k < c->nvalues; k++) {
				double v = c->lines[i].mid[k];
				if (class_of(s, v) != class)
					continue;
				struct box b = box_of(s, i, k);
				if (words)
					draw_words(s, class, v, &b);
				else
					cairo_rectangle(s->e->pen.cr, b.x, b.y, b.w, b.h);
			}
		if (!words)
			cairo_fill(s->e->pen.cr);
	}
}

/* The words of a row: a line's name, or a month and its year. */
static void
row_name(const struct sheet *s, size_t row, char *dst, size_t size)
{
	const struct chart *c = s->e->c;
	int month = s->first_month + (int)row;

	if (!s->months) {
		snprintf(dst, size, "%s", c->lines[row].label);
		return;
	}
	ticks_month(dst, size, month % 12, c->lang);
	size_t n = strlen(dst);
	if (row == 0 || month % 12 == 0)
		snprintf(dst + n, size - n, " %d", month / 12 + 1900);
}

/* Names at the left. */
static void
draw_rows(struct sheet *s)
{
	char text[128];

	for (size_t i = 0; i < s->rows; i++) {
		row_name(s, i, text, sizeof text);
		pen_text(&s->e->pen, s->left - 5,
		    s->e->all.y + HEAD + ((double)i + 0.5) * s->row + 2, PEN_RIGHT, PEN_TEXT, false,
		    PEN_INK, s->left - s->e->all.x - 5, text);
	}
}

/* Days above, or where they are too narrow, months. */
static void
draw_head(struct sheet *s)
{
	char text[32];
	double y = s->e->all.y + HEAD - 4, free_from = 0;

	for (size_t k = 0; k < s->columns; k++) {
		struct tm tm =
		    s->months ? (struct tm){ .tm_mday = (int)k + 1 } : day_of(s->e->c, k);
		bool days = s->columns <= 62;
		if (days)
			snprintf(text, sizeof text, "%d", tm.tm_mday);
		else
			ticks_month(text, sizeof text, tm.tm_mon, s->e->c->lang);
		double w = pen_width(&s->e->pen, PEN_SMALL, false, text);
		double x = s->left + ((double)k + 0.5) * s->cell;
		if ((!days && tm.tm_mday != 1) || x - w / 2 < free_from)
			continue;
		bool weekend = !s->months && days && (tm.tm_wday == 0 || tm.tm_wday == 6);
		pen_text(&s->e->pen, x, y, days ? PEN_MIDDLE : PEN_LEFT, PEN_SMALL, weekend,
		    weekend ? PEN_INK : PEN_SOFT, 0, text);
		free_from = x + w / 2 + 2;
	}
}

/* What the colours mean. */
static void
draw_legend(struct sheet *s, double y)
{
	enum lang l = s->e->c->lang;
	char number[32], text[64];
	double x = s->left;

	for (int i = 0; i <= CLASSES; i++) {
		int class = i == CLASSES ? -1 : i;
		double bound = s->bounds[i < CLASSES - 1 ? i : CLASSES - 2];
		lang_number(number, sizeof number, bound, bound == floor(bound) ? 0 : 2, l);
		if (strchr(number, '.') != NULL || strchr(number, ',') != NULL) {
			size_t n = strlen(number);
			if (number[n - 1] == '0')
				number[n - 1] = '\0';
		}
		snprintf(text, sizeof text, "%s%s %%",
		    i == 0	      ? ""
		    : i < CLASSES - 1 ? "≥ "
				      : "< ",
		    number);
		struct box field = { x, y - 6.4, 9, 7.4 };
		pen_colour(&s->e->pen, colour_of(class), 1);
		pen_rect(&s->e->pen, field.x, field.y, field.w, field.h);
		draw_sign(s->e, class, &field);
		const char *word = class < 0 ? lang_text(l, N_("no data")) : text;
		pen_text(&s->e->pen, x + 12, y, PEN_LEFT, PEN_SMALL, false, PEN_SOFT, 0, word);
		x += 12 + pen_width(&s->e->pen, PEN_SMALL, false, word) + 10;
	}
}

/* Whether a row is a month: of one line over more than two of them. */
static bool
is_by_months(const struct chart *c)
{
	return c->nlines == 1 && c->nvalues > 62;
}

/* Rows of the calendar. */
static size_t
rows_of(const struct chart *c)
{
	if (!is_by_months(c))
		return c->nlines;
	struct tm first = day_of(c, 0), last = day_of(c, c->nvalues - 1);
	return (size_t)(month_of(&last) - month_of(&first) + 1);
}

double
calendar_height(const struct chart *c, double width)
{
	(void)width;
	size_t rows = c->nvalues == 0 ? 1 : rows_of(c);
	return HEAD + (double)(rows == 0 ? 1 : rows) * ROW + FOOT;
}

void
calendar_draw(struct easel *e)
{
	const struct chart *c = e->c;
	struct sheet s = { .e = e };
	char text[128];
	double widest = 0;

	if (c->nvalues == 0 || c->nlines == 0) {
		pen_text(&e->pen, e->all.x + e->all.w / 2, e->all.y + e->all.h / 2, PEN_MIDDLE,
		    PEN_TITLE, false, PEN_SOFT, 0, lang_text(c->lang, N_("no data")));
		return;
	}
	struct tm first = day_of(c, 0);
	s.months = is_by_months(c);
	s.first_month = month_of(&first);
	s.rows = rows_of(c);
	s.columns = s.months ? 31 : c->nvalues;
	choose_bounds(&s);
	for (size_t i = 0; i < s.rows; i++) {
		row_name(&s, i, text, sizeof text);
		widest = fmax(widest, pen_width(&e->pen, PEN_TEXT, false, text));
	}
	s.left = e->all.x + fmin(widest, e->all.w * 0.3) + 6;
	s.cell = (e->all.x + e->all.w - s.left) / (double)s.columns;
	s.row = fmax(2, (e->all.h - HEAD - FOOT) / (double)s.rows);
	s.row = fmin(s.row, 18);
	draw_head(&s);
	for (int class = -1; class < CLASSES; class ++)
		draw_class(&s, class);
	draw_rows(&s);
	draw_legend(&s, e->all.y + HEAD + (double)s.rows * s.row + 10);
}

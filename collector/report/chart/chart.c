/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data of a chart; chart_draw.c and its like draw it. */
#include "collector/report/chart/chart.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

struct chart *
chart_new(enum chart_kind kind, enum lang l)
{
	struct chart *c = xcalloc(1, sizeof *c);

	c->kind = kind;
	c->lang = l;
	c->decimals = -1;
	c->from = c->to = NAN;
	return c;
}

void
chart_free(struct chart *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->nlines; i++) {
		free(c->lines[i].label);
		free(c->lines[i].mid);
		free(c->lines[i].low);
		free(c->lines[i].high);
	}
	for (size_t i = 0; i < c->nlimits; i++)
		free(c->limits[i].label);
	for (size_t i = 0; i < c->nmarks; i++)
		free(c->marks[i].label);
	for (size_t i = 0; c->categories != NULL && c->categories[i] != NULL; i++)
		free(c->categories[i]);
	free(c->categories);
	free(c->marks);
	free(c->title);
	free(c->unit);
	free(c);
}

/* A copy of n values; NULL of NULL. */
static double *
copy(const double *v, size_t n)
{
	double *to = v == NULL ? NULL : xcalloc(n + 1, sizeof *to);

	if (to != NULL)
		memcpy(to, v, n * sizeof *to);
	return to;
}

void
chart_line(struct chart *c, const char *label, const double *mid, const double *low,
    const double *high, size_t n)
{
	assert(c->nlines < CHART_MAX_LINES && (c->nlines == 0 || n == c->nvalues));
	c->nvalues = n;
	c->lines[c->nlines++] = (struct chart_line){
		.label = xstrdup(label),
		.mid = copy(mid, n),
		.low = copy(low, n),
		.high = copy(high, n),
	};
}

void
chart_limit(struct chart *c, double value, const char *label, bool critical)
{
	assert(c->nlimits < sizeof c->limits / sizeof *c->limits);
	c->limits[c->nlimits++] = (struct chart_limit){ value, xstrdup(label), critical };
}

void
chart_mark(
    struct chart *c, enum chart_mark_kind kind, int64_t from_s, int64_t to_s, const char *label)
{
	c->marks = xreallocarray(c->marks, c->nmarks + 1, sizeof *c->marks);
	c->marks[c->nmarks++] =
	    (struct chart_mark){ kind, from_s, to_s, label == NULL ? NULL : xstrdup(label) };
}

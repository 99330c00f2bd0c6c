/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/report/paper/word.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/paper/doc_parts.h"

#define NBSP "\xc2\xa0"

/* The cell's text, or that there is none. */
static struct word
of_cell(const struct doc *d, struct cell c)
{
	char text[CELL_TEXT_MAX];
	struct word w;
	const char *s =
	    isnan(c.value) ? doc_text(d, N_("no data")) : cell_format(&c, doc_lang(d), text);

	snprintf(w.s, sizeof w.s, "%s", s);
	return w;
}

struct word
word_number(const struct doc *d, double v, int decimals)
{
	return of_cell(d, cell_number(v, decimals));
}

struct word
word_percent(const struct doc *d, double v, int decimals)
{
	return word_quantity(d, v, decimals, "%");
}

struct word
word_quantity(const struct doc *d, double v, int decimals, const char *unit)
{
	struct doc_column c = { .unit = unit };
	struct word number = of_cell(d, cell_number(v, decimals)), w;

	if (isnan(v))
		return number;
	snprintf(w.s, sizeof w.s, "%.60s" NBSP "%.30s", number.s, column_unit(&c, doc_lang(d)));
	return w;
}

struct word
word_duration(const struct doc *d, double seconds)
{
	struct word w = of_cell(d, cell_duration(seconds)), out;
	size_t n = 0;

	/* A number does not part from its unit. */
	for (const char *s = w.s; *s != '\0' && n + 3 < sizeof out.s; s++) {
		bool tie = *s == ' ' && s > w.s && s[-1] >= '0' && s[-1] <= '9';
		if (tie)
			out.s[n++] = NBSP[0];
		out.s[n++] = tie ? NBSP[1] : *s;
	}
	out.s[n] = '\0';
	return out;
}

struct word
word_date(const struct doc *d, int64_t s)
{
	return of_cell(d, cell_date(s));
}

struct word
word_time(const struct doc *d, int64_t s)
{
	return of_cell(d, cell_time(s));
}

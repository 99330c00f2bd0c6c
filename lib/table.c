/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells are gathered first, since a column is as wide as its widest. */
#include "zw/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

#define MAX_COLUMNS 12
#define GAP 2

struct cell {
	char *text;
	enum term_color color;
};

struct table {
	const char *heads[MAX_COLUMNS];
	bool right[MAX_COLUMNS];
	size_t ncolumns;
	struct cell *cells;
	size_t n;
	size_t cap;
};

struct table *
table_new(const char *const *heads)
{
	struct table *t = xcalloc(1, sizeof *t);
	for (; *heads != NULL; heads++) {
		assert(t->ncolumns < MAX_COLUMNS);
		t->right[t->ncolumns] = **heads == '>';
		t->heads[t->ncolumns++] = **heads == '>' ? *heads + 1 : *heads;
	}
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}

void
table_color(struct table *t, enum term_color color, const char *text)
{
	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 64 : t->cap * 2;
		t->cells = xreallocarray(t->cells, t->cap, sizeof *t->cells);
	}
	bool empty = text == NULL || *text == '\0';
	t->cells[t->n++] = (struct cell){ xstrdup(empty ? "-" : text), color };
}

void
table_cell(struct table *t, const char *text)
{
	table_color(t, TERM_PLAIN, text);
}

void
table_cellf(struct table *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	table_cell(t, text);
}

/* One cell; the last of a line is not padded, so that no line ends in blanks. */
static void
print_cell(FILE *f, bool colour, const struct cell *c, size_t width, bool right, bool last)
{
	size_t own = term_width(c->text);
	int pad = own < width ? (int)(width - own) : 0;
	if (right)
		fprintf(f, "%*s", pad, "");
	term_print(f, colour, c->color, c->text);
	if (last)
		fputc('\n', f);
	else
		fprintf(f, "%*s", (right ? 0 : pad) + GAP, "");
}

void
table_print(const struct table *t, FILE *f, bool colour, const char *empty)
{
	size_t width[MAX_COLUMNS] = { 0 };
	if (t->n == 0) {
		fprintf(f, "%s\n", empty);
		return;
	}
	for (size_t i = 0; i < t->ncolumns; i++)
		width[i] = term_width(t->heads[i]);
	for (size_t i = 0; i < t->n; i++) {
		size_t own = term_width(t->cells[i].text);
		if (own > width[i % t->ncolumns])
			width[i % t->ncolumns] = own;
	}
	for (size_t i = 0; i < t->ncolumns; i++) {
		char *text = xstrdup(t->heads[i]);
		struct cell head = { text, TERM_BOLD };
		print_cell(f, colour, &head, width[i], t->right[i], i + 1 == t->ncolumns);
		free(text);
	}
	for (size_t i = 0; i < t->n; i++) {
		size_t k = i % t->ncolumns;
		print_cell(f, colour, &t->cells[i], width[k], t->right[k], k + 1 == t->ncolumns);
	}
}

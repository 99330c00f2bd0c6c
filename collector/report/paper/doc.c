/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A document grows block by block; what the writers need is in doc_parts.h. Numbers of headings and
 * items are given out here, so that all writers have the same. */
#include "collector/report/paper/doc.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/paper/doc_parts.h"
#include "zw/alloc.h"
#include "zw/utf8.h"

#define MAX_LEVEL 3

struct doc {
	struct doc_parts parts;
	unsigned numbers[MAX_LEVEL]; /* of the last heading of each level */
	bool appendix;
	bool table_open;
	char **asides; /* what doc_asides() will write */
	size_t nasides;
};

/* A copy that may be none, without bytes that are no UTF-8: a name that was cut within a letter
 * must not make a file that nobody opens. */
static char *
copy(const char *s)
{
	if (s == NULL)
		return NULL;
	size_t left = strlen(s);
	char *text = xmalloc(left + 1), *to = text;

	while (left > 0) {
		size_t n = utf8_length(s, left);
		memcpy(to, s, n);
		to += n;
		n = n == 0 ? 1 : n;
		s += n;
		left -= n;
	}
	*to = '\0';
	return text;
}

struct doc *
doc_new(enum lang l)
{
	struct doc *d = xcalloc(1, sizeof *d);

	d->parts.lang = l;
	d->parts.front.completeness = NAN;
	return d;
}

/* Free a text that its readers see as const. */
static void
free_const(const char *s)
{
	char *text;

	memcpy(&text, &s, sizeof text);
	free(text);
}

/* Free what doc_front() copied. */
static void
clear_front(struct doc_front *f)
{
	const char *texts[] = { f->organisation, f->centre, f->title, f->period, f->zone,
		f->version, f->revision, f->prepared, f->approved };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free_const(texts[i]);
}

/* Free what a block owns. */
static void
clear_block(struct block *b)
{
	free(b->id);
	free(b->text);
	free(b->label);
	free(b->value);
	free(b->below);
	free(b->when_empty);
	for (size_t i = 0; i < b->nlines; i++) {
		for (size_t j = 0; j < b->ncolumns; j++)
			free_const(b->lines[i].cells[j].text);
		free(b->lines[i].cells);
	}
	for (size_t j = 0; j < b->ncolumns; j++) {
		free_const(b->columns[j].title);
		free_const(b->columns[j].unit);
	}
	free(b->lines);
	free(b->columns);
	chart_free(b->chart);
}

void
doc_free(struct doc *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->parts.nblocks; i++)
		clear_block(&d->parts.blocks[i]);
	free(d->parts.blocks);
	for (size_t i = 0; i < d->nasides; i++)
		free(d->asides[i]);
	free(d->asides);
	clear_front(&d->parts.front);
	free(d);
}

enum lang
doc_lang(const struct doc *d)
{
	return d->parts.lang;
}

const char *
doc_text(const struct doc *d, const char *text)
{
	return lang_text(d->parts.lang, text);
}

const struct doc_parts *
doc_parts(const struct doc *d)
{
	return &d->parts;
}

void
doc_front(struct doc *d, const struct doc_front *front)
{
	struct doc_front *f = &d->parts.front;

	clear_front(f);
	*f = *front;
	const char **texts[] = { &f->organisation, &f->centre, &f->title, &f->period, &f->zone,
		&f->version, &f->revision, &f->prepared, &f->approved };
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		*texts[i] = copy(*texts[i]);
}

/* Whether a blank at s is one at which no line may end: between a number and its sign, and before
 * a dash. */
static bool
is_tie(const char *text, const char *s)
{
	bool number = s > text && s[-1] >= '0' && s[-1] <= '9';

	return (number && (s[1] == '%' || strncmp(s + 1, "°", 2) == 0)) ||
	       strncmp(s + 1, "– ", 4) == 0 || strncmp(s + 1, "— ", 4) == 0;
}

/* A sentence with its blanks made such that lines end well; the caller frees it. */
static char *
tied(const char *text)
{
	char *out = xmalloc(2 * strlen(text) + 1), *to = out;

	for (const char *s = text; *s != '\0'; s++) {
		if (*s == ' ' && is_tie(text, s)) {
			*to++ = '\xc2';
			*to++ = '\xa0';
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
	return out;
}

/* A new block at the end. */
static struct block *
add(struct doc *d, enum block_kind kind, const char *text)
{
	struct doc_parts *p = &d->parts;

	assert(!d->table_open); /* doc_table_end() was forgotten */
	p->blocks = xgrow(p->blocks, p->nblocks, sizeof *p->blocks);
	struct block *b = &p->blocks[p->nblocks++];
	*b = (struct block){ .kind = kind, .text = copy(text) };
	return b;
}

/* One of sentences. */
static struct block *
add_sentence(struct doc *d, enum block_kind kind, const char *text)
{
	char *s = tied(text);
	struct block *b = add(d, kind, s);

	free(s);
	return b;
}

void
doc_appendix(struct doc *d)
{
	d->appendix = true;
	memset(d->numbers, 0, sizeof d->numbers);
}

/* "3", "3.2", "A.1". */
static char *
heading_number(const struct doc *d, int level)
{
	char first[16];

	if (d->appendix)
		snprintf(first, sizeof first, "%c", (char)('A' + (d->numbers[0] + 25) % 26));
	else
		snprintf(first, sizeof first, "%u", d->numbers[0]);
	if (level == 1)
		return xstrdup(first);
	if (level == 2)
		return xasprintf("%s.%u", first, d->numbers[1]);
	return xasprintf("%s.%u.%u", first, d->numbers[1], d->numbers[2]);
}

void
doc_heading(struct doc *d, int level, const char *id, const char *text)
{
	level = level < 1 ? 1 : level > MAX_LEVEL ? MAX_LEVEL : level;
	d->numbers[level - 1]++;
	for (int i = level; i < MAX_LEVEL; i++)
		d->numbers[i] = 0;
	struct block *b = add(d, BLOCK_HEADING, text);
	b->id = copy(id);
	b->level = level;
	b->label = heading_number(d, level);
}

/* A block of a text made by vprintf. */
static void __attribute__((format(printf, 3, 0)))
add_formatted(struct doc *d, enum block_kind kind, const char *format, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, format, ap) == -1)
		text = NULL;
	(void)add_sentence(d, kind, text == NULL ? "" : text);
	free(text);
}

void
doc_paragraph(struct doc *d, const char *text)
{
	(void)add_sentence(d, BLOCK_PARAGRAPH, text);
}

void
doc_paragraphf(struct doc *d, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add_formatted(d, BLOCK_PARAGRAPH, format, ap);
	va_end(ap);
}

void
doc_note(struct doc *d, const char *text)
{
	(void)add_sentence(d, BLOCK_NOTE, text);
}

void
doc_notef(struct doc *d, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add_formatted(d, BLOCK_NOTE, format, ap);
	va_end(ap);
}

/* The title of the section that is being written; "" of none. */
static const char *
section_title(const struct doc *d)
{
	for (size_t i = d->parts.nblocks; i > 0; i--) {
		const struct block *b = &d->parts.blocks[i - 1];
		if (b->kind == BLOCK_HEADING && b->level == 1)
			return b->text;
	}
	return "";
}

void
doc_aside(struct doc *d, const char *text)
{
	const char *title = section_title(d);
	char **last = d->nasides > 0 ? &d->asides[d->nasides - 1] : NULL;

	if (last != NULL && strncmp(*last, title, strlen(title)) == 0 &&
	    (*last)[strlen(title)] == ':') {
		char *more = xasprintf("%s %s", *last, text);
		free(*last);
		*last = more;
		return;
	}
	d->asides = xgrow(d->asides, d->nasides, sizeof *d->asides);
	d->asides[d->nasides++] = xasprintf("%s: %s", title, text);
}

void
doc_asidef(struct doc *d, const char *format, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) == -1)
		text = NULL;
	va_end(ap);
	if (text != NULL)
		doc_aside(d, text);
	free(text);
}

void
doc_asides(struct doc *d)
{
	for (size_t i = 0; i < d->nasides; i++)
		doc_note(d, d->asides[i]);
}

void
doc_item(struct doc *d, bool numbered, const char *text)
{
	const struct doc_parts *p = &d->parts;
	const struct block *last = p->nblocks == 0 ? NULL : &p->blocks[p->nblocks - 1];
	int n = last != NULL && last->kind == BLOCK_ITEM && last->numbered ? last->level + 1 : 1;
	struct block *b = add_sentence(d, BLOCK_ITEM, text);

	b->numbered = numbered;
	b->level = numbered ? n : 0;
	b->label = numbered ? xasprintf("%d.", n) : xstrdup("•");
}

void
doc_card(struct doc *d, const char *label, const char *value, const char *below, enum doc_state s)
{
	struct block *b = add(d, BLOCK_CARD, NULL);

	b->label = copy(label);
	b->value = copy(value);
	b->below = copy(below);
	b->state = s;
}

/* A table of either kind. */
static void
begin_table(struct doc *d, enum block_kind kind, const char *id, const char *caption,
    const struct doc_column *columns, size_t ncolumns)
{
	struct block *b = add(d, kind, caption);

	assert(ncolumns > 0);
	b->id = copy(id);
	b->columns = xcalloc(ncolumns, sizeof *b->columns);
	b->ncolumns = ncolumns;
	for (size_t i = 0; i < ncolumns; i++) {
		b->columns[i] = columns[i];
		b->columns[i].title = copy(columns[i].title);
		b->columns[i].unit = copy(columns[i].unit);
	}
	d->table_open = true;
}

void
doc_table(struct doc *d, const char *id, const char *caption, const struct doc_column *columns,
    size_t ncolumns)
{
	begin_table(d, BLOCK_TABLE, id, caption, columns, ncolumns);
}

void
doc_sheet(struct doc *d, const char *id, const char *caption, const struct doc_column *columns,
    size_t ncolumns)
{
	begin_table(d, BLOCK_SHEET, id, caption, columns, ncolumns);
}

/* A row of either kind. */
static void
add_row(struct doc *d, const struct cell *cells, bool total)
{
	assert(d->table_open);
	struct block *b = &d->parts.blocks[d->parts.nblocks - 1];
	b->lines = xgrow(b->lines, b->nlines, sizeof *b->lines);
	struct doc_line *l = &b->lines[b->nlines++];
	l->total = total;
	l->cells = xcalloc(b->ncolumns, sizeof *l->cells);
	for (size_t i = 0; i < b->ncolumns; i++) {
		l->cells[i] = cells[i];
		l->cells[i].text = copy(cells[i].text);
	}
}

void
doc_row(struct doc *d, const struct cell *cells)
{
	add_row(d, cells, false);
}

void
doc_total(struct doc *d, const struct cell *cells)
{
	add_row(d, cells, true);
}

void
doc_table_end(struct doc *d, const char *when_empty)
{
	assert(d->table_open);
	struct block *b = &d->parts.blocks[d->parts.nblocks - 1];

	b->when_empty = copy(when_empty);
	b->nprinted = b->nlines < DOC_MOST_PRINTED ? b->nlines : DOC_MOST_PRINTED;
	d->table_open = false;
	if (b->kind == BLOCK_TABLE && b->nprinted < b->nlines)
		doc_notef(d, doc_text(d, N_("The first %d are shown; the CSV has all.")),
		    DOC_MOST_PRINTED);
}

void
doc_chart(struct doc *d, const char *id, struct chart *c, const char *caption, double share)
{
	struct block *b = add(d, BLOCK_CHART, caption);

	b->id = copy(id);
	b->chart = c;
	b->share = share;
}

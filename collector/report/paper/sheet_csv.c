/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV as spreadsheets of the reader's country take it: UTF-8 with BOM, ';' between cells, the
 * language's decimal sign, CRLF (RFC 4180 but for the separator). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/report/chart/chart.h"
#include "collector/report/paper/doc_parts.h"
#include "collector/report/paper/sheet.h"
#include "collector/report/paper/sheet_parts.h"
#include "zw/alloc.h"
#include "zw/csv.h"

#define BOM "\xef\xbb\xbf"

/* With 15 digits, all that a double has but for the noise of its last bit, and the language's
 * decimal sign; nothing of NaN. */
static void
put_number(struct buf *b, double v, enum lang l)
{
	char text[32];

	if (!isfinite(v))
		return;
	snprintf(text, sizeof text, "%.15g", v == 0 ? 0 : v); /* no "-0" */
	char *point = strchr(text, '.');
	if (point != NULL && l != LANG_EN)
		*point = ',';
	buf_text(b, text);
}

/* "2026-10-03T14:05:00+04:00", or the date alone. */
static void
put_time(struct buf *b, double s, bool date)
{
	time_t t = (time_t)s;
	struct tm tm;
	char text[64];

	if (!isfinite(s) || localtime_r(&t, &tm) == NULL)
		return;
	size_t n = strftime(text, sizeof text, date ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%S", &tm);
	if (!date) {
		long away = tm.tm_gmtoff < 0 ? -tm.tm_gmtoff : tm.tm_gmtoff;
		snprintf(text + n, sizeof text - n, "%c%02ld:%02ld", tm.tm_gmtoff < 0 ? '-' : '+',
		    away / 3600, away / 60 % 60);
	}
	buf_text(b, text);
}

/* One cell, without its separator. */
static void
put_cell(struct buf *b, const struct cell *c, enum lang l)
{
	switch (c->kind) {
	case CELL_EMPTY:
		break;
	case CELL_TEXT:
		csv_text(b, c->text == NULL ? "" : c->text);
		break;
	case CELL_STATE:
		csv_text(b, c->text != NULL ? c->text : state_word(c->state, l));
		break;
	case CELL_NUMBER:
	case CELL_CHANGE:
	case CELL_DURATION:
		put_number(b, c->value, l);
		break;
	case CELL_TIME:
	case CELL_DATE:
		put_time(b, c->value, c->kind == CELL_DATE);
		break;
	}
}

/* Whether the column has durations, which the CSV has in seconds. */
static bool
has_durations(const struct block *t, size_t column)
{
	for (size_t i = 0; i < t->nlines; i++) {
		if (t->lines[i].cells[column].kind == CELL_DURATION)
			return true;
	}
	return false;
}

/* "Energy, kWh". */
static void
put_title(struct buf *b, const char *title, const char *unit)
{
	const char *words = title == NULL ? "" : title;
	char *text = xasprintf("%s%s%s", words, *unit != '\0' && *words != '\0' ? ", " : "", unit);

	csv_text(b, text);
	free(text);
}

void
sheet_csv(struct buf *b, const struct block *t, enum lang l)
{
	buf_text(b, BOM);
	for (size_t j = 0; j < t->ncolumns; j++) {
		buf_text(b, j == 0 ? "" : ";");
		put_title(b, t->columns[j].title,
		    has_durations(t, j) ? lang_text(l, "s") : column_unit(&t->columns[j], l));
	}
	buf_text(b, "\r\n");
	for (size_t i = 0; i < t->nlines; i++) {
		for (size_t j = 0; j < t->ncolumns; j++) {
			buf_text(b, j == 0 ? "" : ";");
			put_cell(b, &t->lines[i].cells[j], l);
		}
		buf_text(b, "\r\n");
	}
}

/* The heads of a chart's columns: the time or category, and up to three for each line. */
static void
put_chart_head(struct buf *b, const struct chart *c, enum lang l)
{
	struct doc_column unit = { .unit = c->unit };
	const char *u = column_unit(&unit, l);
	char text[256];

	csv_text(b, c->categories != NULL ? lang_text(l, "Category") : lang_text(l, "Time"));
	for (size_t i = 0; i < c->nlines; i++) {
		const struct chart_line *line = &c->lines[i];
		buf_text(b, ";");
		put_title(b, line->label, u);
		if (line->low == NULL || line->high == NULL)
			continue;
		snprintf(text, sizeof text, "%s: %s", line->label, lang_text(l, "Minimum"));
		buf_text(b, ";");
		put_title(b, text, u);
		snprintf(text, sizeof text, "%s: %s", line->label, lang_text(l, "Maximum"));
		buf_text(b, ";");
		put_title(b, text, u);
	}
	buf_text(b, "\r\n");
}

/* The i-th row of a chart. */
static void
put_chart_row(struct buf *b, const struct chart *c, size_t i, enum lang l)
{
	double step = (double)(c->end_s - c->start_s) / (double)c->nvalues;

	if (c->categories != NULL)
		csv_text(b, c->categories[i]);
	else
		put_time(b, (double)c->start_s + step * (double)i, false);
	for (size_t j = 0; j < c->nlines; j++) {
		const struct chart_line *line = &c->lines[j];
		buf_text(b, ";");
		put_number(b, line->mid[i], l);
		if (line->low == NULL || line->high == NULL)
			continue;
		buf_text(b, ";");
		put_number(b, line->low[i], l);
		buf_text(b, ";");
		put_number(b, line->high[i], l);
	}
	buf_text(b, "\r\n");
}

void
sheet_chart(struct buf *b, const struct chart *c, enum lang l)
{
	size_t n = c->nvalues;

	for (size_t i = 0; c->categories != NULL && i < n; i++) {
		if (c->categories[i] == NULL)
			n = i;
	}
	buf_text(b, BOM);
	put_chart_head(b, c, l);
	for (size_t i = 0; i < n; i++)
		put_chart_row(b, c, i, l);
}

void
sheet_cards(struct buf *b, const struct doc_parts *p)
{
	const char *section = "";
	enum lang l = p->lang;

	buf_text(b, BOM);
	csv_text(b, lang_text(l, "Section"));
	buf_text(b, ";");
	csv_text(b, lang_text(l, "Figure"));
	buf_text(b, ";");
	csv_text(b, lang_text(l, "Value"));
	buf_text(b, ";");
	csv_text(b, lang_text(l, "Remark"));
	buf_text(b, "\r\n");
	for (size_t i = 0; i < p->nblocks; i++) {
		const struct block *k = &p->blocks[i];
		if (k->kind == BLOCK_HEADING)
			section = k->text;
		if (k->kind != BLOCK_CARD)
			continue;
		const char *texts[] = { section, k->label, k->value, k->below };
		for (size_t j = 0; j < 4; j++) {
			buf_text(b, j == 0 ? "" : ";");
			csv_text(b, texts[j] == NULL ? "" : texts[j]);
		}
		buf_text(b, "\r\n");
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doc: a report as paper has it, in one language: headings, paragraphs, tables of typed cells,
 * charts. Sections append to it; pdf.h, page.h and sheet.h write it as PDF, as one HTML file, and
 * as a ZIP of CSV. So every number of the PDF is in the CSV: it is the same cell. Texts are UTF-8
 * in the doc's language, copied. */
#ifndef COLLECTOR_DOC_H
#define COLLECTOR_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/lang.h"

struct chart;
struct doc;

struct doc *doc_new(enum lang l);
void doc_free(struct doc *d); /* NULL is fine */
enum lang doc_lang(const struct doc *d);
/* The text in the doc's language: lang_text(). */
const char *doc_text(const struct doc *d, const char *text) __attribute__((format_arg(2)));

/* Of the cover and the file's metadata. */
struct doc_front {
	const char *organisation; /* may be NULL */
	const char *centre;
	const char *title;    /* "Monthly report" */
	const char *period;   /* "October 2026" */
	const char *zone;     /* NULL: the whole site */
	int64_t data_end_s;   /* the report's only time stamp */
	double completeness;  /* 0-1, NAN: not known */
	const char *version;  /* of the program */
	const char *revision; /* of the configuration, hex */
	const char *prepared; /* names under the signature lines, or NULL */
	const char *approved;
};
void doc_front(struct doc *d, const struct doc_front *front);

/* Sections from now on are lettered ("A") instead of numbered. */
void doc_appendix(struct doc *d);
/* Numbered ("3", "3.2"). A section, level 1, begins on a new page unless the one before ended high
 * on its; id: stable, for links and file names ("availability"). */
void doc_heading(struct doc *d, int level, const char *id, const char *text);
void doc_paragraph(struct doc *d, const char *text);
void doc_paragraphf(struct doc *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Smaller: formulas, definitions, what is left out by name. */
void doc_note(struct doc *d, const char *text);
void doc_notef(struct doc *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Definitions and formulas that a reader wants but once: kept, with the title of the section they
 * are said in, until doc_asides() writes them, in the appendix. */
void doc_aside(struct doc *d, const char *text);
void doc_asidef(struct doc *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void doc_asides(struct doc *d);
/* Of a list; numbered, or with a dot. */
void doc_item(struct doc *d, bool numbered, const char *text);

enum doc_state {
	DOC_OK,
	DOC_WARNING,
	DOC_CRITICAL,
	DOC_UNKNOWN, /* no data */
	DOC_PLAIN    /* of cards alone: a figure that is neither good nor bad */
};

/* A key figure, some beside each other: a big number with what it is and the change to the period
 * before. Consecutive ones make a row of cards. */
void doc_card(
    struct doc *d, const char *label, const char *value, const char *below, enum doc_state s);

enum cell_kind {
	CELL_EMPTY,
	CELL_TEXT,
	CELL_NUMBER,   /* value in the column's unit, with so many decimals */
	CELL_DURATION, /* value in seconds, shown by its two greatest units; CSV has seconds */
	CELL_TIME,     /* value in seconds since 1970, shown as local date and minute */
	CELL_DATE,
	CELL_STATE, /* sign, colour and word */
	CELL_CHANGE /* value less that of the period before, with its sign; decimals as given */
};

struct cell {
	enum cell_kind kind;
	double value; /* NAN: "–" */
	int decimals;
	enum doc_state state;
	const char *text;
};

struct cell cell_text(const char *s);
struct cell cell_number(double v, int decimals);
struct cell cell_duration(double seconds);
struct cell cell_time(int64_t s); /* 0: "–" */
struct cell cell_date(int64_t s);
struct cell cell_state(enum doc_state s, const char *word); /* NULL: the state's own word */
struct cell cell_change(double now, double before, int decimals);

struct doc_column {
	const char *title;
	const char *unit; /* shown under the title and in the CSV's head; NULL: none */
	double weight;	  /* of the width; 0: 1 */
	bool number;	  /* set right, figures of one width */
};

/* A table; id names its CSV file ("availability-servers"). caption may be NULL. Its head is
 * repeated on each page; a row never breaks. Of a very long one print has the first rows, and says
 * so: the worst have to stand first. */
#define DOC_MOST_PRINTED 600
void doc_table(struct doc *d, const char *id, const char *caption, const struct doc_column *columns,
    size_t ncolumns);
/* A table that stands in the CSV alone: the whole of which print shows the worst; say so beside the
 * one that is printed. */
void doc_sheet(struct doc *d, const char *id, const char *caption, const struct doc_column *columns,
    size_t ncolumns);
/* As many cells as there are columns, copied. */
void doc_row(struct doc *d, const struct cell *cells);
/* A row that sums up: set apart. */
void doc_total(struct doc *d, const struct cell *cells);
/* A line instead of rows, when there are none ("No incident in this period."). */
void doc_table_end(struct doc *d, const char *when_empty);

/* A chart as wide as the text (chart.h), with caption and a sentence for those who cannot see it.
 * Takes the chart. share: part of the width, 1 or 0.5 (two beside each other). */
void doc_chart(struct doc *d, const char *id, struct chart *c, const char *caption, double share);

#endif

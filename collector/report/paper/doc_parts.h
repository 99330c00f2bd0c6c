/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doc_parts: what a document consists of, for those who write it to a file. */
#ifndef COLLECTOR_DOC_PARTS_H
#define COLLECTOR_DOC_PARTS_H

#include "collector/report/paper/doc.h"

enum block_kind {
	BLOCK_HEADING,
	BLOCK_PARAGRAPH,
	BLOCK_NOTE,
	BLOCK_ITEM,
	BLOCK_CARD,
	BLOCK_TABLE,
	BLOCK_SHEET, /* a table that only the CSV has: print passes it over */
	BLOCK_CHART
};

struct doc_line {
	struct cell *cells; /* as many as columns; texts are owned */
	bool total;
};

/* One after the other from top to bottom. All texts are owned, and in the document's language. */
struct block {
	enum block_kind kind;
	char *id;   /* of a heading, a table, a chart; NULL of others */
	char *text; /* of a heading, paragraph, note, item; the caption of a table or chart, or NULL
		     */
	char *label; /* of a heading: "3.2"; of an item: "2."; of a card: what it is */
	int level;   /* of a heading: 1 to 3 */
	bool numbered;
	char *value; /* of a card */
	char *below;
	enum doc_state state;
	struct doc_column *columns; /* of a table */
	size_t ncolumns;
	struct doc_line *lines;
	size_t nlines;
	size_t nprinted;  /* of them stand in print: the first; the CSV has all */
	char *when_empty; /* or NULL */
	struct chart *chart;
	double share;
};

struct doc_parts {
	enum lang lang;
	struct doc_front front; /* texts are owned */
	struct block *blocks;
	size_t nblocks;
};

/* Lasts as long as the document, while nothing is added to it. */
const struct doc_parts *doc_parts(const struct doc *d);

/* Longest text that cell_format() makes of a value, with its NUL; a text cell's is its own. */
#define CELL_TEXT_MAX 96
/* As people read it: "32,4", "3 h 20 min", "22.11.2026 04:51", "✓ Normal". Returns the text: buf,
 * or the cell's own. */
const char *cell_format(const struct cell *c, enum lang l, char buf[CELL_TEXT_MAX]);
/* A column's unit in the language; "" of none. */
const char *column_unit(const struct doc_column *c, enum lang l);
/* A state's sign ("✓", "!", "✕", "?") and its own word. */
const char *state_sign(enum doc_state s);
const char *state_word(enum doc_state s, enum lang l);
/* The front's completeness as "99,53 %", rounded down: what lacks anything is not 100 %. "" of
 * none. */
const char *front_completeness(const struct doc_front *f, enum lang l, char buf[CELL_TEXT_MAX]);
/* The end of its data as "01.11.2026 00:00 +04:00"; "" of none. */
const char *front_data_end(const struct doc_front *f, enum lang l, char buf[CELL_TEXT_MAX]);
/* What a chart shows, in a sentence of numbers: each line from its least to its greatest. The
 * caller frees it. */
char *chart_says(const struct block *b, enum lang l);

#endif

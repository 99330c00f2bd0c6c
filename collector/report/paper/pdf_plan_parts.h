/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pdf_plan_parts: a plan's insides, for pdf_plan.c which makes it and pdf_table.c which sets by it.
 */
#ifndef COLLECTOR_PDF_PLAN_PARTS_H
#define COLLECTOR_PDF_PLAN_PARTS_H

#include "collector/report/paper/pdf_plan.h"
#include "collector/report/paper/pdf_press.h"

#define CELL_DECIMALS 9
#define CELL_SLACK 0.5 /* points that a cell is set wider than its column is */

struct column_plan {
	double least;  /* width that it needs, */
	double wanted; /* and that it would like */
	double full;   /* of lengths of time in one line; 0: there is none */
	double width;  /* that it gets */
	double weight;
	double shift[CELL_DECIMALS + 1]; /* to the left, of a number with so many decimals */
	bool text;
};

/* Of a cell at the scale 1. */
struct cell_size {
	double width;  /* in one line */
	double least;  /* of its longest part that is not broken */
	double height; /* in one line */
};

struct plan {
	struct cell_size *sizes; /* line by line, while it is made */
	struct column_plan *columns;
	double scale;	 /* of the type */
	double width;	 /* of all of it */
	double gaps;	 /* all room between columns, */
	double *after;	 /* and that behind each */
	double head;	 /* height of the head, */
	double *heights; /* and of each row */
	double pad;	 /* above and below a row's text */
};

/* Made when first asked for; owned by the press. */
const struct plan *plan_of(struct press *p, size_t at);

/* Cells (pdf_cell.c). Whether it is set right; whether it is a state that should be seen. */
bool cell_is_number(const struct doc_column *column, const struct cell *c);
bool cell_is_loud(const struct cell *c);
size_t cell_decimals(const struct cell *c); /* 0 to CELL_DECIMALS */
/* Room for a state's sign; 0 of others. */
double cell_sign(const struct press *p, const struct cell *c);
/* Set it as press_text() does, into a column of that width. */
void cell_set(struct press *p, const struct doc_line *l, const struct cell *c, double width);
/* At the press's scale. */
struct cell_size cell_measure(struct press *p, const struct doc_line *l, const struct cell *c);

#endif

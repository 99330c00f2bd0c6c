/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pdf_plan_parts: a plan's insides, for pdf_plan.c which makes it and pdf_table.c which sets by it.
 */
#ifndef COLLECTOR_PDF_PLAN_PARTS_H
#define COLLECTOR_PDF_PLAN_PARTS_H

#include "collector/report/paper/pdf_plan.h"
#include "collector/report/paper/pdf_press.h"

#define PLAN_GAP 9.0 /* between columns */

struct column_plan {
	double least;  /* width that it needs, */
	double wanted; /* and that it would like */
	double width;  /* that it gets */
	double weight;
	double shift[10]; /* to the left, of a number with so many decimals */
	bool text;
};

struct plan {
	struct column_plan *columns;
	double scale;	 /* of the type */
	double width;	 /* of all of it */
	double head;	 /* height of the head, */
	double *heights; /* and of each row */
	double pad;	 /* above and below a row's text */
};

/* Made when first asked for; owned by the press. */
const struct plan *plan_of(struct press *p, size_t at);
/* Whether the cell is set right. */
bool cell_is_number(const struct doc_column *column, const struct cell *c);
/* Whether it is a state that should be seen. */
bool cell_is_loud(const struct cell *c);
enum style cell_style(const struct doc_line *l, const struct cell *c);
/* What the cell says; of a state without its sign, which is drawn. */
const char *plan_text(const struct press *p, const struct cell *c, char text[CELL_TEXT_MAX]);
/* Room for a state's sign, at the press's scale. */
double plan_sign(const struct press *p);

#endif

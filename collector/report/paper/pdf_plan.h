/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pdf_plan: how wide a table's columns and how high its rows are; and the table set by it. */
#ifndef COLLECTOR_PDF_PLAN_H
#define COLLECTOR_PDF_PLAN_H

#include <stddef.h>

struct block;
struct plan;
struct press;

void plan_free(struct plan *p); /* NULL is fine */
/* How high the least is of the table that may stand alone at a page's end: caption, head, two
 * rows; a small table whole. at: the block's place in the document. */
double table_least(struct press *p, size_t at);
/* Set it, over as many pages as it takes. */
void table_put(struct press *p, size_t at);

#endif

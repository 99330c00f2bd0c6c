/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sheet_parts: the CSV files of which sheet.c makes a ZIP. */
#ifndef COLLECTOR_SHEET_PARTS_H
#define COLLECTOR_SHEET_PARTS_H

#include "zw/buf.h"
#include "zw/lang.h"

struct chart;
struct doc_parts;

/* The values of a chart: a row for each time or category. */
void sheet_chart(struct buf *b, const struct chart *c, enum lang l);
/* All key figures, with their sections. */
void sheet_cards(struct buf *b, const struct doc_parts *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sheet: a report's tables for spreadsheets and auditors: a ZIP of a CSV for each table, each chart
 * and the key figures, and a README.txt that lists them. Numbers are as exact as they are known,
 * durations are seconds, times ISO 8601. */
#ifndef COLLECTOR_SHEET_H
#define COLLECTOR_SHEET_H

#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/lang.h"

struct doc;
struct block;

/* Appends the ZIP; its files bear the time when_s. The same document gives the same bytes. */
int sheet_write(struct buf *b, const struct doc *d, int64_t when_s, struct err *e)
    __attribute__((warn_unused_result));
/* The CSV of one table. */
void sheet_csv(struct buf *b, const struct block *table, enum lang l);

#endif

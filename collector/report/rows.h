/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows: rows of RRDs as JSON. */
#ifndef COLLECTOR_ROWS_H
#define COLLECTOR_ROWS_H

#include "zw/buf.h"
#include "zw/err.h"

struct ask;

/* {"start":S,"end":E,"step":T,"fields":[...],"rows":[[...],...]}: row i is of the T seconds that
 * end at S + i * T; E is the end of the last row. Rows are of the first series that has a file;
 * those of others are put beside by their time. A field is "name", or "node/series:name" when there
 * are several series. Unknown is null. */
int rows_json(struct buf *b, const struct ask *a, struct err *e)
    __attribute__((warn_unused_result));

#endif

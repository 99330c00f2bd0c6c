/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history_read: what the history says of a length of time, answered at once, for a program that is
 * done when it has it (reports); beside the collector, which writes on. */
#ifndef COLLECTOR_HISTORY_READ_H
#define COLLECTOR_HISTORY_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"

#define HISTORY_READ_ROWS 200000 /* of a list; one more says that there are more */

/* Appends an object of one state of the file: "from_ms" (when the history begins; 0: it is empty),
 * "alerts", "incidents", "chatters", "acts", "silences", and "hours": of each node a text with its
 * rows of the ledger, "HOUR_S EXPECTED RECEIVED LATE EMPTY THINNED DROPPED;...". Members are in
 * history_read.c. There being no file is no error: nothing is appended. brief: of the ledger those
 * hours alone in which a node may have been silent, or the collector away: a year of 500 nodes has
 * 4 million others. */
int history_read(struct buf *out, const char *path, int64_t from_ms, int64_t to_ms, bool brief,
    struct err *e) __attribute__((warn_unused_result));

/* Makes the files by which readers and the one who writes coordinate themselves, for a program that
 * gives up the right to make files before it reads; where somebody writes they are there. */
void history_read_prepare(const char *path);

#endif

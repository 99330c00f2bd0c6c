/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_start: where a start's numbers begin, so that no number means two records. */
#ifndef AGENT_SPOOL_START_H
#define AGENT_SPOOL_START_H

#include <stdint.h>

/* What a start leaves out, or a multiple of it; collector/ledger.c counts by the remainder. */
#define SPOOL_START_NUMBERS (UINT64_C(1) << 20)

/* How many numbers this start leaves out after the last that is on disk: a multiple, greater than
 * that of the start before, of which this is remembered in DIR/starts before it returns. */
uint64_t spool_start_skip(const char *dir);

#endif

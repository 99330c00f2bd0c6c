/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_series: the series that a stream's records name, with their ids, on disk. */
#ifndef AGENT_SPOOL_SERIES_H
#define AGENT_SPOOL_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/metric.h"

struct spool_series;

int spool_series_open(struct spool_series **out, const char *dir, struct err *e)
    __attribute__((warn_unused_result));
void spool_series_close(struct spool_series *t);
/* Whether definitions were lost, so that ids may mean what nobody knows any more. */
bool spool_series_damaged(const struct spool_series *t);
/* The id of a definition: the one that it has, else a new one; 0: there are too many. A new one is
 * in memory only, and get() does not show it, until a flush. */
uint32_t spool_series_define(struct spool_series *t, const struct series_def *def);
/* The one that it has, or 0. */
uint32_t spool_series_find(const struct spool_series *t, const struct series_def *def);
/* Makes all that are in memory durable, together. 0 also if there were none; after a failure they
 * are kept for the next flush. */
int spool_series_flush(struct spool_series *t, struct err *e) __attribute__((warn_unused_result));
/* The encoded definition (wire_define_encode()) of a durable id, borrowed; NULL: none. */
const uint8_t *spool_series_get(const struct spool_series *t, uint32_t id, size_t *n);

#endif

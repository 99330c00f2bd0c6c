/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_series: the series that a stream's records name, with their ids, on disk. */
#ifndef AGENT_SPOOL_SERIES_H
#define AGENT_SPOOL_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/metric.h"

struct spool_series;

int spool_series_open(struct spool_series **out, const char *dir, struct err *e)
    __attribute__((warn_unused_result));
void spool_series_close(struct spool_series *t);
/* Whether definitions were lost, so that ids may mean what nobody knows any more. */
bool spool_series_damaged(const struct spool_series *t);
uint32_t spool_series_define(struct spool_series *t, const struct series_def *def);
const struct series_def *spool_series_get(const struct spool_series *t, uint32_t id);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metricvalues: the latest values for Prometheus: a family for each field of each source, in base
 * units, made in parts. */
#ifndef COLLECTOR_WEB_API_METRICVALUES_H
#define COLLECTOR_WEB_API_METRICVALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "zw/metric.h"

struct collector;

#define METRICVALUES_NAME 160

/* Lets the reply go on with the values of live nodes that zone=, node=, source= choose, and with
 * the end of all. own: the collector's own figures as OpenMetrics; no value takes a name of theirs.
 */
void metricvalues_begin(const struct collector *c, const struct request *rq, struct reply *re,
    bool open, const struct buf *own);

#endif

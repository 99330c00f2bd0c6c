/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics: GET /metrics, for Prometheus: the collector's own figures, and with values=1 the latest
 * values of all or of zone=, node=, source=. */
#ifndef COLLECTOR_WEB_API_METRICS_H
#define COLLECTOR_WEB_API_METRICS_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;
struct exposition;

int metrics_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif

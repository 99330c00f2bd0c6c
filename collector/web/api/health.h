/* SPDX-License-Identifier: GPL-3.0-or-later */
/* health: whether the collector does what people rely on. */
#ifndef COLLECTOR_WEB_API_HEALTH_H
#define COLLECTOR_WEB_API_HEALTH_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /api/v1/health: 200 or 503, and each part. */
int health_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* GET /healthz: the same status in a word, for balancers and probes: anybody may ask. */
int health_word(const struct collector *c, const struct request *rq, struct reply *re);

#endif

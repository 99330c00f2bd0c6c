/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status: the figures of the whole. */
#ifndef COLLECTOR_WEB_API_STATUS_H
#define COLLECTOR_WEB_API_STATUS_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

int status_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif

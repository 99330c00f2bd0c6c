/* SPDX-License-Identifier: GPL-3.0-or-later */
/* storage: what the RRDs take on the disk, by the plan. */
#ifndef COLLECTOR_WEB_API_STORAGE_H
#define COLLECTOR_WEB_API_STORAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

int storage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qualitypage: how good the alarms were in a month: how many, how spread, which were a nuisance,
 * how soon people had what happened (EEMUA 191, ISA-18.2). */
#ifndef COLLECTOR_WEB_PAGES_QUALITYPAGE_H
#define COLLECTOR_WEB_PAGES_QUALITYPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /reports[?month=2026-11][&zone=B] */
int qualitypage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* incidentpage: an incident: what it is, who has it, the forms to say so, its alerts, its story. */
#ifndef COLLECTOR_WEB_PAGES_INCIDENTPAGE_H
#define COLLECTOR_WEB_PAGES_INCIDENTPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /incident/{} */
int incidentpage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif

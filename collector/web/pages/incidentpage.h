/* SPDX-License-Identifier: GPL-3.0-or-later */
/* incidentpage: an incident with its alerts, who has it, and the forms to say so; the silences with
 * the forms to make and end one. */
#ifndef COLLECTOR_WEB_PAGES_INCIDENTPAGE_H
#define COLLECTOR_WEB_PAGES_INCIDENTPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

int incidentpage_serve(const struct collector *c, const struct request *rq, struct reply *re);
int incidentpage_silences(const struct collector *c, const struct request *rq, struct reply *re);

#endif

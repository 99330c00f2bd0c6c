/* SPDX-License-Identifier: GPL-3.0-or-later */
/* systempage: the monitoring of the monitoring: what comes in, where it is, what waits, what was
 * lost, what ends soon. */
#ifndef COLLECTOR_WEB_PAGES_SYSTEMPAGE_H
#define COLLECTOR_WEB_PAGES_SYSTEMPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /system[?page=] */
int systempage_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* The agents and gateways: what each lost, how its clock and certificate are. For the page. */
void systempage_agents(struct buf *b, const struct collector *c, const struct request *rq);

#endif

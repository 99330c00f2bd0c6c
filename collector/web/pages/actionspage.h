/* SPDX-License-Identifier: GPL-3.0-or-later */
/* actionspage: what was decided to be done and is open, on the page of reports, with forms to end
 * one and to note another (api/actionapi.h). */
#ifndef COLLECTOR_WEB_ACTIONSPAGE_H
#define COLLECTOR_WEB_ACTIONSPAGE_H

#include "collector/web/request.h"
#include "zw/buf.h"

struct collector;

void actionspage_put(struct buf *b, const struct collector *c, const struct request *rq);

#endif

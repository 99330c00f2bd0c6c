/* SPDX-License-Identifier: GPL-3.0-or-later */
/* silencespage: silences, maintenance windows and what is out of service: the list, and the form
 * for a new one with what it would cover. */
#ifndef COLLECTOR_WEB_PAGES_SILENCESPAGE_H
#define COLLECTOR_WEB_PAGES_SILENCESPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /silences[?zone=&node=&source=&rule=...]: what is given is filled in, and previewed. */
int silencespage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agentspage: agents with their certificates; administrators invite, and take back. */
#ifndef COLLECTOR_WEB_PAGES_AGENTSPAGE_H
#define COLLECTOR_WEB_PAGES_AGENTSPAGE_H

#include <stdint.h>

#include "collector/web/route.h"

struct node;

int agentspage_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* The line of an invitation, which is shown this once. */
void agentspage_line(const struct collector *c, const struct request *rq, struct reply *re,
    const struct node *node, const char *line, int64_t ends_ms);

#endif

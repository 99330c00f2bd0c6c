/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reportspage: past reports with their files, those on their way, and the form for a new one. */
#ifndef COLLECTOR_WEB_PAGES_REPORTSPAGE_H
#define COLLECTOR_WEB_PAGES_REPORTSPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

int reportspage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif

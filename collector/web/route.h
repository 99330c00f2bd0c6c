/* SPDX-License-Identifier: GPL-3.0-or-later */
/* route: which function answers which path. The tables are at the foot of api.c and page.c. */
#ifndef COLLECTOR_WEB_ROUTE_H
#define COLLECTOR_WEB_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

enum route_role {
	ROUTE_OPEN,   /* anybody */
	ROUTE_VIEW,   /* whoever holds the token or a session */
	ROUTE_OPERATE /* the token itself, or a session whose page is ours: no foreign page can make
		       * a browser do it */
};

struct route {
	enum request_method method;
	const char *pattern; /* "/api/v1/nodes/{}": {} is one part, in request.name */
	int (*serve)(const struct collector *c, const struct request *rq, struct reply *re);
	enum route_role role;
	const char *help;
};

struct route_table {
	const struct route *rows;
	size_t n;
};

extern const struct route_table api_routes;
extern const struct route_table page_routes;

/* The row for this request, whose name it fills in; NULL if there is none, *method_only then
 * saying whether the path exists with the other method. */
const struct route *route_find(struct request *rq, bool *method_only);
const char *route_role_name(enum route_role role);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* route: which function answers which path. The tables are at the foot of api.c and page.c. */
#ifndef COLLECTOR_WEB_ROUTE_H
#define COLLECTOR_WEB_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "collector/web/who.h"

struct collector;

/* What a parameter of a query or form is, for the description of the API. */
struct route_param {
	const char *name; /* NULL ends a list */
	const char *type; /* "text", "integer", "number", "duration", "time", or words: "a|b" */
	const char *help;
	bool needed;
};

struct route {
	enum request_method method;
	const char *pattern; /* "/api/v1/nodes/{}": {} is one part, in request.name */
	int (*serve)(const struct collector *c, const struct request *rq, struct reply *re);
	/* That one needs at least; WHO_NOBODY: anybody may. What is not GET and is asked by a
	 * cookie needs our Origin besides: no foreign page can make a browser do it. */
	enum who_role role;
	const char *help;
	const struct route_param *params; /* NULL: none */
	const char *answer;		  /* its schema's name in the API's description; or NULL */
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

#endif

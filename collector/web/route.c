/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a request to its handler: a walk over two tables of a few rows each. */
#include "collector/web/route.h"

#include <string.h>

/* Whether the request's parts are the pattern's; the part under {} goes to *name. */
static bool
matches(const struct request *rq, const char *pattern, const char **name)
{
	size_t i = 0;
	*name = NULL;
	for (const char *p = pattern + 1; *p != '\0'; i++) {
		size_t n = strcspn(p, "/");
		if (i == rq->nsegments)
			return false;
		if (n == 2 && memcmp(p, "{}", 2) == 0)
			*name = rq->segments[i];
		else if (strlen(rq->segments[i]) != n || memcmp(rq->segments[i], p, n) != 0)
			return false;
		p += p[n] == '/' ? n + 1 : n;
	}
	return i == rq->nsegments;
}

const struct route *
route_find(struct request *rq, bool *method_only)
{
	const struct route_table *tables[] = { &api_routes, &page_routes };
	*method_only = false;
	for (size_t t = 0; t < 2; t++) {
		for (size_t i = 0; i < tables[t]->n; i++) {
			const struct route *r = &tables[t]->rows[i];
			const char *name;
			if (!matches(rq, r->pattern, &name))
				continue;
			if (r->method == rq->method) {
				rq->name = name;
				return r;
			}
			*method_only = true;
		}
	}
	return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphite: what Grafana's built-in Graphite data source asks for. A path is
 * zone.node.series.field; a '.' within a name is written ':'. */
#ifndef COLLECTOR_WEB_API_GRAPHITE_H
#define COLLECTOR_WEB_API_GRAPHITE_H

#include <stddef.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;
struct series;

#define GRAPHITE_MAX_LEAVES 128 /* of one request */
#define GRAPHITE_PATH 256

/* A field that a path covers. */
struct graphite_leaf {
	const struct series *series;
	unsigned field;
};

/* GET and POST /metrics/find, GET /functions, /version. */
int graphite_find(const struct collector *c, const struct request *rq, struct reply *re);
int graphite_functions(const struct collector *c, const struct request *rq, struct reply *re);
int graphite_version(const struct collector *c, const struct request *rq, struct reply *re);
/* All that a pattern of n bytes covers, at most max; -1: it is more, or too much to look at. */
int graphite_leaves(const struct collector *c, const char *pattern, size_t n,
    struct graphite_leaf *out, size_t max, size_t *found);
/* The path of a field. */
void graphite_path(char dst[GRAPHITE_PATH], const struct graphite_leaf *l);

#endif

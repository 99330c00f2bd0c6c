/* SPDX-License-Identifier: GPL-3.0-or-later */
/* survey: the states of all nodes and zones at one moment, by one walk over nodes and alerts: what
 * view.h says of one, for answers that tell of all. Pure. */
#ifndef COLLECTOR_WEB_SURVEY_H
#define COLLECTOR_WEB_SURVEY_H

#include <stddef.h>
#include <stdint.h>

#include "collector/web/view.h"

/* Severities are -1 where nothing fires, as those of engine_worst(). */
struct survey_node {
	enum view_state state;
	signed char severity;
};

struct survey_zone {
	enum view_state state;
	int severity;
	struct view_counts counts; /* of its nodes, without summaries */
};

struct survey {
	struct survey_node *nodes; /* by node.index */
	struct survey_zone *zones; /* by zone.index, then that of nodes and alerts of no zone */
	size_t nnodes;
	size_t nzones;		/* without that last */
	struct survey_zone all; /* the whole site */
};

/* The states now, by one look at all alerts and nodes; freed by survey_free(). */
void survey_take(struct survey *s, const struct collector *c, int64_t steady_ms);
void survey_free(struct survey *s);

#endif

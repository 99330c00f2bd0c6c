/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view: the site as people see it: one state for each node, zone and the whole. Pure. */
#ifndef COLLECTOR_WEB_VIEW_H
#define COLLECTOR_WEB_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/site/site.h"

struct collector;

/* From good to bad. */
enum view_state {
	VIEW_OK,
	VIEW_NEVER, /* no value of it ever arrived */
	VIEW_STALE, /* its values are too old to count as live */
	VIEW_WARNING,
	VIEW_CRITICAL
};
#define VIEW_NSTATES 5

struct view_counts {
	size_t total;
	size_t by[VIEW_NSTATES];
};

/* A node that fell silent is stale even where a rule calls that critical: its values are what
 * nobody knows. In the state of its zone the rule's word counts. */
enum view_state view_node(const struct collector *c, const struct node *n, int64_t steady_ms);
/* The same when the worst that fires on it is known (-1: nothing). */
enum view_state view_node_with(const struct node *n, int severity, int64_t steady_ms);
/* What an alert's severity makes of a state; information makes nothing of it. */
enum view_state view_of_severity(int severity);
/* zone NULL: that of no zone. All nodes and alerts are looked at for it: for more than one zone,
 * and for all nodes, there is survey.h. */
enum view_state view_zone(const struct collector *c, const struct zone *zone, int64_t steady_ms);
/* Critical also while the store does not run. */
enum view_state view_site(const struct collector *c, int64_t steady_ms);
/* Whether values are written into RRDs. */
bool view_stores(const struct collector *c);

const char *view_word(enum view_state s);   /* "ok", "no-data": for programs */
const char *view_phrase(enum view_state s); /* "no data": for people */
const char *view_sign(enum view_state s);   /* one character, so that colour is never alone */
/* "info", "warning", "critical"; NULL for -1. */
const char *view_severity(int severity);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* maker_int: what the files of the maker share. */
#ifndef COLLECTOR_GRAPHS_MAKER_INT_H
#define COLLECTOR_GRAPHS_MAKER_INT_H

#include "collector/report/chart/chart.h"
#include "collector/report/graphs/definition.h"
#include "collector/report/graphs/wanted.h"

struct annals;
struct availability;
struct node;
struct plant;
struct zone;

/* A graph being made. */
struct maker {
	const struct wanted *wanted;
	const struct conf_graph *graph;
	const struct plant *plant;
	const struct zone *zone; /* NULL: not asked for */
	const struct node *node; /* likewise */
	struct annals *annals;	 /* what the history says of the time; NULL: not needed */
	int64_t from_s;
	int64_t to_s;
	struct availability *availability; /* made once; NULL: not yet */
	int64_t step_s;			   /* of the rows that values are of; 0: none were read */
};

/* Writes a title with what stands for {zone}, {node}, {site} and {step} in it. */
void maker_title(const struct maker *m, const char *from, char *dst, size_t size);
/* Whether the node, or the device that it is a child of, is asked for. */
bool maker_has(const struct maker *m, const struct node *n);

/* panel_lines.c, panel_calendar.c, panel_marks.c */
struct chart *panel_lines(struct maker *m, const struct conf_graph_panel *p);
int panel_calendar(struct chart **out, struct maker *m, const struct conf_graph_panel *p,
    struct err *e) __attribute__((warn_unused_result));
void panel_marks(const struct maker *m, struct chart *c);
/* Limits and the axis's ends. */
void panel_limits(const struct maker *m, const struct conf_graph_panel *p, struct chart *c);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* maker_int: what the files of the maker share. */
#ifndef COLLECTOR_GRAPHS_MAKER_INT_H
#define COLLECTOR_GRAPHS_MAKER_INT_H

#include "collector/report/chart/chart.h"
#include "collector/report/graphs/definition.h"
#include "collector/report/graphs/panel_rows.h"
#include "zw/err.h"

struct annals;
struct availability;
struct node;
struct plant;
struct zone;

#define MAKER_PANELS 12

/* A graph being made: of what and when; what was read; then, in a language, its parts. All but what
 * stands at the end is borrowed. */
struct maker {
	enum lang lang;
	const char *name;
	const struct conf_graph *graph;
	const struct plant *plant;
	const struct zone *zone; /* NULL: not asked for */
	const struct node *node; /* likewise */
	int64_t from_s;
	int64_t to_s;
	const struct annals *annals; /* what the history says of the time; NULL: not needed */
	const struct availability *availability; /* NULL: not needed */
	int64_t step_s;				 /* of rows that values are of; 0: none were read */
	struct panel_rows *rows[MAKER_PANELS];
	struct annals *own_annals; /* that were not to be borrowed */
	struct availability *own_availability;
};

/* Goes back from the end: by months to the first of so many, by days to a midnight. */
void maker_begin(struct maker *m, int64_t span_s);
/* Whether it goes by months. */
bool maker_by_month(const struct maker *m);
/* Reads all that its parts are of, once for all languages; annals and availability where they are
 * needed and not borrowed. */
int maker_read(struct maker *m, struct err *e) __attribute__((warn_unused_result));
/* Frees what was read. */
void maker_clear(struct maker *m);
/* A part in the maker's language, the caller's; NULL: there is nothing to be shown in it. */
struct chart *maker_panel(const struct maker *m, size_t i);
/* Whether anything is known of a part. */
bool maker_known(const struct maker *m, size_t i);

/* Writes a title with what stands for {zone}, {node}, {site} and {step} in it. */
void maker_title(const struct maker *m, const char *from, char *dst, size_t size);
/* Whether the node, or the device that it is a child of, is asked for. */
bool maker_has(const struct maker *m, const struct node *n);

/* panel_lines.c, panel_calendar.c, panel_marks.c */
struct chart *panel_lines(
    const struct maker *m, const struct conf_graph_panel *p, const struct panel_rows *r);
struct chart *panel_calendar(const struct maker *m, const struct conf_graph_panel *p);
void panel_marks(const struct maker *m, const struct conf_graph_panel *p, struct chart *c);
/* Limits and the axis's ends. */
void panel_limits(const struct maker *m, const struct conf_graph_panel *p,
    const struct panel_rows *r, struct chart *c);

#endif

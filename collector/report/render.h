/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render: the parent's side of zonewatch-render, which draws graphs and reads rows from RRDs. */
#ifndef COLLECTOR_RENDER_H
#define COLLECTOR_RENDER_H

#include <stddef.h>
#include <stdint.h>

struct conf_collector;
struct event_base;
struct render;
struct series;
struct store;
struct wanted;

enum render_format {
	RENDER_PNG = 1,
	RENDER_SVG = 2,
	/* rows: {"start","end","step","fields":[...],"rows":[[...]]}, unknown null */
	RENDER_JSON = 3,
	RENDER_PDF = 4,
	RENDER_COLUMNS = 5, /* columns of values, with what each is (columns.h) */
	RENDER_CSV = 6	    /* the same as a table for other programs */
};

enum render_cf {
	RENDER_AVERAGE,
	RENDER_MIN,
	RENDER_MAX
};

/* Of RENDER_COLUMNS and RENDER_CSV: one or more of them. */
#define RENDER_WITH_AVERAGE (1U << RENDER_AVERAGE)
#define RENDER_WITH_MIN (1U << RENDER_MIN)
#define RENDER_WITH_MAX (1U << RENDER_MAX)
#define RENDER_WITH_ALL 7U

struct render_graph {
	const struct series *const *series; /* up to 8, of which the fields are drawn */
	size_t nseries;
	const char *field; /* only this one; NULL: all that fit the first's unit */
	/* Or, for each series, a bit for each of its fields; 0, or NULL: as above. */
	const uint64_t *chosen;
	int64_t start_s; /* seconds since 1970 UTC */
	int64_t end_s;
	unsigned width; /* of the plot, 100-4000 */
	unsigned height;
	enum render_format format;
	enum render_cf cf; /* of RENDER_JSON */
	int64_t step_s;	   /* of rows, wanted; 0: the finest */
	unsigned points;   /* of columns: rows at most; 0: so many as there are */
	unsigned with;	   /* of columns: RENDER_WITH_... */
	double limit;	   /* a line of a rule's limit; NAN: none */
	const char *title; /* NULL: the series' names */
	int64_t mark_s;	   /* a vertical line at this moment; 0: none */
	int64_t trim_s;	   /* begin a picture only where values do, but show so long; 0: do not */
};

struct render *render_new(struct event_base *base, struct store *store, const char *conf_path);
void render_free(struct render *r);
/* Has the series flushed, then drawn. done() in the loop, with NULL and a reason on failure (after
 * 5 s at most); never called within render_graph(). Everything of g is copied. At most 256 wait. */
void render_graph(struct render *r, const struct render_graph *g,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg);
/* The same for a named graph, or the list of them, of what the RRDs have by now. */
void render_named(struct render *r, const struct wanted *w,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg);
/* The same for a floor map that map_describe() told of; the text is copied. */
void render_map(struct render *r, const char *map,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg);

#endif

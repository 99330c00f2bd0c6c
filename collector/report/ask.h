/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ask: what the parent asks the renderer for, as bytes. Pure. */
#ifndef COLLECTOR_ASK_H
#define COLLECTOR_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/report/render.h"
#include "zw/buf.h"
#include "zw/err.h"
#include "zw/metric.h"

#define ASK_MAX_SERIES 8
#define ASK_MAX_TITLE 255
#define ASK_MAX_POINTS 100000
/* Before the reason why there is no named graph: it is for whoever asked for what is not. */
#define ASK_FAULT "ask: "

/* Message types, in both directions. */
enum ask_message {
	ASK_DRAW = 1,	/* parent -> child: an ask */
	ASK_DRAWN = 2,	/* child -> parent: the picture or the rows */
	ASK_FAILED = 3, /* or why there are none, as text */
	ASK_MAP = 4,	/* parent -> child: the text of a floor map (map.h) */
	ASK_NAMED = 5	/* parent -> child: a named graph, or their list (graphs/wanted.h) */
};

struct ask {
	enum render_format format;
	enum render_cf cf;
	int64_t start_s;
	int64_t end_s;
	int64_t step_s;
	int64_t mark_s;
	int64_t trim_s;
	uint32_t points; /* of columns; 0: no bound but that of all rows */
	uint8_t with;	 /* of columns: RENDER_WITH_... */
	uint32_t width;
	uint32_t height;
	double limit;
	char field[NAME_MAX_FIELD + 1]; /* "": all */
	char title[ASK_MAX_TITLE + 1];	/* "": the series' names */
	unsigned nseries;
	uint64_t chosen[ASK_MAX_SERIES];	  /* a bit for each field; 0: all that fit */
	struct series_def series[ASK_MAX_SERIES]; /* nodes are set */
};

void ask_encode(struct buf *b, const struct ask *a);
/* The result is within the bounds that render.h names. */
int ask_decode(const void *p, size_t n, struct ask *a, struct err *e)
    __attribute__((warn_unused_result));

/* Whether the field of a series is chosen: by its bit, else by its name, else all are. */
bool ask_wants(const struct ask *a, unsigned series, unsigned field);

#endif

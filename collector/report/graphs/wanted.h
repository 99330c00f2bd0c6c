/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wanted: which named graph is wanted, of what, when, and how; as bytes from the collector to its
 * renderer. Pure. */
#ifndef COLLECTOR_GRAPHS_WANTED_H
#define COLLECTOR_GRAPHS_WANTED_H

#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/lang.h"
#include "zw/metric.h"

#define WANTED_NAME 64
#define WANTED_PERIOD 32
#define WANTED_SPAN_MAX_S (10LL * 366 * 86400)

enum wanted_format {
	WANTED_SVG,
	WANTED_PNG,
	WANTED_PDF,
	WANTED_LIST /* which graphs there are, as JSON; all else but the language is of no use */
};

struct wanted {
	char name[WANTED_NAME];
	char zone[NAME_MAX_NODE + 1]; /* "": none */
	char node[NAME_MAX_NODE + 1]; /* "": none */
	char period[WANTED_PERIOD];   /* "2026-10", ...; "": not said so */
	int64_t last_s;		      /* so much up to to_s; 0: not said so */
	int64_t from_s;		      /* 0: not said so */
	int64_t to_s;		      /* 0: now */
	enum lang lang;
	enum wanted_format format;
	uint32_t width;	 /* pixels */
	uint32_t height; /* 0: as looks well */
};

void wanted_encode(struct buf *b, const struct wanted *w);
/* Within bounds, names and texts well-formed. */
int wanted_decode(const void *p, size_t n, struct wanted *w, struct err *e)
    __attribute__((warn_unused_result));

#endif

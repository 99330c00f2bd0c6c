/* SPDX-License-Identifier: GPL-3.0-or-later */
/* maker: makes a named graph from its definition, the RRDs and the history. */
#ifndef COLLECTOR_GRAPHS_MAKER_H
#define COLLECTOR_GRAPHS_MAKER_H

#include "collector/report/graphs/wanted.h"
#include "zw/buf.h"
#include "zw/err.h"

struct conf_collector;

/* The picture into b; the working directory is that of the RRDs. now_s is the end where none is
 * said. -1 and the reason, for whoever asked. */
int maker_draw(struct buf *b, const struct wanted *w, const struct conf_collector *conf,
    int64_t now_s, struct err *e) __attribute__((warn_unused_result));
/* All graphs that there are, as JSON, titles in the language:
 * {"graphs":[{"name","title","scope","span_s","error"}]} */
void maker_list(struct buf *b, const struct conf_collector *conf, enum lang l);

#endif

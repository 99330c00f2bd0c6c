/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tasks: the commands that do something: draw, check, flush. */
#ifndef COLLECTOR_CTL_TASKS_H
#define COLLECTOR_CTL_TASKS_H

#include "zw/buf.h"
#include "zw/err.h"

struct ctl;

/* Whether the graph can be asked for like that. */
int tasks_graph_usage(const struct ctl *ctl, struct err *e);
int tasks_graph(struct ctl *ctl);
/* --width and --height. */
int tasks_check_size(const struct ctl *ctl, struct err *e);
/* Writes a picture to its file, or to the standard output for "-". */
int tasks_write(const char *path, const struct buf *body, struct err *e);
int tasks_check(struct ctl *ctl);
int tasks_flush(struct ctl *ctl);

#endif

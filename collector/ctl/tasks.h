/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tasks: the commands that do something: draw, check, flush. */
#ifndef COLLECTOR_CTL_TASKS_H
#define COLLECTOR_CTL_TASKS_H

struct ctl;

int tasks_graph(struct ctl *ctl);
int tasks_check(struct ctl *ctl);
int tasks_flush(struct ctl *ctl);

#endif

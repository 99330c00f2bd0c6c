/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capacity: what fills up, and when. */
#ifndef COLLECTOR_FIGURES_CAPACITY_H
#define COLLECTOR_FIGURES_CAPACITY_H

#include "collector/report/figures/figures.h"

struct capacity {
	int64_t from_s; /* of the period */
	int64_t to_s;
};

int capacity_new(struct capacity **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void capacity_free(struct capacity *v); /* NULL is fine */

#endif

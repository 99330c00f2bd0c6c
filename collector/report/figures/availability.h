/* SPDX-License-Identifier: GPL-3.0-or-later */
/* availability: how long nodes, units, links and zones were up, down, or not known. */
#ifndef COLLECTOR_FIGURES_AVAILABILITY_H
#define COLLECTOR_FIGURES_AVAILABILITY_H

#include "collector/report/figures/figures.h"

struct availability {
	int64_t from_s; /* of the period */
	int64_t to_s;
};

int availability_new(struct availability **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void availability_free(struct availability *v); /* NULL is fine */

#endif

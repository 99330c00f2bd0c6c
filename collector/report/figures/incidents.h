/* SPDX-License-Identifier: GPL-3.0-or-later */
/* incidents: what went wrong, how soon somebody had it, how soon it was mended. */
#ifndef COLLECTOR_FIGURES_INCIDENTS_H
#define COLLECTOR_FIGURES_INCIDENTS_H

#include "collector/report/figures/figures.h"

struct incidents {
	int64_t from_s; /* of the period */
	int64_t to_s;
};

int incidents_new(struct incidents **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void incidents_free(struct incidents *v); /* NULL is fine */

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cooling: the cooling plant: run hours, starts, rotation, filters, water. */
#ifndef COLLECTOR_FIGURES_COOLING_H
#define COLLECTOR_FIGURES_COOLING_H

#include "collector/report/figures/figures.h"

struct cooling {
	int64_t from_s; /* of the period */
	int64_t to_s;
};

int cooling_new(struct cooling **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void cooling_free(struct cooling *v); /* NULL is fine */

#endif

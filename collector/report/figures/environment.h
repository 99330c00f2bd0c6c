/* SPDX-License-Identifier: GPL-3.0-or-later */
/* environment: the air at the inlets: temperature, humidity, dew point, ASHRAE ranges, RCI, RTI. */
#ifndef COLLECTOR_FIGURES_ENVIRONMENT_H
#define COLLECTOR_FIGURES_ENVIRONMENT_H

#include "collector/report/figures/figures.h"

struct environment {
	int64_t from_s; /* of the period */
	int64_t to_s;
};

int environment_new(struct environment **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void environment_free(struct environment *v); /* NULL is fine */

#endif

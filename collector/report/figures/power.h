/* SPDX-License-Identifier: GPL-3.0-or-later */
/* power: power and energy, PUE, transfers of the UPSs. */
#ifndef COLLECTOR_FIGURES_POWER_H
#define COLLECTOR_FIGURES_POWER_H

#include "collector/report/figures/figures.h"

struct power {
	int64_t from_s; /* of the period */
	int64_t to_s;
};

int power_new(struct power **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void power_free(struct power *v); /* NULL is fine */

#endif

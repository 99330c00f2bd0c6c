/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarms: the quality of the alarms (EEMUA 191, ISA-18.2). */
#ifndef COLLECTOR_FIGURES_ALARMS_H
#define COLLECTOR_FIGURES_ALARMS_H

#include "collector/report/figures/figures.h"

struct alarms {
	int64_t from_s; /* of the period */
	int64_t to_s;
};

int alarms_new(struct alarms **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void alarms_free(struct alarms *v); /* NULL is fine */

#endif

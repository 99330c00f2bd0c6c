/* SPDX-License-Identifier: GPL-3.0-or-later */
/* changes: what was changed: works, sensors, limits, restarts. */
#ifndef COLLECTOR_FIGURES_CHANGES_H
#define COLLECTOR_FIGURES_CHANGES_H

#include "collector/report/figures/figures.h"

struct changes {
	int64_t from_s; /* of the period */
	int64_t to_s;
};

int changes_new(struct changes **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void changes_free(struct changes *v); /* NULL is fine */

#endif

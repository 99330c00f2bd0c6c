/* SPDX-License-Identifier: GPL-3.0-or-later */
/* completeness: which part of the expected samples is there, and why others are not. */
#ifndef COLLECTOR_FIGURES_COMPLETENESS_H
#define COLLECTOR_FIGURES_COMPLETENESS_H

#include "collector/report/figures/figures.h"

struct completeness {
	int64_t from_s; /* of the period */
	int64_t to_s;
};

int completeness_new(struct completeness **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void completeness_free(struct completeness *v); /* NULL is fine */

#endif

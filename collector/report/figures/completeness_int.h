/* SPDX-License-Identifier: GPL-3.0-or-later */
/* completeness_int: the parts of completeness: gaps, and sensors. */
#ifndef COLLECTOR_COMPLETENESS_INT_H
#define COLLECTOR_COMPLETENESS_INT_H

#include "collector/report/figures/completeness.h"

/* Finds the gaps of all nodes in v->nodes, and how much of their rows is known. */
void completeness_find_gaps(struct completeness *v, const struct figures_ask *a);
/* Which sensors are not to be trusted or not there. */
void completeness_find_sensors(struct completeness *v, const struct figures_ask *a);

#endif

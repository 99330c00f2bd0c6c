/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vitals: the collector's own health as a series like any other (node site, source collector), so
 * that rules watch it and graphs show it. */
#ifndef COLLECTOR_VITALS_H
#define COLLECTOR_VITALS_H

#include <stdbool.h>

#include "zw/metric.h"

struct collector;

void vitals_def(struct series_def *def);
/* The same with what its states mean now; false when that is as it was when it was asked last. */
bool vitals_describe(const struct collector *c, struct series_def *def);
/* Values of now, in the order of the definition; NAN where one cannot be told. */
void vitals_values(const struct collector *c, int64_t wall_ms, double values[METRIC_MAX_FIELDS]);

#endif

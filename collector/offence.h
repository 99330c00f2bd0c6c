/* SPDX-License-Identifier: GPL-3.0-or-later */
/* offence: what the intake holds against a node, as a series of that node (source SITE_CONDUCT), so
 * that a rule names who misbehaves. Only a node that something was held against ever has one. */
#ifndef COLLECTOR_OFFENCE_H
#define COLLECTOR_OFFENCE_H

#include <stdbool.h>

#include "collector/intake/intake.h"
#include "zw/metric.h"

struct node;

/* Whether the node is to have the series: something is held against it, or was in an earlier run.
 */
bool offence_is_due(const struct intake_conduct *now, const struct node *n);
void offence_def(struct series_def *def, const struct node *n);
/* Values of a step, in the order of the definition, from what was held against it before the step
 * and after. */
void offence_values(const struct intake_conduct *before, const struct intake_conduct *after,
    double values[METRIC_MAX_FIELDS]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* power_parts: what power.c is made of: its UPSs and its consumers. */
#ifndef COLLECTOR_POWER_PARTS_H
#define COLLECTOR_POWER_PARTS_H

#include "collector/report/figures/power.h"

/* The UPSs of the report's zone, or all. */
void power_ups_all(struct power *v, const struct figures_ask *a);
/* The servers whose power is measured; without any, what the meters of IT are at. */
void power_consumers(struct power *v, const struct figures_ask *a);
/* W in one of the field's unit; 0: it is no power. */
double power_factor(const struct series *se, unsigned field);

#endif

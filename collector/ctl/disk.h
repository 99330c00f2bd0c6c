/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk: the command storage plan. */
#ifndef COLLECTOR_CTL_DISK_H
#define COLLECTOR_CTL_DISK_H

#include "zw/err.h"

struct ctl;

/* Whether it is "plan". */
int disk_plan_usage(const struct ctl *ctl, struct err *e);
int disk_plan(struct ctl *ctl);

#endif

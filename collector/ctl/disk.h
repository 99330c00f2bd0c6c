/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk: the command storage plan. */
#ifndef COLLECTOR_CTL_DISK_H
#define COLLECTOR_CTL_DISK_H

struct ctl;

int disk_plan(struct ctl *ctl);

#endif

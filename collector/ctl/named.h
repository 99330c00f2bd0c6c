/* SPDX-License-Identifier: GPL-3.0-or-later */
/* named: the command graph: ready-made graphs by their names; series' ones are in tasks.h. */
#ifndef COLLECTOR_CTL_NAMED_H
#define COLLECTOR_CTL_NAMED_H

#include "collector/ctl/ctl.h"

int named_check(const struct ctl *ctl, struct err *e);
int named_run(struct ctl *ctl);

#endif

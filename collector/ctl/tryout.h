/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tryout: "zonewatchctl rules try": what rules would have told of the last days. */
#ifndef COLLECTOR_CTL_TRYOUT_H
#define COLLECTOR_CTL_TRYOUT_H

#include "zw/err.h"

struct ctl;

int tryout_check(const struct ctl *ctl, struct err *e);
int tryout_run(struct ctl *ctl);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules: "zonewatchctl rules ...": rules tried before they are trusted. */
#ifndef COLLECTOR_CTL_RULES_H
#define COLLECTOR_CTL_RULES_H

#include "zw/err.h"

struct ctl;

int rules_check(const struct ctl *ctl, struct err *e);
int rules_run(struct ctl *ctl);

#endif

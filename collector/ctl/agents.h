/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agents: certificates of agents: who is invited, who has one, whose are taken back. */
#ifndef COLLECTOR_CTL_AGENTS_H
#define COLLECTOR_CTL_AGENTS_H

#include "collector/ctl/ctl.h"

/* agent list | invite NODE | withdraw NODE | revoke NODE | revoke --serial | issue NODE */
int agents_check(const struct ctl *ctl, struct err *e);
int agents_run(struct ctl *ctl);
/* agents_issue.c. issue NODE --output DIR */
int agents_issue(struct ctl *ctl);

#endif

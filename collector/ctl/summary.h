/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary: the command status. */
#ifndef COLLECTOR_CTL_SUMMARY_H
#define COLLECTOR_CTL_SUMMARY_H

struct ctl;

/* CTL_CRITICAL when something is critical. */
int summary_run(struct ctl *ctl);

#endif

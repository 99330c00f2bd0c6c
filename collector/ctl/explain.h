/* SPDX-License-Identifier: GPL-3.0-or-later */
/* explain: "zonewatchctl rules explain" and "rules list": which rules look at what, as the
 * collector sees it now. */
#ifndef COLLECTOR_CTL_EXPLAIN_H
#define COLLECTOR_CTL_EXPLAIN_H

struct ctl;

int explain_run(struct ctl *ctl);
int explain_list(struct ctl *ctl);

#endif

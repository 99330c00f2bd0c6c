/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rehearsal: "zonewatchctl rules test": series as they would come, and the alerts that must come of
 * them; a unit test for rules. */
#ifndef COLLECTOR_CTL_REHEARSAL_H
#define COLLECTOR_CTL_REHEARSAL_H

struct ctl;

/* Runs the file that is the second argument; CTL_OK if all of it passed. */
int rehearsal_run(struct ctl *ctl);
#endif

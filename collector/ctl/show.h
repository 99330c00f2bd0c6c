/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show: the commands that print a list of what the collector knows. */
#ifndef COLLECTOR_CTL_SHOW_H
#define COLLECTOR_CTL_SHOW_H

struct ctl;

int show_zones(struct ctl *ctl);
int show_nodes(struct ctl *ctl);
int show_series(struct ctl *ctl);
int show_last(struct ctl *ctl);
int show_alerts(struct ctl *ctl);
int show_incidents(struct ctl *ctl);
int show_events(struct ctl *ctl);

#endif

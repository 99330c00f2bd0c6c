/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nagios: zonewatchctl check-nagios, a plugin for Nagios, Icinga and their like. */
#ifndef COLLECTOR_CTL_NAGIOS_H
#define COLLECTOR_CTL_NAGIOS_H

#include "collector/ctl/ctl.h"

int nagios_usage(const struct ctl *ctl, struct err *e) __attribute__((warn_unused_result));
/* Returns the plugin's code: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
int nagios_run(struct ctl *ctl);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipeline_log: what the log says of alerts. */
#ifndef COLLECTOR_PIPELINE_LOG_H
#define COLLECTOR_PIPELINE_LOG_H

#include "collector/alert/alert.h"

/* A line for what changed; what nobody need know is in the history alone. */
void pipeline_log_change(const struct alert_change *ch);

#endif

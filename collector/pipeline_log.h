/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipeline_log: what the log says of alerts and events. */
#ifndef COLLECTOR_PIPELINE_LOG_H
#define COLLECTOR_PIPELINE_LOG_H

#include "collector/alert/alert.h"
#include "zw/log.h"

struct node;
struct wire_event;

/* Who has filled the log how much. All zero: nobody. */
struct pipeline_log {
	struct log_throttle *nodes; /* by node index, as far as there is room */
	size_t nnodes;
};

void pipeline_log_clear(struct pipeline_log *l);
/* A line for an event, as far as its sender may have one now. */
void pipeline_log_event(
    struct pipeline_log *l, const struct node *sender, const struct wire_event *ev);

/* A line for what changed; what nobody need know is in the history alone. */
void pipeline_log_change(const struct alert_change *ch);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* past: what the history knows: an incident's whole story, the ledger of messages, what people did,
 * the quality of the alarms. */
#ifndef COLLECTOR_CTL_PAST_H
#define COLLECTOR_CTL_PAST_H

#include "zw/err.h"

struct ctl;

int past_check_span(const struct ctl *ctl, struct err *e);
int past_incident(struct ctl *ctl);
int past_ledger(struct ctl *ctl);
int past_audit(struct ctl *ctl);
int past_completeness(struct ctl *ctl);
int past_stats(struct ctl *ctl);

#endif

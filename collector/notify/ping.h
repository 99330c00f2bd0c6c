/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ping: asks a URL each minute, so that whoever answers there notices when it stops. */
#ifndef COLLECTOR_PING_H
#define COLLECTOR_PING_H

#include <stdint.h>

#include "collector/notify/notify.h"

struct ping;

/* stats is notify's; url borrowed. */
int ping_new(struct ping **out, struct event_base *base, const char *url,
    struct notify_stats *stats, struct err *e) __attribute__((warn_unused_result));
/* One that is under way is waited for by nobody. NULL is fine. */
void ping_free(struct ping *p);
/* Asks, if a minute has passed and the last one is through. */
void ping_tick(struct ping *p, int64_t now_ms);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outbox: stored mails on their way: when each is tried, its graph, its transport, its outcome. */
#ifndef COLLECTOR_OUTBOX_H
#define COLLECTOR_OUTBOX_H

#include "collector/notify/notify.h"

struct outbox;

/* As notify_new(), which owns it; stats is notify's, hostname our name towards the relay. */
int outbox_new(struct outbox **out, struct event_base *base, const struct conf_collector *conf,
    const char *hostname, const struct site *site, struct render *render, struct history *history,
    struct notify_stats *stats, struct err *e) __attribute__((warn_unused_result));
void outbox_free(struct outbox *o); /* NULL is fine */
void outbox_take(struct outbox *o, struct mail *m);

/* How long after its n-th failure a mail is tried again, without jitter. */
int64_t outbox_delay_ms(unsigned tries);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outbox: stored messages on their way, by whatever channel: when each is tried, its graph, its
 * channel, its outcome. */
#ifndef COLLECTOR_OUTBOX_H
#define COLLECTOR_OUTBOX_H

#include "collector/notify/notify.h"

struct outbox;

/* As notify_new(), which owns it; stats is notify's, hostname our name towards the relay (NULL:
 * this machine's). Opens the channels that the configuration uses. */
int outbox_new(struct outbox **out, struct event_base *base, const struct conf_collector *conf,
    const char *hostname, const struct site *site, struct render *render, struct history *history,
    struct notify_stats *stats, struct err *e) __attribute__((warn_unused_result));
void outbox_free(struct outbox *o); /* NULL is fine */
/* A stored message, taken. One whose channel is not configured stays in the history. */
void outbox_take(struct outbox *o, struct mail *m);
/* Asked before each try: whether the message is still to be sent; if not, why says why not, and it
 * is stored as superseded. Also asked before an Alertmanager is told again of what lasts: then no
 * means only that it has ended. Without it all are sent. */
void outbox_ask(
    struct outbox *o, bool (*wanted)(void *arg, const struct mail *m, struct err *why), void *arg);
/* Called once for each message that leaves the outbox: sent, given up or refused for good, or
 * withdrawn, or (an Alertmanager) accepted for the first time; m is valid during the call. */
void outbox_on_end(
    struct outbox *o, void (*ended)(void *arg, const struct mail *m, bool sent), void *arg);
/* Asks of all that wait, now: what was withdrawn counts as waiting no longer, and wanted() sees how
 * often each was tried. Not to be called from wanted() or ended(). */
void outbox_recheck(struct outbox *o);

/* How long after its n-th failure a message is tried again, without jitter. */
int64_t outbox_delay_ms(unsigned tries);

#endif

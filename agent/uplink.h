/* SPDX-License-Identifier: GPL-3.0-or-later */
/* uplink: the session with a collector: connects for ever, greets, defines, sends the newest live
 * while a backlog drains in order, takes acknowledgements. */
#ifndef AGENT_UPLINK_H
#define AGENT_UPLINK_H

#include "agent/feed.h"
#include "agent/spool.h"

struct uplink;

int uplink_new(struct uplink **out, struct event_base *base, const struct feed_opts *o,
    struct spool *spool, struct err *e) __attribute__((warn_unused_result));
void uplink_free(struct uplink *u);
/* A record was appended to the spool (same bytes). Sent at once: in order if nothing older
 * waits, else marked live. */
void uplink_record(struct uplink *u, uint8_t type, uint64_t seq, const void *data, size_t n);
/* A series got its id. */
void uplink_defined(struct uplink *u, uint32_t id);
/* Fills the fields of the session: connected, rejected, clock_offset_s, round_trip_s. */
void uplink_stats(const struct uplink *u, struct feed_stats *st);
/* Asks in the session for the node's next certificate; false: there is no session, or it was asked
 * already. done() is called once, in the loop: with what came, borrowed, or with NULL and why not.
 */
bool uplink_renew(struct uplink *u, const struct buf *request, feed_certified *done, void *arg);
void uplink_forget_renewal(struct uplink *u);
/* Ends the session and begins another soon: the files of TLS were replaced. */
void uplink_renewed(struct uplink *u);
void uplink_on_ack(struct uplink *u, void (*ack)(void *arg, uint64_t seq), void *arg);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* derived: the collector as the sender of what it derives: each 10 s the derived values become a
 * batch in the journal, as if an agent had sent them, and go the way of all others: into RRDs, to
 * the rules, to the pages. A replay finds them there and derives nothing anew. */
#ifndef COLLECTOR_DERIVED_H
#define COLLECTOR_DERIVED_H

#include <stdint.h>

#include "zw/err.h"

struct collector;
struct derived;
struct event_base;
struct intake_ops;

/* The sender's name in the journal; no node has it. */
#define DERIVED_SENDER "zonewatch.derived"

/* Borrows the collector, whose site and journal are open. Of the ops (intake.h), defined() is
 * called for each series that is new, and live() with what the journal cannot take for want of
 * space. */
int derived_new(struct derived **out, struct event_base *base, const struct collector *c,
    const struct intake_ops *ops, void *arg, struct err *e) __attribute__((warn_unused_result));
void derived_free(struct derived *d); /* NULL is fine */

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* publisher: readings of many devices and moments, gathered for a little while, so that a moment
 * travels in few batches. */
#ifndef AGENT_GATEWAY_PUBLISHER_H
#define AGENT_GATEWAY_PUBLISHER_H

#include <stdint.h>

#include "zw/metric.h"
#include "zw/wire.h"

struct event_base;
struct feed;
struct publisher;

/* The feed is borrowed. */
struct publisher *publisher_new(struct event_base *base, struct feed *feed);
/* Sends what is gathered. NULL is fine. */
void publisher_free(struct publisher *p);
/* As feed_define(); 0: the table is full, which is said in the log. */
uint32_t publisher_define(struct publisher *p, const struct series_def *def);
/* The same for what a device makes up, which must not take the room of all others: a new series is
 * taken of *left; 0 also when that is used up. */
uint32_t publisher_define_of(struct publisher *p, const struct series_def *def, unsigned *left);
/* One reading. It leaves within 100 ms. */
void publisher_reading(
    struct publisher *p, uint32_t id, int64_t time_s, unsigned nvalues, const double *values);
/* Sends what is gathered now. */
void publisher_flush(struct publisher *p);
/* Something that happened; series: whose, or 0. The text is made fit for the wire. */
void publisher_event(struct publisher *p, uint32_t series, const char *code,
    enum wire_severity severity, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* past: what was usual in each hour of the week, read from the RRDs for the rules that compare with
 * it: at the start, for what is new within minutes, and again each day. */
#ifndef COLLECTOR_PAST_H
#define COLLECTOR_PAST_H

#include "collector/alert/alert.h"
#include "zw/err.h"

#define PAST_WEEKS 8 /* that are looked at */

struct collector;
struct event_base;
struct past_reader;

/* Borrows the collector, whose engine and render are there. */
int past_new(struct past_reader **out, struct event_base *base, const struct collector *c,
    struct err *e) __attribute__((warn_unused_result));
void past_free(struct past_reader *p); /* NULL is fine */

/* What the rows of three consolidations say (AVERAGE, MIN, MAX; hours that end at start_s + i h;
 * NAN: unknown). An hour of the week needs its averages; within it the spread is that of the
 * averages over the weeks, and at least a fourth of what lies between the hour's usual least and
 * most. */
void past_learn(struct past *into, int64_t start_s, size_t n, const double *average,
    const double *least, const double *most);

#endif

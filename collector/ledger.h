/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger: which samples there should be, by the steps of the series, and which came; exact to the
 * sample. Pure: it is told of every record of the journal once, in order, and of time.
 *
 * A series is expected from its first sample on, each step, for as long as its node is silent. One
 * that its node leaves out for 10 minutes and 60 steps, while it sends others, is gone: it is
 * expected up to its last sample, and again from the next one on. What is between two samples and
 * did not come is missing: thinned or dropped by the spool of the sender as far as numbers of its
 * stream are missing there, too. Nodes of what is derived are not counted.
 *
 * All that it does depends only on the records and on what ledger_advance() was told, so that what
 * was saved, and the records since, make the same ledger again. */
#ifndef COLLECTOR_LEDGER_H
#define COLLECTOR_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/site/site.h"
#include "collector/site/tally.h"

struct ledger;

/* What is told as it is noticed, but for restarts, in ledger_advance(). */
enum ledger_news {
	LEDGER_NODE_NEW,   /* text: how many series it has */
	LEDGER_NODE_GONE,  /* the configuration no longer has it; text: "" */
	LEDGER_SERIES_NEW, /* text: their names */
	LEDGER_SERIES_GONE,
	LEDGER_RESTART /* text: when it began, ms since 1970 */
};

/* The site is borrowed. */
struct ledger *ledger_new(const struct site *site);
void ledger_free(struct ledger *l); /* NULL is fine */
/* Told of what changed; during the call only. */
void ledger_on_news(struct ledger *l,
    void (*news)(void *arg, enum ledger_news what, const char *node, const char *text), void *arg);

/* What was counted and told before a restart: it is taken note of, and neither counted nor told. */
void ledger_warm(struct ledger *l, bool warm);
/* A record of a sender's stream, before the samples in it. */
void ledger_record(
    struct ledger *l, const struct node *sender, const uint8_t *stream, uint64_t seq);
/* A sample in it, its values in the order of the series' fields. */
void ledger_sample(struct ledger *l, const struct series *se, const struct node *sender,
    int64_t time_s, int64_t recv_ms, const double *values);
/* Whatever should be there by then is expected, whether or not it came. At most half a day further
 * than the last time. */
void ledger_advance(struct ledger *l, int64_t till_s);
/* Up to when it advanced; 0: never. */
int64_t ledger_till(const struct ledger *l);

/* Hands over what was counted since the last call. */
void ledger_take(struct ledger *l,
    void (*count)(void *arg, const char *node, int64_t hour_s, const struct tally *t), void *arg);

/* What must outlive the program, as bytes. They say what is the ledger's by the key. */
void ledger_save(const struct ledger *l,
    void (*put)(void *arg, const char *key, const void *bytes, size_t n), void *arg);
/* False: it is not the ledger's. Bytes that are no good are passed over. */
bool ledger_load(struct ledger *l, const char *key, const void *bytes, size_t n);

#endif

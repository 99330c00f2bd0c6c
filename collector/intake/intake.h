/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake: the listener for agents: identity, limits, frames into the journal, acknowledgements.
 *
 * What an agent does wrong as such (identity, order, malformed frames) ends its session. A record
 * that is wrong by itself (its time, a series not defined, malformed values) is answered by an
 * error and acknowledged: an empty batch with its number is in the journal in its place. A series
 * that contradicts the catalog, or is one too many, is left out and logged. */
#ifndef COLLECTOR_INTAKE_H
#define COLLECTOR_INTAKE_H

#include <stdint.h>

#include "collector/journal/journal.h"
#include "collector/site/site.h"
#include "zw/err.h"
#include "zw/tls.h"

struct conf_collector;
struct enroll;
struct event_base;
struct intake;

struct intake_stats {
	unsigned connections;
	uint64_t accepted;
	uint64_t refused; /* handshakes and identities */
	uint64_t frames;
	uint64_t batches;
	uint64_t values;
	uint64_t live;	     /* batches marked live */
	uint64_t duplicates; /* numbers that were durable already */
	uint64_t rejected;   /* records answered by an error */
	uint64_t bytes;
};

/* What is held against a node since the start. */
struct intake_conduct {
	uint64_t refused;    /* its connections, series and records that were refused */
	uint64_t limited_ms; /* for which it was not read because it sent more than it may */
};

struct intake_ops {
	/* A batch marked live: not in the journal; show and judge it now. */
	void (*live)(
	    void *arg, const char *sender, const uint8_t *stream, const uint8_t *payload, size_t n);
	/* A series is known under this number now (new, widened, or seen again). */
	void (*defined)(void *arg, uint32_t sid);
};

/* All borrowed. Listens at once. */
int intake_new(struct intake **out, struct event_base *base, const struct conf_collector *conf,
    struct tls *tls, struct site *site, struct journal *journal, const struct intake_ops *ops,
    void *arg, struct err *e) __attribute__((warn_unused_result));
/* Who gives out certificates, and judges those that are shown; borrowed, it outlives the intake.
 * Without one nobody enrols and none was taken back. */
void intake_use_enroll(struct intake *in, struct enroll *enroll);
/* Certificates were taken back: sessions that show one of them end. */
void intake_judge(struct intake *in);
/* Tells the agents, closes. NULL is fine. */
void intake_free(struct intake *in);
/* From the journal's ops: a record is durable (to be acknowledged at committed()). in may be
 * NULL. */
void intake_durable(struct intake *in, const struct journal_record *rec);
void intake_committed(struct intake *in);
const struct intake_stats *intake_stats(const struct intake *in);
/* in may be NULL. */
struct intake_conduct intake_conduct(const struct intake *in, const struct node *n);
/* The port that is listened at, for tests that let the kernel choose. */
int intake_listener(const struct intake *in); /* its socket, for handover_offer() */
unsigned intake_port(const struct intake *in);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool: the records that the collector has not acknowledged, on disk, and the series they name. */
#ifndef AGENT_SPOOL_H
#define AGENT_SPOOL_H

#include <stdint.h>

#include "zw/err.h"
#include "zw/metric.h"
#include "zw/seglog.h"
#include "zw/worker.h"

struct event_base;
struct spool;

/* Opens DIR/records and DIR/series. Commits run in a thread of the spool's own: a record is
 * written half a second after its making, or when the disk is done with those before. */
int spool_open(struct spool **out, struct event_base *base, const char *dir, uint64_t max_bytes,
    int64_t max_age_ms, struct err *e) __attribute__((warn_unused_result));
void spool_close(struct spool *s);

const uint8_t *spool_stream(const struct spool *s); /* WIRE_STREAM_ID bytes */
uint64_t spool_first(const struct spool *s);	    /* oldest number not acknowledged */
uint64_t spool_next(const struct spool *s);
/* type is a wire_type, data its payload, which must begin with spool_next(). */
void spool_append(struct spool *s, uint8_t type, const void *data, size_t n);
/* All numbers up to this are safe at the collector. A number at or beyond spool_next() moves the
 * numbering beyond it (the collector remembers more than this disk). */
void spool_ack(struct spool *s, uint64_t seq);
/* The record with the lowest number > after that is on disk: 1, 0 if there is none, -1 on error.
 * Cheap when called in ascending order. The data is valid until the next call. */
int spool_read(struct spool *s, uint64_t after, struct seglog_record *rec, struct err *e)
    __attribute__((warn_unused_result));

uint64_t spool_records(const struct spool *s);
uint64_t spool_bytes(const struct spool *s);
uint64_t spool_dropped(const struct spool *s);
/* Damaged places found in it, since and at the opening. */
uint64_t spool_damaged(const struct spool *s);
/* What a power cut would take: bytes in memory only, and for how long the oldest of them (0: none).
 */
uint64_t spool_unwritten(const struct spool *s);
int64_t spool_unwritten_ms(const struct spool *s);
uint64_t spool_durable(const struct spool *s); /* highest number that the disk has said it has */
/* Called (in the loop) when records were thinned or dropped, to tell the collector. May be NULL. */
void spool_on_loss(
    struct spool *s, void (*lost)(void *arg, uint64_t records, bool thinned), void *arg);

/* The series table. A new id is in memory only until a flush; no record may name it before, and
 * spool_series() does not show it. 0: table full. */
uint32_t spool_define(struct spool *s, const struct series_def *def);
/* The id that it has, or 0. */
uint32_t spool_find(const struct spool *s, const struct series_def *def);
/* Makes all new ids durable, together: it waits for the disk, so many are defined before one flush.
 * -1 and the reason: they wait on. */
int spool_flush_series(struct spool *s, struct err *e) __attribute__((warn_unused_result));
/* The id-th definition, from 1, as it is encoded (borrowed); NULL past the last. */
const uint8_t *spool_series(const struct spool *s, uint32_t id, size_t *n);

#endif

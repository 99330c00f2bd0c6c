/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal: the collector's write-ahead log. What arrives is appended here; when it is durable it
 * is acknowledged and handed to the consumers, in order. Group commit in a thread of its own.
 *
 * A record is what a stream sent, as it was sent. Every segment begins with the marks: the highest
 * number seen of each stream; so the newest segments say what is durable. */
#ifndef COLLECTOR_JOURNAL_H
#define COLLECTOR_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/journal/catalog.h"
#include "zw/err.h"
#include "zw/seglog.h"
#include "zw/wire.h"

struct event_base;
struct journal;

/* Record types are wire types (WIRE_BATCH, WIRE_EVENT) and the marks: per stream its id and the
 * be64 highest number in all segments before. Not for consumers; journal_record_decode() refuses
 * them. */
#define JOURNAL_MARKS 0x80
#define JOURNAL_MAX_STREAMS                                                                        \
	4096 /* remembered; the longest silent one is forgotten for a new one                      \
	      */

/* Streams of the collector's own begin so; no agent may have one. */
#define JOURNAL_OWN_STREAM "zonewatch-"

/* A record of the journal, decoded: 16 bytes stream, be64 recv_ms, u8 length and bytes of the
 * identity (the node that sent it), then the payload as it came. */
struct journal_record {
	uint64_t lsn;
	uint8_t type;
	const uint8_t *stream; /* WIRE_STREAM_ID bytes */
	int64_t recv_ms;       /* collector's wall clock at its arrival */
	char sender[NAME_MAX_NODE + 1];
	const uint8_t *payload;
	size_t len;
};

int journal_record_decode(const struct seglog_record *rec, struct journal_record *out,
    struct err *e) __attribute__((warn_unused_result));

struct journal_ops {
	/* In the loop, for each record in order, when it is durable; journal_last() and
	 * journal_durable_seq() know it already. It may append, but not close. */
	void (*durable)(void *arg, const struct journal_record *rec);
	/* After the last durable() of a commit. */
	void (*committed)(void *arg, uint64_t lsn);
	/* A write failed: nothing may be acknowledged any more; the program ends and recovers. */
	void (*failed)(void *arg, const char *why);
};

/* Opens DIR/journal and DIR/catalog. */
int journal_open(struct journal **out, struct event_base *base, const char *dir,
    const struct journal_ops *ops, void *arg, struct err *e) __attribute__((warn_unused_result));
/* Commits what awaits (durable() is called for it), then closes. NULL is fine. */
void journal_close(struct journal *j);

struct catalog *journal_catalog(struct journal *j);
/* The highest durable number of a stream; 0: none. */
uint64_t journal_durable_seq(const struct journal *j, const uint8_t stream[WIRE_STREAM_ID]);
/* Appends; a commit follows by itself in this loop turn or after the one under way. Returns false
 * when too much awaits (the caller pauses reading until committed()), or when the journal failed;
 * the record is then not taken. A number not above the highest that the stream has appended is
 * taken and dropped: durable() is or was called for its first coming. */
bool journal_append(struct journal *j, uint8_t type, const uint8_t stream[WIRE_STREAM_ID],
    const char *sender, int64_t recv_ms, uint64_t seq, const void *payload, size_t n);

uint64_t journal_first(const struct journal *j);
uint64_t journal_last(const struct journal *j); /* highest durable LSN */
uint64_t journal_bytes(const struct journal *j);
uint64_t journal_damage(const struct journal *j);
/* Since when nothing could be written for want of space, monotonic ms; 0: it can. What is appended
 * meanwhile is not durable, and so not judged. */
int64_t journal_stuck_ms(const struct journal *j);
/* Consumers: nothing up to this LSN is needed any more by the named one. The journal is trimmed to
 * the least of "store", "alert" and all others that were ever named; so not before both have said
 * something. An LSN above the journal's last is remembered from a journal that is gone or lost its
 * end: then the numbering goes on well above it, since the other consumers may remember more. */
void journal_release(struct journal *j, const char *consumer, uint64_t lsn);
/* The log's directory, for readers. */
const char *journal_dir(const struct journal *j);

#endif

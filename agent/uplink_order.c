/* SPDX-License-Identifier: GPL-3.0-or-later */
/* uplink_order: what is sent in a session, and when.
 *
 * Everything numbered goes in order, each once, at most a window of it unacknowledged. The next in
 * order comes from the disk until that has no more, then from the tail: copies of the newest
 * records, which may not be on disk yet. A record that must wait there is sent at once as well,
 * marked live. `gap` is the newest number that is in neither place for sure: not in the tail, and
 * perhaps not committed. The disk is not left before it was passed. */
#include <stdlib.h>

#include "agent/uplink_int.h"
#include "zw/clock.h"

#define UPLINK_COMMIT_MS 200		/* look again for a record that is being committed */
#define UPLINK_OUTPUT_HIGH (256 * 1024) /* unsent bytes above which nothing is added */

/* Numbers up to this must be found on disk, if the tail let go of any. */
static void
must_read(struct uplink *u, uint64_t seq)
{
	if (seq == 0)
		return;
	u->gap = seq;
	u->disk = true;
}

/* Whether one more numbered frame may be on its way. */
static bool
has_room(const struct uplink *u)
{
	return u->conn != NULL && u->state == UPLINK_UP && u->ring_n < u->window_frames &&
	       u->ring_bytes < u->window_bytes && conn_unsent(u->conn) < UPLINK_OUTPUT_HIGH;
}

/* Whether the collector knows every series that a record of now may name. */
static bool
all_defined(const struct uplink *u)
{
	size_t n;

	return u->state == UPLINK_UP && spool_series(u->spool, u->next_define, &n) == NULL;
}

/* Send the next in order. */
static int
send_in_order(struct uplink *u, uint8_t type, uint64_t seq, const void *data, size_t n)
{
	unsigned at = (u->ring_first + u->ring_n) % UPLINK_WINDOW_MAX;

	if (conn_send(u->conn, type, 0, data, n) == -1)
		return -1;
	u->ring[at] = (struct uplink_unacked){ .seq = seq, .bytes = WIRE_HEADER + n };
	u->ring_n++;
	u->ring_bytes += WIRE_HEADER + n;
	u->sent = seq;
	return 0;
}

/* Show a batch ahead of its turn. */
static void
send_live(struct uplink *u, const struct copy *c)
{
	if (c->type == WIRE_BATCH && all_defined(u) && conn_unsent(u->conn) < UPLINK_OUTPUT_HIGH)
		(void)conn_send(u->conn, c->type, WIRE_FLAG_LIVE, c->data, c->len);
}

/* Send definitions as long as there is room; true when all are sent. */
static bool
send_defines(struct uplink *u)
{
	const uint8_t *def;
	size_t n;
	bool first = u->next_define == 1;

	while ((def = spool_series(u->spool, u->next_define, &n)) != NULL) {
		if (conn_unsent(u->conn) >= UPLINK_OUTPUT_HIGH)
			return false;
		if (conn_send(u->conn, WIRE_DEFINE, 0, def, n) == -1)
			return false;
		u->next_define++;
		first = true;
	}
	/* A backlog may take a while; the newest is of interest now. */
	if (first && u->newest != NULL && u->newest->seq > u->sent &&
	    spool_first(u->spool) < u->newest->seq)
		send_live(u, u->newest);
	return true;
}

/* The next record on disk: 1, 0 if the disk has no more before the tail, -1 to wait. */
static int
next_on_disk(struct uplink *u, struct seglog_record *rec)
{
	const struct copy *first = tail_first(&u->tail);
	struct err e;
	unsigned held;
	int got = spool_read(u->spool, u->sent, rec, &e);

	if (got == -1) {
		if (log_throttle_pass(&u->spool_throttle, clock_mono_ms(), &held))
			log_warnx("uplink", "cannot read the spool: %s", e.msg);
		return -1;
	}
	if (got == 1 && (first == NULL || rec->lsn < first->seq))
		return 1;
	if (got == 0 && u->gap > u->sent && u->gap >= spool_first(u->spool))
		return -1; /* it is being committed */
	u->disk = false;
	return 0;
}

/* Look again when a record may have been committed. */
static void
wait_for_commit(struct uplink *u)
{
	struct timeval tv = clock_timeval(UPLINK_COMMIT_MS);

	evtimer_add(u->retry, &tv);
}

/* Definitions, then records in order. */
void
uplink_order_pump(struct uplink *u)
{
	struct seglog_record rec;

	if (u->state != UPLINK_UP || !send_defines(u))
		return;
	while (has_room(u)) {
		int got = u->disk ? next_on_disk(u, &rec) : 0;
		struct copy *c = tail_first(&u->tail);
		if (got == -1) {
			wait_for_commit(u);
			return;
		}
		if (got == 1) {
			if (send_in_order(u, rec.type, rec.lsn, rec.data, rec.len) == -1)
				return;
		} else if (c != NULL) {
			if (send_in_order(u, c->type, c->seq, c->data, c->len) == -1)
				return;
			tail_pop(&u->tail);
		} else {
			return;
		}
	}
}

/* What was being committed may be there now. */
void
uplink_order_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	uplink_order_pump(arg);
}

/* A new record: in order if it is its turn, else live now and in order later. */
void
uplink_record(struct uplink *u, uint8_t type, uint64_t seq, const void *data, size_t n)
{
	struct copy *c = copy_new(type, seq, data, n);
	bool in_order = !u->disk && tail_first(&u->tail) == NULL && all_defined(u) && has_room(u);

	u->last = seq;
	if (type == WIRE_BATCH) {
		free(u->newest);
		u->newest = copy_new(type, seq, data, n);
	}
	if (u->state == UPLINK_UP && !in_order) {
		send_live(u, c);
		if (u->state == UPLINK_UP) {
			must_read(u, tail_push(&u->tail, c));
			uplink_order_pump(u);
			return;
		}
	}
	if (!in_order || send_in_order(u, type, seq, data, n) == -1) {
		must_read(u, seq);
	}
	free(c);
}

/* A new series: its definition goes before its first batch. */
void
uplink_defined(struct uplink *u, uint32_t id)
{
	if (u->next_define <= id)
		uplink_order_pump(u);
}

/* The disk has what follows, and the newest numbers perhaps soon. */
void
uplink_order_begin(struct uplink *u, uint64_t durable, unsigned frames, size_t bytes)
{
	u->window_frames = frames < UPLINK_WINDOW_MAX ? frames : UPLINK_WINDOW_MAX;
	u->window_bytes = bytes;
	u->sent = durable;
	u->disk = true;
	u->next_define = 1;
}

/* What was sent need not be on disk yet either. */
void
uplink_order_end(struct uplink *u)
{
	u->ring_first = u->ring_n = 0;
	u->ring_bytes = 0;
	tail_clear(&u->tail);
	must_read(u, u->last);
	evtimer_del(u->retry);
}

/* It leaves the window. */
void
uplink_order_acked(struct uplink *u, uint64_t seq)
{
	while (u->ring_n > 0 && u->ring[u->ring_first].seq <= seq) {
		u->ring_bytes -= u->ring[u->ring_first].bytes;
		u->ring_first = (u->ring_first + 1) % UPLINK_WINDOW_MAX;
		u->ring_n--;
	}
}

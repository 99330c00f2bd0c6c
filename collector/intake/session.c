/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session: one agent's connection. What an agent does wrong as such ends its session; what is
 * wrong with a record is answered by an error, and an empty batch with its number goes into the
 * journal in its place: so the number becomes durable, is acknowledged in its turn, and does not
 * come again for ever. A series that cannot be defined is left out, not the agent that has it. */
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/intake/gate.h"
#include "collector/intake/session.h"
#include "zw/alloc.h"
#include "zw/batch.h"
#include "zw/clock.h"

#define SESSION_HANDSHAKE_MS 10000
#define SESSION_IDLE_MS 25000 /* agents ping every 10 s */
#define SESSION_OUTPUT_MAX (256 * 1024)
#define SESSION_GREETING_MAX 4 /* connections of an identity before their hello */
#define SESSION_WINDOW_FRAMES 256
#define SESSION_WINDOW_BYTES (1024 * 1024)
/* What one agent may send: enough to drain a day's backlog in a minute. A frame costs something
 * whatever its size, so that tiny ones cannot fill the loop; one that is rare costs more. */
#define SESSION_RATE (8 * 1024 * 1024)
#define SESSION_BURST (32 * 1024 * 1024)
#define SESSION_FRAME_COST 2048
#define SESSION_DEFINE_COST 4096
#define SESSION_EVENT_COST 8192

/* Who this is, for logs. */
const char *
session_name(const struct session *s)
{
	return s->nnodes > 0 ? s->nodes[0]->name : conn_peer_name(s->conn);
}

/* How its node behaves. */
struct conduct *
session_conduct(const struct session *s)
{
	return s->nnodes > 0 ? &s->in->conducts[s->nodes[0]->index] : NULL;
}

/* Something of it is refused: it is held against its node. */
void
session_blame(const struct session *s)
{
	struct conduct *c = session_conduct(s);

	if (c != NULL)
		c->refused++;
}

/* Tell of a coming or going; one who does it all the time does not fill the log. */
static void
session_tell(const struct session *s, const char *what, const char *why)
{
	unsigned held;

	if (!log_throttle_pass(&s->in->talk[s->nodes[0]->index], clock_mono_ms(), &held))
		return;
	if (held > 0)
		log_info("intake", "%s came and went; %u lines of it are left out", session_name(s),
		    held);
	log_info("intake", "%s is %s %s", session_name(s), what, why);
}

/* Tell of one who is not let in. */
static void
session_tell_refusal(const struct session *s, const char *why)
{
	const char *at = conn_peer_name(s->conn);
	char more[40] = "";
	unsigned held = 0;

	if (!refusals_pass(
		&s->in->refusals, &s->source, sizeof s->source, why, clock_mono_ms(), &held))
		return;
	if (held > 0 && str_format(more, sizeof more, " (%u more before)", held) == -1)
		more[0] = '\0';
	if (s->nnodes > 0)
		log_warnx("intake", "%s at %s is refused: %s%s", s->nodes[0]->name, at, why, more);
	else
		log_warnx("intake", "%s is not let in: %s%s", at, why, more);
}

/* Refuse and close. */
void
session_refuse(struct session *s, enum wire_error_code code, const char *text)
{
	struct wire_error m = { .code = (uint8_t)code };
	struct buf b = { 0 };

	if (s->state == SESSION_OVER)
		return;
	if (code != WIRE_E_REPLACED) {
		session_tell_refusal(s, text);
		session_blame(s);
	}
	if (s->state != SESSION_OPEN)
		s->in->stats.refused++;
	session_leave(s);
	s->state = SESSION_OVER;
	str_copy(m.text, sizeof m.text, text);
	wire_error_encode(&b, &m);
	if (conn_send(s->conn, WIRE_ERROR, 0, b.data, b.len) == 0)
		conn_close(s->conn, text);
	buf_free(&b);
}

/* Stop or go on reading, if no other reason to stop is left. */
void
session_pause(struct session *s, unsigned why, bool on)
{
	s->paused = on ? s->paused | why : s->paused & ~why;
	if (s->conn != NULL)
		conn_pause(s->conn, s->paused != 0);
}

/* Refill the bucket. */
void
session_refill(struct session *s, int64_t now_ms)
{
	struct conduct *c = session_conduct(s);

	if (c != NULL && (s->paused & PAUSE_RATE))
		c->limited_ms += (uint64_t)(now_ms - s->tokens_ms);
	s->tokens += (now_ms - s->tokens_ms) * (SESSION_RATE / 1000);
	if (s->tokens > SESSION_BURST)
		s->tokens = SESSION_BURST;
	s->tokens_ms = now_ms;
	if ((s->paused & PAUSE_RATE) && s->tokens > SESSION_RATE / 8)
		session_pause(s, PAUSE_RATE, false);
}

/* Tell the agent what is durable. */
void
session_acknowledge(struct session *s)
{
	struct buf b = { 0 };

	if (!s->ack_due || s->stream == NULL || s->state != SESSION_OPEN)
		return;
	s->ack_due = false;
	wire_ack_encode(&b, journal_durable_seq(s->in->journal, s->stream->id));
	(void)conn_send(s->conn, WIRE_ACK, 0, b.data, b.len);
	buf_free(&b);
}

/* Give a record to the journal, or hold it and everybody until there is room. */
static void
session_append(struct session *s, uint8_t type, uint64_t seq, const void *p, size_t n)
{
	struct intake *in = s->in;

	if (!in->journal_full && journal_append(in->journal, type, s->stream->id, s->nodes[0]->name,
				     clock_latest_ms(), seq, p, n)) {
		s->stream->appended = seq;
		return;
	}
	s->held_type = type;
	s->held_seq = seq;
	buf_clear(&s->held);
	buf_put(&s->held, p, n);
	in->journal_full = true;
	struct session *other;
	TAILQ_FOREACH (other, &in->sessions, link)
		session_pause(other, PAUSE_JOURNAL, true);
}

/* There may be room again. */
bool
session_retry(struct session *s)
{
	if (s->held_type == 0 || s->state != SESSION_OPEN)
		return true;
	if (!journal_append(s->in->journal, s->held_type, s->stream->id, s->nodes[0]->name,
		clock_latest_ms(), s->held_seq, s->held.data, s->held.len))
		return false;
	s->stream->appended = s->held_seq;
	s->held_type = 0;
	return true;
}

/* Answer a record by an error, and let an empty batch take its number. */
static void
session_reject(struct session *s, int code, uint64_t seq, const char *text)
{
	struct wire_error m = { .code = (uint8_t)code, .seq = seq };
	struct buf b = { 0 };
	unsigned held;

	s->in->stats.rejected++;
	session_blame(s);
	if (log_throttle_pass(&s->in->reject_throttle, clock_mono_ms(), &held))
		log_warnx("intake", "record %llu of %s is refused: %s (%u more before)",
		    (unsigned long long)seq, session_name(s), text, held);
	str_copy(m.text, sizeof m.text, text);
	wire_error_encode(&b, &m);
	int sent = conn_send(s->conn, WIRE_ERROR, 0, b.data, b.len);
	if (sent == 0) {
		buf_clear(&b);
		batch_begin(&b, seq, clock_latest_ms() / 1000);
		session_append(s, WIRE_BATCH, seq, b.data, b.len);
	}
	buf_free(&b);
}

/* Show a batch. */
static void
session_show(struct session *s, const uint8_t *p, size_t n)
{
	s->in->ops->live(s->in->arg, s->nodes[0]->name, s->stream->id, p, n);
}

/* A batch beside the order: shown, not stored. What is wrong with it is said when its turn comes;
 * one of a clock that is ahead is shown all the same (pipeline.c knows how). */
static void
session_live(struct session *s, const struct gate *g, const uint8_t *p, size_t n)
{
	unsigned values;
	struct err e;
	int code = gate_batch(g, p, n, &values, &e);

	if (code != 0 && code != WIRE_E_TIME)
		return;
	s->in->stats.live++;
	session_show(s, p, n);
}

/* The agent said what time it has. It is compared with a clock that does not jump, so that a step
 * of our own is not taken for one of all agents'. */
static void
session_note_clock(struct session *s, int64_t sent_ms)
{
	int64_t skew_ms = sent_ms - clock_steady_ms();

	if (s->in->by_node[s->nodes[0]->index] == s)
		s->nodes[0]->skew_ms = skew_ms;
}

/* A numbered record, or a live one. */
static void
session_record(struct session *s, const struct wire_header *h, const uint8_t *p)
{
	struct intake *in = s->in;
	struct gate g = {
		.latest_ms = clock_latest_ms() + in->conf->intake.future,
		.nvalues = s->nvalues,
	};
	unsigned values = 0;
	uint64_t seq;
	struct err e;

	if (wire_seq_peek(p, h->length, &seq) == -1 || seq == 0) {
		session_refuse(s, WIRE_E_FRAME, "a record without a number");
		return;
	}
	if (h->type == WIRE_BATCH && (h->flags & WIRE_FLAG_LIVE)) {
		session_live(s, &g, p, h->length);
		return;
	}
	if (seq <= s->stream->appended) {
		in->stats.duplicates++;
		s->ack_due = true;
		if (seq <= journal_durable_seq(in->journal, s->stream->id))
			session_acknowledge(s);
		return;
	}
	int code = h->type == WIRE_BATCH ? gate_batch(&g, p, h->length, &values, &e)
					 : gate_event(&g, p, h->length, &e);
	if (code != 0) {
		if (code == WIRE_E_TIME && h->type == WIRE_BATCH)
			session_show(s, p, h->length);
		session_reject(s, code, seq, e.msg);
		return;
	}
	in->stats.batches += h->type == WIRE_BATCH;
	in->stats.values += values;
	session_append(s, h->type, seq, p, h->length);
	/* While the disk is full nothing becomes durable; alarms must not wait for that. */
	if (h->type == WIRE_BATCH && journal_stuck_ms(in->journal) != 0)
		in->ops->live(in->arg, s->nodes[0]->name, s->stream->id, p, h->length);
}

/* The answer to a hello. */
static void
session_welcome(struct session *s, const struct wire_hello *hello, int64_t recv_ms)
{
	struct wire_welcome m = {
		.durable_seq = journal_durable_seq(s->in->journal, s->stream->id),
		.hello_sent_ms = hello->sent_ms,
		.hello_recv_ms = recv_ms,
		.window_frames = SESSION_WINDOW_FRAMES,
		.window_bytes = SESSION_WINDOW_BYTES,
	};
	struct buf b = { 0 };

	str_copy(m.node, sizeof m.node, s->nodes[0]->name);
	m.sent_ms = clock_wall_ms();
	wire_welcome_encode(&b, &m);
	(void)conn_send(s->conn, WIRE_WELCOME, 0, b.data, b.len);
	buf_free(&b);
}

/* Whether this stream is spoken for by a session that is not ours to replace. */
static bool
session_stream_taken(const struct session *s, const uint8_t id[WIRE_STREAM_ID])
{
	const struct stream *stream = streams_find(s->in->streams, id);

	if (stream == NULL || stream->session == NULL)
		return false;
	for (size_t i = 0; i < s->nnodes; i++)
		if (s->in->by_node[s->nodes[i]->index] == stream->session)
			return false;
	return true;
}

/* The first frame. */
static void
session_hello(struct session *s, const uint8_t *p, size_t n)
{
	int64_t recv_ms = clock_wall_ms();
	struct intake *in = s->in;
	struct wire_hello m;
	char from[192];
	struct err e;

	if (wire_hello_decode(p, n, &m, &e) == -1) {
		session_refuse(s, WIRE_E_FRAME, e.msg);
		return;
	}
	if (session_stream_taken(s, m.stream)) {
		session_refuse(s, WIRE_E_IDENTITY,
		    "another node sends with this spool; a copied machine must begin with an "
		    "empty one");
		return;
	}
	if (memcmp(m.stream, JOURNAL_OWN_STREAM, sizeof JOURNAL_OWN_STREAM - 1) == 0) {
		session_refuse(s, WIRE_E_IDENTITY, "it sends in the collector's own name");
		return;
	}
	if (streams_find(in->streams, m.stream) == NULL &&
	    journal_durable_seq(in->journal, m.stream) == 0 &&
	    !conduct_stream(session_conduct(s), clock_mono_ms())) {
		session_refuse(s, WIRE_E_LIMIT, "it begins with an empty spool too often");
		return;
	}
	session_take_over(s, m.agent);
	s->stream = streams_get(in->streams, m.stream, journal_durable_seq(in->journal, m.stream));
	s->stream->session = s;
	s->state = SESSION_OPEN;
	s->since_ms = clock_mono_ms();
	session_note_clock(s, m.sent_ms);
	s->nvalues = xcalloc(WIRE_MAX_SERIES + 1, 1);
	if (str_format(from, sizeof from, "%s (%s)", conn_peer_name(s->conn), m.agent) == 0)
		session_tell(s, "connected from", from);
	session_welcome(s, &m, recv_ms);
}

/* An agent wants to know whether we live, and our time. */
static void
session_ping(struct session *s, const uint8_t *p, size_t n)
{
	struct wire_ping m;
	struct buf b = { 0 };
	struct err e;

	if (wire_ping_decode(p, n, &m, &e) == -1) {
		session_refuse(s, WIRE_E_FRAME, e.msg);
		return;
	}
	session_note_clock(s, m.sent_ms);
	wire_pong_encode(
	    &b, &(struct wire_pong){ .ping_sent_ms = m.sent_ms, .recv_ms = clock_wall_ms() });
	(void)conn_send(s->conn, WIRE_PONG, 0, b.data, b.len);
	buf_free(&b);
}

/* What a frame costs of what one may send. */
static int64_t
session_cost(const struct wire_header *h)
{
	int64_t cost = h->type == WIRE_EVENT	? SESSION_EVENT_COST
		       : h->type == WIRE_DEFINE ? SESSION_DEFINE_COST
						: SESSION_FRAME_COST;
	return cost + WIRE_HEADER + (int64_t)h->length;
}

/* A frame. */
static void
session_frame(struct conn *c, const struct wire_header *h, const uint8_t *payload, void *arg)
{
	struct session *s = arg;

	(void)c;
	s->in->stats.frames++;
	s->in->stats.bytes += WIRE_HEADER + h->length;
	s->tokens -= session_cost(h);
	if (s->tokens < 0)
		session_pause(s, PAUSE_RATE, true);
	if (s->state == SESSION_GREETING && h->type == WIRE_HELLO)
		session_hello(s, payload, h->length);
	else if (s->state == SESSION_OPEN && h->type == WIRE_DEFINE)
		session_define(s, payload, h->length);
	else if (s->state == SESSION_OPEN && (h->type == WIRE_BATCH || h->type == WIRE_EVENT))
		session_record(s, h, payload);
	else if (s->state == SESSION_OPEN && h->type == WIRE_PING)
		session_ping(s, payload, h->length);
	else if (s->state == SESSION_OPEN && h->type == WIRE_RENEW)
		session_renew(s, payload, h->length);
	else if (s->state == SESSION_ENROLLING)
		session_enroll(s, h, payload);
	else if (s->state != SESSION_OPEN || h->type != WIRE_PONG)
		session_refuse(s, WIRE_E_ORDER, "a frame that is not allowed at this point");
}

/* What came is no frame at all. */
static void
session_malformed(struct conn *c, const char *why, void *arg)
{
	(void)c;
	session_refuse(arg, WIRE_E_FRAME, why);
}

/* Whether there is no room for one more connection of this identity before its hello: all of them
 * together must not take the room of others. */
static bool
session_is_one_too_many(const struct session *s)
{
	const struct session *other;
	unsigned same = 0;

	TAILQ_FOREACH (other, &s->in->sessions, link)
		same += other->state == SESSION_GREETING && other->nnodes > 0 &&
			other->nodes[0] == s->nodes[0];
	return same > SESSION_GREETING_MAX;
}

/* The handshake is done and the certificate good; whose is it? */
static void
session_ready(struct conn *c, void *arg)
{
	struct session *s = arg;
	enum wire_error_code code;
	struct err e;

	s->since_ms = clock_mono_ms();
	if (conn_is_enrolling(c)) {
		session_enroll_begin(s);
		return;
	}
	s->state = SESSION_GREETING;
	s->in->half_open--;
	if (session_identify(s, &code, &e) == -1)
		session_refuse(s, code, e.msg);
	else if (!conduct_visit(session_conduct(s), s->since_ms)) {
		intake_slow(s->in, &s->source);
		session_refuse(s, WIRE_E_LIMIT, "it connects too often");
	} else if (session_is_one_too_many(s)) {
		session_blame(s);
		conn_abort(c, "too many connections of this identity that say no hello");
	}
	intake_admit_waiting(s->in);
}

/* The connection is over. */
static void
session_closed(struct conn *c, const char *why, void *arg)
{
	struct session *s = arg;
	struct intake *in = s->in;

	(void)c;
	if (s->state == SESSION_OPEN)
		session_tell(s, "disconnected:", why);
	else if (s->state != SESSION_OVER) {
		in->stats.refused++;
		session_tell_refusal(s, why);
	}
	if (s->state == SESSION_HANDSHAKE || s->enrolling)
		in->half_open--;
	session_enroll_end(s);
	session_leave(s);
	s->state = SESSION_OVER;
	s->conn = NULL;
	in->stats.connections--;
	TAILQ_REMOVE(&in->sessions, s, link);
	TAILQ_INSERT_TAIL(&in->over, s, link);
	intake_admit_waiting(in);
}

/* A new connection. */
struct session *
session_new(struct intake *in, int fd, const struct source *source)
{
	static const struct conn_ops ops = {
		.ready = session_ready,
		.frame = session_frame,
		.closed = session_closed,
		.malformed = session_malformed,
	};
	static const struct conn_limits limits = {
		.handshake_ms = SESSION_HANDSHAKE_MS,
		.idle_ms = SESSION_IDLE_MS,
		.output_bytes = SESSION_OUTPUT_MAX,
	};
	struct session *s = xcalloc(1, sizeof *s);
	struct err e;

	s->in = in;
	s->source = *source;
	s->since_ms = s->tokens_ms = clock_mono_ms();
	s->tokens = SESSION_BURST;
	s->conn = conn_accept(in->base, in->tls, fd, &ops, s, &limits, &e);
	if (s->conn == NULL) {
		in->stats.refused++;
		free(s);
		return NULL;
	}
	in->half_open++;
	in->stats.connections++;
	in->stats.accepted++;
	TAILQ_INSERT_TAIL(&in->sessions, s, link);
	if (in->journal_full)
		session_pause(s, PAUSE_JOURNAL, true);
	return s;
}

/* One whose connection is closed. */
void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	free(s->nodes);
	tls_identity_clear(&s->id);
	free(s->nvalues);
	buf_free(&s->held);
	free(s);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* uplink: the session with a collector: connects for ever, greets, and takes what comes.
 * uplink_order.c says what is sent when.
 *
 * What the collector says is judged like anything from outside: it can end the session, no more. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/uplink_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define UPLINK_HANDSHAKE_MS 10000
#define UPLINK_WELCOME_MS 10000
#define UPLINK_IDLE_MS 25000
#define UPLINK_PING_MS 10000
#define UPLINK_SETTLED_MS 30000	  /* a session that lasted this long was a good one */
#define UPLINK_COMPLAIN_MS 600000 /* the same complaint once in ten minutes */
#define UPLINK_OUTPUT_MAX (1024 * 1024)
#define UPLINK_SEQ_MAX ((uint64_t)1 << 62) /* a number beyond is no number of ours */

/* Say why there is no session; the same reason again only after a while. */
static void
complain(struct uplink *u, const char *who, const char *why)
{
	char text[sizeof u->complaint];
	int64_t now = clock_mono_ms();

	if (str_format(text, sizeof text, "%s: %s", who, why) == -1)
		text[sizeof text - 1] = '\0';
	if (strcmp(text, u->complaint) == 0 && now - u->complained_ms < UPLINK_COMPLAIN_MS)
		return;
	memcpy(u->complaint, text, sizeof text);
	u->complained_ms = now;
	log_warnx("uplink", "no collector: %s; samples wait on disk", text);
}

/* Arm a timer. */
static void
arm(struct event *timer, int64_t ms)
{
	struct timeval tv = clock_timeval(ms);

	evtimer_add(timer, &tv);
}

/* Tell the collector something that does not wait in any order. */
static void
send_ping(struct uplink *u)
{
	u->ping_ms = clock_wall_ms();
	buf_clear(&u->scratch);
	wire_ping_encode(&u->scratch, &(struct wire_ping){ .sent_ms = u->ping_ms });
	(void)conn_send(u->conn, WIRE_PING, 0, u->scratch.data, u->scratch.len);
}

/* The welcome is late, or it is time for a ping. */
static void
timer_tick(evutil_socket_t fd, short what, void *arg)
{
	struct uplink *u = arg;

	(void)fd, (void)what;
	if (u->state == UPLINK_GREETING) {
		conn_abort(u->conn, "no welcome from the collector");
	} else if (u->state == UPLINK_UP) {
		if (clock_mono_ms() - u->up_ms >= UPLINK_SETTLED_MS)
			dial_settled(u->dial);
		arm(u->timer, UPLINK_PING_MS);
		send_ping(u);
	}
}

/* The connection stands: greet. */
static void
up_ready(struct conn *c, void *arg)
{
	struct uplink *u = arg;
	struct wire_hello m = {
		.first_seq = spool_first(u->spool),
		.next_seq = spool_next(u->spool),
		.step_s = u->o->step_s,
	};

	memcpy(m.stream, spool_stream(u->spool), sizeof m.stream);
	str_copy(m.agent, sizeof m.agent, u->o->program);
	u->state = UPLINK_GREETING;
	arm(u->timer, UPLINK_WELCOME_MS);
	m.sent_ms = u->hello_ms = clock_wall_ms();
	buf_clear(&u->scratch);
	wire_hello_encode(&u->scratch, &m);
	(void)conn_send(c, WIRE_HELLO, 0, u->scratch.data, u->scratch.len);
}

/* All numbers up to seq are safe: forget them here and on disk. */
static void
acknowledged(struct uplink *u, uint64_t seq)
{
	uplink_order_acked(u, seq);
	spool_ack(u->spool, seq);
	if (u->ack != NULL)
		u->ack(u->ack_arg, seq);
}

/* The collector takes us: it says what it has, and what it lets be on its way. */
static int
on_welcome(struct uplink *u, const uint8_t *p, size_t n, struct err *e)
{
	struct wire_welcome m;

	if (wire_welcome_decode(p, n, &m, e) == -1)
		return -1;
	if (m.durable_seq >= UPLINK_SEQ_MAX)
		return err_set(e, "a welcome with an impossible number");
	u->state = UPLINK_UP;
	u->up_ms = clock_mono_ms();
	uplink_order_begin(u, m.durable_seq, m.window_frames, m.window_bytes);
	u->offset = (struct offset){ 0 };
	if (m.hello_sent_ms == u->hello_ms)
		offset_add(&u->offset, u->hello_ms, m.hello_recv_ms, m.sent_ms, clock_wall_ms());
	acknowledged(u, m.durable_seq);
	log_info("uplink", "connected to %s as %s; %llu records wait", conn_peer_name(u->conn),
	    m.node, (unsigned long long)spool_records(u->spool));
	u->complaint[0] = '\0';
	arm(u->timer, UPLINK_PING_MS);
	uplink_order_pump(u);
	return 0;
}

/* All up to a number is safe there. */
static int
on_ack(struct uplink *u, const uint8_t *p, size_t n, struct err *e)
{
	uint64_t seq;

	if (wire_ack_decode(p, n, &seq, e) == -1)
		return -1;
	if (seq > u->sent)
		return err_set(e, "it acknowledges what was not sent");
	acknowledged(u, seq);
	dial_useful(u->dial);
	uplink_order_pump(u);
	return 0;
}

/* What became of a request for a certificate. */
static void
certified(struct uplink *u, const struct wire_certificate *m, const char *why)
{
	feed_certified *done = u->certified;

	u->certified = NULL;
	if (done != NULL)
		done(u->certified_arg, m, why);
}

/* A certificate that was asked for. */
static int
on_certificate(struct uplink *u, const uint8_t *p, size_t n, struct err *e)
{
	struct wire_certificate m;

	if (wire_certificate_decode(p, n, &m, e) == -1)
		return -1;
	certified(u, &m, NULL);
	return 0;
}

/* A refusal: of a record, which is counted and acknowledged in its turn, or of all of us. */
static int
on_error(struct uplink *u, const uint8_t *p, size_t n, struct err *e)
{
	struct wire_error m;
	unsigned held;

	if (wire_error_decode(p, n, &m, e) == -1)
		return -1;
	if (m.code == WIRE_E_ENROLL && u->certified != NULL) {
		certified(u, NULL, m.text);
		return 0;
	}
	if (m.seq == 0) {
		u->replaced = m.code == WIRE_E_REPLACED && u->state == UPLINK_UP;
		return err_set(e, "it says: %s", m.text);
	}
	u->rejected++;
	if (log_throttle_pass(&u->reject_throttle, clock_mono_ms(), &held))
		log_warnx("uplink", "record %llu is refused by the collector: %s (%u more before)",
		    (unsigned long long)m.seq, m.text, held);
	return 0;
}

/* It wants to know whether we live. */
static int
on_ping(struct uplink *u, const uint8_t *p, size_t n, struct err *e)
{
	struct wire_ping m;

	if (wire_ping_decode(p, n, &m, e) == -1)
		return -1;
	buf_clear(&u->scratch);
	wire_pong_encode(&u->scratch,
	    &(struct wire_pong){ .ping_sent_ms = m.sent_ms, .recv_ms = clock_wall_ms() });
	(void)conn_send(u->conn, WIRE_PONG, 0, u->scratch.data, u->scratch.len);
	return 0;
}

/* Our ping's echo: another measurement of its clock. */
static int
on_pong(struct uplink *u, const uint8_t *p, size_t n, struct err *e)
{
	struct wire_pong m;

	if (wire_pong_decode(p, n, &m, e) == -1)
		return -1;
	if (m.ping_sent_ms == u->ping_ms)
		offset_add(&u->offset, u->ping_ms, m.recv_ms, m.recv_ms, clock_wall_ms());
	return 0;
}

/* A frame, if it is one for this moment. */
static void
up_frame(struct conn *c, const struct wire_header *h, const uint8_t *payload, void *arg)
{
	struct uplink *u = arg;
	struct err e;
	int rc;

	if (h->type == WIRE_WELCOME && u->state == UPLINK_GREETING)
		rc = on_welcome(u, payload, h->length, &e);
	else if (h->type == WIRE_ERROR)
		rc = on_error(u, payload, h->length, &e);
	else if (h->type == WIRE_CERTIFICATE && u->certified != NULL)
		rc = on_certificate(u, payload, h->length, &e);
	else if (h->type == WIRE_ACK && u->state == UPLINK_UP)
		rc = on_ack(u, payload, h->length, &e);
	else if (h->type == WIRE_PING && u->state == UPLINK_UP)
		rc = on_ping(u, payload, h->length, &e);
	else if (h->type == WIRE_PONG && u->state == UPLINK_UP)
		rc = on_pong(u, payload, h->length, &e);
	else
		rc = err_set(&e, "%s at the wrong moment", wire_type_name(h->type));
	if (rc == -1)
		conn_abort(c, e.msg); /* does nothing if it is over already */
}

/* The session is over, or there never was one. */
static void
up_closed(struct conn *c, const char *why, void *arg)
{
	struct uplink *u = arg;
	enum uplink_state was = u->state;

	u->state = UPLINK_DOWN;
	u->conn = NULL;
	uplink_order_end(u);
	evtimer_del(u->timer);
	if (u->o->eager)
		dial_settled(u->dial);
	certified(u, NULL, why);
	if (u->renewed) {
		u->renewed = false;
		dial_settled(u->dial);
		dial_again(u->dial);
	} else if (u->replaced) {
		u->replaced = false;
		log_warnx("uplink",
		    "%s took in another agent with our certificate in our place: is this machine "
		    "or its certificate copied? Trying again in %lld s; samples wait on disk",
		    conn_peer_name(c), (long long)(dial_rest(u->dial) / 1000));
	} else if (was == UPLINK_UP) {
		log_warnx("uplink", "lost %s: %s; samples wait on disk", conn_peer_name(c), why);
		dial_again(u->dial);
	} else {
		complain(u, conn_peer_name(c), why);
		dial_next(u->dial);
	}
}

/* There is room in the connection again. */
static void
up_drained(struct conn *c, void *arg)
{
	(void)c;
	uplink_order_pump(arg);
}

static const struct conn_ops up_ops = {
	.ready = up_ready,
	.frame = up_frame,
	.closed = up_closed,
	.drained = up_drained,
};

/* Try an address. */
static void
dial_address(void *arg, const struct sockaddr *sa, unsigned len, const char *host)
{
	static const struct conn_limits limits = {
		.handshake_ms = UPLINK_HANDSHAKE_MS,
		.idle_ms = UPLINK_IDLE_MS,
		.output_bytes = UPLINK_OUTPUT_MAX,
	};
	struct uplink *u = arg;
	struct err e;

	u->conn = conn_connect(u->base, u->o->tls, sa, len, host, &up_ops, u, &limits, &e);
	if (u->conn == NULL) {
		complain(u, host, e.msg);
		dial_next(u->dial);
	} else {
		conn_set_watch(u->conn, u->o->watch);
	}
}

/* A name has no address. */
static void
dial_failed(void *arg, const char *target, const char *why)
{
	complain(arg, target, why);
}

/* Begins to connect at once. */
int
uplink_new(struct uplink **out, struct event_base *base, const struct feed_opts *o,
    struct spool *spool, struct err *e)
{
	static const struct dial_ops ops = { .address = dial_address, .failed = dial_failed };
	struct uplink *u = xcalloc(1, sizeof *u);

	u->o = o;
	u->base = base;
	u->spool = spool;
	u->disk = true;
	u->next_define = 1;
	u->reject_throttle.every_ms = u->spool_throttle.every_ms = 60000;
	tail_init(&u->tail);
	u->timer = evtimer_new(base, timer_tick, u);
	u->retry = evtimer_new(base, uplink_order_retry, u);
	u->dial = dial_new(base, o->collectors, &ops, u);
	if (u->timer == NULL || u->retry == NULL || u->dial == NULL) {
		uplink_free(u);
		return err_set(e, "no timers for the uplink");
	}
	dial_next(u->dial);
	*out = u;
	return 0;
}

/* Takes leave of the collector, if there is one. */
void
uplink_free(struct uplink *u)
{
	if (u == NULL)
		return;
	if (u->conn != NULL)
		conn_finish(u->conn, "stopping");
	dial_free(u->dial);
	if (u->timer != NULL)
		event_free(u->timer);
	if (u->retry != NULL)
		event_free(u->retry);
	tail_clear(&u->tail);
	free(u->newest);
	buf_free(&u->scratch);
	free(u);
}

/* Asks for the next certificate. */
bool
uplink_renew(struct uplink *u, const struct buf *request, feed_certified *done, void *arg)
{
	if (u->state != UPLINK_UP || u->certified != NULL ||
	    conn_send(u->conn, WIRE_RENEW, 0, request->data, request->len) == -1)
		return false;
	u->certified = done;
	u->certified_arg = arg;
	return true;
}

/* Whoever asked is gone. */
void
uplink_forget_renewal(struct uplink *u)
{
	u->certified = NULL;
	u->certified_arg = NULL;
}

/* A new session, by the new certificate. */
void
uplink_renewed(struct uplink *u)
{
	if (u->conn == NULL)
		return; /* the next one is made by it in any case */
	u->renewed = u->state == UPLINK_UP;
	conn_finish(u->conn, "a new certificate");
}

/* What the session knows. */
void
uplink_stats(const struct uplink *u, struct feed_stats *st)
{
	st->connected = u->state == UPLINK_UP;
	st->rejected = u->rejected;
	st->clock_offset_s = st->connected ? offset_best(&u->offset) : NAN;
	st->round_trip_s = st->connected ? offset_delay(&u->offset) : NAN;
}

/* Whom to tell of acknowledgements. */
void
uplink_on_ack(struct uplink *u, void (*ack)(void *arg, uint64_t seq), void *arg)
{
	u->ack = ack;
	u->ack_arg = arg;
}

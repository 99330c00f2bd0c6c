/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session_enroll: certificates over a connection. One of enrolment shows none: it may send one
 * small frame, gets an answer, and is closed; it never is a session, and counts as half open to its
 * end, few at once, so that strangers take no room from agents. A session may ask for its next
 * certificate now and then. */
#include <string.h>

#include "collector/enroll/enroll.h"
#include "collector/intake/session.h"
#include "zw/clock.h"

#define ENROLLING_MAX 16
#define ENROLLING_SOURCE 4
#define ENROLLING_PAYLOAD 8192 /* bytes; more than a request and a token can have */
#define RENEW_EVERY_MS 60000

/* How many connections of enrolment come from where this one does, it included. */
static unsigned
of_source(const struct session *s)
{
	const struct session *other;
	unsigned same = 0;

	TAILQ_FOREACH (other, &s->in->sessions, link)
		same += other->enrolling && other->source.family == s->source.family &&
			memcmp(other->source.addr, s->source.addr, sizeof s->source.addr) == 0;
	return same;
}

void
session_enroll_begin(struct session *s)
{
	s->state = SESSION_ENROLLING;
	s->enrolling = true;
	s->in->enrolling++;
	conn_limit_payload(s->conn, ENROLLING_PAYLOAD);
	if (s->in->enroll == NULL)
		session_refuse(s, WIRE_E_ENROLL, "nobody is enrolled here");
	else if (s->in->enrolling > ENROLLING_MAX || of_source(s) > ENROLLING_SOURCE)
		conn_abort(s->conn, "too many connections that ask for a certificate");
}

void
session_enroll_end(struct session *s)
{
	if (s->ticket != 0)
		enroll_forget(s->in->enroll, s->ticket);
	s->ticket = 0;
	if (s->enrolling)
		s->in->enrolling--;
	s->enrolling = false;
}

/* The answer's frame: whether it could be sent. */
static bool
send_certificate(struct session *s, const struct buf *leaf, const struct buf *authority)
{
	struct wire_certificate m = { .leaf = leaf->data,
		.nleaf = leaf->len,
		.authority = authority->data,
		.nauthority = authority->len };
	struct buf b = { 0 };

	wire_certificate_encode(&b, &m);
	bool sent = b.len <= WIRE_MAX_PAYLOAD &&
		    conn_send(s->conn, WIRE_CERTIFICATE, 0, b.data, b.len) == 0;
	buf_free(&b);
	return sent;
}

/* A stranger gets its certificate, or the reason. */
static void
on_enrolled(void *arg, const struct buf *leaf, const struct buf *authority, const char *why)
{
	struct session *s = arg;

	s->ticket = 0;
	if (leaf == NULL) {
		session_refuse(s, WIRE_E_ENROLL, why);
		return;
	}
	if (!send_certificate(s, leaf, authority))
		return; /* it is closed, or its deadline closes it */
	s->state = SESSION_OVER;
	conn_close(s->conn, "it has its certificate");
}

void
session_enroll(struct session *s, const struct wire_header *h, const uint8_t *p)
{
	struct wire_enroll m;
	struct err e;

	if (h->type != WIRE_ENROLL || s->ticket != 0) {
		session_refuse(s, WIRE_E_ORDER, "a frame that is not allowed at this point");
		return;
	}
	if (wire_enroll_decode(p, h->length, &m, &e) == -1) {
		session_refuse(s, WIRE_E_FRAME, e.msg);
	} else {
		s->since_ms = clock_mono_ms();
		s->ticket =
		    enroll_by_token(s->in->enroll, &m, conn_peer_name(s->conn), on_enrolled, s);
	}
	explicit_bzero(m.token, sizeof m.token);
}

/* A session's request is refused; it goes on. */
static void
refuse_renewal(struct session *s, const char *why)
{
	struct wire_error m = { .code = WIRE_E_ENROLL };
	struct buf b = { 0 };

	(void)str_copy(m.text, sizeof m.text, why);
	wire_error_encode(&b, &m);
	(void)conn_send(s->conn, WIRE_ERROR, 0, b.data, b.len);
	buf_free(&b);
}

/* A session gets its next certificate, or the reason. */
static void
on_renewed(void *arg, const struct buf *leaf, const struct buf *authority, const char *why)
{
	struct session *s = arg;

	s->ticket = 0;
	if (s->state != SESSION_OPEN)
		return;
	if (leaf == NULL)
		refuse_renewal(s, why);
	else if (!send_certificate(s, leaf, authority) && s->state == SESSION_OPEN)
		refuse_renewal(s, "the certificate fits no frame");
}

void
session_renew(struct session *s, const uint8_t *p, size_t n)
{
	int64_t now = clock_mono_ms();

	if (n == 0 || n > WIRE_MAX_REQUEST) {
		session_refuse(s, WIRE_E_FRAME, "a request that is empty, or too long");
	} else if (s->in->enroll == NULL) {
		refuse_renewal(s, "no certificates are given out here");
	} else if (s->ticket != 0 || (s->asked_ms != 0 && now - s->asked_ms < RENEW_EVERY_MS)) {
		refuse_renewal(s, "at most one renewal a minute");
	} else if (!conduct_renewal(session_conduct(s), now)) {
		session_blame(s); /* a minute is a session's, and sessions are cheap */
		refuse_renewal(s, "too many renewals of this node; try again in an hour");
	} else {
		s->asked_ms = now;
		s->ticket = enroll_renew(s->in->enroll, &s->id, &s->facts, p, n, on_renewed, s);
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enroll_ask: a connection of enrolment. The collector is known by the digest of its authority and
 * by its name alone; nothing is sent before both were verified. All addresses of the name are tried
 * in turn; the first that answers, well or not, decides. */
#include <netdb.h>
#include <string.h>

#include <event2/event.h>

#include "agent/enroll_ask.h"
#include "zw/conn.h"
#include "zw/str.h"

#define ASK_HANDSHAKE_MS 10000
#define ASK_ANSWER_MS 30000 /* a signature takes the collector a process of its own */
#define ASK_OUTPUT_MAX 65536

struct asking {
	const struct enroll_question *q;
	const struct buf *request;
	struct buf *leaf;
	struct buf *authority;
	struct event_base *base;
	struct conn *conn; /* NULL when it is over */
	struct err *e;
	enum enroll_result result;
	bool greeted; /* the collector is verified, and the question sent */
	bool over;
};

/* It is decided. */
static void
decide(struct asking *a, enum enroll_result result)
{
	if (!a->over)
		a->result = result;
	a->over = true;
	event_base_loopbreak(a->base);
}

/* The collector is who it must be: ask. */
static void
ask_ready(struct conn *c, void *arg)
{
	struct asking *a = arg;
	struct wire_enroll m = { .request = a->request->data, .nrequest = a->request->len };
	struct buf b = { 0 };

	if (!conn_is_enrolling(c)) {
		err_set(a->e,
		    "the collector at %s takes in nobody now: it has no invitation that is open. "
		    "They end after a day; make a new one there: zonewatchctl agent invite NAME",
		    a->q->collector);
		decide(a, ENROLL_REFUSED);
		return;
	}
	str_copy(m.token, sizeof m.token, a->q->token);
	str_copy(m.agent, sizeof m.agent, a->q->program);
	wire_enroll_encode(&b, &m);
	a->greeted = conn_send(c, WIRE_ENROLL, 0, b.data, b.len) == 0;
	explicit_bzero(&m, sizeof m);
	explicit_bzero(b.data, b.len);
	buf_free(&b);
}

/* A certificate: its authority must be the one that we know. */
static enum enroll_result
take(struct asking *a, const uint8_t *p, size_t n)
{
	struct wire_certificate m;
	uint8_t digest[DIGEST_SIZE];

	if (wire_certificate_decode(p, n, &m, a->e) == -1)
		return ENROLL_UNTRUSTED;
	digest_make(m.authority, m.nauthority, digest);
	if (!digest_equal(digest, a->q->ca_digest)) {
		err_set(a->e,
		    "the collector at %s sent another authority than the one with the hash of the "
		    "invitation; nothing was installed",
		    a->q->collector);
		return ENROLL_UNTRUSTED;
	}
	buf_put(a->leaf, m.leaf, m.nleaf);
	buf_put(a->authority, m.authority, m.nauthority);
	return ENROLL_DONE;
}

/* The answer. */
static void
ask_frame(struct conn *c, const struct wire_header *h, const uint8_t *payload, void *arg)
{
	struct asking *a = arg;
	struct wire_error m;
	struct err e;

	(void)c;
	if (h->type == WIRE_CERTIFICATE && a->greeted) {
		decide(a, take(a, payload, h->length));
	} else if (h->type == WIRE_ERROR && wire_error_decode(payload, h->length, &m, &e) == 0) {
		err_set(a->e, "the collector at %s refuses: %s", a->q->collector, m.text);
		decide(a, ENROLL_REFUSED);
	} else {
		err_set(a->e, "the collector at %s sent a %s frame, which is no answer",
		    a->q->collector, wire_type_name(h->type));
		decide(a, ENROLL_UNTRUSTED);
	}
}

/* It ended without an answer. */
static void
ask_closed(struct conn *c, const char *why, void *arg)
{
	struct asking *a = arg;

	a->conn = NULL;
	if (a->over)
		return;
	if (!conn_reached(c)) {
		err_set(a->e,
		    "%s (%s) cannot be reached: %s. Does the collector run, and may this machine "
		    "go to that port?",
		    a->q->collector, conn_peer_name(c), why);
		decide(a, ENROLL_UNREACHABLE);
	} else if (!a->greeted) {
		err_set(a->e,
		    "who answers at %s (%s) is not to be trusted: %s. The token was not sent",
		    a->q->collector, conn_peer_name(c), why);
		decide(a, ENROLL_UNTRUSTED);
	} else {
		err_set(a->e,
		    "the collector at %s did not answer: %s. The same line can be run "
		    "again",
		    a->q->collector, why);
		decide(a, ENROLL_UNREACHABLE);
	}
}

/* One address; false: nobody is there, and the next may be tried. */
static bool
try_address(struct asking *a, struct tls *tls, const struct addrinfo *ai, const char *host)
{
	static const struct conn_ops ops = {
		.ready = ask_ready, .frame = ask_frame, .closed = ask_closed
	};
	static const struct conn_limits limits = {
		.handshake_ms = ASK_HANDSHAKE_MS,
		.idle_ms = ASK_ANSWER_MS,
		.output_bytes = ASK_OUTPUT_MAX,
	};
	struct err why;

	a->over = false;
	a->conn =
	    conn_connect(a->base, tls, ai->ai_addr, ai->ai_addrlen, host, &ops, a, &limits, &why);
	if (a->conn == NULL) {
		err_set(a->e, "%s cannot be reached: %s", a->q->collector, why.msg);
		a->result = ENROLL_UNREACHABLE;
		return false;
	}
	while (!a->over && event_base_dispatch(a->base) == 0)
		;
	if (a->conn != NULL)
		conn_finish(a->conn, "done");
	return a->result != ENROLL_UNREACHABLE || a->greeted;
}

/* Every address of the name. */
static void
try_addresses(struct asking *a, struct tls *tls)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	char host[256], port[8];

	a->result = ENROLL_HERE;
	if (conn_split_address(a->q->collector, host, port, a->e) == -1)
		return;
	int rc = getaddrinfo(host, port, &hints, &list);
	a->result = ENROLL_UNREACHABLE;
	if (rc != 0)
		err_set(a->e, "the name %s has no address: %s", host, gai_strerror(rc));
	else
		for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
			if (try_address(a, tls, ai, host))
				break;
	if (list != NULL)
		freeaddrinfo(list);
}

/* Ask, and wait for the answer. */
enum enroll_result
enroll_ask(const struct enroll_question *q, const struct buf *request, struct buf *leaf,
    struct buf *authority, struct err *e)
{
	struct asking a = { .q = q, .request = request, .leaf = leaf, .authority = authority };
	struct tls *tls = NULL;

	a.e = e;
	a.base = event_base_new();
	a.result = ENROLL_HERE;
	if (a.base == NULL)
		err_set(e, "cannot make an event loop");
	else if (tls_enroll_new(&tls, q->ca_digest, e) == 0)
		try_addresses(&a, tls);
	if (a.base != NULL) {
		/* What libevent still holds of a connection goes with its last callback. */
		event_base_loop(a.base, EVLOOP_NONBLOCK);
		event_base_free(a.base);
	}
	tls_free(tls);
	return a.result;
}

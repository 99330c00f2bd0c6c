/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio_peer: one agent: net-snmp's single-session API on a socket of its own, which is an event
 * of the loop, and a timer for the retries. An SNMPv3 peer's engine ID is asked for by a message of
 * our own (RFC 3414, section 4; net-snmp's way blocks until it times out); what is sent meanwhile
 * waits. It is learnt anew when the agent says that it has another. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/gateway/snmpio_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

/* net-snmp's callback of what fits no request, forged messages among it: never believed. */
static int
on_stray(int op, netsnmp_session *s, int reqid, netsnmp_pdu *pdu, void *magic)
{
	(void)op;
	(void)s;
	(void)reqid;
	(void)pdu;
	(void)magic;
	return 1;
}

/* Let the timer run when the first request may time out. It is late for requests that were answered
 * and then finds nothing to do, which is cheaper than to move it with each. */
static void
arm(struct snmpio_peer *p)
{
	struct timeval tv = { 0 };
	int n = 0, block = 1;

	if (evtimer_pending(p->timer, NULL))
		return;
	snmp_sess_select_info2_flags(
	    p->session, &n, &p->io->fds, &tv, &block, NETSNMP_SELECT_NOALARMS);
	if (p->udp.fd != -1)
		netsnmp_large_fd_clr(p->udp.fd, &p->io->fds);
	if (block)
		return;
	tv.tv_usec += 1000; /* it looks for what is over, not what is due */
	tv.tv_sec += tv.tv_usec / 1000000;
	tv.tv_usec %= 1000000;
	evtimer_add(p->timer, &tv);
}

/* Encode and send one PDU of the request: 0, or -1. */
static int
transmit(struct snmpio_peer *p, struct snmpio_request *r, netsnmp_pdu *pdu)
{
	int id;

	if (p->user != NULL)
		snmpio_usm_enter(p->user);
	p->sending = true;
	r->sent_us = clock_mono_us();
	id = snmp_sess_async_send(p->session, pdu, snmpio_answer_take, r);
	p->sending = false;
	if (id == 0) {
		snmp_free_pdu(pdu);
		return -1;
	}
	r->msgid = pdu->msgid;
	r->pdu = pdu;
	if (r != &p->probe)
		snmpio_request_set(r, SNMPIO_SENT);
	arm(p);
	return 0;
}

/* Ask for the engine ID: an empty GET of nobody. */
static void
probe(struct snmpio_peer *p)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);

	if (pdu == NULL)
		fatalx("snmp", "out of memory");
	pdu->version = SNMP_VERSION_3;
	pdu->securityName = xstrdup("");
	pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
	pdu->securityModel = SNMP_SEC_MODEL_USM;
	p->probing = true;
	if (transmit(p, &p->probe, pdu) == -1) {
		p->probing = false;
		snmpio_answer_fail_waiting(
		    p, SNMPIO_LOCAL, "the question for the engine ID cannot be sent");
	}
}

void
snmpio_peer_pump(struct snmpio_peer *p)
{
	struct snmpio_request *r = TAILQ_FIRST(&p->requests);

	while (r != NULL && p->nwaiting > 0) {
		struct snmpio_request *next = TAILQ_NEXT(r, entry);
		if (r->state == SNMPIO_WAITING && p->version == SNMPIO_V3 && p->user == NULL) {
			if (!p->probing)
				probe(p);
			return;
		}
		if (r->state == SNMPIO_WAITING &&
		    transmit(p, r, snmpio_pdu_make(r, p->version == SNMPIO_V1)) == -1)
			snmpio_request_fail(r, SNMPIO_LOCAL, "the request cannot be encoded");
		r = next;
	}
}

/* A packet came, or an ICMP error. One packet a turn, so that no peer holds the loop. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct snmpio_peer *p = arg;
	struct snmpio *io = p->io;

	(void)what;
	if (p->user != NULL)
		snmpio_usm_enter(p->user);
	p->heard = p->udp.got = false;
	netsnmp_large_fd_setfd(fd, &io->fds);
	snmp_sess_read2(p->session, &io->fds);
	netsnmp_large_fd_clr(fd, &io->fds);
	if (p->udp.got && !p->heard)
		io->stats.refused++;
	if (p->moved_len > 0)
		snmpio_answer_move(p);
	snmpio_peer_pump(p);
	snmpio_request_flush(io);
}

/* Something is due to be sent again, or over. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct snmpio_peer *p = arg;
	struct snmpio *io = p->io;

	(void)fd;
	(void)what;
	if (p->user != NULL)
		snmpio_usm_enter(p->user);
	snmp_sess_timeout(p->session);
	snmpio_peer_pump(p);
	arm(p);
	snmpio_request_flush(io);
}

/* Whether the peer may be spoken to by this credential; computes the keys. */
static int
check(struct snmpio_peer *p, const struct snmpio_credential *c, struct err *e)
{
	p->version = c->version;
	if (c->version != SNMPIO_V3) {
		if (c->community == NULL || c->community[0] == '\0' ||
		    strlen(c->community) > COMMUNITY_MAX_LEN)
			return err_set(e, "a community has 1 to %d characters", COMMUNITY_MAX_LEN);
		return 0;
	}
	if (c->context != NULL && strlen(c->context) > 255)
		return err_set(e, "a context has at most 255 bytes");
	if (snmpio_usm_keys(&p->keys, p->io, c, e) == -1)
		return -1;
	return str_copy(p->name, sizeof p->name, c->user);
}

/* The session on the open socket, which it takes. net-snmp copies the texts. */
static int
open_session(struct snmpio_peer *p, const struct snmpio_credential *c, int64_t timeout_ms,
    unsigned retries, struct err *e)
{
	static const long versions[] = { [SNMPIO_V1] = SNMP_VERSION_1,
		[SNMPIO_V2C] = SNMP_VERSION_2c,
		[SNMPIO_V3] = SNMP_VERSION_3 };
	char *text = xstrdup(c->version == SNMPIO_V3 ? p->name : c->community);
	char *context = xstrdup(c->context != NULL ? c->context : "");
	netsnmp_session s;

	snmp_sess_init(&s);
	s.version = versions[c->version];
	s.timeout = (long)(timeout_ms * 1000);
	s.retries = (int)retries;
	s.callback = on_stray;
	s.callback_magic = p;
	if (c->version == SNMPIO_V3) {
		s.securityName = text;
		s.securityNameLen = strlen(text);
		s.securityModel = SNMP_SEC_MODEL_USM;
		s.securityLevel = p->keys.level;
		s.contextName = context;
		s.contextNameLen = strlen(context);
	} else {
		s.community = (u_char *)text;
		s.community_len = strlen(text);
	}
	s.flags |= SNMP_FLAGS_DONT_PROBE;
	p->session = snmp_sess_add(&s, snmpio_udp_transport(&p->udp), NULL, snmpio_answer_parsed);
	free(text);
	free(context);
	if (p->session == NULL)
		return err_set(e, "no SNMP session");
	snmp_sess_session(p->session)->flags |= SNMP_FLAGS_DONT_PROBE; /* it was cleared */
	return 0;
}

int
snmpio_peer_new(struct snmpio_peer **out, struct snmpio *io, const struct sockaddr *sa,
    unsigned salen, const struct snmpio_credential *c, int64_t timeout_ms, unsigned retries,
    struct err *e)
{
	struct snmpio_peer *p = xcalloc(1, sizeof *p);

	*out = NULL;
	p->io = io;
	p->udp.fd = -1;
	p->probe.peer = p;
	TAILQ_INIT(&p->requests);
	LIST_INSERT_HEAD(&io->peers, p, link);
	if (timeout_ms < 1 || timeout_ms > 600000 || retries > 100) {
		err_set(e, "its timeout or retries are out of range");
		goto fail;
	}
	if (check(p, c, e) == -1 || snmpio_udp_open(&p->udp, sa, salen, e) == -1 ||
	    open_session(p, c, timeout_ms, retries, e) == -1)
		goto fail;
	p->readable = event_new(io->base, p->udp.fd, EV_READ | EV_PERSIST, on_readable, p);
	p->timer = evtimer_new(io->base, on_timer, p);
	if (p->readable == NULL || p->timer == NULL || event_add(p->readable, NULL) == -1) {
		err_set(e, "no event");
		goto fail;
	}
	*out = p;
	return 0;
fail:
	snmpio_peer_free(p);
	return -1;
}

/* Forget the requests of a queue that are this peer's. */
static void
drop(struct snmpio_peer *p, struct snmpio_requests *queue)
{
	struct snmpio_request *r = TAILQ_FIRST(queue);

	while (r != NULL) {
		struct snmpio_request *next = TAILQ_NEXT(r, entry);
		if (r->peer == p) {
			TAILQ_REMOVE(queue, r, entry);
			p->io->stats.outstanding--;
			snmpio_request_free(r);
		}
		r = next;
	}
}

void
snmpio_peer_free(struct snmpio_peer *p)
{
	if (p == NULL)
		return;
	p->closing = true;
	if (p->readable != NULL)
		event_free(p->readable);
	if (p->timer != NULL)
		event_free(p->timer);
	if (p->session != NULL)
		snmp_sess_close(p->session);
	else if (p->udp.fd != -1)
		close(p->udp.fd);
	drop(p, &p->requests);
	drop(p, &p->io->finished);
	snmpio_usm_free(p->io, p->user);
	LIST_REMOVE(p, link);
	explicit_bzero(&p->keys, sizeof p->keys);
	free(p);
}

size_t
snmpio_peer_engine(const struct snmpio_peer *p, const uint8_t **out)
{
	*out = NULL;
	return p->user != NULL ? snmpio_usm_engine(p->user, out) : 0;
}

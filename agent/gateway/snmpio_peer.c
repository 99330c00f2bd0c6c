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

/* What a timeout means, by what the socket noted. */
static void
timed_out(struct snmpio_request *r)
{
	const struct snmpio_udp *u = &r->peer->udp;

	r->peer->io->stats.timeouts++;
	if (u->unreachable)
		snmpio_request_fail(r, SNMPIO_UNREACHABLE, "");
	else if (u->error != 0)
		snmpio_request_fail(r, SNMPIO_LOCAL, strerror(u->error));
	else
		snmpio_request_fail(r, SNMPIO_TIMEOUT, "");
}

/* End all that waits for the engine ID as the question for it ended. */
static void
fail_waiting(struct snmpio_peer *p, enum snmpio_status s, const char *reason)
{
	struct snmpio_request *r = TAILQ_FIRST(&p->requests);

	while (r != NULL) {
		struct snmpio_request *next = TAILQ_NEXT(r, entry);
		if (r->state == SNMPIO_WAITING)
			snmpio_request_fail(r, s, reason);
		r = next;
	}
}

/* Take an engine ID for the peer's: 0, or -1 when it is none that we may use. */
static int
learn(struct snmpio_peer *p, const uint8_t *id, size_t len, struct err *e)
{
	const struct snmpio *io = p->io;
	netsnmp_session *s = snmp_sess_session(p->session);
	struct snmpio_user *u;

	if (len == io->engine_id_len && memcmp(id, io->engine_id, len) == 0)
		return err_set(e, "its engine ID is our own");
	if (snmpio_usm_new(&u, p->io, id, len, p->name, &p->keys, e) == -1)
		return -1;
	snmpio_usm_free(p->io, p->user);
	p->user = u;
	free(s->securityEngineID);
	free(s->contextEngineID);
	s->securityEngineID = xmemdup(id, len);
	s->contextEngineID = xmemdup(id, len);
	s->securityEngineIDLen = s->contextEngineIDLen = len;
	return 0;
}

/* The answer to the question for the engine ID: any report has it. */
static void
probed(struct snmpio_peer *p, const netsnmp_pdu *pdu)
{
	struct err e;

	p->probing = false;
	if (pdu->command != SNMP_MSG_REPORT)
		fail_waiting(p, SNMPIO_UNKNOWN_ENGINE, "it does not tell its engine ID");
	else if (learn(p, pdu->securityEngineID, pdu->securityEngineIDLen, &e) == -1)
		fail_waiting(p, SNMPIO_UNKNOWN_ENGINE, e.msg);
}

/* Whether the report names another engine than the one that was asked. */
static bool
is_other_engine(const struct snmpio_peer *p, const netsnmp_pdu *pdu)
{
	const uint8_t *id;
	size_t len = p->user != NULL ? snmpio_usm_engine(p->user, &id) : 0;

	return pdu->securityEngineIDLen != len || memcmp(pdu->securityEngineID, id, len) != 0;
}

/* A report ends a request, but for one: the device was replaced. */
static void
reported(struct snmpio_request *r, const netsnmp_pdu *pdu)
{
	struct snmpio_peer *p = r->peer;
	enum snmpio_status s = snmpio_pdu_report(pdu);
	struct err e;

	if (s == SNMPIO_UNKNOWN_ENGINE && !r->rediscovered) {
		r->rediscovered = true;
		if (is_other_engine(p, pdu) &&
		    learn(p, pdu->securityEngineID, pdu->securityEngineIDLen, &e) == -1) {
			snmpio_request_fail(r, s, e.msg);
			return;
		}
		r->state = SNMPIO_WAITING;
		return;
	}
	snmpio_request_fail(r, s, s == SNMPIO_BAD_REPLY ? "it sends an unknown report" : "");
}

/* Whether the answer is by the community that was asked by. */
static bool
same_community(const struct snmpio_peer *p, const netsnmp_pdu *pdu)
{
	const netsnmp_session *s = snmp_sess_session(p->session);

	return p->version == SNMPIO_V3 ||
	       (pdu->community_len == s->community_len &&
		   memcmp(pdu->community, s->community, s->community_len) == 0);
}

/* A message that fits a request: 1 when it ends it. */
static int
received(struct snmpio_request *r, netsnmp_pdu *pdu)
{
	struct snmpio_peer *p = r->peer;

	if ((pdu->command != SNMP_MSG_RESPONSE && pdu->command != SNMP_MSG_REPORT) ||
	    !same_community(p, pdu))
		return 0;
	p->heard = true;
	if (r == &p->probe) {
		probed(p, pdu);
		return 1;
	}
	if (pdu->command == SNMP_MSG_REPORT) {
		reported(r, pdu);
		return 1;
	}
	p->io->stats.replies++;
	r->rtt_us = clock_mono_us() - r->sent_us;
	snmpio_pdu_judge(r, pdu, p->version == SNMPIO_V1);
	snmpio_request_fail(r, r->status, NULL);
	return 1;
}

/* net-snmp's callback of a request. A report comes twice, first as SEC_ERROR; RESEND is a note. No
 * function of its sessions may be called here. */
static int
on_answer(int op, netsnmp_session *s, int reqid, netsnmp_pdu *pdu, void *magic)
{
	struct snmpio_request *r = magic;
	struct snmpio_peer *p = r->peer;

	(void)s;
	(void)reqid;
	if (p->closing || p->sending || op == NETSNMP_CALLBACK_OP_SEC_ERROR)
		return 1;
	if (op == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE)
		return received(r, pdu);
	if (op == NETSNMP_CALLBACK_OP_RESEND) {
		p->heard = true;
		p->io->stats.retries++;
		r->sent_us = clock_mono_us();
		r->msgid = pdu->msgid;
		return 1;
	}
	if (r == &p->probe) {
		p->probing = false;
		fail_waiting(p, p->udp.unreachable ? SNMPIO_UNREACHABLE : SNMPIO_TIMEOUT, "");
		p->io->stats.timeouts++;
		return 1;
	}
	if (op == NETSNMP_CALLBACK_OP_TIMED_OUT)
		timed_out(r);
	else
		snmpio_request_fail(r, SNMPIO_LOCAL, "the request cannot be encoded");
	return 1;
}

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

/* Whether a message answers a request of ours: its ID is random. */
static bool
is_asked(const struct snmpio_peer *p, const netsnmp_pdu *pdu)
{
	const struct snmpio_request *r;

	TAILQ_FOREACH (r, &p->requests, entry)
		if (r->state == SNMPIO_SENT && r->msgid == pdu->msgid)
			return true;
	return false;
}

/* net-snmp's hook after parsing: what it refuses and we want to know of.
 * A message that is authentic and answers a request, but is too old by the clock that we have of
 * the engine, is from a device that lost its clock or its boots: it would not be heard any more
 * until it has caught up. A report that there is no such engine comes from one that we do not know.
 */
static int
on_parsed(netsnmp_session *s, netsnmp_pdu *pdu, int failed)
{
	struct snmpio_peer *p = s->callback_magic;

	if (p->user == NULL || !is_asked(p, pdu))
		return 1;
	if (failed == SNMPERR_USM_NOTINTIMEWINDOW)
		snmpio_usm_resync(p->user);
	if (failed == SNMPERR_USM_UNKNOWNSECURITYNAME && pdu->command == SNMP_MSG_REPORT &&
	    snmpio_pdu_report(pdu) == SNMPIO_UNKNOWN_ENGINE &&
	    pdu->securityEngineIDLen <= sizeof p->moved) {
		p->moved_len = pdu->securityEngineIDLen;
		memcpy(p->moved, pdu->securityEngineID, p->moved_len);
		p->heard = true;
	}
	return 1;
}

/* Give what is under way the new engine ID; the next try has it. */
static void
readdress(struct snmpio_peer *p)
{
	struct snmpio_request *r;

	TAILQ_FOREACH (r, &p->requests, entry) {
		netsnmp_pdu *pdu = r->state == SNMPIO_SENT ? r->pdu : NULL;
		if (pdu == NULL)
			continue;
		free(pdu->securityEngineID);
		free(pdu->contextEngineID);
		pdu->securityEngineID = xmemdup(p->moved, p->moved_len);
		pdu->contextEngineID = xmemdup(p->moved, p->moved_len);
		pdu->securityEngineIDLen = pdu->contextEngineIDLen = p->moved_len;
	}
}

/* The device was replaced, or lost its engine ID. */
static void
move(struct snmpio_peer *p)
{
	if (learn(p, p->moved, p->moved_len, NULL) == 0)
		readdress(p);
	p->moved_len = 0;
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
	id = snmp_sess_async_send(p->session, pdu, on_answer, r);
	p->sending = false;
	if (id == 0) {
		snmp_free_pdu(pdu);
		return -1;
	}
	r->msgid = pdu->msgid;
	r->pdu = pdu;
	r->state = SNMPIO_SENT;
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
		fail_waiting(p, SNMPIO_LOCAL, "the question for the engine ID cannot be sent");
	}
}

void
snmpio_peer_pump(struct snmpio_peer *p)
{
	struct snmpio_request *r = TAILQ_FIRST(&p->requests);

	while (r != NULL) {
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
		move(p);
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
	p->session = snmp_sess_add(&s, snmpio_udp_transport(&p->udp), NULL, on_parsed);
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio_answer: what net-snmp calls back while it reads or looks for timeouts, when none of its
 * sessions may be called: results are noted, to be acted upon when it is left. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/snmpio_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"

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
void
snmpio_answer_fail_waiting(struct snmpio_peer *p, enum snmpio_status s, const char *reason)
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
		snmpio_answer_fail_waiting(
		    p, SNMPIO_UNKNOWN_ENGINE, "it does not tell its engine ID");
	else if (learn(p, pdu->securityEngineID, pdu->securityEngineIDLen, &e) == -1)
		snmpio_answer_fail_waiting(p, SNMPIO_UNKNOWN_ENGINE, e.msg);
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
		snmpio_request_set(r, SNMPIO_WAITING);
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
int
snmpio_answer_take(int op, netsnmp_session *s, int reqid, netsnmp_pdu *pdu, void *magic)
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
		snmpio_answer_fail_waiting(
		    p, p->udp.unreachable ? SNMPIO_UNREACHABLE : SNMPIO_TIMEOUT, "");
		p->io->stats.timeouts++;
		return 1;
	}
	if (op == NETSNMP_CALLBACK_OP_TIMED_OUT)
		timed_out(r);
	else
		snmpio_request_fail(r, SNMPIO_LOCAL, "the request cannot be encoded");
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
int
snmpio_answer_parsed(netsnmp_session *s, netsnmp_pdu *pdu, int failed)
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
void
snmpio_answer_move(struct snmpio_peer *p)
{
	if (learn(p, p->moved, p->moved_len, NULL) == 0)
		readdress(p);
	p->moved_len = 0;
}

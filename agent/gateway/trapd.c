/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd: from a datagram to a notification. What can be told from a message's first bytes is judged
 * before net-snmp sees it: its community, whether its user is known (net-snmp would remember every
 * engine ID that anybody makes up), and whether its source sends too many. A turn of the loop reads
 * so many messages and no more. */
#include "agent/gateway/trapd_int.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define TURN_MESSAGES 64
#define TURN_US 1000
#define COMPLAIN_MS 60000

static const char *const refusal_names[TRAPD_REFUSALS] = { [TRAPD_COMMUNITY] = "community",
	[TRAPD_USER] = "user",
	[TRAPD_FORGED] = "forged",
	[TRAPD_SECURITY_LEVEL] = "security_level",
	[TRAPD_PDU] = "pdu",
	[TRAPD_RATE] = "rate" };

static const char *const refusal_texts[TRAPD_REFUSALS] = { [TRAPD_COMMUNITY] = "unknown community",
	[TRAPD_USER] = "unknown user or engine ID",
	[TRAPD_FORGED] = "forged or replayed, or of a wrong password",
	[TRAPD_SECURITY_LEVEL] = "below its user's security level",
	[TRAPD_PDU] = "no trap or inform, or malformed",
	[TRAPD_RATE] = "its source sends too many" };

const char *
trapd_refusal_name(enum trapd_refusal r)
{
	return refusal_names[r];
}

/* --- complaints ------------------------------------------------------------------------------ */

/* What was refused in the last minute, in one line; nothing more when nothing was. */
static void
on_complain(evutil_socket_t fd, short what, void *arg)
{
	struct trapd *t = arg;
	struct trapd_complaint *c = &t->complaint;
	struct timeval tv = clock_timeval(COMPLAIN_MS);
	char text[256] = "";
	size_t at = 0;

	(void)fd;
	(void)what;
	c->running = c->total > 0;
	if (!c->running)
		return;
	for (size_t i = 0; i < TRAPD_REFUSALS; i++)
		if (c->refused[i] > 0 && at < sizeof text)
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%llu %s",
			    at > 0 ? ", " : "", (unsigned long long)c->refused[i],
			    refusal_names[i]);
	log_warnx("trap", "%llu more messages refused in the last minute: %s",
	    (unsigned long long)c->total, text);
	memset(c->refused, 0, sizeof c->refused);
	c->total = 0;
	evtimer_add(c->timer, &tv);
}

/* The first refusal is told at once, the rest by the minute. */
static void
complain(struct trapd *t, enum trapd_refusal why)
{
	struct trapd_complaint *c = &t->complaint;
	struct timeval tv = clock_timeval(COMPLAIN_MS);
	char from[64];

	if (c->running) {
		c->refused[why]++;
		c->total++;
		return;
	}
	trapd_socket_text(from, sizeof from, &t->message.from);
	log_warnx("trap", "a message of %s is refused: %s", from, refusal_texts[why]);
	c->running = true;
	evtimer_add(c->timer, &tv);
}

void
trapd_refuse(struct trapd *t, enum trapd_refusal why)
{
	if (t->judged)
		return;
	t->judged = true;
	t->stats.refused[why]++;
	complain(t, why);
}

/* --- net-snmp's transport: the message that is already there -------------------------------- */

/* net-snmp's f_recv. */
static int
give(netsnmp_transport *tr, void *buf, int size, void **opaque, int *olength)
{
	struct trapd *t = tr->data;

	*opaque = NULL;
	*olength = 0;
	if (t->message.n > (size_t)size)
		return -1;
	memcpy(buf, t->message.data, t->message.n);
	return (int)t->message.n;
}

/* net-snmp's f_send: always an answer to the message. */
static int
answer(netsnmp_transport *tr, const void *buf, int size, void **opaque, int *olength)
{
	struct trapd *t = tr->data;

	(void)opaque;
	(void)olength;
	trapd_socket_answer(t->fd, &t->message, buf, (size_t)size);
	return size;
}

/* net-snmp's f_close: the socket is ours. */
static int
leave(netsnmp_transport *tr)
{
	tr->data = NULL;
	tr->sock = -1;
	return 0;
}

/* net-snmp's f_fmtaddr: for its log only. */
static char *
format(netsnmp_transport *tr, const void *data, int len)
{
	(void)tr;
	(void)data;
	(void)len;
	return xstrdup("sender");
}

/* --- reading --------------------------------------------------------------------------------- */

/* Whether a v1 or v2c message has a community that we know and can be a notification. */
static bool
passes_community(struct trapd *t)
{
	const struct trapd_head *h = &t->head;
	bool known = false;

	for (size_t i = 0; i < t->ncommunities; i++)
		if (strlen(t->communities[i]) == h->community_len &&
		    memcmp(t->communities[i], h->community, h->community_len) == 0)
			known = true;
	if (!known) {
		trapd_refuse(t, TRAPD_COMMUNITY);
		return false;
	}
	if (h->pdu != SNMP_MSG_TRAP && h->pdu != SNMP_MSG_TRAP2 && h->pdu != SNMP_MSG_INFORM) {
		trapd_refuse(t, TRAPD_PDU);
		return false;
	}
	return true;
}

/* Whether net-snmp should see a v3 message: its user is known at its engine, or it wants an answer,
 * as the messages do by which senders of informs learn our engine ID and clock. */
static bool
passes_user(struct trapd *t)
{
	const struct trapd_head *h = &t->head;
	char name[SNMP_MAX_SEC_NAME_SIZE];

	if (h->user_len >= sizeof name || h->engine_len > SNMPIO_MAX_ENGINE) {
		trapd_refuse(t, TRAPD_PDU);
		return false;
	}
	memcpy(name, h->user, h->user_len);
	name[h->user_len] = '\0';
	if (h->user_len > 0 && usm_get_user(h->engine, h->engine_len, name) != NULL)
		return true;
	if ((h->flags & TRAPD_HEAD_REPORTABLE) != 0)
		return true;
	trapd_refuse(t, TRAPD_USER);
	return false;
}

/* net-snmp's hook after parsing: what it refuses it does not tell otherwise. The steps by which a
 * sender of informs finds out our engine ID and clock are no refusals. */
static int
on_parsed(netsnmp_session *s, netsnmp_pdu *pdu, int failed)
{
	struct trapd *t = s->callback_magic;

	(void)pdu;
	switch (failed) {
	case SNMPERR_SUCCESS:
		break;
	case SNMPERR_USM_UNKNOWNENGINEID:
		t->judged = t->judged || t->head.engine_len == 0;
		trapd_refuse(t, TRAPD_USER);
		break;
	case SNMPERR_USM_UNKNOWNSECURITYNAME:
		trapd_refuse(t, TRAPD_USER);
		break;
	case SNMPERR_USM_NOTINTIMEWINDOW:
		t->judged = t->judged ||
			    (t->head.boots == 0 && (t->head.flags & TRAPD_HEAD_REPORTABLE) != 0);
		trapd_refuse(t, TRAPD_FORGED);
		break;
	case SNMPERR_USM_AUTHENTICATIONFAILURE:
	case SNMPERR_USM_DECRYPTIONERROR:
		trapd_refuse(t, TRAPD_FORGED);
		break;
	case SNMPERR_USM_UNSUPPORTEDSECURITYLEVEL:
		trapd_refuse(t, TRAPD_SECURITY_LEVEL);
		break;
	default:
		/* Of an encrypted message: what a wrong password makes of it. */
		trapd_refuse(t,
		    t->head.version == 3 && (t->head.flags & 0x02) != 0 ? TRAPD_FORGED : TRAPD_PDU);
	}
	return 1;
}

/* One message. */
static void
take(struct trapd *t)
{
	struct snmpio *io = t->io;
	bool wanted;

	t->judged = t->taken = false;
	if (trapd_head_read(&t->head, t->message.data, t->message.n) == -1) {
		trapd_refuse(t, TRAPD_PDU);
		return;
	}
	wanted = t->head.version == 3 ? passes_user(t) : passes_community(t);
	if (!wanted)
		return;
	if (!trapd_rate_pass(t->rate, (struct sockaddr *)&t->message.from, clock_mono_ms())) {
		trapd_refuse(t, TRAPD_RATE);
		return;
	}
	netsnmp_large_fd_setfd(t->fd, &io->fds);
	snmp_sess_read2(t->session, &io->fds);
	netsnmp_large_fd_clr(t->fd, &io->fds);
	trapd_refuse(t, TRAPD_PDU); /* a response or a report: net-snmp calls nobody */
	trapd_pdu_deliver(t);
}

/* Messages came. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct trapd *t = arg;
	int64_t until = clock_mono_us() + TURN_US;

	(void)what;
	for (int i = 0; i < TURN_MESSAGES && clock_mono_us() < until; i++) {
		if (trapd_socket_read(fd, &t->message) == -1)
			return;
		take(t);
	}
}

/* --- life ------------------------------------------------------------------------------------ */

int
trapd_engine(struct trapd *t, const uint8_t *engine_id, size_t len,
    const struct snmpio_credential *c, struct err *e)
{
	struct snmpio_keys keys;
	int rc;

	if (snmpio_usm_keys(&keys, t->io, c, e) == -1)
		return -1;
	t->users = xreallocarray(t->users, t->nusers + 1, sizeof t->users[0]);
	rc = snmpio_usm_new(&t->users[t->nusers], t->io, engine_id, len, c->user, &keys, e);
	explicit_bzero(&keys, sizeof keys);
	if (rc == 0)
		t->nusers++;
	return rc;
}

/* Take the credentials: communities, and users at our own engine, for informs. */
static int
add_credentials(struct trapd *t, const struct trapd_opts *o, struct err *e)
{
	t->communities = xcalloc(o->ncredentials + 1, sizeof t->communities[0]);
	for (size_t i = 0; i < o->ncredentials; i++) {
		const struct snmpio_credential *c = &o->credentials[i];
		if (c->version == SNMPIO_V3) {
			if (trapd_engine(t, t->io->engine_id, t->io->engine_id_len, c, e) == -1)
				return -1;
		} else if (c->community != NULL && c->community[0] != '\0')
			t->communities[t->ncommunities++] = xstrdup(c->community);
	}
	return 0;
}

/* net-snmp's session over what we read. */
static int
open_session(struct trapd *t, struct err *e)
{
	static const oid domain[] = { 1, 3, 6, 1, 6, 1, 1 };
	netsnmp_transport *tr = xcalloc(1, sizeof *tr);
	netsnmp_session s;

	tr->domain = domain;
	tr->domain_length = OID_LENGTH(domain);
	tr->sock = t->fd;
	tr->data = t;
	tr->msgMaxSize = 65507;
	tr->f_recv = give;
	tr->f_send = answer;
	tr->f_close = leave;
	tr->f_fmtaddr = format;
	snmp_sess_init(&s);
	s.version = SNMP_DEFAULT_VERSION;
	s.callback = trapd_pdu_received;
	s.callback_magic = t;
	s.isAuthoritative = SNMP_SESS_UNKNOWNAUTH;
	t->session = snmp_sess_add(&s, tr, NULL, on_parsed);
	return t->session != NULL ? 0 : err_set(e, "no SNMP session for traps");
}

/* Random bits, so that nobody can choose what collides. */
static uint64_t
seed(void)
{
	uint64_t bits;

	if (getrandom(&bits, sizeof bits, 0) != sizeof bits)
		fatal("trap", "no random bytes");
	return bits;
}

int
trapd_new(struct trapd **out, struct snmpio *io, const struct trapd_opts *o, struct err *e)
{
	struct trapd *t = xcalloc(1, sizeof *t);

	*out = NULL;
	t->io = io;
	t->o = *o;
	t->o.credentials = NULL;
	t->message.data = xmalloc(TRAPD_MAX_MESSAGE);
	t->rate = trapd_rate_new(o->rate, o->burst, seed());
	t->fd = trapd_socket_open(o->listen, o->listen_len, e);
	if (t->fd == -1 || add_credentials(t, o, e) == -1 || open_session(t, e) == -1)
		goto fail;
	t->complaint.timer = evtimer_new(io->base, on_complain, t);
	t->readable = event_new(io->base, t->fd, EV_READ | EV_PERSIST, on_readable, t);
	if (t->complaint.timer == NULL || t->readable == NULL ||
	    event_add(t->readable, NULL) == -1) {
		err_set(e, "no event for traps");
		goto fail;
	}
	*out = t;
	return 0;
fail:
	trapd_free(t);
	return -1;
}

void
trapd_free(struct trapd *t)
{
	if (t == NULL)
		return;
	if (t->readable != NULL)
		event_free(t->readable);
	if (t->complaint.timer != NULL)
		event_free(t->complaint.timer);
	if (t->session != NULL)
		snmp_sess_close(t->session);
	if (t->fd != -1)
		close(t->fd);
	for (size_t i = 0; i < t->nusers; i++)
		snmpio_usm_free(t->io, t->users[i]);
	for (size_t i = 0; i < t->ncommunities; i++) {
		explicit_bzero(t->communities[i], strlen(t->communities[i]));
		free(t->communities[i]);
	}
	free(t->users);
	free(t->communities);
	trapd_rate_free(t->rate);
	free(t->message.data);
	free(t);
}

void
trapd_stats(const struct trapd *t, struct trapd_stats *out)
{
	*out = t->stats;
}

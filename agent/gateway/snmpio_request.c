/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio_request: a request from snmpio_send() to done(), which is called when net-snmp is left. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/snmpio_int.h"
#include "zw/alloc.h"
#include "zw/str.h"

/* A request with copies of the OIDs: it may be sent again, to another engine. */
static struct snmpio_request *
make(struct snmpio_peer *p, enum snmpio_command cmd, const struct oid *oids, size_t n)
{
	struct snmpio_request *r = xcalloc(1, sizeof *r);
	size_t numbers = 0;
	uint32_t *at;

	for (size_t i = 0; i < n; i++)
		numbers += oids[i].n;
	r->peer = p;
	r->cmd = cmd;
	r->n = n;
	r->rtt_us = -1;
	r->oids = xreallocarray(NULL, n + 1, sizeof *r->oids);
	r->ids = at = xreallocarray(NULL, numbers + 1, sizeof *r->ids);
	for (size_t i = 0; i < n; i++) {
		if (oids[i].n > 0)
			memcpy(at, oids[i].id, oids[i].n * sizeof *at);
		r->oids[i] = (struct oid){ .id = at, .n = oids[i].n };
		at += oids[i].n;
	}
	return r;
}

void
snmpio_request_free(struct snmpio_request *r)
{
	if (r == NULL)
		return;
	snmp_free_varbind(r->vars);
	free(r->ids);
	free(r->oids);
	free(r);
}

/* A request's next state. */
void
snmpio_request_set(struct snmpio_request *r, enum snmpio_request_state state)
{
	if (r->state == SNMPIO_WAITING)
		r->peer->nwaiting--;
	if (state == SNMPIO_WAITING)
		r->peer->nwaiting++;
	r->state = state;
}

/* End a request with this status; a NULL reason leaves the one that it has. */
void
snmpio_request_fail(struct snmpio_request *r, enum snmpio_status s, const char *reason)
{
	struct snmpio *io = r->peer->io;

	r->status = s;
	snmpio_request_set(r, SNMPIO_FINISHED);
	if (reason != NULL)
		str_copy(r->reason, sizeof r->reason, reason);
	TAILQ_REMOVE(&r->peer->requests, r, entry);
	TAILQ_INSERT_TAIL(&io->finished, r, entry);
	event_active(io->deferred, EV_TIMEOUT, 0);
}

/* Tell one that finished. */
static void
tell(struct snmpio *io, struct snmpio_request *r)
{
	struct snmpio_reply reply = { .status = r->status,
		.errstat = r->errstat,
		.error_index = r->error_index,
		.rtt_us = r->rtt_us,
		.reason = r->reason[0] != '\0' ? r->reason : snmpio_status_text(r->status) };

	if (r->vars != NULL && r->done != NULL) {
		reply.n = snmpio_pdu_bindings(io, r->vars);
		reply.v = io->v;
	}
	if (r->done != NULL)
		r->done(r->arg, &reply);
	snmpio_request_free(r);
}

void
snmpio_request_flush(struct snmpio *io)
{
	struct snmpio_request *r;

	event_del(io->deferred);
	while ((r = TAILQ_FIRST(&io->finished)) != NULL) {
		TAILQ_REMOVE(&io->finished, r, entry);
		io->stats.outstanding--;
		tell(io, r);
	}
}

/* Why a request cannot be sent at all, or NULL. */
static const char *
refusal(const struct snmpio *io, const struct oid *oids, size_t n)
{
	if (n == 0 || n > SNMPIO_MAX_VARBINDS)
		return "a request has 1 to 128 objects";
	if (io->stats.outstanding >= SNMPIO_MAX_OUTSTANDING)
		return "too many requests are under way";
	for (size_t i = 0; i < n; i++)
		if (oids[i].n < 2 || oids[i].n > OID_MAX)
			return "an OID has 2 to 128 numbers";
	return NULL;
}

void
snmpio_send(struct snmpio_peer *p, enum snmpio_command cmd, const struct oid *oids, size_t n,
    unsigned max_repetitions, snmpio_done done, void *arg)
{
	struct snmpio *io = p->io;
	const char *no = refusal(io, oids, n);
	struct snmpio_request *r = make(p, cmd, oids, no != NULL ? 0 : n);
	size_t most = r->n > 0 ? SNMPIO_MAX_ANSWER / r->n : 1;

	r->repetitions = max_repetitions < 1 ? 1 : max_repetitions;
	if (r->repetitions > most)
		r->repetitions = (unsigned)most;
	r->done = done;
	r->arg = arg;
	TAILQ_INSERT_TAIL(&p->requests, r, entry);
	p->nwaiting++;
	io->stats.requests++;
	io->stats.outstanding++;
	if (no != NULL)
		snmpio_request_fail(r, SNMPIO_LOCAL, no);
	else
		snmpio_peer_pump(p);
}

/* Forget who asked, in one queue. */
static void
cancel(struct snmpio_requests *queue, const struct snmpio_peer *p, const void *arg)
{
	struct snmpio_request *r;

	TAILQ_FOREACH (r, queue, entry)
		if (r->peer == p && r->arg == arg)
			r->done = NULL;
}

void
snmpio_cancel(struct snmpio_peer *p, const void *arg)
{
	cancel(&p->requests, p, arg);
	cancel(&p->io->finished, p, arg);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A request on its way: judged by a thread (its signature costs what the asker likes), then by the
 * register, signed by zonewatch-issuer, judged once more (somebody may have taken it back
 * meanwhile), noted, written to disk, told. Whom it is for is the invitation's or the session's to
 * say; of the request only the key counts. */
#include "collector/enroll/enroll_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "collector/conf.h"
#include "collector/site/events.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define DAY_MS 86400000
#define LOG_MS 10000
#define STOLEN_MS 60000

/* All that an asker is told of a token that is not good. */
#define NOT_VALID                                                                                  \
	"the token is not valid: it was used, it has ended, or it never was; ask for a new one: "  \
	"zonewatchctl agent invite NODE"
#define STOPPING "the collector is stopping"
#define BUSY "too many requests; try again in a minute"

enum ask_kind {
	ASK_TOKEN,
	ASK_RENEW,
	ASK_ISSUE
};

enum ask_stage {
	ASK_REFUSED, /* at once; `why` says it */
	ASK_JUDGED,  /* by the thread */
	ASK_SIGNED,  /* by the program */
	ASK_WRITTEN  /* its certificate goes to disk */
};

struct ask {
	TAILQ_ENTRY(ask) link;
	struct enroll *en;
	uint64_t ticket;
	enum ask_kind kind;
	enum ask_stage stage;
	bool forgotten;
	enroll_done *done;
	void *arg;
	char peer[96]; /* or who asks */
	uint8_t token[DIGEST_SIZE];
	struct buf request;
	uint8_t key[DIGEST_SIZE];
	bool bad; /* the request, for `why` */
	struct err why;
	struct cert_facts shown; /* of who renews */
	uint64_t invite;
	char (*nodes)[NAME_MAX_NODE + 1];
	size_t nnodes;
	struct buf leaf;
};

/* The names as those who only read take them. */
static const char (*ask_names(const struct ask *k))[NAME_MAX_NODE + 1]
{
	union {
		char (*in)[NAME_MAX_NODE + 1];
		const char (*out)[NAME_MAX_NODE + 1];
	} u = { .in = k->nodes };
	return u.out;
}

/* Forgets a request. */
static void
ask_free(struct ask *k)
{
	TAILQ_REMOVE(&k->en->asks, k, link);
	k->en->strangers -= k->kind == ASK_TOKEN;
	explicit_bzero(k->token, sizeof k->token);
	buf_free(&k->request);
	buf_free(&k->leaf);
	free(k->nodes);
	free(k);
}

/* The end: the asker is told, if it is still there. */
static void
ask_end(struct ask *k, const char *why)
{
	struct enroll *en = k->en;

	if (!k->forgotten)
		k->done(k->arg, why == NULL ? &k->leaf : NULL, why == NULL ? &en->authority : NULL,
		    why);
	ask_free(k);
}

/* --- what is told beside ---------------------------------------------------------------------- */

/* A stranger's request that is refused, in the log. */
static void
tell_refused(struct enroll *en, const char *peer, const char *why)
{
	char more[40] = "";
	unsigned held;

	if (!log_throttle_pass(&en->refuse_throttle, clock_mono_ms(), &held))
		return;
	if (held > 0)
		snprintf(more, sizeof more, " (%u more before)", held);
	log_warnx("enroll", "%s gets no certificate: %s%s", peer, why, more);
}

/* A token that another key used already: it was copied, or its machine is asked to enrol twice. */
static void
tell_stolen(struct enroll *en, const char *node, const char *peer)
{
	struct wire_event ev = { .time_ms = clock_wall_ms(), .severity = WIRE_WARNING };
	unsigned held;

	if (!log_throttle_pass(&en->stolen_throttle, clock_mono_ms(), &held))
		return;
	(void)str_copy(ev.code, sizeof ev.code, "token-used-again");
	if (str_format(ev.text, sizeof ev.text,
		"%s asked for a certificate by an invitation that another key had used: was the "
		"token copied? If the first was not this node's: zonewatchctl agent revoke %s",
		peer, node) == -1)
		ev.text[0] = '\0';
	enroll_audit(en, "zonewatch", "agent-token-again", node, ev.text);
	const struct node *n = en->parts.site != NULL ? site_node(en->parts.site, node) : NULL;
	if (n != NULL && en->parts.events != NULL)
		events_add(en->parts.events, n, NULL, &ev);
}

/* A certificate that was given out. */
static void
tell_given(const struct ask *k, const struct cert_entry *c)
{
	static const char *const kinds[] = { "agent-enrolled", "agent-renewed", "agent-issued" };
	char serial[CERT_SERIAL_TEXT], text[200];

	cert_serial_text(serial, c->facts.serial, c->facts.nserial);
	snprintf(text, sizeof text, "certificate %s, %s", serial, k->peer);
	enroll_audit(k->en, k->kind == ASK_ISSUE ? k->peer : "zonewatch", kinds[k->kind], c->node,
	    k->kind == ASK_ISSUE ? serial : text);
	log_info("enroll", "%s is %s: %s", c->node, register_origin_word(c->origin), text);
}

/* --- the way of a request, backwards ---------------------------------------------------------- */

/* The register with it is on disk, or cannot be written. */
static void
on_written(void *arg, bool ok)
{
	ask_end(arg, ok ? NULL : "the collector cannot write its register of agents; see its log");
}

/* Whether what it was granted by is still good. */
static int
still_good(const struct ask *k, struct err *e)
{
	const struct invite *list;

	if (k->kind == ASK_ISSUE)
		return 0;
	if (k->kind == ASK_RENEW)
		return register_judge(k->en->reg, &k->shown, ask_names(k), k->nnodes, e);
	size_t n = register_invites(k->en->reg, &list);
	for (size_t i = 0; i < n; i++)
		if (list[i].id == k->invite && list[i].state == INVITE_USED &&
		    digest_equal(list[i].used_by, k->key))
			return 0;
	return err_set(e, "the invitation was withdrawn meanwhile");
}

/* What of a certificate is kept. */
static int
entry_of(const struct ask *k, const struct buf *leaf, struct cert_entry *c, struct err *e)
{
	static const enum cert_origin origins[] = { CERT_ENROLLED, CERT_RENEWED, CERT_ISSUED };

	*c = (struct cert_entry){
		.nnodes = k->nnodes, .origin = origins[k->kind], .first_ms = clock_wall_ms()
	};
	(void)str_copy(c->node, sizeof c->node, k->nodes[0]);
	if (cert_facts_of_der(&c->facts, leaf->data, leaf->len, e) == -1)
		return -1;
	return digest_equal(c->facts.key_digest, k->key)
		   ? 0
		   : err_set(e, "zonewatch-issuer gave a certificate for another key");
}

/* The program is done. */
static void
on_signed(void *arg, const struct buf *leaf, const char *why)
{
	struct ask *k = arg;
	struct enroll *en = k->en;
	struct cert_entry c;
	struct err e = { "" };

	k->stage = ASK_WRITTEN;
	bool made = leaf != NULL && entry_of(k, leaf, &c, &e) == 0;
	if (!made || k->forgotten) {
		register_give_back(en->reg, k->invite);
		register_save_changed(en->save);
		if (!made)
			log_warnx("enroll", "no certificate for %s at %s: %s", k->nodes[0], k->peer,
			    why != NULL ? why : e.msg);
		ask_end(k, "the collector could not make the certificate; see its log");
		return;
	}
	if (still_good(k, &e) == -1) {
		tell_refused(en, k->peer, e.msg);
		ask_end(k, k->kind == ASK_TOKEN ? NOT_VALID : e.msg);
		return;
	}
	register_note(en->reg, &c);
	tell_given(k, &c);
	buf_put(&k->leaf, leaf->data, leaf->len);
	register_save_changed(en->save);
	register_save_wait(en->save, on_written, k);
}

/* An invitation's nodes become the request's. */
static void
take_nodes(struct ask *k, const struct invite *v)
{
	k->invite = v->id;
	k->nnodes = 1 + v->nmore;
	k->nodes = xcalloc(k->nnodes, sizeof *k->nodes);
	memcpy(k->nodes[0], v->node, sizeof v->node);
	if (v->nmore > 0)
		memcpy(k->nodes[1], v->more, v->nmore * sizeof *v->more);
}

/* Whether the token lets this key in. */
static int
redeem(struct ask *k, struct err *e)
{
	struct enroll *en = k->en;
	const struct invite *list;
	size_t n = register_invites(en->reg, &list);
	const struct invite *v = register_redeem(en->reg, k->token, k->key, clock_wall_ms(), e);

	if (v != NULL) {
		rate_give_back(&en->rate);
		take_nodes(k, v);
		register_save_changed(en->save);
		enroll_listen(en);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		if (digest_equal(list[i].token, k->token) && list[i].used_ms != 0 &&
		    !digest_equal(list[i].used_by, k->key))
			tell_stolen(en, list[i].node, k->peer);
	return -1;
}

/* The thread has judged the request. */
static void
on_judged(void *arg)
{
	struct ask *k = arg;
	struct enroll *en = k->en;
	struct err e;

	k->stage = ASK_SIGNED;
	if (en->closing || k->forgotten) {
		ask_end(k, STOPPING);
		return;
	}
	if (k->kind == ASK_TOKEN && !k->bad && redeem(k, &e) == -1) {
		tell_refused(en, k->peer, e.msg);
		ask_end(k, NOT_VALID);
		return;
	}
	if (k->bad) {
		tell_refused(en, k->peer, k->why.msg);
		ask_end(k, k->why.msg);
		return;
	}
	unsigned days = (unsigned)((en->conf->enroll.certificate + DAY_MS - 1) / DAY_MS);
	if (signer_ask(en->signer, k->request.data, k->request.len, ask_names(k), k->nnodes, days,
		on_signed, k, &e) == -1) {
		register_give_back(en->reg, k->invite);
		register_save_changed(en->save);
		ask_end(k, e.msg);
	}
}

/* In the thread. */
static void
judge(void *arg)
{
	struct ask *k = arg;

	k->bad = cert_request_check(k->request.data, k->request.len, k->key, &k->why) == -1;
}

/* --- asking ----------------------------------------------------------------------------------- */

/* Answers what was refused at once. */
static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	struct enroll *en = arg;
	struct ask *k, *next;

	(void)fd, (void)what;
	for (k = TAILQ_FIRST(&en->asks); k != NULL; k = next) {
		next = TAILQ_NEXT(k, link);
		if (k->stage == ASK_REFUSED)
			ask_end(k, k->why.msg);
	}
}

void
enroll_ask_init(struct enroll *en)
{
	TAILQ_INIT(&en->asks);
	rate_init(&en->rate);
	en->refuse_throttle = (struct log_throttle){ .every_ms = LOG_MS, .burst = 10 };
	en->stolen_throttle = (struct log_throttle){ .every_ms = STOLEN_MS, .burst = 5 };
	en->soon = event_new(en->base, -1, 0, on_soon, en);
	if (en->soon == NULL)
		fatalx("enroll", "cannot make an event");
}

void
enroll_ask_free(struct enroll *en)
{
	while (!TAILQ_EMPTY(&en->asks))
		ask_end(TAILQ_FIRST(&en->asks), STOPPING);
	if (en->soon != NULL)
		event_free(en->soon);
}

/* A request that is to be answered. */
static struct ask *
ask_new(struct enroll *en, enum ask_kind kind, const char *peer, enroll_done *done, void *arg)
{
	struct ask *k = xcalloc(1, sizeof *k);

	k->en = en;
	k->kind = kind;
	k->ticket = ++en->last_ticket;
	k->done = done;
	k->arg = arg;
	(void)str_copy(k->peer, sizeof k->peer, peer);
	TAILQ_INSERT_TAIL(&en->asks, k, link);
	en->strangers += kind == ASK_TOKEN;
	return k;
}

/* It will be refused, in a later turn of the loop. */
static uint64_t
ask_refuse(struct ask *k, const char *why)
{
	k->stage = ASK_REFUSED;
	err_set(&k->why, "%s", why);
	tell_refused(k->en, k->peer, why);
	event_active(k->en->soon, EV_TIMEOUT, 0);
	return k->ticket;
}

/* It goes its way. */
static uint64_t
ask_begin(struct ask *k, const uint8_t *request, size_t n)
{
	struct err e;

	if (!enroll_can_issue(k->en, &e))
		return ask_refuse(k, e.msg);
	if (n == 0 || n > WIRE_MAX_REQUEST)
		return ask_refuse(k, "the request is empty, or too long");
	k->stage = ASK_JUDGED;
	buf_put(&k->request, request, n);
	worker_submit(k->en->worker, judge, on_judged, k);
	return k->ticket;
}

uint64_t
enroll_by_token(
    struct enroll *en, const struct wire_enroll *m, const char *peer, enroll_done *done, void *arg)
{
	struct ask *k = ask_new(en, ASK_TOKEN, peer, done, arg);

	if (en->strangers > ENROLL_UNDER_WAY || !rate_pass(&en->rate, peer, clock_mono_ms()))
		return ask_refuse(k, BUSY);
	digest_make(m->token, strlen(m->token), k->token);
	return ask_begin(k, m->request, m->nrequest);
}

uint64_t
enroll_renew(struct enroll *en, const struct tls_identity *nodes, const struct cert_facts *shown,
    const uint8_t *request, size_t n, enroll_done *done, void *arg)
{
	struct ask *k = ask_new(en, ASK_RENEW, nodes->nodes[0], done, arg);

	k->shown = *shown;
	k->nnodes = nodes->n;
	k->nodes = xcalloc(nodes->n, sizeof *k->nodes);
	memcpy(k->nodes, nodes->nodes, nodes->n * sizeof *k->nodes);
	return ask_begin(k, request, n);
}

uint64_t
enroll_issue(struct enroll *en, const char *node, const char *const *more, size_t nmore,
    const char *author, const uint8_t *request, size_t n, enroll_done *done, void *arg)
{
	struct ask *k = ask_new(en, ASK_ISSUE, author, done, arg);

	if (nmore >= TLS_MAX_NODES)
		return ask_refuse(k, "a certificate cannot name so many nodes");
	k->nnodes = 1 + nmore;
	k->nodes = xcalloc(k->nnodes, sizeof *k->nodes);
	(void)str_copy(k->nodes[0], sizeof k->nodes[0], node);
	for (size_t i = 0; i < nmore; i++)
		(void)str_copy(k->nodes[1 + i], sizeof k->nodes[1 + i], more[i]);
	return ask_begin(k, request, n);
}

void
enroll_forget(struct enroll *en, uint64_t ticket)
{
	struct ask *k;

	TAILQ_FOREACH (k, &en->asks, link)
		if (k->ticket == ticket)
			k->forgotten = true;
}

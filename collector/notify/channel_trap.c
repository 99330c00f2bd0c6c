/* SPDX-License-Identifier: GPL-3.0-or-later */
/* channel trap: notifications of ZONEWATCH-MIB, sent by children (zonewatch-trap), for net-snmp may
 * wait where it likes there. Each receiver has a child of its own, started with the first message
 * to it; a child that does not answer in time is killed and its requests are tried again.
 *
 * What an SNMPv3 receiver knows us by, our engine ID and how often we started (RFC 3414, 2.2), is
 * kept here for all children, in store.dir. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "collector/child.h"
#include "collector/conf.h"
#include "collector/notify/channel.h"
#include "collector/notify/engineid.h"
#include "collector/notify/trap.h"
#include "zw/json.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define PROGRAM "zonewatch-trap"
#define TRAP_LANES 16
#define MAX_RECEIVERS 32
#define MAX_ADDRESS 255
#define MAX_WORDS (1 + 3 * 64 + 1) /* of a child: itself, the files of 64 credentials, NULL */
#define STOP_MS 200
#define WHY_SIZE 200

struct traps;

/* A receiver and its child. */
struct receiver {
	struct traps *traps;
	char *address;
	struct child *child;
	struct event *patience; /* for the oldest request */
};

/* A message to its receivers. */
struct parcel {
	LIST_ENTRY(parcel) link;
	size_t n;
	size_t left;
	enum channel_fate *fates;
	char (*texts)[WHY_SIZE];
	const char **replies;
	channel_done done;
	void *arg;
};

/* One of them. */
struct request {
	TAILQ_ENTRY(request) link;
	struct receiver *receiver;
	struct parcel *parcel;
	size_t index;
	uint32_t number;
	bool sent;
	struct buf data;
};

struct traps {
	struct event_base *base;
	const struct conf_collector *conf;
	struct engineid engine;
	int64_t began_ms; /* monotonic */
	struct receiver receivers[MAX_RECEIVERS];
	size_t nreceivers;
	uint32_t last;
	TAILQ_HEAD(, request) requests;
	LIST_HEAD(, parcel) parcels;
};

/* The recipient of this address, or NULL. */
static const struct conf_recipient *
recipient_of(const struct conf_collector *conf, const char *address)
{
	const struct conf_recipient *r = conf->recipients.v;

	for (size_t i = 0; i < conf->recipients.n; i++) {
		if (strcmp(r[i].via, "trap") == 0 && strcmp(r[i].address, address) == 0)
			return &r[i];
	}
	return NULL;
}

/* The credential of a recipient; NULL: v2c, public. */
static const struct conf_trap_credential *
credential_of(const struct conf_collector *conf, const char *address)
{
	const struct conf_recipient *r = recipient_of(conf, address);
	const struct conf_trap_credential *c = conf->trap_credentials.v;

	for (size_t i = 0; r != NULL && r->credential != NULL && i < conf->trap_credentials.n;
	     i++) {
		if (strcmp(c[i].name, r->credential) == 0)
			return &c[i];
	}
	return NULL;
}

/* Whether a credential says all that it must. */
static int
credential_check(const struct conf_trap_credential *c, struct err *e)
{
	if (strcmp(c->version, "v2c") == 0)
		return c->community_file != NULL
			   ? 0
			   : err_set(e, "credential %s: v2c needs community_file", c->name);
	if (c->user == NULL || strlen(c->user) > 32 || c->auth_file == NULL)
		return err_set(e, "credential %s: v3 needs user and auth_file", c->name);
	if (strcmp(c->priv, "none") != 0 && c->priv_file == NULL)
		return err_set(e, "credential %s: priv needs priv_file", c->name);
	return 0;
}

static int
trap_check(const struct conf_collector *conf, const char *address, struct err *e)
{
	const struct conf_recipient *r = recipient_of(conf, address);
	const struct conf_trap_credential *c = credential_of(conf, address);
	const char *port = strrchr(address, ':');
	uint64_t number;

	if (*address == '\0' || strlen(address) > MAX_ADDRESS ||
	    strspn(
		address, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]") !=
		strlen(address))
		return err_set(e, "\"%s\" is no HOST[:PORT]", address);
	if (port != NULL && *address != '[' && strchr(address, ':') != port)
		return err_set(e, "\"%s\": an IPv6 address stands in brackets", address);
	if (port != NULL && strchr(port, ']') == NULL &&
	    str_to_u64(port + 1, 1, 65535, &number) == -1)
		return err_set(e, "\"%s\" has no port from 1 to 65535", address);
	if (r != NULL && r->credential != NULL && c == NULL)
		return err_set(e, "%s: there is no credential \"%s\" in trap_credentials", address,
		    r->credential);
	return c == NULL ? 0 : credential_check(c, e);
}

static int
trap_open(void **state, struct event_base *base, const struct conf_collector *conf,
    const char *hostname, struct err *e)
{
	struct traps *t = xcalloc(1, sizeof *t);

	(void)hostname;
	t->base = base;
	t->conf = conf;
	t->began_ms = clock_mono_ms();
	TAILQ_INIT(&t->requests);
	LIST_INIT(&t->parcels);
	if (child_check(PROGRAM, e) == -1 || engineid_take(&t->engine, conf->store.dir, e) == -1) {
		free(t);
		return -1;
	}
	*state = t;
	return 0;
}

/* Frees a request. */
static void
request_free(struct traps *t, struct request *q)
{
	TAILQ_REMOVE(&t->requests, q, link);
	buf_free(&q->data);
	free(q);
}

/* Frees a message. */
static void
parcel_free(struct parcel *p)
{
	LIST_REMOVE(p, link);
	free(p->fates);
	free(p->texts);
	free(p->replies);
	free(p);
}

static void
trap_close(void *state)
{
	struct traps *t = state;
	struct request *q;

	/* Who waits for a receiver hears nothing else: waiting for each would add up. */
	TAILQ_FOREACH (q, &t->requests, link) {
		if (q->sent)
			child_kill(q->receiver->child);
	}
	for (size_t i = 0; i < t->nreceivers; i++) {
		child_free(t->receivers[i].child, STOP_MS);
		event_free(t->receivers[i].patience);
		free(t->receivers[i].address);
	}
	while (!TAILQ_EMPTY(&t->requests))
		request_free(t, TAILQ_FIRST(&t->requests));
	while (!LIST_EMPTY(&t->parcels))
		parcel_free(LIST_FIRST(&t->parcels));
	free(t);
}

/* A request has its answer. */
static void
request_end(struct request *q, enum channel_fate fate, const char *why, size_t n)
{
	struct parcel *p = q->parcel;
	size_t unreachable = 0;

	p->fates[q->index] = fate;
	str_escape(p->texts[q->index], WHY_SIZE, why, n);
	request_free(q->receiver->traps, q);
	if (--p->left > 0)
		return;
	size_t at = 0;
	while (at < p->n && p->fates[at] == CHANNEL_ACCEPTED)
		at++;
	for (size_t i = 0; i < p->n; i++)
		unreachable += p->fates[i] == CHANNEL_RETRY;
	struct channel_result r = { .n = p->n,
		.fates = p->fates,
		.replies = p->replies,
		.unreachable = unreachable == p->n,
		.reply = p->replies[at < p->n ? at : 0] };
	p->done(p->arg, &r);
	parcel_free(p);
}

/* Gives the child what it has not got, and sets the clock for the oldest. */
static void
receiver_feed(struct receiver *r)
{
	struct request *q;
	bool any = false;

	TAILQ_FOREACH (q, &r->traps->requests, link) {
		if (q->receiver != r)
			continue;
		any = true;
		if (q->sent || !child_running(r->child))
			break; /* one at a time */
		q->sent =
		    child_send(r->child, TRAP_SEND, q->number, q->data.data, q->data.len) == 0;
		break;
	}
	if (any && !evtimer_pending(r->patience, NULL))
		evtimer_add(r->patience, &(struct timeval){ .tv_sec = TRAP_PATIENCE_S });
	if (!any)
		evtimer_del(r->patience);
}

/* The child runs. */
static void
receiver_started(void *arg, struct child *c)
{
	struct receiver *r = arg;

	r->child = c;
	receiver_feed(r);
}

/* The child's answer. */
static void
receiver_message(void *arg, uint8_t type, uint32_t number, const uint8_t *data, size_t n)
{
	static const enum channel_fate fate_of[] = { [TRAP_RETRY] = CHANNEL_RETRY,
		[TRAP_ACCEPTED] = CHANNEL_ACCEPTED,
		[TRAP_REFUSED] = CHANNEL_REFUSED };
	struct receiver *r = arg;
	struct request *q;

	if (type != TRAP_ANSWER || n == 0 || data[0] > TRAP_REFUSED)
		return;
	TAILQ_FOREACH (q, &r->traps->requests, link) {
		if (q->receiver == r && q->number == number && q->sent)
			break;
	}
	if (q == NULL)
		return;
	evtimer_del(r->patience);
	request_end(q, fate_of[data[0]], (const char *)data + 1, n - 1);
	receiver_feed(r);
}

/* What is under way to it comes back. */
static void
receiver_fail(struct receiver *r, const char *why)
{
	struct request *q, *next;

	for (q = TAILQ_FIRST(&r->traps->requests); q != NULL; q = next) {
		next = TAILQ_NEXT(q, link);
		if (q->receiver == r && q->sent)
			request_end(q, CHANNEL_RETRY, why, strlen(why));
	}
}

/* The child is gone; it is started again. */
static void
receiver_died(void *arg, const char *what)
{
	char why[96];

	snprintf(why, sizeof why, "zonewatch-trap ended: %s", what);
	receiver_fail(arg, why);
}

/* No answer: with a child its end, and without one nothing but that. */
static void
receiver_impatient(evutil_socket_t fd, short what, void *arg)
{
	struct receiver *r = arg;
	struct request *q, *next;
	static const char why[] = "zonewatch-trap cannot be started";

	(void)fd;
	(void)what;
	if (child_running(r->child)) {
		child_kill(r->child);
		return;
	}
	for (q = TAILQ_FIRST(&r->traps->requests); q != NULL; q = next) {
		next = TAILQ_NEXT(q, link);
		if (q->receiver == r)
			request_end(q, CHANNEL_RETRY, why, sizeof why - 1);
	}
}

/* The child's words: itself, and the files that it may read. All children get those of all
 * credentials, for receivers may share one. */
static void
receiver_words(const struct conf_collector *conf, const char *argv[MAX_WORDS])
{
	const struct conf_trap_credential *c = conf->trap_credentials.v;
	size_t n = 0;

	argv[n++] = PROGRAM;
	for (size_t i = 0; i < conf->trap_credentials.n; i++) {
		const char *const files[] = { c[i].community_file, c[i].auth_file, c[i].priv_file };
		for (size_t k = 0; k < sizeof files / sizeof files[0]; k++)
			if (files[k] != NULL && n + 1 < MAX_WORDS)
				argv[n++] = files[k];
	}
	argv[n] = NULL;
}

/* The receiver of an address, made at its first message. When there are too many, they share. */
static struct receiver *
receiver_get(struct traps *t, const char *address)
{
	const char *argv[MAX_WORDS];
	static const struct child_ops ops = {
		.started = receiver_started, .message = receiver_message, .died = receiver_died
	};
	unsigned sum = 0;

	for (size_t i = 0; i < t->nreceivers; i++) {
		if (strcmp(t->receivers[i].address, address) == 0)
			return &t->receivers[i];
	}
	for (const char *p = address; *p != '\0'; p++)
		sum = sum * 31 + (unsigned char)*p;
	if (t->nreceivers == MAX_RECEIVERS)
		return &t->receivers[sum % MAX_RECEIVERS];
	struct receiver *r = &t->receivers[t->nreceivers++];
	r->traps = t;
	r->address = xstrdup(address);
	r->patience = evtimer_new(t->base, receiver_impatient, r);
	receiver_words(t->conf, argv);
	r->child = child_new(t->base, argv, &ops, r);
	return r;
}

/* How the receiver is spoken to. */
static void
put_credential(struct json *j, const struct conf_trap_credential *c)
{
	if (c == NULL) {
		json_text(j, "version", "v2c");
		json_flag(j, "inform", false);
		return;
	}
	json_text(j, "version", c->version);
	json_flag(j, "inform", c->inform);
	json_text(j, "community_file", c->community_file);
	json_text(j, "user", c->user);
	json_text(j, "auth", c->auth);
	json_text(j, "auth_file", c->auth_file);
	json_text(j, "priv", c->priv);
	json_text(j, "priv_file", c->priv_file);
}

/* What the child is to send. */
static void
request_write(const struct traps *t, struct buf *b, const struct mail *m, const char *address)
{
	struct json j = json_over(b);

	json_object(&j, NULL);
	json_text(&j, "to", address);
	put_credential(&j, credential_of(t->conf, address));
	json_text(&j, "engine", t->engine.hex);
	json_uint(&j, "boots", t->engine.boots);
	json_int(&j, "engine_began_ms", t->began_ms);
	json_int(&j, "message", m->id);
	json_text(&j, "objects", m->text);
	json_end(&j);
}

static void
trap_send(void *state, const struct mail *m, char *const *to, size_t nto, const uint8_t *png,
    size_t png_len, const uint8_t *map, size_t map_len, channel_done done, void *arg)
{
	struct traps *t = state;
	struct parcel *p = xcalloc(1, sizeof *p);

	(void)png;
	(void)png_len;
	(void)map;
	(void)map_len;
	*p = (struct parcel){ .n = nto, .left = nto, .done = done, .arg = arg };
	p->fates = xcalloc(nto + 1, sizeof *p->fates);
	p->texts = xcalloc(nto + 1, sizeof *p->texts);
	p->replies = xcalloc(nto + 1, sizeof *p->replies);
	LIST_INSERT_HEAD(&t->parcels, p, link);
	for (size_t i = 0; i < nto; i++) {
		struct request *q = xcalloc(1, sizeof *q);
		q->receiver = receiver_get(t, to[i]);
		q->parcel = p;
		q->index = i;
		q->number = ++t->last;
		p->replies[i] = p->texts[i];
		request_write(t, &q->data, m, to[i]);
		TAILQ_INSERT_TAIL(&t->requests, q, link);
		receiver_feed(q->receiver);
	}
}

const struct channel channel_trap = { .name = "trap",
	.help = "An SNMP trap or inform, by ZONEWATCH-MIB.",
	.lanes = TRAP_LANES,
	.check = trap_check,
	.open = trap_open,
	.close = trap_close,
	.send = trap_send };

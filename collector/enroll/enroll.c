/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The register's life: read at the start, written by a thread after each change; who is invited,
 * whose certificates are taken back, which sessions are let in. Requests are in enroll_ask.c. */
#include "collector/enroll/enroll_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <event2/event.h>

#include "collector/child.h"
#include "collector/conf.h"
#include "zw/alloc.h"
#include "zw/base64.h"
#include "zw/clock.h"
#include "zw/fs.h"

#define TICK_MS 1000
#define TICKS_SAVE 60
#define TICKS_SWEEP 86400
#define HOUR_MS 3600000
#define PREFIX "zwi-"

const struct reg *
enroll_register(const struct enroll *en)
{
	return en->reg;
}

void
enroll_audit(
    struct enroll *en, const char *author, const char *kind, const char *what, const char *text)
{
	if (en->parts.audit != NULL)
		en->parts.audit(en->parts.arg, author, kind, what, text);
}

void
enroll_listen(struct enroll *en)
{
	bool on = en->signer != NULL && register_expects(en->reg, clock_wall_ms());

	if (en->tls == NULL || on == en->listening)
		return;
	en->listening = on;
	tls_server_enrolling(en->tls, on);
	log_info(
	    "enroll", on ? "somebody is invited: connections without a certificate may ask for one"
			 : "nobody is invited any more: who has no certificate is not let in");
}

void
enroll_use_tls(struct enroll *en, struct tls *tls)
{
	en->tls = tls;
	en->listening = false;
	enroll_listen(en);
}

/* Once a second: invitations end; once a minute what waits is written; once a day what is long over
 * is forgotten. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct enroll *en = arg;

	(void)fd, (void)what;
	en->ticks++;
	enroll_listen(en);
	if (en->ticks % TICKS_SAVE == 0)
		register_save_tick(en->save);
	if (en->ticks % TICKS_SWEEP == 0) {
		register_sweep(en->reg, clock_wall_ms());
		register_save_used(en->save);
	}
}

/* The register cannot be read. Without the lines of agents.json.revoked nobody knows what was taken
 * back; with them all that was is closed, and more: who was invited anew afterwards. */
static void
tell_lost(const struct register_revoked *known, const char *why, char *text, size_t size)
{
	if (known->lines == 0)
		snprintf(text, size,
		    "%s; nor can its copy be read, and which certificates were taken back is not "
		    "known any more: take them back again, zonewatchctl agent revoke NODE",
		    why);
	else
		snprintf(text, size,
		    "%s; nor can its copy be read. What was taken back stays so "
		    "(agents.json.revoked: %zu lines, %zu damaged); a node that was invited since "
		    "then must be invited anew",
		    why, known->lines, known->damaged);
}

/* The register of the file, or of its copy. If neither can be read it is begun anew, loudly: a
 * collector that does not start watches nothing. */
static int
open_register(struct enroll *en, struct err *e)
{
	struct err why;
	char text[sizeof why.msg + 300] = "";

	switch (register_load(en->reg, en->path, &en->revoked, &why, e)) {
	case REGISTER_READ:
		if (en->revoked.damaged > 0)
			snprintf(text, sizeof text,
			    "agents.json.revoked: %zu lines were damaged; it was written anew",
			    en->revoked.damaged);
		break;
	case REGISTER_COPY:
		snprintf(text, sizeof text, "%s; its copy was read", why.msg);
		break;
	case REGISTER_LOST:
		tell_lost(&en->revoked, why.msg, text, sizeof text);
		break;
	default:
		return -1;
	}
	if (text[0] == '\0')
		return 0;
	log_warnx("enroll", "%s", text);
	if (en->parts.damaged != NULL)
		en->parts.damaged(en->parts.arg, "agents.json", text);
	return 0;
}

int
enroll_retake(struct enroll *en, struct err *e)
{
	const struct conf_tls *c = &en->conf->tls;
	struct buf authority = { 0 };
	char hash[CERT_HASH_TEXT], host[256];

	if (cert_of_file(&authority, c->ca, e) == -1 || cert_hash_of_file(hash, c->ca, e) == -1 ||
	    cert_host_of_file(host, c->cert, e) == -1) {
		buf_free(&authority);
		return -1;
	}
	buf_free(&en->authority);
	en->authority = authority;
	memcpy(en->hash, hash, sizeof hash);
	memcpy(en->host, host, sizeof host);
	return 0;
}

/* The authority's certificate, and the program that signs. */
static int
open_signer(struct enroll *en, struct err *e)
{
	const char *key = en->conf->enroll.ca_key;

	if (enroll_retake(en, e) == -1)
		return -1;
	if (key == NULL)
		return 0;
	if (child_check("zonewatch-issuer", e) == -1)
		return -1;
	en->signer = signer_new(en->base, en->conf->tls.ca, key);
	return 0;
}

int
enroll_new(struct enroll **out, struct event_base *base, const struct conf_collector *conf,
    const struct enroll_parts *parts, struct err *e)
{
	struct enroll *en = xcalloc(1, sizeof *en);
	struct timeval tv = clock_timeval(TICK_MS);

	*out = NULL;
	en->base = base;
	en->conf = conf;
	en->parts = *parts;
	en->reg = register_new();
	enroll_ask_init(en);
	if (str_format(en->path, sizeof en->path, "%s/agents.json", conf->store.dir) == -1)
		err_set(e, "store.dir: the path is too long");
	else if (open_register(en, e) == 0 && open_signer(en, e) == 0 &&
		 worker_new(&en->worker, base, "enroll", e) == 0) {
		en->save = register_save_new(base, en->worker, en->path, en->reg);
		en->tick = event_new(base, -1, EV_PERSIST, on_tick, en);
		if (en->tick == NULL || event_add(en->tick, &tv) == -1)
			fatalx("enroll", "out of memory");
		register_sweep(en->reg, clock_wall_ms());
		if (en->revoked.merged > 0)
			register_save_changed(en->save);
		*out = en;
		return 0;
	}
	enroll_free(en);
	return -1;
}

void
enroll_free(struct enroll *en)
{
	if (en == NULL)
		return;
	en->closing = true;
	register_save_end(en->save);
	worker_free(en->worker);
	register_save_free(en->save);
	signer_free(en->signer);
	enroll_ask_free(en);
	if (en->tick != NULL)
		event_free(en->tick);
	register_free(en->reg);
	buf_free(&en->authority);
	free(en);
}

bool
enroll_can_issue(const struct enroll *en, struct err *e)
{
	if (en->signer == NULL)
		err_set(e, "the collector has no authority's key, so it gives out no "
			   "certificates: set enroll.ca_key, or make them by pki.sh");
	return en->signer != NULL;
}

const struct buf *
enroll_authority(const struct enroll *en)
{
	return &en->authority;
}

const char *
enroll_hash(const struct enroll *en)
{
	return en->hash;
}

const char *
enroll_host(const struct enroll *en)
{
	return en->host;
}

void
enroll_sync(struct enroll *en, void (*done)(void *arg, bool ok), void *arg)
{
	register_save_wait(en->save, done, arg);
}

/* --- what administrators do ------------------------------------------------------------------- */

/* A token of 256 bits, and its digest. */
static int
make_token(char token[ENROLL_TOKEN], uint8_t digest[DIGEST_SIZE], struct err *e)
{
	struct buf b = { 0 };
	uint8_t lot[32];

	if (getrandom(lot, sizeof lot, 0) != (ssize_t)sizeof lot)
		return err_set(e, "no random numbers: %s", strerror(errno));
	buf_text(&b, PREFIX);
	base64_put(&b, lot, sizeof lot, true);
	memcpy(token, b.data, b.len);
	token[b.len] = '\0';
	digest_make(token, b.len, digest);
	explicit_bzero(lot, sizeof lot);
	explicit_bzero(b.data, b.len);
	buf_free(&b);
	return 0;
}

const struct invite *
enroll_invite(struct enroll *en, const char *node, const char *const *more, size_t nmore,
    const char *author, char token[ENROLL_TOKEN], struct err *e)
{
	uint8_t digest[DIGEST_SIZE];
	int64_t now_ms = clock_wall_ms();
	char text[64] = "";

	token[0] = '\0';
	if (!enroll_can_issue(en, e) || make_token(token, digest, e) == -1)
		return NULL;
	const struct invite *v = register_invite(en->reg, node, more, nmore, digest, author, now_ms,
	    now_ms + en->conf->enroll.invitation, e);
	if (v == NULL) {
		explicit_bzero(token, ENROLL_TOKEN);
		return NULL;
	}
	register_save_changed(en->save);
	if (nmore > 0)
		snprintf(text, sizeof text, "it speaks for %zu more", nmore);
	enroll_audit(en, author, "agent-invite", node, text);
	log_info("enroll", "%s invites %s%s%s", author, node, nmore > 0 ? "; " : "", text);
	enroll_listen(en);
	return v;
}

unsigned
enroll_withdraw(struct enroll *en, const char *node, const char *author)
{
	unsigned n = register_withdraw(en->reg, node, clock_wall_ms());

	if (n == 0)
		return 0;
	register_save_changed(en->save);
	enroll_audit(en, author, "agent-withdraw", node, "");
	log_info("enroll", "%s takes the invitation of %s back", author, node);
	enroll_listen(en);
	return n;
}

int
enroll_revoke(struct enroll *en, const char *node, const uint8_t *serial, size_t n,
    const char *author, const char *reason, struct err *e)
{
	int64_t now_ms = clock_wall_ms();
	char number[CERT_SERIAL_TEXT];
	int good;

	cert_serial_text(number, serial, n);
	good = node != NULL ? register_revoke_node(en->reg, node, now_ms, e)
			    : register_revoke_serial(en->reg, serial, n, now_ms, e);
	if (good == -1)
		return -1;
	register_save_revoked(en->save, node, serial, n);
	enroll_audit(en, author, "agent-revoke", node != NULL ? node : number, reason);
	log_warnx("enroll", "%s takes back %s %s (%d in force)%s%s", author,
	    node != NULL ? "the certificates of" : "the certificate", node != NULL ? node : number,
	    good, *reason != '\0' ? ": " : "", reason);
	enroll_listen(en);
	if (en->parts.revoked != NULL)
		en->parts.revoked(en->parts.arg);
	return good;
}

/* --- sessions --------------------------------------------------------------------------------- */

int
enroll_judge(
    struct enroll *en, const struct cert_facts *f, const struct tls_identity *nodes, struct err *e)
{
	union {
		char (*in)[NAME_MAX_NODE + 1];
		const char (*out)[NAME_MAX_NODE + 1];
	} names = { .in = nodes->nodes };
	int64_t hour_ms = clock_wall_ms() / HOUR_MS * HOUR_MS;

	if (nodes->n == 0)
		return err_set(e, "the certificate names no node");
	if (register_judge(en->reg, f, names.out, nodes->n, e) == -1)
		return -1;
	struct cert_entry c = { .nnodes = nodes->n,
		.facts = *f,
		.origin = CERT_SEEN,
		.first_ms = clock_wall_ms(),
		.last_ms = hour_ms };
	(void)str_copy(c.node, sizeof c.node, nodes->nodes[0]);
	if (register_note(en->reg, &c))
		register_save_used(en->save);
	return 0;
}

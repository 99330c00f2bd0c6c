/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three lists, each bounded. What decides whether a certificate is let in are numbers that only
 * grow, not moments: a clock that is set back opens no door. When a list is full, what can no
 * longer matter goes first; if a certificate must be forgotten that was taken back, its node is
 * closed, so that forgetting never lets anybody in. */
#include "collector/enroll/register.h"

#include <stdlib.h>
#include <string.h>

#include "collector/enroll/register_int.h"
#include "zw/alloc.h"

struct reg *
register_new(void)
{
	return xcalloc(1, sizeof(struct reg));
}

/* Lets go of an invitation's list. */
static void
invite_clear(struct reg *r, struct invite *v)
{
	r->nnames -= v->nmore;
	free(v->more);
	v->more = NULL;
	v->nmore = 0;
}

void
register_free(struct reg *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->ninvites; i++)
		invite_clear(r, &r->invites[i]);
	free(r->invites);
	free(r->certs);
	free(r->closed);
	free(r);
}

/* A copy of a list; NULL of an empty one. */
static void *
copy_of(const void *p, size_t n, size_t size)
{
	if (n == 0)
		return NULL;
	void *copy = xcalloc(n, size);
	memcpy(copy, p, n * size);
	return copy;
}

struct reg *
register_copy(const struct reg *r)
{
	struct reg *c = register_new();

	*c = *r;
	c->invites = copy_of(r->invites, r->ninvites, sizeof *r->invites);
	c->certs = copy_of(r->certs, r->ncerts, sizeof *r->certs);
	c->closed = copy_of(r->closed, r->nclosed, sizeof *r->closed);
	for (size_t i = 0; i < c->ninvites; i++)
		c->invites[i].more =
		    copy_of(r->invites[i].more, r->invites[i].nmore, sizeof *r->invites[i].more);
	return c;
}

/* --- invitations ------------------------------------------------------------------------------ */

bool
register_is_open(const struct invite *v, int64_t now_ms)
{
	if (now_ms >= v->ends_ms)
		return false;
	return v->state == INVITE_OPEN ||
	       (v->state == INVITE_USED && now_ms < v->used_ms + REGISTER_AGAIN_MS);
}

bool
register_expects(const struct reg *r, int64_t now_ms)
{
	for (size_t i = 0; i < r->ninvites; i++)
		if (register_is_open(&r->invites[i], now_ms))
			return true;
	return false;
}

/* Whether an invitation is for this node, or for it beside another. */
static bool
invite_names(const struct invite *v, const char *node)
{
	bool found = strcmp(v->node, node) == 0;

	for (size_t i = 0; i < v->nmore && !found; i++)
		found = strcmp(v->more[i], node) == 0;
	return found;
}

unsigned
register_withdraw(struct reg *r, const char *node, int64_t now_ms)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->ninvites; i++) {
		struct invite *v = &r->invites[i];
		if (!register_is_open(v, now_ms) || !invite_names(v, node))
			continue;
		v->state = INVITE_WITHDRAWN;
		n++;
	}
	return n;
}

/* Forgets one. */
static void
invite_remove(struct reg *r, size_t i)
{
	invite_clear(r, &r->invites[i]);
	r->ninvites--;
	memmove(&r->invites[i], &r->invites[i + 1], (r->ninvites - i) * sizeof *r->invites);
}

/* Room for one more with so many names: the oldest that are of no use go. */
static int
invite_room(struct reg *r, size_t nmore, int64_t now_ms, struct err *e)
{
	for (size_t i = 0; i < r->ninvites;) {
		if (r->ninvites < REGISTER_MAX_INVITES && r->nnames + nmore <= REGISTER_MAX_NAMES)
			return 0;
		if (register_is_open(&r->invites[i], now_ms))
			i++;
		else
			invite_remove(r, i);
	}
	if (r->ninvites < REGISTER_MAX_INVITES && r->nnames + nmore <= REGISTER_MAX_NAMES)
		return 0;
	return err_set(e, "too many invitations are open; withdraw some, or let them end");
}

const struct invite *
register_invite(struct reg *r, const char *node, const char *const *more, size_t nmore,
    const uint8_t token[DIGEST_SIZE], const char *author, int64_t now_ms, int64_t ends_ms,
    struct err *e)
{
	struct invite v = { .made_ms = now_ms, .ends_ms = ends_ms, .nmore = nmore };

	if (nmore >= TLS_MAX_NODES) {
		err_set(e, "more than %d nodes", TLS_MAX_NODES);
		return NULL;
	}
	for (size_t i = 0; i < r->ninvites; i++)
		if (r->invites[i].state == INVITE_OPEN && strcmp(r->invites[i].node, node) == 0)
			r->invites[i].state = INVITE_WITHDRAWN;
	if (invite_room(r, nmore, now_ms, e) == -1)
		return NULL;
	(void)str_copy(v.node, sizeof v.node, node);
	(void)str_copy(v.author, sizeof v.author, author);
	memcpy(v.token, token, DIGEST_SIZE);
	v.more = nmore > 0 ? xcalloc(nmore, sizeof *v.more) : NULL;
	for (size_t i = 0; i < nmore; i++)
		(void)str_copy(v.more[i], sizeof v.more[i], more[i]);
	v.id = ++r->last_invite;
	r->nnames += nmore;
	r->invites = xreallocarray(r->invites, r->ninvites + 1, sizeof *r->invites);
	r->invites[r->ninvites] = v;
	return &r->invites[r->ninvites++];
}

/* Judges the invitation that a token is of. */
static int
judge_invite(const struct invite *v, const uint8_t key[DIGEST_SIZE], int64_t now_ms, struct err *e)
{
	if (v == NULL)
		return err_set(e, "no such token");
	if (v->state == INVITE_WITHDRAWN)
		return err_set(e, "the invitation of %s was withdrawn", v->node);
	if (now_ms >= v->ends_ms)
		return err_set(e, "the invitation of %s has ended", v->node);
	if (v->state == INVITE_USED && !digest_equal(v->used_by, key))
		return err_set(e, "another key used the invitation of %s", v->node);
	if (v->state == INVITE_USED && now_ms >= v->used_ms + REGISTER_AGAIN_MS)
		return err_set(e, "the invitation of %s was used", v->node);
	return 0;
}

const struct invite *
register_redeem(struct reg *r, const uint8_t token[DIGEST_SIZE], const uint8_t key[DIGEST_SIZE],
    int64_t now_ms, struct err *e)
{
	struct invite *v = NULL;

	/* All are looked at, whichever it is. */
	for (size_t i = 0; i < r->ninvites; i++)
		if (digest_equal(r->invites[i].token, token))
			v = &r->invites[i];
	if (judge_invite(v, key, now_ms, e) == -1)
		return NULL;
	if (v->state == INVITE_OPEN) {
		v->state = INVITE_USED;
		v->used_ms = now_ms;
		memcpy(v->used_by, key, DIGEST_SIZE);
	}
	return v;
}

/* Whether a certificate for this key was ever noted. */
static bool
has_key(const struct reg *r, const uint8_t key[DIGEST_SIZE])
{
	for (size_t i = 0; i < r->ncerts; i++)
		if (memcmp(r->certs[i].facts.key_digest, key, DIGEST_SIZE) == 0)
			return true;
	return false;
}

void
register_give_back(struct reg *r, uint64_t id)
{
	for (size_t i = 0; i < r->ninvites; i++) {
		struct invite *v = &r->invites[i];
		if (v->id != id || v->state != INVITE_USED || has_key(r, v->used_by))
			continue;
		v->state = INVITE_OPEN;
		v->used_ms = 0;
		memset(v->used_by, 0, DIGEST_SIZE);
	}
}

/* --- certificates ----------------------------------------------------------------------------- */

/* By name. */
static int
by_node(const void *a, const void *b)
{
	const struct closed_node *x = a, *y = b;
	return strcmp(x->node, y->node);
}

/* The entry of a closed node, or NULL. */
static struct closed_node *
closed_find(const struct reg *r, const char *node)
{
	struct closed_node key = { 0 };

	if (r->nclosed == 0 || str_copy(key.node, sizeof key.node, node) == -1)
		return NULL;
	return bsearch(&key, r->closed, r->nclosed, sizeof *r->closed, by_node);
}

/* Closes a node to all that was noted until now. */
static int
closed_add(struct reg *r, const char *node, int64_t now_ms, struct err *e)
{
	struct closed_node *c = closed_find(r, node);

	if (c == NULL && r->nclosed == REGISTER_MAX_CLOSED)
		return err_set(e, "certificates of %d nodes were taken back, and no more fit",
		    REGISTER_MAX_CLOSED);
	if (c == NULL) {
		r->closed = xreallocarray(r->closed, r->nclosed + 1, sizeof *r->closed);
		c = &r->closed[r->nclosed++];
		*c = (struct closed_node){ 0 };
		(void)str_copy(c->node, sizeof c->node, node);
	}
	c->number = r->last_cert;
	c->at_ms = now_ms;
	qsort(r->closed, r->nclosed, sizeof *r->closed, by_node);
	return 0;
}

/* The entry of a certificate: number and key must both be its, for two authorities may give the
 * same number. */
static struct cert_entry *
cert_find(const struct reg *r, const struct cert_facts *f)
{
	for (size_t i = r->ncerts; i > 0; i--) {
		struct cert_entry *c = &r->certs[i - 1];
		if (c->facts.nserial == f->nserial &&
		    memcmp(c->facts.serial, f->serial, f->nserial) == 0 &&
		    memcmp(c->facts.key_digest, f->key_digest, DIGEST_SIZE) == 0)
			return c;
	}
	return NULL;
}

/* How much a certificate is missed: one that ended not at all, one that was taken back most. */
static int
cert_worth(const struct cert_entry *c, int64_t now_ms)
{
	return c->facts.not_after_ms <= now_ms ? 0 : c->revoked_ms == 0 ? 1 : 2;
}

/* Forgets the least worthy of a node's (NULL: of all), the oldest of them. */
static void
cert_evict(struct reg *r, const char *node, int64_t now_ms)
{
	size_t least = r->ncerts;
	int worth = 3;

	for (size_t i = 0; i < r->ncerts && worth > 0; i++) {
		const struct cert_entry *c = &r->certs[i];
		if ((node != NULL && strcmp(c->node, node) != 0) || cert_worth(c, now_ms) >= worth)
			continue;
		worth = cert_worth(c, now_ms);
		least = i;
	}
	if (least == r->ncerts)
		return;
	if (worth == 2 && closed_add(r, r->certs[least].node, now_ms, NULL) == -1)
		return;
	r->ncerts--;
	memmove(&r->certs[least], &r->certs[least + 1], (r->ncerts - least) * sizeof *r->certs);
}

/* Room for one more of this node. */
static bool
cert_room(struct reg *r, const char *node, int64_t now_ms)
{
	size_t same = 0;

	for (size_t i = 0; i < r->ncerts; i++)
		same += strcmp(r->certs[i].node, node) == 0;
	if (same >= REGISTER_MAX_OF_NODE)
		cert_evict(r, node, now_ms);
	else if (r->ncerts >= REGISTER_MAX_CERTS)
		cert_evict(r, NULL, now_ms);
	return r->ncerts < REGISTER_MAX_CERTS;
}

bool
register_note(struct reg *r, const struct cert_entry *c)
{
	struct cert_entry *old = cert_find(r, &c->facts);

	if (old != NULL) {
		bool later = c->last_ms > old->last_ms;
		if (later)
			old->last_ms = c->last_ms;
		return later;
	}
	if (!cert_room(r, c->node, c->first_ms))
		return false;
	r->certs = xreallocarray(r->certs, r->ncerts + 1, sizeof *r->certs);
	r->certs[r->ncerts] = *c;
	/* A beginning before 1970 is somebody's way to write "ever"; the file knows no such times,
	 * and would be damaged by it. */
	if (c->facts.not_before_ms < 0)
		r->certs[r->ncerts].facts.not_before_ms = 0;
	if (c->facts.not_after_ms < 0)
		r->certs[r->ncerts].facts.not_after_ms = 0;
	r->certs[r->ncerts++].number = ++r->last_cert;
	return true;
}

int
register_judge(const struct reg *r, const struct cert_facts *f,
    const char (*nodes)[NAME_MAX_NODE + 1], size_t n, struct err *e)
{
	const struct cert_entry *c = cert_find(r, f);
	bool ours = c != NULL && c->origin != CERT_SEEN;
	char serial[CERT_SERIAL_TEXT];

	cert_serial_text(serial, f->serial, f->nserial);
	if (c != NULL && c->revoked_ms != 0)
		return err_set(e, "the certificate %s was taken back", serial);
	for (size_t i = 0; i < n; i++) {
		const struct closed_node *closed = closed_find(r, nodes[i]);
		if (closed != NULL && (!ours || c->number <= closed->number))
			return err_set(e,
			    "certificates of %s were taken back, and %s was not given out since",
			    nodes[i], serial);
	}
	return 0;
}

/* Takes one back: whether it was good. */
static bool
cert_revoke(struct cert_entry *c, int64_t now_ms)
{
	bool good = c->revoked_ms == 0 && c->facts.not_after_ms > now_ms;

	if (c->revoked_ms == 0)
		c->revoked_ms = now_ms > 0 ? now_ms : 1;
	return good;
}

int
register_revoke_node(struct reg *r, const char *node, int64_t now_ms, struct err *e)
{
	int n = 0;

	if (closed_add(r, node, now_ms, e) == -1)
		return -1;
	for (size_t i = 0; i < r->ncerts; i++)
		if (strcmp(r->certs[i].node, node) == 0)
			n += cert_revoke(&r->certs[i], now_ms);
	for (size_t i = 0; i < r->ninvites; i++)
		if (r->invites[i].state != INVITE_WITHDRAWN && invite_names(&r->invites[i], node))
			r->invites[i].state = INVITE_WITHDRAWN;
	return n;
}

/* The invitation by which a certificate's key came, which would give it another. */
static void
withdraw_of_key(struct reg *r, const uint8_t key[DIGEST_SIZE])
{
	for (size_t i = 0; i < r->ninvites; i++)
		if (r->invites[i].state == INVITE_USED && digest_equal(r->invites[i].used_by, key))
			r->invites[i].state = INVITE_WITHDRAWN;
}

int
register_revoke_serial(
    struct reg *r, const uint8_t *serial, size_t n, int64_t now_ms, struct err *e)
{
	bool known = false;
	int good = 0;

	for (size_t i = 0; i < r->ncerts; i++) {
		struct cert_entry *c = &r->certs[i];
		if (c->facts.nserial != n || memcmp(c->facts.serial, serial, n) != 0)
			continue;
		known = true;
		good += cert_revoke(c, now_ms);
		withdraw_of_key(r, c->facts.key_digest);
	}
	return known ? good : err_set(e, "no certificate with this number is known here");
}

/* Numbers that are given from now on are above one that was given. */
static void
reach(struct reg *r, uint64_t number)
{
	if (r->last_cert < number)
		r->last_cert = number;
}

bool
register_merge_closed(struct reg *r, const struct closed_node *c)
{
	struct closed_node *known = closed_find(r, c->node);

	reach(r, c->number);
	if (known != NULL && known->number >= c->number)
		return false;
	if (known == NULL && closed_add(r, c->node, c->at_ms, NULL) == -1)
		return false;
	known = closed_find(r, c->node);
	known->number = c->number;
	known->at_ms = c->at_ms;
	return true;
}

bool
register_merge_cert(struct reg *r, const struct cert_entry *c, int64_t now_ms)
{
	struct cert_entry *known = cert_find(r, &c->facts);

	reach(r, c->number);
	if (known != NULL) {
		bool good = known->revoked_ms == 0;
		if (good)
			known->revoked_ms = c->revoked_ms;
		return good;
	}
	/* Of a closed node one that nobody knows is refused anyway. */
	if (c->facts.not_after_ms <= now_ms - REGISTER_KEPT_MS || closed_find(r, c->node) != NULL)
		return false;
	return register_note(r, c);
}

void
register_sweep(struct reg *r, int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->ncerts; i++)
		if (r->certs[i].facts.not_after_ms > now_ms - REGISTER_KEPT_MS)
			r->certs[kept++] = r->certs[i];
	r->ncerts = kept;
	for (size_t i = 0; i < r->ninvites;) {
		if (r->invites[i].ends_ms <= now_ms - REGISTER_KEPT_MS)
			invite_remove(r, i);
		else
			i++;
	}
}

/* --- lists ------------------------------------------------------------------------------------ */

size_t
register_invites(const struct reg *r, const struct invite **list)
{
	*list = r->invites;
	return r->ninvites;
}

size_t
register_certs(const struct reg *r, const struct cert_entry **list)
{
	*list = r->certs;
	return r->ncerts;
}

size_t
register_closed(const struct reg *r, const struct closed_node **list)
{
	*list = r->closed;
	return r->nclosed;
}

const char *
register_origin_word(enum cert_origin origin)
{
	static const char *const words[] = { "enrolled", "renewed", "issued", "seen" };
	return words[origin];
}

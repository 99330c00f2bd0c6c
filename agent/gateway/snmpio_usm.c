/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio_usm: who speaks SNMPv3 (RFC 3414). net-snmp has one list of users for the whole program,
 * found by engine ID and name, and one clock for each engine ID. But devices exist whose engine ID
 * is not theirs alone, and one device may be asked with two passwords: so each peer has a user of
 * its own, and the one that is about to speak is put into the list, with the clock that it saw. */
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/snmpio_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define MAX_KUS 256 /* cached */

/* A password's Ku, costly: a megabyte is hashed for it. */
struct snmpio_ku {
	LIST_ENTRY(snmpio_ku) link;
	const oid *auth;
	char *password;
	uint8_t key[SNMPIO_KEY_LEN];
	size_t len;
};

struct snmpio_engine {
	LIST_ENTRY(snmpio_engine) link;
	LIST_HEAD(, snmpio_user) users;
	const struct snmpio_user *clock_of; /* whose clock net-snmp has */
	uint8_t id[SNMPIO_MAX_ENGINE];
	size_t len;
};

struct snmpio_user {
	LIST_ENTRY(snmpio_user) link;
	struct snmpio_engine *engine;
	struct usmUser *u; /* in net-snmp's list, which then owns it, or aside */
	bool listed;
	bool saved; /* the clock below */
	unsigned boots;
	unsigned time_s;
	int64_t saved_ms;
};

/* --- keys ------------------------------------------------------------------------------------ */

/* The OID of an authentication protocol, 10 long; NULL: none. */
static const oid *
auth_oid(enum snmpio_auth a)
{
	switch (a) {
	case SNMPIO_AUTH_MD5:
		return usmHMACMD5AuthProtocol;
	case SNMPIO_AUTH_SHA:
		return usmHMACSHA1AuthProtocol;
	case SNMPIO_AUTH_SHA224:
		return usmHMAC128SHA224AuthProtocol;
	case SNMPIO_AUTH_SHA256:
		return usmHMAC192SHA256AuthProtocol;
	case SNMPIO_AUTH_SHA384:
		return usmHMAC256SHA384AuthProtocol;
	case SNMPIO_AUTH_SHA512:
		return usmHMAC384SHA512AuthProtocol;
	case SNMPIO_AUTH_NONE:
		break;
	}
	return NULL;
}

/* The OID of a privacy protocol and its length; NULL: none. */
static const oid *
priv_oid(enum snmpio_priv p, size_t *len)
{
	*len = OID_LENGTH(usmDESPrivProtocol);
	switch (p) {
	case SNMPIO_PRIV_DES:
		return usmDESPrivProtocol;
	case SNMPIO_PRIV_AES:
		return usmAESPrivProtocol;
	case SNMPIO_PRIV_AES192:
		*len = OID_LENGTH(usmAES192PrivProtocol);
		return usmAES192PrivProtocol;
	case SNMPIO_PRIV_AES256:
		*len = OID_LENGTH(usmAES256PrivProtocol);
		return usmAES256PrivProtocol;
	case SNMPIO_PRIV_AES192C:
		*len = OID_LENGTH(usmAES192CiscoPrivProtocol);
		return usmAES192CiscoPrivProtocol;
	case SNMPIO_PRIV_AES256C:
		*len = OID_LENGTH(usmAES256CiscoPrivProtocol);
		return usmAES256CiscoPrivProtocol;
	case SNMPIO_PRIV_NONE:
		break;
	}
	return NULL;
}

/* Forget a cached key. */
static void
ku_free(struct snmpio_ku *ku)
{
	LIST_REMOVE(ku, link);
	explicit_bzero(ku->password, strlen(ku->password));
	explicit_bzero(ku->key, sizeof ku->key);
	free(ku->password);
	free(ku);
}

/* The cached key of a password; when there are too many, they are forgotten. */
static struct snmpio_ku *
ku_find(struct snmpio *io, const oid *auth, const char *password)
{
	struct snmpio_ku *ku, *last = NULL;
	unsigned n = 0;

	LIST_FOREACH (ku, &io->kus, link) {
		if (ku->auth == auth && strcmp(ku->password, password) == 0)
			return ku;
		last = ku;
		n++;
	}
	if (n >= MAX_KUS)
		ku_free(last);
	return NULL;
}

/* Compute a password's key, or take it from the cache. */
static int
ku_get(struct snmpio *io, const oid *auth, size_t auth_len, const char *password, const char *what,
    uint8_t out[SNMPIO_KEY_LEN], size_t *len, struct err *e)
{
	struct snmpio_ku *ku;

	if (password == NULL || strlen(password) < SNMPIO_MIN_PASSWORD)
		return err_set(
		    e, "the %s password has fewer than %d characters", what, SNMPIO_MIN_PASSWORD);
	ku = ku_find(io, auth, password);
	if (ku == NULL) {
		ku = xcalloc(1, sizeof *ku);
		ku->auth = auth;
		ku->password = xstrdup(password);
		ku->len = sizeof ku->key;
		LIST_INSERT_HEAD(&io->kus, ku, link);
		if (generate_Ku(auth, (u_int)auth_len, (const u_char *)password, strlen(password),
			ku->key, &ku->len) != SNMPERR_SUCCESS) {
			ku_free(ku);
			return err_set(e, "no key can be made of the %s password", what);
		}
	}
	memcpy(out, ku->key, sizeof ku->key);
	*len = ku->len;
	return 0;
}

int
snmpio_usm_keys(
    struct snmpio_keys *k, struct snmpio *io, const struct snmpio_credential *c, struct err *e)
{
	*k = (struct snmpio_keys){ .level = SNMP_SEC_LEVEL_NOAUTH };
	if (c->user == NULL || c->user[0] == '\0' || strlen(c->user) > 32)
		return err_set(e, "an SNMPv3 user's name has 1 to 32 bytes");
	k->auth = auth_oid(c->auth);
	k->priv = priv_oid(c->priv, &k->priv_len);
	if (k->priv != NULL && k->auth == NULL)
		return err_set(e, "privacy needs authentication");
	if (k->auth == NULL)
		return 0;
	k->auth_len = OID_LENGTH(usmHMACMD5AuthProtocol);
	if (ku_get(io, k->auth, k->auth_len, c->auth_password, "authentication", k->auth_ku,
		&k->auth_ku_len, e) == -1)
		return -1;
	k->level = SNMP_SEC_LEVEL_AUTHNOPRIV;
	if (k->priv == NULL)
		return 0;
	if (ku_get(io, k->auth, k->auth_len, c->priv_password, "privacy", k->priv_ku,
		&k->priv_ku_len, e) == -1)
		return -1;
	k->level = SNMP_SEC_LEVEL_AUTHPRIV;
	return 0;
}

/* --- engines --------------------------------------------------------------------------------- */

/* The engine of this ID, made when it is new. */
static struct snmpio_engine *
engine_get(struct snmpio *io, const uint8_t *id, size_t len)
{
	struct snmpio_engine *en;

	LIST_FOREACH (en, &io->engines, link)
		if (en->len == len && memcmp(en->id, id, len) == 0)
			return en;
	en = xcalloc(1, sizeof *en);
	memcpy(en->id, id, len);
	en->len = len;
	LIST_INIT(&en->users);
	LIST_INSERT_HEAD(&io->engines, en, link);
	return en;
}

/* Forget an engine that nobody uses any more. Its clock stays with net-snmp, as protection against
 * old messages. */
static void
engine_release(struct snmpio_engine *en)
{
	if (!LIST_EMPTY(&en->users))
		return;
	LIST_REMOVE(en, link);
	free(en);
}

/* Keep the clock that net-snmp has for the user that it comes from. */
static void
clock_save(struct snmpio_engine *en)
{
	struct snmpio_user *u;

	LIST_FOREACH (u, &en->users, link) {
		if (u != en->clock_of)
			continue;
		u->saved = get_enginetime(en->id, (u_int)en->len, &u->boots, &u->time_s, TRUE) ==
			   SNMPERR_SUCCESS;
		u->saved_ms = clock_mono_ms();
	}
}

/* --- users ----------------------------------------------------------------------------------- */

/* Another user of the same name at its engine, that is in the list or not; or NULL. */
static struct snmpio_user *
namesake(const struct snmpio_user *u, bool listed)
{
	struct snmpio_user *o;

	LIST_FOREACH (o, &u->engine->users, link)
		if (o != u && o->listed == listed && strcmp(o->u->name, u->u->name) == 0)
			return o;
	return NULL;
}

/* Put it into net-snmp's list. */
static void
list(struct snmpio_user *u)
{
	usm_add_user(u->u);
	u->listed = true;
}

/* Take it out of net-snmp's list. */
static void
unlist(struct snmpio_user *u)
{
	usm_remove_user(u->u);
	u->u->next = u->u->prev = NULL;
	u->listed = false;
}

/* A key for this engine only (RFC 3414, 2.6: Kul), in memory that net-snmp frees. */
static int
localize(struct usmUser *u, const uint8_t *ku, size_t ku_len, u_char **key, size_t *key_len)
{
	*key = xcalloc(1, SNMPIO_KEY_LEN);
	*key_len = SNMPIO_KEY_LEN;
	return generate_kul(u->authProtocol, (u_int)u->authProtocolLen, u->engineID,
		   (u_int)u->engineIDLen, ku, ku_len, *key, key_len) == SNMPERR_SUCCESS
		   ? 0
		   : -1;
}

/* A copy of an OID that net-snmp frees. */
static oid *
duplicate(const oid *o, size_t len)
{
	oid *copy = xreallocarray(NULL, len, sizeof *copy);

	memcpy(copy, o, len * sizeof *copy);
	return copy;
}

/* Net-snmp's record of a user; NULL when a key cannot be made. */
static struct usmUser *
make(const uint8_t *engine, size_t len, const char *name, const struct snmpio_keys *k)
{
	struct usmUser *u = xcalloc(1, sizeof *u);
	size_t none = OID_LENGTH(usmNoAuthProtocol);

	u->engineID = xmemdup(engine, len);
	u->engineIDLen = len;
	u->name = xstrdup(name);
	u->secName = xstrdup(name);
	u->userStatus = SNMP_ROW_ACTIVE;
	u->userStorageType = SNMP_STORAGE_READONLY; /* never written to a file */
	u->authProtocolLen = k->auth != NULL ? k->auth_len : none;
	u->authProtocol =
	    duplicate(k->auth != NULL ? k->auth : usmNoAuthProtocol, u->authProtocolLen);
	u->privProtocolLen = k->priv != NULL ? k->priv_len : none;
	u->privProtocol =
	    duplicate(k->priv != NULL ? k->priv : usmNoPrivProtocol, u->privProtocolLen);
	if ((k->auth != NULL &&
		localize(u, k->auth_ku, k->auth_ku_len, &u->authKey, &u->authKeyLen) == -1) ||
	    (k->priv != NULL &&
		(localize(u, k->priv_ku, k->priv_ku_len, &u->privKey, &u->privKeyLen) == -1 ||
		    usm_extend_user_kul(u, SNMPIO_KEY_LEN) != SNMPERR_SUCCESS))) {
		usm_free_user(u);
		return NULL;
	}
	return u;
}

int
snmpio_usm_new(struct snmpio_user **out, struct snmpio *io, const uint8_t *engine, size_t len,
    const char *name, const struct snmpio_keys *k, struct err *e)
{
	struct snmpio_user *u;
	struct usmUser *made;

	*out = NULL;
	if (len == 0 || len > SNMPIO_MAX_ENGINE)
		return err_set(e, "an engine ID has 1 to %d bytes", SNMPIO_MAX_ENGINE);
	made = make(engine, len, name, k);
	if (made == NULL)
		return err_set(e, "no key can be made for user %s", name);
	u = xcalloc(1, sizeof *u);
	u->u = made;
	u->engine = engine_get(io, engine, len);
	LIST_INSERT_HEAD(&u->engine->users, u, link);
	if (namesake(u, true) == NULL)
		list(u);
	*out = u;
	return 0;
}

void
snmpio_usm_free(struct snmpio *io, struct snmpio_user *u)
{
	struct snmpio_user *heir;

	(void)io;
	if (u == NULL)
		return;
	heir = u->listed ? namesake(u, false) : NULL;
	if (u->listed)
		unlist(u);
	if (heir != NULL)
		list(heir);
	if (u->engine->clock_of == u)
		u->engine->clock_of = NULL;
	LIST_REMOVE(u, link);
	engine_release(u->engine);
	usm_free_user(u->u);
	free(u);
}

void
snmpio_usm_enter(struct snmpio_user *u)
{
	struct snmpio_engine *en = u->engine;
	struct snmpio_user *other;

	if (u->listed && en->clock_of == u)
		return;
	other = u->listed ? NULL : namesake(u, true);
	if (other != NULL)
		unlist(other);
	if (!u->listed)
		list(u);
	if (en->clock_of == u)
		return;
	clock_save(en);
	en->clock_of = u;
	if (u->saved)
		set_enginetime(en->id, (u_int)en->len, u->boots,
		    u->time_s + (unsigned)((clock_mono_ms() - u->saved_ms) / 1000), TRUE);
}

void
snmpio_usm_resync(struct snmpio_user *u)
{
	u->saved = false;
	set_enginetime(u->engine->id, (u_int)u->engine->len, 0, 0, TRUE);
}

size_t
snmpio_usm_engine(const struct snmpio_user *u, const uint8_t **out)
{
	*out = u->engine->id;
	return u->engine->len;
}

void
snmpio_usm_end(struct snmpio *io)
{
	struct snmpio_ku *ku;

	while ((ku = LIST_FIRST(&io->kus)) != NULL)
		ku_free(ku);
}

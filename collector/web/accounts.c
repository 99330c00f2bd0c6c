/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lists in memory, and who asks by them. What is changed is written by accounts_save.c; signing
 * in with a password is in accounts_login.c, what admins do in accounts_people.c. */
#include "collector/web/accounts_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <event2/event.h>

#include "collector/web/auth.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define TICK_MS 60000
#define USE_MS (5 * 60000) /* how exactly use is kept */
#define SESSIONS_EACH 20   /* of a person or a token */

static void prune(struct accounts *a, int64_t wall_ms);

/* Every minute: sessions that are over go, and use is written. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct accounts *a = arg;
	(void)fd;
	(void)what;
	prune(a, clock_wall_ms());
	accounts_save_tick(a->save);
}

int
accounts_new(
    struct accounts **out, struct event_base *base, const struct accounts_options *o, struct err *e)
{
	struct accounts *a = xcalloc(1, sizeof *a);
	struct timeval every = clock_timeval(TICK_MS);

	*out = NULL;
	a->o = *o;
	a->lockout = lockout_new();
	a->complaints.every_ms = 60000;
	a->complaints.burst = 20;
	digest_make(o->token, strlen(o->token), a->file_token);
	if (accounts_file_load(&a->d, o->path, e) == -1 ||
	    accounts_save_new(&a->save, base, o->path, &a->d, e) == -1 ||
	    worker_new(&a->hasher, base, "passwd", e) == -1) {
		accounts_free(a);
		return -1;
	}
	a->tick = event_new(base, -1, EV_PERSIST, on_tick, a);
	if (a->tick == NULL || event_add(a->tick, &every) == -1)
		fatalx("accounts", "cannot make a timer");
	*out = a;
	return 0;
}

void
accounts_free(struct accounts *a)
{
	if (a == NULL)
		return;
	if (a->tick != NULL)
		event_free(a->tick);
	a->ending = true;
	worker_free(a->hasher);
	accounts_save_free(a->save);
	accounts_data_clear(&a->d);
	lockout_free(a->lockout);
	explicit_bzero(a->file_token, sizeof a->file_token);
	free(a);
}

void
accounts_sync(struct accounts *a, void (*done)(void *arg, bool ok), void *arg)
{
	accounts_save_wait(a->save, done, arg);
}

/* --- secrets --------------------------------------------------------------------------------- */

int
accounts_secret(char key[ACCOUNTS_SECRET], uint8_t digest[DIGEST_SIZE], struct err *e)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";
	uint8_t lot[33] = { 0 };
	size_t used = 0;

	if (getrandom(lot, 32, 0) != 32)
		return err_set(e, "no random bytes: %s", strerror(errno));
	for (size_t i = 0; i < sizeof lot; i += 3) {
		uint32_t v = (uint32_t)lot[i] << 16 | (uint32_t)lot[i + 1] << 8 | lot[i + 2];
		for (int shift = 18; shift >= 0 && used < ACCOUNTS_KEY; shift -= 6)
			key[used++] = alphabet[v >> shift & 63];
	}
	key[used] = '\0';
	explicit_bzero(lot, sizeof lot);
	digest_make(key, used, digest);
	return 0;
}

/* --- sessions -------------------------------------------------------------------------------- */

void
accounts_use_token(struct accounts *a, const char *token)
{
	a->o.token = token;
	digest_make(token, strlen(token), a->file_token);
}

/* The token with this digest that has not ended. */
static struct token *
token_of(const struct accounts *a, const uint8_t digest[DIGEST_SIZE], int64_t wall_ms)
{
	for (size_t i = 0; i < a->d.ntokens; i++) {
		struct token *t = &a->d.tokens[i];
		if (digest_equal(t->digest, digest))
			return t->ends_ms == 0 || t->ends_ms > wall_ms ? t : NULL;
	}
	return NULL;
}

/* Who has this session; WHO_NOBODY: it is over. */
static struct who
who_of(const struct accounts *a, const struct session *s, int64_t wall_ms)
{
	struct who who = { .proof = WHO_BY_COOKIE, .session = s->id };
	const struct token *t = NULL;

	if (s->kind == SESSION_OF_PERSON) {
		const struct person *p = accounts_data_person(&a->d, s->name);
		if (p == NULL)
			return (struct who){ 0 };
		who.role = p->role;
		(void)str_copy(who.name, sizeof who.name, p->name);
		who.has_lang = p->has_lang;
		who.lang = p->lang;
		who.theme = p->theme;
	} else if (digest_equal(s->of, a->file_token)) {
		who.role = WHO_ADMIN;
	} else if ((t = token_of(a, s->of, wall_ms)) != NULL) {
		who.role = t->role;
		(void)str_copy(who.name, sizeof who.name, t->name);
	}
	/* A wall hangs there for years. */
	if (who.role > WHO_WALL &&
	    (wall_ms - s->used_ms >= a->o.idle_ms || wall_ms - s->made_ms >= a->o.longest_ms))
		return (struct who){ 0 };
	return who.role == WHO_NOBODY ? (struct who){ 0 } : who;
}

void
accounts_drop_session(struct accounts *a, struct session *s)
{
	*s = a->d.sessions[--a->d.nsessions];
	accounts_save_changed(a->save);
}

/* Sessions that are over go. */
static void
prune(struct accounts *a, int64_t wall_ms)
{
	for (size_t i = a->d.nsessions; i > 0; i--)
		if (who_of(a, &a->d.sessions[i - 1], wall_ms).role == WHO_NOBODY)
			accounts_drop_session(a, &a->d.sessions[i - 1]);
}

/* Whether two sessions have the same owner. */
static bool
same_owner(const struct session *a, const struct session *b)
{
	return a->kind == b->kind &&
	       (a->kind == SESSION_OF_PERSON ? str_casecmp(a->name, b->name) == 0
					     : digest_equal(a->of, b->of));
}

/* Makes room: of one owner and of all together, those that are unused longest go. */
static void
make_room(struct accounts *a, const struct session *of)
{
	struct session *oldest = NULL, *own = NULL;
	size_t n = 0;

	for (size_t i = 0; i < a->d.nsessions; i++) {
		struct session *s = &a->d.sessions[i];
		if (oldest == NULL || s->used_ms < oldest->used_ms)
			oldest = s;
		if (!same_owner(s, of))
			continue;
		n++;
		if (own == NULL || s->used_ms < own->used_ms)
			own = s;
	}
	if (n >= SESSIONS_EACH)
		accounts_drop_session(a, own);
	else if (a->d.nsessions >= ACCOUNTS_FILE_SESSIONS)
		accounts_drop_session(a, oldest);
}

int
accounts_begin(struct accounts *a, struct session *s, const char *peer, int64_t wall_ms,
    char key[ACCOUNTS_SECRET], struct err *e)
{
	if (accounts_secret(key, s->digest, e) == -1)
		return -1;
	prune(a, wall_ms);
	make_room(a, s);
	s->id = ++a->d.last_session;
	s->made_ms = s->used_ms = wall_ms;
	lockout_address(s->peer, peer);
	a->d.sessions = xreallocarray(a->d.sessions, a->d.nsessions + 1, sizeof *a->d.sessions);
	a->d.sessions[a->d.nsessions++] = *s;
	accounts_save_changed(a->save);
	return 0;
}

int
accounts_enter(struct accounts *a, const struct who *who, const char *token, const char *peer,
    int64_t wall_ms, char key[ACCOUNTS_SECRET], struct err *e)
{
	struct session s = { .kind = token != NULL ? SESSION_OF_TOKEN : SESSION_OF_PERSON };

	if (token != NULL)
		digest_make(token, strlen(token), s.of);
	(void)str_copy(s.name, sizeof s.name, who->name);
	struct person *p = token == NULL ? accounts_data_person(&a->d, who->name) : NULL;
	if (p != NULL)
		p->last_ms = wall_ms;
	return accounts_begin(a, &s, peer, wall_ms, key, e);
}

void
accounts_leave(struct accounts *a, uint64_t session)
{
	for (size_t i = a->d.nsessions; i > 0; i--)
		if (a->d.sessions[i - 1].id == session)
			accounts_drop_session(a, &a->d.sessions[i - 1]);
}

void
accounts_leave_all(struct accounts *a, const char *name, uint64_t but)
{
	for (size_t i = a->d.nsessions; i > 0; i--) {
		struct session *s = &a->d.sessions[i - 1];
		if (s->kind == SESSION_OF_PERSON && s->id != but && str_casecmp(s->name, name) == 0)
			accounts_drop_session(a, s);
	}
}

bool
accounts_session_at(
    const struct accounts *a, const char *name, size_t i, struct accounts_session *out)
{
	for (size_t k = 0; k < a->d.nsessions; k++) {
		const struct session *s = &a->d.sessions[k];
		if (s->kind != SESSION_OF_PERSON || str_casecmp(s->name, name) != 0 || i-- > 0)
			continue;
		*out = (struct accounts_session){ s->id, s->made_ms, s->used_ms, s->peer };
		return true;
	}
	return false;
}

/* --- who asks -------------------------------------------------------------------------------- */

/* Notes use, but not each time: a file that is written at each request wears the disk. */
static void
use(struct accounts *a, int64_t *used_ms, int64_t wall_ms)
{
	int64_t step = a->o.idle_ms / 10 < USE_MS ? a->o.idle_ms / 10 : USE_MS;

	if (wall_ms - *used_ms < step && wall_ms >= *used_ms)
		return;
	*used_ms = wall_ms;
	accounts_save_used(a->save);
}

/* Who has a cookie's value. */
static struct who
by_cookie(struct accounts *a, const char *key, size_t n, int64_t wall_ms)
{
	uint8_t digest[DIGEST_SIZE];

	digest_make(key, n, digest);
	for (size_t i = 0; i < a->d.nsessions; i++) {
		struct session *s = &a->d.sessions[i];
		if (!digest_equal(s->digest, digest))
			continue;
		struct who who = who_of(a, s, wall_ms);
		if (who.role != WHO_NOBODY)
			use(a, &s->used_ms, wall_ms);
		return who;
	}
	return (struct who){ 0 };
}

/* Who has a token, by its digest. */
static struct who
by_token(struct accounts *a, const uint8_t digest[DIGEST_SIZE], int64_t wall_ms)
{
	struct who who = { .proof = WHO_BY_TOKEN };

	if (digest_equal(digest, a->file_token)) {
		who.role = WHO_ADMIN;
		return who;
	}
	struct token *t = token_of(a, digest, wall_ms);
	if (t == NULL)
		return (struct who){ 0 };
	use(a, &t->used_ms, wall_ms);
	who.role = t->role;
	(void)str_copy(who.name, sizeof who.name, t->name);
	return who;
}

/* As by_token(), for an address that may have guessed too much. */
static struct who
by_guess(struct accounts *a, const char *token, const char *peer, int64_t wall_ms)
{
	char address[LOCKOUT_ADDRESS];
	uint8_t digest[DIGEST_SIZE];

	lockout_address(address, peer);
	int64_t locked_ms = lockout_left(a->lockout, NULL, address, false, wall_ms);
	if (locked_ms > 0)
		return (struct who){ .locked_ms = locked_ms };
	digest_make(token, strlen(token), digest);
	struct who who = by_token(a, digest, wall_ms);
	if (who.role == WHO_NOBODY && lockout_fail(a->lockout, NULL, address, token, wall_ms))
		log_warnx("accounts", "too many wrong tokens from %s: it waits now", address);
	return who;
}

struct who
accounts_who(struct accounts *a, const char *authorization, const char *cookie, const char *peer,
    int64_t wall_ms)
{
	const char *token = auth_bearer(authorization), *key;
	struct who who = { 0 };
	size_t n;

	if (token != NULL)
		return by_guess(a, token, peer, wall_ms);
	while (who.role == WHO_NOBODY && (key = auth_cookie(&cookie, &n)) != NULL)
		who = by_cookie(a, key, n, wall_ms);
	return who;
}

struct who
accounts_token(struct accounts *a, const char *token, const char *peer, int64_t wall_ms)
{
	struct who who = by_guess(a, token, peer, wall_ms);

	/* The others are for programs, which know headers. */
	if (who.name[0] != '\0' && who.role != WHO_WALL)
		return (struct who){ 0 };
	return who;
}

bool
accounts_still(const struct accounts *a, const struct who *who, int64_t since_ms, int64_t wall_ms)
{
	if (who->proof == WHO_BY_TOKEN && who->name[0] == '\0')
		return true;
	if (who->proof == WHO_BY_TOKEN) {
		const struct token *t = accounts_data_token(&a->d, who->name);
		/* Another of its name is not the one that was shown. */
		return t != NULL && t->role == who->role && t->made_ms <= since_ms &&
		       (t->ends_ms == 0 || t->ends_ms > wall_ms);
	}
	for (size_t i = 0; i < a->d.nsessions; i++)
		if (a->d.sessions[i].id == who->session)
			return who_of(a, &a->d.sessions[i], wall_ms).role == who->role;
	return false;
}

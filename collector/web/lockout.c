/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two bounded lists, of names and of addresses. They are short, and each look costs microseconds
 * beside the 100 ms of a password's hash. */
#include "collector/web/lockout.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/digest.h"
#include "zw/str.h"

#define KEY_MAX 64
#define SEEN 4
#define TOKEN_FREE 20 /* other wrong tokens: programs try by themselves */

struct failure {
	char key[KEY_MAX];
	unsigned n;
	unsigned tokens;
	int64_t last_ms;
	int64_t until_ms;
	uint8_t seen[SEEN][DIGEST_SIZE]; /* wrong tokens, lately */
	unsigned nseen;
};

struct failures {
	struct failure *v;
	size_t n;
	size_t cap;
};

struct lockout {
	struct failures names;
	struct failures addresses;
};

struct lockout *
lockout_new(void)
{
	return xcalloc(1, sizeof(struct lockout));
}

void
lockout_free(struct lockout *l)
{
	if (l == NULL)
		return;
	free(l->names.v);
	free(l->addresses.v);
	free(l);
}

void
lockout_address(char dst[LOCKOUT_ADDRESS], const char *peer)
{
	struct in6_addr a;

	(void)str_copy(dst, LOCKOUT_ADDRESS, peer != NULL ? peer : "?");
	if (peer == NULL || inet_pton(AF_INET6, peer, &a) != 1)
		return;
	if (IN6_IS_ADDR_V4MAPPED(&a)) {
		inet_ntop(AF_INET, &a.s6_addr[12], dst, LOCKOUT_ADDRESS);
		return;
	}
	if (IN6_IS_ADDR_LOOPBACK(&a))
		return;
	memset(&a.s6_addr[8], 0, 8);
	inet_ntop(AF_INET6, &a, dst, LOCKOUT_ADDRESS);
}

bool
lockout_is_local(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* The entry of a key; NULL: it has none. */
static struct failure *
find(const struct failures *f, const char *key)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_casecmp(f->v[i].key, key) == 0)
			return &f->v[i];
	return NULL;
}

/* The entry of a key, a new one if need be, in the place of the one that is quiet longest. */
static struct failure *
touch(struct failures *f, const char *key, int64_t wall_ms)
{
	struct failure *x = find(f, key);

	if (x == NULL && f->n < LOCKOUT_MAX) {
		if (f->n == f->cap) {
			f->cap = f->cap == 0 ? 16 : 2 * f->cap;
			f->v = xreallocarray(f->v, f->cap, sizeof *f->v);
		}
		x = &f->v[f->n++];
		*x = (struct failure){ 0 };
	} else if (x == NULL) {
		x = &f->v[0];
		for (size_t i = 1; i < f->n; i++)
			if (f->v[i].last_ms < x->last_ms)
				x = &f->v[i];
		*x = (struct failure){ 0 };
	} else if (wall_ms - x->last_ms > LOCKOUT_FORGET_MS) {
		*x = (struct failure){ 0 };
	}
	(void)str_copy(x->key, sizeof x->key, key);
	x->last_ms = wall_ms;
	return x;
}

/* How much longer an entry waits. A clock that was set back lets nobody wait for years. */
static int64_t
left(const struct failure *x, int64_t wall_ms)
{
	if (x == NULL || x->until_ms <= wall_ms)
		return 0;
	int64_t ms = x->until_ms - wall_ms;
	return ms < LOCKOUT_ADDRESS_MS ? ms : LOCKOUT_ADDRESS_MS;
}

/* Counts a failure; whether a wait begins. */
static bool
count(struct failure *x, unsigned over, int64_t most_ms, int64_t wall_ms)
{
	if (over == 0)
		return false;
	bool before = left(x, wall_ms) > 0;
	int64_t wait = LOCKOUT_FIRST_MS;
	for (unsigned i = 1; i < over && wait < most_ms; i++)
		wait *= 2;
	x->until_ms = wall_ms + (wait < most_ms ? wait : most_ms);
	return !before;
}

/* Whether this wrong token was seen from there; it is from now on. */
static bool
seen(struct failure *x, const char *secret)
{
	uint8_t digest[DIGEST_SIZE];

	digest_make(secret, strlen(secret), digest);
	for (unsigned i = 0; i < x->nseen && i < SEEN; i++)
		if (digest_equal(x->seen[i], digest))
			return true;
	memcpy(x->seen[x->nseen++ % SEEN], digest, DIGEST_SIZE);
	return false;
}

int64_t
lockout_left(
    const struct lockout *l, const char *name, const char *address, bool known, int64_t wall_ms)
{
	int64_t there = left(find(&l->addresses, address), wall_ms);
	int64_t mine = name == NULL || known ? 0 : left(find(&l->names, name), wall_ms);

	return there > mine ? there : mine;
}

bool
lockout_fail(
    struct lockout *l, const char *name, const char *address, const char *secret, int64_t wall_ms)
{
	int64_t most_ms = lockout_is_local(address) ? LOCKOUT_PROXY_MS : LOCKOUT_ADDRESS_MS;
	struct failure *x = touch(&l->addresses, address, wall_ms);
	bool begins;

	if (secret != NULL) {
		if (seen(x, secret))
			return false;
		x->tokens++;
		return count(
		    x, x->tokens > TOKEN_FREE ? x->tokens - TOKEN_FREE : 0, most_ms, wall_ms);
	}
	x->n++;
	begins = count(x, x->n >= LOCKOUT_FREE ? x->n - LOCKOUT_FREE + 1 : 0, most_ms, wall_ms);
	if (name == NULL)
		return begins;
	x = touch(&l->names, name, wall_ms);
	x->n++;
	return count(x, x->n >= LOCKOUT_FREE ? x->n - LOCKOUT_FREE + 1 : 0, LOCKOUT_NAME_MS,
		   wall_ms) ||
	       begins;
}

void
lockout_clear(struct lockout *l, const char *name)
{
	struct failure *x = find(&l->names, name);

	if (x != NULL)
		*x = l->names.v[--l->names.n];
}

int64_t
lockout_of_name(const struct lockout *l, const char *name, int64_t wall_ms)
{
	return left(find(&l->names, name), wall_ms);
}

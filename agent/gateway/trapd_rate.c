/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd_rate: token buckets. */
#include "agent/gateway/trapd_rate.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "zw/alloc.h"
#include "zw/hash.h"

#define SETS 512 /* of trusted sources */
#define WAYS 8
#define SHARED 4096		  /* buckets of the others */
#define STALE_MS (10 * 60 * 1000) /* a trusted source that was silent so long may be replaced */
#define UNKNOWN_RATE 1000	  /* 1/s, of all others together */

struct bucket {
	int64_t at_ms;
	double tokens;
};

struct source {
	uint8_t address[16];
	uint8_t len; /* 0: free */
	struct bucket bucket;
};

struct trapd_rate {
	double rate;
	double burst;
	uint64_t seed;
	struct bucket unknown;
	struct bucket shared[SHARED];
	struct source trusted[SETS][WAYS];
};

struct trapd_rate *
trapd_rate_new(unsigned rate, unsigned burst, uint64_t seed)
{
	struct trapd_rate *r = xcalloc(1, sizeof *r);

	r->rate = rate;
	r->burst = burst > 0 ? burst : 1;
	r->seed = seed;
	r->unknown.tokens = UNKNOWN_RATE;
	for (size_t i = 0; i < SHARED; i++)
		r->shared[i].tokens = r->burst;
	return r;
}

void
trapd_rate_free(struct trapd_rate *r)
{
	free(r);
}

/* The address's bytes; an IPv4 one is the same in IPv6's clothes. */
static uint8_t
bytes(const struct sockaddr *sa, uint8_t out[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 a;
		memcpy(&a, sa, sizeof a);
		memcpy(out, &a.sin6_addr, 16);
		if (memcmp(out, mapped, sizeof mapped) != 0)
			return 16;
		memmove(out, out + 12, 4);
		memset(out + 4, 0, 12);
	} else {
		struct sockaddr_in a;
		memcpy(&a, sa, sizeof a);
		memcpy(out, &a.sin_addr, 4);
		memset(out + 4, 0, 12);
	}
	return 4;
}

/* splitmix64's finishing: each bit of the seed and of the value moves each bit of the hash. */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

uint64_t
trapd_rate_hash(const struct trapd_rate *r, const struct sockaddr *from)
{
	uint8_t address[16];
	uint64_t high, low;

	bytes(from, address);
	memcpy(&high, address, 8);
	memcpy(&low, address + 8, 8);
	return mix(mix(r->seed ^ high) ^ low ^ r->seed >> 17);
}

/* Take a token, if there is one. */
static bool
take(struct bucket *b, double rate, double burst, int64_t now_ms)
{
	if (now_ms > b->at_ms) {
		b->tokens += rate * (double)(now_ms - b->at_ms) / 1000;
		b->at_ms = now_ms;
	}
	if (b->tokens > burst)
		b->tokens = burst;
	if (b->tokens < 1)
		return false;
	b->tokens--;
	return true;
}

/* The trusted source of this address, or NULL. */
static struct source *
find(struct trapd_rate *r, const struct sockaddr *from, uint64_t hash)
{
	struct source *set = r->trusted[hash % SETS];
	uint8_t address[16], len = bytes(from, address);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].len == len && memcmp(set[i].address, address, len) == 0)
			return &set[i];
	return NULL;
}

bool
trapd_rate_pass(struct trapd_rate *r, const struct sockaddr *from, int64_t now_ms)
{
	uint64_t hash = trapd_rate_hash(r, from);
	struct source *s = find(r, from, hash);

	if (s != NULL)
		return take(&s->bucket, r->rate, r->burst, now_ms);
	return take(&r->shared[hash >> 32 & (SHARED - 1)], r->rate, r->burst, now_ms) &&
	       take(&r->unknown, UNKNOWN_RATE, UNKNOWN_RATE, now_ms);
}

void
trapd_rate_trust(struct trapd_rate *r, const struct sockaddr *from, int64_t now_ms)
{
	uint64_t hash = trapd_rate_hash(r, from);
	struct source *set = r->trusted[hash % SETS], *s = NULL;

	if (find(r, from, hash) != NULL)
		return;
	for (size_t i = 0; i < WAYS && s == NULL; i++)
		if (set[i].len == 0 || now_ms - set[i].bucket.at_ms > STALE_MS)
			s = &set[i];
	if (s == NULL)
		return;
	s->len = bytes(from, s->address);
	s->bucket = r->shared[hash >> 32 & (SHARED - 1)];
}

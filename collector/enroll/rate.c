/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Buckets that fill by the minute. A stranger who has many addresses meets the bound of all. */
#include "collector/enroll/rate.h"

#include <arpa/inet.h>
#include <string.h>

#define MINUTE_MS 60000
#define ONE MINUTE_MS /* what one request takes; each ms adds as many as may come a minute */

void
rate_init(struct rate *r)
{
	*r = (struct rate){ .all = { .left = RATE_OF_ALL * ONE } };
}

/* What an address counts as; never 0. */
static uint64_t
key_of(const char *peer)
{
	const char *colon = strrchr(peer, ':');
	size_t n = colon != NULL ? (size_t)(colon - peer) : strlen(peer);
	unsigned char net[16] = { 0 };
	char host[64];
	uint64_t key;

	if (n >= 2 && peer[0] == '[') {
		peer++;
		n -= 2;
	}
	if (n >= sizeof host)
		n = sizeof host - 1;
	memcpy(host, peer, n);
	host[n] = '\0';
	char *scope = strchr(host, '%');
	if (scope != NULL)
		*scope = '\0';
	if (inet_pton(AF_INET6, host, net) != 1 && inet_pton(AF_INET, host, net + 4) != 1)
		net[0] = 1; /* what has no address shares a bucket */
	memcpy(&key, net, sizeof key);
	return key != 0 ? key : 1;
}

/* Fill a bucket up to now. */
static void
fill(struct rate_bucket *b, int64_t most, int64_t now_ms)
{
	int64_t passed = now_ms > b->at_ms ? now_ms - b->at_ms : 0;

	if (passed > MINUTE_MS)
		passed = MINUTE_MS;
	b->left += passed * most;
	if (b->left > most * ONE)
		b->left = most * ONE;
	b->at_ms = now_ms;
}

/* The bucket of an address; a full one if it is new. */
static struct rate_bucket *
bucket_of(struct rate *r, uint64_t key, int64_t now_ms)
{
	struct rate_bucket *oldest = &r->kept[0];

	for (size_t i = 0; i < RATE_KEPT; i++) {
		struct rate_bucket *b = &r->kept[i];
		if (b->key == key)
			return b;
		if (b->key == 0 || (oldest->key != 0 && b->at_ms < oldest->at_ms))
			oldest = b;
	}
	*oldest =
	    (struct rate_bucket){ .key = key, .left = RATE_OF_ADDRESS * ONE, .at_ms = now_ms };
	return oldest;
}

bool
rate_pass(struct rate *r, const char *peer, int64_t now_ms)
{
	struct rate_bucket *b = bucket_of(r, key_of(peer), now_ms);

	fill(b, RATE_OF_ADDRESS, now_ms);
	fill(&r->all, RATE_OF_ALL, now_ms);
	if (b->left < ONE || r->all.left < ONE)
		return false;
	b->left -= ONE;
	r->all.left -= ONE;
	return true;
}

void
rate_give_back(struct rate *r)
{
	r->all.left += ONE;
	if (r->all.left > RATE_OF_ALL * ONE)
		r->all.left = RATE_OF_ALL * ONE;
}

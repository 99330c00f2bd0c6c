/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces lie behind one another in two buffers, so that a turn in which nothing changed costs no
 * allocation; sorted by key, two of them are compared by walking along both. */
#include "collector/web/live_pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

/* The key of a piece. */
static const char *
key_of(const struct live_pieces *p, const struct live_piece *one)
{
	return (const char *)p->keys.data + one->key;
}

void
live_pieces_clear(struct live_pieces *p)
{
	buf_clear(&p->keys);
	buf_clear(&p->text);
	p->n = 0;
}

void
live_pieces_free(struct live_pieces *p)
{
	buf_free(&p->keys);
	buf_free(&p->text);
	free(p->v);
	*p = (struct live_pieces){ 0 };
}

struct json *
live_begin(struct live_pieces *out, const char *key)
{
	if (out->n == out->room) {
		out->room = out->room == 0 ? 16 : 2 * out->room;
		out->v = xreallocarray(out->v, out->room, sizeof *out->v);
	}
	out->v[out->n] = (struct live_piece){ .key = out->keys.len, .text = out->text.len };
	buf_put(&out->keys, key, strlen(key) + 1);
	out->j = json_over(&out->text);
	json_object(&out->j, NULL);
	return &out->j;
}

void
live_end(struct live_pieces *out)
{
	struct live_piece *one = &out->v[out->n];
	while (out->j.depth > 0)
		json_end(&out->j);
	/* The writer ends its text with a newline, which ends an event's line. */
	if (out->text.len > 0 && out->text.data[out->text.len - 1] == '\n')
		out->text.len--;
	one->n = out->text.len - one->text;
	/* One that is too many is written over by the next. */
	if (out->n < LIVE_MAX_PIECES)
		out->n++;
}

/* By key; of the same key the one that came first. */
static int
compare(const void *a, const void *b, void *arg)
{
	const struct live_piece *x = a, *y = b;
	int order = strcmp(key_of(arg, x), key_of(arg, y));
	return order != 0 ? order : (x->key > y->key) - (x->key < y->key);
}

void
live_pieces_sort(struct live_pieces *p)
{
	size_t kept = 0;
	if (p->n == 0)
		return;
	qsort_r(p->v, p->n, sizeof *p->v, compare, p);
	for (size_t i = 1; i < p->n; i++)
		if (strcmp(key_of(p, &p->v[i]), key_of(p, &p->v[kept])) != 0)
			p->v[++kept] = p->v[i];
	p->n = kept + 1;
}

/* Appends a key as a string of JSON. */
static void
put_key(struct buf *out, const struct live_pieces *p, const struct live_piece *one)
{
	struct json j = json_over(out);
	json_text(&j, NULL, key_of(p, one));
}

/* Appends "key":{...}, after a comma unless it is the first. */
static void
put_piece(struct buf *out, const struct live_pieces *p, const struct live_piece *one, bool first)
{
	if (!first)
		buf_text(out, ",");
	put_key(out, p, one);
	buf_text(out, ":");
	buf_put(out, p->text.data + one->text, one->n);
}

/* Everything up to the pieces. */
static void
put_head(struct buf *out, int64_t now_ms, const char *full)
{
	char text[96];
	snprintf(text, sizeof text, "event: state\ndata: {\"now_ms\":%lld,\"full\":%s,\"set\":{",
	    (long long)now_ms, full);
	buf_text(out, text);
}

void
live_pieces_full(struct buf *out, const struct live_pieces *now, int64_t now_ms)
{
	put_head(out, now_ms, "true");
	for (size_t i = 0; i < now->n; i++)
		put_piece(out, now, &now->v[i], i == 0);
	buf_text(out, "},\"drop\":[]}\n\n");
}

/* Which comes first by key: below 0 the old, above 0 the new, 0: they are the same piece. */
static int
order(const struct live_pieces *old, size_t i, const struct live_pieces *now, size_t k)
{
	if (i == old->n)
		return 1;
	if (k == now->n)
		return -1;
	return strcmp(key_of(old, &old->v[i]), key_of(now, &now->v[k]));
}

/* Whether two pieces of the same key say the same. */
static bool
is_same(const struct live_pieces *old, size_t i, const struct live_pieces *now, size_t k)
{
	const struct live_piece *a = &old->v[i], *b = &now->v[k];
	return a->n == b->n &&
	       memcmp(old->text.data + a->text, now->text.data + b->text, a->n) == 0;
}

size_t
live_pieces_change(
    struct buf *out, const struct live_pieces *old, const struct live_pieces *now, int64_t now_ms)
{
	size_t start = out->len, set = 0, gone = 0;
	struct buf drop = { 0 };
	put_head(out, now_ms, "false");
	for (size_t i = 0, k = 0; i < old->n || k < now->n;) {
		int o = order(old, i, now, k);
		if (o < 0) {
			if (gone++ > 0)
				buf_text(&drop, ",");
			put_key(&drop, old, &old->v[i]);
		} else if (o > 0 || !is_same(old, i, now, k)) {
			put_piece(out, now, &now->v[k], set++ == 0);
		}
		i += o <= 0;
		k += o >= 0;
	}
	buf_text(out, "},\"drop\":[");
	buf_put(out, drop.data, drop.len);
	buf_text(out, "]}\n\n");
	buf_free(&drop);
	if (set + gone == 0)
		out->len = start;
	return set + gone;
}

void
live_version(struct live_pieces *out, uint64_t version)
{
	/* As a text: a number of 64 bits is none in a browser. */
	char text[24];
	struct json *j = live_begin(out, "page");
	snprintf(text, sizeof text, "%016llx", (unsigned long long)version);
	json_text(j, "version", text);
	live_end(out);
}

void
live_versions(struct live_pieces *out, uint64_t states, uint64_t values)
{
	if (out->values != values && out->now_ms - out->values_ms >= LIVE_CALM_MS) {
		out->values = values;
		out->values_ms = out->now_ms;
	}
	live_version(out, live_mix_int(states, (int64_t)out->values));
}

/* Mixes bytes into a version; slower than live_mix_int() and live_mix_number(). */
static uint64_t
mix(uint64_t version, const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t h = version ^ UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

uint64_t
live_mix_int(uint64_t version, int64_t v)
{
	/* A word at once: splitmix64's last steps. */
	uint64_t h = version ^ ((uint64_t)v + UINT64_C(0x9e3779b97f4a7c15));
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

uint64_t
live_mix_number(uint64_t version, double v)
{
	int64_t bits;
	memcpy(&bits, &v, sizeof bits);
	return live_mix_int(version, bits);
}

uint64_t
live_mix_text(uint64_t version, const char *s)
{
	return mix(version, s, strlen(s) + 1);
}

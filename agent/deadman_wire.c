/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman_wire: the signature is judged before anything else is looked at. */
#include <stdlib.h>
#include <string.h>

#include "agent/deadman_wire.h"
#include "zw/buf.h"
#include "zw/hmac.h"
#include "zw/str.h"

#define NAME_BYTES 64
#define SIGNED_BYTES (DEADMAN_WIRE_SIZE - HMAC_SIZE)
#define FLAG_HELD 1
#define FLAG_MAILED 2

static const uint8_t magic[4] = { 'Z', 'W', 'D', 1 };

/* A name in its fixed room. */
static void
put_name(struct buf *b, const char *name)
{
	char room[NAME_BYTES] = { 0 };

	(void)str_copy(room, sizeof room, name);
	buf_put(b, room, sizeof room);
}

/* The rank of a name, or n. */
static unsigned
rank_of(const struct deadman_wire *w, const uint8_t name[NAME_BYTES])
{
	unsigned i = 0;

	while (i < w->n && strncmp(w->names[i], (const char *)name, NAME_BYTES) != 0)
		i++;
	return i;
}

int
deadman_wire_encode(const struct deadman_wire *w, uint64_t seq, int64_t wall_ms, unsigned self,
    const struct deadman_said *s, uint8_t out[DEADMAN_WIRE_SIZE])
{
	struct buf b = { 0 };

	buf_put(&b, magic, sizeof magic);
	buf_be64(&b, seq);
	buf_be64(&b, (uint64_t)wall_ms);
	buf_be64(&b, (uint64_t)s->own_age_ms);
	buf_be64(&b, (uint64_t)s->live_age_ms);
	buf_u8(&b, s->held ? (uint8_t)(FLAG_HELD | (s->mailed ? FLAG_MAILED : 0)) : 0);
	buf_be64(&b, s->held ? (uint64_t)s->hold_age_ms : 0);
	buf_be64(&b, s->held ? s->id : 0);
	put_name(&b, w->names[self]);
	put_name(&b, s->held ? w->names[s->holder] : "");
	memcpy(out, b.data, SIGNED_BYTES);
	buf_free(&b);
	return hmac_make(w->key, strlen(w->key), out, SIGNED_BYTES, out + SIGNED_BYTES);
}

/* An age: -1 of all ones, and of what is too long to be one. */
static int64_t
get_age(struct cursor *c)
{
	uint64_t v = cursor_be64(c);

	return v > INT32_MAX * UINT64_C(1000) ? -1 : (int64_t)v;
}

/* Whether it is a new one, of now. */
static int
judge(struct deadman_seen *seen, const char *name, uint64_t seq, int64_t time_ms, int64_t wall_ms,
    struct err *e)
{
	if (time_ms < wall_ms - DEADMAN_WIRE_WINDOW_MS ||
	    time_ms > wall_ms + DEADMAN_WIRE_WINDOW_MS)
		return err_set(
		    e, "a datagram of %s is of another time than ours: do the clocks agree?", name);
	/* What is of a time before the window cannot come again: a clock that was set back, or a
	 * machine made anew, may begin with lower numbers then. */
	if (seq <= seen->seq && seen->time_ms >= wall_ms - DEADMAN_WIRE_WINDOW_MS)
		return err_set(e, "a datagram of %s came before", name);
	seen->seq = seq;
	seen->time_ms = time_ms;
	return 0;
}

int
deadman_wire_decode(const struct deadman_wire *w, struct deadman_seen *seen, int64_t wall_ms,
    const void *p, size_t n, unsigned *from, struct deadman_said *s, struct err *e)
{
	const uint8_t *bytes = p;
	struct cursor c = cursor_over(p, n);

	if (n != DEADMAN_WIRE_SIZE || memcmp(p, magic, sizeof magic) != 0)
		return err_set(e, "a datagram that is none of ours");
	if (!hmac_fits(w->key, strlen(w->key), p, SIGNED_BYTES, bytes + SIGNED_BYTES))
		return err_set(e, "a datagram with a wrong signature: is the key the same?");
	(void)cursor_be32(&c);
	uint64_t seq = cursor_be64(&c);
	uint64_t time = cursor_be64(&c);
	*s = (struct deadman_said){ .own_age_ms = get_age(&c) };
	s->live_age_ms = get_age(&c);
	uint8_t flags = cursor_u8(&c);
	s->hold_age_ms = get_age(&c);
	s->id = cursor_be64(&c);
	*from = rank_of(w, cursor_bytes(&c, NAME_BYTES));
	s->holder = rank_of(w, cursor_bytes(&c, NAME_BYTES));
	/* One who holds but is not in our list is nobody whom we could wait for. */
	s->held = (flags & FLAG_HELD) != 0 && s->holder < w->n;
	s->mailed = (flags & FLAG_MAILED) != 0;
	if (*from == w->n)
		return err_set(e, "a datagram of one who is not among the peers here");
	if (time > INT64_MAX / 2)
		return err_set(e, "a datagram of %s of an impossible time", w->names[*from]);
	return judge(&seen[*from], w->names[*from], seq, (int64_t)time, wall_ms, e);
}

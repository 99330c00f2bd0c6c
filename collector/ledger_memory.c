/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of the ledger must outlive the program: a row of bytes a node, and one of its own. Numbers
 * of series are those of the catalog; the hash of the name tells when it was begun anew. */
#include <stdlib.h>
#include <string.h>

#include "collector/ledger_int.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/str.h"

#define VERSION 1
#define KEY "ledger"
#define PREFIX "ledger/"

/* A series, by its times against the node's last one. */
static void
save_series(struct buf *b, const struct ledger_node *ln, uint32_t sid,
    const struct ledger_series *s, uint64_t lost)
{
	buf_varint(b, sid);
	buf_be32(b, s->hash);
	buf_svarint(b, s->last_s - ln->last_s);
	buf_varint(b, s->step_s);
	buf_varint(b, s->unpaid);
	buf_varint(b, lost - s->lost);
	buf_u8(b, (uint8_t)((s->gone ? 1 : 0) | (s->is_new ? 2 : 0)));
}

/* A node and its series. */
static void
save_node(struct buf *b, const struct ledger *l, const struct node *n)
{
	const struct ledger_node *ln = &l->nodes[n->index];
	const struct node *from = ln->sender;
	uint64_t lost = from != NULL && from->index < l->nnodes ? l->nodes[from->index].lost : 0;

	buf_u8(b, VERSION);
	buf_varint(b, (uint64_t)ln->first_s);
	buf_varint(b, (uint64_t)ln->last_s);
	buf_varint(b, (uint64_t)ln->run_s);
	buf_svarint(b, ln->boot_s);
	buf_varint(b, (uint64_t)ln->uptime_s);
	buf_u8(b, ln->told);
	buf_str(b, from != NULL ? from->name : "");
	buf_varint(b, ln->seq);
	buf_put(b, ln->stream, sizeof ln->stream);
	for (size_t i = 0; i < n->nseries; i++) {
		uint32_t sid = n->series[i]->sid;
		if (sid < l->nseries && l->series[sid].last_s != 0)
			save_series(b, ln, sid, &l->series[sid], lost);
	}
}

void
ledger_save(const struct ledger *l,
    void (*put)(void *arg, const char *key, const void *bytes, size_t n), void *arg)
{
	char key[sizeof PREFIX + NAME_MAX_NODE];
	struct buf b = { 0 };

	buf_u8(&b, VERSION);
	buf_varint(&b, (uint64_t)l->till_s);
	buf_varint(&b, (uint64_t)l->began_s);
	put(arg, KEY, b.data, b.len);
	for (size_t i = 0; i < l->nnodes; i++) {
		const struct node *n = site_node_at(l->site, i);
		if (l->nodes[i].first_s == 0 && l->nodes[i].seq == 0)
			continue;
		buf_clear(&b);
		save_node(&b, l, n);
		if (str_format(key, sizeof key, PREFIX "%s", n->name) == 0)
			put(arg, key, b.data, b.len);
	}
	buf_free(&b);
}

/* A series of the node, if it is still the same. What the sender lost is counted from 0 on again,
 * which is where its node begins. */
static void
load_series(struct ledger *l, const struct node *n, const struct ledger_node *ln, struct cursor *c)
{
	uint32_t sid = (uint32_t)cursor_varint(c);
	struct ledger_series s = { .hash = cursor_be32(c) };

	s.last_s = ln->last_s + cursor_svarint(c);
	s.step_s = (uint32_t)cursor_varint(c);
	s.unpaid = (uint32_t)cursor_varint(c);
	s.lost = UINT64_C(0) - cursor_varint(c);
	uint8_t flags = cursor_u8(c);
	s.gone = (flags & 1) != 0;
	s.is_new = (flags & 2) != 0;
	const struct series *se = site_series(l->site, sid);
	if (c->bad || se == NULL || se->node != n || s.step_s == 0 || s.last_s <= 0 ||
	    s.hash != ledger_hash(se))
		return;
	*ledger_series(l, sid) = s;
}

/* A node and its series. */
static void
load_node(struct ledger *l, struct node *n, struct cursor *c)
{
	char from[NAME_MAX_NODE + 1];
	struct ledger_node v = { .first_s = (int64_t)cursor_varint(c) };

	v.last_s = (int64_t)cursor_varint(c);
	v.run_s = (int64_t)cursor_varint(c);
	v.boot_s = cursor_svarint(c);
	v.uptime_s = (int64_t)cursor_varint(c);
	v.told = cursor_u8(c) != 0;
	cursor_str(c, from, sizeof from);
	v.seq = cursor_varint(c);
	const uint8_t *stream = cursor_bytes(c, sizeof v.stream);
	if (c->bad)
		return;
	memcpy(v.stream, stream, sizeof v.stream);
	v.sender = from[0] != '\0' ? site_node(l->site, from) : NULL;
	struct ledger_node *ln = ledger_node(l, n);
	free(ln->hours);
	*ln = v;
	while (cursor_left(c) > 0 && !c->bad)
		load_series(l, n, ln, c);
}

/* A node that was counted and is no longer configured is told at the next turn. */
static void
load_lost(struct ledger *l, const char *name)
{
	l->lost = xreallocarray(l->lost, l->nlost + 1, sizeof *l->lost);
	l->lost[l->nlost++] = xstrdup(name);
}

bool
ledger_load(struct ledger *l, const char *key, const void *bytes, size_t n)
{
	struct cursor c = cursor_over(bytes, n);

	if (strncmp(key, KEY, sizeof KEY - 1) != 0)
		return false;
	if (cursor_u8(&c) != VERSION)
		return true;
	if (strcmp(key, KEY) == 0) {
		l->till_s = (int64_t)cursor_varint(&c);
		l->began_s = (int64_t)cursor_varint(&c);
		return true;
	}
	if (strncmp(key, PREFIX, sizeof PREFIX - 1) != 0)
		return false;
	const char *name = key + sizeof PREFIX - 1;
	struct node *node = site_node(l->site, name);
	if (node == NULL)
		load_lost(l, name);
	else if (node->kind != NODE_SUMMARY)
		load_node(l, node, &c);
	return true;
}

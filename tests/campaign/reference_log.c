/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference_log: goes through the log of frames once, as the protocol says. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/campaign/reference_log.h"
#include "tests/sim/framelog.h"
#include "zw/alloc.h"
#include "zw/crc32c.h"
#include "zw/hash.h"
#include "zw/str.h"
#include "zw/wire.h"

/* What a number of a stream meant when it was sent first. */
struct meaning {
	uint64_t seq;
	uint32_t crc;
	UT_hash_handle hh;
};

struct reference_stream {
	char key[NAME_MAX_NODE + 1 + WIRE_STREAM_ID]; /* node, id */
	struct reference_series *ids[WIRE_MAX_SERIES + 1];
	struct reference_frame *sent; /* and not answered */
	size_t nsent;
	size_t room;
	struct meaning *meanings;
	unsigned low; /* so many frames after the last answer are in files, at least */
	unsigned high;
	UT_hash_handle hh;
};

struct named {
	char name[256];
	struct reference_series s;
	struct reference_stream *stream;
	UT_hash_handle hh;
};

struct node {
	char name[NAME_MAX_NODE + 1];
	struct reference_stream *stream; /* of its session */
	UT_hash_handle hh;
};

struct reference_log {
	struct node *nodes;
	struct reference_stream *streams;
	struct named *series;
	struct reference_frame *taken;
	size_t ntaken;
	size_t room;
	struct reference_counts counts;
};

/* Put a frame at the end of a list. */
static void
push(struct reference_frame **v, size_t *n, size_t *room, const struct reference_frame *f)
{
	if (*n == *room) {
		*room = *room == 0 ? 64 : 2 * *room;
		*v = xreallocarray(*v, *room, sizeof **v);
	}
	(*v)[(*n)++] = *f;
}

/* A greeting: of which stream the node speaks. */
static int
on_hello(struct reference_log *l, struct node *node, const struct framelog_record *r, struct err *e)
{
	char key[NAME_MAX_NODE + 1 + WIRE_STREAM_ID] = { 0 };
	struct wire_hello m;

	if (wire_hello_decode(r->payload, r->n, &m, e) == -1)
		return -1;
	memcpy(key, node->name, sizeof node->name);
	memcpy(key + NAME_MAX_NODE + 1, m.stream, WIRE_STREAM_ID);
	HASH_FIND(hh, l->streams, key, sizeof key, node->stream);
	if (node->stream != NULL)
		return 0;
	node->stream = xcalloc(1, sizeof *node->stream);
	memcpy(node->stream->key, key, sizeof key);
	node->stream->high = UINT_MAX;
	HASH_ADD(hh, l->streams, key, sizeof key, node->stream);
	l->counts.streams++;
	return 0;
}

/* Whether two definitions are of the same fields. */
static bool
same_fields(const struct series_def *a, const struct series_def *b)
{
	if (a->nfields != b->nfields || a->step_s != b->step_s)
		return false;
	for (unsigned i = 0; i < a->nfields; i++)
		if (strcmp(a->fields[i].name, b->fields[i].name) != 0 ||
		    a->fields[i].kind != b->fields[i].kind)
			return false;
	return true;
}

/* A definition. */
static int
on_define(
    struct reference_log *l, struct node *node, const struct framelog_record *r, struct err *e)
{
	struct series_def def;
	char series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2], name[256];
	struct named *s;

	if (wire_define_decode(r->payload, r->n, &def, e) == -1)
		return -1;
	if (def.node[0] == '\0')
		(void)str_copy(def.node, sizeof def.node, node->name);
	series_name(series, def.source, def.instance);
	if (def.id > WIRE_MAX_SERIES ||
	    str_format(name, sizeof name, "%s/%s.rrd", def.node, series) == -1)
		return err_set(e, "a definition is out of bounds");
	HASH_FIND_STR(l->series, name, s);
	if (s == NULL) {
		s = xcalloc(1, sizeof *s);
		memcpy(s->name, name, sizeof s->name);
		memcpy(s->s.name, name, sizeof s->s.name);
		s->s.def = def;
		HASH_ADD_STR(l->series, name, s);
	} else if (!same_fields(&s->s.def, &def)) {
		return err_set(e, "%s changes its fields, which is not looked at here", name);
	}
	s->stream = node->stream;
	node->stream->ids[def.id] = &s->s;
	return 0;
}

/* A numbered frame is sent in its order. */
static int
on_numbered(
    struct reference_log *l, struct node *node, const struct framelog_record *r, struct err *e)
{
	struct reference_frame f = {
		.stream = node->stream, .type = r->type, .payload = r->payload, .n = r->n
	};
	struct meaning *m;

	if (wire_seq_peek(r->payload, r->n, &f.seq) == -1)
		return err_set(e, "%s sends a record without a number", node->name);
	uint32_t crc = crc32c(r->type, r->payload, r->n);
	HASH_FIND(hh, f.stream->meanings, &f.seq, sizeof f.seq, m);
	if (m == NULL) {
		m = xcalloc(1, sizeof *m);
		*m = (struct meaning){ .seq = f.seq, .crc = crc };
		HASH_ADD(hh, f.stream->meanings, seq, sizeof m->seq, m);
		l->counts.sent++;
	} else if (m->crc != crc) {
		return err_set(e, "number %" PRIu64 " of %s means two things", f.seq, node->name);
	} else {
		l->counts.again++;
	}
	push(&f.stream->sent, &f.stream->nsent, &f.stream->room, &f);
	return 0;
}

/* All numbers up to this are acknowledged. */
static void
acknowledge(struct reference_log *l, struct reference_stream *s, uint64_t seq)
{
	size_t n = 0;

	for (; n < s->nsent && s->sent[n].seq <= seq; n++) {
		if (s->sent[n].refused)
			l->counts.refused++;
		else
			push(&l->taken, &l->ntaken, &l->room, &s->sent[n]);
		l->counts.acknowledged += !s->sent[n].refused;
	}
	if (n == 0)
		return;
	s->nsent -= n;
	memmove(s->sent, s->sent + n, s->nsent * sizeof *s->sent);
}

/* The collector says what it has: the rest of what was sent before it has not, nor will. */
static int
on_welcome(
    struct reference_log *l, struct node *node, const struct framelog_record *r, struct err *e)
{
	struct wire_welcome m;

	if (wire_welcome_decode(r->payload, r->n, &m, e) == -1)
		return -1;
	acknowledge(l, node->stream, m.durable_seq);
	l->counts.never_taken += node->stream->nsent;
	l->counts.sessions++;
	node->stream->nsent = 0;
	return 0;
}

/* An acknowledgement. */
static int
on_ack(struct reference_log *l, struct node *node, const struct framelog_record *r, struct err *e)
{
	uint64_t seq;

	if (wire_ack_decode(r->payload, r->n, &seq, e) == -1)
		return -1;
	acknowledge(l, node->stream, seq);
	return 0;
}

/* A record is refused for good, and will be acknowledged all the same. */
static int
on_error(struct node *node, const struct framelog_record *r, struct err *e)
{
	struct wire_error m;

	if (wire_error_decode(r->payload, r->n, &m, e) == -1)
		return -1;
	for (size_t i = 0; i < node->stream->nsent; i++)
		if (m.seq != 0 && node->stream->sent[i].seq == m.seq)
			node->stream->sent[i].refused = true;
	return 0;
}

/* One record of the log. */
static int
take(struct reference_log *l, const struct framelog_record *r, struct err *e)
{
	struct node *node;

	HASH_FIND_STR(l->nodes, r->node, node);
	if (node == NULL) {
		node = xcalloc(1, sizeof *node);
		if (str_copy(node->name, sizeof node->name, r->node) == -1) {
			free(node);
			return err_set(e, "a node's name is too long");
		}
		HASH_ADD_STR(l->nodes, name, node);
	}
	if (r->sent && r->type == WIRE_HELLO)
		return on_hello(l, node, r, e);
	if (node->stream == NULL)
		return err_set(e, "%s speaks before its greeting", r->node);
	if (r->sent && r->type == WIRE_DEFINE)
		return on_define(l, node, r, e);
	if (r->sent && (r->type == WIRE_BATCH || r->type == WIRE_EVENT) &&
	    (r->flags & WIRE_FLAG_LIVE) == 0)
		return on_numbered(l, node, r, e);
	if (!r->sent && r->type == WIRE_WELCOME)
		return on_welcome(l, node, r, e);
	if (!r->sent && r->type == WIRE_ACK)
		return on_ack(l, node, r, e);
	return !r->sent && r->type == WIRE_ERROR ? on_error(node, r, e) : 0;
}

/* Read the log. */
struct reference_log *
reference_log_read(const uint8_t *data, size_t n, struct err *e)
{
	struct reference_log *l = xcalloc(1, sizeof *l);
	struct framelog_record r;
	size_t at = 0;

	while (framelog_next(data, n, &at, &r))
		if (take(l, &r, e) == -1) {
			reference_log_free(l);
			return NULL;
		}
	return l;
}

/* Free a series' rows. */
static void
free_series(struct reference_log *l)
{
	struct named *s, *next;

	HASH_ITER (hh, l->series, s, next) {
		HASH_DEL(l->series, s);
		for (size_t i = 0; i < s->s.nrows; i++)
			free(s->s.rows[i].values);
		free(s->s.rows);
		free(s);
	}
}

/* Free all. */
void
reference_log_free(struct reference_log *l)
{
	struct node *node, *next_node;
	struct reference_stream *s, *next;
	struct meaning *m, *next_meaning;

	if (l == NULL)
		return;
	HASH_ITER (hh, l->nodes, node, next_node) {
		HASH_DEL(l->nodes, node);
		free(node);
	}
	HASH_ITER (hh, l->streams, s, next) {
		HASH_DEL(l->streams, s);
		HASH_ITER (hh, s->meanings, m, next_meaning) {
			HASH_DEL(s->meanings, m);
			free(m);
		}
		free(s->sent);
		free(s);
	}
	free_series(l);
	free(l->taken);
	free(l);
}

/* Figures. */
const struct reference_counts *
reference_log_counts(const struct reference_log *l)
{
	return &l->counts;
}

/* A frame that is acknowledged. */
const struct reference_frame *
reference_log_taken(const struct reference_log *l, size_t i)
{
	return i < l->ntaken ? &l->taken[i] : NULL;
}

/* A series by its stream's number. */
struct reference_series *
reference_log_series(struct reference_log *l, const struct reference_stream *s, uint32_t id)
{
	(void)l;
	return id <= WIRE_MAX_SERIES ? s->ids[id] : NULL;
}

/* A series by its place. */
struct reference_series *
reference_log_each(struct reference_log *l, size_t i, struct reference_stream **stream)
{
	struct named *s = l->series;

	while (s != NULL && i-- > 0)
		s = s->hh.next;
	if (s == NULL)
		return NULL;
	*stream = s->stream;
	return &s->s;
}

/* A frame that nobody answered. */
const struct reference_frame *
reference_log_open(const struct reference_stream *s, size_t i)
{
	return i < s->nsent ? &s->sent[i] : NULL;
}

/* All of them. */
uint64_t
reference_log_open_count(const struct reference_log *l)
{
	uint64_t n = 0;

	for (const struct reference_stream *s = l->streams; s != NULL; s = s->hh.next)
		n += s->nsent;
	return n;
}

/* So many of a stream's open frames are in a file. */
bool
reference_log_settle(struct reference_stream *s, unsigned low, unsigned high)
{
	s->low = low > s->low ? low : s->low;
	s->high = high < s->high ? high : s->high;
	return s->low <= s->high;
}

/* Whether a file is of a series. */
bool
reference_log_named(const struct reference_log *l, const char *name)
{
	struct named *s;

	HASH_FIND_STR(l->series, name, s);
	return s != NULL;
}

/* A node by its place. */
const char *
reference_log_node(const struct reference_log *l, size_t i)
{
	const struct node *node = l->nodes;

	while (node != NULL && i-- > 0)
		node = node->hh.next;
	return node != NULL ? node->name : NULL;
}

/* Whose stream it is. */
const char *
reference_log_sender(const struct reference_stream *s)
{
	return s->key;
}

/* Rows that came after later ones. */
uint64_t
reference_log_late(const struct reference_log *l)
{
	uint64_t n = 0;

	for (const struct named *s = l->series; s != NULL; s = s->hh.next)
		n += s->s.late;
	return n;
}

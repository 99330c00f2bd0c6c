/* SPDX-License-Identifier: GPL-3.0-or-later */
/* catalog: the series and the streams' numbers for them, in memory by hash tables, on disk as a log
 * of definitions. Reading the log and defining anew run the same code, so that what is known after
 * a restart is what was known before it, with the same numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "collector/journal/catalog.h"
#include "zw/alloc.h"
#include "zw/log.h"

#define CATALOG_SEGMENT (UINT64_C(1) << 20)
#define CATALOG_MAX_SERIES 1000000

/* The one type of record: 16 bytes stream, then a definition as on the wire, its node set. */
#define CATALOG_DEFINE 1

#define KEY_SIZE (NAME_MAX_NODE + NAME_MAX_SOURCE + NAME_MAX_NODE + 3)

struct entry {
	struct catalog_series s;
	char key[KEY_SIZE]; /* node/source/instance */
	UT_hash_handle hh;
};

struct binding_key {
	uint8_t stream[WIRE_STREAM_ID];
	uint32_t id;
};

struct binding {
	struct binding_key key;
	struct catalog_binding b;
	UT_hash_handle hh;
};

struct catalog {
	struct seglog *log;	  /* of the writer */
	struct seglog_reader *in; /* of the reader */
	struct entry *entries;	  /* by key */
	struct entry **by_sid;	  /* by sid - 1 */
	uint32_t count;
	uint32_t cap;
	struct binding *bindings;
	void (*defined)(void *arg, const struct catalog_series *s);
	void *arg;
};

/* The hash key of a stream's number; all bytes are set, for they are all hashed. */
static struct binding_key
binding_key(const uint8_t stream[WIRE_STREAM_ID], uint32_t id)
{
	struct binding_key k;

	memset(&k, 0, sizeof k);
	memcpy(k.stream, stream, WIRE_STREAM_ID);
	k.id = id;
	return k;
}

/* What a stream's number means, or NULL. */
static struct binding *
binding_find(const struct catalog *c, const uint8_t stream[WIRE_STREAM_ID], uint32_t id)
{
	struct binding_key k = binding_key(stream, id);
	struct binding *b;

	HASH_FIND(hh, c->bindings, &k, sizeof k, b);
	return b;
}

/* The series of this node, source and instance, or NULL. */
static struct entry *
entry_find(const struct catalog *c, const struct series_def *def)
{
	char key[KEY_SIZE];
	struct entry *en;

	(void)snprintf(key, sizeof key, "%s/%s/%s", def->node, def->source, def->instance);
	HASH_FIND_STR(c->entries, key, en);
	return en;
}

/* The place of a field in a series, or -1. */
static int
field_find(const struct series_def *def, const char *name)
{
	for (unsigned i = 0; i < def->nfields; i++)
		if (strcmp(def->fields[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* Whether a definition can be one of a series that is known. */
static int
entry_check(const struct entry *en, const struct series_def *def, struct err *e)
{
	const struct series_def *known = &en->s.def;
	unsigned more = 0;

	if (def->step_s != known->step_s)
		return err_set(e,
		    "%s has a step of %u s, not %u s; move its RRD away or keep the step", en->key,
		    known->step_s, def->step_s);
	for (unsigned i = 0; i < def->nfields; i++) {
		int at = field_find(known, def->fields[i].name);
		if (at == -1)
			more++;
		else if (known->fields[at].kind != def->fields[i].kind)
			return err_set(e, "field %s of %s is a %s, not a %s", def->fields[i].name,
			    en->key, field_kind_name(known->fields[at].kind),
			    field_kind_name(def->fields[i].kind));
	}
	if (known->nfields + more > METRIC_MAX_FIELDS)
		return err_set(e, "%s would have more than %d fields", en->key, METRIC_MAX_FIELDS);
	return 0;
}

/* A new series with the next number. */
static struct entry *
entry_new(struct catalog *c, const struct series_def *def)
{
	struct entry *en = xcalloc(1, sizeof *en);

	(void)snprintf(en->key, sizeof en->key, "%s/%s/%s", def->node, def->source, def->instance);
	if (c->count == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 64;
		c->by_sid = xreallocarray(c->by_sid, c->cap, sizeof *c->by_sid);
	}
	c->by_sid[c->count++] = en;
	en->s.sid = c->count;
	en->s.def = *def;
	en->s.def.id = 0;
	HASH_ADD_STR(c->entries, key, en);
	return en;
}

/* Add to a series what fields it lacks, and take over descriptions that changed; whether it has
 * become another. */
static bool
entry_widen(struct entry *en, const struct series_def *def)
{
	struct series_def *known = &en->s.def;
	bool changed = false;

	for (unsigned i = 0; i < def->nfields; i++) {
		int at = field_find(known, def->fields[i].name);
		if (at == -1)
			at = (int)known->nfields++;
		changed |= memcmp(&known->fields[at], &def->fields[i], sizeof def->fields[i]) != 0;
		known->fields[at] = def->fields[i];
	}
	return changed;
}

/* Take in a definition that was checked: the one way into the tables. */
static struct entry *
catalog_take(struct catalog *c, const uint8_t stream[WIRE_STREAM_ID], const struct series_def *def)
{
	struct entry *en = entry_find(c, def);
	bool changed = en == NULL;
	struct binding *b = binding_find(c, stream, def->id);

	if (en == NULL)
		en = entry_new(c, def);
	else
		changed = entry_widen(en, def);
	if (b == NULL) {
		b = xcalloc(1, sizeof *b);
		b->key = binding_key(stream, def->id);
		HASH_ADD(hh, c->bindings, key, sizeof b->key, b);
	}
	b->b.sid = en->s.sid;
	b->b.nvalues = def->nfields;
	for (unsigned i = 0; i < def->nfields; i++)
		b->b.map[i] = (uint8_t)field_find(&en->s.def, def->fields[i].name);
	if (changed && c->defined != NULL)
		c->defined(c->arg, &en->s);
	return en;
}

/* A record of the log. */
static void
catalog_found(void *arg, const struct seglog_record *rec)
{
	struct catalog *c = arg;
	struct series_def def;
	struct entry *en;

	if (rec->type != CATALOG_DEFINE || rec->len < WIRE_STREAM_ID ||
	    wire_define_decode(rec->data + WIRE_STREAM_ID, rec->len - WIRE_STREAM_ID, &def, NULL) ==
		-1 ||
	    def.node[0] == '\0')
		return; /* not written by us; the checksum was right, so it was never ours */
	en = entry_find(c, &def);
	if (en == NULL || entry_check(en, &def, NULL) == 0)
		(void)catalog_take(c, rec->data, &def);
}

/* The writer's catalog. */
int
catalog_open_writer(struct catalog **out, const char *dir, struct err *e)
{
	struct catalog *c = xcalloc(1, sizeof *c);
	struct seglog_opts o = { .dir = dir,
		.subject = "catalog",
		.segment_bytes = CATALOG_SEGMENT,
		.found = catalog_found,
		.arg = c };

	if (seglog_open(&c->log, &o, e) == -1) {
		catalog_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

/* A reader's catalog, empty until catalog_follow(). */
int
catalog_open_reader(struct catalog **out, const char *dir, struct err *e)
{
	struct catalog *c = xcalloc(1, sizeof *c);

	if (seglog_reader_open(&c->in, dir, 1, e) == -1) {
		catalog_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

/* The end. */
void
catalog_close(struct catalog *c)
{
	struct entry *en, *en_next;
	struct binding *b, *b_next;

	if (c == NULL)
		return;
	seglog_close(c->log);
	seglog_reader_close(c->in);
	HASH_ITER (hh, c->entries, en, en_next) {
		HASH_DEL(c->entries, en);
		free(en);
	}
	HASH_ITER (hh, c->bindings, b, b_next) {
		HASH_DEL(c->bindings, b);
		free(b);
	}
	free(c->by_sid);
	free(c);
}

/* Reader: take in what was added. */
int
catalog_follow(struct catalog *c, uint64_t lsn, struct err *e)
{
	struct seglog_record rec;
	int rc;

	while ((rc = seglog_read(c->in, lsn, &rec, NULL, e)) == 1)
		catalog_found(c, &rec);
	return rc;
}

/* Whom to tell of new and widened series. */
void
catalog_on_series(
    struct catalog *c, void (*defined)(void *arg, const struct catalog_series *s), void *arg)
{
	c->defined = defined;
	c->arg = arg;
}

/* Whether this very definition is known of this stream already. */
static bool
catalog_knows(const struct catalog *c, const uint8_t stream[WIRE_STREAM_ID],
    const struct series_def *def, uint32_t *sid)
{
	const struct binding *b = binding_find(c, stream, def->id);

	if (b == NULL || b->b.nvalues != def->nfields)
		return false;
	const struct series_def *known = &c->by_sid[b->b.sid - 1]->s.def;
	if (strcmp(known->node, def->node) != 0 || strcmp(known->source, def->source) != 0 ||
	    strcmp(known->instance, def->instance) != 0 || known->step_s != def->step_s)
		return false;
	for (unsigned i = 0; i < def->nfields; i++)
		if (memcmp(&known->fields[b->b.map[i]], &def->fields[i], sizeof def->fields[i]) !=
		    0)
			return false;
	*sid = b->b.sid;
	return true;
}

/* Writer: what a stream's definition means. */
uint32_t
catalog_define(struct catalog *c, const uint8_t stream[WIRE_STREAM_ID],
    const struct series_def *def, struct err *e)
{
	const struct binding *bound = binding_find(c, stream, def->id);
	struct entry *en = entry_find(c, def);
	struct buf b = { 0 };
	uint32_t sid;

	if (catalog_knows(c, stream, def, &sid))
		return sid;
	if (bound != NULL && (en == NULL || bound->b.sid != en->s.sid)) {
		err_set(e, "number %u of the stream means another series already", def->id);
		return 0;
	}
	if (en != NULL && entry_check(en, def, e) == -1)
		return 0;
	if (en == NULL && c->count >= CATALOG_MAX_SERIES) {
		err_set(e, "there are %d series already", CATALOG_MAX_SERIES);
		return 0;
	}
	buf_put(&b, stream, WIRE_STREAM_ID);
	wire_define_encode(&b, def);
	(void)seglog_append(c->log, CATALOG_DEFINE, b.data, b.len);
	buf_free(&b);
	return catalog_take(c, stream, def)->s.sid;
}

struct seglog *
catalog_log(struct catalog *c)
{
	return c->log;
}

/* A series by its number. */
const struct catalog_series *
catalog_series(const struct catalog *c, uint32_t sid)
{
	return sid >= 1 && sid <= c->count ? &c->by_sid[sid - 1]->s : NULL;
}

uint32_t
catalog_count(const struct catalog *c)
{
	return c->count;
}

/* What a stream's number means. */
const struct catalog_binding *
catalog_binding(const struct catalog *c, const uint8_t stream[WIRE_STREAM_ID], uint32_t id)
{
	const struct binding *b = binding_find(c, stream, id);

	return b != NULL ? &b->b : NULL;
}

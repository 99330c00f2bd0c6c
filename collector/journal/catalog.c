/* SPDX-License-Identifier: GPL-3.0-or-later */
/* catalog: the table of series in memory and its log.
 *
 * The log has two kinds of records. SERIES: a definition, its id being the sid; a later one for
 * the same sid takes its place and only adds fields. BINDING: stream id, be32 the stream's number,
 * be32 sid, u8 count, and for each of the stream's values the series' field. What is damaged in
 * the log is as if it had never been defined, until an agent defines it again. */
#include <stdlib.h>
#include <string.h>

#include "collector/journal/catalog.h"
#include "zw/alloc.h"
#include "zw/hash.h"
#include "zw/log.h"

#define CATALOG_SERIES 1
#define CATALOG_BINDING 2
#define CATALOG_SEGMENT (256 * 1024)
#define CATALOG_MAX_KEY (2 * NAME_MAX_NODE + NAME_MAX_SOURCE + 3)
#define BINDING_KEY (WIRE_STREAM_ID + 4)

struct entry {
	struct catalog_series s;
	char key[CATALOG_MAX_KEY]; /* "node/source/instance" */
	UT_hash_handle hh;
};

struct binding {
	uint8_t key[BINDING_KEY]; /* stream, id */
	struct catalog_binding b;
	UT_hash_handle hh;
};

/* What a node has, for the limits. */
struct owner {
	char node[NAME_MAX_NODE + 1];
	uint32_t series;
	uint32_t bindings;
	UT_hash_handle hh;
};

struct catalog {
	struct seglog *log;	      /* writer's */
	struct seglog_reader *reader; /* reader's */
	struct entry **bysid;	      /* [sid - 1], with holes */
	uint32_t count;
	uint32_t room;
	struct entry *entries;
	struct binding *bindings;
	struct owner *owners;
	void (*defined)(void *arg, const struct catalog_series *s);
	void *defined_arg;
};

/* --- the tables ------------------------------------------------------------------------------ */

/* The key of a series. */
static void
catalog_key(char dst[CATALOG_MAX_KEY], const struct series_def *def)
{
	int rc =
	    str_format(dst, CATALOG_MAX_KEY, "%s/%s/%s", def->node, def->source, def->instance);

	(void)rc; /* three names, so it fits */
}

/* A series by its key. */
static struct entry *
catalog_find(const struct catalog *c, const struct series_def *def)
{
	char key[CATALOG_MAX_KEY];
	struct entry *s;

	catalog_key(key, def);
	HASH_FIND_STR(c->entries, key, s);
	return s;
}

/* What a node has; made if need be. */
static struct owner *
catalog_owner(struct catalog *c, const char *node)
{
	struct owner *o;

	HASH_FIND_STR(c->owners, node, o);
	if (o != NULL)
		return o;
	o = xcalloc(1, sizeof *o);
	str_copy(o->node, sizeof o->node, node);
	HASH_ADD_STR(c->owners, node, o);
	return o;
}

/* Have sids up to this. */
static void
catalog_reach(struct catalog *c, uint32_t sid)
{
	if (sid <= c->count)
		return;
	if (sid > c->room) {
		uint32_t room = sid < 512 ? 512 : sid * 2;
		c->bysid = xreallocarray(c->bysid, room, sizeof(struct entry *));
		memset(c->bysid + c->room, 0, (room - c->room) * sizeof(struct entry *));
		c->room = room;
	}
	c->count = sid;
}

/* Make or replace what is known of a sid. */
static struct entry *
catalog_put(struct catalog *c, uint32_t sid, const struct series_def *def)
{
	catalog_reach(c, sid);
	struct entry *s = c->bysid[sid - 1];
	if (s == NULL) {
		s = xcalloc(1, sizeof *s);
		catalog_key(s->key, def);
		c->bysid[sid - 1] = s;
		HASH_ADD_STR(c->entries, key, s);
		catalog_owner(c, def->node)->series++;
	}
	s->s.sid = sid;
	s->s.def = *def;
	s->s.def.id = 0;
	return s;
}

/* The key of a binding. */
static void
catalog_binding_key(uint8_t dst[BINDING_KEY], const uint8_t stream[WIRE_STREAM_ID], uint32_t id)
{
	memcpy(dst, stream, WIRE_STREAM_ID);
	for (unsigned i = 0; i < 4; i++)
		dst[WIRE_STREAM_ID + i] = (uint8_t)(id >> (24 - 8 * i));
}

/* A binding by stream and id. */
static struct binding *
catalog_find_binding(const struct catalog *c, const uint8_t stream[WIRE_STREAM_ID], uint32_t id)
{
	uint8_t key[BINDING_KEY];
	struct binding *b;

	catalog_binding_key(key, stream, id);
	HASH_FIND(hh, c->bindings, key, BINDING_KEY, b);
	return b;
}

/* Make or replace a binding. */
static void
catalog_put_binding(
    struct catalog *c, const uint8_t key[BINDING_KEY], const struct catalog_binding *value)
{
	struct binding *b;

	HASH_FIND(hh, c->bindings, key, BINDING_KEY, b);
	if (b == NULL) {
		b = xcalloc(1, sizeof *b);
		memcpy(b->key, key, BINDING_KEY);
		HASH_ADD(hh, c->bindings, key, BINDING_KEY, b);
		const struct catalog_series *s = catalog_series(c, value->sid);
		if (s != NULL)
			catalog_owner(c, s->def.node)->bindings++;
	}
	b->b = *value;
	catalog_reach(c, value->sid); /* a sid that was lost is not given to another */
}

/* --- the log --------------------------------------------------------------------------------- */

/* Take in a definition: whether it makes sense. */
static bool
catalog_load_series(struct catalog *c, const uint8_t *p, size_t n)
{
	struct series_def def;
	struct err e;

	if (wire_define_decode(p, n, &def, &e) == -1 || def.node[0] == '\0' ||
	    def.id > CATALOG_MAX_SERIES)
		return false;
	const struct entry *same = catalog_find(c, &def);
	const struct catalog_series *old = catalog_series(c, def.id);
	if ((old == NULL) != (same == NULL) || (same != NULL && same->s.sid != def.id))
		return false; /* another sid for the same series, or the reverse */
	if (old != NULL && def.nfields < old->def.nfields)
		return false;
	const struct entry *s = catalog_put(c, def.id, &def);
	if (c->defined != NULL)
		c->defined(c->defined_arg, &s->s);
	return true;
}

/* Take in a binding: whether it makes sense. */
static bool
catalog_load_binding(struct catalog *c, const uint8_t *p, size_t n)
{
	struct cursor cur = cursor_over(p, n);
	struct catalog_binding b = { 0 };
	const uint8_t *key = cursor_bytes(&cur, BINDING_KEY);

	b.sid = cursor_be32(&cur);
	b.nvalues = cursor_u8(&cur);
	if (cur.bad || b.sid == 0 || b.sid > CATALOG_MAX_SERIES || b.nvalues == 0 ||
	    b.nvalues > METRIC_MAX_FIELDS || cursor_left(&cur) != b.nvalues)
		return false;
	memcpy(b.map, cur.p, b.nvalues);
	for (unsigned i = 0; i < b.nvalues; i++)
		if (b.map[i] >= METRIC_MAX_FIELDS)
			return false;
	catalog_put_binding(c, key, &b);
	return true;
}

/* Take in a record of the log. */
static void
catalog_load(void *arg, const struct seglog_record *rec)
{
	struct catalog *c = arg;
	bool sound = false;

	if (rec->type == CATALOG_SERIES)
		sound = catalog_load_series(c, rec->data, rec->len);
	else if (rec->type == CATALOG_BINDING)
		sound = catalog_load_binding(c, rec->data, rec->len);
	if (!sound)
		log_warnx("catalog", "record %llu makes no sense, and is passed over",
		    (unsigned long long)rec->lsn);
}

/* Keep a definition. */
static struct entry *
catalog_store_series(struct catalog *c, uint32_t sid, const struct series_def *def)
{
	struct entry *s = catalog_put(c, sid, def);
	struct series_def numbered = *def;
	struct buf b = { 0 };

	numbered.id = sid;
	wire_define_encode(&b, &numbered);
	seglog_append(c->log, CATALOG_SERIES, b.data, b.len);
	buf_free(&b);
	return s;
}

/* Keep a binding. */
static void
catalog_store_binding(struct catalog *c, const uint8_t stream[WIRE_STREAM_ID], uint32_t id,
    const struct catalog_binding *value)
{
	uint8_t key[BINDING_KEY];
	struct buf b = { 0 };

	catalog_binding_key(key, stream, id);
	catalog_put_binding(c, key, value);
	buf_put(&b, key, sizeof key);
	buf_be32(&b, value->sid);
	buf_u8(&b, (uint8_t)value->nvalues);
	buf_put(&b, value->map, value->nvalues);
	seglog_append(c->log, CATALOG_BINDING, b.data, b.len);
	buf_free(&b);
}

/* --- definitions ----------------------------------------------------------------------------- */

/* The place of a field in a definition; nfields if it has none. */
static unsigned
catalog_field(const struct series_def *def, const char *name)
{
	unsigned i = 0;

	while (i < def->nfields && strcmp(def->fields[i].name, name) != 0)
		i++;
	return i;
}

/* Join what an agent defines to what is known: *sum becomes both, *b which value goes where. */
static int
catalog_join(
    struct series_def *sum, const struct series_def *def, struct catalog_binding *b, struct err *e)
{
	if (sum->step_s != def->step_s)
		return err_set(e, "%s/%s was defined with a step of %u s, and now with %u s",
		    def->node, def->source, sum->step_s, def->step_s);
	b->nvalues = def->nfields;
	for (unsigned i = 0; i < def->nfields; i++) {
		const struct field *f = &def->fields[i];
		unsigned at = catalog_field(sum, f->name);
		if (at == METRIC_MAX_FIELDS)
			return err_set(e, "%s/%s would get more than %d fields", def->node,
			    def->source, METRIC_MAX_FIELDS);
		if (at < sum->nfields && sum->fields[at].kind != f->kind)
			return err_set(e, "field %s of %s/%s was a %s, and now is a %s", f->name,
			    def->node, def->source, field_kind_name(sum->fields[at].kind),
			    field_kind_name(f->kind));
		sum->nfields += at == sum->nfields;
		sum->fields[at] = *f;
		b->map[i] = (uint8_t)at;
	}
	metric_states_join(sum, def, b->map);
	return 0;
}

/* Whether two definitions of a series say the same. */
static bool
catalog_same(const struct series_def *a, const struct series_def *b)
{
	struct buf x = { 0 }, y = { 0 };

	wire_define_encode(&x, a);
	wire_define_encode(&y, b);
	bool same = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
	buf_free(&x);
	buf_free(&y);
	return same;
}

/* Whether a series has all fields that a binding names. */
static bool
catalog_is_whole(const struct catalog_binding *b, const struct catalog_series *s)
{
	for (unsigned i = 0; i < b->nvalues; i++)
		if (b->map[i] >= s->def.nfields)
			return false;
	return true;
}

/* A definition that comes again: it must mean what it meant. */
static uint32_t
catalog_again(const struct catalog *c, const struct binding *known, const struct series_def *def,
    struct err *e)
{
	const struct catalog_series *s = catalog_series(c, known->b.sid);
	char key[CATALOG_MAX_KEY];

	catalog_key(key, def);
	bool same = strcmp(key, c->bysid[s->sid - 1]->key) == 0 && def->step_s == s->def.step_s &&
		    def->nfields == known->b.nvalues;
	for (unsigned i = 0; same && i < def->nfields; i++) {
		unsigned at = known->b.map[i];
		same = at < s->def.nfields && def->fields[i].kind == s->def.fields[at].kind &&
		       strcmp(def->fields[i].name, s->def.fields[at].name) == 0;
	}
	if (same)
		return s->sid;
	err_set(e, "the stream's series %u was defined as something else before", def->id);
	return 0;
}

/* Whether a binding lost its meaning with damaged definitions, and may get that of this series
 * (NULL: of a new one). */
static bool
catalog_may_rebind(const struct catalog *c, const struct binding *known, const struct entry *s)
{
	const struct catalog_series *now = catalog_series(c, known->b.sid);

	if (now == NULL)
		return true;
	return s != NULL && now == &s->s && !catalog_is_whole(&known->b, now);
}

/* Whether there is room for another series or binding of a node. */
static int
catalog_check_room(struct catalog *c, const struct series_def *def, bool series, struct err *e)
{
	const struct owner *o = catalog_owner(c, def->node);

	if (o->bindings >= CATALOG_MAX_NODE_BINDINGS ||
	    (series && o->series >= CATALOG_MAX_NODE_SERIES))
		return err_set(e, "node %s has too many series", def->node);
	if (series && c->count >= CATALOG_MAX_SERIES)
		return err_set(e, "there are too many series");
	return 0;
}

/* The fields of a series whose definition was lost, in the order that they had, as far as a binding
 * tells: other bindings and the files of the store go by it. */
static void
catalog_restore_order(
    struct series_def *sum, const struct series_def *def, const struct catalog_binding *b)
{
	uint64_t taken = 0;

	for (unsigned i = 0; i < b->nvalues; i++)
		if (b->map[i] < b->nvalues)
			taken |= UINT64_C(1) << b->map[i];
	if (b->nvalues != def->nfields || taken != UINT64_MAX >> (64 - b->nvalues))
		return;
	for (unsigned i = 0; i < b->nvalues; i++)
		sum->fields[b->map[i]] = def->fields[i];
	sum->states[0] = '\0'; /* they come with the definition, at their places */
}

/* Whether the number means something else. */
bool
catalog_contradicts(
    const struct catalog *c, const uint8_t stream[WIRE_STREAM_ID], const struct series_def *def)
{
	const struct binding *known = catalog_find_binding(c, stream, def->id);
	struct err e;

	return known != NULL && !catalog_may_rebind(c, known, catalog_find(c, def)) &&
	       catalog_again(c, known, def, &e) == 0;
}

/* Whether it is known. */
bool
catalog_has(const struct catalog *c, const struct series_def *def)
{
	return catalog_find(c, def) != NULL;
}

/* Fields that the series would get. */
unsigned
catalog_new_fields(const struct catalog *c, const struct series_def *def)
{
	const struct entry *s = catalog_find(c, def);
	unsigned n = 0;

	for (unsigned i = 0; i < def->nfields; i++)
		n += s == NULL || catalog_field(&s->s.def, def->fields[i].name) == s->s.def.nfields;
	return n;
}

/* What a definition of a stream means. */
uint32_t
catalog_define(struct catalog *c, const uint8_t stream[WIRE_STREAM_ID],
    const struct series_def *def, struct err *e)
{
	struct binding *known = catalog_find_binding(c, stream, def->id);
	struct entry *s = catalog_find(c, def);
	struct catalog_binding b = { 0 };

	if (series_def_check(def, e) == -1)
		return 0;
	if (known != NULL && !catalog_may_rebind(c, known, s))
		return catalog_again(c, known, def, e);
	if (catalog_check_room(c, def, s == NULL, e) == -1)
		return 0;
	struct series_def sum = *def;
	if (s != NULL)
		sum = s->s.def;
	else if (known != NULL)
		catalog_restore_order(&sum, def, &known->b);
	sum.id = 0;
	if (catalog_join(&sum, def, &b, e) == -1)
		return 0;
	if (s == NULL) /* the number of one whose definition was lost is its again */
		s = catalog_store_series(c, known != NULL ? known->b.sid : c->count + 1, &sum);
	else if (!catalog_same(&s->s.def, &sum))
		s = catalog_store_series(c, s->s.sid, &sum);
	b.sid = s->s.sid;
	catalog_store_binding(c, stream, def->id, &b);
	return b.sid;
}

/* --- open, close, ask ------------------------------------------------------------------------ */

/* Open for writing. */
int
catalog_open_writer(struct catalog **out, const char *dir, struct err *e)
{
	struct catalog *c = xcalloc(1, sizeof *c);
	struct seglog_opts o = {
		.dir = dir,
		.subject = "catalog",
		.segment_bytes = CATALOG_SEGMENT,
		.found = catalog_load,
		.arg = c,
	};

	if (seglog_open(&c->log, &o, e) == -1) {
		catalog_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

/* Open for reading what another process writes. */
int
catalog_open_reader(struct catalog **out, const char *dir, struct err *e)
{
	struct catalog *c = xcalloc(1, sizeof *c);

	if (seglog_reader_open(&c->reader, dir, 0, e) == -1 ||
	    catalog_follow(c, UINT64_MAX, e) == -1) {
		catalog_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

/* Close. */
void
catalog_close(struct catalog *c)
{
	struct entry *s, *stmp;
	struct binding *b, *btmp;
	struct owner *o, *otmp;

	if (c == NULL)
		return;
	HASH_ITER (hh, c->entries, s, stmp) {
		HASH_DEL(c->entries, s);
		free(s);
	}
	HASH_ITER (hh, c->bindings, b, btmp) {
		HASH_DEL(c->bindings, b);
		free(b);
	}
	HASH_ITER (hh, c->owners, o, otmp) {
		HASH_DEL(c->owners, o);
		free(o);
	}
	seglog_close(c->log);
	seglog_reader_close(c->reader);
	free(c->bysid);
	free(c);
}

/* Take in what was added. */
int
catalog_follow(struct catalog *c, uint64_t lsn, struct err *e)
{
	struct seglog_record rec;
	uint64_t damage = 0;
	int rc;

	while ((rc = seglog_read(c->reader, lsn, &rec, &damage, e)) == 1)
		catalog_load(c, &rec);
	if (damage > 0)
		log_warnx("catalog", "damage was met at %llu places", (unsigned long long)damage);
	return rc;
}

/* Who is told of new series. */
void
catalog_on_series(
    struct catalog *c, void (*defined)(void *arg, const struct catalog_series *s), void *arg)
{
	c->defined = defined;
	c->defined_arg = arg;
}

/* The log. */
struct seglog *
catalog_log(struct catalog *c)
{
	return c->log;
}

/* A series. */
const struct catalog_series *
catalog_series(const struct catalog *c, uint32_t sid)
{
	return sid >= 1 && sid <= c->count && c->bysid[sid - 1] != NULL ? &c->bysid[sid - 1]->s
									: NULL;
}

/* The highest sid. */
uint32_t
catalog_count(const struct catalog *c)
{
	return c->count;
}

/* What a stream's number means. One whose series lost definitions means nothing for now. */
const struct catalog_binding *
catalog_binding(const struct catalog *c, const uint8_t stream[WIRE_STREAM_ID], uint32_t id)
{
	const struct binding *b = catalog_find_binding(c, stream, id);
	const struct catalog_series *s = b != NULL ? catalog_series(c, b->b.sid) : NULL;

	return s != NULL && catalog_is_whole(&b->b, s) ? &b->b : NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_series: a log of definitions, each with the series' id, which is its for ever. */
#include <stdlib.h>
#include <string.h>

#include "agent/spool_series.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/seglog.h"
#include "zw/wire.h"

#define SERIES_SEGMENT (256 * 1024)

struct spool_series {
	struct seglog *log;
	struct series_def **defs; /* of id i + 1 */
	uint32_t n;
	bool damaged;
};

/* Keep a definition under the next id. */
static void
series_keep(struct spool_series *t, const struct series_def *def)
{
	t->defs = xreallocarray(t->defs, t->n + 1, sizeof *t->defs);
	t->defs[t->n] = xmemdup(def, sizeof *def);
	t->defs[t->n]->id = t->n + 1;
	t->n++;
}

/* A definition that is on disk. */
static void
series_found(void *arg, const struct seglog_record *rec)
{
	struct spool_series *t = arg;
	struct series_def def;
	struct err e;

	if (t->damaged)
		return;
	if (t->n >= WIRE_MAX_SERIES || rec->type != WIRE_DEFINE ||
	    wire_define_decode(rec->data, rec->len, &def, &e) == -1 || def.id != t->n + 1)
		t->damaged = true;
	else
		series_keep(t, &def);
}

/* Open the table. */
int
spool_series_open(struct spool_series **out, const char *dir, struct err *e)
{
	struct spool_series *t = xcalloc(1, sizeof *t);
	struct seglog_opts o = {
		.dir = dir,
		.subject = "spool",
		.segment_bytes = SERIES_SEGMENT,
		.found = series_found,
		.arg = t,
	};

	if (seglog_open(&t->log, &o, e) == -1) {
		spool_series_close(t);
		return -1;
	}
	t->damaged |= seglog_damage(t->log) > 0;
	*out = t;
	return 0;
}

/* Close it. */
void
spool_series_close(struct spool_series *t)
{
	if (t == NULL)
		return;
	for (uint32_t i = 0; i < t->n; i++)
		free(t->defs[i]);
	free(t->defs);
	seglog_close(t->log);
	free(t);
}

/* Whether it has holes. */
bool
spool_series_damaged(const struct spool_series *t)
{
	return t->damaged;
}

/* Whether two fields are the same, limits bit for bit (NaN is no limit). */
static bool
series_same_field(const struct field *a, const struct field *b)
{
	return a->kind == b->kind && memcmp(&a->min, &b->min, sizeof a->min) == 0 &&
	       memcmp(&a->max, &b->max, sizeof a->max) == 0 && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->unit, b->unit) == 0 && strcmp(a->label, b->label) == 0;
}

/* Whether two definitions are the same, but for the id. */
static bool
series_same(const struct series_def *a, const struct series_def *b)
{
	if (a->step_s != b->step_s || a->nfields != b->nfields || strcmp(a->node, b->node) != 0 ||
	    strcmp(a->source, b->source) != 0 || strcmp(a->instance, b->instance) != 0)
		return false;
	for (unsigned i = 0; i < a->nfields; i++)
		if (!series_same_field(&a->fields[i], &b->fields[i]))
			return false;
	return true;
}

/* The id of a definition: the one that it has, else a new one, flushed. */
uint32_t
spool_series_define(struct spool_series *t, const struct series_def *def)
{
	struct series_def mine = *def;
	struct buf b = { 0 };
	struct err e;

	for (uint32_t i = 0; i < t->n; i++)
		if (series_same(t->defs[i], def))
			return i + 1;
	if (t->n >= WIRE_MAX_SERIES)
		return 0;
	mine.id = t->n + 1;
	wire_define_encode(&b, &mine);
	seglog_append(t->log, WIRE_DEFINE, b.data, b.len);
	buf_free(&b);
	if (seglog_commit_now(t->log, &e) == -1) {
		log_warnx("spool", "cannot keep a series: %s", e.msg);
		return 0;
	}
	series_keep(t, &mine);
	return mine.id;
}

/* A definition. */
const struct series_def *
spool_series_get(const struct spool_series *t, uint32_t id)
{
	return id >= 1 && id <= t->n ? t->defs[id - 1] : NULL;
}

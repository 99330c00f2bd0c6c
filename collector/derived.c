/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of a step are derived 2 s after it ended, when those that it is made of have come. The
 * stream's id is the same for ever, so that the catalog holds one definition of each series; its
 * numbers go on from the last one that is durable. */
#include "collector/derived.h"

#include <event2/event.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/derive/derive.h"
#include "collector/intake/intake.h"
#include "collector/journal/journal.h"
#include "collector/offence.h"
#include "collector/site/site.h"
#include "collector/vitals.h"
#include "zw/alloc.h"
#include "zw/batch.h"
#include "zw/clock.h"
#include "zw/log.h"

#define GRACE_S 2

static const uint8_t stream_id[WIRE_STREAM_ID + 1] = JOURNAL_OWN_STREAM "derive";

/* A node that the intake holds something against. */
struct offender {
	const struct node *node;
	uint32_t id; /* 0: refused */
	struct intake_conduct before;
};

struct derived {
	const struct collector *c;
	struct derive *derive;
	struct event *tick;
	const struct intake_ops *ops;
	void *arg;
	uint32_t *ids;	   /* in the stream, by the series' place; 0: refused */
	unsigned *nfields; /* that were defined under it */
	size_t n;
	uint32_t vitals; /* the number of the collector's own series; 0: not defined yet */
	struct offender *offenders;
	size_t noffenders;
	uint32_t last_id;
	uint64_t seq;
	int64_t done_s; /* the last step that was derived */
};

/* Whether a number of the stream stands for just this definition. */
static bool
is_bound(struct catalog *cat, uint32_t id, const struct series_def *def)
{
	const struct catalog_binding *b = catalog_binding(cat, stream_id, id);
	const struct catalog_series *s = b != NULL ? catalog_series(cat, b->sid) : NULL;

	if (s == NULL || b->nvalues != def->nfields || strcmp(s->def.node, def->node) != 0 ||
	    strcmp(s->def.source, def->source) != 0 || strcmp(s->def.instance, def->instance) != 0)
		return false;
	for (unsigned i = 0; i < b->nvalues; i++) {
		const struct field *f = &s->def.fields[b->map[i]];
		if (strcmp(f->name, def->fields[i].name) != 0 ||
		    strcmp(f->unit, def->fields[i].unit) != 0)
			return false;
	}
	return true;
}

/* The number under which a series goes: that of an earlier run, or a new one. */
static uint32_t
define(struct derived *d, const struct series_def *wanted)
{
	struct catalog *cat = journal_catalog(d->c->journal);
	struct series_def def = *wanted;
	struct err e;

	for (uint32_t id = 1; id <= d->last_id; id++) {
		if (is_bound(cat, id, &def))
			return id;
	}
	def.id = d->last_id + 1;
	uint32_t sid = catalog_define(cat, stream_id, &def, &e);
	if (sid == 0) {
		log_warnx("derived", "%s/%s cannot be kept: %s", def.node, def.source, e.msg);
		return 0;
	}
	d->ops->defined(d->arg, sid);
	return ++d->last_id;
}

/* The node's place among the offenders, or their number. */
static size_t
find_offender(const struct derived *d, const struct node *n)
{
	size_t i = 0;

	while (i < d->noffenders && d->offenders[i].node != n)
		i++;
	return i;
}

/* Find the nodes that something is held against since the last step. */
static void
find_offenders(struct derived *d)
{
	for (size_t i = 0; i < site_nnodes(d->c->site); i++) {
		const struct node *n = site_node_at(d->c->site, i);
		struct intake_conduct now = intake_conduct(d->c->intake, n);
		struct series_def def;
		if (!offence_is_due(&now, n) || find_offender(d, n) < d->noffenders)
			continue;
		offence_def(&def, n);
		d->offenders = xreallocarray(d->offenders, d->noffenders + 1, sizeof *d->offenders);
		d->offenders[d->noffenders++] =
		    (struct offender){ .node = n, .id = define(d, &def) };
	}
}

/* The values of the offender with this number; 0: there is none such. */
static unsigned
offender_values(struct derived *d, uint32_t id, double values[METRIC_MAX_FIELDS])
{
	for (size_t i = 0; i < d->noffenders; i++) {
		struct offender *o = &d->offenders[i];
		struct intake_conduct now = intake_conduct(d->c->intake, o->node);
		struct series_def def;
		if (o->id != id)
			continue;
		offence_values(&o->before, &now, values);
		o->before = now;
		offence_def(&def, o->node);
		return def.nfields;
	}
	return 0;
}

/* Define what is new or has got further fields. */
static void
define_all(struct derived *d)
{
	size_t n = derive_count(d->derive);

	if (n > d->n) {
		d->ids = xreallocarray(d->ids, n, sizeof *d->ids);
		d->nfields = xreallocarray(d->nfields, n, sizeof *d->nfields);
		memset(d->ids + d->n, 0, (n - d->n) * sizeof *d->ids);
		memset(d->nfields + d->n, 0, (n - d->n) * sizeof *d->nfields);
		d->n = n;
	}
	if (d->vitals == 0 && site_summary(d->c->site, NULL) != NULL) {
		struct series_def own;
		vitals_def(&own);
		d->vitals = define(d, &own);
	}
	for (size_t i = 0; i < n; i++) {
		const struct series_def *def = derive_def(d->derive, i);
		if (d->nfields[i] == def->nfields)
			continue;
		d->nfields[i] = def->nfields;
		d->ids[i] = define(d, def);
	}
}

/* Whether any of the values is one. */
static bool
any_known(const double *values, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!isnan(values[i]))
			return true;
	}
	return false;
}

/* The values of the series with this number; how many, 0: there is none such any more. */
static unsigned
values_of(struct derived *d, uint32_t id, int64_t time_s, int64_t now_ms,
    double values[METRIC_MAX_FIELDS])
{
	if (id == d->vitals) {
		struct series_def own;
		vitals_def(&own);
		vitals_values(d->c, clock_wall_ms(), values);
		return own.nfields;
	}
	for (size_t i = 0; i < d->n; i++) {
		if (d->ids[i] != id)
			continue;
		derive_values(d->derive, i, time_s, now_ms, values);
		return d->nfields[i];
	}
	return offender_values(d, id, values);
}

/* Write the values of a step; a batch has its series in ascending order of their numbers. */
static void
write_step(struct derived *d, int64_t time_s, int64_t now_ms)
{
	double values[METRIC_MAX_FIELDS];
	struct buf b = { 0 };
	uint64_t seq = journal_durable_seq(d->c->journal, stream_id) + 1;

	d->seq = d->seq + 1 > seq ? d->seq + 1 : seq;
	struct batch_writer w = batch_begin(&b, d->seq, time_s);
	size_t known = 0;
	for (uint32_t id = 1; id <= d->last_id; id++) {
		unsigned n = values_of(d, id, time_s, now_ms, values);
		if (n == 0 || !any_known(values, n))
			continue;
		batch_add(&w, id, n, values);
		known++;
	}
	/* While the disk is full nothing that is appended is judged: and this is what tells of it.
	 */
	if (known > 0 && journal_stuck_ms(d->c->journal) != 0)
		d->ops->live(d->arg, DERIVED_SENDER, stream_id, b.data, b.len);
	if (known > 0)
		(void)journal_append(d->c->journal, WIRE_BATCH, stream_id, DERIVED_SENDER,
		    clock_latest_ms(), d->seq, b.data, b.len);
	buf_free(&b);
}

/* Says what the states of the collector's own series mean now. It is of no use later, so the
 * catalog does not have it. */
static void
describe_vitals(struct derived *d)
{
	const struct catalog_binding *b =
	    d->vitals != 0 ? catalog_binding(journal_catalog(d->c->journal), stream_id, d->vitals)
			   : NULL;
	struct series_def own;

	if (b != NULL && vitals_describe(d->c, &own))
		(void)site_define(d->c->site, b->sid, &own);
}

/* A second has passed. */
static void
derived_tick(evutil_socket_t fd, short what, void *arg)
{
	struct derived *d = arg;
	int64_t now_ms = clock_steady_ms();
	int64_t step_s = (now_ms / 1000 - GRACE_S) / DERIVE_STEP * DERIVE_STEP;

	(void)fd;
	(void)what;
	if (step_s <= d->done_s)
		return;
	d->done_s = step_s;
	(void)derive_find(d->derive);
	define_all(d);
	describe_vitals(d);
	find_offenders(d);
	write_step(d, step_s, now_ms);
}

/* The highest number that the stream has. */
static uint32_t
last_id(struct catalog *cat)
{
	uint32_t id = 0;

	while (catalog_binding(cat, stream_id, id + 1) != NULL)
		id++;
	return id;
}

int
derived_new(struct derived **out, struct event_base *base, const struct collector *c,
    const struct intake_ops *ops, void *arg, struct err *e)
{
	struct derived *d = xcalloc(1, sizeof *d);
	struct timeval second = { .tv_sec = 1 };

	d->c = c;
	d->ops = ops;
	d->arg = arg;
	d->derive = derive_new(c->conf, c->site);
	d->last_id = last_id(journal_catalog(c->journal));
	d->done_s = clock_steady_ms() / 1000;
	d->tick = event_new(base, -1, EV_PERSIST, derived_tick, d);
	if (d->tick == NULL || event_add(d->tick, &second) == -1) {
		derived_free(d);
		return err_set(e, "cannot make a timer");
	}
	*out = d;
	return 0;
}

void
derived_free(struct derived *d)
{
	if (d == NULL)
		return;
	if (d->tick != NULL)
		event_free(d->tick);
	derive_free(d->derive);
	free(d->ids);
	free(d->nfields);
	free(d->offenders);
	free(d);
}

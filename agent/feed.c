/* SPDX-License-Identifier: GPL-3.0-or-later */
/* feed: samples in, an acknowledged stream out. A moment's values are gathered, sorted by id and
 * encoded once: the same bytes go to the spool and to the uplink, and later unchanged into the
 * collector's journal. A moment too large for a frame becomes several batches of the same time. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/feed.h"
#include "agent/spool.h"
#include "agent/uplink.h"
#include "zw/alloc.h"
#include "zw/batch.h"
#include "zw/buf.h"
#include "zw/clock.h"
#include "zw/log.h"

#define FEED_BATCH_BYTES 60000		/* a batch is ended at this */
#define FEED_SERIES_BYTES 600		/* most that one series adds: ids, codes and 64 values */
#define FEED_MARKS 64			/* sparse memory of when records were made */
#define FEED_DAMAGE_MS (10 * 60 * 1000) /* so long damage is told of */
#define FEED_LOSS_EVERY_MS 60000	/* one event about losses in this time */

static_assert(FEED_BATCH_BYTES + FEED_SERIES_BYTES <= WIRE_MAX_PAYLOAD, "a batch fits a frame");

/* One series of the moment being gathered; its values are in feed.values. */
struct entry {
	uint32_t id;
	unsigned nvalues;
	size_t at;
};

/* Record seq was made at this time. */
struct mark {
	uint64_t seq;
	int64_t made_ms; /* steady */
};

struct feed {
	struct feed_opts o;
	struct conf_texts collectors; /* o's */
	struct spool *spool;
	struct uplink *uplink;
	uint32_t known;	  /* ids up to this are durable and were told to the uplink */
	uint32_t defined; /* and up to this they were given away */
	uint64_t last_seq;
	uint64_t acked;	      /* the highest number that was acknowledged */
	int64_t delivered_ms; /* steady: when that was; 0: never */

	int64_t time_s;
	struct entry *entries;
	size_t nentries;
	size_t entries_cap;
	double *values;
	size_t nvalues;
	size_t values_cap;
	struct buf buf;

	struct mark marks[FEED_MARKS];
	unsigned nmarks;
	uint64_t mark_every; /* records between marks; doubles when they are too many */

	uint64_t lost_thinned; /* records, not yet told */
	uint64_t lost_dropped;
	int64_t loss_told_ms;
	uint64_t damage_told; /* places of the spool */
	int64_t damage_ms;    /* monotonic: when that was */
	struct log_throttle define_throttle;
	void (*ack)(void *arg, uint64_t seq);
	void *ack_arg;
};

/* Remember when a record was made, of every so manyth. */
static void
mark_add(struct feed *f, uint64_t seq, int64_t made_ms)
{
	if (f->nmarks > 0 && seq < f->marks[f->nmarks - 1].seq + f->mark_every)
		return;
	if (f->nmarks == FEED_MARKS) {
		for (unsigned i = 0; i < FEED_MARKS / 2; i++)
			f->marks[i] = f->marks[2 * i];
		f->nmarks = FEED_MARKS / 2;
		f->mark_every *= 2;
	}
	f->marks[f->nmarks++] = (struct mark){ .seq = seq, .made_ms = made_ms };
}

/* Records up to seq are safe. The last mark at or below the oldest that is not stays: it is the
 * nearest that says how old that one is. */
static void
feed_acked(void *arg, uint64_t seq)
{
	struct feed *f = arg;
	unsigned drop = 0;

	if (seq > f->acked) {
		f->acked = seq;
		f->delivered_ms = clock_steady_ms();
	}
	while (drop + 1 < f->nmarks && f->marks[drop + 1].seq <= seq + 1)
		drop++;
	memmove(f->marks, f->marks + drop, (f->nmarks - drop) * sizeof f->marks[0]);
	f->nmarks -= drop;
	if (seq >= f->last_seq) {
		f->nmarks = 0;
		f->mark_every = 1;
	}
	if (f->ack != NULL)
		f->ack(f->ack_arg, seq);
}

/* The spool had to let go of records. It is told with the next moment, and not too often. */
static void
feed_lost(void *arg, uint64_t records, bool thinned)
{
	struct feed *f = arg;

	*(thinned ? &f->lost_thinned : &f->lost_dropped) += records;
}

/* A record for the spool and the uplink, in f->buf. */
static void
feed_append(struct feed *f, uint8_t type, uint64_t seq)
{
	mark_add(f, seq, clock_steady_ms());
	f->last_seq = seq;
	spool_append(f->spool, type, f->buf.data, f->buf.len);
	uplink_record(f->uplink, type, seq, f->buf.data, f->buf.len);
}

/* Tell the collector what will never come. */
static void
feed_tell_loss(struct feed *f, uint64_t *lost, const char *code, const char *how)
{
	struct wire_event ev = { .time_ms = clock_wall_ms(), .severity = WIRE_WARNING };

	if (*lost == 0)
		return;
	str_copy(ev.code, sizeof ev.code, code);
	if (str_format(ev.text, sizeof ev.text, "%llu records of the spool were %s to make room",
		(unsigned long long)*lost, how) == -1)
		ev.text[sizeof ev.text - 1] = '\0';
	*lost = 0;
	f->loss_told_ms = clock_mono_ms();
	feed_event(f, &ev);
}

/* Tell the collector of damage in the spool. */
static void
feed_tell_damage(struct feed *f)
{
	struct wire_event ev = { .time_ms = clock_wall_ms(), .severity = WIRE_WARNING };
	uint64_t news = spool_damaged(f->spool) - f->damage_told;

	if (news == 0)
		return;
	f->damage_told += news;
	f->damage_ms = clock_mono_ms();
	(void)str_copy(ev.code, sizeof ev.code, "spool-damaged");
	(void)snprintf(ev.text, sizeof ev.text,
	    "%llu damaged places were found in the spool; what was whole goes on, the file as it "
	    "was is in its quarantine",
	    (unsigned long long)news);
	feed_event(f, &ev);
}

/* Between records: losses, if it is time to tell them. */
static void
feed_tell_losses(struct feed *f)
{
	if ((f->lost_thinned == 0 && f->lost_dropped == 0) ||
	    (f->loss_told_ms != 0 && clock_mono_ms() - f->loss_told_ms < FEED_LOSS_EVERY_MS))
		return;
	feed_tell_loss(f, &f->lost_thinned, "spool-thinned", "thinned to one a minute");
	feed_tell_loss(f, &f->lost_dropped, "spool-dropped", "dropped");
}

/* The time of the oldest record left from before this start, for its age. */
static void
feed_mark_oldest(struct feed *f)
{
	struct seglog_record rec;
	struct batch_reader r;
	int64_t made_ms = clock_steady_ms();
	uint64_t first = spool_first(f->spool);

	if (spool_records(f->spool) == 0)
		return;
	if (spool_read(f->spool, first - 1, &rec, NULL) == 1 && rec.type == WIRE_BATCH &&
	    batch_open(&r, rec.data, rec.len, NULL) == 0 && r.time_s < made_ms / 1000)
		made_ms = r.time_s * 1000;
	mark_add(f, first, made_ms);
}

/* Opens the spool and begins to connect. */
int
feed_new(struct feed **out, struct event_base *base, const struct feed_opts *o, struct err *e)
{
	struct feed *f = xcalloc(1, sizeof *f);
	size_t n;

	f->o = *o;
	f->o.spool_dir = NULL; /* not ours to keep */
	f->o.collectors = &f->collectors;
	f->collectors.v = xcalloc(o->collectors->n + 1, sizeof *f->collectors.v);
	for (; f->collectors.n < o->collectors->n; f->collectors.n++)
		f->collectors.v[f->collectors.n] = xstrdup(o->collectors->v[f->collectors.n]);
	f->mark_every = 1;
	if (spool_open(&f->spool, base, o->spool_dir, o->spool_max_bytes, o->spool_max_age_ms, e) ==
	    -1)
		goto fail;
	f->last_seq = spool_next(f->spool) - 1;
	while (spool_series(f->spool, f->known + 1, &n) != NULL)
		f->known++;
	f->defined = f->known;
	f->define_throttle.every_ms = 60000;
	feed_mark_oldest(f);
	spool_on_loss(f->spool, feed_lost, f);
	if (uplink_new(&f->uplink, base, &f->o, f->spool, e) == -1)
		goto fail;
	uplink_on_ack(f->uplink, feed_acked, f);
	*out = f;
	return 0;
fail:
	feed_free(f);
	return -1;
}

/* The uplink first: it reads the spool. */
void
feed_free(struct feed *f)
{
	if (f == NULL)
		return;
	uplink_free(f->uplink);
	spool_close(f->spool);
	for (size_t i = 0; i < f->collectors.n; i++)
		free(f->collectors.v[i]);
	free(f->collectors.v);
	free(f->entries);
	free(f->values);
	buf_free(&f->buf);
	free(f);
}

/* A series' number. New ones become durable with the end of the moment. */
uint32_t
feed_define(struct feed *f, const struct series_def *def)
{
	uint32_t id = spool_define(f->spool, def);

	if (id > f->defined)
		f->defined = id;
	return id;
}

/* The number that a series has. */
uint32_t
feed_find(const struct feed *f, const struct series_def *def)
{
	return spool_find(f->spool, def);
}

/* Before a record may name new series they must be on disk, all together, and the uplink tells the
 * collector of them. While the disk does not take them their values are left out. */
static void
feed_flush_defines(struct feed *f)
{
	struct err e;
	unsigned held;

	if (f->known == f->defined)
		return;
	if (spool_flush_series(f->spool, &e) == -1) {
		if (log_throttle_pass(&f->define_throttle, clock_mono_ms(), &held))
			log_warnx("spool", "cannot keep new series: %s", e.msg);
		return;
	}
	while (f->known < f->defined)
		uplink_defined(f->uplink, ++f->known);
}

/* A moment begins. */
void
feed_begin(struct feed *f, int64_t time_s)
{
	f->time_s = time_s;
	f->nentries = 0;
	f->nvalues = 0;
}

/* The values of one series. Those of a series that found no room in the table (id 0) are left. */
void
feed_add(struct feed *f, uint32_t id, unsigned nvalues, const double *values)
{
	assert(nvalues <= METRIC_MAX_FIELDS);
	if (id == 0 || nvalues == 0)
		return;
	if (f->nentries == f->entries_cap) {
		f->entries_cap = f->entries_cap ? 2 * f->entries_cap : 64;
		f->entries = xreallocarray(f->entries, f->entries_cap, sizeof *f->entries);
	}
	if (f->nvalues + nvalues > f->values_cap) {
		f->values_cap = 2 * (f->nvalues + nvalues);
		f->values = xreallocarray(f->values, f->values_cap, sizeof *f->values);
	}
	f->entries[f->nentries++] =
	    (struct entry){ .id = id, .nvalues = nvalues, .at = f->nvalues };
	memcpy(f->values + f->nvalues, values, nvalues * sizeof *values);
	f->nvalues += nvalues;
}

/* By id; of two the one that came first. */
static int
entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* A moment ends: it is in the spool, and on its way if there is one. */
void
feed_end(struct feed *f)
{
	struct batch_writer w = { 0 };
	uint64_t seq = 0;

	feed_flush_defines(f);
	feed_tell_losses(f);
	feed_tell_damage(f);
	if (f->nentries > 1)
		qsort(f->entries, f->nentries, sizeof *f->entries, entry_cmp);
	for (size_t i = 0; i < f->nentries; i++) {
		const struct entry *en = &f->entries[i];
		if ((i > 0 && en->id == en[-1].id) || en->id > f->known)
			continue;
		if (seq != 0 && f->buf.len >= FEED_BATCH_BYTES) {
			feed_append(f, WIRE_BATCH, seq);
			seq = 0;
		}
		if (seq == 0) {
			seq = spool_next(f->spool);
			buf_clear(&f->buf);
			w = batch_begin(&f->buf, seq, f->time_s);
		}
		batch_add(&w, en->id, en->nvalues, f->values + en->at);
	}
	if (seq != 0)
		feed_append(f, WIRE_BATCH, seq);
	f->nentries = 0;
	f->nvalues = 0;
}

/* Something happened. */
void
feed_event(struct feed *f, const struct wire_event *ev)
{
	struct wire_event numbered = *ev;

	feed_flush_defines(f);
	if (numbered.series > f->known)
		numbered.series = 0;
	numbered.seq = spool_next(f->spool);
	buf_clear(&f->buf);
	wire_event_encode(&f->buf, &numbered);
	feed_append(f, WIRE_EVENT, numbered.seq);
}

/* How it goes. */
void
feed_stats(const struct feed *f, struct feed_stats *st)
{
	*st = (struct feed_stats){ 0 };
	uplink_stats(f->uplink, st);
	st->spool_records = spool_records(f->spool);
	st->spool_bytes = spool_bytes(f->spool);
	st->unwritten = spool_unwritten(f->spool);
	st->unwritten_ms = spool_unwritten_ms(f->spool);
	st->durable = spool_durable(f->spool);
	st->dropped = spool_dropped(f->spool);
	if (f->damage_told > 0 && clock_mono_ms() - f->damage_ms < FEED_DAMAGE_MS)
		st->damaged = f->damage_told;
	st->delivered_ms =
	    st->connected && st->spool_records == 0 ? clock_steady_ms() : f->delivered_ms;
	if (st->spool_records > 0 && f->nmarks > 0)
		st->unacked_ms = clock_steady_ms() - f->marks[0].made_ms;
}

/* Whom to tell of acknowledgements. */
void
feed_on_ack(struct feed *f, void (*ack)(void *arg, uint64_t seq), void *arg)
{
	f->ack = ack;
	f->ack_arg = arg;
}

/* The session's business. */
bool
feed_renew(struct feed *f, const struct buf *request, feed_certified *done, void *arg)
{
	return uplink_renew(f->uplink, request, done, arg);
}

void
feed_forget_renewal(struct feed *f)
{
	uplink_forget_renewal(f->uplink);
}

void
feed_renewed(struct feed *f)
{
	uplink_renewed(f->uplink);
}

/* The newest number in use. */
uint64_t
feed_last_seq(const struct feed *f)
{
	return f->last_seq;
}

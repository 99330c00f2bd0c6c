/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipeline: the way of a record from the journal to its consumers. When a commit is durable, each
 * of its records updates the live values and is judged; then, once for the commit, what was decided
 * goes to the history together with the journal position, the agents get their acknowledgements,
 * and the store hears how far it may read. */
#include <event2/event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/history.h"
#include "collector/alert/silence.h"
#include "collector/clerk.h"
#include "collector/conf.h"
#include "collector/intake/gate.h"
#include "collector/damage.h"
#include "collector/ledger.h"
#include "collector/notify/notify.h"
#include "collector/pipeline.h"
#include "collector/pipeline_log.h"
#include "collector/site/events.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/batch.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/str.h"

#define TICK_MS 1000
#define SAVE_MS 60000
#define REPLAY_MS (5 * 60 * 1000)      /* live values older than this are of no use to anybody */
#define IDLE_MS (5 * 60 * 1000)	       /* until a rule should have found what it looks for */
#define SKEW_MS 5000		       /* an agent's clock is wrong by more than this */
#define FRESH_S 30		       /* and what it measured was measured now, by its own clock */
#define REPLAY_RECORDS UINT64_C(20000) /* and no more records than this are read for them */

struct pipeline {
	struct collector *c;
	struct event *tick;
	uint64_t cursor;  /* highest LSN that was judged */
	int64_t idle_ms;  /* monotonic: when rules without series are told of; 0: they were */
	bool behind;	  /* the store leaves too much in the journal */
	int64_t save_ms;  /* monotonic: when what rules remember is stored next */
	uint64_t saved;	  /* journal LSN at which that was done last, durably */
	int64_t heard_ms; /* of the last record that was replayed; steady */
	struct clerk *clerk;
	struct pipeline_log log;
};

/* Make a pipeline. */
struct pipeline *
pipeline_new(struct collector *c)
{
	struct pipeline *p = xcalloc(1, sizeof *p);

	p->c = c;
	p->idle_ms = clock_mono_ms() + IDLE_MS;
	p->clerk = clerk_new(c);
	return p;
}

/* When the last record before the replay came. */
int64_t
pipeline_heard_ms(const struct pipeline *p)
{
	return p->heard_ms;
}

/* The end of time. */
void
pipeline_free(struct pipeline *p)
{
	if (p == NULL)
		return;
	if (p->tick != NULL)
		event_free(p->tick);
	clerk_free(p->clerk);
	pipeline_log_clear(&p->log);
	free(p);
}

/* A series of the catalog becomes one of the site, if its node still is there. */
static void
pipeline_define(struct pipeline *p, uint32_t sid)
{
	const struct catalog_series *s = catalog_series(journal_catalog(p->c->journal), sid);

	if (s != NULL)
		(void)site_define(p->c->site, sid, &s->def);
}

/* All of the catalog. */
void
pipeline_catalog(struct pipeline *p)
{
	uint32_t n = catalog_count(journal_catalog(p->c->journal));

	for (uint32_t sid = 1; sid <= n; sid++)
		pipeline_define(p, sid);
}

/* Put a stream's values in the order of the series' fields; those that are not sent are unknown. */
static void
pipeline_map(
    const struct catalog_binding *b, const struct batch_reader *r, unsigned nfields, double *values)
{
	for (unsigned i = 0; i < nfields; i++)
		values[i] = NAN;
	for (unsigned i = 0; i < r->nvalues && i < b->nvalues; i++)
		if (b->map[i] < nfields)
			values[b->map[i]] = r->values[i];
}

/* What is done with a record's values beside showing them. */
enum use {
	USE_SHOW,
	USE_WARM, /* it was judged before the restart; what rules remember takes note of it again */
	USE_LIVE, /* it is judged now, and comes again in its turn, to be counted */
	USE_JUDGE
};

/* The time of what was measured now by an agent whose clock is wrong: as its clock would say if it
 * were right. So its values are shown and judged, whatever becomes of them in the RRDs, and it is
 * told that its clock is wrong. Everything else has the time that it says. */
static int64_t
pipeline_time(const struct node *from, int64_t time_s, enum use use)
{
	int64_t skew_ms = from != NULL && from->connected ? from->skew_ms : 0;
	int64_t told_ms = clock_steady_ms() + skew_ms; /* its clock says now */

	if ((use != USE_LIVE && use != USE_JUDGE) || (skew_ms < SKEW_MS && skew_ms > -SKEW_MS) ||
	    time_s < told_ms / 1000 - FRESH_S || time_s > told_ms / 1000 + FRESH_S)
		return time_s;
	return time_s - skew_ms / 1000;
}

/* Take a batch into the live values, the ledger and let the rules have it. Who sent the values of
 * another node is its gateway. recv_ms: steady time from which on they are known. */
static void
pipeline_batch(struct pipeline *p, const struct journal_record *rec, int64_t recv_ms, enum use use)
{
	struct catalog *cat = journal_catalog(p->c->journal);
	struct node *from = site_node(p->c->site, rec->sender);
	struct batch_reader r;
	double values[METRIC_MAX_FIELDS];

	if (batch_open(&r, rec->payload, rec->len, NULL) == -1)
		return; /* the intake has looked at it before */
	int64_t time_s = pipeline_time(from, r.time_s, use);
	if (use == USE_LIVE &&
	    (time_s > clock_latest_ms() / 1000 + FRESH_S || time_s < GATE_FIRST_S))
		return; /* nobody can tell when that was */
	if (from != NULL && use >= USE_LIVE)
		site_seen(from, recv_ms); /* late or not, it lives */
	while (batch_next(&r) == 1) {
		const struct catalog_binding *b = catalog_binding(cat, rec->stream, r.id);
		struct series *se = b != NULL ? site_series(p->c->site, b->sid) : NULL;
		if (se == NULL)
			continue; /* of a node that is no longer of this site */
		se->node->via = from != se->node ? from : NULL;
		pipeline_map(b, &r, se->nfields, values);
		bool news = site_update(se, time_s, recv_ms, se->nfields, values);
		if (use == USE_WARM || use == USE_JUDGE)
			ledger_sample(
			    clerk_ledger(p->clerk), se, from, r.time_s, rec->recv_ms, values);
		if (use == USE_SHOW)
			continue;
		if (!news && use != USE_WARM)
			engine_late(p->c->engine, se, time_s, se->nfields, values, recv_ms);
		else if (news && use != USE_WARM)
			engine_reading(p->c->engine, se, recv_ms);
		else if (news)
			engine_warm(p->c->engine, se, recv_ms);
	}
}

/* Something happened: it is kept for a while and, unless it is of the past, logged. One that names
 * a series is about the series' node. */
static void
pipeline_event(struct pipeline *p, const struct journal_record *rec, bool tell)
{
	const struct node *sender = site_node(p->c->site, rec->sender);
	struct wire_event ev;

	if (sender == NULL || wire_event_decode(rec->payload, rec->len, &ev, NULL) == -1)
		return;
	const struct catalog_binding *b =
	    ev.series != 0 ? catalog_binding(journal_catalog(p->c->journal), rec->stream, ev.series)
			   : NULL;
	const struct series *se = b != NULL ? site_series(p->c->site, b->sid) : NULL;
	str_straighten(ev.text);
	events_add(p->c->events, se != NULL ? se->node : sender, se, &ev);
	if (!tell)
		return;
	clerk_event(p->clerk, sender, &ev);
	pipeline_log_event(&p->log, sender, &ev);
}

/* What is decided by the alerts' engine, at the moment it is decided. */
void
pipeline_alert_changed(void *arg, const struct alert_change *ch)
{
	struct pipeline *p = arg;

	history_change(p->c->history, ch);
	pipeline_log_change(ch);
}

/* A cooling event taught something of its zone. */
void
pipeline_heating(void *arg, const struct thermal_event *ev)
{
	struct pipeline *p = arg;

	history_heating(p->c->history, ev);
	log_info("alert",
	    "zone %s: learned from the cooling event: %.1f K/min at first, %.1f K in all", ev->zone,
	    ev->first_rate, ev->rise);
}

/* Judge what needs no new reading, make the messages that are due, and store all that was
 * decided. */
static void
pipeline_decide(struct pipeline *p, bool force)
{
	int64_t now_ms = clock_steady_ms();

	silences_tick(p->c->silences, now_ms);
	engine_tick(p->c->engine, now_ms);
	notify_tick(p->c->notify, p->c->engine, now_ms);
	clerk_commit(p->clerk, p->cursor);
	history_commit(p->c->history, p->cursor, force);
}

/* The states of all subjects, while they are gathered. */
struct pipeline_states {
	struct history_state *v;
	size_t n;
	size_t room;
};

/* One of them. */
static void
pipeline_put_state(void *arg, const char *key, const void *bytes, size_t n)
{
	struct pipeline_states *s = arg;

	if (s->n == s->room) {
		s->room = s->room == 0 ? 64 : 2 * s->room;
		s->v = xreallocarray(s->v, s->room, sizeof *s->v);
	}
	s->v[s->n++] =
	    (struct history_state){ .key = xstrdup(key), .bytes = xmemdup(bytes, n), .n = n };
}

/* Store what the rules and the ledger remember, now and then: a restart reads the journal from
 * there on again. What the ledger counts as time goes by is stored together with its states. */
static void
pipeline_save(struct pipeline *p)
{
	struct pipeline_states s = { 0 };

	p->save_ms = clock_mono_ms() + SAVE_MS;
	bool news = clerk_advance(p->clerk, p->cursor, clock_wall_ms());
	if (p->cursor == p->saved && !news)
		return;
	engine_save(p->c->engine, pipeline_put_state, &s);
	clerk_save(p->clerk, pipeline_put_state, &s);
	history_states(p->c->history, p->cursor, s.v, s.n);
}

/* Take back what was remembered. */
void
pipeline_load(struct pipeline *p, const struct history_state *s)
{
	if (!clerk_load(p->clerk, s->key, s->bytes, s->n))
		engine_load(p->c->engine, s->key, s->bytes, s->n);
}

/* They are on disk: the journal is needed from there on only. */
void
pipeline_saved(void *arg, uint64_t lsn)
{
	struct pipeline *p = arg;

	p->saved = lsn;
	journal_release(p->c->journal, "alert", lsn);
}

/* The store may read the journal up to there, and all of the catalog that is durable. */
static void
pipeline_tell_store(struct pipeline *p, uint64_t lsn)
{
	struct catalog *cat = journal_catalog(p->c->journal);

	if (p->c->store != NULL)
		store_durable(p->c->store, lsn, seglog_durable(catalog_log(cat)));
}

/* A record is durable. */
static void
pipeline_durable(void *arg, const struct journal_record *rec)
{
	struct pipeline *p = arg;

	clerk_record(p->clerk, rec);
	if (rec->type == WIRE_BATCH)
		pipeline_batch(p, rec, clock_steady_ms(), USE_JUDGE);
	else if (rec->type == WIRE_EVENT)
		pipeline_event(p, rec, true);
	p->cursor = rec->lsn;
	if (p->c->intake != NULL)
		intake_durable(p->c->intake, rec);
}

/* A commit is durable, and all of its records were told. */
static void
pipeline_committed(void *arg, uint64_t lsn)
{
	struct pipeline *p = arg;

	if (p->c->intake != NULL)
		intake_committed(p->c->intake);
	pipeline_tell_store(p, lsn);
	pipeline_decide(p, false);
}

/* The journal cannot be written: what cannot be kept must not be acknowledged. */
static void
pipeline_failed(void *arg, const char *why)
{
	const struct pipeline *p = arg;

	damage_leave(p->c->conf->store.dir, why);
	fatalx("journal", "%s; ending, so that nothing is acknowledged that is not kept", why);
}

const struct journal_ops pipeline_journal_ops = {
	.durable = pipeline_durable,
	.committed = pipeline_committed,
	.failed = pipeline_failed,
};

/* A batch beside the order, because its agent has a backlog: shown and judged, not stored. */
static void
pipeline_live(
    void *arg, const char *sender, const uint8_t *stream, const uint8_t *payload, size_t n)
{
	struct pipeline *p = arg;
	struct journal_record rec = { .stream = stream, .payload = payload, .len = n };

	if (str_copy(rec.sender, sizeof rec.sender, sender) == 0)
		pipeline_batch(p, &rec, clock_steady_ms(), USE_LIVE);
	pipeline_decide(p, false);
}

/* A series was defined. */
static void
pipeline_defined(void *arg, uint32_t sid)
{
	pipeline_define(arg, sid);
}

const struct intake_ops pipeline_intake_ops = {
	.live = pipeline_live,
	.defined = pipeline_defined,
};

/* The store has made durable what it needed the journal for. */
static void
pipeline_checkpoint(void *arg, uint64_t lsn)
{
	struct pipeline *p = arg;

	journal_release(p->c->journal, "store", lsn);
}

/* The store moved a damaged RRD away. */
static void
pipeline_quarantined(void *arg, uint32_t sid, const char *why)
{
	struct pipeline *p = arg;
	const struct series *se = site_series(p->c->site, sid);

	log_warnx("store", "the RRD of %s/%s was damaged and is in quarantine: %s",
	    se != NULL ? se->node->name : "?", se != NULL ? se->name : "?", why);
	if (se == NULL)
		return;
	char *file = xasprintf("rrd/%s/%s.rrd", se->node->name, se->name);
	damage_note(p->c->damage, file, why, clock_mono_ms());
	free(file);
}

/* The store found something else damaged. */
static void
pipeline_damaged(void *arg, const char *file, const char *why)
{
	struct pipeline *p = arg;

	damage_note(p->c->damage, file, why, clock_mono_ms());
}

const struct store_ops pipeline_store_ops = {
	.checkpoint = pipeline_checkpoint,
	.quarantined = pipeline_quarantined,
	.damaged = pipeline_damaged,
};

/* One record of the past: whether it was judged. What arrived while the clock was ahead arrived now
 * at the latest, else its node would seem to live until then. */
static bool
pipeline_replay_record(
    struct pipeline *p, const struct journal_record *rec, uint64_t cursor, int64_t now_ms)
{
	bool recent = rec->recv_ms > now_ms - REPLAY_MS;
	bool judge = rec->lsn > cursor && (cursor > 0 || recent);
	bool warm = !judge && rec->lsn > p->saved && rec->lsn <= cursor;
	int64_t recv_ms = rec->recv_ms < now_ms ? rec->recv_ms : now_ms;

	ledger_warm(clerk_ledger(p->clerk), warm);
	if (judge || warm)
		clerk_record(p->clerk, rec);
	if (rec->type == WIRE_EVENT)
		pipeline_event(p, rec, judge);
	if (rec->type != WIRE_BATCH || !(judge || warm || recent))
		return judge;
	pipeline_batch(p, rec, recv_ms, judge ? USE_JUDGE : warm ? USE_WARM : USE_SHOW);
	return judge;
}

/* Read what the journal holds of the recent past. */
static int
pipeline_replay_from(struct pipeline *p, uint64_t from, uint64_t cursor, struct err *e)
{
	uint64_t last = journal_last(p->c->journal), judged = 0;
	int64_t now_ms = clock_steady_ms();
	struct seglog_reader *r;
	struct seglog_record rec;
	struct journal_record jr;
	int rc;

	if (seglog_reader_open(&r, journal_dir(p->c->journal), from, e) == -1)
		return -1;
	while ((rc = seglog_read(r, last, &rec, NULL, e)) == 1) {
		if (journal_record_decode(&rec, &jr, NULL) == -1)
			continue; /* marks */
		judged += pipeline_replay_record(p, &jr, cursor, now_ms);
		p->heard_ms = jr.recv_ms;
	}
	seglog_reader_close(r);
	ledger_warm(clerk_ledger(p->clerk), false);
	if (judged > 0)
		log_info("pipeline",
		    "%llu records had come just before the last end and are judged now",
		    (unsigned long long)judged);
	return rc;
}

/* Feed what the journal holds of the recent past. A history without a cursor was begun anew and
 * does not know what was told long ago. */
int
pipeline_replay(struct pipeline *p, uint64_t cursor, uint64_t saved, struct err *e)
{
	uint64_t last = journal_last(p->c->journal), from = 1;

	if (last > REPLAY_RECORDS)
		from = last - REPLAY_RECORDS + 1;
	if (cursor > 0 && cursor < from)
		from = cursor + 1;
	if (saved > 0 && saved < cursor && saved < from)
		from = saved + 1;
	p->cursor = cursor;
	p->saved = saved;
	/* Also tells a journal that was begun anew not to use numbers that were judged before. */
	journal_release(p->c->journal, "alert", saved < cursor ? saved : cursor);
	if (pipeline_replay_from(p, from, cursor, e) == -1)
		return -1;
	if (last > p->cursor)
		p->cursor = last;
	return 0;
}

/* Say when the store begins to be behind, and when it no longer is. */
static void
pipeline_watch_store(struct pipeline *p)
{
	uint64_t keep = (uint64_t)p->c->conf->store.journal_keep;
	uint64_t bytes = journal_bytes(p->c->journal);
	unsigned long long mib = bytes / (1024 * 1024);

	if (!p->behind && bytes > keep) {
		p->behind = true;
		log_warnx("store", "the journal has grown to %llu MiB: the store is behind", mib);
	} else if (p->behind && bytes <= keep / 4 * 3) {
		p->behind = false;
		log_info("store", "the journal is down to %llu MiB: the store keeps up", mib);
	}
}

/* Say once which rules look for what no node sends, when nodes have had the time to send all. They
 * are in one line, for a set of rules is made for more than a site has. */
static void
pipeline_watch_rules(struct pipeline *p)
{
	const struct conf_rule *rules = p->c->conf->rules.v;
	char names[400] = "";
	size_t n = 0;

	if (p->idle_ms == 0 || clock_mono_ms() < p->idle_ms ||
	    catalog_count(journal_catalog(p->c->journal)) == 0)
		return;
	p->idle_ms = 0;
	for (size_t i = 0; i < p->c->conf->rules.n; i++) {
		size_t used = strlen(names);
		if (engine_rule_matches(p->c->engine, i))
			continue;
		n++;
		if (str_format(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "",
			rules[i].name) == -1)
			names[used] = '\0';
	}
	if (n > 0)
		log_info("alert",
		    "%zu rule%s match%s no series: none of their nodes sends such a source and "
		    "field: %s",
		    n, n == 1 ? "" : "s", n == 1 ? "es" : "", names);
}

/* A second has passed. */
static void
pipeline_tick(evutil_socket_t fd, short what, void *arg)
{
	struct pipeline *p = arg;

	(void)fd;
	(void)what;
	pipeline_decide(p, false);
	if (clock_mono_ms() >= p->save_ms)
		pipeline_save(p);
	pipeline_watch_store(p);
	pipeline_watch_rules(p);
}

/* Let time pass. */
int
pipeline_start(struct pipeline *p, struct event_base *base, struct err *e)
{
	struct timeval tv = { TICK_MS / 1000, TICK_MS % 1000 * 1000 };

	pipeline_tell_store(p, journal_last(p->c->journal));
	clerk_compare(p->clerk, clock_wall_ms());
	pipeline_save(p); /* what changed is told once only if it is stored with this */
	pipeline_decide(p, false);
	p->tick = event_new(base, -1, EV_PERSIST, pipeline_tick, p);
	if (p->tick == NULL || event_add(p->tick, &tv) == -1)
		return err_set(e, "cannot make a timer");
	return 0;
}

/* Store what was decided. */
void
pipeline_stop(struct pipeline *p)
{
	pipeline_save(p);
	pipeline_decide(p, true);
}

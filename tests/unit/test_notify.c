/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages counted in virtual time: an engine, a history and an outbox of straw around the real
 * plan, facts, words and digests. The history keeps what it was given only when it is committed, so
 * that the program can be killed at any moment; the relay can be away. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "collector/alert/thermal.h"
#include "collector/conf.h"
#include "collector/notify/notify.h"
#include "collector/notify/outbox.h"
#include "collector/notify/plan.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/lang.h"
#include "zw/str.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define MAX_ALERTS 2000
#define MAX_INCIDENTS 200
#define MAX_MAILS 4000
#define MAX_TOLD 2000
#define MAX_NOTES 400
#define NZONES 4
#define NRECIPIENTS 3

struct engine {
	struct alert alerts[MAX_ALERTS];
	size_t nalerts;
	struct incident incidents[MAX_INCIDENTS]; /* in the order of their opening */
	size_t nincidents;
};

/* What was stored, or is being collected. */
struct store {
	struct mail *mails[MAX_MAILS];
	size_t nmails;
	struct told told[MAX_TOLD];
	size_t ntold;
	struct history_note notes[MAX_NOTES];
	size_t nnotes;
};

struct history {
	struct store open;   /* since the last commit */
	struct store stored; /* its mails: those that wait */
	char ids[MAX_MAILS][160];
	size_t nids;
	int64_t last_id;
};

/* What was delivered. */
struct letter_box {
	char kind[16];
	uint64_t incident;
	uint32_t group;
	char id[160];
	char references[160];
	char subject[256];
	int64_t at_ms;
	int64_t created_ms;
	char *text;
};

struct outbox {
	struct mail *mails[MAX_MAILS];
	size_t nmails;
	bool (*wanted)(void *arg, const struct mail *m, struct err *why);
	void (*ended)(void *arg, const struct mail *m, bool sent);
	void *arg;
};

struct rig {
	struct conf_collector conf;
	struct conf_zone zones[NZONES];
	struct conf_node nodes[NZONES];
	struct conf_rule rules[1];
	struct conf_recipient recipients[NRECIPIENTS];
	struct site *site;
	struct engine engine;
	struct history history;
	struct outbox *outbox;
	struct notify *notify;
	int64_t now;
	bool relay_away;
	struct zone_air air; /* of zone B */
	struct letter_box got[MAX_MAILS];
	size_t ngot;
};

static struct rig *R; /* of the test under way: the parts of straw belong to it */

/* The engine of straw. */
size_t
engine_nalerts(const struct engine *e)
{
	return e->nalerts;
}

const struct alert *
engine_alert_at(const struct engine *e, size_t i)
{
	return &e->alerts[i];
}

size_t
engine_nincidents(const struct engine *e)
{
	return e->nincidents;
}

const struct incident *
engine_incident_at(const struct engine *e, size_t i)
{
	return &e->incidents[e->nincidents - 1 - i];
}

bool
engine_cools(const struct engine *e, const struct node *n, int64_t *since_ms)
{
	(void)e;
	(void)n;
	*since_ms = 0;
	return true;
}

bool
engine_on_battery(const struct engine *e, const struct node *n, int64_t *since_ms)
{
	(void)e;
	(void)n;
	*since_ms = 0;
	return false;
}

const struct zone_air *
engine_air(const struct engine *e, const struct zone *z)
{
	(void)e;
	return z != NULL && strcmp(z->name, "B") == 0 ? &R->air : NULL;
}

const struct node *
engine_because(const struct engine *e, const struct node *n)
{
	(void)e;
	(void)n;
	return NULL;
}

/* The history of straw. */
void
mail_free(struct mail *m)
{
	if (m == NULL)
		return;
	free(m->kind);
	free(m->via);
	free(m->zone);
	free(m->to);
	free(m->rest);
	free(m->subject);
	free(m->text);
	free(m->html);
	free(m->map);
	free(m->message_id);
	free(m->references);
	free(m->graph_field);
	free(m);
}

const char *
history_install(const struct history *h)
{
	(void)h;
	return "00c0ffee";
}

const char *
history_trouble(const struct history *h)
{
	(void)h;
	return "";
}

size_t
history_waiting(const struct history *h)
{
	return h->open.nmails;
}

void
history_mail(struct history *h, struct mail *m)
{
	assert_true(h->open.nmails < MAX_MAILS);
	assert_non_null(m->subject);
	assert_non_null(m->text);
	h->open.mails[h->open.nmails++] = m;
}

void
history_told(struct history *h, const struct told *t)
{
	assert_true(h->open.ntold < MAX_TOLD);
	h->open.told[h->open.ntold++] = *t;
}

void
history_note(struct history *h, const char *key, const char *value)
{
	struct history_note *note = &h->open.notes[h->open.nnotes++];

	assert_true(h->open.nnotes <= MAX_NOTES);
	(void)str_copy(note->key, sizeof note->key, key);
	(void)str_copy(note->value, sizeof note->value, value);
}

/* Takes it from what waits. */
static void
unstore(struct history *h, int64_t id)
{
	for (size_t i = 0; i < h->stored.nmails; i++) {
		if (h->stored.mails[i]->id == id) {
			mail_free(h->stored.mails[i]);
			h->stored.mails[i] = h->stored.mails[--h->stored.nmails];
			return;
		}
	}
}

void
history_mail_supersede(struct history *h, int64_t id, const char *why)
{
	(void)why;
	unstore(h, id);
}

static bool
is_known(struct history *h, const char *id)
{
	for (size_t i = 0; i < h->nids; i++) {
		if (strcmp(h->ids[i], id) == 0)
			return true;
	}
	return false;
}

/* A row replaces the one of the same key. */
static void
store_rows(struct store *to, const struct store *from)
{
	for (size_t i = 0; i < from->ntold; i++) {
		size_t k = 0;
		while (k < to->ntold && (to->told[k].incident != from->told[i].incident ||
					    to->told[k].recipient != from->told[i].recipient))
			k++;
		assert_true(k < MAX_TOLD);
		to->told[k] = from->told[i];
		to->ntold += k == to->ntold;
	}
	for (size_t i = 0; i < from->nnotes; i++) {
		size_t k = 0;
		while (k < to->nnotes && strcmp(to->notes[k].key, from->notes[i].key) != 0)
			k++;
		assert_true(k < MAX_NOTES);
		to->notes[k] = from->notes[i];
		to->nnotes += k == to->nnotes;
	}
}

/* A copy of what notify gets; the original stays stored. */
static struct mail *
copy_of(const struct mail *m)
{
	struct mail *c = xmemdup(m, sizeof *m);

	c->kind = xstrdup(m->kind);
	c->via = xstrdup(m->via);
	c->zone = xstrdup(m->zone);
	c->to = xstrdup(m->to);
	c->rest = NULL;
	c->subject = xstrdup(m->subject);
	c->text = xstrdup(m->text);
	c->html = NULL;
	c->map = NULL;
	c->message_id = xstrdup(m->message_id);
	c->references = m->references == NULL ? NULL : xstrdup(m->references);
	c->graph_field = NULL;
	return c;
}

/* All that was collected is durable; its mails are handed over, but for those made before. */
static void
commit(struct history *h)
{
	size_t n = h->open.nmails;

	store_rows(&h->stored, &h->open);
	h->open.ntold = h->open.nnotes = h->open.nmails = 0;
	for (size_t i = 0; i < n; i++) {
		struct mail *m = h->open.mails[i];
		if (is_known(h, m->message_id)) {
			mail_free(m);
			continue;
		}
		assert_true(h->nids < MAX_MAILS);
		(void)str_copy(h->ids[h->nids++], sizeof h->ids[0], m->message_id);
		m->id = ++h->last_id;
		h->stored.mails[h->stored.nmails++] = m;
		notify_take(R->notify, copy_of(m));
	}
}

/* The outbox of straw. */
int
outbox_new(struct outbox **out, struct event_base *base, const struct conf_collector *conf,
    const char *hostname, const struct site *site, struct render *render, struct history *history,
    struct notify_stats *stats, struct err *e)
{
	(void)base;
	(void)conf;
	(void)hostname;
	(void)site;
	(void)render;
	(void)history;
	(void)stats;
	(void)e;
	*out = R->outbox = xcalloc(1, sizeof **out);
	return 0;
}

void
outbox_free(struct outbox *o)
{
	for (size_t i = 0; o != NULL && i < o->nmails; i++)
		mail_free(o->mails[i]);
	free(o);
}

void
outbox_take(struct outbox *o, struct mail *m)
{
	assert_true(o->nmails < MAX_MAILS);
	o->mails[o->nmails++] = m;
}

void
outbox_ask(
    struct outbox *o, bool (*wanted)(void *arg, const struct mail *m, struct err *why), void *arg)
{
	o->wanted = wanted;
	o->arg = arg;
}

void
outbox_on_end(
    struct outbox *o, void (*ended)(void *arg, const struct mail *m, bool sent), void *arg)
{
	o->ended = ended;
	o->arg = arg;
}

/* Takes the i-th out; it is through, or was withdrawn. */
static void
leave(struct outbox *o, size_t i, bool sent)
{
	struct mail *m = o->mails[i];

	o->nmails--;
	for (; i < o->nmails; i++)
		o->mails[i] = o->mails[i + 1];
	unstore(&R->history, m->id);
	o->ended(o->arg, m, sent);
	mail_free(m);
}

void
outbox_recheck(struct outbox *o)
{
	struct err why;

	for (size_t i = o->nmails; i-- > 0;) {
		if (!o->wanted(o->arg, o->mails[i], &why))
			leave(o, i, false);
	}
}

/* What was delivered is kept. */
static void
receive(const struct mail *m)
{
	struct letter_box *l = &R->got[R->ngot++];

	assert_true(R->ngot <= MAX_MAILS);
	*l = (struct letter_box){ .incident = m->incident,
		.group = m->recipient,
		.at_ms = R->now,
		.created_ms = m->created_ms,
		.text = xstrdup(m->text) };
	(void)str_copy(l->kind, sizeof l->kind, m->kind);
	(void)str_copy(l->id, sizeof l->id, m->message_id);
	(void)str_copy(
	    l->references, sizeof l->references, m->references == NULL ? "" : m->references);
	(void)str_copy(l->subject, sizeof l->subject, m->subject);
}

/* Tries what is due. */
static void
try_all(struct outbox *o)
{
	static const int64_t delays[] = { 15, 30, 60, 120, 300, 600, 900 };
	struct err why;

	for (size_t i = 0; i < o->nmails;) {
		struct mail *m = o->mails[i];
		if (m->next_ms > R->now) {
			i++;
		} else if (!o->wanted(o->arg, m, &why)) {
			leave(o, i, false);
		} else if (R->relay_away) {
			m->next_ms = R->now + delays[m->tries < 6 ? m->tries : 6] * SECOND;
			m->tries++;
			i++;
		} else {
			receive(m);
			leave(o, i, true);
		}
	}
}

/* The program's start. */
static void
start(struct rig *r)
{
	struct err e;

	R = r;
	r->notify = notify_new(NULL, &r->conf, r->site, NULL, &r->history, &e);
	assert_non_null(r->notify);
	const struct history_restored back = { .told = r->history.stored.told,
		.ntold = r->history.stored.ntold,
		.notes = r->history.stored.notes,
		.nnotes = r->history.stored.nnotes };
	notify_restore(r->notify, &back);
	for (size_t i = 0; i < r->history.stored.nmails; i++)
		notify_take(r->notify, copy_of(r->history.stored.mails[i]));
}

/* It is killed: what was not committed is lost. */
static void
kill_it(struct rig *r)
{
	struct history *h = &r->history;

	notify_free(r->notify);
	for (size_t i = 0; i < h->open.nmails; i++)
		mail_free(h->open.mails[i]);
	h->open.nmails = h->open.ntold = h->open.nnotes = 0;
}

/* Now and then the program is killed, just before a commit and just after. */
enum trouble {
	NO_TROUBLE,
	KILLED_BEFORE = 1,
	KILLED_AFTER = 2
};

/* A turn of the loop. */
static void
turn(struct rig *r, unsigned trouble)
{
	notify_tick(r->notify, &r->engine, r->now);
	if ((trouble & KILLED_BEFORE) != 0) {
		kill_it(r);
		start(r);
		notify_tick(r->notify, &r->engine, r->now);
	}
	commit(&r->history);
	if ((trouble & KILLED_AFTER) != 0) {
		kill_it(r);
		start(r);
	}
	try_all(r->outbox);
}

/* Lets time pass. */
static void
pass(struct rig *r, int64_t ms, int64_t step)
{
	for (int64_t end = r->now + ms; r->now < end; r->now += step)
		turn(r, NO_TROUBLE);
}

static struct rig *
rig_new(void)
{
	static char names[NZONES][2] = { "A", "B", "C", "D" };
	static char nodes[NZONES][4] = { "a1", "b1", "c1", "d1" };
	static char server[] = "server", from[] = "zonewatch@dc.example", to[] = "it@dc.example",
		    transport[] = "maildir:/nowhere", url[] = "https://zw.example/", rule[] = "hot",
		    kind[] = "threshold", never[] = "04:00";
	struct rig *r = xcalloc(1, sizeof *r);

	for (size_t i = 0; i < NZONES; i++) {
		r->zones[i].name = names[i];
		r->nodes[i] =
		    (struct conf_node){ .name = nodes[i], .zone = names[i], .kind = server };
	}
	r->rules[0] = (struct conf_rule){ .name = rule, .kind = kind };
	r->recipients[0] = (struct conf_recipient){ .address = to, .budget = 20 };
	r->conf.zones = (struct conf_list){ .v = r->zones, .n = NZONES };
	r->conf.nodes = (struct conf_list){ .v = r->nodes, .n = NZONES };
	r->conf.rules = (struct conf_list){ .v = r->rules, .n = 1 };
	r->conf.recipients = (struct conf_list){ .v = r->recipients, .n = 1 };
	r->conf.mail.from = from;
	r->conf.mail.transport = transport;
	r->conf.web.url = url;
	r->conf.notify.group_wait = 30 * SECOND;
	r->conf.notify.update_every = 5 * MINUTE;
	r->conf.notify.remind_first = 10 * MINUTE;
	r->conf.notify.remind_every = 30 * MINUTE;
	r->conf.notify.life_at = never;
	r->site = site_new(&r->conf);
	r->now = clock_steady_ms();
	start(r);
	return r;
}

static void
rig_free(struct rig *r)
{
	kill_it(r);
	for (size_t i = 0; i < r->history.stored.nmails; i++)
		mail_free(r->history.stored.mails[i]);
	for (size_t i = 0; i < r->ngot; i++)
		free(r->got[i].text);
	site_free(r->site);
	free(r);
}

/* An incident opens in a zone. */
static struct incident *
open_in(struct rig *r, const char *zone)
{
	struct incident *in = &r->engine.incidents[r->engine.nincidents++];

	assert_true(r->engine.nincidents <= MAX_INCIDENTS);
	*in = (struct incident){
		.id = r->engine.nincidents, .opened_ms = r->now, .changed_ms = r->now
	};
	(void)str_copy(in->zone, sizeof in->zone, zone);
	(void)str_copy(in->cause, sizeof in->cause, "Inlet air too warm: a1 33.4 °C");
	return in;
}

/* An alert fires in it. */
static struct alert *
fire(struct rig *r, struct incident *in, enum wire_severity severity)
{
	struct alert *a = &r->engine.alerts[r->engine.nalerts++];

	assert_true(r->engine.nalerts <= MAX_ALERTS);
	*a = (struct alert){ .id = r->engine.nalerts,
		.rule = r->rules[0].name,
		.title = "Inlet air too warm",
		.unit = "Cel",
		.severity = severity,
		.state = ALERT_FIRING,
		.value = 33.4,
		.peak = NAN,
		.limit = 32,
		.why = { .code = REASON_ABOVE, .v = { 32 } },
		.since_ms = r->now,
		.fired_ms = r->now,
		.incident = in->id };
	(void)str_copy(a->zone, sizeof a->zone, in->zone);
	(void)str_copy(a->node, sizeof a->node, "a1");
	(void)str_copy(a->series, sizeof a->series, "thermal");
	(void)str_copy(a->field, sizeof a->field, "inlet");
	(void)str_copy(a->reason, sizeof a->reason, "above 32 °C");
	if (in->total++ == 0)
		in->root = a->id;
	in->firing++;
	in->changed_ms = in->joined_ms = r->now;
	if (severity > in->severity)
		in->severity = severity;
	if (severity > in->now)
		in->now = severity;
	return a;
}

/* All of it ends. */
static void
end(struct rig *r, struct incident *in)
{
	for (size_t i = 0; i < r->engine.nalerts; i++) {
		struct alert *a = &r->engine.alerts[i];
		if (a->incident != in->id)
			continue;
		a->state = ALERT_CLOSED;
		a->resolved_ms = r->now;
	}
	in->firing = 0;
	in->closed_ms = in->changed_ms = r->now;
}

/* Messages of a kind, on an incident (0: any). */
static size_t
count(const struct rig *r, const char *kind, uint64_t incident)
{
	size_t n = 0;

	for (size_t i = 0; i < r->ngot; i++)
		n += (kind == NULL || strcmp(r->got[i].kind, kind) == 0) &&
		     (incident == 0 || r->got[i].incident == incident);
	return n;
}

/* No message was delivered twice, and each refers to one that was. */
static void
check_threads(const struct rig *r)
{
	for (size_t i = 0; i < r->ngot; i++) {
		bool there = *r->got[i].references == '\0';
		for (size_t k = 0; k < r->ngot; k++) {
			assert_true(k == i || strcmp(r->got[k].id, r->got[i].id) != 0);
			there = there || (k < i && strcmp(r->got[k].id, r->got[i].references) == 0);
		}
		if (!there)
			fail_msg("%s refers to %s, which nobody got", r->got[i].id,
			    r->got[i].references);
	}
}

/* Cooling stops: critical at once; what joins within minutes makes updates, one in 5 min; a
 * reminder; who has it; the end. */
static void
cooling(void **state)
{
	struct rig *r = rig_new();
	struct incident *in = open_in(r, "B");

	(void)state;
	(void)fire(r, in, WIRE_CRITICAL);
	turn(r, NO_TROUBLE);
	assert_int_equal(r->ngot, 1);
	assert_string_equal(r->got[0].kind, "open");
	for (int i = 0; i < 9; i++) {
		pass(r, 10 * SECOND, SECOND);
		(void)fire(r, in, WIRE_WARNING);
	}
	pass(r, 9 * MINUTE, SECOND);
	assert_int_equal(count(r, "update", 0), 1);
	assert_int_equal(count(r, "remind", 0), 1);
	in->ack = (struct ack){ .author = "aysel", .comment = "on my way", .at_ms = r->now };
	in->changed_ms = r->now;
	pass(r, 30 * SECOND, SECOND);
	assert_int_equal(count(r, "update", 0), 2);
	pass(r, 2 * HOUR, SECOND);
	end(r, in);
	pass(r, MINUTE, SECOND);
	assert_int_equal(count(r, "close", 0), 1);
	assert_int_equal(r->ngot, 5);
	check_threads(r);
	rig_free(r);
}

/* The countdown makes an update when it is known and at each step, though the incident is as it
 * was; each once, however often the program is killed. */
static void
counting_down(void **state)
{
	static const double left_s[] = { NAN, 1500, 1400, 550, NAN, 590, 170, 190, 100, 0, 20, 0 };

	(void)state;
	for (unsigned trouble = 0; trouble <= 3; trouble++) {
		struct rig *r = rig_new();
		struct incident *in = open_in(r, "B"), *other = open_in(r, "C");
		fire(r, in, WIRE_CRITICAL)->topic = TOPIC_COOLING;
		fire(r, other, WIRE_CRITICAL)->topic = TOPIC_COOLING;
		for (size_t i = 0; i < sizeof left_s / sizeof *left_s; i++) {
			r->air = (struct zone_air){ .inlets = 3,
				.rising = 2,
				.hottest = left_s[i] <= 0 ? 32.1 : 29,
				.rate = 1.5,
				.limit = 32,
				.left_s = left_s[i],
				.earliest_s = left_s[i] / 2,
				.latest_s = left_s[i] * 2 };
			for (int k = 0; k < 5; k++, r->now += SECOND)
				turn(r, trouble);
		}
		assert_int_equal(count(r, "update", in->id), 4);
		assert_int_equal(count(r, "update", other->id), 0);
		assert_int_equal(r->ngot, 6);
		assert_non_null(strstr(r->got[2].text, "32 °C in about 25 min"));
		assert_non_null(strstr(r->got[3].text, "32 °C in about 9.2 min"));
		assert_non_null(strstr(r->got[4].text, "32 °C in about 2.8 min"));
		assert_non_null(strstr(r->got[5].text, "32 °C is reached"));
		check_threads(r);
		rig_free(r);
	}
}

/* 838 alerts within a minute in four zones: an opening for each zone, and an update after 5 min. */
static void
storm(void **state)
{
	struct rig *r = rig_new();
	struct incident *in[NZONES];

	(void)state;
	for (int i = 0; i < 838; i++) {
		if (i < NZONES)
			in[i] = open_in(r, r->zones[i].name);
		(void)fire(r, in[i % NZONES], i % 7 == 0 ? WIRE_CRITICAL : WIRE_WARNING);
		turn(r, NO_TROUBLE);
		r->now += 70;
	}
	assert_int_equal(count(r, "open", 0), 4);
	assert_true(r->ngot <= 8);
	pass(r, 9 * MINUTE, SECOND);
	assert_int_equal(count(r, "open", 0), 4);
	assert_true(r->ngot <= 12);
	for (int i = 0; i < NZONES; i++)
		end(r, in[i]);
	pass(r, MINUTE, SECOND);
	assert_int_equal(count(r, "close", 0), 4);
	check_threads(r);
	rig_free(r);
}

/* Sixty incidents of 50 s in an hour: the budget, and digests for the rest. Nothing is dropped. */
static void
flapping(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	for (int i = 0; i < 60; i++) {
		struct incident *in = open_in(r, "A");
		(void)fire(r, in, WIRE_WARNING);
		pass(r, 50 * SECOND, SECOND);
		end(r, in);
		pass(r, 10 * SECOND, SECOND);
	}
	pass(r, HOUR, SECOND);
	size_t digests = count(r, "digest", 0);
	assert_true(digests >= 1 && digests <= 4);
	assert_true(r->ngot - digests <= 40); /* of two hours */
	size_t told = 0;
	for (size_t i = 0; i < r->history.stored.ntold; i++) {
		const struct told *t = &r->history.stored.told[i];
		assert_true(t->closed && !t->digested);
		told++;
	}
	assert_int_equal(told, 60);
	check_threads(r);
	rig_free(r);
}

/* The relay is away for 8 h. Of what was over meanwhile there is one message; of what goes on each
 * one, of now; nothing of what was true then only. */
static void
outage(void **state)
{
	struct rig *r = rig_new();
	struct incident *before = open_in(r, "A"), *lasting;

	(void)state;
	(void)fire(r, before, WIRE_WARNING);
	pass(r, MINUTE, SECOND);
	assert_int_equal(r->ngot, 1);
	r->relay_away = true;
	lasting = open_in(r, "D");
	(void)fire(r, lasting, WIRE_CRITICAL);
	for (int i = 0; i < 50; i++) {
		struct incident *in = open_in(r, i % 2 == 0 ? "B" : "C");
		(void)fire(r, in, i % 3 == 0 ? WIRE_CRITICAL : WIRE_WARNING);
		pass(r, 4 * MINUTE, 5 * SECOND);
		if (i == 20)
			(void)fire(r, before, WIRE_CRITICAL);
		if (i == 30)
			end(r, before);
		end(r, in);
		pass(r, 5 * MINUTE + 36 * SECOND, 5 * SECOND);
	}
	assert_int_equal(r->ngot, 1);
	/* What waits is bounded while it does: the digest, and the one that lasts. */
	assert_true(r->outbox->nmails <= 2);
	r->relay_away = false;
	int64_t back_ms = r->now;
	pass(r, 20 * MINUTE, SECOND);
	assert_int_equal(count(r, "digest", 0), 1);
	assert_int_equal(count(r, "open", lasting->id), 1);
	for (size_t i = 1; i < r->ngot; i++)
		assert_true(r->got[i].created_ms >= back_ms - 11 * MINUTE);
	assert_true(r->ngot <= 4); /* the opening, the digest, the one that lasts, a reminder */
	end(r, lasting);
	pass(r, MINUTE, SECOND);
	assert_int_equal(count(r, "close", lasting->id), 1);
	assert_int_equal(count(r, "close", before->id), 0);
	check_threads(r);
	rig_free(r);
}

/* One incident came and went while the relay was away: one message tells all of it. */
static void
outage_of_one(void **state)
{
	struct rig *r = rig_new();
	struct incident *in = open_in(r, "A");

	(void)state;
	r->relay_away = true;
	(void)fire(r, in, WIRE_CRITICAL);
	pass(r, HOUR, SECOND);
	end(r, in);
	pass(r, HOUR, SECOND);
	assert_int_equal(r->outbox->nmails, 1);
	r->relay_away = false;
	pass(r, 20 * MINUTE, SECOND);
	assert_int_equal(r->ngot, 1);
	assert_string_equal(r->got[0].kind, "close");
	assert_non_null(strstr(r->got[0].id, ".late."));
	check_threads(r);
	rig_free(r);
}

/* A warning of which nothing changes goes on while the relay is away: what comes is of now. */
static void
outage_unchanged(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	r->relay_away = true;
	(void)fire(r, open_in(r, "A"), WIRE_WARNING);
	pass(r, 3 * HOUR, SECOND);
	assert_int_equal(r->outbox->nmails, 1);
	r->relay_away = false;
	int64_t back_ms = r->now;
	pass(r, 20 * MINUTE, SECOND);
	assert_int_equal(r->ngot, 1);
	assert_string_equal(r->got[0].kind, "open");
	assert_true(r->got[0].created_ms >= back_ms - 11 * MINUTE);
	rig_free(r);
}

/* An end that the relay did not take for long, of an opening that it took. */
static void
outage_of_an_end(void **state)
{
	struct rig *r = rig_new();
	struct incident *in = open_in(r, "A");

	(void)state;
	(void)fire(r, in, WIRE_CRITICAL);
	pass(r, MINUTE, SECOND);
	r->relay_away = true;
	end(r, in);
	pass(r, 3 * HOUR, SECOND);
	assert_int_equal(r->outbox->nmails, 1);
	r->relay_away = false;
	pass(r, 20 * MINUTE, SECOND);
	assert_int_equal(r->ngot, 2);
	assert_string_equal(r->got[1].kind, "close");
	assert_string_equal(r->got[1].references, r->got[0].id);
	rig_free(r);
}

/* The relay is slow for a few seconds only: the opening is not taken back. */
static void
slow(void **state)
{
	struct rig *r = rig_new();
	struct incident *in = open_in(r, "A");

	(void)state;
	(void)fire(r, in, WIRE_CRITICAL);
	notify_tick(r->notify, &r->engine, r->now);
	commit(&r->history);
	r->now += SECOND;
	end(r, in);
	notify_tick(r->notify, &r->engine, r->now);
	commit(&r->history);
	try_all(r->outbox);
	assert_int_equal(count(r, "open", 0), 1);
	assert_int_equal(count(r, "close", 0), 1);
	check_threads(r);
	rig_free(r);
}

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Plays a story in which much happens, with such trouble at each turn that `when` says. */
static size_t
story(unsigned trouble, unsigned every, unsigned phase, char ids[][160])
{
	struct rig *r = rig_new();
	struct incident *a = open_in(r, "A"), *b = NULL;
	unsigned i = 0;

	(void)fire(r, a, WIRE_WARNING);
	for (; i < 3600; i++, r->now += SECOND) {
		if (i == 60)
			(void)fire(r, a, WIRE_CRITICAL);
		if (i == 100)
			b = open_in(r, "B");
		if (i == 100)
			(void)fire(r, b, WIRE_CRITICAL);
		if (i == 400)
			(void)fire(r, b, WIRE_WARNING);
		if (i == 800) {
			b->ack = (struct ack){ .author = "aysel", .at_ms = r->now };
			b->changed_ms = r->now;
		}
		if (i == 1500)
			r->relay_away = true;
		if (i == 1600)
			end(r, b);
		if (i == 2300)
			r->relay_away = false;
		if (i == 3000)
			end(r, a);
		turn(r, i % every == phase ? trouble : 0);
	}
	check_threads(r);
	for (i = 0; i < r->ngot; i++)
		(void)str_copy(ids[i], 160, r->got[i].id);
	size_t n = r->ngot;
	/* A restart tries again what waits, which changes the order. */
	qsort(ids, n, sizeof ids[0], compare_ids);
	rig_free(r);
	return n;
}

/* Killed again and again, before a commit and after: the same messages. */
static void
restarts(void **state)
{
	static char calm[100][160], ids[100][160];
	size_t n = story(NO_TROUBLE, 1, 0, calm);

	(void)state;
	assert_int_equal(n, 10);
	for (unsigned every = 1; every <= 7; every += 3) {
		for (unsigned trouble = 1; trouble <= 3; trouble++) {
			assert_int_equal(story(trouble, every, 0, ids), n);
			for (size_t i = 0; i < n; i++)
				assert_string_equal(ids[i], calm[i]);
		}
	}
}

/* A digest that waits while the program is killed. */
static void
restarted_digest(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	r->relay_away = true;
	for (int i = 0; i < 6; i++) {
		struct incident *in = open_in(r, "A");
		(void)fire(r, in, WIRE_CRITICAL);
		pass(r, 2 * MINUTE, SECOND);
		turn(r, KILLED_BEFORE | KILLED_AFTER);
		end(r, in);
		pass(r, 2 * MINUTE, SECOND);
		turn(r, KILLED_BEFORE | KILLED_AFTER);
	}
	assert_int_equal(r->outbox->nmails, 1);
	r->relay_away = false;
	pass(r, 20 * MINUTE, SECOND);
	turn(r, KILLED_BEFORE | KILLED_AFTER);
	pass(r, 2 * HOUR, SECOND);
	assert_int_equal(r->ngot, 1);
	assert_string_equal(r->got[0].kind, "digest");
	rig_free(r);
}

/* The sign of life: once a day at its time, over restarts too; missed it comes within the hour. */
static void
life(void **state)
{
	static char at[] = "08:00";
	struct rig *r = rig_new();
	int64_t midnight = r->now / (24 * HOUR) * (24 * HOUR);

	(void)state;
	r->recipients[0].daily = true;
	r->conf.notify.life_at = at;
	kill_it(r);
	r->now = midnight + 24 * HOUR;
	start(r);
	(void)fire(r, open_in(r, "A"), WIRE_WARNING);
	pass(r, 8 * HOUR, 10 * SECOND);
	assert_int_equal(count(r, "life", 0), 0);
	turn(r, KILLED_AFTER);
	assert_int_equal(count(r, "life", 0), 1);
	for (int i = 0; i < 100; i++, r->now += 10 * SECOND)
		turn(r, KILLED_BEFORE);
	pass(r, 23 * HOUR, 10 * SECOND);
	assert_int_equal(count(r, "life", 0), 1);
	pass(r, HOUR, 10 * SECOND);
	assert_int_equal(count(r, "life", 0), 2);
	/* Down at eight: within the hour, else not. */
	r->now = midnight + 3 * 24 * HOUR + 8 * HOUR + 59 * MINUTE;
	turn(r, KILLED_BEFORE);
	assert_int_equal(count(r, "life", 0), 3);
	r->now = midnight + 4 * 24 * HOUR + 9 * HOUR + MINUTE;
	turn(r, KILLED_BEFORE);
	pass(r, HOUR, 10 * SECOND);
	assert_int_equal(count(r, "life", 0), 3);
	rig_free(r);
}

/* Who is not told of anything gets nothing, and it costs little to ask. */
static void
idle(void **state)
{
	struct rig *r = rig_new();

	(void)state;
	for (int i = 0; i < 150; i++) {
		struct incident *in = open_in(r, "A");
		(void)fire(r, in, WIRE_WARNING);
		r->now += SECOND;
		end(r, in);
	}
	int64_t began_us = clock_mono_us();
	for (int i = 0; i < 2000; i++)
		notify_tick(r->notify, &r->engine, r->now);
	int64_t each_us = (clock_mono_us() - began_us) / 2000;
	assert_int_equal(r->history.open.nmails, 0);
	assert_true(each_us < 500); /* with sanitizers */
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cooling),
		cmocka_unit_test(counting_down),
		cmocka_unit_test(storm),
		cmocka_unit_test(flapping),
		cmocka_unit_test(outage),
		cmocka_unit_test(outage_of_one),
		cmocka_unit_test(outage_of_an_end),
		cmocka_unit_test(outage_unchanged),
		cmocka_unit_test(slow),
		cmocka_unit_test(restarts),
		cmocka_unit_test(restarted_digest),
		cmocka_unit_test(life),
		cmocka_unit_test(idle),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	lang_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

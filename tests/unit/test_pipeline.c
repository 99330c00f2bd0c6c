/* link: zwcollector */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pipeline over a real journal, history, engine and site: whatever the way the program ended,
 * each record is judged once, and each incident told once. */
#include "alert_fixture.h"

#include <event2/event.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

#include "collector/alert/history.h"
#include "collector/alert/silence.h"
#include "collector/notify/notify.h"
#include "collector/pipeline.h"
#include "collector/site/events.h"
#include "collector/report/render.h"
#include "seglog_fixture.h"
#include "zw/batch.h"
#include "zw/clock.h"

#define LONG_STEP 86400 /* s; so readings of three days may be judged now */
#define HOUR_MS INT64_C(3600000)

struct rig {
	struct fx *f; /* its configuration; site and engine are the collector's */
	char dir[64];
	char transport[96];
	struct conf_recipient recipient;
	unsigned instances; /* series of a node */
	struct collector c;
	struct event_base *base;
	struct pipeline *p;
	struct history_restored restored;
	bool deaf; /* what is durable is not judged: the program died just then */
	uint64_t lsn;
	uint64_t seq;
	int64_t first_s;
	unsigned opened;
	unsigned closed;
	char zones[8]; /* first letters, of the opened */
};

static const uint8_t stream[WIRE_STREAM_ID] = "stream of a rig";

static void
durable(void *arg, const struct journal_record *rec)
{
	struct rig *r = arg;

	r->lsn = rec->lsn;
	if (!r->deaf)
		pipeline_journal_ops.durable(r->p, rec);
}

static void
committed(void *arg, uint64_t lsn)
{
	struct rig *r = arg;

	if (!r->deaf)
		pipeline_journal_ops.committed(r->p, lsn);
}

static const struct journal_ops ops = { .durable = durable, .committed = committed };

static void
take_mail(void *arg, struct mail *m)
{
	struct rig *r = arg;

	if (strcmp(m->kind, "open") == 0) {
		r->zones[r->opened++ % sizeof r->zones] = m->zone[0];
	} else {
		r->closed++;
	}
	mail_free(m);
}

/* In the order of main.c. */
static void
rig_open(struct rig *r)
{
	const struct conf_collector *conf = &r->f->conf;
	struct err e;

	r->base = event_base_new();
	r->c = (struct collector){ .conf = conf, .started_ms = clock_wall_ms() };
	r->c.site = site_new(conf);
	r->c.events = events_new();
	r->p = pipeline_new(&r->c);
	assert_int_equal(journal_open(&r->c.journal, r->base, r->dir, &ops, r, &e), 0);
	r->seq = journal_durable_seq(r->c.journal, stream);
	pipeline_catalog(r->p);
	assert_int_equal(history_open(&r->c.history, r->base, r->dir, &r->restored, &e), 0);
	r->c.engine = engine_new(conf, r->c.site, clock_steady_ms(), pipeline_alert_changed, r->p);
	r->c.silences = silences_new();
	engine_use_silences(r->c.engine, r->c.silences);
	r->c.notify = notify_new(r->base, conf, r->c.site, NULL, r->c.history, &e);
	assert_non_null(r->c.notify);
	history_on_mail(r->c.history, take_mail, r);
	engine_restore_ids(r->c.engine, r->restored.last_alert, r->restored.last_incident);
	for (size_t i = 0; i < r->restored.nincidents; i++)
		engine_restore_incident(r->c.engine, &r->restored.incidents[i]);
	for (size_t i = 0; i < r->restored.nalerts; i++)
		engine_restore_alert(r->c.engine, &r->restored.alerts[i]);
	notify_restore(r->c.notify, &r->restored);
	assert_int_equal(pipeline_replay(r->p, r->restored.cursor, r->restored.saved, &e), 0);
	assert_int_equal(pipeline_start(r->p, r->base, &e), 0);
}

static void
rig_close(struct rig *r)
{
	if (!r->deaf)
		pipeline_stop(r->p);
	journal_close(r->c.journal);
	notify_free(r->c.notify);
	render_free(r->c.render);
	store_free(r->c.store);
	history_close(r->c.history);
	engine_free(r->c.engine);
	silences_free(r->c.silences);
	pipeline_free(r->p);
	events_free(r->c.events);
	site_free(r->c.site);
	history_restored_clear(&r->restored);
	event_base_free(r->base);
	r->deaf = false;
}

static void
rig_new(struct rig *r, unsigned zones, unsigned nodes, bool mail)
{
	*r = (struct rig){ .f = fx_new(zones, nodes), .instances = 1 };
	struct conf_collector *conf = &r->f->conf;

	fixture_dir(r->dir);
	snprintf(r->transport, sizeof r->transport, "maildir:%s/mail", r->dir);
	conf->site = fx_text(r->f, "Site");
	conf->store.journal_keep = 1 << 30;
	conf->web.url = fx_text(r->f, "http://192.0.2.1/");
	conf->mail.from = fx_text(r->f, "zonewatch@dc.example");
	conf->mail.transport = mail ? r->transport : NULL;
	r->recipient.address = fx_text(r->f, "it@ministry.example");
	r->recipient.severity = fx_text(r->f, "info");
	conf->mail.recipients = (struct conf_list){ .v = &r->recipient, .n = 1 };
	fx_hot(r->f, "hot", 32);
	r->first_s = clock_wall_ms() / 1000 - 2 * LONG_STEP;
}

static void
rig_free(struct rig *r)
{
	fixture_remove(r->dir);
	fx_free(r->f);
}

/* Defines all series of all nodes, and puts a batch of all into the journal: the i-th node's have
 * values[i], as far as there are some. */
static void
append(struct rig *r, int64_t recv_ms, size_t n, const double *values)
{
	struct series_def def = { .step_s = LONG_STEP, .nfields = 1 };
	struct buf b = { 0 };
	struct batch_writer w = batch_begin(&b, r->seq + 1, r->first_s + (int64_t)r->seq);
	struct err e;

	def.fields[0] = (struct field){ "inlet", FIELD_GAUGE, "Cel", -40, 90, "Inlet air" };
	for (size_t i = 0; i < n * r->instances; i++) {
		def.id = (uint32_t)i + 1;
		str_copy(def.node, sizeof def.node, r->f->nodes[i / r->instances].name);
		str_copy(def.source, sizeof def.source, "thermal");
		snprintf(def.instance, sizeof def.instance, "i%zu", i % r->instances);
		uint32_t sid = catalog_define(journal_catalog(r->c.journal), stream, &def, &e);
		assert_true(sid != 0);
		pipeline_intake_ops.defined(r->p, sid);
		batch_add(&w, def.id, 1, &values[i / r->instances]);
	}
	if (journal_append(
		r->c.journal, WIRE_BATCH, stream, "a01", recv_ms, r->seq + 1, b.data, b.len))
		r->seq++;
	buf_free(&b);
}

/* The same for the first node alone, now; until it is durable and, unless deaf, judged. */
static void
say(struct rig *r, double value)
{
	uint64_t lsn = r->lsn;

	append(r, clock_wall_ms(), 1, &value);
	while (r->lsn == lsn)
		event_base_loop(r->base, EVLOOP_ONCE);
}

/* Until so many mails came. */
static void
wait_for(struct rig *r, unsigned opened, unsigned closed)
{
	for (int i = 0; i < 1000 && (r->opened < opened || r->closed < closed); i++)
		event_base_loop(r->base, EVLOOP_ONCE);
	assert_int_equal(r->opened, opened);
	assert_int_equal(r->closed, closed);
}

static void
remove_below(struct rig *r, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", r->dir, name);
	fixture_remove(path);
}

static void
test_restart(void **state)
{
	struct rig r;

	(void)state;
	rig_new(&r, 1, 1, true);
	rig_open(&r);
	say(&r, 33);
	wait_for(&r, 1, 0);
	say(&r, 34);
	rig_close(&r);
	rig_open(&r);
	assert_int_equal(r.restored.nalerts, 1);
	assert_int_equal(r.restored.nmails, 1); /* nobody delivered it */
	assert_int_equal(r.restored.cursor, journal_last(r.c.journal));
	/* What was judged is shown, and not judged again. */
	assert_true(site_series(r.c.site, 1)->last.values[0] == 34);
	assert_int_equal(engine_nalerts(r.c.engine), 1);
	say(&r, 35);
	say(&r, 20);
	wait_for(&r, 1, 1);
	assert_int_equal(engine_alert_at(r.c.engine, 0)->state, ALERT_CLOSED);
	assert_int_equal(engine_nincidents(r.c.engine), 1);
	rig_close(&r);
	rig_free(&r);
}

static void
test_died_before_judging(void **state)
{
	struct rig r;

	(void)state;
	rig_new(&r, 1, 1, true);
	rig_open(&r);
	say(&r, 20);
	rig_close(&r);
	r.deaf = true;
	rig_open(&r);
	say(&r, 33);
	rig_close(&r);
	rig_open(&r);
	wait_for(&r, 1, 0);
	rig_close(&r);
	rig_open(&r);
	assert_int_equal(engine_nalerts(r.c.engine), 1);
	assert_int_equal(engine_nincidents(r.c.engine), 1);
	rig_close(&r);
	assert_int_equal(r.opened, 1);
	rig_free(&r);
}

/* The journal is gone, the history knows a position in it: what is new is judged all the same,
 * also by a restart. */
static void
test_journal_gone(void **state)
{
	struct rig r;

	(void)state;
	rig_new(&r, 1, 1, true);
	rig_open(&r);
	for (unsigned i = 0; i < 50; i++)
		say(&r, 20);
	rig_close(&r);
	remove_below(&r, "journal");
	r.deaf = true;
	rig_open(&r);
	assert_int_equal(r.restored.cursor, 50);
	say(&r, 33);
	assert_true(journal_last(r.c.journal) > 50);
	rig_close(&r);
	rig_open(&r);
	wait_for(&r, 1, 0);
	say(&r, 20);
	wait_for(&r, 1, 1);
	rig_close(&r);
	rig_open(&r);
	assert_int_equal(r.restored.cursor, journal_last(r.c.journal));
	assert_int_equal(engine_nincidents(r.c.engine), 1);
	rig_close(&r);
	rig_free(&r);
}

/* A history that was begun anew knows nothing; what was long ago is not told again. */
static void
test_history_gone(void **state)
{
	struct rig r;

	(void)state;
	rig_new(&r, 1, 2, true);
	r.deaf = true;
	rig_open(&r);
	append(&r, clock_wall_ms() - HOUR_MS, 2, (double[]){ 33, 20 });
	append(&r, clock_wall_ms() - 1000, 2, (double[]){ 20, 33 });
	rig_close(&r);
	rig_open(&r);
	assert_int_equal(r.restored.cursor, 0);
	assert_int_equal(engine_nalerts(r.c.engine), 1);
	assert_string_equal(engine_alert_at(r.c.engine, 0)->node, "a02");
	rig_close(&r);
	rig_free(&r);
}

/* The clock was a day ahead when the record came: the node is not alive until tomorrow. */
static void
test_clock_was_ahead(void **state)
{
	struct rig r;

	(void)state;
	rig_new(&r, 1, 1, false);
	r.deaf = true;
	rig_open(&r);
	append(&r, clock_wall_ms() + 24 * HOUR_MS, 1, (double[]){ 33 });
	rig_close(&r);
	rig_open(&r);
	const struct node *n = site_node(r.c.site, "a01");
	assert_true(n->seen_ms > 0 && n->seen_ms <= clock_steady_ms());
	rig_close(&r);
	rig_free(&r);
}

/* However many fire at once, each zone's incident gets its mail. */
static void
test_many_at_once(void **state)
{
	struct rig r;
	double values[40];

	(void)state;
	rig_new(&r, 2, 20, true);
	r.instances = 25;
	for (size_t i = 0; i < 40; i++)
		values[i] = 33;
	rig_open(&r);
	append(&r, clock_wall_ms(), 40, values);
	wait_for(&r, 2, 0);
	assert_int_equal(engine_nalerts(r.c.engine), 1000);
	assert_memory_equal(r.zones, "AB", 2);
	rig_close(&r);
	rig_free(&r);
}

/* What is logged goes into a file from here on. */
struct capture {
	FILE *file;
	int stderr_fd;
};

static struct capture
capture_begin(void)
{
	struct capture c = { .file = tmpfile(), .stderr_fd = dup(STDERR_FILENO) };

	assert_non_null(c.file);
	dup2(fileno(c.file), STDERR_FILENO);
	return c;
}

/* No more: the text. */
static const char *
capture_end(struct capture *c, char *dst, size_t size)
{
	dup2(c->stderr_fd, STDERR_FILENO);
	close(c->stderr_fd);
	rewind(c->file);
	dst[fread(dst, 1, size - 1, c->file)] = '\0';
	fclose(c->file);
	return dst;
}

/* Time passes for `ms`; what was logged meanwhile. */
static const char *
logged_in(struct rig *r, int ms, char *dst, size_t size)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	struct capture c = capture_begin();

	event_base_loopexit(r->base, &tv);
	event_base_dispatch(r->base);
	return capture_end(&c, dst, size);
}

/* An event into the journal. */
static void
report(struct rig *r, const char *node, unsigned i)
{
	struct wire_event ev = { .severity = WIRE_WARNING, .code = "source-stuck" };
	struct buf b = { 0 };

	ev.seq = ++r->seq;
	ev.time_ms = clock_wall_ms();
	snprintf(ev.text, sizeof ev.text, "number %u", i);
	wire_event_encode(&b, &ev);
	assert_true(journal_append(
	    r->c.journal, WIRE_EVENT, stream, node, ev.time_ms, ev.seq, b.data, b.len));
	buf_free(&b);
}

/* Events are logged, if not before the program died then after; but no node fills the log. */
static void
test_events(void **state)
{
	struct rig r;
	char text[8192];

	(void)state;
	rig_new(&r, 1, 2, false);
	rig_open(&r);
	for (unsigned i = 0; i <= 500; i++)
		report(&r, i < 500 ? "a01" : "a02", i);
	logged_in(&r, 300, text, sizeof text);
	assert_non_null(strstr(text, "a01: source-stuck: number 0"));
	assert_non_null(strstr(text, "a02: source-stuck: number 500"));
	assert_null(strstr(text, "number 100"));
	assert_int_equal(events_count(r.c.events), EVENTS_OF_NODE + 1);
	assert_string_equal(events_at(r.c.events, 0)->text, "number 500");
	assert_string_equal(events_at(r.c.events, 0)->node->name, "a02");
	assert_string_equal(events_at(r.c.events, 1)->node->name, "a01");
	rig_close(&r);
	r.deaf = true;
	rig_open(&r);
	report(&r, "a02", 501);
	rig_close(&r);
	struct capture c = capture_begin();
	rig_open(&r);
	capture_end(&c, text, sizeof text);
	assert_null(strstr(text, "number 500"));
	assert_non_null(strstr(text, "number 501"));
	/* They are shown again after a restart, whether logged before or not. */
	assert_int_equal(events_count(r.c.events), EVENTS_OF_NODE + 2);
	assert_string_equal(events_at(r.c.events, 0)->text, "number 501");
	assert_string_equal(events_at(r.c.events, 1)->text, "number 500");
	rig_close(&r);
	rig_free(&r);
}

/* A journal that grows because the store does not read it is said once, and its end too. */
static void
test_store_behind(void **state)
{
	struct rig r;
	char text[4096];

	(void)state;
	rig_new(&r, 1, 1, false);
	rig_open(&r);
	say(&r, 20);
	assert_null(strstr(logged_in(&r, 1200, text, sizeof text), "behind"));
	r.f->conf.store.journal_keep = 1 << 20;
	assert_non_null(strstr(logged_in(&r, 1200, text, sizeof text), "behind"));
	assert_null(strstr(logged_in(&r, 1200, text, sizeof text), "behind"));
	r.f->conf.store.journal_keep = 1 << 30;
	assert_non_null(strstr(logged_in(&r, 1200, text, sizeof text), "keeps up"));
	rig_close(&r);
	rig_free(&r);
}

/* A record by which the series before is well again and one of its own is hot: it ends an incident
 * and opens the next. */
static void
append_next(struct rig *r)
{
	struct series_def def = { .id = (uint32_t)r->seq + 1, .step_s = LONG_STEP, .nfields = 1 };
	struct buf b = { 0 };
	struct batch_writer w = batch_begin(&b, r->seq + 1, r->first_s + (int64_t)r->seq);
	struct err e;

	def.fields[0] = (struct field){ "inlet", FIELD_GAUGE, "Cel", -40, 90, "Inlet air" };
	str_copy(def.node, sizeof def.node, r->f->nodes[0].name);
	str_copy(def.source, sizeof def.source, "thermal");
	snprintf(def.instance, sizeof def.instance, "i%u", def.id);
	uint32_t sid = catalog_define(journal_catalog(r->c.journal), stream, &def, &e);
	assert_true(sid != 0);
	pipeline_intake_ops.defined(r->p, sid);
	if (def.id > 1)
		batch_add(&w, def.id - 1, 1, (double[]){ 20 });
	batch_add(&w, def.id, 1, (double[]){ 33 });
	assert_true(journal_append(
	    r->c.journal, WIRE_BATCH, stream, "a01", clock_wall_ms(), r->seq + 1, b.data, b.len));
	r->seq++;
	buf_free(&b);
}

/* Says through the pipe when something was judged. */
static void
live_until_killed(struct rig *r, int fd)
{
	rig_open(r);
	for (uint64_t end = r->seq + 100;;) {
		for (unsigned i = 0; i < 5 && r->seq < end; i++)
			append_next(r);
		event_base_loop(r->base, EVLOOP_ONCE);
		if (r->lsn > 0 && write(fd, "", 1) != 1)
			_exit(1);
	}
}

/* The highest number of an incident. */
static uint64_t
last_incident(const struct rig *r)
{
	uint64_t last = 0;

	for (size_t i = 0; i < engine_nincidents(r->c.engine); i++)
		if (engine_incident_at(r->c.engine, i)->id > last)
			last = engine_incident_at(r->c.engine, i)->id;
	return last;
}

/* Each record makes an alert and an incident and ends those before: as many there are, whenever the
 * program was killed, since each record was judged once. */
static void
test_kill(void **state)
{
	struct rig r;

	(void)state;
	rig_new(&r, 1, 1, false);
	for (unsigned i = 0; i < 10; i++) {
		int fds[2];
		assert_int_equal(pipe(fds), 0);
		r.lsn = 0;
		pid_t pid = fork();
		if (pid == 0)
			live_until_killed(&r, fds[1]);
		assert_int_equal(read(fds[0], &(char){ 0 }, 1), 1);
		usleep(i * 7919 % 50000);
		kill(pid, SIGKILL);
		close(fds[0]);
		close(fds[1]);
		assert_int_equal(waitpid(pid, &(int){ 0 }, 0), pid);
		rig_open(&r);
		assert_int_equal(last_incident(&r), r.seq);
		assert_int_equal(engine_alert_at(r.c.engine, 0)->id, r.seq);
		assert_int_equal(engine_alert_at(r.c.engine, 0)->state, ALERT_FIRING);
		assert_true(
		    r.seq < 2 || engine_alert(r.c.engine, r.seq - 1)->state == ALERT_CLOSED);
		rig_close(&r);
	}
	assert_true(r.seq > 20);
	rig_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_died_before_judging),
		cmocka_unit_test(test_journal_gone),
		cmocka_unit_test(test_history_gone),
		cmocka_unit_test(test_clock_was_ahead),
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_store_behind),
		cmocka_unit_test(test_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

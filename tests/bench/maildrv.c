/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* maildrv CONF DIR: the mail side of the collector alone, for tests/e2e/test_mail.py and for
 * measuring: history, notify and a real transport, with an engine and a renderer of straw.
 *
 * Reads commands from its standard input, one a line:
 *   open ID ZONE SEVERITY    an incident opens with one alert
 *   fired ID SEVERITY        an alert of this severity joins it
 *   close ID                 it ends
 *   stats                    prints a line of JSON
 * and ends with it. MAILDRV_GRAPH says what the renderer does: draw (default), fail or hang.
 * gap_ms is the longest that the loop ever stood still, last_us the time from the last incident's
 * change to its mail's being through. */
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/conf.h"
#include "collector/notify/notify.h"
#include "collector/report/render.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/lang.h"
#include "zw/log.h"

#define MAX_INCIDENTS 1024
#define TICK_MS 2
#define NOTIFY_EVERY 100 /* ticks */
#define PNG_SIZE 20000

struct engine {
	struct alert alerts[MAX_INCIDENTS];
	size_t n;
	struct incident incidents[MAX_INCIDENTS];
	size_t nincidents;
};

struct render {
	struct event_base *base;
	const char *manner;
};

struct waiting {
	void (*done)(void *arg, const uint8_t *data, size_t n, const char *why);
	void *arg;
	const char *manner;
};

struct drv {
	struct event_base *base;
	struct engine engine;
	struct render render;
	struct site *site;
	struct history *history;
	struct history_restored restored;
	struct notify *notify;
	uint64_t cursor;
	int64_t last_tick_us;
	int64_t gap_us;
	int64_t asked_us; /* when the last incident changed */
	int64_t last_us;
	uint64_t through;
	unsigned ticks;
	char line[512];
	size_t len;
};

size_t
engine_nalerts(const struct engine *e)
{
	return e->n;
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

const struct zone_air *
engine_air(const struct engine *e, const struct zone *z)
{
	(void)e;
	(void)z;
	return NULL;
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

const struct node *
engine_because(const struct engine *e, const struct node *n)
{
	(void)e;
	(void)n;
	return NULL;
}

/* The renderer's answer. */
static void
drawn(evutil_socket_t fd, short what, void *arg)
{
	struct waiting *w = arg;
	uint8_t png[PNG_SIZE] = "\x89PNG\r\n\x1a\n";

	(void)fd;
	(void)what;
	if (strcmp(w->manner, "draw") == 0)
		w->done(w->arg, png, sizeof png, NULL);
	else
		w->done(w->arg, NULL, 0, "the pen broke");
	free(w);
}

void
render_graph(struct render *r, const struct render_graph *g,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	struct waiting *w = xcalloc(1, sizeof *w);
	struct timeval tv = { strcmp(r->manner, "hang") == 0 ? 4 : 0, 1000 };

	(void)g;
	*w = (struct waiting){ .done = done, .arg = arg, .manner = r->manner };
	event_base_once(r->base, -1, EV_TIMEOUT, drawn, w, &tv);
}

void
render_map(struct render *r, const char *map,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	const struct render_graph g = { 0 };

	(void)map;
	render_graph(r, &g, done, arg);
}

/* The severity of a word. */
static enum wire_severity
severity_of(const char *s)
{
	return strcmp(s, "critical") == 0 ? WIRE_CRITICAL
	       : strcmp(s, "info") == 0	  ? WIRE_INFO
					  : WIRE_WARNING;
}

/* A new alert in the incident. */
static void
add_alert(struct drv *d, struct incident *in, enum wire_severity severity)
{
	struct alert *a = &d->engine.alerts[d->engine.n++];

	*a = (struct alert){ .id = d->engine.n,
		.rule = "inlet-high",
		.title = "Inlet air too warm",
		.advice = "Look at the zone's cooling unit.",
		.unit = "Cel",
		.severity = severity,
		.sid = 1,
		.state = ALERT_FIRING,
		.value = 33.4,
		.limit = 32,
		.why = { .code = REASON_ABOVE, .v = { 32 } },
		.peak = NAN,
		.since_ms = clock_steady_ms() - 30000,
		.fired_ms = clock_steady_ms(),
		.incident = in->id };
	for (size_t i = 0; i < ALERT_TREND; i++)
		a->trend[i] = NAN;
	str_copy(a->zone, sizeof a->zone, in->zone);
	str_copy(a->node, sizeof a->node, "srv1");
	str_copy(a->series, sizeof a->series, "thermal");
	str_copy(a->field, sizeof a->field, "inlet");
	str_copy(a->reason, sizeof a->reason, "above 32 °C");
	if (severity > in->severity)
		in->severity = severity;
	in->now = in->severity;
	if (in->total++ == 0)
		in->root = a->id;
	in->firing++;
	in->changed_ms = in->joined_ms = a->fired_ms;
}

/* Tells history and notify, as the pipeline does. */
static void
tell(struct drv *d, struct incident *in, enum alert_change_kind kind)
{
	struct alert_change ch = { .kind = kind, .now_ms = clock_steady_ms(), .incident = in };

	if (kind != CHANGE_FIRED)
		history_change(d->history, &ch);
	d->asked_us = clock_mono_us();
	notify_tick(d->notify, &d->engine, clock_steady_ms());
	history_commit(d->history, ++d->cursor, false);
}

/* The incident of this number, made if it is new. */
static struct incident *
incident_get(struct drv *d, uint64_t id, const char *zone)
{
	for (size_t i = 0; i < d->engine.nincidents; i++) {
		if (d->engine.incidents[i].id == id)
			return &d->engine.incidents[i];
	}
	struct incident *in = &d->engine.incidents[d->engine.nincidents++];
	*in = (struct incident){ .id = id, .opened_ms = clock_steady_ms() };
	str_copy(in->zone, sizeof in->zone, zone);
	str_copy(in->cause, sizeof in->cause, "Inlet air too warm: srv1 33.4 °C, above 32 °C");
	return in;
}

static void
print_stats(struct drv *d)
{
	const struct notify_stats *s = notify_stats(d->notify);

	printf("{\"waiting\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"failed\":%" PRIu64
	       ",\"refused\":%" PRIu64 ",\"retries\":%" PRIu64 ",\"oldest_ms\":%" PRId64
	       ",\"last_error\":\"%s\",\"gap_ms\":%.1f"
	       ",\"last_us\":%" PRId64 ",\"unstored\":%zu}\n",
	    s->waiting, s->sent, s->failed, s->refused, s->retries, s->oldest_ms, s->last_error,
	    (double)d->gap_us / 1000, d->last_us, history_waiting(d->history));
	fflush(stdout);
}

/* One command. */
static void
command(struct drv *d, char *line)
{
	char *save = NULL;
	const char *word = strtok_r(line, " ", &save);
	const char *number = strtok_r(NULL, " ", &save);
	const char *a = strtok_r(NULL, " ", &save);
	const char *b = strtok_r(NULL, " ", &save);
	uint64_t id = 0;

	if (word != NULL && strcmp(word, "stats") == 0) {
		print_stats(d);
		return;
	}
	if (word == NULL || number == NULL || str_to_u64(number, 1, UINT32_MAX, &id) == -1 ||
	    d->engine.n == MAX_INCIDENTS || d->engine.nincidents == MAX_INCIDENTS)
		fatalx("maildrv", "bad command");
	struct incident *in = incident_get(d, id, a == NULL ? "b" : a);
	if (strcmp(word, "open") == 0 && b != NULL) {
		add_alert(d, in, severity_of(b));
		tell(d, in, CHANGE_OPENED);
	} else if (strcmp(word, "fired") == 0 && a != NULL) {
		add_alert(d, in, severity_of(a));
		tell(d, in, CHANGE_FIRED);
	} else if (strcmp(word, "close") == 0) {
		in->closed_ms = in->changed_ms = clock_steady_ms();
		in->firing = 0;
		for (size_t i = 0; i < d->engine.n; i++) {
			if (d->engine.alerts[i].incident == in->id)
				d->engine.alerts[i].state = ALERT_CLOSED;
		}
		tell(d, in, CHANGE_CLOSED);
	}
}

/* Standard input. */
static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	struct drv *d = arg;
	ssize_t n = read(fd, d->line + d->len, sizeof d->line - d->len - 1);

	(void)what;
	if (n <= 0) {
		event_base_loopbreak(d->base);
		return;
	}
	d->len += (size_t)n;
	d->line[d->len] = '\0';
	for (char *end; (end = strchr(d->line, '\n')) != NULL;) {
		*end = '\0';
		command(d, d->line);
		d->len -= (size_t)(end + 1 - d->line);
		memmove(d->line, end + 1, d->len + 1);
	}
}

/* Watches that the loop turns. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct drv *d = arg;
	int64_t now = clock_mono_us();
	const struct notify_stats *s = notify_stats(d->notify);

	(void)fd;
	(void)what;
	if (now - d->last_tick_us - TICK_MS * 1000 > d->gap_us)
		d->gap_us = now - d->last_tick_us - TICK_MS * 1000;
	d->last_tick_us = now;
	if (++d->ticks % NOTIFY_EVERY == 0) {
		notify_tick(d->notify, &d->engine, clock_steady_ms());
		history_commit(d->history, ++d->cursor, false);
	}
	if (s->sent + s->failed != d->through) {
		d->through = s->sent + s->failed;
		d->last_us = now - d->asked_us;
	}
}

static void
on_mail(void *arg, struct mail *m)
{
	struct drv *d = arg;

	notify_take(d->notify, m);
}

/* A node with one series, for the graph. */
static void
define(struct drv *d)
{
	struct series_def def = { .id = 1, .step_s = 10, .nfields = 1 };

	str_copy(def.node, sizeof def.node, "srv1");
	str_copy(def.source, sizeof def.source, "thermal");
	str_copy(def.fields[0].name, sizeof def.fields[0].name, "inlet");
	str_copy(def.fields[0].unit, sizeof def.fields[0].unit, "Cel");
	def.fields[0].min = def.fields[0].max = NAN;
	site_define(d->site, 1, &def);
}

/* An incident of an earlier run; its alerts are not restored. */
static void
restore(struct drv *d, const struct incident *in)
{
	if (d->engine.nincidents < MAX_INCIDENTS)
		d->engine.incidents[d->engine.nincidents++] = *in;
}

/* Runs until the end of input. */
static void
run(struct drv *d)
{
	struct timeval tv = { 0, TICK_MS * 1000 };
	struct event *in = event_new(d->base, 0, EV_READ | EV_PERSIST, on_input, d);
	struct event *tick = event_new(d->base, -1, EV_PERSIST, on_tick, d);

	event_add(in, NULL);
	event_add(tick, &tv);
	history_on_mail(d->history, on_mail, d);
	for (size_t i = 0; i < d->restored.nincidents; i++)
		restore(d, &d->restored.incidents[i]);
	notify_restore(d->notify, &d->restored);
	for (size_t i = 0; i < d->restored.nmails; i++) {
		notify_take(d->notify, d->restored.mails[i]);
		d->restored.mails[i] = NULL;
	}
	d->last_tick_us = clock_mono_us();
	d->cursor = d->restored.cursor;
	event_base_dispatch(d->base);
	event_free(in);
	event_free(tick);
}

int
main(int argc, char **argv)
{
	struct drv *d = xcalloc(1, sizeof *d);
	void *conf;
	unsigned nerrors;
	struct err e;

	if (argc != 3)
		fatalx("maildrv", "usage: maildrv CONF DIR");
	signal(SIGPIPE, SIG_IGN);
	log_init("maildrv", LOG_LEVEL_DEBUG);
	lang_init();
	if (conf_load(&collector_conf_table, argv[1], &conf, collector_conf_check, stderr,
		&nerrors) == -1)
		return 1;
	const struct conf_collector *c = conf;
	setenv("TZ", c->timezone, 1);
	tzset();
	const char *manner = getenv("MAILDRV_GRAPH");
	d->base = event_base_new();
	d->render = (struct render){ .base = d->base, .manner = manner == NULL ? "draw" : manner };
	d->site = site_new(c);
	define(d);
	if (history_open(&d->history, d->base, argv[2], &d->restored, &e) == -1)
		fatalx("maildrv", "%s", e.msg);
	d->notify = notify_new(d->base, c, d->site, &d->render, d->history, &e);
	if (d->notify == NULL)
		fatalx("maildrv", "%s", e.msg);
	run(d);
	notify_free(d->notify);
	history_close(d->history);
	history_restored_clear(&d->restored);
	site_free(d->site);
	event_base_free(d->base);
	conf_free(&collector_conf_table, conf);
	libevent_global_shutdown();
	free(d);
	return 0;
}

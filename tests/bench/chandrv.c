/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chandrv CONF DIR: history, outbox, payloads and channels of the collector, without what decides
 * what is told, for tests/e2e/test_channels.py.
 *
 * Reads commands from its standard input, one a line:
 *   send ID KIND VIA SEVERITY NODE TO   a message about incident ID
 *   over ID                             nothing of it but its end is wanted any more
 *   stats                               prints a line of JSON
 * and ends with it. gap_ms is the longest that the loop ever stood still. */
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
#include "collector/notify/outbox.h"
#include "collector/notify/payload.h"
#include "collector/report/render.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"

#define MAX_INCIDENTS 1024
#define TICK_MS 2

struct drv {
	struct event_base *base;
	const struct conf_collector *conf;
	struct site *site;
	struct history *history;
	struct history_restored restored;
	struct outbox *outbox;
	struct notify_stats stats;
	struct incident incidents[MAX_INCIDENTS];
	bool over[MAX_INCIDENTS];
	unsigned made;
	uint64_t cursor;
	int64_t last_tick_us;
	int64_t gap_us;
	char line[512];
	size_t len;
};

/* No mail has pictures here. */
void
render_graph(struct render *r, const struct render_graph *g,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	(void)r;
	(void)g;
	(void)done;
	(void)arg;
	abort();
}

/* Likewise. */
void
render_map(struct render *r, const char *map,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	(void)r;
	(void)map;
	(void)done;
	(void)arg;
	abort();
}

/* The severity of a word. */
static enum wire_severity
severity_of(const char *s)
{
	return strcmp(s, "critical") == 0 ? WIRE_CRITICAL
	       : strcmp(s, "info") == 0	  ? WIRE_INFO
					  : WIRE_WARNING;
}

/* What outbox_ask() asks. */
static bool
is_wanted(void *arg, const struct mail *m, struct err *why)
{
	const struct drv *d = arg;

	if (m->incident == 0 || !d->over[m->incident] || strcmp(m->kind, "close") == 0)
		return true;
	err_set(why, "the incident is over");
	return false;
}

/* The incident as it is told now. */
static struct incident *
incident_set(struct drv *d, uint64_t id, const char *kind, const char *severity, const char *node)
{
	struct incident *in = &d->incidents[id];

	if (in->id == 0)
		*in = (struct incident){ .id = id, .opened_ms = clock_steady_ms() };
	in->severity = severity_of(severity);
	in->firing = 9;
	in->total = 10;
	in->topic = TOPIC_AIR;
	str_copy(in->zone, sizeof in->zone, "b");
	str_copy(in->node, sizeof in->node, node);
	str_copy(in->cause, sizeof in->cause, "Inlet air too warm: srv1 33.4 °C");
	if (strcmp(kind, "close") == 0)
		in->closed_ms = clock_steady_ms();
	return in;
}

/* A message, as notify.c makes it. */
static void
send_message(struct drv *d, struct incident *in, const char *kind, const char *via, const char *to)
{
	struct alert a = { .id = 1,
		.rule = "inlet-high",
		.title = "Inlet air too warm",
		.advice = "Look at the zone's cooling unit.",
		.unit = "Cel",
		.severity = in->severity,
		.state = ALERT_FIRING,
		.value = 33.4,
		.limit = 32,
		.peak = NAN,
		.reason = "above 32 °C",
		.since_ms = in->opened_ms,
		.fired_ms = in->opened_ms,
		.incident = in->id };
	struct text_facts f = { .site = "Data centre",
		.url = d->conf->web.url,
		.zone = site_zone(d->site, "b"),
		.incident = in,
		.alert = &a,
		.now_ms = clock_steady_ms() };
	struct mail *m = xcalloc(1, sizeof *m);

	str_copy(a.zone, sizeof a.zone, "b");
	str_copy(a.node, sizeof a.node, in->node);
	m->incident = in->id;
	m->kind = xstrdup(kind);
	m->via = xstrdup(via);
	m->recipient = 7;
	m->zone = xstrdup("b");
	m->severity = in->severity;
	m->to = xstrdup(to);
	m->subject = xasprintf("[%s] Zone B: \"too warm\", 33,4 °C", kind);
	m->text = xstrdup("Zone B is too warm.\nƏsas server: 33,4 °C\n");
	m->html = xstrdup("<p>warm</p>");
	m->message_id = xasprintf("<incident-%" PRIu64 ".%s%u.%s@dc.example>", in->id, kind,
	    ++d->made, history_install(d->history));
	m->graph_limit = NAN;
	m->created_ms = m->next_ms = f.now_ms;
	payload_make(m, via, &f);
	history_mail(d->history, m);
	history_commit(d->history, ++d->cursor, false);
}

static void
print_stats(struct drv *d)
{
	const struct notify_stats *s = &d->stats;
	struct err e;

	str_escape(e.msg, sizeof e.msg, s->last_error, strlen(s->last_error));
	printf("{\"waiting\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"failed\":%" PRIu64
	       ",\"refused\":%" PRIu64 ",\"retries\":%" PRIu64
	       ",\"last_error\":\"%s\",\"gap_ms\":%.1f}\n",
	    s->waiting, s->sent, s->failed, s->refused, s->retries,
	    strchr(e.msg, '\\') != NULL ? "escaped" : e.msg, (double)d->gap_us / 1000);
	d->gap_us = 0;
	fflush(stdout);
}

/* One command. */
static void
command(struct drv *d, char *line)
{
	char *words[7] = { NULL }, *save = NULL;
	uint64_t id = 0;

	for (size_t i = 0; i < 7; i++) {
		words[i] = strtok_r(i == 0 ? line : NULL, i == 6 ? "" : " ", &save);
		if (words[i] == NULL)
			break;
	}
	if (words[0] != NULL && strcmp(words[0], "stats") == 0) {
		print_stats(d);
		return;
	}
	if (words[1] == NULL || str_to_u64(words[1], 1, MAX_INCIDENTS - 1, &id) == -1)
		fatalx("chandrv", "bad command");
	if (strcmp(words[0], "over") == 0)
		d->over[id] = true;
	else if (strcmp(words[0], "send") == 0 && words[6] != NULL)
		send_message(d, incident_set(d, id, words[2], words[4], words[5]), words[2],
		    words[3], words[6]);
	else
		fatalx("chandrv", "bad command");
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
		size_t used = (size_t)(end + 1 - d->line);
		*end = '\0';
		command(d, d->line);
		d->len -= used;
		memmove(d->line, d->line + used, d->len + 1);
	}
}

/* Watches that the loop turns. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct drv *d = arg;
	int64_t now = clock_mono_us();

	(void)fd;
	(void)what;
	if (now - d->last_tick_us - TICK_MS * 1000 > d->gap_us)
		d->gap_us = now - d->last_tick_us - TICK_MS * 1000;
	d->last_tick_us = now;
}

static void
on_mail(void *arg, struct mail *m)
{
	struct drv *d = arg;

	outbox_take(d->outbox, m);
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
	outbox_ask(d->outbox, is_wanted, d);
	for (size_t i = 0; i < d->restored.nmails; i++) {
		outbox_take(d->outbox, d->restored.mails[i]);
		d->restored.mails[i] = NULL;
	}
	d->last_tick_us = clock_mono_us();
	d->cursor = d->restored.cursor;
	d->made = (unsigned)d->cursor;
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
		fatalx("chandrv", "usage: chandrv CONF DIR");
	signal(SIGPIPE, SIG_IGN);
	log_init("chandrv", LOG_LEVEL_DEBUG);
	if (conf_load(&collector_conf_table, argv[1], &conf, collector_conf_check, stderr,
		&nerrors) == -1) {
		free(d);
		return 1;
	}
	d->conf = conf;
	d->base = event_base_new();
	d->site = site_new(d->conf);
	if (history_open(&d->history, d->base, argv[2], &d->restored, &e) == -1 ||
	    outbox_new(
		&d->outbox, d->base, d->conf, NULL, d->site, NULL, d->history, &d->stats, &e) == -1)
		fatalx("chandrv", "%s", e.msg);
	run(d);
	outbox_free(d->outbox);
	history_close(d->history);
	history_restored_clear(&d->restored);
	site_free(d->site);
	event_base_free(d->base);
	conf_free(&collector_conf_table, conf);
	libevent_global_shutdown();
	free(d);
	return 0;
}

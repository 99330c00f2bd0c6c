/* SPDX-License-Identifier: GPL-3.0-or-later */
/* publisher: stands between those who read (devices, probes, traps) and the feed. Answers of one
 * moment come one after the other; gathered, hundreds of series make one batch, one checksum and
 * one write, while nobody waits for the slowest. */
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/feed.h"
#include "agent/gateway/publisher.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"

#define GATHER_MS 100

/* A reading; its values are in publisher.values. */
struct entry {
	int64_t time_s;
	uint32_t id;
	unsigned nvalues;
	size_t at;
};

struct publisher {
	struct feed *feed;
	struct event *timer;
	struct entry *entries;
	size_t n;
	size_t cap;
	double *values;
	size_t nvalues;
	size_t values_cap;
	struct log_throttle full;
	struct log_throttle greedy;
};

/* By time, and a series that is in twice by its order of coming. */
static int
by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->time_s != y->time_s)
		return x->time_s < y->time_s ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

/* Send what is gathered, a moment at a time. */
void
publisher_flush(struct publisher *p)
{
	event_del(p->timer);
	if (p->n == 0)
		return;
	qsort(p->entries, p->n, sizeof *p->entries, by_time);
	for (size_t i = 0; i < p->n; i++) {
		const struct entry *e = &p->entries[i];
		if (i == 0 || e->time_s != e[-1].time_s)
			feed_begin(p->feed, e->time_s);
		if (i + 1 == p->n || e[1].time_s != e->time_s || e[1].id != e->id)
			feed_add(p->feed, e->id, e->nvalues, p->values + e->at);
		if (i + 1 == p->n || e[1].time_s != e->time_s)
			feed_end(p->feed);
	}
	p->n = 0;
	p->nvalues = 0;
}

/* They were gathered long enough. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	publisher_flush(arg);
}

/* Make an empty one. */
struct publisher *
publisher_new(struct event_base *base, struct feed *feed)
{
	struct publisher *p = xcalloc(1, sizeof *p);

	p->feed = feed;
	p->full.every_ms = p->greedy.every_ms = 3600000;
	p->timer = event_new(base, -1, 0, on_timer, p);
	if (p->timer == NULL)
		fatalx("gateway", "cannot make a timer");
	return p;
}

/* Send the rest and free. */
void
publisher_free(struct publisher *p)
{
	if (p == NULL)
		return;
	publisher_flush(p);
	event_free(p->timer);
	free(p->entries);
	free(p->values);
	free(p);
}

/* The id of a series. */
uint32_t
publisher_define(struct publisher *p, const struct series_def *def)
{
	unsigned held = 0;
	uint32_t id = feed_define(p->feed, def);

	if (id == 0 && log_throttle_pass(&p->full, clock_steady_ms(), &held))
		log_warnx("gateway",
		    "%s/%s: no room for another series (at most %d), or it cannot be kept on disk; "
		    "%u more of the last hour",
		    def->node, def->source, WIRE_MAX_SERIES, held);
	return id;
}

/* The same, of a budget. */
uint32_t
publisher_define_of(struct publisher *p, const struct series_def *def, unsigned *left)
{
	unsigned held = 0;

	if (feed_find(p->feed, def) != 0)
		return publisher_define(p, def);
	if (*left > 0) {
		--*left;
		return publisher_define(p, def);
	}
	if (log_throttle_pass(&p->greedy, clock_steady_ms(), &held))
		log_warnx("gateway",
		    "%s/%s: no new series any more: the device has made too many since the start; "
		    "%u more of the last hour",
		    def->node, def->source, held);
	return 0;
}

/* Keep a reading for the batch. */
void
publisher_reading(
    struct publisher *p, uint32_t id, int64_t time_s, unsigned nvalues, const double *values)
{
	if (id == 0)
		return;
	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 256 : 2 * p->cap;
		p->entries = xreallocarray(p->entries, p->cap, sizeof *p->entries);
	}
	while (p->nvalues + nvalues > p->values_cap) {
		p->values_cap = p->values_cap == 0 ? 1024 : 2 * p->values_cap;
		p->values = xreallocarray(p->values, p->values_cap, sizeof *p->values);
	}
	p->entries[p->n++] = (struct entry){ time_s, id, nvalues, p->nvalues };
	memcpy(p->values + p->nvalues, values, nvalues * sizeof *values);
	p->nvalues += nvalues;
	if (!event_pending(p->timer, EV_TIMEOUT, NULL)) {
		struct timeval tv = clock_timeval(GATHER_MS);
		event_add(p->timer, &tv);
	}
}

/* Give an event to the feed. */
void
publisher_event(struct publisher *p, uint32_t series, const char *code, enum wire_severity severity,
    const char *fmt, ...)
{
	struct wire_event ev = {
		.time_ms = clock_wall_ms(), .severity = severity, .series = series
	};
	char text[2 * WIRE_MAX_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	str_copy(ev.code, sizeof ev.code, code);
	if (str_is_text(text, strlen(text)) && strlen(text) < sizeof ev.text)
		str_copy(ev.text, sizeof ev.text, text);
	else
		str_escape(ev.text, sizeof ev.text, text, strlen(text));
	feed_event(p->feed, &ev);
}

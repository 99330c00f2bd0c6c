/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fake_collector: stands for the parts of the collector that the web side asks (journal, store,
 * render, intake, notify), so that its tests need no child process. Site and engine are real. */
#ifndef FAKE_COLLECTOR_H
#define FAKE_COLLECTOR_H

#include <stdbool.h>

#include "collector/intake/intake.h"
#include "collector/journal/journal.h"
#include "collector/notify/notify.h"
#include "collector/report/render.h"
#include "collector/store/store.h"

/* What was asked last, and is answered by the test when it likes. */
static struct {
	void (*drawn)(void *arg, const uint8_t *data, size_t n, const char *why);
	void *drawn_arg;
	struct render_graph graph;
	void (*flushed)(void *arg, int ok);
	void *flushed_arg;
	bool store_dead;
	const char *mail_off;
} fake;

void
render_graph(struct render *r, const struct render_graph *g,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	(void)r;
	fake.graph = *g;
	fake.drawn = done;
	fake.drawn_arg = arg;
}

void
render_named(struct render *r, const struct wanted *w,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	(void)r;
	(void)w;
	fake.drawn = done;
	fake.drawn_arg = arg;
}

void
store_flush(
    struct store *s, const uint32_t *sids, size_t n, void (*done)(void *arg, int ok), void *arg)
{
	(void)s;
	(void)sids;
	(void)n;
	fake.flushed = done;
	fake.flushed_arg = arg;
}

const struct store_stats *
store_stats(const struct store *s)
{
	static const struct store_stats stats = { .files = 7, .pending = 5 };
	(void)s;
	return &stats;
}

int
store_pid(const struct store *s)
{
	(void)s;
	return fake.store_dead ? 0 : 4711;
}

const struct intake_stats *
intake_stats(const struct intake *in)
{
	static const struct intake_stats stats = { .connections = 3, .values = UINT64_MAX };
	(void)in;
	return &stats;
}

const char *
notify_off(const struct notify *n)
{
	(void)n;
	return fake.mail_off;
}

const struct notify_stats *
notify_stats(const struct notify *n)
{
	static const struct notify_stats stats = { .last_error = "relay says \"no\"" };
	(void)n;
	return &stats;
}

uint64_t
journal_first(const struct journal *j)
{
	(void)j;
	return 1;
}

uint64_t
journal_last(const struct journal *j)
{
	(void)j;
	return 99;
}

uint64_t
journal_bytes(const struct journal *j)
{
	(void)j;
	return 123456;
}

uint64_t
journal_damage(const struct journal *j)
{
	(void)j;
	return 0;
}

#endif

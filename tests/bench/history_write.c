/* link: zwhistory */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the history's writing costs: 838 alerts that fire in one commit, with their incidents and
 * opening mails; an hour of a field that flaps each 10 s; and questions over a long history.
 * Usage: history_write DIR (which must be empty, on the disk that counts). */
#include <event2/event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/alert/history.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define ZONES 4
#define ALERTS 838
#define FLAPS 360

static double
now_of(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* Turns the loop until nothing waits. */
static void
settle(struct event_base *base, const struct history *h)
{
	while (history_waiting(h) != 0)
		event_base_loop(base, EVLOOP_ONCE);
}

static void
take(void *arg, struct mail *m)
{
	double *at = arg;

	*at = now_of(CLOCK_MONOTONIC);
	mail_free(m);
}

static void
tell(struct history *h, enum alert_change_kind kind, int64_t now_ms, struct alert *a,
    struct incident *in)
{
	struct alert_change ch = { .kind = kind, .now_ms = now_ms, .alert = a, .incident = in };

	history_change(h, &ch);
}

static void
mail(struct history *h, uint64_t incident, int64_t now_ms)
{
	struct mail *m = xcalloc(1, sizeof *m);

	m->incident = incident;
	m->kind = xstrdup("open");
	m->via = xstrdup("mail");
	m->zone = xstrdup("b");
	m->to = xstrdup("it@example.org");
	m->subject = xstrdup("subject");
	m->text = xcalloc(1, 4001);
	memset(m->text, 't', 4000);
	m->html = xstrdup(m->text);
	m->message_id = xasprintf("<%llu@x>", (unsigned long long)incident);
	m->graph_limit = NAN;
	m->created_ms = m->next_ms = now_ms;
	history_mail(h, m);
}

static struct alert
alert_made(uint64_t id, int64_t at_ms)
{
	struct alert a = { .id = id,
		.rule = "inlet-high",
		.title = "Inlet air",
		.unit = "Cel",
		.incident = 1 + id % ZONES,
		.state = ALERT_FIRING,
		.value = 33.4,
		.limit = 32,
		.peak = 33.4,
		.since_ms = at_ms,
		.fired_ms = at_ms };

	(void)snprintf(a.node, sizeof a.node, "srv%llu", (unsigned long long)id);
	(void)snprintf(a.zone, sizeof a.zone, "z%llu", (unsigned long long)(id % ZONES));
	(void)str_copy(a.series, sizeof a.series, "hwmon-inlet");
	(void)str_copy(a.field, sizeof a.field, "temp");
	(void)str_copy(a.reason, sizeof a.reason, "above 32 °C");
	return a;
}

/* All at once. */
static void
storm(struct event_base *base, struct history *h)
{
	int64_t now = clock_wall_ms();
	double told = 0, begin = now_of(CLOCK_MONOTONIC), cpu = now_of(CLOCK_PROCESS_CPUTIME_ID);

	history_on_mail(h, take, &told);
	for (uint64_t z = 1; z <= ZONES; z++) {
		struct incident in = { .id = z, .opened_ms = now };
		(void)snprintf(in.zone, sizeof in.zone, "z%llu", (unsigned long long)z);
		tell(h, CHANGE_OPENED, now, NULL, &in);
		mail(h, z, now);
	}
	for (uint64_t id = 1; id <= ALERTS; id++) {
		struct alert a = alert_made(id, now);
		struct incident in = { .id = a.incident, .opened_ms = now };
		(void)str_copy(in.zone, sizeof in.zone, a.zone);
		tell(h, CHANGE_FIRED, now, &a, &in);
	}
	double collected = now_of(CLOCK_MONOTONIC);
	history_commit(h, 1, false);
	settle(base, h);
	printf(
	    "%d alerts, %d mails in 1 transaction: loop held %.2f ms, stored and told after %.1f "
	    "ms, %.1f ms CPU\n",
	    ALERTS, ZONES, collected - begin, told - begin, now_of(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

/* Each 10 s there and back: a transaction each. */
static void
flapping(struct event_base *base, struct history *h)
{
	int64_t now = clock_wall_ms();
	double begin = now_of(CLOCK_MONOTONIC), cpu = now_of(CLOCK_PROCESS_CPUTIME_ID), most = 0;
	struct alert a = alert_made(7, now);

	for (int i = 0; i < FLAPS; i++) {
		double one = now_of(CLOCK_MONOTONIC);
		a.changes++;
		a.state = i % 2 == 0 ? ALERT_CLEARING : ALERT_FIRING;
		tell(h, i % 2 == 0 ? CHANGE_CLEARING : CHANGE_BACK, now + i * 10000, &a, NULL);
		history_commit(h, 2 + (uint64_t)i, false);
		settle(base, h);
		one = now_of(CLOCK_MONOTONIC) - one;
		most = one > most ? one : most;
	}
	printf(
	    "an hour of a field that flaps each 10 s: %d transactions, %.2f ms each (most %.1f), "
	    "%.2f ms CPU each\n",
	    FLAPS, (now_of(CLOCK_MONOTONIC) - begin) / FLAPS, most,
	    (now_of(CLOCK_PROCESS_CPUTIME_ID) - cpu) / FLAPS);
}

/* What rules remember of 20000 subjects, all replaced. */
static void
remembered(struct event_base *base, struct history *h)
{
	enum {
		N = 20000,
		SIZE = 256
	};

	for (int round = 0; round < 2; round++) {
		struct history_state *v = xcalloc(N, sizeof *v);
		for (int i = 0; i < N; i++)
			v[i] = (struct history_state){ xasprintf(
							   "inlet-high/srv%d/hwmon-inlet/temp", i),
				xcalloc(1, SIZE), SIZE };
		double begin = now_of(CLOCK_MONOTONIC);
		history_states(h, 5, v, N);
		history_commit(h, 0, false);
		settle(base, h);
		printf(
		    "%d states of %d bytes: %.0f ms\n", N, SIZE, now_of(CLOCK_MONOTONIC) - begin);
	}
}

static void
answered(void *arg, const char *json, size_t n, const char *why)
{
	(void)json;
	if (why != NULL)
		fprintf(stderr, "%s\n", why);
	*(size_t *)arg = n + 1;
}

/* A year of 150 alerts a day, then a question over a month and one over all. */
static void
questions(struct event_base *base, struct history *h)
{
	int64_t now = clock_wall_ms(), year = 365 * INT64_C(86400000), n = 365 * 150;
	double begin = now_of(CLOCK_MONOTONIC);

	for (int64_t i = 0; i < n; i++) {
		int64_t at = now - year + i * (year / n);
		struct alert a = alert_made(10000 + (uint64_t)i, at);
		tell(h, CHANGE_FIRED, at, &a, NULL);
		a.state = ALERT_RESOLVED;
		a.resolved_ms = at + 600000;
		tell(h, CHANGE_RESOLVED, at + 600000, &a, NULL);
		if (i % 1000 != 999)
			continue;
		history_commit(h, 1000 + (uint64_t)i, false);
		settle(base, h);
	}
	history_commit(h, 1000 + (uint64_t)n, false);
	settle(base, h);
	double stored = now_of(CLOCK_MONOTONIC) - begin;
	printf("%lld alerts of a year: %.3f ms each in transactions of 2000 entries\n",
	    (long long)n, stored / (double)n);
	static const struct {
		const char *what;
		int days;
	} asks[] = { { "stats", 31 }, { "stats", 366 }, { "alerts", 31 }, { "ledger", 366 } };
	for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
		struct history_ask ask = { .what = asks[i].what,
			.from_ms = now - asks[i].days * INT64_C(86400000),
			.to_ms = now + 1000,
			.limit = 500 };
		size_t got = 0;
		begin = now_of(CLOCK_MONOTONIC);
		history_ask(h, &ask, answered, &got);
		while (got == 0)
			event_base_loop(base, EVLOOP_ONCE);
		printf("%s over %d days: %.1f ms, %zu bytes\n", asks[i].what, asks[i].days,
		    now_of(CLOCK_MONOTONIC) - begin, got - 1);
	}
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	struct history_restored r;
	struct history *h;
	struct err e;

	if (argc != 2) {
		fprintf(stderr, "usage: history_write DIR\n");
		return 1;
	}
	if (history_open(&h, base, argv[1], &r, &e) == -1) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	storm(base, h);
	flapping(base, h);
	remembered(base, h);
	questions(base, h);
	history_close(h);
	history_restored_clear(&r);
	double begin = now_of(CLOCK_MONOTONIC);
	if (history_open(&h, base, argv[1], &r, &e) == -1)
		return 1;
	printf("opened and restored in %.1f ms: %zu alerts\n", now_of(CLOCK_MONOTONIC) - begin,
	    r.nalerts);
	history_close(h);
	history_restored_clear(&r);
	event_base_free(base);
	return 0;
}

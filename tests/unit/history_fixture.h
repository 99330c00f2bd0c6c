/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A history over a directory of its own and a loop that is turned by hand; what its thread tells
 * is kept for the test to look at. */
#ifndef TESTS_HISTORY_FIXTURE_H
#define TESTS_HISTORY_FIXTURE_H

#include <event2/event.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "collector/alert/history.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define HX_UNUSED __attribute__((unused))

struct hx {
	char dir[64];
	struct event_base *base;
	struct history *h;
	struct history_restored r;
	size_t ntold; /* mails handed over; they are freed */
	uint64_t saved;
	int synced; /* 1 ok, -1 not */
	json_t *answer;
	char why[512];
	bool answered;
};

static void
hx_take(void *arg, struct mail *m)
{
	((struct hx *)arg)->ntold++;
	mail_free(m);
}

static void
hx_saved(void *arg, uint64_t lsn)
{
	((struct hx *)arg)->saved = lsn;
}

HX_UNUSED static void
hx_synced(void *arg, bool ok)
{
	((struct hx *)arg)->synced = ok ? 1 : -1;
}

HX_UNUSED static void
hx_open(struct hx *g)
{
	struct err e;

	if (history_open(&g->h, g->base, g->dir, &g->r, &e) == -1)
		fail_msg("%s", e.msg);
	history_on_mail(g->h, hx_take, g);
	history_on_saved(g->h, hx_saved, g);
}

HX_UNUSED static void
hx_close(struct hx *g)
{
	history_close(g->h);
	history_restored_clear(&g->r);
	g->h = NULL;
}

HX_UNUSED static int
hx_setup(void **state)
{
	struct hx *g = xcalloc(1, sizeof *g);

	setenv("TZ", "Asia/Baku", 1);
	(void)str_copy(g->dir, sizeof g->dir, "/tmp/zw-history-XXXXXX");
	assert_non_null(mkdtemp(g->dir));
	g->base = event_base_new();
	*state = g;
	return 0;
}

HX_UNUSED static int
hx_teardown(void **state)
{
	struct hx *g = *state;
	char command[256];

	if (g->h != NULL)
		hx_close(g);
	if (g->answer != NULL)
		json_decref(g->answer);
	event_base_free(g->base);
	libevent_global_shutdown();
	snprintf(command, sizeof command, "rm -rf %s", g->dir);
	assert_int_equal(system(command), 0);
	free(g);
	return 0;
}

HX_UNUSED static void
hx_turn(struct hx *g)
{
	struct timeval tv = { 0, 2000 };

	event_base_loopexit(g->base, &tv);
	event_base_dispatch(g->base);
}

/* Turns the loop until nothing waits. */
HX_UNUSED static void
hx_settle(struct hx *g)
{
	for (int i = 0; i < 5000 && history_waiting(g->h) != 0; i++)
		hx_turn(g);
	assert_int_equal(history_waiting(g->h), 0);
}

static void
hx_answered(void *arg, const char *json, size_t n, const char *why)
{
	struct hx *g = arg;
	json_error_t e;

	g->answered = true;
	assert_true((json == NULL) == (why != NULL));
	(void)str_copy(g->why, sizeof g->why, why == NULL ? "" : why);
	if (json == NULL)
		return;
	g->answer = json_loadb(json, n, JSON_REJECT_DUPLICATES, &e);
	if (g->answer == NULL)
		fail_msg("%s in %.*s", e.text, (int)n, json);
}

/* The answer, owned by g; NULL: none, g->why says why. */
HX_UNUSED static json_t *
hx_ask(struct hx *g, struct history_ask ask)
{
	if (g->answer != NULL)
		json_decref(g->answer);
	g->answer = NULL;
	g->answered = false;
	history_ask(g->h, &ask, hx_answered, g);
	assert_false(g->answered); /* in the loop, never at once */
	for (int i = 0; i < 5000 && !g->answered; i++)
		hx_turn(g);
	assert_true(g->answered);
	return g->answer;
}

/* What stands at a path as "mails/0/deliveries/1/reply". */
HX_UNUSED static json_t *
hx_at(json_t *j, const char *path)
{
	char word[64];

	for (const char *p = path; *p != '\0'; p += *p == '/') {
		size_t n = strcspn(p, "/");
		assert_true(n < sizeof word);
		memcpy(word, p, n);
		word[n] = '\0';
		p += n;
		j = json_is_array(j) ? json_array_get(j, strtoul(word, NULL, 10))
				     : json_object_get(j, word);
		if (j == NULL)
			fail_msg("nothing at %s of %s", word, path);
	}
	return j;
}

#define hx_number(j, path, want)                                                                   \
	do {                                                                                       \
		double hx_v = json_number_value(hx_at(j, path));                                   \
		if (!json_is_number(hx_at(j, path)) || fabs(hx_v - (want)) > 1e-9)                 \
			fail_msg("%s is %.17g, not %.17g", path, hx_v, (double)(want));            \
	} while (0)
#define hx_text(j, path, want) assert_string_equal(json_string_value(hx_at(j, path)), want)
#define hx_rows(j, path, want) assert_int_equal(json_array_size(hx_at(j, path)), want)

HX_UNUSED static struct mail *
hx_mail(uint64_t incident, const char *kind, const char *message_id, int64_t created_ms)
{
	struct mail *m = xcalloc(1, sizeof *m);

	m->incident = incident;
	m->kind = xstrdup(kind);
	m->via = xstrdup("webhook");
	m->recipient = 77;
	m->zone = xstrdup("b");
	m->severity = WIRE_CRITICAL;
	m->to = xstrdup("it@example.org, duty@example.org");
	m->subject = xstrdup("[KRİTİK] Zona B: 32,4 °C");
	m->text = xstrdup("text\n");
	m->html = xstrdup("<p>text</p>\n");
	m->map = xstrdup("b:critical");
	m->message_id = xstrdup(message_id);
	m->graph_limit = NAN;
	m->created_ms = created_ms;
	m->next_ms = created_ms;
	return m;
}

HX_UNUSED static struct incident
hx_incident(uint64_t id, const char *zone, int64_t opened_ms)
{
	struct incident in = { .id = id,
		.severity = WIRE_CRITICAL,
		.now = WIRE_CRITICAL,
		.opened_ms = opened_ms,
		.joined_ms = opened_ms,
		.changed_ms = opened_ms,
		.firing = 1,
		.total = 1 };

	(void)str_copy(in.zone, sizeof in.zone, zone);
	(void)str_copy(in.cause, sizeof in.cause, "inlet above 32 °C");
	return in;
}

HX_UNUSED static struct alert
hx_alert(uint64_t id, uint64_t incident, const char *zone, int64_t fired_ms)
{
	struct alert a = { .id = id,
		.incident = incident,
		.rule = "inlet-high",
		.title = "Inlet air",
		.unit = "Cel",
		.severity = WIRE_CRITICAL,
		.sid = 7,
		.state = fired_ms == 0 ? ALERT_PENDING : ALERT_FIRING,
		.value = 33.4,
		.limit = NAN,
		.peak = NAN,
		.since_ms = fired_ms - 100,
		.fired_ms = fired_ms };

	(void)str_copy(a.zone, sizeof a.zone, zone);
	(void)str_copy(a.node, sizeof a.node, "srv17");
	(void)str_copy(a.series, sizeof a.series, "hwmon-inlet");
	(void)str_copy(a.field, sizeof a.field, "temp");
	(void)str_copy(a.reason, sizeof a.reason, "above 32 °C");
	return a;
}

HX_UNUSED static void
hx_tell(struct hx *g, enum alert_change_kind kind, int64_t now_ms, const struct alert *a,
    const struct incident *in)
{
	struct alert_change ch = { .kind = kind, .now_ms = now_ms, .alert = a, .incident = in };

	history_change(g->h, &ch);
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* channel alertmanager: an incident as one alert by an Alertmanager's API v2. It takes an alert for
 * over at its endsAt; while the incident lasts that is always three times notify.again ahead, and
 * the outbox has it posted again each notify.again.
 *
 * An Alertmanager knows an alert by its labels. When those of an incident change (it got worse, its
 * cause is another), what was posted under the old ones is ended in the same request; after a
 * restart, when they are forgotten, it ends by itself. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "collector/conf.h"
#include "collector/notify/poster.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define PATH "/api/v2/alerts"
#define MAX_POSTED 4096
#define TIMES 3 /* notify.again until it counts as over */

/* What was posted of an incident last, without endsAt and the closing bracket. */
struct posted {
	TAILQ_ENTRY(posted) link;
	uint64_t incident;
	uint32_t recipient;
	char *alert;
	size_t labels; /* bytes of it that are the labels, which come first */
};

struct alertmanager {
	const struct conf_notify *conf;
	struct poster *http;
	TAILQ_HEAD(, posted) posted; /* the oldest first */
	size_t nposted;
};

static int
alertmanager_check(const struct conf_collector *conf, const char *address, struct err *e)
{
	(void)conf;
	return poster_check(address, e);
}

static int
alertmanager_open(void **state, struct event_base *base, const struct conf_collector *conf,
    const char *hostname, struct err *e)
{
	struct alertmanager *am = xcalloc(1, sizeof *am);

	(void)hostname;
	am->conf = &conf->notify;
	TAILQ_INIT(&am->posted);
	if (poster_new(&am->http, base, &conf->notify, "alertmanager", e) == -1) {
		free(am);
		return -1;
	}
	*state = am;
	return 0;
}

/* Forgets it. */
static void
posted_free(struct alertmanager *am, struct posted *p)
{
	TAILQ_REMOVE(&am->posted, p, link);
	am->nposted--;
	free(p->alert);
	free(p);
}

static void
alertmanager_close(void *state)
{
	struct alertmanager *am = state;

	poster_free(am->http);
	while (!TAILQ_EMPTY(&am->posted))
		posted_free(am, TAILQ_FIRST(&am->posted));
	free(am);
}

/* What was posted of the message's incident; NULL: nothing that is remembered. */
static struct posted *
posted_find(struct alertmanager *am, const struct mail *m)
{
	struct posted *p;

	TAILQ_FOREACH (p, &am->posted, link) {
		if (p->incident == m->incident && p->recipient == m->recipient)
			return p;
	}
	return NULL;
}

/* Bytes of an alert up to the end of its labels: they come first, and payload.c puts no object into
 * them. Texts are skipped. */
static size_t
labels_length(const char *alert)
{
	bool text = false;
	size_t i = 0;

	for (; alert[i] != '\0' && (text || alert[i] != '}'); i++) {
		if (text && alert[i] == '\\' && alert[i + 1] != '\0')
			i++;
		else if (alert[i] == '"')
			text = !text;
	}
	return i;
}

/* Remembers what is posted; the oldest is forgotten when there are too many. */
static void
posted_set(struct alertmanager *am, const struct mail *m, struct posted *p)
{
	size_t n = strlen(m->text);

	if (p != NULL)
		posted_free(am, p);
	else if (am->nposted == MAX_POSTED)
		posted_free(am, TAILQ_FIRST(&am->posted));
	p = xcalloc(1, sizeof *p);
	p->incident = m->incident;
	p->recipient = m->recipient;
	p->alert = xasprintf("%.*s", (int)(n > 0 ? n - 1 : 0), m->text);
	p->labels = labels_length(p->alert);
	TAILQ_INSERT_TAIL(&am->posted, p, link);
	am->nposted++;
}

/* RFC 3339, UTC. */
static void
time_text(char dst[32], int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(dst, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* The request's body: the alert, and the end of what stood for it under other labels. */
static char *
body(const struct alertmanager *am, const struct mail *m, const struct posted *old, bool over)
{
	size_t n = strlen(m->text);
	char now[32], end[32];
	char *ended, *all;
	bool moved = old != NULL && (labels_length(m->text) != old->labels ||
					strncmp(m->text, old->alert, old->labels) != 0);

	time_text(now, clock_wall_ms());
	time_text(end, clock_wall_ms() + TIMES * am->conf->again);
	ended = moved ? xasprintf(",%s,\"endsAt\":\"%s\"}", old->alert, now) : xstrdup("");
	if (over) /* the message says when */
		all = xasprintf("[%s%s]", m->text, ended);
	else
		all = xasprintf("[%.*s,\"endsAt\":\"%s\"}%s]", (int)(n - 1), m->text, end, ended);
	free(ended);
	return all;
}

static void
alertmanager_send(void *state, const struct mail *m, char *const *to, size_t nto,
    const uint8_t *png, size_t png_len, const uint8_t *map, size_t map_len, channel_done done,
    void *arg)
{
	struct alertmanager *am = state;
	struct posted *old = posted_find(am, m);
	bool over = strstr(m->text, "\"endsAt\":\"") != NULL;

	(void)png;
	(void)png_len;
	(void)map;
	(void)map_len;
	char *all = body(am, m, old, over);
	poster_post(am->http, to, nto, PATH, NULL, all, done, arg);
	free(all);
	if (!over)
		posted_set(am, m, old);
	else if (old != NULL)
		posted_free(am, old);
}

const struct channel channel_alertmanager = { .name = "alertmanager",
	.help = "An Alertmanager's API v2; one alert for each incident.",
	.lanes = HTTP_LANES,
	.again = true,
	.check = alertmanager_check,
	.open = alertmanager_open,
	.close = alertmanager_close,
	.send = alertmanager_send };

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last hour of each zone's hottest inlet: a ring of minutes that is filled each second from the
 * engine, and once after the start from the RRD of the zone's derived series, so that the
 * collector's restart leaves no hole but that of its own absence. The render child is asked for one
 * zone after the other; who gets no answer is asked for again. */
#include "collector/web/wall_int.h"

#include <event2/event.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/report/render.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"

#define MINUTE_MS 60000
#define TICK_MS 1000
#define AGAIN_MS 30000
#define TRIES 20		  /* after which a zone has no past */
#define NSLOTS (WALL_MINUTES + 1) /* with the minute that is under way */

struct slot {
	int64_t minute; /* since 1970; 0: none */
	double value;
};

struct zone_trend {
	struct slot slots[NSLOTS]; /* by minute % NSLOTS */
	bool read;		   /* the past */
	unsigned tries;
	int64_t asked_ms; /* steady, last; 0: never */
};

/* A question on its way; belongs to its callback. */
struct wall_ask {
	struct wall_trends *trends; /* NULL: they are gone */
	size_t zone;
};

struct wall_trends {
	const struct collector *c;
	struct event *tick;
	struct zone_trend *zones;
	size_t nzones;
	struct wall_ask *asked; /* NULL: nothing is */
};

/* The slot of a minute, emptied if it was another's; NULL if that other is later. */
static struct slot *
slot_of(struct zone_trend *z, int64_t minute)
{
	struct slot *s = &z->slots[minute % NSLOTS];
	if (s->minute > minute)
		return NULL;
	if (s->minute < minute)
		*s = (struct slot){ .minute = minute, .value = NAN };
	return s;
}

void
wall_trends_note(struct wall_trends *t, size_t zone, int64_t wall_ms, double value)
{
	if (zone >= t->nzones || wall_ms <= 0 || isnan(value))
		return;
	struct slot *s = slot_of(&t->zones[zone], wall_ms / MINUTE_MS);
	if (s != NULL && (isnan(s->value) || value > s->value))
		s->value = value;
}

int64_t
wall_trends_of(
    const struct wall_trends *t, const struct zone *z, int64_t wall_ms, double out[WALL_MINUTES])
{
	int64_t now = wall_ms / MINUTE_MS;
	for (int i = 0; i < WALL_MINUTES; i++) {
		int64_t minute = now - WALL_MINUTES + i;
		out[i] = NAN;
		if (z->index >= t->nzones || minute <= 0)
			continue;
		const struct slot *s = &t->zones[z->index].slots[minute % NSLOTS];
		if (s->minute == minute)
			out[i] = s->value;
	}
	return now * MINUTE_MS;
}

/* A whole number behind a key of the answer. */
static bool
find_number(const char *text, const char *key, int64_t *out)
{
	const char *at = strstr(text, key);
	char *end;
	if (at == NULL)
		return false;
	at += strlen(key);
	*out = strtoll(at, &end, 10);
	return end != at;
}

/* Takes "[24.5],[null],..." one row after the other. */
static void
read_rows(struct wall_trends *t, size_t zone, const char *at, int64_t start_s, int64_t step_s)
{
	for (int64_t i = 0; *at == '['; i++) {
		char *end;
		double value = strtod(at + 1, &end);
		/* A row ends at its time. */
		if (end != at + 1)
			wall_trends_note(t, zone, (start_s + i * step_s) * 1000 - 1, value);
		at = strchr(at, ']');
		if (at == NULL || at[1] != ',')
			return;
		at += 2;
	}
}

int
wall_trends_read(struct wall_trends *t, size_t zone, const char *json, size_t n)
{
	int64_t start_s, step_s;
	char *text = xmalloc(n + 1);
	memcpy(text, json, n);
	text[n] = '\0';
	const char *rows = strstr(text, "\"rows\":[");
	bool good = zone < t->nzones && rows != NULL && find_number(text, "\"start\":", &start_s) &&
		    find_number(text, "\"step\":", &step_s) && start_s > 0 && step_s > 0 &&
		    start_s < INT64_C(1) << 40 && step_s < 86400;
	if (good)
		read_rows(t, zone, rows + strlen("\"rows\":["), start_s, step_s);
	free(text);
	return good ? 0 : -1;
}

static void answered(void *arg, const uint8_t *data, size_t n, const char *why);

/* The series of the zone's hottest inlet, and its field; NULL: none is derived, or not yet. */
static const struct series *
find_series(const struct wall_trends *t, const struct zone *z, const char **field)
{
	const struct conf_derived *rows = t->c->conf->derived.v;
	const struct node *n = site_summary(t->c->site, z);
	for (size_t i = 0; n != NULL && i < t->c->conf->derived.n; i++) {
		if (strcmp(rows[i].kind, "maximum") != 0 || strcmp(rows[i].measure, "inlet") != 0 ||
		    strcmp(rows[i].scope, "zone") != 0)
			continue;
		for (size_t k = 0; k < n->nseries; k++)
			if (strcmp(n->series[k]->source, rows[i].source) == 0) {
				*field = rows[i].field;
				return n->series[k];
			}
	}
	return NULL;
}

/* Asks for the past of a zone; false if there is no series of it yet. */
static bool
ask(struct wall_trends *t, size_t zone)
{
	const char *field = NULL;
	const struct series *se = find_series(t, site_zone_at(t->c->site, zone), &field);
	int64_t now_s = clock_wall_ms() / 1000;
	if (se == NULL)
		return false;
	t->asked = xcalloc(1, sizeof *t->asked);
	*t->asked = (struct wall_ask){ .trends = t, .zone = zone };
	render_graph(t->c->render,
	    &(struct render_graph){
		.series = &se,
		.nseries = 1,
		.field = field,
		.start_s = now_s - (WALL_MINUTES + 1) * 60,
		.end_s = now_s,
		.width = 400,
		.height = 100,
		.format = RENDER_JSON,
		.cf = RENDER_AVERAGE,
		.step_s = 60,
		.limit = NAN,
	    },
	    answered, t->asked);
	return true;
}

/* Asks for the past of the next zone that lacks it, if nothing is asked for. */
static void
ask_next(struct wall_trends *t)
{
	int64_t steady_ms = clock_steady_ms();
	for (size_t i = 0; i < t->nzones && t->asked == NULL && t->c->render != NULL; i++) {
		struct zone_trend *z = &t->zones[i];
		if (z->read || z->tries == TRIES ||
		    (z->asked_ms != 0 && steady_ms - z->asked_ms < AGAIN_MS) || !ask(t, i))
			continue;
		z->asked_ms = steady_ms;
		z->tries++;
	}
}

/* The child has answered, or says why not. */
static void
answered(void *arg, const uint8_t *data, size_t n, const char *why)
{
	struct wall_ask *ask = arg;
	struct wall_trends *t = ask->trends;
	if (t != NULL) {
		t->asked = NULL;
		struct zone_trend *z = &t->zones[ask->zone];
		z->read =
		    data != NULL && wall_trends_read(t, ask->zone, (const char *)data, n) == 0;
		if (!z->read && z->tries == TRIES)
			log_warnx("web", "the wall shows no past of zone %s: %s",
			    site_zone_at(t->c->site, ask->zone)->name, why != NULL ? why : "?");
		ask_next(t);
	}
	free(ask);
}

/* Makes room for zones that came since. */
static void
grow(struct wall_trends *t)
{
	size_t n = site_nzones(t->c->site);
	if (n <= t->nzones)
		return;
	t->zones = xreallocarray(t->zones, n, sizeof *t->zones);
	memset(t->zones + t->nzones, 0, (n - t->nzones) * sizeof *t->zones);
	t->nzones = n;
}

/* Takes the values of now, and asks for what is lacking of the past. */
static void
tick(evutil_socket_t fd, short what, void *arg)
{
	struct wall_trends *t = arg;
	int64_t wall_ms = clock_wall_ms();
	(void)fd;
	(void)what;
	grow(t);
	for (size_t i = 0; i < t->nzones; i++) {
		const struct zone_air *air = engine_air(t->c->engine, site_zone_at(t->c->site, i));
		if (air != NULL && air->inlets > 0)
			wall_trends_note(t, i, wall_ms, air->hottest);
	}
	ask_next(t);
}

struct wall_trends *
wall_trends_new(struct event_base *base, const struct collector *c)
{
	const struct timeval often = clock_timeval(TICK_MS);
	struct wall_trends *t = xcalloc(1, sizeof *t);
	t->c = c;
	grow(t);
	if (base == NULL)
		return t;
	t->tick = event_new(base, -1, EV_PERSIST, tick, t);
	if (t->tick == NULL || event_add(t->tick, &often) == -1)
		fatalx("web", "cannot set the wall's timer");
	return t;
}

void
wall_trends_free(struct wall_trends *t)
{
	if (t == NULL)
		return;
	if (t->tick != NULL)
		event_free(t->tick);
	if (t->asked != NULL)
		t->asked->trends = NULL;
	free(t->zones);
	free(t);
}

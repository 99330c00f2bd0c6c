/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mail's pictures: the graph, then the floor map, each for three seconds at most; without those
 * that are not there by then it goes without them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/notify/outbox_int.h"
#include "collector/report/render.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define DRAW_WAIT_MS 3000
#define GRAPH_LEAST_S 600 /* of a series that is younger than what is shown */
#define GRAPH_BEFORE_S (3 * 3600)
#define GRAPH_AFTER_S (30 * 60)
#define GRAPH_AROUND_S (15 * 60)
#define GRAPH_LONGEST_S (24 * 3600)

static void draw_map(struct delivery *d);

/* Without this picture. */
static void
draw_failed(const struct delivery *d, bool map, const char *why)
{
	log_warnx("mail", "incident %" PRIu64 " (%s) goes without its %s: %s", d->mail->incident,
	    d->mail->kind, map ? "floor map" : "graph", why == NULL ? "no reason" : why);
}

/* One picture is there, or will not be; what is next? */
static void
draw_next(struct delivery *d, bool map)
{
	event_free(d->patience);
	d->patience = NULL;
	d->ticket = NULL;
	if (map)
		delivery_send(d);
	else
		draw_map(d);
}

/* The picture is there, or there is none. */
static void
drawn(void *arg, const uint8_t *data, size_t n, const char *why)
{
	struct ticket *ticket = arg;
	struct delivery *d = ticket->delivery;
	bool map = ticket->map;

	free(ticket);
	if (d == NULL)
		return;
	if (data == NULL)
		draw_failed(d, map, why);
	else
		buf_put(map ? &d->map : &d->png, data, n);
	draw_next(d, map);
}

/* The picture takes too long. */
static void
impatient(evutil_socket_t fd, short what, void *arg)
{
	struct delivery *d = arg;
	bool map = d->ticket->map;
	char why[32];

	(void)fd;
	(void)what;
	d->ticket->delivery = NULL;
	snprintf(why, sizeof why, "not drawn in %d s", DRAW_WAIT_MS / 1000);
	draw_failed(d, map, why);
	draw_next(d, map);
}

/* What a picture that is asked for comes back with. */
static struct ticket *
draw_begin(struct delivery *d, bool map)
{
	struct timeval tv = clock_timeval(DRAW_WAIT_MS);

	d->state = DELIVERY_DRAWING;
	d->ticket = xcalloc(1, sizeof *d->ticket);
	d->ticket->delivery = d;
	d->ticket->map = map;
	d->patience = evtimer_new(d->outbox->base, impatient, d);
	evtimer_add(d->patience, &tv);
	return d->ticket;
}

/* The floor map, if there is one. */
static void
draw_map(struct delivery *d)
{
	if (d->mail->map == NULL || d->outbox->render == NULL || d->map.len > 0)
		delivery_send(d);
	else
		render_map(d->outbox->render, d->mail->map, drawn, draw_begin(d, true));
}

/* What the graph shows: the three hours up to now, and in any case the incident's beginning, but no
 * more than a day. At the end it shows all of the incident, however long, with as much before it as
 * it lasted; of a short one a quarter of an hour, so that it can be seen. */
void
outbox_graph_span(const struct mail *m, int64_t now_s, int64_t *start_s, int64_t *end_s)
{
	int64_t made_s = m->created_ms / 1000, lasted_s = made_s - m->graph_mark_s;

	*end_s = now_s < made_s + GRAPH_AFTER_S ? now_s : made_s + GRAPH_AFTER_S;
	if (m->graph_mark_s != 0 && strcmp(m->kind, "close") == 0) {
		int64_t around_s = lasted_s > GRAPH_BEFORE_S   ? GRAPH_BEFORE_S
				   : lasted_s > GRAPH_AROUND_S ? lasted_s
							       : GRAPH_AROUND_S;
		*start_s = m->graph_mark_s - around_s;
		return;
	}
	*start_s = *end_s - GRAPH_BEFORE_S;
	if (m->graph_mark_s != 0 && *start_s > m->graph_mark_s - GRAPH_AFTER_S)
		*start_s = m->graph_mark_s - GRAPH_AFTER_S;
	if (*start_s < *end_s - GRAPH_LONGEST_S)
		*start_s = *end_s - GRAPH_LONGEST_S;
}

/* Asks for the graph. */
static void
draw_graph(struct delivery *d, const struct series *se)
{
	const struct mail *m = d->mail;
	int64_t start_s, end_s;

	outbox_graph_span(m, clock_steady_ms() / 1000, &start_s, &end_s);
	char title[3 * NAME_MAX_NODE + NAME_MAX_SOURCE + NAME_MAX_FIELD + 8];
	bool all = m->graph_field == NULL;
	snprintf(title, sizeof title, "%s %s%s%s", se->node->name, se->name, all ? "" : "/",
	    all ? "" : m->graph_field);
	const struct render_graph g = { .series = &se,
		.nseries = 1,
		.field = m->graph_field,
		.start_s = start_s,
		.end_s = end_s,
		.width = 560,
		.height = 180,
		.format = RENDER_PNG,
		.limit = m->graph_limit,
		.mark_s = m->graph_mark_s,
		.title = title,
		.trim_s = GRAPH_LEAST_S };
	render_graph(d->outbox->render, &g, drawn, draw_begin(d, false));
}

/* The pictures that it has none of yet; only mail shows any. */
void
delivery_draw(struct delivery *d)
{
	struct outbox *o = d->outbox;
	const struct series *se = NULL;

	if (d->lane->channel != &channel_mail || !o->conf->mail.graph) {
		delivery_send(d);
		return;
	}
	if (o->render != NULL && d->mail->graph_sid != 0 && d->png.len == 0)
		se = site_series(o->site, d->mail->graph_sid);
	if (se != NULL)
		draw_graph(d, se);
	else
		draw_map(d);
}

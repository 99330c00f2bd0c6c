/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live: what browsers are told as it changes, by Server-Sent Events (WHATWG HTML, 9.2).
 *
 * A page follows a topic. A topic is a set of pieces, each a JSON object under a key ("zone.B");
 * the hub makes them four times a second for each topic, argument and language that somebody
 * follows, once for all who do, and sends those that changed:
 *
 *	event: state
 *	data: {"now_ms":1790000000000,"full":false,"set":{"zone.B":{...}},"drop":["node.x"]}
 *
 * Who comes, and who comes back, gets all of it first (full: true). Every two seconds without a
 * change an "event: beat" with {"now_ms":...} says that the stream lives. So a piece must hold
 * nothing that changes by itself: times are moments, never ages. */
#ifndef COLLECTOR_WEB_LIVE_H
#define COLLECTOR_WEB_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "collector/web/who.h"
#include "zw/json.h"
#include "zw/lang.h"

#define LIVE_TURN_MS 250
#define LIVE_BEAT_MS 2000
#define LIVE_CALM_MS 500
#define LIVE_MAX_ARG 256

struct collector;
struct event_base;
struct live;
struct live_pieces;

/* For whom pieces are made. */
struct live_view {
	const struct collector *c;
	const char *arg; /* "srv07" of the topic "node:srv07"; "": none */
	enum lang lang;
	int64_t wall_ms;
	int64_t steady_ms;
};

struct live_topic {
	const char *name;
	enum who_role role; /* that one needs at least */
	/* Whether there is such an argument; NULL: the topic has none. */
	bool (*knows)(const struct collector *c, const char *arg);
	void (*put)(const struct live_view *v, struct live_pieces *out);
	int64_t every_ms; /* it is made at most so often; 0: each turn */
};

/* In live_topics.c, a row each: wall; and for the pages, of which each change makes the browser ask
 * for the page again, a single piece "page" {"version":N} (live_version()). */
extern const struct live_topic live_topics[];
extern const size_t live_ntopics;

/* Begins a piece: an open object, ended by live_end(). Keys of one turn differ. */
struct json *live_begin(struct live_pieces *out, const char *key);
void live_end(struct live_pieces *out);
/* The piece "page" of a topic that is a version: the mix (below) of all that the page shows. */
void live_version(struct live_pieces *out, uint64_t version);
/* The same in two parts: a change of states is told at once, one of mere values at most each
 * LIVE_CALM_MS: for pages of very many values. */
void live_versions(struct live_pieces *out, uint64_t states, uint64_t values);
/* Mixes one more into a version, which begins with 0. */
uint64_t live_mix_int(uint64_t version, int64_t v);
uint64_t live_mix_number(uint64_t version, double v);
uint64_t live_mix_text(uint64_t version, const char *s);

/* max: streams at once, beyond which newcomers get 503. */
struct live *live_new(struct event_base *base, const struct collector *c, unsigned max);
/* After the http. NULL is fine. */
void live_free(struct live *l);
unsigned live_count(const struct live *l);
/* Those dropped because they read too slowly, since the start. */
uint64_t live_dropped(const struct live *l);

/* GET /api/v1/live?topic=NAME[:ARG]. */
int live_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif

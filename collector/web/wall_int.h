/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wall_int: what the files of the wall share; nobody else includes it. */
#ifndef COLLECTOR_WEB_WALL_INT_H
#define COLLECTOR_WEB_WALL_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/site/site.h"
#include "collector/web/live.h"
#include "collector/web/survey.h"
#include "collector/web/view.h"

#define WALL_MINUTES 60
#define WALL_MAX_INCIDENTS 12
#define WALL_MAX_MAINTENANCE 4
#define WALL_MAX_SILENCES 64 /* in force, that are looked at */

struct wall_index;
struct wall_trends;

struct wall {
	const struct collector *c;
	struct wall_index *index;
	struct wall_trends *trends;
};

/* What of a zone is found by the measures. */
enum wall_quantity {
	WALL_RETURN,
	WALL_HUMIDITY,
	WALL_DEWPOINT,
	WALL_QUANTITIES
};

/* A tile: what a node is like. */
struct wall_tile {
	enum view_state state;
	const struct alert *worst; /* that fires on it and is not muted; NULL: none */
	bool muted;		   /* a silence or maintenance covers all of it */
	bool maintenance;	   /* likewise, and it is maintenance or out of service */
};

/* One turn: what several pieces want to know, found once. */
struct wall_turn {
	const struct live_view *view;
	const struct wall *wall;
	struct live_pieces *out;
	struct survey survey;
	struct wall_tile *tiles; /* by the node's index */
	const struct silence *silences[WALL_MAX_SILENCES];
	size_t nsilences;
	struct view_counts counts; /* of all nodes */
	size_t muted;		   /* of these */
};

/* wall.c */
/* A number with so many decimals; NaN: null. */
void wall_number(struct json *j, const char *key, double value, int decimals);
/* The state and what else a tile shows, into an open piece. */
void wall_put_tile(struct json *j, const struct wall_turn *t, const struct node *n);
/* Whether a zone has a panel: it has more than links. */
bool wall_is_shown(const struct zone *z);

/* wall_zone.c, wall_plant.c, wall_incident.c: pieces. */
void wall_put_zones(struct wall_turn *t);
void wall_put_nodes(struct wall_turn *t);
void wall_put_links(struct wall_turn *t);
void wall_put_power(struct wall_turn *t);
/* Into the piece of the site: IT power, PUE. */
void wall_put_energy(struct json *j, const struct wall_turn *t);
void wall_put_incidents(struct wall_turn *t);
/* Into the piece of the site: how many there are. */
void wall_count_incidents(struct json *j, const struct wall_turn *t);

/* wall_index.c: which fields hold what, looked up once for all the series that there are. */
struct wall_index *wall_index_new(const struct collector *c);
void wall_index_free(struct wall_index *x);
/* Looks again if there are further series. */
void wall_index_renew(struct wall_index *x, int64_t steady_ms);
/* The greatest live value of a zone; NAN: none is measured. */
double wall_index_value(
    const struct wall_index *x, const struct zone *z, enum wall_quantity q, int64_t steady_ms);
/* The limit above which a zone's inlets are warned of; NAN: none is known. */
double wall_index_warns(const struct wall_index *x, const struct zone *z);
/* Whether the value is a number, plausible and recent. */
bool wall_is_live(const struct series *se, unsigned field, int64_t steady_ms);

/* wall_trend.c: the last hour of each zone's hottest inlet, a row for each minute, the greatest of
 * it. */
struct wall_trends *wall_trends_new(struct event_base *base, const struct collector *c);
void wall_trends_free(struct wall_trends *t);
/* The last whole minutes, oldest first; returns when the last of them ended (wall ms). */
int64_t wall_trends_of(
    const struct wall_trends *t, const struct zone *z, int64_t wall_ms, double out[WALL_MINUTES]);
/* Takes the rows of an answer of zonewatch-render for a zone. -1: it is none. */
int wall_trends_read(struct wall_trends *t, size_t zone, const char *json, size_t n)
    __attribute__((warn_unused_result));
/* Takes a value of now. */
void wall_trends_note(struct wall_trends *t, size_t zone, int64_t wall_ms, double value);

#endif

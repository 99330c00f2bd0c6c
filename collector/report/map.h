/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map: the floor map of a mail: the zones with their racks, each rack by its hottest inlet, and
 * where the incident is. Described in the collector as a text, which is stored with the mail and
 * drawn by the renderer when the mail goes. */
#ifndef COLLECTOR_MAP_H
#define COLLECTOR_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/lang.h"

struct conf_collector;
struct node;
struct site;
struct zone;

#define MAP_WIDTH 480 /* pixels, as it is shown */
#define MAP_MAX_ZONES 16
#define MAP_MAX_RACKS 24 /* of a zone */
#define MAP_MAX_NAME 64	 /* bytes of a label, with its NUL */
#define MAP_MAX_TEXT 32768

/* How warm a rack is, by which it gets its colour and its sign. */
enum map_heat {
	MAP_UNKNOWN,
	MAP_COLD, /* below what is recommended */
	MAP_GOOD,
	MAP_WARM, /* above what is recommended */
	MAP_HOT	  /* beyond the limit */
};

struct map_rack {
	char name[MAP_MAX_NAME];
	char value[16]; /* its hottest inlet as it is shown: "29,8" */
	enum map_heat heat;
	bool marked; /* the incident's node stands here */
};

struct map_zone {
	char title[MAP_MAX_NAME];
	bool marked;
	unsigned nracks;
	struct map_rack racks[MAP_MAX_RACKS];
};

struct map {
	char legend[5][MAP_MAX_NAME]; /* what each enum map_heat is called */
	unsigned nzones;
	struct map_zone zones[MAP_MAX_ZONES];
};

/* The map as it is now, with the incident's zone (NULL: the site) and node (or NULL) marked, in the
 * words of a language; the caller frees it. NULL: there is nothing to show, for the zones have no
 * racks. now_ms: steady. */
char *map_describe(const struct site *s, const struct conf_collector *conf, const struct zone *zone,
    const struct node *node, enum lang l, int64_t now_ms);
/* From the text. */
int map_parse(const char *text, size_t n, struct map *m, struct err *e)
    __attribute__((warn_unused_result));
/* The PNG into b (map_draw.c, in the renderer only). */
int map_draw(struct buf *b, const struct map *m, struct err *e) __attribute__((warn_unused_result));

#endif

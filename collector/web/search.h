/* SPDX-License-Identifier: GPL-3.0-or-later */
/* search: what of the site, and of what is wrong now, has some words: zones, nodes, links, series
 * and their fields, incidents, alerts, rules, silences, events. Pure but for the collector's state;
 * bounded in work and answer. The past is the history's ("stories"). */
#ifndef COLLECTOR_WEB_SEARCH_H
#define COLLECTOR_WEB_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/lang.h"

struct collector;

#define SEARCH_EACH 30 /* hits of a kind that are kept */

/* In the order in which hits of the same rank stand. */
enum search_kind {
	SEARCH_ZONE,
	SEARCH_NODE,
	SEARCH_LINK,
	SEARCH_INCIDENT,
	SEARCH_ALERT,
	SEARCH_SERIES,
	SEARCH_RULE,
	SEARCH_SILENCE,
	SEARCH_EVENT
};
#define SEARCH_KINDS (SEARCH_EVENT + 1)

/* How well it fits: the less the better. */
enum search_rank {
	SEARCH_EXACT,
	SEARCH_PREFIX,
	SEARCH_WORD,   /* at the beginning of a word of the name */
	SEARCH_WITHIN, /* elsewhere in the name */
	SEARCH_BESIDE  /* in a title, label, address or text */
};

struct search_hit {
	enum search_kind kind;
	enum search_rank rank;
	char name[200];
	char text[300];	   /* beside the name; "" */
	char address[320]; /* of its page, with what is not plain as %XX */
};

struct search_result {
	struct search_hit hits[SEARCH_KINDS * SEARCH_EACH]; /* best first */
	size_t n;
	bool more; /* there are others than these */
};

/* A question with less than one letter finds nothing. The result is freed by free(). */
struct search_result *search_run(
    const struct collector *c, const char *question, enum lang l, int64_t now_ms);
/* "zone", "node": for programs. */
const char *search_word(enum search_kind kind);

#endif

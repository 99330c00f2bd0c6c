/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_diff: what differs between two configurations of one table, as lines for people:
 *   nodes[srv-39]: added
 *   rules[inlet-warm].above: 27 -> 28
 *   recipients[duty@dc.example via mail].severity: warning -> critical
 * Elements of a list are matched by their unique key, or what is marked CONF_LABEL, or else by
 * their place. What may hold a secret is told as "changed". */
#ifndef ZW_CONF_DIFF_H
#define ZW_CONF_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "zw/conf.h"

#define CONF_DIFF_MOST 200 /* lines kept; the rest are counted */

struct conf_diff {
	char *lines[CONF_DIFF_MOST];
	size_t nlines;
	size_t total; /* differences; 0: the two are the same */
	size_t fixed; /* those of keys that are not CONF_LIVE */
};

/* Freed by conf_diff_free(); NULL is fine. */
struct conf_diff *conf_diff_new(const struct conf_table *table, const void *old, const void *fresh);
void conf_diff_free(struct conf_diff *d);
/* One more that no table tells of, as a file with another content. */
void conf_diff_add(struct conf_diff *d, bool live, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The first `most` lines, joined by `between`, and "and N more"; freed by the caller. */
char *conf_diff_text(const struct conf_diff *d, size_t most, const char *between);

/* The first `most` lines to the log. */
void conf_diff_log(const struct conf_diff *d, size_t most);

/* Whether the key `name` of the whole is the same in both, with all that is in it. */
bool conf_is_same(const struct conf_table *table, const void *a, const void *b, const char *name);
/* Gives each key of `now` that is CONF_LIVE the value of `fresh`, which gets the old one: texts and
 * lists move, so that what pointed to the old ones lives until `fresh` is freed. A list moves as a
 * whole when no key in it that is not CONF_LIVE differs. */
void conf_take_live(const struct conf_table *table, void *now, void *fresh);

#endif

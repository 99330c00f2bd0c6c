/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stretch: lengths of time, and what they have in common. A list is in order, and its members
 * neither touch nor overlap, but while it is added to. Times are ms since 1970. Pure. */
#ifndef COLLECTOR_STRETCH_H
#define COLLECTOR_STRETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stretch {
	int64_t from_ms;
	int64_t to_ms; /* not part of it */
};

struct stretches {
	struct stretch *v;
	size_t n;
	size_t room;
};

void stretches_free(struct stretches *s); /* of an empty one, too; it is empty then */
/* Adds one, in any order; none or less than none of time is left out. */
void stretches_add(struct stretches *s, int64_t from_ms, int64_t to_ms);
void stretches_add_all(struct stretches *s, const struct stretches *more);
/* Puts them in order and joins what touches or overlaps, or is at most so far apart. */
void stretches_join(struct stretches *s, int64_t apart_ms);
/* Takes away what lies before or after. */
void stretches_clip(struct stretches *s, int64_t from_ms, int64_t to_ms);
/* a becomes what is in it but not in b; or only what is in both. Both are joined. */
void stretches_minus(struct stretches *a, const struct stretches *b);
void stretches_both(struct stretches *a, const struct stretches *b);
/* What lies within, in ms; and of all. */
int64_t stretches_within(const struct stretches *s, int64_t from_ms, int64_t to_ms);
int64_t stretches_ms(const struct stretches *s);

#endif

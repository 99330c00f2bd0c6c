/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names: the things of a source that come and go (disks, interfaces, mounts), and the instances
 * that they become. */
#ifndef AGENT_NAMES_H
#define AGENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/str.h"

#define NAMES_MAX 4096 /* things of one source; as many series as a stream may have */

struct conf_texts;

/* Whether a pattern of the list is the name; a last '*' stands for any ending. */
bool names_match(const struct conf_texts *patterns, const char *name);

/* A thing. Owned by its set; lives as long as each round sees it. */
struct name {
	char *raw;   /* what the kernel calls it */
	char *label; /* what to call it instead, or NULL; freed with the thing */
	bool hidden; /* not watched: gets no instance */
	char instance[NAME_MAX_NODE + 1]; /* valid from names_end() on */
	uint64_t seen;			  /* the round that saw it last */
	void *data;			  /* data_size bytes of the source's own, zero at first */
};

/* The set. Starts as { .data_size = ... }. */
struct names {
	size_t data_size;
	struct name **v; /* in the order in which they were first seen */
	size_t n;
	size_t cap;
	size_t next; /* where the one that is seen next most likely is */
	uint64_t round;
	bool changed;
};

/* Starts a round. */
void names_begin(struct names *s);
/* The thing of that raw name, which is there now; *fresh tells that the round before had none. The
 * caller may then set label and hidden. NULL when there are too many. */
struct name *names_see(struct names *s, const char *raw, bool *fresh);
/* Forgets what this round did not see and gives the rest their instances: by str_to_name(), and
 * where two become the same, all but the shortest (then the first in byte order) get a checksum
 * behind. So the outcome hangs on what there is, not on the order in which it came. */
void names_end(struct names *s);
void names_clear(struct names *s);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guess: what a column, or a scalar, may be, by the values that it has. What the values say
 * themselves (a unit behind a number, a word as "normal") is taken; the rest is a hint for people.
 * Pure. */
#ifndef AGENT_GATEWAY_TOOL_GUESS_H
#define AGENT_GATEWAY_TOOL_GUESS_H

#include "agent/gateway/walk.h"

#define GUESS_MAX_STATES 4
#define GUESS_MAX_WORD 23
#define GUESS_MAX_HINT 160

enum guess_kind {
	GUESS_NOTHING, /* texts, OIDs, addresses */
	GUESS_GAUGE,
	GUESS_COUNTER,
	GUESS_STATE
};

struct guess_state {
	int32_t code;
	const char *severity;
	char word[GUESS_MAX_WORD + 1];
};

struct guess {
	enum guess_kind kind;
	const char *unit;
	double scale;
	struct guess_state states[GUESS_MAX_STATES];
	unsigned nstates;
	char hint[GUESS_MAX_HINT]; /* "" for none */
};

/* Of the objects from the first up to and without the end-th of the walk. */
void guess_values(struct guess *out, const struct walk *w, size_t first, size_t end);
/* Whether they are texts by which rows can be told apart: all different, none empty. */
bool guess_is_name(const struct walk *w, size_t first, size_t end);
/* The unit that a text alone says ("degree C": Cel); NULL for another. */
const char *guess_unit(const struct varbind *v);

#endif

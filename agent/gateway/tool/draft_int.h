/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft_int: what the files draft*.c share: the draft under way. */
#ifndef AGENT_GATEWAY_TOOL_DRAFT_INT_H
#define AGENT_GATEWAY_TOOL_DRAFT_INT_H

#include "agent/gateway/tool/draft.h"
#include "agent/gateway/tool/guess.h"
#include "agent/gateway/tool/shape.h"
#include "zw/str.h"

#define DRAFT_MAX_FIELDS 48 /* of a series */
#define DRAFT_MAX_SERIES 60 /* of scalars; of tables the same */
#define DRAFT_MAX_PROFILES 32

/* What is drafted; the next is tried when there is nothing of the one before. */
enum draft_scope {
	DRAFT_NEW,     /* a maker's objects that no profile has */
	DRAFT_PRIVATE, /* all of a maker's */
	DRAFT_ANY      /* also those of the standards */
};

/* A map of states that a field has, to be written at the end. */
struct draft_map {
	char name[NAME_MAX_SOURCE + 1];
	struct guess guess;
};

struct draft {
	FILE *f; /* where its body goes */
	const struct walk *w;
	struct shape shape;
	enum draft_scope scope;
	const struct profile *matching[DRAFT_MAX_PROFILES];
	size_t nmatching;
	struct oid *covered; /* columns and scalars that they have */
	size_t ncovered;
	struct oid first; /* of what is drafted, without its index */
	struct draft_map *maps;
	size_t nmaps;
	/* The series that is being written. */
	char source[NAME_MAX_SOURCE + 1];
	unsigned fields;
	unsigned states;
	char *remark; /* of its last field; what comes behind decides on the comma before it */
	bool more;    /* a series is before it in this list */
	struct draft_result result;
};

/* Whether an object is drafted (draft.c). */
bool draft_wants(const struct draft *d, struct oid o);
/* Values in a comment: the first of those from the first up to and without the end-th. */
void draft_examples(FILE *f, const struct walk *w, size_t first, size_t end);
/* A series: its beginning up to its source; then its fields; then its end. */
void draft_begin(struct draft *d, const char *source, struct oid where, const char *remark);
/* One field; oid: the column, or the scalar. */
void draft_field(struct draft *d, const char *name, struct oid o, size_t first, size_t end,
    const struct guess *g);
void draft_end(struct draft *d);
/* The lists (draft_part.c). */
void draft_scalars(struct draft *d);
void draft_tables(struct draft *d);

#endif

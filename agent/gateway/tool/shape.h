/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shape: where the tables and the scalars of a walk are, without the MIB that says it. Pure. */
#ifndef AGENT_GATEWAY_TOOL_SHAPE_H
#define AGENT_GATEWAY_TOOL_SHAPE_H

#include "agent/gateway/walk.h"

/* A table, or a scalar: the objects from the first up to and without the end-th of the walk. */
struct shape_part {
	size_t first;
	size_t end;
	unsigned entry; /* sub-identifiers of the table's entry; 0: a scalar */
};

struct shape {
	struct shape_part *v; /* in the order of the walk */
	size_t n;
};

void shape_find(struct shape *out, const struct walk *w);
void shape_clear(struct shape *s);
/* The end of the objects from the i-th on that lie under the prefix. */
size_t shape_after(const struct walk *w, size_t i, struct oid prefix);
/* The first n sub-identifiers of the i-th object. */
struct oid shape_prefix(const struct walk *w, size_t i, unsigned n);
/* How many rows a table has: the most that one of its columns has. */
size_t shape_rows(const struct walk *w, const struct shape_part *p);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft: a first profile from a walk: what looks like a table, a name, a state or a value. */
#ifndef AGENT_GATEWAY_TOOL_DRAFT_H
#define AGENT_GATEWAY_TOOL_DRAFT_H

#include <stdio.h>

#include "agent/gateway/profile.h"
#include "agent/gateway/walk.h"

/* What was written. */
struct draft_result {
	size_t series; /* groups of scalars, and tables */
	size_t fields;
};

/* A profile that loads, with the values that were seen beside each field; what the profiles that
 * match the walk have already is left out, unless nothing else is there. name: the profile's. */
void draft_print(FILE *f, const struct walk *w, const struct profiles *all, const char *name,
    struct draft_result *out);

#endif

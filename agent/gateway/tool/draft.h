/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft: a first profile from a walk: what looks like a table, a name, a state or a value. */
#ifndef AGENT_GATEWAY_TOOL_DRAFT_H
#define AGENT_GATEWAY_TOOL_DRAFT_H

#include <stdio.h>

#include "agent/gateway/walk.h"

/* A profile that loads, with the values that were seen beside each field; path: where it goes, for
 * its name, or NULL. Standard objects are left out, for there are profiles of them. */
void draft_print(FILE *f, const struct walk *w, const char *path);

#endif

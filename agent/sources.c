/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sources: the table of all sources, made of the list in source.h. */
#include "agent/source.h"

#define ROW(name) &source_##name,
const struct source *const sources[] = { SOURCES(ROW) };
#undef ROW
const size_t nsources = sizeof sources / sizeof sources[0];

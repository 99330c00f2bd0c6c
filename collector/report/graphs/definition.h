/* SPDX-License-Identifier: GPL-3.0-or-later */
/* definition: named graphs as files define them, zonewatch-graphs(5). The name is the file's. */
#ifndef COLLECTOR_GRAPHS_DEFINITION_H
#define COLLECTOR_GRAPHS_DEFINITION_H

#include <stddef.h>

#include "zw/conf.h"
#include "zw/err.h"
#include "zw/lang.h"

#define CONF_KEYS "collector/report/graphs/graphs.def"
#include "zw/conf_struct.h"
#undef CONF_KEYS

#define DEFINITION_NAME 64
#define DEFINITION_MOST 256 /* files */

extern const struct conf_table definition_table;

/* The graph of this name, from the last of the directories that has it. -1: there is none, or its
 * file has errors, which are said. Freed by definition_free(). */
int definition_load(struct conf_graph **out, const struct conf_texts *dirs, const char *name,
    struct err *e) __attribute__((warn_unused_result));
void definition_free(struct conf_graph *g); /* NULL is fine */
/* Names of all in the directories, in order, owned by the caller; files with errors among them. */
size_t definition_names(
    char names[DEFINITION_MOST][DEFINITION_NAME], const struct conf_texts *dirs);
/* The text in a language: English where it is missing. NULL stays NULL. */
const char *definition_text(enum lang l, const char *en, const char *az, const char *ru);

#endif

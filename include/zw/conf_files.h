/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_files: the files that a configuration names by its keys with CONF_FILE (certificates, keys,
 * passwords, directories of files to read), each with a mark that another content changes: who
 * reloads learns by it whether anything but the configuration itself is new. */
#ifndef ZW_CONF_FILES_H
#define ZW_CONF_FILES_H

#include <stdint.h>

#include "zw/conf.h"
#include "zw/conf_diff.h"

struct conf_files;

/* Looks at all of them.
 * Freed by conf_files_free(). */
struct conf_files *conf_files_new(const struct conf_table *table, const void *conf);
void conf_files_free(struct conf_files *f);
/* Looks again at those whose key begins so: what changed of them is no news. */
void conf_files_look(struct conf_files *f, const char *prefix);
/* Tells of each key that names the same file in both, and it is another now: to `d`, as live if
 * is_live() says so of "tls.cert". */
void conf_files_diff(const struct conf_files *old, const struct conf_files *fresh,
    bool (*is_live)(const char *key), struct conf_diff *d);
/* A mark of one file, or of a directory with the files in it; 0: there is none. */
uint64_t conf_files_mark(const char *path);
/* A mark of all that a configuration is read from: the main file, what its key with CONF_INCLUDE
 * names, and the parts. */
uint64_t conf_files_mark_all(
    const struct conf_table *table, const void *conf, const char *conf_path);

#endif

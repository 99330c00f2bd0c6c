/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf: the collector's configuration, made of keys.def; shared by the collector, its children
 * and zonewatchctl. */
#ifndef COLLECTOR_CONF_H
#define COLLECTOR_CONF_H

#include "zw/conf.h"

#define CONF_KEYS "collector/keys.def"
#include "zw/conf_struct.h"
#undef CONF_KEYS

extern const struct conf_table collector_conf_table;
/* Checks across keys (unknown zones and nodes, limits in the wrong order, rules that can never
 * fire), and fills the default archives and paths; for conf_load(). */
void collector_conf_check(void *conf, struct conf_errors *ce);
/* The same checks, and warnings of what is allowed and odd; for -n and the daemon's start, not for
 * every program that reads the configuration. */
void collector_conf_review(void *conf, struct conf_errors *ce);
/* Only the filling, for those who have a configuration that was not loaded. */
void collector_conf_fill(struct conf_collector *c);

/* Paths below store.dir; the caller's buffer of PATH_MAX. */
void collector_conf_path(const struct conf_collector *c, const char *below, char *dst, size_t size);
/* Goes to where the RRDs are, whose names are then short and harmless in librrd's arguments, and
 * into the site's time zone: for programs that read them. */
int collector_conf_enter(const struct conf_collector *c, struct err *e)
    __attribute__((warn_unused_result));
/* Allows what programs need that read what the site has measured: the system's files, the texts,
 * the RRDs, the catalog; after lang_init(), before the working directory changes. */
struct sandbox;
void collector_conf_sandbox(const struct conf_collector *c, struct sandbox *s);
/* And what has been: the history, which a reader must write to as well (alert/history_db.c), and
 * the definitions of graphs. */
void collector_conf_sandbox_past(const struct conf_collector *c, struct sandbox *s);
/* The archives for a source: its own retention or the default. */
const struct conf_list *collector_conf_archives(const struct conf_collector *c, const char *source);

#endif

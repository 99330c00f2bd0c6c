/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reload: a new configuration for a collector that runs. It is read and judged beside the old, in a
 * thread; refused whole on any error; else what differs is told, to the log and to the audit, and
 * either taken by the parts that run, where keys.def says CONF_LIVE of all of it, or by beginning
 * anew in the same process, which loses nothing that was acknowledged.
 *
 * What is in force stands in running/running.conf in store.dir, for the child processes: the files
 * may have changed since. */
#ifndef COLLECTOR_RELOAD_H
#define COLLECTOR_RELOAD_H

#include "collector/conf_loaded.h"
#include "zw/err.h"

struct conf_collector;
struct conf_errors;
struct event_base;
struct reload;

struct reload_ops {
	/* In the thread: as for conf_load(). */
	void (*check)(void *conf, struct conf_errors *ce);
	/* The configuration has its new live values, and files that it names may be others: take
	 * them up. -1: impossible, and all is as it was; the old values come back. */
	int (*take)(void *arg, struct err *e);
	/* End the loop and begin anew. */
	void (*begin_anew)(void *arg);
	/* For the audit: "reload" and what differs, or "reload-refused" and why. */
	void (*note)(void *arg, const char *kind, const char *text);
};

/* conf is changed in place; it, loaded, and path are borrowed. */
int reload_new(struct reload **out, struct event_base *base, struct conf_collector *conf,
    struct conf_loaded *loaded, const struct reload_ops *ops, void *arg, struct err *e)
    __attribute__((warn_unused_result));
void reload_free(struct reload *r);
/* Asks for it (SIGHUP). While one is under way, for one more after it. */
void reload_ask(struct reload *r);

/* Writes the configuration for the children; returns where (freed by the caller). If it cannot be
 * written, or would be too long, that is conf_path, which is said. */
char *reload_write_running(const struct conf_collector *conf, const char *conf_path);

/* --- beginning anew -------------------------------------------------------------------------- */

/* Before execv(): what was in force is kept for the case that the next one cannot start. */
void reload_leave(const struct conf_collector *conf);
/* At the start: whether this is a beginning anew, with which configuration to go back to. */
const char *reload_last(void);
/* Whether it could not start with the new one, and why. */
const char *reload_why(void);
/* The configuration of a life that was begun anew: of the files at conf_path; or, if it could not
 * start with that or they are wrong by now, the last one, and loaded says that and why. */
void *reload_resume(const char *conf_path, struct conf_loaded *loaded);
/* It cannot start with the new one: the next life is to go back. */
void reload_go_back(const char *why);
/* It has started. */
void reload_arrived(void);

#endif

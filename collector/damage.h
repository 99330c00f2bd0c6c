/* SPDX-License-Identifier: GPL-3.0-or-later */
/* damage: files of the collector's own that were found damaged. Each is an event of the site and,
 * for a while, the state `damaged` of its series site/collector, whose label names the files: so
 * a rule raises an alert that says which. */
#ifndef COLLECTOR_DAMAGE_H
#define COLLECTOR_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "zw/metric.h"

struct damage;
struct events;
struct site;

/* Both are borrowed; NULL: no events. */
struct damage *damage_new(struct site *site, struct events *events);
void damage_free(struct damage *d);
/* A file (below store.dir) was found damaged; why: what is wrong and what became of it. Who found
 * it has told the log. d may be NULL. now_ms: monotonic. */
void damage_note(struct damage *d, const char *file, const char *why, int64_t now_ms);
/* Notes what was put aside in dir (store.dir) shortly before this start: the collector may have
 * ended before anybody was told. */
void damage_scan(struct damage *d, const char *dir, int64_t now_ms);
/* The program ends because of a file: damage_scan() of the next start tells of it, if the disk
 * takes that at all. */
void damage_leave(const char *dir, const char *why);
/* 1 while there is something new to tell of, else 0. */
double damage_value(const struct damage *d, int64_t now_ms);
/* Puts what there is to tell into a field of that state: its label, and what 1 means. False when
 * nothing has changed since it was asked last. */
bool damage_describe(struct damage *d, struct series_def *def, unsigned field, int64_t now_ms);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reports: makes reports, one at a time, by the program zonewatch-report: those that come by
 * themselves when their time has come, and those that somebody asks for; keeps the list of past
 * ones, and mails those that came by themselves. Nothing here waits for a disk: the program writes
 * and hashes, a thread moves its files to their place. */
#ifndef COLLECTOR_REPORTS_H
#define COLLECTOR_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/alert/history.h"
#include "collector/shelf.h"

struct conf_collector;
struct event_base;
struct reports;
struct site;

#define REPORTS_MAX_ASKED 16 /* that wait because somebody asked for them */

enum reports_state {
	REPORTS_WAITING,
	REPORTS_MAKING,
	REPORTS_FAILED /* tried again at next_ms, unless that is 0 */
};

/* A report on its way. */
struct reports_job {
	uint64_t number;
	char name[SHELF_MAX_NAME];
	struct period period;
	char zone[NAME_MAX_NODE + 1]; /* "": the whole site */
	unsigned langs;		      /* bits 1 << enum lang */
	bool scheduled; /* it comes by itself, is mailed, and tried until it is there */
	char author[ALERT_MAX_AUTHOR];
	enum reports_state state;
	int percent;
	char doing[32]; /* the program's word for it */
	unsigned tries;
	int64_t asked_ms; /* wall */
	int64_t next_ms;  /* wall; 0: not tried again */
	char why[256];	  /* it failed last; "": it did not */
};

/* What somebody wants. */
struct reports_wish {
	struct period period;
	const char *zone; /* "": the whole site */
	unsigned langs;
	const char *author;
};

/* conf, site and history are borrowed. The list is empty until the disk was read. */
/* The configuration has other times or recipients: takes them up. */
void reports_retake(struct reports *r);
int reports_new(struct reports **out, struct event_base *base, const struct conf_collector *conf,
    const char *conf_path, const struct site *site, struct history *history, struct err *e)
    __attribute__((warn_unused_result));
/* What is under way is ended, and made again after the next start. NULL is fine. */
void reports_free(struct reports *r);
/* Which periods were made by themselves before; before the first turn of the loop. */
void reports_restore(struct reports *r, const struct history_restored *h);
/* Has gathered samples written before a report of the last hour is made; done(arg, ok) later. */
void reports_use_flush(struct reports *r,
    void (*flush)(void *arg, void (*done)(void *done_arg, int ok), void *done_arg), void *arg);

/* Makes a report; its number, of one that is on its way already that one's. -1 and the reason: too
 * many wait, or its period has not begun. What it was made in before it is made in again. */
int reports_make(struct reports *r, const struct reports_wish *w, uint64_t *number, struct err *e)
    __attribute__((warn_unused_result));

/* Past ones, the newest first; on their way, in their order. Valid in this turn of the loop. */
size_t reports_count(const struct reports *r);
const struct shelf_report *reports_at(const struct reports *r, size_t i);
const struct shelf_report *reports_find(const struct reports *r, const char *name); /* or NULL */
size_t reports_njobs(const struct reports *r);
const struct reports_job *reports_job_at(const struct reports *r, size_t i);
const struct reports_job *reports_job_of(const struct reports *r, const char *name); /* or NULL */
/* Where the files are. */
const char *reports_dir(const struct reports *r);
/* The next that comes by itself of this kind, and when (s); false: none does. */
bool reports_next(const struct reports *r, enum period_kind kind, struct period *p, int64_t *at_s);
/* Those that came by themselves, failed, and have not succeeded since. */
unsigned reports_failing(const struct reports *r);
/* Another number whenever anything of the above has changed. */
uint64_t reports_version(const struct reports *r);
const char *reports_state_word(enum reports_state s);

#endif

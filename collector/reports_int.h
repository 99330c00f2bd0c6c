/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reports_int: what the files of reports.h share. */
#ifndef COLLECTOR_REPORTS_INT_H
#define COLLECTOR_REPORTS_INT_H

#include <limits.h>

#include "collector/reports.h"

struct flushing;
struct spawn;
struct worker;

/* One kind of reports that come by themselves. */
struct routine {
	enum period_kind kind;
	const char *note; /* its key in the history */
	bool on;
	bool known;	    /* made is set */
	struct period made; /* last */
	struct period due;  /* that is being made, while `under_way` */
	bool under_way;
};
#define REPORTS_ROUTINES 2

struct reports {
	struct event_base *base;
	const struct conf_collector *conf;
	const char *conf_path;
	const struct site *site;
	struct history *history;
	struct worker *worker;
	struct event *tick;
	void (*flush)(void *arg, void (*done)(void *done_arg, int ok), void *done_arg);
	void *flush_arg;
	struct flushing *flushing; /* reports_job.c: a flush that was asked for; or NULL */
	char dir[PATH_MAX];
	unsigned at_min; /* when they come, minutes since midnight */
	struct routine routines[REPORTS_ROUTINES];
	struct shelf_report *list;
	size_t n;
	bool loaded; /* the list was read, and is not being read again */
	struct reports_job **jobs;
	size_t njobs;
	struct reports_job *now; /* that is being made; one of the jobs */
	struct spawn *spawn;	 /* its program, while that runs */
	char from[PATH_MAX];	 /* where it writes */
	uint64_t numbers;
	uint64_t version;
	int64_t prune_mono_ms;
	bool closing;
};

/* reports_list.c: has it read by the thread, and what is too old removed. Not while a report is
 * made: what it has written so far would go too. */
void reports_list_read(struct reports *r);
/* Takes one into the list, instead of the one of its name. */
void reports_list_put(struct reports *r, const struct shelf_report *one);
void reports_list_free(struct shelf_report *list, size_t n);

/* reports_job.c: the job of this name that has not begun, or NULL. */
struct reports_job *reports_job_waiting(const struct reports *r, const char *name);
/* A new one, behind the others. */
struct reports_job *reports_job_add(
    struct reports *r, const struct period *p, const char *zone, unsigned langs);
/* The next that may begin, or NULL. */
struct reports_job *reports_job_next(const struct reports *r, int64_t now_ms);
void reports_job_start(struct reports *r, struct reports_job *j);
/* Ends what is under way, for good. */
void reports_job_break(struct reports *r);

/* reports_routine.c: looks whether reports' time has come. */
void reports_routine_look(struct reports *r, int64_t now_s);
/* One of its jobs is made: the mails, and the note if it was the last. */
void reports_routine_made(struct reports *r, const struct reports_job *j);

#endif

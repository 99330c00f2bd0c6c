/* SPDX-License-Identifier: GPL-3.0-or-later */
/* actions: what was decided to be done: a number, what, of which zone, by whom, until when, open or
 * closed. Monthly reports list the open ones. Pure. */
#ifndef COLLECTOR_ACTIONS_H
#define COLLECTOR_ACTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "zw/err.h"

#define ACTIONS_MAX 1000 /* that are open */
#define ACTION_MAX_TEXT 400
#define ACTION_MAX_ADVICE 160

struct action {
	uint64_t id;
	char text[ACTION_MAX_TEXT];
	char zone[NAME_MAX_NODE + 1]; /* "": of the site */
	char owner[ALERT_MAX_AUTHOR]; /* who sees to it; "": nobody yet */
	/* The key of the report's recommendation that it follows; "": of none. */
	char advice[ACTION_MAX_ADVICE];
	int64_t due_ms; /* local midnight at the beginning of the day; 0: no date */
	int64_t made_ms;
	char made_by[ALERT_MAX_AUTHOR];
	int64_t closed_ms; /* 0: it is open */
	char closed_by[ALERT_MAX_AUTHOR];
	char note[ACTION_MAX_TEXT]; /* what came of it */
};

struct actions;

struct actions *actions_new(void);
void actions_free(struct actions *a); /* NULL is fine */
/* Takes one back that was stored; numbers go on from the highest. */
void actions_restore(struct actions *a, const struct action *one);
/* Judges one that is asked for (a text; texts of one line) and gives it number and time. */
int actions_add(struct actions *a, const struct action *want, int64_t now_ms,
    const struct action **added, struct err *e) __attribute__((warn_unused_result));
/* Closes one that is open; *closed lasts until the next call. -1: there is none such. */
int actions_close(struct actions *a, uint64_t id, const char *author, const char *note,
    int64_t now_ms, const struct action **closed, struct err *e)
    __attribute__((warn_unused_result));
/* Those that are open, by number. */
size_t actions_count(const struct actions *a);
const struct action *actions_at(const struct actions *a, size_t i);

#endif

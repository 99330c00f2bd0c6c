/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history: alerts, incidents and the outbox in SQLite, written by a thread, one transaction for
 * all that one journal position led to; the only door to SQLite. */
#ifndef COLLECTOR_HISTORY_H
#define COLLECTOR_HISTORY_H

#include <stdint.h>

#include "collector/alert/alert.h"
#include "zw/err.h"

struct event_base;
struct history;

/* A mail that waits for delivery. Strings are owned by the struct. */
struct mail {
	int64_t id; /* row; 0 before it is stored */
	uint64_t incident;
	char *kind; /* "open", "close" */
	char *zone; /* its name */
	enum wire_severity severity;
	char *to;	      /* addresses, separated by ", " */
	char *rest;	      /* those of them that still wait; NULL: all */
	char *subject;	      /* UTF-8 */
	char *text;	      /* UTF-8, lines end in \n */
	char *html;	      /* refers to the graph as cid:graph */
	char *message_id;     /* "<...@...>" */
	char *references;     /* "<...>" or NULL */
	uint32_t graph_sid;   /* series of the inline graph; 0: none */
	char *graph_field;    /* or NULL */
	double graph_limit;   /* NAN: none */
	int64_t graph_mark_s; /* when it began, for a line in the graph; 0: none */
	int64_t created_ms;   /* wall */
	int64_t next_ms;      /* wall; not tried before */
	unsigned tries;
};
void mail_free(struct mail *m); /* and all it owns; NULL is fine */
struct mail *mail_copy(const struct mail *m);

struct history_restored {
	uint64_t cursor; /* journal LSN whose effects are stored; 0: none */
	uint64_t last_alert;
	uint64_t last_incident;
	struct alert *alerts; /* open ones, and the latest 256 resolved; texts interned till free */
	size_t nalerts;
	struct incident *incidents; /* open ones, and the latest 256 closed */
	size_t nincidents;
	struct mail *
	    *mails; /* undelivered, oldest first; a taken one is set to NULL by its taker */
	size_t nmails;
	char **texts; /* what the alerts' texts point to */
	size_t ntexts;
};

/* Opens DIR/history.db (made if absent; WAL, synchronous FULL) and reads what was open. A file
 * that SQLite finds damaged is moved to history.db.damaged-TIME, said, and begun anew. */
int history_open(struct history **out, struct event_base *base, const char *dir,
    struct history_restored *restored, struct err *e) __attribute__((warn_unused_result));
void history_restored_clear(struct history_restored *r);
/* Stores what was committed; calls back no more. NULL is fine. */
void history_close(struct history *h);

/* Eight hex digits, made with the file: tells this installation's numbers from those of another
 * that had the same names (a file begun anew counts from 1 again). */
const char *history_install(const struct history *h);

/* Collects what belongs in one transaction. Copies alert and incident; takes the mail. */
void history_change(struct history *h, const struct alert_change *ch);
void history_mail(struct history *h, struct mail *m);
/* Stores what was collected with the journal position it came of; then stored() is called in the
 * loop with each of its mails, which the callee takes (id is set). A mail whose Message-ID is
 * stored already is dropped: it was made before. Nothing collected and the cursor little ahead (by
 * less than 10 s and 10000 records): nothing is done. `force` stores the cursor all the same.
 *
 * While the file cannot be written, all is kept and tried again (1 s to 60 s apart), at most 10000
 * entries; its mails are handed to stored() all the same, for a full disk must not silence the
 * alarm it deserves. */
void history_commit(struct history *h, uint64_t cursor, bool force);
void history_on_mail(struct history *h, void (*stored)(void *arg, struct mail *m), void *arg);
/* Called in the loop when a cursor is durable. */
void history_on_cursor(struct history *h, void (*durable)(void *arg, uint64_t cursor), void *arg);
/* A delivery's outcome. state: "sent", "failed" (for good) or "waiting". reply may be NULL. */
void history_mail_outcome(struct history *h, int64_t id, const char *state, unsigned tries,
    int64_t next_ms, const char *reply);
/* Some recipients have it, or never will: only these still wait. */
void history_mail_rest(struct history *h, int64_t id, const char *rest);
/* Entries that wait to be written, and why the last try failed ("" if it did not). */
size_t history_waiting(const struct history *h);
const char *history_trouble(const struct history *h);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history: alerts, incidents, acts of people, silences, what each recipient was told, and the
 * outbox with its ledger, in SQLite; written by a thread, one transaction for all that one journal
 * position led to; the only door to SQLite. */
#ifndef COLLECTOR_HISTORY_H
#define COLLECTOR_HISTORY_H

#include <stdint.h>

#include "collector/alert/actions.h"
#include "collector/alert/alert.h"
#include "collector/alert/silence.h"
#include "collector/alert/thermal.h"
#include "collector/site/tally.h"
#include "zw/err.h"
#include "zw/lang.h"

struct event_base;
struct history;

/* A message that waits for delivery, by whatever channel. Strings are owned by the struct. */
struct mail {
	int64_t id;	   /* row; 0 before it is stored */
	uint64_t incident; /* 0: about none (a digest, the sign of life) */
	char
	    *kind; /* "open", "update", "remind", "escalate", "close", "digest", "life", "report" */
	char *via; /* the channel: "mail", "webhook", "alertmanager", "trap", "syslog" */
	uint32_t recipient; /* plan.h: the number of the group it goes to */
	char *zone;	    /* its name */
	enum wire_severity severity;
	char *to;	      /* addresses, separated by ", " */
	char *rest;	      /* those of them that still wait; NULL: all */
	char *subject;	      /* UTF-8 */
	char *text;	      /* UTF-8, lines end in \n; of other channels than mail what is sent */
	char *html;	      /* refers to the graph as cid:graph, to the floor map as cid:map */
	char *map;	      /* what the floor map shows (report/map.h); NULL: none */
	char *attach;	      /* of mail: a file that goes with it, below store.dir; NULL: none */
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

/* What a group of recipients was told of an incident; a row lives as long as its incident. */
struct told {
	uint64_t incident;
	uint32_t recipient;	     /* the group's number */
	int64_t opened_ms;	     /* when the opening was made for it; 0: not yet */
	int64_t last_ms;	     /* when anything was */
	int64_t changed_ms;	     /* incident.changed_ms that was told last */
	enum wire_severity severity; /* that was told last */
	unsigned updates;	     /* made so far; part of the Message-ID */
	unsigned reminders;
	int64_t reminded_ms; /* when the last of them was made; 0: none */
	unsigned near;	     /* how near the end of the thermal countdown was; plan.h */
	unsigned
	    topics; /* of which it was told that something is critical; bits of enum alert_topic */
	bool digested; /* it is told in the next digest instead */
	bool closed;
};

/* A number that must outlive the program: the hour's spent budget of a group, when the sign of life
 * went last, and the like. */
struct history_note {
	char key[64];
	char value[256];
};

/* What a rule remembers of a subject; engine_save(). */
struct history_state {
	char *key;
	void *bytes;
	size_t n;
};

struct history_restored {
	char damaged[256]; /* why the file was put aside and begun anew; "": it was not */
	uint64_t cursor;   /* journal LSN whose effects are stored; 0: none */
	uint64_t saved;	   /* journal LSN at which the states were taken; 0: none */
	uint64_t last_alert;
	uint64_t last_incident;
	struct alert *alerts; /* open ones, and the latest 256 resolved; texts interned till free */
	size_t nalerts;
	struct incident *incidents; /* open ones, and the latest 256 closed */
	size_t nincidents;
	struct mail *
	    *mails; /* undelivered, oldest first; a taken one is set to NULL by its taker */
	size_t nmails;
	struct silence *silences; /* that are in force, to come, or ended within a day */
	size_t nsilences;
	struct action *actions; /* that are open, and the last there was */
	size_t nactions;
	struct told *told; /* of open incidents, and of those kept */
	size_t ntold;
	struct history_note *notes;
	size_t nnotes;
	struct history_state *states; /* freed by history_restored_clear() */
	size_t nstates;
	struct thermal_event *heatings; /* newest first, at most 50 a zone */
	size_t nheatings;
	char **texts; /* what the alerts' texts point to */
	size_t ntexts;
};

/* Opens DIR/history.db (made if absent; WAL, synchronous FULL) and reads what was open. A file
 * that SQLite finds damaged is moved to history.db.damaged-TIME, said, and begun anew. */
int history_open(struct history **out, struct event_base *base, const char *dir,
    struct history_restored *restored, struct err *e) __attribute__((warn_unused_result));
void history_restored_clear(struct history_restored *r);
/* Stores what was committed, answers those who wait for that or for an answer, and calls back no
 * more. NULL is fine. */
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
/* Further entries of the collection under way. */
void history_silence(struct history *h, const struct silence *s); /* made or changed */
void history_action(struct history *h, const struct action *a);	  /* made or closed */
void history_told(struct history *h, const struct told *t);
void history_note(struct history *h, const char *key, const char *value);
void history_heating(struct history *h, const struct thermal_event *ev);
/* The audit trail of people's acts that are no change of an alert: "comment", "silence",
 * "silence-end", "login", ...; what: what it is about. */
/* kind "collector-start": the collector began, and was away since `what`, ms since 1970, or "" if
 * that is not known or too short to matter. */
void history_act(struct history *h, int64_t now_ms, const char *author, const char *kind,
    uint64_t incident, const char *what, const char *text);
/* The ledger of samples: a node's hour (UTC) changes by so much, by records up to that cursor. It
 * is stored with the cursor, or with the states that are collected after it. */
void history_count(
    struct history *h, uint64_t cursor, const char *node, int64_t hour_s, const struct tally *t);
/* All states at once, replacing those stored, with the LSN at which they were taken; saved() is
 * told the LSN in the loop when they are durable. Takes the array and all in it. */
void history_states(struct history *h, uint64_t lsn, struct history_state *states, size_t n);
void history_on_saved(struct history *h, void (*saved)(void *arg, uint64_t lsn), void *arg);
/* Calls done() in the loop when all that was collected until now is durable (ok), or cannot be
 * stored now (then it is kept and tried again, but nobody may be told that it is safe). Commits. */
void history_sync(struct history *h, uint64_t cursor, void (*done)(void *arg, bool ok), void *arg);
/* Withdraws messages that wait: they are stored as "superseded" and not sent. */
void history_mail_supersede(struct history *h, int64_t id, const char *why);
/* The ledger: one recipient of a message, at a moment: "accepted", "refused", "failed", with the
 * other side's answer. */
void history_delivery(struct history *h, int64_t mail, const char *to, int64_t at_ms,
    const char *state, const char *reply);

/* Reading for people, in a thread of its own: done() in the loop, never within the call, with a
 * JSON text (freed after the call), or NULL and why ("there is no such incident"). What: "incident"
 * (id), "incidents", "alerts", "outages", "ledger", "acts", "actions", "stats"; all but the first
 * of [from_ms, to_ms), to_ms 0: no end; limit 0: 10000 rows of each list. For pages, with what it
 * takes to say an alert in any language: "story" (id), "stories". At most 64 wait, for at most 20 s
 * each. */
struct history_ask {
	const char *what;
	uint64_t id;
	int64_t from_ms;
	int64_t to_ms;
	const char *zone; /* NULL: all */
	unsigned limit;
	/* "marks": see history_marks.c, "completeness": history_ledger.c. Of the lists "stories",
	 * "acts", "ledger": */
	const char *text; /* what a row has somewhere, whatever the case (zw/fold.h); NULL: all */
	const char *word; /* the severity, the kind of act, the state of a message; NULL: all */
	unsigned skip;	  /* so many rows first */
	enum lang lang;	  /* in which titles are looked through, too */
	/* Called with the answer in the history's thread, before done(): what is long to do there
	 * holds nobody up. It may touch nothing but what arg points to. Or NULL. */
	void (*digest)(void *arg, const char *json, size_t n);
};
void history_ask(struct history *h, const struct history_ask *ask,
    void (*done)(void *arg, const char *json, size_t n, const char *why), void *arg);

/* A delivery's outcome. state: "sent", "failed" (for good), "superseded" or "waiting". reply may be
 * NULL. */
void history_mail_outcome(struct history *h, int64_t id, const char *state, unsigned tries,
    int64_t next_ms, const char *reply);
/* Some recipients have it, or never will: only these still wait. */
void history_mail_rest(struct history *h, int64_t id, const char *rest);
/* Entries that wait to be written, and why the last try failed ("" if it did not). */
size_t history_waiting(const struct history *h);
const char *history_trouble(const struct history *h);

#endif

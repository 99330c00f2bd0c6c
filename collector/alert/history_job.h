/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history_job: what belongs in one transaction of the history, copied so that a thread may store
 * it while the loop goes on. Knows no database. */
#ifndef COLLECTOR_HISTORY_JOB_H
#define COLLECTOR_HISTORY_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "collector/alert/history.h"
#include "collector/alert/history_counts.h"

enum history_op_kind {
	HISTORY_CHANGE,
	HISTORY_MAIL,
	HISTORY_OUTCOME,
	HISTORY_REST,
	HISTORY_SUPERSEDE,
	HISTORY_DELIVERY,
	HISTORY_SILENCE,
	HISTORY_TOLD,
	HISTORY_NOTE,
	HISTORY_HEATING,
	HISTORY_ACT,
	HISTORY_ACTION
};

/* One entry. Which members count is its kind's. */
struct history_op {
	TAILQ_ENTRY(history_op) link;
	enum history_op_kind kind;
	enum alert_change_kind change;
	int64_t now_ms;
	struct alert *alert; /* NULL: none; its texts are texts[] */
	char *texts[4];
	struct incident *incident; /* NULL: none */
	struct mail *mail;
	bool told;	/* the mail went to its taker already; it is a copy */
	bool duplicate; /* its Message-ID was stored before */
	bool withdrawn; /* superseded before it was told; the loop's alone */
	int64_t id;	/* of the mail or the incident concerned */
	unsigned tries;
	int64_t next_ms;
	char *state; /* of a mail or delivery; the kind of an act */
	char *author;
	char *what; /* the key of a note, the recipient of a delivery, what an act is about */
	char *text; /* a reply, who still waits, a value, a comment */
	struct silence *silence;
	struct action *action;
	union {
		struct told told;
		struct thermal_event heating;
	} row;
};
TAILQ_HEAD(history_ops, history_op);

/* Who waits until a job is durable. */
struct history_waiter {
	void (*done)(void *arg, bool ok);
	void *arg;
};

/* What rules remember, as a whole. */
struct history_states {
	bool set;
	uint64_t lsn;
	struct history_state *v;
	size_t n;
};

struct history_job {
	struct history_ops ops;
	size_t nops;
	size_t nmails;	  /* of them */
	uint64_t cursor;  /* 0: none to store */
	uint64_t counted; /* the cursor that the counts go with */
	struct history_states states;
	struct history_counts counts; /* never alone: they go with a cursor or states */
	struct history_waiter *waiters;
	size_t nwaiters;
};

void history_job_init(struct history_job *j);
void history_job_clear(struct history_job *j);
/* An entry of copies, appended. */
void history_job_change(struct history_job *j, const struct alert_change *ch);
void history_job_mail(struct history_job *j, struct mail *m); /* takes m */
void history_job_outcome(struct history_job *j, int64_t id, const char *state, unsigned tries,
    int64_t next_ms, const char *reply, int64_t now_ms);
void history_job_rest(struct history_job *j, int64_t id, const char *rest);
void history_job_supersede(struct history_job *j, int64_t id, const char *why, int64_t now_ms);
void history_job_delivery(struct history_job *j, int64_t mail, const char *to, int64_t at_ms,
    const char *state, const char *reply);
void history_job_silence(struct history_job *j, const struct silence *s);
void history_job_action(struct history_job *j, const struct action *a);
void history_job_told(struct history_job *j, const struct told *t);
void history_job_note(struct history_job *j, const char *key, const char *value);
void history_job_heating(struct history_job *j, const struct thermal_event *ev);
void history_job_act(struct history_job *j, int64_t now_ms, const char *author, const char *kind,
    uint64_t incident, const char *what, const char *text);
/* All states, in place of those that the job has; takes the array and all in it. */
void history_job_states(
    struct history_job *j, uint64_t lsn, struct history_state *states, size_t n);
void history_job_wait(struct history_job *j, void (*done)(void *arg, bool ok), void *arg);
/* Changes of the ledger of samples; of records up to that cursor. */
void history_job_count(struct history_job *j, uint64_t cursor, const char *node, int64_t hour_s,
    const struct tally *t);
/* Whether there is nothing to do for it, but for counts, which wait for what comes along. */
bool history_job_is_empty(const struct history_job *j);
/* Moves all of `from` behind what is in `to`; the later cursor counts, the later states. */
void history_job_append(struct history_job *to, struct history_job *from);

/* The word that stands for a change in the transitions. */
const char *history_job_word(enum alert_change_kind kind);

#endif

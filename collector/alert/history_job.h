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

enum history_op_kind {
	HISTORY_CHANGE,
	HISTORY_MAIL,
	HISTORY_OUTCOME,
	HISTORY_REST
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
	int64_t id;	/* of the mail concerned */
	char *state;
	unsigned tries;
	int64_t next_ms;
	char *reply; /* or the recipients that still wait */
};
TAILQ_HEAD(history_ops, history_op);

struct history_job {
	struct history_ops ops;
	size_t nops;
	size_t nmails;	 /* of them */
	uint64_t cursor; /* 0: none to store */
};

void history_job_init(struct history_job *j);
void history_job_clear(struct history_job *j);
/* An entry of copies, appended. */
void history_job_change(struct history_job *j, const struct alert_change *ch);
void history_job_mail(struct history_job *j, struct mail *m); /* takes m */
void history_job_outcome(struct history_job *j, int64_t id, const char *state, unsigned tries,
    int64_t next_ms, const char *reply);
void history_job_rest(struct history_job *j, int64_t id, const char *rest);
/* Moves all of `from` behind what is in `to`; the later cursor counts. */
void history_job_append(struct history_job *to, struct history_job *from);

/* The word that stands for a change in the transitions. */
const char *history_job_word(enum alert_change_kind kind);

#endif

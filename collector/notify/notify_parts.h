/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify_parts: what the files of notify share; nobody else includes it.
 *
 * A talk is an incident with what each group was told of it. A letter that is made but not through
 * is a pending one: as long as nobody has it, it can be made anew or withdrawn, so that nobody gets
 * what is no longer so. */
#ifndef COLLECTOR_NOTIFY_PARTS_H
#define COLLECTOR_NOTIFY_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/notify/letter.h"
#include "collector/notify/notify.h"
#include "collector/notify/plan.h"

/* One that is younger than this and was not tried in vain may be with the other side already: it is
 * let go. */
#define NOTIFY_FRESH_MS INT64_C(60000)
/* What waits of an incident that is still open is made anew this often. */
#define NOTIFY_RENEW_MS INT64_C(600000)

struct ping;

struct talk {
	uint64_t incident;
	struct incident in; /* as it was looked at last */
	struct plan_case c; /* c.in is set for the call only */
	struct told *told;  /* of each group of the plan */
	unsigned *roots;    /* how often each group's opening was made anew */
	int64_t next_ms;    /* nothing is due before */
	int64_t loud_ms;    /* when it was unmuted last; 0: it never was muted */
	bool old;	    /* it was over or critical when the program began */
	bool looked;
	unsigned mark; /* of the last tick that saw it in the engine */
};

struct pending {
	int64_t id; /* 0: not stored yet */
	char *message_id;
	char kind[16];
	uint64_t incident;
	uint32_t group;
	int64_t created_ms;
	unsigned tries;
	bool withdrawn;
};

struct notify {
	struct event_base *base;
	const struct conf_collector *conf;
	const struct site *site;
	const struct silences *silences;
	struct history *history;
	struct outbox *outbox; /* NULL: nothing is sent */
	struct plan plan;
	bool *deaf; /* by group: its channel is not configured */
	struct letters letters;
	struct talk **talks; /* in the order of their incidents */
	size_t ntalks;
	struct pending **pending; /* in the order of their making */
	size_t npending;
	int64_t swept_ms; /* when what is pending was looked through last */
	int64_t life_ms;  /* when the sign of life was made last */
	unsigned mark;
	bool dropped;	   /* something was withdrawn: the outbox is to ask */
	struct ping *ping; /* NULL: none is asked for */
	bool (*is_well)(void *arg);
	void *well_arg;
	struct notify_stats stats;
};

/* notify_talk.c */
struct talk *talk_find(const struct notify *n, uint64_t incident); /* or NULL */
struct talk *talk_get(struct notify *n, uint64_t incident);	   /* made if it is new */
void talk_free(struct talk *t);
/* Takes a look at the incident; whether it is another than at the last one. */
bool talk_look(struct talk *t, const struct facts *from, const struct incident *in, int64_t now_ms);
/* Forgets talks of incidents that the engine no longer has and nobody is to be told of. */
void talk_sweep(struct notify *n);
/* Puts what was told into the history. */
void talk_store(struct notify *n, const struct talk *t, size_t group);

/* notify_pending.c */
/* A message was made: it goes to the history, and is pending. */
void pending_make(struct notify *n, struct mail *m);
/* A stored one came back from it, to go to the outbox; false: it was withdrawn meanwhile. */
bool pending_take(struct notify *n, const struct mail *m);
struct pending *pending_find(const struct notify *n, const char *message_id); /* or NULL */
/* Whether the group's opening of that incident is with nobody, and likely will not be soon. */
bool pending_is_opening_stuck(
    const struct notify *n, uint64_t incident, uint32_t group, int64_t now_ms);
/* Withdraws what waits of an incident for a group; all or only updates and reminders. */
void pending_withdraw(struct notify *n, uint64_t incident, uint32_t group, bool all);
void pending_withdraw_one(struct notify *n, struct pending *p);
void pending_forget(struct notify *n, size_t i);
/* For outbox_ask() and outbox_on_end(); arg: the notify. */
bool pending_is_wanted(void *arg, const struct mail *m, struct err *why);
void pending_ended(void *arg, const struct mail *m, bool sent);
/* Makes anew or withdraws what waited too long. */
void pending_sweep(struct notify *n, const struct engine *e, int64_t now_ms);

/* notify_digest.c */
/* The incident is over and the group could not be told: what waits is withdrawn, and one message
 * tells all. */
void digest_add_late(struct notify *n, struct talk *t, size_t group, int64_t now_ms);
/* Makes the digests that are due. */
void digest_tick(struct notify *n, const struct engine *e, int64_t now_ms);
/* A digest, or the message on a single late incident, is through or given up. */
void digest_ended(struct notify *n, uint32_t group, int64_t created_ms);
/* Whether the pending message is such a one. */
bool digest_is(const struct notify *n, const struct pending *p);
/* What each group holds, of the rows. */
void digest_count(struct notify *n, size_t group);

/* notify_life.c: the sign of life. */
void notify_life_tick(struct notify *n, const struct engine *e, int64_t now_ms);

/* notify.c */
/* Makes a message and notes that it was made. */
void notify_perform(struct notify *n, const struct engine *e, struct talk *t, size_t group,
    enum plan_act act, int64_t now_ms);
void notify_store_budget(struct notify *n, size_t group);
struct facts notify_facts(const struct notify *n, const struct engine *e);

#endif

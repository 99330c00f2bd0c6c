/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman: who says that the collector is silent. Pure: time and what was heard in, what to do out.
 *
 * Agents tell each other how long ago they delivered, and how long ago the last of those did whom
 * they hear themselves. So each knows when the collector was last known to live. All times here are
 * of the own steady clock in ms; ages travel, never times, so clocks need not agree.
 *
 * In the order of the questions:
 *
 *   I deliver:                 nothing to do; if I had mailed: mail that it is over
 *   else somebody does:        only said here, for the collector lives and alarms me itself; if I
 *                              had mailed: mail that it is over
 *   else I hear nobody:        only said here, for I am cut off and know nothing of the collector
 *                              (the only one that takes part goes on to the last row)
 *   else another holds:        I keep still
 *   else it is not my turn:    wait, rank * stagger
 *   else the last one who held had mailed and then fell silent:
 *                              I hold in its place, without a mail, and mail when it is over
 *   else:                      claim it, tell the others, wait for objections, mail
 *
 * "No" is so after `after`. One that falls silent is no holder any more after 3.5 repeats. */
#ifndef AGENT_DEADMAN_H
#define AGENT_DEADMAN_H

#include <stdbool.h>
#include <stdint.h>

#define DEADMAN_MAX_PEERS 128
#define DEADMAN_REPEAT_MS 30000

struct deadman_opts {
	int64_t after_ms;
	int64_t stagger_ms;
	unsigned n;    /* agents that take part, this one among them; 0: none, and nobody mails */
	unsigned self; /* rank of this one: its place among the sorted names */
	bool mails;    /* this one can mail */
};

/* What one agent tells the others. */
struct deadman_said {
	int64_t own_age_ms;  /* since it delivered itself; -1: not since its start */
	int64_t live_age_ms; /* since it or one that it hears itself did; -1: nobody */
	bool held;	     /* somebody mails, or did: */
	unsigned holder;     /* by rank */
	uint64_t id;	     /* of what is mailed about */
	bool mailed;	     /* the mail has left */
	int64_t hold_age_ms; /* since the holder said so itself */
};

enum deadman_part {
	DEADMAN_STILL,
	DEADMAN_CLAIMED, /* told the others, waits a moment for objections */
	DEADMAN_SENDING, /* the mail is under way */
	DEADMAN_MAILED,
	DEADMAN_OWES, /* it is over, which must be mailed when retry_ms is past */
	DEADMAN_CLOSING
};

/* What survives a restart. */
struct deadman_memo {
	int64_t since_ms; /* of what was told here; 0: nothing */
	bool mailed;	  /* and that it is over is not mailed yet */
	uint64_t id;
	int64_t quiet_ms;   /* when the collector was last known to live before that mail */
	int64_t claimed_ms; /* when this one took it on */
};

struct deadman_peer {
	int64_t heard_ms; /* 0: never */
	int64_t ok_ms;	  /* when it last delivered; 0: unknown */
	int64_t live_ms;  /* when one that it hears did */
};

struct deadman {
	struct deadman_opts o;
	int64_t start_ms;
	int64_t ok_ms;	  /* when this one last delivered; 0: not since the start */
	int64_t since_ms; /* told here that nothing can be delivered since; 0: not told */
	struct deadman_peer peers[DEADMAN_MAX_PEERS];

	bool held; /* by another: */
	unsigned holder;
	uint64_t hold_id;
	bool hold_mailed;
	int64_t hold_ms;  /* when it last said so */
	uint64_t lost_id; /* of one who had mailed and fell silent; 0: none */
	int64_t base_ms;  /* from when on ranks count; 0: not yet */

	enum deadman_part part;
	uint64_t id;
	int64_t quiet_ms;
	int64_t claimed_ms;
	int64_t retry_ms;
	unsigned tries;
	int64_t said_ms;
	bool news; /* to be said at once */
};

/* What to do now. */
struct deadman_turn {
	bool tell_lost; /* here: nothing can be delivered since d->since_ms */
	bool tell_back; /* here: it can again; since_ms says since when it could not */
	int64_t since_ms;
	bool mail_silent; /* then deadman_mailed() */
	bool mail_over;	  /* likewise */
	bool say;	  /* tell all others deadman_say() */
};

/* random: 64 bits, for the id of what may be mailed about. */
void deadman_init(
    struct deadman *d, const struct deadman_opts *o, const struct deadman_memo *m, int64_t now_ms);
/* delivered_ms: when this agent last delivered, 0 if never. */
struct deadman_turn deadman_turn(
    struct deadman *d, int64_t now_ms, int64_t delivered_ms, uint64_t random);
/* What became of a mail. */
void deadman_mailed(struct deadman *d, int64_t now_ms, bool sent);
/* The agent of rank `from` said this. */
void deadman_heard(
    struct deadman *d, int64_t now_ms, unsigned from, const struct deadman_said *said);
void deadman_say(const struct deadman *d, int64_t now_ms, struct deadman_said *said);
void deadman_memo(const struct deadman *d, struct deadman_memo *m);

/* How often it says something when there is no news. */
int64_t deadman_repeat_ms(const struct deadman_opts *o);
/* Whether that agent was heard lately. */
bool deadman_hears(const struct deadman *d, int64_t now_ms, unsigned rank);
/* Whether it hears none of the others. */
bool deadman_alone(const struct deadman *d, int64_t now_ms);

#endif

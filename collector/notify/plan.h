/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan: who is told what of an incident, and when. Pure: an incident, what a group of recipients
 * was told of it so far, and the time in; what is to be told now out. It is asked again and again
 * (each tick, each commit), so that nothing depends on an event that a crash could swallow.
 *
 * Recipients of mail with the same wishes (zones, severity, hours, after, language, budget) are a
 * group and get one message together; of other channels each is a group of its own. A group's
 * number is made of its wishes, so that the message of the end finds that of the opening also after
 * recipients came or went. */
#ifndef COLLECTOR_PLAN_H
#define COLLECTOR_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/alert/history.h"
#include "collector/alert/silence.h"
#include "zw/err.h"
#include "zw/lang.h"

struct conf_collector;
struct conf_recipient;

#define PLAN_MAX_WINDOWS 16
/* What is over and waits for delivery this long is told in one message for all. */
#define PLAN_STALE_MS INT64_C(1800000)
#define PLAN_HOUR_MS INT64_C(3600000)
/* A digest of what was held comes with the end of the budget's hour, at the latest so long after
 * the first of it. */
#define PLAN_DIGEST_MS INT64_C(1800000)
/* Who has an incident is told this long after it is known: a comment may come with it. */
#define PLAN_ACK_MS INT64_C(15000)

struct plan_group {
	uint32_t number;
	char *wishes;			    /* as a text, of which the number is made */
	char *to;			    /* addresses, separated by ", " */
	char *daily;			    /* those of them who get the sign of life; NULL */
	const char *via;		    /* the channel; borrowed */
	const struct conf_recipient *first; /* for the wishes */
	enum wire_severity severity;
	enum lang lang;
	int64_t after_ms;
	unsigned budget;
	struct silence hours[PLAN_MAX_WINDOWS]; /* only their windows count */
	size_t nhours;
	/* Of this hour: what was made for it, for the budget. Restored from the history's notes. */
	int64_t hour_ms; /* its beginning; 0: none yet */
	unsigned spent;
	/* What waits for the next digest, or is in one that is not delivered; from the rows of what
	 * was told. */
	size_t held;
	int64_t held_ms; /* when the first of it was held */
};

struct plan {
	const struct conf_collector *conf;
	struct plan_group *groups;
	size_t ngroups;
};

enum plan_act {
	PLAN_NOTHING,
	PLAN_OPEN,
	PLAN_UPDATE,
	PLAN_REMIND,
	PLAN_ESCALATE, /* the opening for those who are told only when nobody acknowledged */
	PLAN_CLOSE,
	PLAN_HOLD /* the budget is spent: into the digest */
};

/* How near the moment is at which the servers must go off, by the thermal countdown. Each step is
 * told at once, and once. */
enum plan_near {
	PLAN_FAR,     /* it is not known, or far */
	PLAN_KNOWN,   /* within the hour */
	PLAN_SOON,    /* less than 10 min */
	PLAN_AT_HAND, /* less than 3 min */
	PLAN_REACHED
};

/* An incident as the plan sees it; severities are of those alerts only that are not muted. */
struct plan_case {
	const struct incident *in;
	int now;	 /* the worst that fires; -1: none */
	int worst;	 /* the worst that ever did; -1: none */
	unsigned topics; /* of which something critical fires; bits of enum alert_topic */
	/* Since when something critical fires, not muted, that nobody has acknowledged; 0: nothing
	 * does. */
	int64_t urgent_ms;
	int64_t
	    began_ms; /* when the first of those fired, also before a restart; 0: nothing does */
	enum plan_near near; /* of its zone's air, if it is about that; else PLAN_FAR */
	bool fresh; /* it became critical in this run, so whoever was told of it is known */
};

/* What is to be told next, and when. */
struct plan_due {
	enum plan_act act;
	int64_t at_ms; /* INT64_MAX: never, as long as nothing changes */
};

int plan_init(struct plan *p, const struct conf_collector *conf, struct err *e)
    __attribute__((warn_unused_result));
void plan_clear(struct plan *p);
/* The step of a countdown, s; NAN: there is none. */
enum plan_near plan_near(double left_s);
/* What the group is to be told of the incident next. told: what it was told (zeroed: nothing yet).
 */
struct plan_due plan_due(const struct plan *p, const struct plan_group *g,
    const struct plan_case *c, const struct told *told, int64_t now_ms);
/* The same, but only what is due now. */
enum plan_act plan_next(const struct plan *p, const struct plan_group *g, const struct plan_case *c,
    const struct told *told, int64_t now_ms);
/* Notes in told and group that it was made. */
void plan_done(struct plan_group *g, struct told *told, const struct plan_case *c,
    enum plan_act act, int64_t now_ms);
/* Puts it into the digest, whatever the budget: what was to be told could not be delivered. */
void plan_hold(struct plan_group *g, struct told *told, int64_t now_ms);
/* When the group's digest of what was held is due; INT64_MAX: nothing is held. */
int64_t plan_digest_ms(const struct plan_group *g, int64_t now_ms);
/* Whether messages may go at this hour. */
bool plan_is_awake(const struct plan_group *g, int64_t now_ms);
const char *plan_word(enum plan_act act); /* the mail's kind */
/* The group of this number, or NULL: its recipients are no more. */
struct plan_group *plan_group(const struct plan *p, uint32_t number);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alert: the engine: rules over the site, alerts, incidents by zone. Pure: time is an argument,
 * nothing is sent, stored or asked for; what changed is told through a callback.
 *
 * An alert is a rule firing on one subject (a field of a series, a rack, a zone, the site). It is
 * pending while its condition has not yet held for the rule's `for`, then firing, clearing while
 * the condition has been gone for less than `clear_for`, resolved, and closed when its incident is.
 * An incident groups the alerts of one zone that belong together by their cause: it opens with the
 * first that fires and closes when none does any more. What people get a mail about is incidents.
 */
#ifndef COLLECTOR_ALERT_H
#define COLLECTOR_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/site/site.h"
#include "zw/wire.h"

struct conf_collector;
struct engine;
struct silences;
struct thermal_event;
struct zone_air;

#define ALERT_MAX_TEXT 256
#define ALERT_MAX_ZONE 64
#define ALERT_MAX_AUTHOR 64
#define ALERT_MAX_RACK 32
#define ALERT_TREND 8		/* values of the last 15 min, the last the newest */
#define ALERT_TREND_STEP 112500 /* ms between them */

enum alert_state {
	ALERT_NONE,
	ALERT_PENDING,
	ALERT_FIRING,
	ALERT_CLEARING, /* still counts as firing */
	ALERT_RESOLVED,
	ALERT_CLOSED /* resolved, and its incident is closed */
};

/* What holds of an alert beside its state; bits. */
#define ALERT_ACKED 0x01	  /* somebody has it */
#define ALERT_SILENCED 0x02	  /* by a silence (silence.h) */
#define ALERT_MAINTENANCE 0x04	  /* by a maintenance window */
#define ALERT_OUT_OF_SERVICE 0x08 /* what it is about is out of service */
#define ALERT_NO_DATA 0x10	  /* it cannot be judged now; what was, holds on */
#define ALERT_CHATTERING 0x20	  /* it comes and goes; held as firing until it is steady */
#define ALERT_CONSEQUENCE 0x40	  /* follows from `because`, which has the mail */
#define ALERT_LATE 0x80		  /* learned from late samples; never mailed */
#define ALERT_FLEETING 0x100	  /* pending, as a little while ago, when nothing came of it */
/* Nobody is told of it while one of these holds. */
#define ALERT_MUTED (ALERT_SILENCED | ALERT_MAINTENANCE | ALERT_OUT_OF_SERVICE)

/* What a reason is made of, so that it can be said in any language (notify/text.c); the text in
 * English is in `reason`. The numbers are in the order of the words. */
enum reason_code {
	REASON_OTHER,	    /* only the text says it */
	REASON_ABOVE,	    /* limit */
	REASON_BELOW,	    /* limit */
	REASON_SILENT,	    /* nothing comes */
	REASON_LOST,	    /* its agent's session ended and did not come back */
	REASON_NEVER,	    /* not heard of since the collector's start */
	REASON_STATE,	    /* `words`: "output source: on battery" */
	REASON_RISING,	    /* change per minute, over seconds */
	REASON_FALLING,	    /* likewise */
	REASON_REACHES,	    /* a limit in seconds, from seconds, to seconds: limit, s, s, s */
	REASON_UNUSUAL,	    /* value that is usual at this hour, its usual spread */
	REASON_OVER_OTHER,  /* by limit over another value: limit, other */
	REASON_UNDER_OTHER, /* likewise under it */
	REASON_FLAT,	    /* for seconds, while neighbours moved by so much */
	REASON_JUMPS,	    /* by so much in a step */
	REASON_UNPHYSICAL,  /* outside of what can be: limit */
	REASON_CONTRADICTS, /* the neighbours' median, how far off may be */
	REASON_COUNT,	    /* so many of so many nodes: n, of n, why each (a code), its limit;
			       `words`: the same in English */
	REASON_GONE	    /* no longer reported */
};
#define REASON_NUMBERS 4

/* Which sum of a group the reason is about; it stands before it ("average above 27 °C"). */
enum reason_sum {
	REASON_SINGLE,
	REASON_AVERAGE,
	REASON_MAXIMUM,
	REASON_MINIMUM,
	REASON_PERCENTILE,
	REASON_EACH
};

struct reason {
	enum reason_code code;
	enum reason_sum sum;
	double v[REASON_NUMBERS];
	char words[64];
};

/* Who has it. */
struct ack {
	char author[ALERT_MAX_AUTHOR]; /* "": nobody */
	char comment[ALERT_MAX_TEXT];
	int64_t at_ms;
	int64_t until_ms; /* 0: to the end */
};

/* Which part of the house an alert is about: what belongs together is one incident. In the order of
 * what rather is the cause. */
enum alert_topic {
	TOPIC_OTHER,
	TOPIC_SERVER,  /* cpu, memory, disks of a server */
	TOPIC_LINK,    /* to an institution */
	TOPIC_AIR,     /* what servers and sensors feel of the cooling */
	TOPIC_COOLING, /* cooling units */
	TOPIC_NETWORK, /* switches, uplinks, gateways */
	TOPIC_POWER,   /* mains, UPS, PDU */
	TOPIC_SAFETY,  /* water, smoke, doors */
	TOPIC_MONITOR  /* zonewatch itself, implausible sensors */
};

struct alert {
	uint64_t id;	  /* given when its condition begins; a dropped one's is not used again */
	const char *rule; /* these four borrowed from configuration and site */
	const char *title;
	const char *advice; /* or NULL */
	const char *unit;   /* of the value, as units_format() takes it */
	enum wire_severity severity;
	char zone[NAME_MAX_NODE + 1];			  /* "site" for the site */
	char rack[ALERT_MAX_RACK];			  /* of a rule of the scope rack; else "" */
	char node[NAME_MAX_NODE + 1];			  /* "" for a rack, a zone or the site */
	char series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2]; /* "" likewise, and of a silent node */
	char field[NAME_MAX_FIELD + 1];
	uint32_t sid; /* of the series, or of the worst one of an aggregate; 0: none */
	enum alert_state state;
	double value;		     /* the latest known; NAN: none */
	char words[32];		     /* what the value means, if that is told of a state; else "" */
	double limit;		     /* NAN: none */
	char reason[ALERT_MAX_TEXT]; /* "above 32 °C", "average above 27 °C", "silent" */
	struct reason why;	     /* the same as parts */
	enum alert_topic topic;
	unsigned flags;			 /* ALERT_ACKED and so on */
	uint64_t silence;		 /* the one that mutes it; 0: none */
	char because[NAME_MAX_NODE + 1]; /* the node of which it is a consequence; "" */
	double peak;			 /* the worst value it had since it fired; NAN: none */
	int64_t peak_ms;
	float trend[ALERT_TREND]; /* of the value, oldest first; NAN: not known */
	unsigned changes;	  /* how often the condition came and went since it began */
	int64_t since_ms;	  /* wall: the sample that began the condition */
	int64_t clear_ms;	  /* event time from which on the condition is gone; 0: it holds */
	int64_t fired_ms;	  /* 0: not yet */
	int64_t resolved_ms;	  /* 0: not yet */
	uint64_t incident;	  /* 0: none yet */
	struct ack ack;
};

struct incident {
	uint64_t id;
	char zone[NAME_MAX_NODE + 1];
	enum wire_severity severity; /* the worst it had */
	int64_t opened_ms;
	int64_t closed_ms;	      /* 0: open */
	int64_t joined_ms;	      /* when an alert joined it last */
	int64_t changed_ms;	      /* when anything that a mail says changed last */
	unsigned firing;	      /* alerts that fire now */
	unsigned muted;		      /* of them, nobody is told of these */
	unsigned total;		      /* alerts it ever had */
	enum wire_severity now;	      /* the worst that fires, muted or not */
	enum alert_topic topic;	      /* of its cause */
	uint64_t root;		      /* the alert that is its cause as far as is known */
	char node[NAME_MAX_NODE + 1]; /* the cause's node; "" */
	char cause[ALERT_MAX_TEXT];   /* a line on its cause, in English */
	struct ack ack; /* of all its alerts at that time; a worse one takes it back */
};

enum alert_change_kind {
	CHANGE_PENDING, /* a condition began to hold; told only where `for` is not 0 */
	CHANGE_DROPPED, /* it went before it fired; its row is forgotten */
	CHANGE_FIRED,
	CHANGE_WORSE, /* its value passed the worst it had so far; told at most every 10 s */
	CHANGE_RESOLVED,
	CHANGE_OPENED, /* of incidents */
	CHANGE_CLOSED,
	CHANGE_CLEARING, /* the condition is gone, and must stay so for `clear_for` */
	CHANGE_BACK,	 /* it came back meanwhile */
	CHANGE_ACKED,	 /* of an alert or (alert NULL) of an incident */
	CHANGE_UNACKED,	 /* withdrawn, expired, or taken back because it got worse */
	CHANGE_MUTED,	 /* a silence, a maintenance window or being out of service covers it */
	CHANGE_UNMUTED,
	CHANGE_CHATTERING,
	CHANGE_STEADY,	/* it chatters no more */
	CHANGE_NO_DATA, /* it cannot be judged any more */
	CHANGE_DATA,	/* again it can */
	CHANGE_CAUSE,	/* an incident has another cause, severity or zone than was told; an
			   alert follows from another than was told, or from none */
	CHANGE_LATE /* learned from late samples: a whole alert of the past, or an earlier begin */
};
#define CHANGE_KINDS (CHANGE_LATE + 1)

/* alert is NULL for those of incidents, incident for pending and dropped ones (and where there is
 * none). An incident's opening is told before the alert that fires in it; its closing after the
 * last one's end. All is valid during the call. */
struct alert_change {
	enum alert_change_kind kind;
	int64_t now_ms; /* wall */
	const struct alert *alert;
	const struct incident *incident;
	const char *author; /* who did it; NULL: the engine */
	const char *text;   /* with which words; NULL: none */
};

/* The site and the configuration are borrowed; nodes and zones that the site gets later are taken
 * note of. now: steady ms; until a node has had 3 steps from
 * now to speak up, its silence is no verdict. */
struct engine *engine_new(const struct conf_collector *conf, struct site *site, int64_t now_ms,
    void (*changed)(void *arg, const struct alert_change *ch), void *arg);
void engine_free(struct engine *e);

/* What was open when the program ended, and what had ended lately; before the first reading. Those
 * of rules or nodes that are no more are told resolved at the first tick, those of a series when
 * its node has sent others for 3 steps; the rest fires on, untold, until it is judged. Numbering
 * goes on from the highest id seen. All is copied. */
void engine_restore_incident(struct engine *e, const struct incident *in);
void engine_restore_alert(struct engine *e, const struct alert *a);
void engine_restore_ids(struct engine *e, uint64_t last_alert, uint64_t last_incident);

/* What rules remember between readings (windows, learned values), as bytes for the history: calls
 * put() for each subject that has any. Taken back before the first reading; bytes of another size,
 * version, rule or subject are passed over. Then the readings that came after the bytes were taken
 * and were judged before are fed by engine_warm(): they move what is remembered and decide nothing.
 * From there on all goes on as if the program had never ended, but for this: silence is no verdict
 * until 3 steps have passed; that something silent came and went since the bytes were taken does
 * not count for whether it chatters; and a condition known from late samples alone, of which the
 * end was not seen yet, is known from the next late sample on only. */
void engine_save(const struct engine *e,
    void (*put)(void *arg, const char *key, const void *bytes, size_t n), void *arg);
void engine_load(struct engine *e, const char *key, const void *bytes, size_t n);
void engine_warm(struct engine *e, struct series *se, int64_t now_ms);

/* A reading that site_update() refused, being older than the last: of a backlog that comes beside
 * the live values. Nothing of the present changes by it, but rules that judge each value by itself
 * see what was wrong (CHANGE_LATE). Values as sent; counters are not judged. */
void engine_late(struct engine *e, struct series *se, int64_t time_s, unsigned nvalues,
    const double *values, int64_t now_ms);

/* What was usual in each hour of the week, local time, Sunday 0 h first. */
#define PAST_HOURS 168
struct past {
	float mean[PAST_HOURS];
	float spread[PAST_HOURS];  /* standard deviation */
	uint8_t weeks[PAST_HOURS]; /* that it was learned from; 0: not known */
};
/* For rules of kinds that want it. It is copied. */
void engine_set_past(struct engine *e, uint32_t sid, const char *field, const struct past *p);
/* The i-th field that wants it; false past the last. */
bool engine_wants_past(const struct engine *e, size_t i, uint32_t *sid, const char **field);

/* Who is not told of what; borrowed. Looked at whenever an alert fires and at each tick. */
void engine_use_silences(struct engine *e, const struct silences *s);

/* Acknowledge an incident (alert 0: all of it) or an alert, or take that back (ack NULL). -1 and
 * the reason: there is none such that is open. What gets worse in severity afterwards takes the
 * acknowledgement back; so does its end (until_ms). */
int engine_acknowledge(struct engine *e, uint64_t incident, uint64_t alert, const struct ack *ack,
    const char *author, int64_t now_ms, struct err *err) __attribute__((warn_unused_result));

/* The node without which n cannot be reached and that is itself not reached, or NULL: then what is
 * known of n is neither judged nor resolved. */
const struct node *engine_because(const struct engine *e, const struct node *n);
/* The air of a zone as it was at the last tick; see thermal.h. Borrowed. */
const struct zone_air *engine_air(const struct engine *e, const struct zone *z);
/* Whether a cooling unit cools, by all that is known: what it says of itself, an alarm of it, its
 * silence. One of which nothing is known yet does, and so does what is none. since_ms (may be
 * NULL): wall time since when it does not; 0: it does. */
bool engine_cools(const struct engine *e, const struct node *n, int64_t *since_ms);
/* Whether a UPS runs from its battery, by what it says of itself or an alarm of it; since_ms
 * likewise. */
bool engine_on_battery(const struct engine *e, const struct node *n, int64_t *since_ms);
/* heated() is called at the tick with what a heating taught that is just over; what earlier ones
 * taught, newest or oldest first, is given back before the first reading. */
void engine_on_heating(
    struct engine *e, void (*heated)(void *arg, const struct thermal_event *ev), void *arg);
void engine_restore_heating(struct engine *e, const struct thermal_event *ev);

/* A series was updated by site_update() with a reading newer than before: judge it. A reading
 * that is late (older than its arrival by more than 3 steps) makes and ends no alert. But readings
 * that come equally late one after the other are no backlog, their clock is wrong: from the fourth
 * on they count, at the time of their arrival. */
void engine_reading(struct engine *e, struct series *se, int64_t now_ms);
/* "info", "firing", "cooling": as the configuration and the API have them. */
const char *alert_severity_word(enum wire_severity s);
const char *alert_state_word(enum alert_state s);
const char *alert_topic_word(enum alert_topic t);
/* The value of an alert for people: "on battery", "33.4 °C"; "" when there is none. */
void alert_value(char *dst, size_t size, const struct alert *a);
/* Whether the reason says it already. */
bool alert_value_is_said(const struct alert *a);

/* Aggregates that were touched, holding times, silence. The silence of a node makes no alert while
 * one that it depends on is silent under the same rule. An alert on values of a series (or, of a
 * zone or the site, of series) that the node leaves out for 10 minutes and 60 steps, while it sends
 * others, ends: they are no longer reported. So does one of a zone or the site, restored, that has
 * no such series at all 10 minutes after the start. Call after a group of readings and at least
 * once a second. A gap of more than 5 s between two ticks (the program was stopped) starts the
 * patience of engine_new() anew. */
void engine_tick(struct engine *e, int64_t now_ms);

/* All alerts that are pending, firing or clearing, then those resolved lately (at most 256). */
size_t engine_nalerts(const struct engine *e);
const struct alert *engine_alert_at(const struct engine *e, size_t i);
/* Open incidents, then those closed lately (at most 256), newest first. */
size_t engine_nincidents(const struct engine *e);
const struct incident *engine_incident_at(const struct engine *e, size_t i);
/* Whether the i-th rule of the configuration has any series to look at, or needs none. */
bool engine_rule_matches(const struct engine *e, size_t i);
/* By number, open or kept; or NULL. */
const struct alert *engine_alert(const struct engine *e, uint64_t id);
const struct incident *engine_incident(const struct engine *e, uint64_t id);
/* When an open one of which nothing fires any more closes if it stays so (wall); else 0. */
int64_t engine_closes_ms(const struct engine *e, const struct incident *in);
/* The worst severity firing, and not muted, on a node, in a zone (its nodes and itself), or NULL,
 * NULL: the whole site; -1: none. */
int engine_worst(const struct engine *e, const char *zone, const char *node);

#endif

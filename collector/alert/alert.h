/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alert: the engine: rules over the site, alerts, incidents by zone. Pure: time is an argument,
 * nothing is sent, stored or asked for; what changed is told through a callback.
 *
 * An alert is a rule firing on one subject (a field of a series, a zone, the site). It is pending
 * while its condition has not yet held for the rule's `for`, then firing, and clearing while the
 * condition has been gone for less than `clear_for`. An incident groups the alerts of one zone: it
 * opens with the first that fires and closes when none does any more. */
#ifndef COLLECTOR_ALERT_H
#define COLLECTOR_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/site/site.h"
#include "zw/wire.h"

struct conf_collector;
struct engine;

#define ALERT_MAX_TEXT 256
#define ALERT_MAX_ZONE 64

enum alert_state {
	ALERT_NONE,
	ALERT_PENDING,
	ALERT_FIRING,
	ALERT_CLEARING, /* still counts as firing */
	ALERT_RESOLVED
};

struct alert {
	uint64_t id;	  /* given when it fires; 0 while pending */
	const char *rule; /* these four borrowed from configuration and site */
	const char *title;
	const char *advice; /* or NULL */
	const char *unit;   /* of the value, as units_format() takes it */
	enum wire_severity severity;
	char zone[NAME_MAX_NODE + 1];			  /* "site" for the site */
	char node[NAME_MAX_NODE + 1];			  /* "" for a zone or the site */
	char series[NAME_MAX_SOURCE + NAME_MAX_NODE + 2]; /* "" likewise, and of a silent node */
	char field[NAME_MAX_FIELD + 1];
	uint32_t sid; /* of the series, or of the worst one of an aggregate; 0: none */
	enum alert_state state;
	double value;		     /* the latest known; NAN: none */
	char words[32];		     /* what the value means, if that is told of a state; else "" */
	double limit;		     /* NAN: none */
	char reason[ALERT_MAX_TEXT]; /* "above 32 °C", "average above 27 °C", "silent" */
	int64_t since_ms;	     /* wall: the sample that began the condition */
	int64_t fired_ms;
	int64_t resolved_ms; /* 0: not yet */
	uint64_t incident;   /* 0: none yet */
};

struct incident {
	uint64_t id;
	char zone[NAME_MAX_NODE + 1];
	enum wire_severity severity; /* the worst it had */
	int64_t opened_ms;
	int64_t closed_ms;	    /* 0: open */
	unsigned firing;	    /* alerts that fire now */
	unsigned total;		    /* alerts it ever had */
	char cause[ALERT_MAX_TEXT]; /* a line on its first alert */
};

enum alert_change_kind {
	CHANGE_PENDING, /* a condition began to hold; told only where `for` is not 0 */
	CHANGE_DROPPED, /* it went before it fired */
	CHANGE_FIRED,
	CHANGE_WORSE, /* its value passed the worst it had so far; told at most every 10 s */
	CHANGE_RESOLVED,
	CHANGE_OPENED, /* of incidents */
	CHANGE_CLOSED
};

/* alert is NULL for CHANGE_OPENED and CHANGE_CLOSED, incident for pending and dropped. An
 * incident's opening is told before the alert that fires in it; its closing after the last one's
 * end. Both are valid during the call. */
struct alert_change {
	enum alert_change_kind kind;
	int64_t now_ms; /* wall */
	const struct alert *alert;
	const struct incident *incident;
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

/* A series was updated by site_update() with a reading newer than before: judge it. A reading
 * that is late (older than its arrival by more than 3 steps) makes and ends no alert. But readings
 * that come equally late one after the other are no backlog, their clock is wrong: from the fourth
 * on they count, at the time of their arrival. */
void engine_reading(struct engine *e, struct series *se, int64_t now_ms);
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
/* The worst severity firing on a node, in a zone (its nodes and itself), or NULL, NULL: the whole
 * site; -1: none. */
int engine_worst(const struct engine *e, const char *zone, const char *node);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* annals: what the history says of a length of time: alerts, incidents, acts of people, silences,
 * and the ledger of samples, as plain data for the figures. All that is open in it or touches it,
 * as it was at its end: what was acknowledged or over later was not yet. */
#ifndef COLLECTOR_ANNALS_H
#define COLLECTOR_ANNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/silence.h"
#include "zw/err.h"
#include "zw/wire.h"

/* Texts are owned by the annals and never NULL. Times are ms since 1970 UTC; 0: not, or not yet. */
struct annals_alert {
	uint64_t id;
	uint64_t incident; /* 0: none */
	const char *rule;
	const char *title; /* as written: English; people are told lang_text() of it */
	const char *zone;  /* "" of the site */
	const char *rack;  /* of a rule of the scope rack; else "" */
	const char *node;
	const char *series; /* "source" or "source-instance" */
	const char *field;
	const char *unit;
	enum wire_severity severity;
	enum alert_topic topic;
	const char *reason; /* "above 32 °C"; as written: English */
	struct reason why;  /* the same as parts: text_reason() says them */
	double value;	    /* the last; NAN: none */
	double peak;	    /* the worst */
	double bound;	    /* the limit; NAN: none */
	int64_t since_ms;   /* when the condition began to hold */
	int64_t fired_ms;
	int64_t resolved_ms; /* 0: it fires still */
	int64_t ack_ms;
	const char *ack_author;
	bool muted;	  /* nobody was told when it fired: silence, maintenance, out of service */
	bool late;	  /* learned from late samples */
	bool consequence; /* follows from another */
	const char *because; /* of what, as text; "" */
};

struct annals_incident {
	uint64_t id;
	const char *zone;	     /* "" of the site */
	const char *node;	     /* of its cause; "" */
	const char *cause;	     /* a line, English */
	enum wire_severity severity; /* the worst it had */
	enum alert_topic topic;	     /* of its cause */
	int64_t opened_ms;
	int64_t closed_ms;
	int64_t first_ack_ms;
	const char *ack_author;
	const char *ack_comment;
	unsigned total; /* alerts it had */
	bool told;	/* to anybody: it has an alert that was neither muted nor late */
	const struct annals_alert *root; /* or NULL */
};

/* An alert was found to come and go: transitions of the kind "chattering". */
struct annals_chatter {
	int64_t time_ms;
	const char *zone; /* "" of the site */
	const char *subject;
};

/* What a person, or the collector itself, did. Of people: "acknowledge", "comment", "silence",
 * "silence-end", "login", ... Of the collector (author "zonewatch"):
 * "collector-start": what: since when it was away, ms since 1970, or "" (seconds, or not known);
 * "config": another configuration than at the last start; what: its revision (8 hex digits), text:
 *   the one before ("": none is known);
 * "limit-change": what: the rule, or "RULE/ZONE/NODE/SERIES" of a row of `limits` (parts may be
 * ""), text: "KEY BEFORE -> AFTER", several joined by "; " ("-": it was, or is, not there), whole
 * rules or rows "added", "removed"; "node-new", "node-gone": what: a node that sent its first
 * sample (text: how many series it had in its first minutes), or that the configuration no longer
 * has; "series-new", "series-gone": what: a node, text: names of its series that came, or that it
 * left out for 10 min and 60 steps while it sent others, joined by ", " (it may end in ", +N");
 * "clock": what: a node whose clock was set back, text: by how much, in English;
 * "restart": what: a node whose uptime went back, text: when it began, ms since 1970. */
struct annals_act {
	int64_t time_ms;
	const char *author;
	const char *kind;
	uint64_t incident; /* 0: none */
	const char *what;
	const char *text;
};

/* Samples of a node of one UTC hour, counted once each as the journal gave them out. */
struct annals_hour {
	const char *node;
	int64_t hour_s;	   /* its beginning */
	uint64_t expected; /* that its series should have had by their steps (collector/ledger.h) */
	uint64_t received; /* late ones among them */
	uint64_t late;	   /* that came more than 60 s after their time */
	uint64_t empty;	   /* that came without any value: they are not among received */
	uint64_t thinned;  /* its sender said that it thinned so many away, */
	uint64_t dropped;  /* or dropped them */
};

/* What was decided to be done (alert/actions.h). */
struct annals_action {
	uint64_t id;
	const char *text;
	const char *zone;   /* "" of the site */
	const char *owner;  /* "": nobody yet */
	const char *advice; /* key of the recommendation that it follows; "" */
	int64_t due_ms;	    /* local midnight at the beginning of the day; 0: no date */
	int64_t made_ms;
	const char *made_by;
	int64_t closed_ms; /* 0: it is open, now */
	const char *closed_by;
	const char *note; /* what came of it */
};

struct annals {
	int64_t from_ms, to_ms;
	struct annals_alert
	    *alerts; /* that fired before to_ms and were not over at from_ms; by fired_ms */
	size_t nalerts;
	struct annals_incident *incidents; /* likewise, by opened_ms */
	size_t nincidents;
	struct annals_chatter *chatters; /* in it, by time */
	size_t nchatters;
	struct annals_act *acts; /* in it, by time */
	size_t nacts;
	/* Of any kind, that touch it; recurring ones as they are; those of the configuration (as it
	 * is now) behind them, with id 0. */
	struct silence *silences;
	size_t nsilences;
	struct annals_hour *hours; /* in it, by node, then hour */
	size_t nhours;
	struct annals_action *actions; /* that were open at some time of it, by number */
	size_t nactions;
	int64_t history_from_ms; /* when the history begins; 0: it is empty */
	int64_t away_ms; /* since when the collector was away at to_ms; 0: it was not, as far as
			    known */
	struct annals_text *texts;
};

/* From DIR/history.db of the configuration's store, opened for reading beside the collector. There
 * being none yet is no error: empty annals. */
int annals_read(struct annals **out, const char *path, int64_t from_ms, int64_t to_ms,
    struct err *e) __attribute__((warn_unused_result));
/* The same with those hours of the ledger alone that availability asks for: for graphs of a year.
 */
int annals_read_brief(struct annals **out, const char *path, int64_t from_ms, int64_t to_ms,
    struct err *e) __attribute__((warn_unused_result));
/* Adds the maintenance windows of the configuration. */
struct conf_collector;
void annals_add_windows(struct annals *a, const struct conf_collector *conf);
void annals_free(struct annals *a); /* NULL is fine */

#endif

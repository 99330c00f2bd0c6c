/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text: the words of the mails. Pure: facts in, a subject, a text and its HTML out. */
#ifndef COLLECTOR_TEXT_H
#define COLLECTOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/alert/history.h"
#include "collector/alert/thermal.h"
#include "collector/notify/plan.h"
#include "collector/site/site.h"
#include "zw/lang.h"

#define TEXT_MAX_OTHERS 20
#define TEXT_MAX_WORST 8
#define TEXT_MAX_UNITS 8

/* A node of those that an aggregate is made of, and which value of its own is the worst. */
struct text_value {
	const struct node *node;
	const struct series *series;
	unsigned field;
	double rank; /* the greater the worse */
};

/* A cooling unit of the zone. */
struct text_unit {
	const struct node *node;
	bool cools;
	int64_t off_ms; /* since when it does not; 0: it does */
	bool silent;	/* nothing comes of it */
	double supply;	/* °C; NAN: not known */
};

/* The UPS that feeds the zone, the worst of several. */
struct text_power {
	const struct node *node; /* NULL: none is known */
	bool on_battery;
	int64_t since_ms;   /* likewise */
	double runtime_min; /* NAN: not known, likewise */
	double charge;	    /* % */
	double load;	    /* % */
};

/* What a message tells of; all borrowed. */
struct text_facts {
	enum lang lang;
	enum plan_act act;
	const char *site;	 /* its title */
	const char *url;	 /* of the page; NULL: no link */
	const struct zone *zone; /* NULL: the site itself */
	const struct node *node; /* of the cause; NULL: none */
	const struct incident *incident;
	const struct alert *alert; /* the cause; NULL: no more known */
	bool generic; /* its rule covers all states of all devices: only the reason says what it is
		       */
	const struct series
	    *series; /* that the alert is on, or its aggregate's worst; NULL: none */
	struct text_value worst[TEXT_MAX_WORST]; /* of an aggregate, the worst first */
	size_t nworst;
	struct text_value neighbours[TEXT_MAX_WORST]; /* the same measure elsewhere in the zone */
	size_t nneighbours;
	/* Further ones: those that fire and are told, consequences last; at the end those it had.
	 */
	const struct alert *others[TEXT_MAX_OTHERS];
	size_t nothers;
	size_t nmore;				    /* that have no room in others[] */
	size_t nmore_follow;			    /* of these, consequences */
	const struct alert *fresh[TEXT_MAX_OTHERS]; /* of them, since the last message */
	size_t nfresh;
	/* The worst that fires at the site beside this incident and is told; WIRE_INFO: nothing. */
	enum wire_severity elsewhere;
	size_t beyond;	    /* neighbours beyond the same limit */
	size_t unacked;	    /* critical ones that fired after the incident was acknowledged */
	int64_t unacked_ms; /* when the first of these did; 0: none */
	size_t unreachable; /* nodes of which nothing is known because of the cause's node */
	const struct zone_air *air; /* of the zone, or of the one that is worst; NULL: unknown */
	struct text_unit units[TEXT_MAX_UNITS];
	size_t nunits;
	struct text_power power;
	unsigned reminders; /* before this one */
	bool graph;	    /* leave a place for one */
	bool map;	    /* likewise */
	bool late;	/* the other side could not be reached: this tells what was, all of it */
	int64_t now_ms; /* wall */
};

/* A line on each incident that a digest or the sign of life tells of. */
struct text_line {
	const struct incident *incident;
	const struct alert *alert; /* NULL: no more known */
	const struct zone *zone;
};

struct text_digest {
	enum lang lang;
	const char *site;
	const char *url;
	const struct text_line *lines;
	size_t nlines;
	size_t nmore;
	bool late; /* the other side could not be reached: some of it is over */
	/* Of the sign of life only. */
	size_t nodes;
	size_t live;
	size_t silences; /* in force */
	size_t waiting;	 /* messages that could not be handed over yet */
	unsigned opened; /* incidents of the last 24 h */
	int64_t since_ms;
	int64_t now_ms;
};

/* Each sets subject, text and html of a mail; the strings become the mail's. text_message() words
 * all of enum plan_act. */
void text_message(struct mail *m, const struct text_facts *f);
void text_digest(struct mail *m, const struct text_digest *d);
void text_life(struct mail *m, const struct text_digest *d);
/* One sentence on an incident and its cause: "Zone B: cooling unit 2 stopped at 14:02; 9 inlets
 * rising, hottest 29,8 °C, +1,6 °C/min, 32 °C in about 1,4 min; nothing else is wrong". For mails,
 * pages and the CLI. */
void text_story(char *dst, size_t size, const struct text_facts *f);

const char *text_severity(enum wire_severity s); /* "CRITICAL" */
/* "2026-11-22 04:51:01 +04:00", local time. */
void text_time(char *dst, size_t size, int64_t wall_ms);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text: the words of the mails. Pure: facts in, a subject, a text and its HTML out. */
#ifndef COLLECTOR_TEXT_H
#define COLLECTOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/alert/history.h"
#include "collector/site/site.h"

#define TEXT_MAX_OTHERS 20
#define TEXT_MAX_WORST 8

/* A node of those that an aggregate is made of, and which value of its own is the worst. */
struct text_value {
	const struct node *node;
	const struct series *series;
	unsigned field;
	double rank; /* the greater the worse */
};

/* What a mail tells of; all borrowed. */
struct text_facts {
	const char *site;	 /* its title */
	const char *url;	 /* of the page; NULL: no link */
	const struct zone *zone; /* NULL: the site itself */
	const struct node *node; /* of the first alert; NULL: none */
	const struct incident *incident;
	const struct alert *alert; /* the first; NULL: no more known */
	bool generic; /* its rule covers all states of all devices: only the reason says what it is
		       */
	const struct series
	    *series; /* that the alert is on, or its aggregate's worst; NULL: none */
	struct text_value worst[TEXT_MAX_WORST]; /* of an aggregate, the worst first */
	size_t nworst;
	/* Further ones: at the opening those that fire in the zone, at the end those it had. */
	const struct alert *others[TEXT_MAX_OTHERS];
	size_t nothers;
	size_t nmore;	/* that have no room in others[] */
	bool graph;	/* leave a place for one */
	int64_t now_ms; /* wall */
};

/* Sets subject, text and html of a mail; the strings become the mail's. */
void text_opened(struct mail *m, const struct text_facts *f);
void text_closed(struct mail *m, const struct text_facts *f);

const char *text_severity(enum wire_severity s); /* "CRITICAL" */
/* "2026-11-22 04:51:01 +04:00", local time. */
void text_time(char *dst, size_t size, int64_t wall_ms);

#endif

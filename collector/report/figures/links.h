/* SPDX-License-Identifier: GPL-3.0-or-later */
/* links: the network and the institutions behind its links: how each link was, its round trips,
 * its outages, and the traffic of the switch's port that bears its name. What several links went
 * down by together is told once, as a cause that they share, and is charged to none of them. */
#ifndef COLLECTOR_FIGURES_LINKS_H
#define COLLECTOR_FIGURES_LINKS_H

#include "collector/report/figures/figures.h"
#include "collector/report/figures/span.h"

#define LINKS_SLACK_S 120 /* links are found down later or sooner than what they hang on */

/* One way of a port's traffic. */
struct links_flow {
	struct stats bytes; /* By/s */
	double share_p95;   /* of the port's speed, 0-1; NAN: its speed is not known */
};

struct links_one {
	const struct node *node; /* borrowed, as all nodes and series here */
	double known_s;		 /* of the period, the state of the link is known */
	double up_s;
	double planned_s;	   /* down within maintenance */
	double own_s;		   /* down by itself, unplanned */
	double shared_s;	   /* down by a cause that several links share */
	double availability;	   /* up / (up + own), 0-1; NAN: nothing known */
	double target;		   /* 0-1; NAN: none */
	unsigned outages;	   /* its own */
	double longest_s;	   /* of them; 0: none */
	int64_t longest_at_s;	   /* 0: none */
	unsigned shared;	   /* outages by shared causes */
	struct stats rtt;	   /* s; of the link's probe */
	struct stats loss;	   /* % */
	const struct series *port; /* the switch's that bears its title or name; NULL: none does */
	double speed;		   /* of the port, bit/s; NAN: not known */
	struct links_flow from;	   /* the institution: what the port received */
	struct links_flow to;	   /* the institution */
};

/* A critical incident of a node that links hang on, by which at least two of them went down. An
 * outage is by it when at least half of it lies within the incident, or LINKS_SLACK_S of it. */
struct links_cause {
	uint64_t incident;
	const struct node *node;
	const char *what; /* the annals' line of it; English */
	int64_t from_s;	  /* within the period */
	int64_t to_s;
	bool open;	/* it was not over at the period's end */
	unsigned links; /* that were down by it */
	double lost_s;	/* their time down by it, all together */
};

/* A number that the network's own devices tell: sessions, access points, stations. */
enum links_extra_kind {
	LINKS_POINTS,	/* access points that are on */
	LINKS_STATIONS, /* wireless users */
	LINKS_SESSIONS, /* of a firewall or address translation */
	LINKS_EXTRA_N
};

struct links_extra {
	enum links_extra_kind kind;
	const struct series *series;
	unsigned field;
	struct stats stat;
};

struct links {
	int64_t from_s; /* of the period */
	int64_t to_s;
	struct links_one *ones; /* worst availability first; then by name */
	size_t nones;
	struct links_cause *causes; /* by time */
	size_t ncauses;
	struct links_extra *extras; /* by kind, then name; what is not measured is not among them */
	size_t nextras;
	double availability; /* of all links, each weighing its known time; NAN */
	unsigned met;	     /* links that met their target, */
	unsigned missed;     /* or did not; those of which nothing is known are in neither */
	unsigned measured;   /* links whose traffic is measured */
};

int links_new(struct links **out, const struct figures_ask *a, struct err *e)
    __attribute__((warn_unused_result));
void links_free(struct links *v); /* NULL is fine */

/* Whether a port's label ("GE0/0/7 TITLE: State") ends with the title, a blank before it. Pure. */
bool links_bears(const char *label, const char *title);
struct availability_one;
/* Splits the outages of links (AVAILABILITY_LINK, each with its node) into shared ones and their
 * own: sets v->ones and v->causes of these incidents' causes. Pure. */
void links_charge(struct links *v, const struct availability_one *links, size_t n,
    const struct annals_incident *incidents, size_t nincidents, const struct site *site);

#endif

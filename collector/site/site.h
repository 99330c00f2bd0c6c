/* SPDX-License-Identifier: GPL-3.0-or-later */
/* site: zones, nodes, their dependencies, their series and the latest values. Pure: knows no
 * library but libc, no clock, no file. */
#ifndef COLLECTOR_SITE_H
#define COLLECTOR_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/metric.h"

struct conf_collector;
struct site;

/* A value older than this many steps is no longer live. */
#define SITE_STALE_STEPS 3
#define SITE_AHEAD_S 300 /* a reading that is this far ahead was taken by a wrong clock */
/* The step of a node of which no series is known yet, ms. */
#define SITE_DEFAULT_STEP 10000
/* The source of what the collector itself holds against a node: no sign of the node's life. */
#define SITE_CONDUCT "conduct"
/* Child devices of one device. */
#define SITE_MAX_CHILDREN 256
/* The zone of child devices to which the configuration gives none. It is there as soon as it has
 * one. */
#define SITE_UNASSIGNED "unassigned"

enum node_kind {
	NODE_SERVER,
	NODE_DEVICE,
	NODE_LINK,
	NODE_SUMMARY /* a zone's own ("zone.B") or the site's ("site"): holds what is derived */
};

/* What a node does for others; which faults of theirs follow from its own (alert/cause.c). */
enum node_role {
	ROLE_NONE,
	ROLE_COOLING,
	ROLE_UPS,
	ROLE_PDU,
	ROLE_GENERATOR,
	ROLE_UPLINK,
	ROLE_SWITCH,
	ROLE_GATEWAY,
	ROLE_SENSOR
};

struct zone {
	unsigned index;
	const char *name;
	const char *title;
	const char **racks; /* in the order in which they stand, as configured; may be none */
	size_t nracks;
	double limit;	     /* °C, of the inlet air; NAN: that of the site */
	struct node **nodes; /* in the order of the configuration */
	size_t nnodes;
};

struct node {
	unsigned index;
	const char *name;
	const char *title;
	enum node_kind kind;
	/* As configured, else by what it sends and by whom it speaks for. */
	enum node_role role;
	bool role_given;
	bool serves_all;	    /* "site" stands among those it serves */
	const struct zone **serves; /* as configured; none: site_serves() knows better */
	size_t nserves;
	struct zone *zone; /* NULL: the site itself */
	const char *rack;  /* may be NULL */
	unsigned unit;
	struct node **depends;
	size_t ndepends;
	size_t ndependants;  /* nodes that depend on it */
	struct node *parent; /* the device that it is a child of; NULL: none. Among depends, too */
	size_t nchildren;
	struct node *via;	/* the gateway that spoke for it last; NULL: it speaks for itself */
	struct series **series; /* in the order of their creation */
	size_t nseries;
	size_t nfields;	   /* of all its series, and of its children's */
	bool connected;	   /* its agent, or gateway, has a session now */
	int64_t seen_ms;   /* steady time something of it, or of a child, arrived last; 0: never */
	int64_t lost_ms;   /* steady time its session ended last; 0: never, or connected */
	int64_t joined_ms; /* steady time its session began; 0: there was none */
	int64_t skew_ms;   /* its agent's clock less our steady one, of the session */
	int64_t back_ms;   /* steady time it was heard of after it had missed a sample; 0: never */
	char peer[64];	   /* address of the session, "" if none */
	char agent[64];	   /* program and version */
};

/* One reading of all fields of a series. */
struct reading {
	int64_t time_s;			  /* its own time; 0: none yet */
	int64_t recv_ms;		  /* steady time of its arrival */
	double values[METRIC_MAX_FIELDS]; /* gauges, states as sent; counters as rate per second */
};

struct series {
	uint32_t sid; /* the collector's own number, from the catalog */
	struct node *node;
	char source[NAME_MAX_SOURCE + 1];
	char instance[NAME_MAX_NODE + 1];
	char name[NAME_MAX_SOURCE + NAME_MAX_NODE + 2]; /* series_name() */
	uint32_t step_s;
	unsigned nfields;
	struct field fields[METRIC_MAX_FIELDS];
	uint64_t shape; /* of their names and labels: equal where these are */
	bool about;	/* made by the collector about the node, SITE_CONDUCT */
	char *states;	/* what is told of its states, for metric_state(); never NULL */
	struct reading last;
	double raw[METRIC_MAX_FIELDS]; /* counters of the last reading */
	void *rules;		       /* belongs to the alert engine */
};

/* Everything of the configuration is copied. Freed by site_free(). */
struct site *site_new(const struct conf_collector *conf);
void site_free(struct site *s);

const char *site_title(const struct site *s);
size_t site_nzones(const struct site *s);
struct zone *site_zone_at(const struct site *s, size_t i);
struct zone *site_zone(const struct site *s, const char *name); /* or NULL */
size_t site_nnodes(const struct site *s);
struct node *site_node_at(const struct site *s, size_t i);
struct node *site_node(const struct site *s, const char *name); /* or NULL */
struct series *site_series(const struct site *s, uint32_t sid); /* or NULL */
/* By "NODE/SERIES"; or NULL. */
struct series *site_series_named(const struct site *s, const char *path);

/* The configured device of which a node of this name would be a child ("DEVICE.CHILD"), or NULL. */
struct node *site_device_of(const struct site *s, const char *name);
/* The child device of this full name, made when it is new; nodes never go. NULL and the reason: it
 * is no device's, or the configuration leaves it out, or its device has too many. */
struct node *site_child(struct site *s, const char *name, struct err *e);
/* The node that holds what is derived of a zone, or (NULL) of the site; NULL while the
 * configuration derives nothing. It is among all nodes, but not among its zone's, and is never
 * silent. */
struct node *site_summary(const struct site *s, const struct zone *z);
/* The zone of children without one, or NULL while there are none. */
struct zone *site_unassigned(const struct site *s);

/* Whether a cooling unit, UPS or the like serves a zone (NULL: the site itself): those of `serves`;
 * without them its own, and one of the site serves all. */
bool site_serves(const struct node *n, const struct zone *z);
/* The role by its word; ROLE_NONE for any other, and for NULL. */
enum node_role site_role_of(const char *word);
/* "cooling", "ups", ...; "" for none. */
const char *site_role_word(enum node_role role);
/* The node sends series of this source: its role, if none was configured, may follow from it. */
void site_note_source(struct node *n, const char *source);

/* Adds a series or takes over its widened fields. A child device that is not yet known becomes a
 * node. NULL: the node is not of this site. */
struct series *site_define(struct site *s, uint32_t sid, const struct series_def *def);
/* Takes a reading as it was sent (counters raw). False if it is not newer than the last: then it
 * does not count as a sign of life either, for a node whose clock was set back sends such ones and
 * shows nothing of itself. The rate of a counter is NaN at its first reading, when it went
 * backwards (a restart), after a gap of more than SITE_STALE_STEPS steps, and where it exceeds the
 * field's plausible range. */
bool site_update(
    struct series *se, int64_t time_s, int64_t recv_ms, unsigned nvalues, const double *values);
void site_connected(struct node *n, const char *peer, const char *agent, int64_t now_ms);
/* The same of a node for which another, its gateway, has a session. That is no sign of life of the
 * node itself. */
void site_connected_via(
    struct node *n, struct node *via, const char *peer, const char *agent, int64_t now_ms);
void site_disconnected(struct node *n, int64_t now_ms);
/* Something of it arrived that is no reading (an event, a ping). */
void site_seen(struct node *n, int64_t now_ms);
/* The interval of the node's fastest series; 10 s while it has none. */
int64_t site_step_ms(const struct node *n);
/* Whether nothing of the node arrived for 3 of its steps: its values are no longer live. */
bool site_is_stale(const struct node *n, int64_t now_ms);
/* Whether values[i] is a number within the field's plausible range; out of it nothing is judged. */
bool site_is_plausible(const struct series *se, unsigned i);
/* What a value of a field means, if the field is a state and that was told. */
bool site_state(const struct series *se, unsigned i, double value, struct metric_state *out);
/* The last value of a field for people: a state by its name, else with its unit. */
void site_value(char *dst, size_t size, const struct series *se, unsigned i);
/* The place of a field; nfields if it has none of this name. */
unsigned site_field(const struct series *se, const char *name);

#endif

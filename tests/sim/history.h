/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history: fills the store of a collector with a past that never was: catalog, RRDs and history.db
 * of the site of its configuration, and the true figures of it (truth.json). No real waiting.
 *
 * Time is cut into cells of five minutes. Every series has in every cell a mean, a least and a
 * highest value of its samples, and the part of them that there is; librrd would make its rows from
 * the samples, this makes them from the cells, by the same rule. */
#ifndef SIM_HISTORY_H
#define SIM_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/metric.h"

struct conf_collector;

#define HISTORY_CELL 300 /* s */
#define HISTORY_MAX_ZONES 16
#define HISTORY_MAX_NODES 1024
#define HISTORY_MAX_EVENTS 8192

struct history_opts {
	const char *conf;  /* of the collector */
	const char *truth; /* file for the true figures; NULL: none */
	int64_t length_s;  /* of the past */
	int64_t end_s;	   /* when it ends; 0: now */
	uint64_t seed;
	uint32_t step_s; /* of the simulated servers' samples */
};

/* Fills it. The store must have no RRDs yet, and no collector may run. */
int history_fill(const struct history_opts *o, struct err *e) __attribute__((warn_unused_result));

/* --- the site -------------------------------------------------------------------------------- */

enum history_kind {
	HISTORY_SERVER, /* simulated */
	HISTORY_AGENT,	/* this machine */
	HISTORY_GATEWAY,
	HISTORY_LINK,
	HISTORY_DEVICE,
	HISTORY_SUMMARY /* zone.X, site */
};

struct history_node {
	char name[NAME_MAX_NODE + 1];
	enum history_kind kind;
	unsigned zone;	 /* its place among the zones; HISTORY_MAX_ZONES: the site's */
	int64_t born_s;	 /* it is there from then on */
	unsigned number; /* of its kind, from 0 */
};

/* What happens. */
enum history_event_kind {
	EVENT_SERVER_DOWN, /* it says nothing any more */
	EVENT_MAINTENANCE, /* likewise, planned */
	EVENT_LINK_DOWN,
	EVENT_LINK_WORKS,     /* likewise, planned */
	EVENT_SWITCH_DOWN,    /* and 8 links with it */
	EVENT_COOLING_FAILS,  /* and its zone warms */
	EVENT_COOLING_SILENT, /* only its voice is lost */
	EVENT_COOLING_TEST,   /* it stands by, planned */
	EVENT_BATTERY,
	EVENT_BATTERY_TEST,   /* planned */
	EVENT_COLLECTOR_DOWN, /* what it derives is missing, the rest comes late */
	EVENT_GAP,	      /* nothing is kept of anything */
	EVENT_CLOCK_STEP,     /* a server's clock is wrong: what it sends is refused */
	EVENT_DISK_FILLS,
	EVENT_LEAK,
	EVENT_FLOOD,   /* alarms of a whole zone, for nothing */
	EVENT_CHATTER, /* an alarm that comes and goes */
	EVENT_DOOR,
	EVENT_PROBE_DEAD, /* a sensor of the room ends, for good */
	EVENT_INLET_DEAD, /* a server's own probe */
	EVENT_KINDS
};

struct history_event {
	enum history_event_kind kind;
	unsigned node; /* its place */
	int64_t from_s;
	int64_t to_s;
	unsigned n; /* a number of its own */
};

/* Samples of a node in an hour; whole numbers. */
struct history_tally {
	double expected;
	double received; /* late ones among them */
	double late;
};

struct era {
	struct history_opts o;
	const struct conf_collector *conf; /* borrowed */
	int64_t from_s;			   /* both are whole cells */
	int64_t fine_s;	  /* up to here rows are made from cells; a whole row of every archive */
	int64_t end_s;	  /* from fine_s on samples go through librrd */
	int64_t whole_s;  /* length of whole rows of all archives */
	size_t ncells;	  /* that reach over end_s */
	int utc_offset_s; /* of local time, at the end */
	struct history_node nodes[HISTORY_MAX_NODES];
	size_t nnodes;
	char zones[HISTORY_MAX_ZONES][NAME_MAX_NODE + 1];
	size_t nzones;
	struct history_event events[HISTORY_MAX_EVENTS]; /* by time */
	size_t nevents;
	/* Of cells. */
	double *outdoor;		   /* °C */
	double *work;			   /* 0 to 1: how busy people are */
	double *air[HISTORY_MAX_ZONES][3]; /* mean, least, highest */
	double *power[HISTORY_MAX_ZONES];  /* of its servers, W */
	bool *gap;			   /* nothing is kept */
	double *busy[HISTORY_MAX_NODES];   /* of servers: share of their processors */
	double *late;			   /* part of what is sent that comes late */
	struct history_tally *tallies[HISTORY_MAX_NODES]; /* of hours; NULL: not counted */
};

/* A number in [-1, 1] that is always the same for these. */
double history_noise(const struct era *h, uint64_t what, uint64_t of, uint64_t when);
/* The same, changing smoothly; `every` cells apart. */
double history_drift(const struct era *h, uint64_t what, uint64_t of, size_t cell, unsigned every);
static inline int64_t
history_time(const struct era *h, size_t cell)
{
	return h->from_s + (int64_t)cell * HISTORY_CELL;
}
/* The place of a node by name; nnodes: none. */
size_t history_find(const struct era *h, const char *name);
/* The i-th of a kind; nnodes: none. */
size_t history_nth(const struct era *h, enum history_kind kind, unsigned number);

/* history_plot.c: decides what happens. */
void history_plot(struct era *h);
/* history_world.c: weather, load, heat. */
void history_world_new(struct era *h);
void history_world_free(struct era *h);
/* Busy share of a server's processors, 0 to 1, when it is up. */
double history_cpu(const struct era *h, const struct history_node *n, size_t cell);
double history_watts(const struct era *h, const struct history_node *n, size_t cell);
/* How much warmer a zone is by a failure of its cooling, at a moment. */
double history_heat(const struct history_event *ev, int64_t at_s);
/* Its inlet less its zone's air, K. */
double history_place(const struct era *h, const struct history_node *n);
/* Whether an event keeps the node from being heard of. */
bool history_mutes(const struct era *h, const struct history_event *ev, size_t node);

/* --- cells ----------------------------------------------------------------------------------- */

enum {
	CELL_MEAN,
	CELL_LEAST,
	CELL_MOST
};

struct history_cells {
	size_t n;
	unsigned nfields;
	double *v[3][METRIC_MAX_FIELDS]; /* NAN: the field has none in it */
	double *known;			 /* 0 to 1: part of the samples that there is */
	bool ramp[METRIC_MAX_FIELDS];	 /* it goes straight from the least to the highest */
};

void history_cells_new(struct history_cells *c, size_t n, unsigned nfields);
void history_cells_free(struct history_cells *c);
static inline void
history_put(struct history_cells *c, unsigned field, size_t i, double mean, double swing)
{
	c->v[CELL_MEAN][field][i] = mean;
	c->v[CELL_LEAST][field][i] = mean - swing;
	c->v[CELL_MOST][field][i] = mean + swing;
}
/* The field is `value` from from_s to to_s. */
void history_overlay(const struct era *h, struct history_cells *c, unsigned field, int64_t from_s,
    int64_t to_s, double value);

/* history_model.c, history_plant.c: the cells of a series. */
void history_model(const struct era *h, const struct history_node *n, const struct series_def *def,
    struct history_cells *c);
void history_plant(const struct era *h, const struct history_node *n, const struct series_def *def,
    struct history_cells *c);
/* Takes away what was not heard. */
void history_silence_cells(const struct era *h, size_t node, struct history_cells *c);

/* The last cell in which a field has a value, and one more. */
size_t history_ends(const struct history_cells *c);
/* A row from cells [from, to): mean, least, highest of a field, or NAN when less than half is
 * known. */
void history_row(
    const struct history_cells *c, unsigned field, size_t from, size_t to, double row[3]);
/* A sample within a cell: the k-th of n. */
double history_sample(
    const struct history_cells *c, unsigned field, size_t cell, unsigned k, unsigned n);

/* --- what is written -------------------------------------------------------------------------- */

/* history_shape.c: the series of a node: calls each() for every one; the def is the callee's to
 * read during the call. */
void history_shapes(const struct era *h, size_t node,
    int (*each)(void *arg, const struct series_def *def, struct err *e), void *arg, int *rc,
    struct err *e);

/* The number of a port of the switch: "GE0-0-7" is that of link-07; 0: it is none. */
int history_port(const char *instance);

/* history_ledger.c: the samples that there should be, and are. */
void history_late_new(struct era *h);
struct history_tally *history_tallies(struct era *h, size_t node);
void history_count_series(
    struct era *h, size_t node, const struct series_def *def, const struct history_cells *c);
void history_each_hour(const struct era *h,
    void (*each)(void *arg, size_t node, int64_t hour_s, const struct history_tally *t), void *arg);
void history_tallies_free(struct era *h);

/* history_file.c: an RRD of cells. */
int history_file(const struct era *h, const struct series_def *def, const struct history_cells *c,
    struct err *e) __attribute__((warn_unused_result));

/* history_truth.c: the true figures. */
struct history_truth;
struct history_truth *history_truth_new(const struct era *h);
void history_truth_free(struct history_truth *t);
/* Takes in a series. */
void history_truth_series(struct history_truth *t, size_t node, const struct series_def *def,
    const struct history_cells *c);
/* An incident of the story. */
struct history_incident {
	uint64_t id;
	const char *zone;
	const char *node;
	const char *rule;
	const char *severity;
	int64_t opened_ms;
	int64_t closed_ms;
	int64_t ack_ms; /* 0: nobody */
	unsigned alerts;
	bool muted;
};
void history_truth_incident(struct history_truth *t, const struct history_incident *in);
int history_truth_write(const struct history_truth *t, const char *path, struct err *e)
    __attribute__((warn_unused_result));

/* history_story.c: alerts, incidents, acts, silences. */
int history_story(struct era *h, struct history_truth *t, struct err *e)
    __attribute__((warn_unused_result));

#endif

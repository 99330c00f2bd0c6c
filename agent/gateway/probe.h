/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe: what a kind of probe is, and the list of them.
 *
 * A kind is one file, probe_NAME.c, all static but the struct at its end, and one word in
 * PROBE_KINDS below. It asks once and answers once; when, how often and where the values go is
 * prober.c's business, for all kinds. */
#ifndef AGENT_GATEWAY_PROBE_H
#define AGENT_GATEWAY_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "zw/conf.h"
#include "zw/err.h"
#include "zw/metric.h"

#define PROBE_KINDS(X)                                                                             \
	X(icmp)                                                                                    \
	X(tcp)                                                                                     \
	X(http)                                                                                    \
	X(dns)                                                                                     \
	X(exec)

#define PROBE_MAX_TEXT 255

struct event_base;
struct probe_env; /* what the probes of a kind share (sockets, a curl multi handle): probe_env.h */

/* An answer: valid during the call. Fields that are not known are NAN; field 0 of every kind is
 * "up": 1 the thing answers as it should, 0 not. */
struct probe_result {
	unsigned nvalues;
	double values[METRIC_MAX_FIELDS];
	char text[PROBE_MAX_TEXT + 1]; /* for people: why not, or "" */
	/* exec only, else NULL: fields made of its performance data, behind the kind's own. */
	const struct field *more;
	unsigned nmore;
};

/* Nothing known yet: n values, all NAN, and no text. */
void probe_result_clear(struct probe_result *r, unsigned n);
/* Sets the text; cut where it is full, what is no text in it is escaped. */
void probe_say(struct probe_result *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What an answer is given to. It must not close the probe. */
typedef void (*probe_done)(void *arg, const struct probe_result *r);

/* The meaning of a state of one of a kind's own fields; up's is known. */
struct probe_state {
	unsigned field;
	struct metric_state state;
};

struct probe_kind {
	const char *name;
	const char *help;
	const struct conf_table *table; /* the kind's own keys */
	const struct field_row *fields; /* the first is "up", a state: 0 critical down, 1 ok up */
	unsigned nfields;
	const struct probe_state *states; /* of its other fields; may be NULL */
	unsigned nstates;
	/* Looks across keys. probe is the struct conf_probe, conf its variant. */
	void (*check)(const void *conf, const void *probe, struct conf_errors *ce);
	/* One probe's own state, for its life; borrows conf and env. NULL and the reason. */
	void *(*open)(struct probe_env *env, const void *conf, struct err *e);
	/* Asks once. done() is called once, from the loop (never from within), at the latest after
	 * timeout_ms, also when a name cannot be resolved; never two at once for one probe. */
	void (*ask)(void *state, int64_t timeout_ms, probe_done done, void *arg);
	/* Also while it asks: done() is not called any more. */
	void (*close)(void *state);
};

#define PROBE_DECLARE(name) extern const struct probe_kind probe_kind_##name;
PROBE_KINDS(PROBE_DECLARE)
#undef PROBE_DECLARE

const struct probe_kind *probe_kind(const char *name); /* or NULL */
/* For the configuration's variant. */
const struct conf_table *probe_kind_table(const char *name);
const char *probe_kind_at(size_t i, const char **help);

struct probe_env *probe_env_new(struct event_base *base);
void probe_env_free(struct probe_env *env);

#endif

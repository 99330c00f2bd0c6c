/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rule: what a kind of rule is, and the list of them.
 *
 * A kind is one file, rule_NAME.c (a '-' in the name is a '_' in the file), all static but the
 * struct at its end, and one word in RULE_KINDS below. It judges; holding times, aggregates,
 * incidents and words of the mail belong to the engine, for all kinds. */
#ifndef COLLECTOR_RULE_H
#define COLLECTOR_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "zw/conf.h"
#include "zw/metric.h"

#define RULE_KINDS(X)                                                                              \
	X(threshold)                                                                               \
	X(state)                                                                                   \
	X(rate)                                                                                    \
	X(forecast)                                                                                \
	X(comparison)                                                                              \
	X(deviation)                                                                               \
	X(plausibility)                                                                            \
	X(combination)                                                                             \
	X(no_data)

/* What holds of a zone or of the site. */
#define AIR_ON_BATTERY 0x01  /* a UPS */
#define AIR_COOLING_OFF 0x02 /* a cooling unit */
#define AIR_NO_COOLING 0x04  /* all cooling units of a zone */
#define AIR_RISING 0x08	     /* most inlets of the zone; of the site: of two zones */

enum verdict {
	VERDICT_OK,
	VERDICT_BAD,
	VERDICT_UNKNOWN /* cannot be judged: what was holds on */
};

/* What a rule judges: one value of a series, or the aggregate of a zone or of the site; or the
 * silence of a node or of a series. */
struct rule_input {
	bool known;	/* whether value is one */
	unsigned facts; /* AIR_*, of kinds with `facts` */
	double value;
	const char *unit;		  /* of the value, for the reason */
	const char *field;		  /* of kinds with `states`: what it is, for people */
	const struct metric_state *state; /* what the value means; NULL: nothing is told of it */
	/* Of silence. The watch begins with the program, and anew after it was stopped. */
	int64_t step_ms;   /* how often something should come */
	int64_t silent_ms; /* since anything of it arrived last, at most since the watch began */
	int64_t lost_ms;   /* since its session ended, likewise; -1: it has one, or had none */
	bool heard;	   /* something of it arrived since the watch began */
	bool seen;	   /* or ever */
	/* The verdict that held until now, for hysteresis. */
	bool was_bad;
	double was_limit; /* the limit that it was about; NAN: none */
	int64_t at_ms;	  /* event time of the value */
	/* Of kinds with `other`: the second value, at most 3 of its own steps old. */
	bool other_known;
	double other;
	/* Of kinds with `gate`: the value that says when the rule matters, likewise. */
	bool gate_known;
	double gate;
	/* Of kinds with `past`: what is usual at this hour of the week; NAN: not enough is known.
	 */
	double usual;
	double spread;	/* its standard deviation */
	unsigned weeks; /* that it was learned from */
	/* Of kinds with `neighbours`: the same measure elsewhere in the zone. */
	unsigned nneighbours;
	double median;
	double moved; /* the greatest of their changes since the value last changed, absolute */
};

/* Why, for people: the limit that counts and a phrase without the value ("above 32 °C"), in English
 * and as its parts. */
struct rule_reason {
	double limit;  /* NAN: none */
	double beyond; /* how far the value is past it, to tell what is worse; NAN: no matter */
	char text[128];
	struct reason why;
};

/* The second series of a kind that compares: another field of the same series where source is NULL,
 * else a series of the same node, or of the zone's own node (derived values). */
struct rule_other {
	const char *source;
	const char *instance; /* NULL: the same as the first's, else "" */
	const char *field;
};

struct rule_kind {
	const char *name;
	const char *help;
	const struct conf_table *table; /* the kind's own keys */
	bool needs_field;		/* judges values; else silence */
	bool facts;			/* or what holds of a zone or of the site */
	bool states;			/* only those of states; source and field may be absent */
	bool past;			/* wants usual, spread, weeks */
	bool neighbours;		/* wants nneighbours, median, moved */
	bool quarantines;		/* while bad, no other rule judges the value */
	/* What it remembers of a subject: so many bytes, zeroed at first, saved over a restart if
	 * the version is the same. 0: nothing. */
	size_t state_size;
	uint32_t state_version;
	/* Where the second value is; NULL: the kind wants none. */
	struct rule_other (*other)(const void *conf);
	/* Where the value is that says when it matters, of the same series; its field NULL, or this
	 * NULL: it always does. */
	struct rule_other (*gate)(const void *conf);
	/* Whether it judges all there is of the kind, so that its title tells less than the reason.
	 * NULL: it does not. */
	bool (*is_general)(const void *conf);
	/* Called for every known value of a subject in order, also when a restart reads again what
	 * was judged; before judge(). NULL: nothing to remember. */
	void (*note)(const void *conf, void *state, const struct rule_input *in);
	enum verdict (*judge)(const void *conf, const void *state, const struct rule_input *in,
	    struct rule_reason *why);
	/* Complains of what the table cannot see ("clear" beyond "above"). rule is the
	 * struct conf_rule, conf its variant. */
	void (*check)(const void *conf, const void *rule, struct conf_errors *ce);
};

#define RULE_DECLARE(name) extern const struct rule_kind rule_kind_##name;
RULE_KINDS(RULE_DECLARE)
#undef RULE_DECLARE

/* The kind of this name, or NULL. */
const struct rule_kind *rule_kind(const char *name);
/* Its table, for the configuration's variant; NULL: unknown. */
const struct conf_table *rule_kind_table(const char *name);
/* All kinds, NULL-terminated. */
extern const struct rule_kind *const rule_kinds[];

#endif

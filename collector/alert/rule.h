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

#include "zw/conf.h"
#include "zw/metric.h"

#define RULE_KINDS(X)                                                                              \
	X(threshold)                                                                               \
	X(state)                                                                                   \
	X(no_data)

enum verdict {
	VERDICT_OK,
	VERDICT_BAD,
	VERDICT_UNKNOWN /* cannot be judged: what was holds on */
};

/* What a rule judges: one value of a series, or the aggregate of a zone or of the site; or the
 * silence of a node or of a series. */
struct rule_input {
	bool known; /* whether value is one */
	double value;
	const char *unit;		  /* of the value, for the reason */
	const char *field;		  /* what it is, for people; NULL of an aggregate */
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
};

/* Why, for people: the limit that counts and a phrase without the value ("above 32 °C"). */
struct rule_reason {
	double limit;  /* NAN: none */
	double beyond; /* how far the value is past it, to tell what is worse; NAN: no matter */
	char text[128];
};

struct rule_kind {
	const char *name;
	const char *help;
	const struct conf_table *table; /* the kind's own keys */
	bool needs_field;		/* judges values; else silence */
	bool states;			/* only those of states; source and field may be absent */
	enum verdict (*judge)(
	    const void *conf, const struct rule_input *in, struct rule_reason *why);
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

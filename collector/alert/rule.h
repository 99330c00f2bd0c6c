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

#define RULE_KINDS(X) \
	X(threshold)  \
	X(no_data)

enum verdict {
	VERDICT_OK,
	VERDICT_BAD,
	VERDICT_UNKNOWN /* cannot be judged: what was holds on */
};

/* What a rule judges: one value of a series, or the aggregate of a zone or of the site. */
struct rule_input {
	bool known;	  /* whether value is one */
	double value;
	int64_t silent_ms; /* since anything of the subject arrived last */
	bool connected;	   /* its agent has a session */
	bool was_bad;	   /* the verdict that held until now, for hysteresis */
};

/* Why, for people: the limit that counts and a phrase without the value ("above 32 Cel"). */
struct rule_reason {
	double limit; /* NAN: none */
	char text[128];
};

struct rule_kind {
	const char *name;
	const char *help;
	const struct conf_table *table; /* the kind's own keys */
	bool needs_field;	/* judges values; else silence */
	enum verdict (*judge)(const void *conf, const struct rule_input *in,
	    struct rule_reason *why);
	/* Complains of what the table cannot see ("clear" beyond "above"). */
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_impl: what the files profile*.c and rows*.c share: the compiled form of a profile, and
 * how the texts of its grammar (agent/gateway/profile.def) are read. */
#ifndef AGENT_GATEWAY_PROFILE_IMPL_H
#define AGENT_GATEWAY_PROFILE_IMPL_H

#include "agent/gateway/profile.h"
#include "zw/metric.h"

#define PROFILE_MAX_FACTORS 4 /* as profile.def has it for scale_from */
#define PROFILE_MAX_POWER 30  /* of ten, of a scale that a device tells */
#define PROFILE_MAX_BYTES 4   /* of octets that make a number */

/* --- memory that is freed as a whole (profile_pool.c) --- */

struct profile_block;

struct profile_pool {
	struct profile_block *blocks;
};

/* Zeroed, aligned for everything, never NULL. */
void *profile_get(struct profile_pool *pool, size_t n, size_t size);
char *profile_text(struct profile_pool *pool, const char *text, size_t n);
struct oid profile_oid(struct profile_pool *pool, struct oid o);
void profile_pool_free(struct profile_pool *pool);

/* --- the grammar (profile_parse.c) --- */

/* A VALUE: from low to high, or a pattern (low is NAN). */
struct profile_value {
	double low;
	double high;
	const char *text;
};

struct profile_values {
	struct profile_value *v;
	size_t n;
};

/* At which index of a column a row's value is. */
enum profile_at {
	PROFILE_AT_ROW,	 /* the row's */
	PROFILE_AT_PART, /* sub-identifiers from..to of it, from 1 on */
	PROFILE_AT_NEAR, /* with add added to its last sub-identifier */
	PROFILE_AT_FIXED /* fixed */
};

struct profile_column {
	struct oid oid; /* n == 0: no column */
	enum profile_at at;
	unsigned from;
	unsigned to;
	int64_t add;
	struct oid fixed;
	unsigned first_byte; /* of a trap's octets, from 1 on; 0: the value as it is */
	unsigned last_byte;
};

enum profile_op {
	PROFILE_IS,
	PROFILE_IS_NOT,
	PROFILE_HAS,
	PROFILE_HAS_NOT
};

struct profile_condition {
	struct profile_column column;
	enum profile_op op;
	struct profile_values values;
};

struct profile_conditions {
	struct profile_condition *v;
	size_t n;
};

/* A piece of a template: the first of these that is set. */
struct profile_piece {
	const char *text;
	struct profile_column column;
	unsigned index; /* a sub-identifier of the row's index, from 1 on; 0: all of it */
};

struct profile_template {
	struct profile_piece *v;
	size_t n;
};

struct profile_state {
	int32_t code;
	bool none; /* there is no value */
	enum metric_severity severity;
	const char *text;
};

struct profile_states {
	const char *name;
	struct profile_state *v;
	size_t n;
};

enum profile_rule {
	PROFILE_MULTIPLY,
	PROFILE_DIVIDE,
	PROFILE_POWER10,
	PROFILE_NEGATIVE_POWER10,
	PROFILE_SIGNED,
	PROFILE_RFC3433_SCALE
};

struct profile_factor {
	enum profile_rule rule;
	struct profile_column column;
};

/* In the order of profile.def's choices. */
enum profile_convert {
	PROFILE_CONVERT_NONE,
	PROFILE_UNSIGNED32,
	PROFILE_SIGNED32,
	PROFILE_FAHRENHEIT,
	PROFILE_OPTICAL_POWER,
	PROFILE_HEX_FLOAT
};

/* Each reads one text of the grammar; -1 and the reason. What is kept comes from the pool. */
void profile_parse_value(
    struct profile_pool *pool, const char *text, size_t n, struct profile_value *out);
void profile_parse_values(
    struct profile_pool *pool, const struct conf_texts *texts, struct profile_values *out);
int profile_parse_column(struct profile_pool *pool, const char *text, struct profile_column *out,
    struct err *e) __attribute__((warn_unused_result));
int profile_parse_condition(struct profile_pool *pool, const char *text,
    struct profile_condition *out, struct err *e) __attribute__((warn_unused_result));
int profile_parse_template(struct profile_pool *pool, const char *text,
    struct profile_template *out, struct err *e) __attribute__((warn_unused_result));
/* "CODE SEVERITY TEXT", and "SEVERITY TEXT". */
int profile_parse_state(struct profile_pool *pool, const char *text, struct profile_state *out,
    struct err *e) __attribute__((warn_unused_result));
int profile_parse_severity(struct profile_pool *pool, const char *text, struct profile_state *out,
    struct err *e) __attribute__((warn_unused_result));
int profile_parse_factor(struct profile_pool *pool, const char *text, struct profile_factor *out,
    struct err *e) __attribute__((warn_unused_result));
/* Whether a text is one that the pattern ('*': any text) means; neither case nor blanks at the ends
 * of the text matter. */
bool profile_pattern(const char *pattern, const char *text);

/* --- what one element's keys must be to each other (profile_check.c); ce may be NULL --- */

void profile_check_source(struct conf_errors *ce, const void *element, const char *source);
void profile_check_field(struct conf_errors *ce, const struct conf_field *f);
void profile_check_type(struct conf_errors *ce, const struct conf_rowtype *t);
void profile_check_sample(struct conf_errors *ce, const struct conf_field *f);

/* --- the compiled profile (profile_compile.c) --- */

enum {
	PROFILE_LOW,
	PROFILE_LOW_WARNING,
	PROFILE_HIGH_WARNING,
	PROFILE_HIGH,
	PROFILE_LIMITS
};

struct profile_field {
	const struct conf_field *conf;
	struct profile_column column;
	enum field_kind kind;
	enum profile_convert convert;
	struct profile_values none;
	struct profile_conditions none_when;
	struct profile_conditions none_when_all;
	struct profile_factor factors[PROFILE_MAX_FACTORS];
	size_t nfactors;
	struct profile_conditions fahrenheit; /* one, or none */
	const struct profile_states *states;  /* or NULL */
	struct profile_column states_from;
	struct profile_states severities;
	struct profile_column discontinuity;
	struct profile_column limits[PROFILE_LIMITS];
};

struct profile_type {
	const struct conf_rowtype *conf;
	struct profile_values is;
	int kind; /* enum field_kind; -1: the field's */
	int convert;
	struct profile_values none;
	const struct profile_states *states;
};

/* A group of scalars, or a table (the others are empty then). */
struct profile_group {
	const struct conf_scalars *scalars; /* or NULL */
	const struct conf_rowset *table;    /* or NULL */
	const char *source;
	int64_t interval_ms;
	struct profile_conditions only;
	struct profile_conditions skip;
	struct profile_template key;
	struct profile_template instance;
	struct profile_template title;
	struct profile_template child;
	struct profile_template type_from;
	struct profile_type *types;
	size_t ntypes;
	struct profile_field *fields;
	size_t nfields;
};

struct profile_match {
	struct oid sysobjectid; /* n == 0: any */
	struct oid *probe;
	size_t nprobe;
	struct oid *absent;
	size_t nabsent;
	struct profile_conditions when;
};

struct profile_trap {
	const struct conf_trap *conf;
	struct oid oid;
	struct profile_conditions when;
	struct profile_column *key;
	size_t nkey;
	struct profile_template text;
	struct profile_group samples;
};

struct profile {
	struct profile_pool pool;
	struct conf_profile *conf;
	struct profile_match *match;
	size_t nmatch;
	struct profile_states *states;
	size_t nstates;
	struct profile_group *groups; /* scalars first, then tables, in the file's order */
	size_t ngroups;
	struct profile_trap *traps; /* in the order of their OIDs, then of the file */
	size_t ntraps;
};

/* Compiles. Takes conf only when ce is NULL; complaints go to ce. */
struct profile *profile_compile(struct conf_profile *conf, struct conf_errors *ce);

#endif

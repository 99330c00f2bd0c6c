/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rule kind with its configuration, its memory and the verdict that holds, for tests that play
 * readings through note() and judge() as the engine does. */
#ifndef TESTS_UNIT_RULE_FIXTURE_H
#define TESTS_UNIT_RULE_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/alert/rule.h"

#define OK VERDICT_OK
#define BAD VERDICT_BAD
#define UNK VERDICT_UNKNOWN

struct play {
	const struct rule_kind *kind;
	void *conf;
	void *state;
	struct rule_input in;
	struct rule_reason why;
	enum verdict verdict;
};

static inline struct play *
play_new(const char *kind)
{
	struct play *p = calloc(1, sizeof *p);
	assert_non_null(p);
	p->kind = rule_kind(kind);
	assert_non_null(p->kind);
	assert_true(p->kind->state_size <= 2048);
	p->conf = conf_defaults(p->kind->table);
	p->state = calloc(1, p->kind->state_size > 0 ? p->kind->state_size : 1);
	p->in = (struct rule_input){
		.unit = "Cel", .was_limit = NAN, .usual = NAN, .spread = NAN, .median = NAN
	};
	return p;
}

static inline void
play_free(struct play *p)
{
	conf_free(p->kind->table, p->conf);
	free(p->state);
	free(p);
}

/* Where a key's value is in the configuration. */
static inline void *
play_key(const struct play *p, const char *name)
{
	for (size_t i = 0; i < p->kind->table->nkeys; i++)
		if (strcmp(p->kind->table->keys[i].name, name) == 0)
			return (char *)p->conf + p->kind->table->keys[i].offset;
	fail_msg("no key %s", name);
	return NULL;
}

static inline void
play_number(struct play *p, const char *name, double v)
{
	*(double *)play_key(p, name) = v;
}

static inline void
play_duration(struct play *p, const char *name, int64_t ms)
{
	*(int64_t *)play_key(p, name) = ms;
}

/* One reading: value NAN is unknown. What else the input says stands in p->in before. */
static inline enum verdict
play(struct play *p, double at_s, double value)
{
	p->in.at_ms = INT64_C(1700000000000) + (int64_t)(at_s * 1000);
	p->in.value = value;
	p->in.known = !isnan(value);
	if (p->kind->note != NULL && p->in.known)
		p->kind->note(p->conf, p->state, &p->in);
	p->verdict = p->kind->judge(p->conf, p->state, &p->in, &p->why);
	if (p->verdict != VERDICT_UNKNOWN) {
		p->in.was_bad = p->verdict == VERDICT_BAD;
		p->in.was_limit = p->verdict == VERDICT_BAD ? p->why.limit : NAN;
	}
	return p->verdict;
}

/* Noise that is the same on each machine: -1 to 1. */
static inline double
play_noise(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (double)(*seed >> 8) / 8388608.0 - 1;
}

#endif

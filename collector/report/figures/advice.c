/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rules find, weightiest first; what the period before gave, too, is marked. */
#include "collector/report/figures/advice.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/advice_int.h"
#include "zw/alloc.h"

#define MOST 10000 /* before lists are cut */
#define AGAIN 5.0  /* more weight of what was so in the period before */

const char *
advice_word(enum advice_kind kind)
{
	static const char *const words[] = {
#define ADVICE(id, word) word,
		ADVICE_KINDS(ADVICE)
#undef ADVICE
	};

	return words[kind];
}

struct advice_one *
advice_add(
    struct advice *v, const struct advice_rule *r, double more, const char *of, const char *part)
{
	if (v->nones == MOST)
		return NULL;
	v->ones = xgrow(v->ones, v->nones, sizeof *v->ones);
	struct advice_one *o = &v->ones[v->nones++];
	*o = (struct advice_one){
		.kind = r->kind, .weight = r->weight + more, .what = "", .value = NAN, .bound = NAN
	};
	snprintf(o->key, sizeof o->key, "%s%s%.70s%s%.60s", advice_word(r->kind),
	    *of != '\0' ? ":" : "", of, *part != '\0' ? "/" : "", part);
	v->of_kind[r->kind]++;
	return o;
}

struct advice *
advice_of(const struct figures_of *of, const struct plant *p)
{
	struct advice *v = xcalloc(1, sizeof *v);

	for (size_t i = 0; i < advice_nrules; i++)
		advice_rules[i].look(v, &advice_rules[i], of, p);
	return v;
}

/* The weightiest first; else by key, so that the same figures give the same list. */
static int
by_weight(const void *a, const void *b)
{
	const struct advice_one *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return strcmp(x->key, y->key);
}

/* Marks what the period before gave, too. */
static void
mark_again(struct advice *v, const struct advice *before)
{
	for (size_t i = 0; i < v->nones; i++) {
		for (size_t j = 0; j < before->nones && !v->ones[i].again; j++)
			v->ones[i].again = strcmp(v->ones[i].key, before->ones[j].key) == 0;
		v->ones[i].weight += v->ones[i].again ? AGAIN : 0;
	}
}

/* Leaves the weightiest of each kind, and of all. */
static void
cut(struct advice *v)
{
	unsigned have[ADVICE_KINDS_N] = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < v->nones && kept < ADVICE_MAX; i++)
		if (have[v->ones[i].kind]++ < ADVICE_MAX_A_KIND)
			v->ones[kept++] = v->ones[i];
	v->nones = kept;
}

struct advice *
advice_new(const struct figures *f)
{
	struct advice *v = advice_of(&f->now, f->plant), *before = advice_of(&f->before, NULL);

	mark_again(v, before);
	advice_free(before);
	if (v->nones > 1)
		qsort(v->ones, v->nones, sizeof *v->ones, by_weight);
	cut(v);
	return v;
}

void
advice_free(struct advice *v)
{
	if (v == NULL)
		return;
	free(v->ones);
	free(v);
}

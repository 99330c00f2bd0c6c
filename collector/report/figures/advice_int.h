/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advice_int: what the rules of advice_rules.c and what puts them in order share. */
#ifndef COLLECTOR_ADVICE_INT_H
#define COLLECTOR_ADVICE_INT_H

#include "collector/report/figures/advice.h"

/* One rule: adds what it finds. */
struct advice_rule {
	enum advice_kind kind;
	double weight; /* of the least of it */
	void (*look)(struct advice *v, const struct advice_rule *r, const struct figures_of *of,
	    const struct plant *p);
};

extern const struct advice_rule advice_rules[];
extern const size_t advice_nrules;

/* Adds one of the rule's kind: its key is made of the parts ("" for none). The result is to be
 * filled in further; NULL: there are too many. */
struct advice_one *advice_add(
    struct advice *v, const struct advice_rule *r, double more, const char *of, const char *part);

#endif

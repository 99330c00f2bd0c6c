/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_runs: a set of numbers that mostly follow each other, as runs from one to another: which
 * records the spool holds, in little memory. */
#ifndef AGENT_SPOOL_RUNS_H
#define AGENT_SPOOL_RUNS_H

#include <stddef.h>
#include <stdint.h>

struct spool_run {
	uint64_t first;
	uint64_t last;
};

/* `= { 0 }` is empty. */
struct spool_runs {
	struct spool_run *v;
	size_t head; /* the first in use */
	size_t n;    /* behind the last in use */
	size_t cap;
	uint64_t count; /* of numbers in all */
};

void spool_runs_free(struct spool_runs *r); /* leaves an empty set */
/* n must be above all that are in the set. */
void spool_runs_add(struct spool_runs *r, uint64_t n);
/* Take out all up to n; how many there were. */
uint64_t spool_runs_cut(struct spool_runs *r, uint64_t n);
/* Take out all that are in the other set; how many there were. */
uint64_t spool_runs_subtract(struct spool_runs *r, const struct spool_runs *gone);
/* The lowest number; 0: none. */
uint64_t spool_runs_first(const struct spool_runs *r);

#endif

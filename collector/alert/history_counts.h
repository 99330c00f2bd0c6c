/* SPDX-License-Identifier: GPL-3.0-or-later */
/* history_counts: changes of the ledger of samples that wait to be stored, one for each node and
 * hour however often it changed. Knows no database. */
#ifndef COLLECTOR_HISTORY_COUNTS_H
#define COLLECTOR_HISTORY_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "collector/site/tally.h"
#include "zw/wire.h"

struct history_count {
	char node[NAME_MAX_NODE + 1];
	int64_t hour_s;
	struct tally t;
};

/* {0} is empty. */
struct history_counts {
	struct history_count *v;
	size_t n;
	size_t room;
	uint32_t *slots; /* place in v, and 1; 0: free */
	size_t nslots;	 /* a power of 2, more than twice n */
};

void history_counts_clear(struct history_counts *c);
void history_counts_add(
    struct history_counts *c, const char *node, int64_t hour_s, const struct tally *t);
/* Moves all to another. */
void history_counts_merge(struct history_counts *to, struct history_counts *from);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger_int: what ledger.c and ledger_memory.c share. */
#ifndef COLLECTOR_LEDGER_INT_H
#define COLLECTOR_LEDGER_INT_H

#include "collector/ledger.h"
#include "zw/wire.h"

#define LEDGER_NAMES 400 /* bytes of names that are told at once */

struct ledger_hour {
	int64_t hour_s;
	struct tally t;
};

/* Times are those of samples. */
struct ledger_node {
	int64_t first_s; /* 0: nothing came yet */
	int64_t last_s;
	int64_t run_s;	/* since when it sends without a long silence */
	int64_t boot_s; /* 0: not known */
	int64_t uptime_s;
	bool told;			/* that it is there */
	const struct node *sender;	/* of its last sample */
	uint8_t stream[WIRE_STREAM_ID]; /* that it sends itself, */
	uint64_t seq;			/* the last number in it; 0: none */
	uint64_t lost;			/* numbers that never came, of all its streams */
	struct ledger_hour *hours;	/* counted since ledger_take() */
	size_t nhours;
	size_t room;
};

struct ledger_series {
	int64_t last_s; /* of its last sample; 0: none yet */
	uint64_t lost;	/* of the sender at that time */
	uint32_t step_s;
	uint32_t unpaid; /* steps after it that are expected already */
	uint32_t hash;	 /* of its name: numbers are given anew with the catalog */
	bool gone;
	bool is_new; /* not told yet */
};

struct ledger {
	const struct site *site;
	struct ledger_node *nodes; /* by index */
	size_t nnodes;
	struct ledger_series *series; /* by sid */
	size_t nseries;
	char **lost; /* names of nodes that were saved and are no more */
	size_t nlost;
	int64_t till_s;
	int64_t began_s; /* when it advanced first */
	bool warm;
	void (*news)(void *arg, enum ledger_news what, const char *node, const char *text);
	void *arg;
};

/* Made as they are asked for; a later call may move them. */
struct ledger_node *ledger_node(struct ledger *l, const struct node *n);
struct ledger_series *ledger_series(struct ledger *l, uint32_t sid);
uint32_t ledger_hash(const struct series *se); /* of its name */

#endif

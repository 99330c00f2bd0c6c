/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sim: the simulated centre: zones of air, the servers in them, the equipment, and the script of
 * what goes wrong. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/equipment.h"
#include "zw/err.h"

#define SIM_MAX_SERVERS 1024

struct event_base;
struct sim;

/* All borrowed. */
struct sim_opts {
	char *collector; /* NULL: no servers */
	const char *pki_dir;
	const char *state_dir;
	const char *script_path; /* NULL: nothing goes wrong */
	const char *oracle_path; /* NULL: not told */
	uint64_t step_s;
	uint64_t speed; /* how many times faster than in nature the air warms */
	bool catch_up;	/* when the clock is set ahead, each step between is measured at once */
	uint64_t spool_bytes;
	bool eager;	  /* agents try again within 0.5 s however often it failed */
	uint64_t since_s; /* their samples begin then, since 1970; 0: now */
	uint64_t pace;	  /* and come so many times faster until it is now */
	struct {
		const char *zone;
		const char *name;
	} servers[SIM_MAX_SERVERS];
	size_t nservers;
	const struct equipment_opts *equipment; /* NULL: none */
};

int sim_new(struct sim **out, struct event_base *base, const struct sim_opts *o, struct err *e)
    __attribute__((warn_unused_result));
/* Says what the run came to. */
void sim_free(struct sim *s);

#endif

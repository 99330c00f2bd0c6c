/* SPDX-License-Identifier: GPL-3.0-or-later */
/* server: one simulated server: what its agent would measure, sent through the real feed. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "agent/feed.h"

struct event_base;
struct framelog;
struct server;
struct tls;

struct server_opts {
	const char *name; /* borrowed for ever */
	const char *zone; /* borrowed for ever */
	const char *spool_dir;
	const char *pki_dir;
	const struct conf_texts *collectors;
	uint32_t step_s;
	uint64_t spool_bytes;
	unsigned seed;
	bool eager;		 /* feed_opts */
	FILE *oracle;		 /* what was sent and acknowledged, a line each; NULL: not told */
	struct framelog *frames; /* the same as bytes; NULL: not told */
};

int server_new(
    struct server **out, struct event_base *base, const struct server_opts *o, struct err *e);
void server_free(struct server *s);

const char *server_name(const struct server *s);
const char *server_zone(const struct server *s);
/* Heat it gives off now. */
double server_power_w(const struct server *s);
/* Measure and send the moment time_s, breathing air of this temperature. */
void server_sample(struct server *s, int64_t time_s, double air_c);

/* Faults. A dead server sends nothing more and its connection is gone at once; it comes back with
 * its spool. */
int server_set_dead(struct server *s, bool dead, struct err *e);
void server_set_disk_fills(struct server *s, bool fills); /* a percent of /var each sample */
void server_set_busy(struct server *s, bool busy);	  /* all cores at work */

/* Records that wait for their acknowledgement, and those that have it. */
uint64_t server_unacked(const struct server *s);
uint64_t server_acked(const struct server *s);
/* Bytes of samples that are in memory only. */
uint64_t server_unwritten(const struct server *s);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay: recordings of devices served over SNMP, as many copies as wanted, for tests and
 * measurements. */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include <netinet/in.h>

#include "agent/gateway/snmpio.h"
#include "zw/err.h"

#define REPLAY_MAX_COPIES 2048

struct event_base;
struct replay;

struct replay_opts {
	const char *path;	  /* .snmprec or .walk */
	struct sockaddr_in first; /* copies have the next addresses */
	unsigned copies;
	int64_t delay_ms;
	unsigned max_bytes; /* of an answer */
	enum snmpio_version version;
	const char *credentials_dir; /* as the equipment's; NULL: the community "public" */
};

int replay_new(struct replay **out, struct event_base *base, const struct replay_opts *o,
    struct err *e) __attribute__((warn_unused_result));
void replay_free(struct replay *r); /* says how much was asked */

#endif

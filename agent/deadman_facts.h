/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman_facts: what a mail of the dead-man's switch says, on its way from the agent to
 * zonewatch-tell: lines "word value". Pure. */
#ifndef AGENT_DEADMAN_FACTS_H
#define AGENT_DEADMAN_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/str.h"

#define DEADMAN_FACTS_MAX 16384 /* bytes: they fit a pipe */

struct deadman_facts {
	bool over;
	uint64_t id;		      /* the same of both mails */
	char node[NAME_MAX_NODE + 1]; /* who says it */
	char collectors[1024];	      /* "host:port, host:port" */
	int64_t quiet_ms;	      /* wall: when the collector was last known to live */
	int64_t now_ms;		      /* wall */
	uint64_t peers;		      /* other agents that take part */
	uint64_t heard;		      /* of them are heard */
	char unheard[8192 + 256];     /* names of those who are not, separated by ", " */
};

void deadman_facts_encode(struct buf *b, const struct deadman_facts *f);
int deadman_facts_decode(const char *text, size_t n, struct deadman_facts *f, struct err *e)
    __attribute__((warn_unused_result));

#endif

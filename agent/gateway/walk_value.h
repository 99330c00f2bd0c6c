/* SPDX-License-Identifier: GPL-3.0-or-later */
/* walk_value: the values in recordings, for walk_read.c. */
#ifndef AGENT_GATEWAY_WALK_VALUE_H
#define AGENT_GATEWAY_WALK_VALUE_H

#include "agent/gateway/varbind.h"
#include "zw/buf.h"

/* A piece of the file. */
struct walk_span {
	const char *p;
	const char *end;
};

/* The varbind under way and what it points to. */
struct walk_reading {
	struct oid_buf oid;
	struct oid_buf value;
	struct buf bytes;
	struct varbind v;
};

/* An OID, "iso" standing for 1: 0, or -1. */
int walk_value_oid(struct walk_span s, struct oid_buf *out) __attribute__((warn_unused_result));
/* "INTEGER: 5", "Hex-STRING: 00 1B": into r->v, of which bytes and OIDs are in r: 0, or -1. */
int walk_value_printed(struct walk_span s, struct walk_reading *r)
    __attribute__((warn_unused_result));
/* The same of a .snmprec: "2" and "5", "4x" and "001b". */
int walk_value_tagged(struct walk_span tag, struct walk_span s, struct walk_reading *r)
    __attribute__((warn_unused_result));

#endif

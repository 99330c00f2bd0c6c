/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd_head: what the first bytes of an SNMP message say of its sender, read before anything is
 * spent on it. Pure. */
#ifndef AGENT_GATEWAY_TRAPD_HEAD_H
#define AGENT_GATEWAY_TRAPD_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All pointers are into the message. */
struct trapd_head {
	unsigned version; /* 1, 2 (v2c), 3 */
	const uint8_t *community;
	size_t community_len;
	uint8_t pdu;   /* v1, v2c: its tag */
	uint8_t flags; /* v3: msgFlags */
	const uint8_t *engine;
	size_t engine_len;
	const uint8_t *user;
	size_t user_len;
	uint32_t boots;
};

#define TRAPD_HEAD_REPORTABLE 0x04 /* of the flags */

/* 0, or -1 when it is no message of SNMPv1, v2c or v3 with USM. */
int trapd_head_read(struct trapd_head *out, const uint8_t *p, size_t n)
    __attribute__((warn_unused_result));

#endif

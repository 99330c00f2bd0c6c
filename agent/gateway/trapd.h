/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd: traps and informs of v1, v2c and v3, received and checked. Other PDUs, wrong communities,
 * unknown users, forged messages (session->s_snmp_errno) and such below the user's security level
 * are refused and counted. Informs are acknowledged. */
#ifndef AGENT_GATEWAY_TRAPD_H
#define AGENT_GATEWAY_TRAPD_H

#include <sys/socket.h>

#include "agent/gateway/snmpio.h"

#define TRAPD_MAX_VARBINDS 128

struct trapd;

enum trapd_refusal {
	TRAPD_COMMUNITY,      /* unknown */
	TRAPD_USER,	      /* unknown user or engine */
	TRAPD_FORGED,	      /* wrong digest, replayed, cannot be deciphered */
	TRAPD_SECURITY_LEVEL, /* below what the user must have */
	TRAPD_PDU,	      /* no trap or inform, or malformed */
	TRAPD_RATE,	      /* its source sends too many */
	TRAPD_REFUSALS
};

const char *trapd_refusal_name(enum trapd_refusal r); /* "community", "user", ... */

/* Valid during the call. */
struct trapd_trap {
	struct sockaddr_storage from;
	char from_text[64];  /* address without port */
	char agent_text[64]; /* v1's agent-addr (behind NAT), or "" */
	enum snmpio_version version;
	bool inform;
	struct oid oid; /* snmpTrapOID; of a v1 trap as RFC 3584, section 3.1, makes it */
	uint64_t uptime_cs;
	const struct varbind *v; /* without sysUpTime.0 and snmpTrapOID.0 */
	size_t n;
	const uint8_t *engine_id; /* v3 */
	size_t engine_id_len;
};

struct trapd_stats {
	uint64_t accepted;
	uint64_t
	    duplicates; /* the same PDU of the same source within 10 s; dropped, informs answered */
	uint64_t refused[TRAPD_REFUSALS];
};

struct trapd_opts {
	const struct sockaddr *listen;
	unsigned listen_len;
	const struct snmpio_credential *credentials; /* copied; a v3 user's level is its own */
	size_t ncredentials;
	unsigned rate; /* of one source, 1/s */
	unsigned burst;
	void (*trap)(void *arg, const struct trapd_trap *t);
	void *arg;
};

int trapd_new(struct trapd **out, struct snmpio *io, const struct trapd_opts *o, struct err *e)
    __attribute__((warn_unused_result));
void trapd_free(struct trapd *t);
void trapd_stats(const struct trapd *t, struct trapd_stats *out);
/* Another engine (in hex or bytes) whose user of this credential sends v3 traps; informs need
 * none. Engines of devices polled by snmpio are known by themselves. */
int trapd_engine(struct trapd *t, const uint8_t *engine_id, size_t len,
    const struct snmpio_credential *c, struct err *e) __attribute__((warn_unused_result));

#endif

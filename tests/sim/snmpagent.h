/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpagent: simulated devices as SNMP agents: each has its own address and port, its own
 * credential and its own engine ID and boots, and answers GET, GETNEXT and GETBULK of v1,
 * v2c or v3 (authPriv) from its MIB; it sends traps. The simulator's door to net-snmp.
 *
 * net-snmp has one local engine in a process; it is made that of the device whose message is
 * handled, before it is. */
#ifndef SIM_SNMPAGENT_H
#define SIM_SNMPAGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "agent/gateway/snmpio.h"
#include "tests/sim/mib.h"

#define SNMPAGENT_ENGINE_MAX 32

struct event_base;
struct snmpagents; /* the library; one in a program */
struct snmpagent;

struct snmpagent_opts {
	const struct sockaddr *listen; /* IPv4 */
	struct mib *mib;	       /* borrowed for its life */
	/* Copied. Who does not know it gets no answer, or (v3) the report of RFC 3414. */
	const struct snmpio_credential *credential;
	uint8_t engine_id[SNMPAGENT_ENGINE_MAX];
	size_t engine_len;
	unsigned max_bytes; /* of a message; 0: 1472 */
	/* Before a request is answered; may change the MIB. May be NULL. */
	void (*refresh)(void *arg);
	void *arg;
	const struct sockaddr *sink; /* where traps go, IPv4; NULL: nowhere */
};

/* Reads and writes no file of net-snmp's. Engine boots grow with the wall clock, so that they grow
 * from one run to the next, too. */
struct snmpagents *snmpagents_new(struct event_base *base);
/* All agents are freed before. NULL is fine. */
void snmpagents_free(struct snmpagents *all);

int snmpagent_new(struct snmpagent **out, struct snmpagents *all, const struct snmpagent_opts *o,
    struct err *e) __attribute__((warn_unused_result));
void snmpagent_free(struct snmpagent *a);

/* A silent one hears nothing and answers nothing; traps are sent all the same. */
void snmpagent_set_silent(struct snmpagent *a, bool silent);
/* Answers come so much later. */
void snmpagent_set_delay(struct snmpagent *a, int64_t ms);
/* Counts a boot of the engine. Its time goes on: all agents have the process's. */
void snmpagent_reboot(struct snmpagent *a);

/* Sends a trap, of the credential's version: v1 by RFC 3584, section 3.2. */
void snmpagent_trap(
    struct snmpagent *a, struct oid trap, uint64_t uptime_cs, const struct varbind *v, size_t n);
uint64_t snmpagent_requests(const struct snmpagent *a); /* answered so far */

#endif

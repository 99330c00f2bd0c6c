/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpagent_impl: what the files of snmpagent share. */
#ifndef SIM_SNMPAGENT_IMPL_H
#define SIM_SNMPAGENT_IMPL_H

#include <event2/event.h>
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <netinet/in.h>

#include "tests/sim/snmpagent.h"

struct late; /* an answer that waits for its time */

struct snmpagents {
	struct event_base *base;
};

struct snmpagent {
	struct snmpagents *all;
	struct mib *mib;
	enum snmpio_version version;
	char *name; /* community or user */
	uint8_t engine_id[SNMPAGENT_ENGINE_MAX];
	size_t engine_len;
	uint32_t boots;
	unsigned max_bytes;
	void (*refresh)(void *arg);
	void *arg;
	void *session;	    /* net-snmp's, where requests arrive */
	void *trap_session; /* where traps go from; NULL: no sink, or not opened yet */
	struct event *readable;
	struct sockaddr_in listen;
	struct sockaddr_in sink; /* family 0: none */
	bool silent;
	int64_t delay_ms;
	struct late *late;
	uint64_t requests;
};

/* Makes the process's SNMP engine that of this agent. */
void snmpagent_engine(const struct snmpagent *a);
/* The answer to a request, which goes on being the caller's: a new PDU, or NULL if there is none
 * to give. */
netsnmp_pdu *snmpagent_reply(struct snmpagent *a, netsnmp_pdu *request);
/* Appends a binding behind *tail and moves it; -1 if net-snmp will not have it. */
int snmpagent_append(netsnmp_variable_list ***tail, const struct varbind *v)
    __attribute__((warn_unused_result));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpagent_trap: traps of v1, v2c and v3, from the device's own address. */
#include <stdio.h>
#include <arpa/inet.h>
#include <string.h>

#include "tests/sim/snmpagent_impl.h"
#include "zw/log.h"

#define SNMPTRAPS 1, 3, 6, 1, 6, 3, 1, 1, 5

static const uint32_t uptime_oid[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
static const uint32_t trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
static const uint32_t standard_oid[] = { SNMPTRAPS };

/* The session that traps go by, opened once. */
static void *
trap_session(struct snmpagent *a)
{
	netsnmp_session s;
	char from[INET_ADDRSTRLEN], address[INET_ADDRSTRLEN], to[64];

	if (a->trap_session != NULL || a->sink.sin_family != AF_INET)
		return a->trap_session;
	inet_ntop(AF_INET, &a->listen.sin_addr, from, sizeof from);
	inet_ntop(AF_INET, &a->sink.sin_addr, address, sizeof address);
	(void)snprintf(to, sizeof to, "udp:%s:%u", address, ntohs(a->sink.sin_port));
	snmp_sess_init(&s);
	s.peername = to;
	s.localname = from;
	s.retries = 0;
	s.flags |= SNMP_FLAGS_DONT_PROBE;
	if (a->version == SNMPIO_V3) {
		s.version = SNMP_VERSION_3;
		s.securityName = a->name;
		s.securityNameLen = strlen(a->name);
		s.securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
		s.securityEngineID = a->engine_id;
		s.securityEngineIDLen = a->engine_len;
		s.contextEngineID = a->engine_id;
		s.contextEngineIDLen = a->engine_len;
	} else {
		s.version = a->version == SNMPIO_V1 ? SNMP_VERSION_1 : SNMP_VERSION_2c;
		s.community = (u_char *)a->name;
		s.community_len = strlen(a->name);
	}
	a->trap_session = snmp_sess_open(&s);
	return a->trap_session;
}

/* What v1 says instead of an OID (RFC 3584, section 3.2). */
static void
trap_v1(netsnmp_pdu *pdu, const struct snmpagent *a, struct oid trap, uint64_t uptime_cs)
{
	struct oid standard = { .id = standard_oid, .n = sizeof standard_oid / sizeof(uint32_t) };
	unsigned n = trap.n;

	memcpy(pdu->agent_addr, &a->listen.sin_addr, 4);
	pdu->time = (u_long)uptime_cs;
	if (oid_is_under(trap, standard) && trap.n == standard.n + 1) {
		pdu->trap_type = (long)trap.id[standard.n] - 1;
		pdu->enterprise =
		    snmp_duplicate_objid((const oid[]){ 1, 3, 6, 1, 6, 3, 1, 1, 5 }, standard.n);
		pdu->enterprise_length = standard.n;
		return;
	}
	pdu->trap_type = SNMP_TRAP_ENTERPRISESPECIFIC;
	pdu->specific_type = trap.n > 0 ? (long)trap.id[trap.n - 1] : 0;
	n -= n > 0;
	n -= n > 0 && trap.id[n - 1] == 0;
	oid enterprise[MAX_OID_LEN];
	for (unsigned i = 0; i < n; i++)
		enterprise[i] = trap.id[i];
	pdu->enterprise = snmp_duplicate_objid(enterprise, n);
	pdu->enterprise_length = n;
}

/* The first two bindings of a v2 trap (RFC 3416, section 4.2.6). */
static int
trap_v2(netsnmp_variable_list ***tail, struct oid trap, uint64_t uptime_cs)
{
	struct varbind uptime = {
		.oid = { .id = uptime_oid, .n = 9 }, .type = VARBIND_TICKS, .u = uptime_cs
	};
	struct varbind which = {
		.oid = { .id = trap_oid, .n = 11 }, .type = VARBIND_OID, .oid_value = trap
	};

	return snmpagent_append(tail, &uptime) == -1 || snmpagent_append(tail, &which) == -1 ? -1
											     : 0;
}

/* Send a trap. */
void
snmpagent_trap(
    struct snmpagent *a, struct oid trap, uint64_t uptime_cs, const struct varbind *v, size_t n)
{
	bool v1 = a->version == SNMPIO_V1;
	int rc = 0;

	snmpagent_engine(a);
	void *session = trap_session(a);
	if (session == NULL) {
		if (a->sink.sin_family == AF_INET)
			log_warnx("sim", "cannot open a session for traps");
		return;
	}
	netsnmp_pdu *pdu = snmp_pdu_create(v1 ? SNMP_MSG_TRAP : SNMP_MSG_TRAP2);
	if (pdu == NULL)
		return;
	netsnmp_variable_list **tail = &pdu->variables;
	if (v1)
		trap_v1(pdu, a, trap, uptime_cs);
	else
		rc = trap_v2(&tail, trap, uptime_cs);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = snmpagent_append(&tail, &v[i]);
	if (rc == -1 || snmp_sess_send(session, pdu) == 0) {
		log_warnx("sim", "a trap could not be sent");
		snmp_free_pdu(pdu);
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd_pdu: a notification as one shape, whichever version it came in (RFC 3584, section 3.1), and
 * what of it must be refused though net-snmp lets it pass: it calls its callback for messages with
 * a wrong digest too, knows no least security level, and takes any PDU. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/trapd_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/str.h"

#define DUPLICATE_MS 10000
#define WAYS 4

static const oid uptime_name[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };		/* sysUpTime.0 */
static const oid trap_name[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };	/* snmpTrapOID.0 */
static const oid address_name[] = { 1, 3, 6, 1, 6, 3, 18, 1, 3, 0 };	/* snmpTrapAddress.0 */
static const uint32_t generic_traps[9] = { 1, 3, 6, 1, 6, 3, 1, 1, 5 }; /* coldStart is .1 */

/* Whether the binding has this name. */
static bool
is_named(const netsnmp_variable_list *v, const oid *name, size_t n)
{
	return v->name_length == n && memcmp(v->name, name, n * sizeof *name) == 0;
}

/* An OID of net-snmp's into ours; -1 when it is too long. */
static int
copy_oid(struct oid_buf *out, const oid *o, size_t n)
{
	out->n = 0;
	if (n > OID_MAX)
		return -1;
	for (size_t i = 0; i < n; i++)
		out->id[out->n++] = (uint32_t)o[i];
	return 0;
}

/* The trap's OID and time of a v1 trap. */
static int
read_v1(struct trapd *t, const netsnmp_pdu *pdu)
{
	struct oid generic = { .id = generic_traps, .n = 9 };
	uint32_t last[2] = { 0, (uint32_t)pdu->specific_type };
	uint32_t which = (uint32_t)pdu->trap_type + 1;

	t->trap.uptime_cs = (uint32_t)pdu->time;
	if (memcmp(pdu->agent_addr, "\0\0\0\0", 4) != 0)
		inet_ntop(AF_INET, pdu->agent_addr, t->trap.agent_text, sizeof t->trap.agent_text);
	t->trap_oid.n = 0;
	if (pdu->trap_type >= 0 && pdu->trap_type <= 5)
		return oid_append(&t->trap_oid, generic) == -1
			   ? -1
			   : oid_append(&t->trap_oid, (struct oid){ .id = &which, .n = 1 });
	if (copy_oid(&t->trap_oid, pdu->enterprise, pdu->enterprise_length) == -1)
		return -1;
	return oid_append(&t->trap_oid, (struct oid){ .id = last, .n = 2 });
}

/* Take the first binding of this name out of the list; the caller frees it. */
static netsnmp_variable_list *
extract(netsnmp_variable_list **list, const oid *name, size_t n)
{
	for (netsnmp_variable_list **v = list; *v != NULL; v = &(*v)->next_variable)
		if (is_named(*v, name, n)) {
			netsnmp_variable_list *found = *v;
			*v = found->next_variable;
			found->next_variable = NULL;
			return found;
		}
	return NULL;
}

/* The same of a v2 one, where they are bindings: not at their place with each device. */
static int
read_v2(struct trapd *t)
{
	netsnmp_variable_list *time = extract(&t->vars, uptime_name, OID_LENGTH(uptime_name));
	netsnmp_variable_list *trap = extract(&t->vars, trap_name, OID_LENGTH(trap_name));
	int rc = -1;

	if (time != NULL && time->type == ASN_TIMETICKS)
		t->trap.uptime_cs = (uint32_t)*time->val.integer;
	if (trap != NULL && trap->type == ASN_OBJECT_ID)
		rc = copy_oid(&t->trap_oid, trap->val.objid, trap->val_len / sizeof(oid));
	for (netsnmp_variable_list *v = t->vars; v != NULL; v = v->next_variable)
		if (is_named(v, address_name, OID_LENGTH(address_name)) && v->type == ASN_IPADDRESS)
			inet_ntop(
			    AF_INET, v->val.string, t->trap.agent_text, sizeof t->trap.agent_text);
	snmp_free_varbind(time);
	snmp_free_varbind(trap);
	return rc;
}

/* Whether two protocols are the same. */
static bool
is_protocol(const oid *a, size_t an, const oid *b, size_t bn)
{
	return an == bn && memcmp(a, b, an * sizeof *a) == 0;
}

/* The level that a user has keys for: it must not speak below it. */
static int
level_of(const struct usmUser *u)
{
	if (!is_protocol(u->privProtocol, u->privProtocolLen, usmNoPrivProtocol,
		OID_LENGTH(usmNoPrivProtocol)))
		return SNMP_SEC_LEVEL_AUTHPRIV;
	if (!is_protocol(u->authProtocol, u->authProtocolLen, usmNoAuthProtocol,
		OID_LENGTH(usmNoAuthProtocol)))
		return SNMP_SEC_LEVEL_AUTHNOPRIV;
	return SNMP_SEC_LEVEL_NOAUTH;
}

/* Whether a v3 message's user may speak as it does. Its user is found as net-snmp found it. */
static int
check_user(struct trapd *t, const netsnmp_pdu *pdu)
{
	const struct usmUser *u;

	if (pdu->securityNameLen == 0) {
		trapd_refuse(t, TRAPD_USER);
		return -1;
	}
	u = usm_get_user(pdu->securityEngineID, pdu->securityEngineIDLen, pdu->securityName);
	if (u == NULL) {
		trapd_refuse(t, TRAPD_USER);
		return -1;
	}
	if (pdu->securityLevel < level_of(u)) {
		trapd_refuse(t, TRAPD_SECURITY_LEVEL);
		return -1;
	}
	return 0;
}

/* Whether the PDU is one that its version may send here. */
static bool
is_notification(const netsnmp_pdu *pdu)
{
	if (pdu->version == SNMP_VERSION_1)
		return pdu->command == SNMP_MSG_TRAP;
	return pdu->command == SNMP_MSG_TRAP2 || pdu->command == SNMP_MSG_INFORM;
}

/* Keep of the PDU what is wanted when net-snmp is left. */
static int
keep(struct trapd *t, netsnmp_pdu *pdu)
{
	bool v1 = pdu->version == SNMP_VERSION_1;
	bool v3 = pdu->version == SNMP_VERSION_3;

	t->trap = (struct trapd_trap){ .from = t->message.from,
		.version = v1	? SNMPIO_V1
			   : v3 ? SNMPIO_V3
				: SNMPIO_V2C,
		.inform = pdu->command == SNMP_MSG_INFORM };
	t->reqid = v1 ? 0 : pdu->reqid;
	if (v3 && pdu->securityEngineIDLen <= sizeof t->engine) {
		memcpy(t->engine, pdu->securityEngineID, pdu->securityEngineIDLen);
		t->trap.engine_id = t->engine;
		t->trap.engine_id_len = pdu->securityEngineIDLen;
	}
	if (t->trap.inform) {
		t->answer = snmp_clone_pdu(pdu);
		if (t->answer == NULL)
			return -1;
		t->answer->command = SNMP_MSG_RESPONSE;
		t->answer->errstat = t->answer->errindex = 0;
	}
	t->vars = pdu->variables;
	pdu->variables = NULL;
	return v1 ? read_v1(t, pdu) : read_v2(t);
}

/* Forget the message. */
static void
forget(struct trapd *t)
{
	snmp_free_varbind(t->vars);
	t->vars = NULL;
	snmp_free_pdu(t->answer);
	t->answer = NULL;
	t->taken = false;
}

int
trapd_pdu_received(int op, netsnmp_session *s, int reqid, netsnmp_pdu *pdu, void *magic)
{
	struct trapd *t = magic;

	(void)reqid;
	/* With an error of the session's, it did not pass authentication (snmpusm.c). */
	if (op != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || s->s_snmp_errno != 0 || t->taken)
		return 1;
	if (pdu->version == SNMP_VERSION_3 && check_user(t, pdu) == -1)
		return 1;
	if (!is_notification(pdu)) {
		trapd_refuse(t, TRAPD_PDU);
		return 1;
	}
	if (keep(t, pdu) == -1) {
		forget(t);
		trapd_refuse(t, TRAPD_PDU);
		return 1;
	}
	t->taken = t->judged = true;
	return 1;
}

/* FNV-1a, continued. */
static uint64_t
hash(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3u;
	return h;
}

/* What makes it the same message: a sender's retry has another message ID and ciphertext. */
static uint64_t
identity(const struct trapd *t)
{
	uint64_t h = trapd_rate_hash(t->rate, (const struct sockaddr *)&t->trap.from);

	h = hash(h, &t->trap.version, sizeof t->trap.version);
	h = hash(h, &t->reqid, sizeof t->reqid);
	h = hash(h, &t->trap.uptime_cs, sizeof t->trap.uptime_cs);
	h = hash(h, t->trap.agent_text, sizeof t->trap.agent_text);
	h = hash(h, t->trap_oid.id, t->trap_oid.n * sizeof t->trap_oid.id[0]);
	for (const netsnmp_variable_list *v = t->vars; v != NULL; v = v->next_variable) {
		h = hash(h, v->name, v->name_length * sizeof *v->name);
		h = hash(h, &v->type, sizeof v->type);
		if (v->val.string != NULL)
			h = hash(h, v->val.string, v->val_len);
	}
	return h;
}

/* Whether it came within the last 10 s; remembers it. */
static bool
is_duplicate(struct trapd *t, int64_t now_ms)
{
	uint64_t h = identity(t);
	struct trapd_seen *set = &t->seen[(h ^ h >> 32) % (TRAPD_SEEN / WAYS) * WAYS];
	struct trapd_seen *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].hash == h && set[i].at_ms != 0 && now_ms - set[i].at_ms < DUPLICATE_MS)
			return true;
		if (set[i].at_ms < oldest->at_ms)
			oldest = &set[i];
	}
	*oldest = (struct trapd_seen){ .hash = h, .at_ms = now_ms };
	return false;
}

/* Answer an inform. The PDU becomes net-snmp's. */
static void
acknowledge(struct trapd *t)
{
	netsnmp_pdu *pdu = t->answer;

	t->answer = NULL;
	if (pdu != NULL && snmp_sess_send(t->session, pdu) == 0)
		snmp_free_pdu(pdu);
}

void
trapd_pdu_deliver(struct trapd *t)
{
	int64_t now_ms = clock_mono_ms();
	struct trapd_trap *trap = &t->trap;

	if (!t->taken)
		return;
	acknowledge(t);
	trapd_rate_trust(t->rate, (const struct sockaddr *)&trap->from, now_ms);
	if (is_duplicate(t, now_ms)) {
		t->stats.duplicates++;
		forget(t);
		return;
	}
	t->stats.accepted++;
	trapd_socket_text(trap->from_text, sizeof trap->from_text, &trap->from);
	trap->oid = oid_of(&t->trap_oid);
	trap->n = snmpio_pdu_bindings(t->io, t->vars);
	trap->v = t->io->v;
	if (trap->n > TRAPD_MAX_VARBINDS)
		trap->n = TRAPD_MAX_VARBINDS;
	t->o.trap(t->o.arg, trap);
	forget(t);
}

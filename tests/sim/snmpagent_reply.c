/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpagent_reply: from a request's PDU to that of its answer (RFC 3416, section 4.2; for v1 RFC
 * 1157, section 4.1). Sizes are counted in BER, so that an answer that is too big is known before
 * it is built. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/snmpagent_impl.h"
#include "zw/alloc.h"

#define ANSWER_BINDINGS 4096 /* most in one */
#define HEAD_V1 48	     /* bytes around the bindings, beside the community */
#define HEAD_V3 200

struct answer {
	netsnmp_variable_list *first;
	netsnmp_variable_list **tail;
	size_t n;
	size_t bytes;
	size_t most;
};

/* Bytes of a BER length. */
static size_t
ber_length(size_t n)
{
	return n < 0x80 ? 1 : n < 0x100 ? 2 : n < 0x10000 ? 3 : 4;
}

/* Bytes of a whole OBJECT IDENTIFIER. */
static size_t
ber_oid(struct oid o)
{
	size_t n = 1;

	for (unsigned i = 2; i < o.n; i++)
		for (uint32_t v = o.id[i];; v >>= 7) {
			n++;
			if (v < 0x80)
				break;
		}
	return 1 + ber_length(n) + n;
}

/* Bytes of a value, with its tag and length; integers are counted as if they were long. */
static size_t
ber_value(const struct varbind *v)
{
	switch (v->type) {
	case VARBIND_STRING:
	case VARBIND_ADDRESS:
		return 1 + ber_length(v->bytes.n) + v->bytes.n;
	case VARBIND_OID:
		return ber_oid(v->oid_value);
	case VARBIND_INTEGER:
		return 6;
	case VARBIND_COUNTER32:
	case VARBIND_GAUGE32:
	case VARBIND_TICKS:
		return 7;
	case VARBIND_COUNTER64:
		return 11;
	case VARBIND_REAL:
		return 13;
	case VARBIND_NULL:
	case VARBIND_NO_OBJECT:
	case VARBIND_NO_INSTANCE:
	case VARBIND_END_OF_MIB:
		break;
	}
	return 2;
}

/* Bytes of a binding. */
static size_t
ber_binding(const struct varbind *v)
{
	size_t n = ber_oid(v->oid) + ber_value(v);

	return 1 + ber_length(n) + n;
}

/* A value as net-snmp takes it: its type, where it is and how long. */
static u_char
native_value(const struct varbind *v, void *room, const void **p, size_t *n)
{
	long *number = room;
	struct counter64 *big = room;
	oid *ids = room;

	*p = room;
	*n = sizeof *number;
	switch (v->type) {
	case VARBIND_INTEGER:
		*number = (long)v->i;
		return ASN_INTEGER;
	case VARBIND_COUNTER32:
	case VARBIND_GAUGE32:
	case VARBIND_TICKS:
		*number = (long)v->u;
		return v->type == VARBIND_COUNTER32 ? ASN_COUNTER
		       : v->type == VARBIND_TICKS   ? ASN_TIMETICKS
						    : ASN_GAUGE;
	case VARBIND_COUNTER64:
		*big = (struct counter64){ .high = v->u >> 32, .low = v->u & UINT32_MAX };
		*n = sizeof *big;
		return ASN_COUNTER64;
	case VARBIND_STRING:
	case VARBIND_ADDRESS:
		*p = v->bytes.p;
		*n = v->bytes.n;
		return v->type == VARBIND_STRING ? ASN_OCTET_STR : ASN_IPADDRESS;
	case VARBIND_OID:
		for (unsigned i = 0; i < v->oid_value.n; i++)
			ids[i] = v->oid_value.id[i];
		*n = v->oid_value.n * sizeof *ids;
		return ASN_OBJECT_ID;
	case VARBIND_REAL:
		*p = &v->d;
		*n = sizeof v->d;
		return ASN_OPAQUE_DOUBLE;
	case VARBIND_NULL:
	case VARBIND_NO_OBJECT:
	case VARBIND_NO_INSTANCE:
	case VARBIND_END_OF_MIB:
		break;
	}
	*p = NULL;
	*n = 0;
	return v->type == VARBIND_NO_OBJECT	? SNMP_NOSUCHOBJECT
	       : v->type == VARBIND_NO_INSTANCE ? SNMP_NOSUCHINSTANCE
	       : v->type == VARBIND_END_OF_MIB	? SNMP_ENDOFMIBVIEW
						: ASN_NULL;
}

/* Append a binding to a list. */
int
snmpagent_append(netsnmp_variable_list ***tail, const struct varbind *v)
{
	oid name[MAX_OID_LEN], room[MAX_OID_LEN];
	const void *p;
	size_t n;

	for (unsigned i = 0; i < v->oid.n && i < MAX_OID_LEN; i++)
		name[i] = v->oid.id[i];
	u_char type = native_value(v, room, &p, &n);
	netsnmp_variable_list *made = snmp_varlist_add_variable(*tail, name, v->oid.n, type, p, n);
	if (made == NULL)
		return -1;
	*tail = &made->next_variable;
	return 0;
}

/* Append to an answer; false when it is full. */
static bool
answer_add(struct answer *a, const struct varbind *v)
{
	size_t n = ber_binding(v);

	if (a->bytes + n > a->most || a->n == ANSWER_BINDINGS)
		return false;
	if (snmpagent_append(&a->tail, v) == -1)
		return false;
	a->bytes += n;
	a->n++;
	return true;
}

/* The OID of a binding of net-snmp's, in our own numbers. */
static struct oid
asked_oid(const netsnmp_variable_list *v, uint32_t room[MAX_OID_LEN])
{
	unsigned n = v->name_length < MAX_OID_LEN ? (unsigned)v->name_length : MAX_OID_LEN;

	for (unsigned i = 0; i < n; i++)
		room[i] = (uint32_t)v->name[i];
	return (struct oid){ .id = room, .n = n };
}

/* What a GET of this OID gives. */
static struct varbind
value_at(const struct snmpagent *a, struct oid o)
{
	const struct varbind *v = mib_find(a->mib, o);

	if (v != NULL && (a->version != SNMPIO_V1 || v->type != VARBIND_COUNTER64))
		return *v;
	return (struct varbind){ .oid = o,
		.type = mib_has_siblings(a->mib, o) ? VARBIND_NO_INSTANCE : VARBIND_NO_OBJECT };
}

/* What a GETNEXT of this OID gives. v1 knows no Counter64 (RFC 2576, section 4.1.2.1). */
static struct varbind
value_after(const struct snmpagent *a, struct oid o)
{
	const struct varbind *v = mib_after(a->mib, o);

	while (v != NULL && a->version == SNMPIO_V1 && v->type == VARBIND_COUNTER64)
		v = mib_after(a->mib, v->oid);
	return v != NULL ? *v : (struct varbind){ .oid = o, .type = VARBIND_END_OF_MIB };
}

/* GET and GETNEXT: the error-status, and the binding it is about. */
static long
answer_each(const struct snmpagent *a, const netsnmp_pdu *rq, struct answer *out, long *index)
{
	uint32_t room[MAX_OID_LEN];

	*index = 0;
	for (netsnmp_variable_list *v = rq->variables; v != NULL; v = v->next_variable) {
		struct oid o = asked_oid(v, room);
		struct varbind b = rq->command == SNMP_MSG_GET ? value_at(a, o) : value_after(a, o);
		bool none = b.type == VARBIND_NO_OBJECT || b.type == VARBIND_NO_INSTANCE ||
			    b.type == VARBIND_END_OF_MIB;
		(*index)++;
		if (none && a->version == SNMPIO_V1)
			return SNMP_ERR_NOSUCHNAME;
		if (!answer_add(out, &b)) {
			*index = 0;
			return SNMP_ERR_TOOBIG;
		}
	}
	*index = 0;
	return SNMP_ERR_NOERROR;
}

/* One round of a GETBULK over the bindings from `from` on; false at its end: full, or all columns
 * are at the end of the MIB. */
static bool
answer_round(const struct snmpagent *a, struct oid *at, size_t from, size_t n, struct answer *out)
{
	bool more = false;

	for (size_t i = from; i < n; i++) {
		struct varbind b = value_after(a, at[i]);
		if (!answer_add(out, &b))
			return false;
		at[i] = b.oid;
		more |= b.type != VARBIND_END_OF_MIB;
	}
	return more;
}

/* GETBULK (RFC 3416, section 4.2.3): as much as fits. */
static void
answer_bulk(const struct snmpagent *a, const netsnmp_pdu *rq, struct answer *out)
{
	struct oid_buf *asked = xcalloc(SNMPIO_MAX_VARBINDS, sizeof *asked);
	struct oid at[SNMPIO_MAX_VARBINDS];
	size_t n = 0, once = rq->errstat > 0 ? (size_t)rq->errstat : 0;

	for (netsnmp_variable_list *v = rq->variables; v != NULL && n < SNMPIO_MAX_VARBINDS;
	     v = v->next_variable, n++)
		at[n] = asked_oid(v, asked[n].id);
	once = once < n ? once : n;
	bool more = answer_round(a, at, 0, rq->errindex > 0 ? n : once, out);
	for (long r = 1; r < rq->errindex && more; r++)
		more = answer_round(a, at, once, n, out);
	free(asked);
}

/* Whether the request may be answered at all: with what error-status, or -1 for silence. */
static long
request_allowed(const struct snmpagent *a, const netsnmp_pdu *rq)
{
	static const long versions[] = { SNMP_VERSION_1, SNMP_VERSION_2c, SNMP_VERSION_3 };
	size_t n = strlen(a->name);

	if (rq->version != versions[a->version])
		return -1;
	if (rq->version != SNMP_VERSION_3)
		return rq->community_len == n && memcmp(rq->community, a->name, n) == 0 ? 0 : -1;
	return rq->securityLevel == SNMP_SEC_LEVEL_AUTHPRIV ? 0 : SNMP_ERR_AUTHORIZATIONERROR;
}

/* Most bytes that the bindings of the answer may have. */
static size_t
room_for_bindings(const struct snmpagent *a, const netsnmp_pdu *rq)
{
	size_t most = a->max_bytes;
	size_t head = rq->version == SNMP_VERSION_3 ? HEAD_V3 : HEAD_V1 + rq->community_len;

	if (rq->version == SNMP_VERSION_3 && rq->msgMaxSize > 0 && (size_t)rq->msgMaxSize < most)
		most = (size_t)rq->msgMaxSize;
	return most > head ? most - head : 0;
}

/* Answer a request. */
netsnmp_pdu *
snmpagent_reply(struct snmpagent *a, netsnmp_pdu *rq)
{
	struct answer out = { .most = room_for_bindings(a, rq) };
	long status = request_allowed(a, rq), index = 0;

	out.tail = &out.first;
	if (status == -1)
		return NULL;
	if (status != SNMP_ERR_NOERROR)
		; /* the request's own bindings go back */
	else if (rq->command == SNMP_MSG_GET || rq->command == SNMP_MSG_GETNEXT)
		status = answer_each(a, rq, &out, &index);
	else if (rq->command == SNMP_MSG_GETBULK && rq->version != SNMP_VERSION_1) {
		answer_bulk(a, rq, &out);
		if (out.n == 0 && rq->variables != NULL && rq->errindex > 0)
			status = SNMP_ERR_TOOBIG; /* not even the first fits */
	} else if (rq->command == SNMP_MSG_SET) {
		status = rq->version == SNMP_VERSION_1 ? SNMP_ERR_NOSUCHNAME : SNMP_ERR_NOTWRITABLE;
		index = 1;
	} else
		return NULL;
	netsnmp_pdu *re = snmp_clone_pdu(rq);
	if (re == NULL) {
		snmp_free_varbind(out.first);
		return NULL;
	}
	re->command = SNMP_MSG_RESPONSE;
	re->errstat = status;
	re->errindex = index;
	re->flags &= ~(u_long)UCD_MSG_FLAG_EXPECT_RESPONSE;
	if (status == SNMP_ERR_NOERROR ||
	    (status == SNMP_ERR_TOOBIG && rq->version != SNMP_VERSION_1)) {
		snmp_free_varbind(re->variables);
		re->variables = status == SNMP_ERR_NOERROR ? out.first : NULL;
		out.first = status == SNMP_ERR_NOERROR ? NULL : out.first;
	}
	snmp_free_varbind(out.first);
	return re;
}

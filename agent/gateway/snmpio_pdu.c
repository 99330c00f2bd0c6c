/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpio_pdu: requests as PDUs, and what may be believed of an answer (RFC 3416, section 4.2): an
 * agent answers what was asked, in that order, and a walk goes forwards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/snmpio_int.h"
#include "zw/alloc.h"
#include "zw/str.h"

netsnmp_pdu *
snmpio_pdu_make(const struct snmpio_request *r, bool v1)
{
	static const int commands[] = { [SNMPIO_GET] = SNMP_MSG_GET,
		[SNMPIO_GETNEXT] = SNMP_MSG_GETNEXT,
		[SNMPIO_GETBULK] = SNMP_MSG_GETBULK };
	bool bulk = r->cmd == SNMPIO_GETBULK && !v1;
	netsnmp_pdu *pdu =
	    snmp_pdu_create(commands[v1 && r->cmd == SNMPIO_GETBULK ? SNMPIO_GETNEXT : r->cmd]);
	netsnmp_variable_list **tail;
	oid name[OID_MAX];

	if (pdu == NULL)
		fatalx("snmp", "out of memory");
	if (bulk) {
		pdu->non_repeaters = 0;
		pdu->max_repetitions = (long)r->repetitions;
	}
	tail = &pdu->variables;
	for (size_t i = 0; i < r->n; i++) {
		for (unsigned k = 0; k < r->oids[i].n; k++)
			name[k] = r->oids[i].id[k];
		if (snmp_varlist_add_variable(tail, name, r->oids[i].n, ASN_NULL, NULL, 0) == NULL)
			fatalx("snmp", "out of memory");
		tail = &(*tail)->next_variable;
	}
	return pdu;
}

/* As oid_cmp() for net-snmp's names. */
static int
compare(const oid *a, size_t an, const oid *b, size_t bn)
{
	for (size_t i = 0; i < an && i < bn; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return (an > bn) - (an < bn);
}

/* The same for a name of ours on the right. */
static int
compare_asked(const netsnmp_variable_list *v, struct oid o)
{
	for (size_t i = 0; i < v->name_length && i < o.n; i++)
		if (v->name[i] != o.id[i])
			return v->name[i] < o.id[i] ? -1 : 1;
	return (v->name_length > o.n) - (v->name_length < o.n);
}

/* Note the first fault. */
static void
bad(struct snmpio_request *r, const char *reason)
{
	r->status = SNMPIO_BAD_REPLY;
	str_copy(r->reason, sizeof r->reason, reason);
}

/* A GET's answer: the same names in the same order, and all of them. */
static void
judge_get(struct snmpio_request *r, const netsnmp_variable_list *v)
{
	size_t i = 0;

	for (; v != NULL; v = v->next_variable, i++) {
		if (i == r->n) {
			bad(r, "it answers more than was asked");
			return;
		}
		if (compare_asked(v, r->oids[i]) != 0) {
			bad(r, "it answers another object than was asked");
			return;
		}
	}
	if (i < r->n) {
		if (r->n == 1)
			bad(r, "its answer is empty");
		else
			r->status = SNMPIO_TOO_BIG;
	}
}

/* Whether the binding follows what comes before it in its column. */
static bool
follows(const struct snmpio_request *r, size_t i, const netsnmp_variable_list *v,
    const netsnmp_variable_list *above)
{
	if (v->type == SNMP_ENDOFMIBVIEW)
		return true;
	if (above != NULL)
		return above->type != SNMP_ENDOFMIBVIEW &&
		       compare(v->name, v->name_length, above->name, above->name_length) > 0;
	return compare_asked(v, r->oids[i]) > 0;
}

/* An answer to GETNEXT or GETBULK: rows of as many columns as were asked, each going forwards. */
static void
judge_next(struct snmpio_request *r, const netsnmp_variable_list *v, size_t most)
{
	const netsnmp_variable_list *above = NULL, *first = v;
	size_t i = 0;

	for (; v != NULL; v = v->next_variable, i++) {
		if (i == most) {
			bad(r, "it answers more than was asked");
			return;
		}
		if (i == r->n)
			above = first;
		if (!follows(r, i % r->n, v, above)) {
			bad(r, "its objects do not come in increasing order");
			return;
		}
		if (above != NULL)
			above = above->next_variable;
	}
	if (i == 0 || i < r->n) {
		if (r->n == 1 && most == 1)
			bad(r, "its answer is empty");
		else
			r->status = SNMPIO_TOO_BIG;
	}
}

/* What an error-status means. */
static enum snmpio_status
of_errstat(int errstat)
{
	switch (errstat) {
	case SNMP_ERR_TOOBIG:
		return SNMPIO_TOO_BIG;
	case SNMP_ERR_NOSUCHNAME:
		return SNMPIO_NO_SUCH_NAME;
	case SNMP_ERR_NOACCESS:
	case SNMP_ERR_AUTHORIZATIONERROR:
		return SNMPIO_NO_ACCESS;
	default:
		return SNMPIO_GEN_ERR;
	}
}

/* Take an answer with an error-status. */
static void
judge_error(struct snmpio_request *r, const netsnmp_pdu *pdu)
{
	r->errstat = pdu->errstat < 0 || pdu->errstat > 255 ? 255 : (int)pdu->errstat;
	r->error_index = pdu->errindex < 0 || (size_t)pdu->errindex > r->n ? 0 : (int)pdu->errindex;
	r->status = of_errstat(r->errstat);
	if (r->status == SNMPIO_GEN_ERR)
		snprintf(r->reason, sizeof r->reason, "error-status %d", r->errstat);
}

void
snmpio_pdu_judge(struct snmpio_request *r, netsnmp_pdu *pdu, bool v1)
{
	r->status = SNMPIO_OK;
	if (pdu->errstat != 0) {
		judge_error(r, pdu);
		return;
	}
	if (r->cmd == SNMPIO_GET)
		judge_get(r, pdu->variables);
	else if (r->cmd == SNMPIO_GETNEXT || v1)
		judge_next(r, pdu->variables, r->n);
	else
		judge_next(r, pdu->variables, r->n * r->repetitions);
	if (r->status == SNMPIO_OK) {
		r->vars = pdu->variables;
		pdu->variables = NULL;
	}
}

/* A name of net-snmp's as ours. */
static struct oid
name_of(const oid *name, size_t n, uint32_t **ids)
{
	struct oid o = { .id = *ids, .n = (unsigned)n };

	for (size_t i = 0; i < n; i++)
		(*ids)[i] = (uint32_t)name[i];
	*ids += n;
	return o;
}

/* The value of one of the types that net-snmp wraps into an Opaque. */
static void
opaque(struct varbind *out, const netsnmp_variable_list *v)
{
	const struct counter64 *c = v->val.counter64;

	switch (v->type) {
	case ASN_OPAQUE_FLOAT:
		out->type = VARBIND_REAL;
		out->d = (double)*v->val.floatVal;
		break;
	case ASN_OPAQUE_DOUBLE:
		out->type = VARBIND_REAL;
		out->d = *v->val.doubleVal;
		break;
	case ASN_OPAQUE_I64:
		out->type = VARBIND_INTEGER;
		out->i = (int64_t)((uint64_t)(uint32_t)c->high << 32 | (uint32_t)c->low);
		break;
	default:
		out->type = VARBIND_COUNTER64;
		out->u = (uint64_t)(uint32_t)c->high << 32 | (uint32_t)c->low;
	}
}

/* The type of a 32-bit unsigned value. */
static enum varbind_type
unsigned_type(u_char type)
{
	if (type == ASN_COUNTER)
		return VARBIND_COUNTER32;
	return type == ASN_TIMETICKS ? VARBIND_TICKS : VARBIND_GAUGE32;
}

/* Bytes, borrowed from net-snmp. */
static void
bytes(struct varbind *out, enum varbind_type type, const netsnmp_variable_list *v)
{
	out->type = type;
	out->bytes.p = v->val.string;
	out->bytes.n = v->val_len;
}

void
snmpio_pdu_binding(struct varbind *out, const netsnmp_variable_list *v, uint32_t **ids)
{
	*out = (struct varbind){ .oid = name_of(v->name, v->name_length, ids) };
	switch (v->type) {
	case ASN_INTEGER:
		out->type = VARBIND_INTEGER;
		out->i = (int64_t)*v->val.integer;
		break;
	case ASN_COUNTER:
	case ASN_GAUGE:
	case ASN_TIMETICKS:
	case ASN_UINTEGER:
		out->type = unsigned_type(v->type);
		out->u = (uint32_t)*v->val.integer;
		break;
	case ASN_OBJECT_ID:
		out->type = VARBIND_OID;
		out->oid_value = name_of(v->val.objid, v->val_len / sizeof(oid), ids);
		break;
	case ASN_IPADDRESS:
		bytes(out, VARBIND_ADDRESS, v);
		break;
	case ASN_OCTET_STR:
	case ASN_OPAQUE:
	case ASN_NSAP:
	case ASN_BIT_STR:
		bytes(out, VARBIND_STRING, v);
		break;
	case SNMP_NOSUCHOBJECT:
		out->type = VARBIND_NO_OBJECT;
		break;
	case SNMP_NOSUCHINSTANCE:
		out->type = VARBIND_NO_INSTANCE;
		break;
	case SNMP_ENDOFMIBVIEW:
		out->type = VARBIND_END_OF_MIB;
		break;
	case ASN_NULL:
		out->type = VARBIND_NULL;
		break;
	default:
		opaque(out, v);
	}
}

size_t
snmpio_pdu_bindings(struct snmpio *io, const netsnmp_variable_list *vars)
{
	size_t n = 0, numbers = 0;
	uint32_t *ids;

	for (const netsnmp_variable_list *v = vars; v != NULL; v = v->next_variable) {
		n++;
		numbers += v->name_length;
		if (v->type == ASN_OBJECT_ID)
			numbers += v->val_len / sizeof(oid);
	}
	if (n > io->vmax) {
		io->vmax = n;
		io->v = xreallocarray(io->v, n, sizeof *io->v);
	}
	if (numbers > io->idmax) {
		io->idmax = numbers;
		io->ids = xreallocarray(io->ids, numbers, sizeof *io->ids);
	}
	ids = io->ids;
	n = 0;
	for (const netsnmp_variable_list *v = vars; v != NULL; v = v->next_variable)
		snmpio_pdu_binding(&io->v[n++], v, &ids);
	return n;
}

enum snmpio_status
snmpio_pdu_report(const netsnmp_pdu *pdu)
{
	static const oid usm[] = { 1, 3, 6, 1, 6, 3, 15, 1, 1 }; /* usmStats, RFC 3414 */
	static const oid target[] = { 1, 3, 6, 1, 6, 3, 12, 1 }; /* RFC 3413 */
	static const enum snmpio_status meaning[] = { SNMPIO_SECURITY_LEVEL, SNMPIO_NOT_IN_TIME,
		SNMPIO_UNKNOWN_USER, SNMPIO_UNKNOWN_ENGINE, SNMPIO_WRONG_DIGEST,
		SNMPIO_DECRYPTION };
	const netsnmp_variable_list *v = pdu->variables;

	if (v != NULL && v->name_length > OID_LENGTH(usm) &&
	    compare(v->name, OID_LENGTH(usm), usm, OID_LENGTH(usm)) == 0) {
		oid which = v->name[OID_LENGTH(usm)];
		if (which >= 1 && which <= sizeof meaning / sizeof meaning[0])
			return meaning[which - 1];
	}
	/* snmpUnavailableContexts 4, snmpUnknownContexts 5 */
	if (v != NULL && v->name_length > OID_LENGTH(target) &&
	    compare(v->name, OID_LENGTH(target), target, OID_LENGTH(target)) == 0 &&
	    (v->name[OID_LENGTH(target)] == 4 || v->name[OID_LENGTH(target)] == 5))
		return SNMPIO_UNKNOWN_CONTEXT;
	return SNMPIO_BAD_REPLY;
}

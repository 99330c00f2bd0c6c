/* SPDX-License-Identifier: GPL-3.0-or-later */
/* varbind: a variable binding of a PDU (RFC 3416, section 3), as plain data, so that neither the
 * profiles nor their tests need net-snmp. */
#ifndef AGENT_GATEWAY_VARBIND_H
#define AGENT_GATEWAY_VARBIND_H

#include "agent/gateway/oid.h"

enum varbind_type {
	VARBIND_NULL,
	VARBIND_INTEGER,   /* i */
	VARBIND_COUNTER32, /* u */
	VARBIND_GAUGE32,   /* u; Unsigned32 too */
	VARBIND_TICKS,	   /* u, hundredths of a second */
	VARBIND_COUNTER64, /* u */
	VARBIND_STRING,	   /* bytes; OCTET STRING, Opaque, BITS */
	VARBIND_ADDRESS,   /* bytes; IpAddress */
	VARBIND_OID,	   /* oid_value */
	VARBIND_REAL,	   /* d; net-snmp's opaque float and double */
	VARBIND_NO_OBJECT, /* noSuchObject */
	VARBIND_NO_INSTANCE,
	VARBIND_END_OF_MIB
};

/* All pointers are borrowed. */
struct varbind {
	struct oid oid;
	enum varbind_type type;
	union {
		int64_t i;
		uint64_t u;
		double d;
		struct {
			const uint8_t *p;
			size_t n;
		} bytes;
		struct oid oid_value;
	};
};

/* Whether it carries a value: neither NULL nor one of the exceptions. */
bool varbind_has_value(const struct varbind *v);
/* "INTEGER", "Counter64", "noSuchInstance". */
const char *varbind_type_name(enum varbind_type t);
/* A text of an OCTET STRING: UTF-8 without control characters, without blanks at either end, cut to
 * fit; what is not UTF-8 is taken for Latin-1, what is no text at all is hex with colons. */
void varbind_text(char *dst, size_t size, const uint8_t *p, size_t n);
/* The value for people: a number, an OID, a text; bytes that are no text as hex. Cut to fit. */
void varbind_format(char *dst, size_t size, const struct varbind *v);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* walk: what an agent answered: a set of variable bindings in the order of their OIDs. Filled by a
 * walk over the network, or from a file. */
#ifndef AGENT_GATEWAY_WALK_H
#define AGENT_GATEWAY_WALK_H

#include "agent/gateway/varbind.h"
#include "zw/err.h"

#define WALK_MAX_VARBINDS 100000
#define WALK_MAX_BYTES (64u << 20)

struct walk;

struct walk *walk_new(void);
void walk_free(struct walk *w);
/* Copies; one with the same OID is replaced. False when the walk is full. Exceptions and NULLs are
 * kept too. */
bool walk_add(struct walk *w, const struct varbind *v);
/* Forgets everything under the prefix. */
void walk_drop(struct walk *w, struct oid prefix);
size_t walk_count(const struct walk *w);
/* The i-th in order. The pointers are valid until the next walk_add() or walk_drop(). */
const struct varbind *walk_at(const struct walk *w, size_t i);
const struct varbind *walk_find(const struct walk *w, struct oid o); /* or NULL */
/* The index of the first that is not before o. */
size_t walk_from(const struct walk *w, struct oid o);

/* Reads a recording into w: the output of `snmpwalk -On` or `snmpbulkwalk -On` (RFC 1155 type names
 * as net-snmp prints them: INTEGER, Gauge32, STRING, Hex-STRING, OID, Timeticks, ...), or snmpsim's
 * .snmprec ("OID|TAG|VALUE", told by the first line). Lines that are neither are counted. Returns
 * -1 and the reason when the file cannot be read or holds nothing. */
int walk_read(struct walk *w, const char *path, size_t *bad_lines, struct err *e)
    __attribute__((warn_unused_result));

#endif

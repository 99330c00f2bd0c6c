/* SPDX-License-Identifier: GPL-3.0-or-later */
/* oid: object identifiers as borrowed views. Pure. */
#ifndef AGENT_GATEWAY_OID_H
#define AGENT_GATEWAY_OID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OID_MAX 128	 /* sub-identifiers, RFC 3416, section 4.1 */
#define OID_MAX_TEXT 512 /* of one that is printed; a longer one is cut */

/* Whoever made it owns the numbers. */
struct oid {
	const uint32_t *id;
	unsigned n;
};

/* Room for one. */
struct oid_buf {
	uint32_t id[OID_MAX];
	unsigned n;
};

/* "1.3.6.1", with or without a dot before it: 0, or -1 for anything else, "" included. */
int oid_parse(const char *text, struct oid_buf *out) __attribute__((warn_unused_result));
/* Into dst, without a dot before it; returns dst. */
char *oid_format(char dst[OID_MAX_TEXT], struct oid o);
struct oid oid_of(const struct oid_buf *b);
/* Copies; -1 when it is too long. */
int oid_append(struct oid_buf *b, struct oid tail) __attribute__((warn_unused_result));
/* As memcmp, in the order of RFC 3416 (lexicographic; a prefix comes first). */
int oid_cmp(struct oid a, struct oid b);
/* Whether o is prefix or lies under it. */
bool oid_is_under(struct oid o, struct oid prefix);
/* An index "5", or a range of them, "5-8", "2.1-2.40": its ends, which may be the same. They have
 * the same number of sub-identifiers, and the first is not after the last: -1 for anything else. */
int oid_parse_range(const char *text, struct oid_buf *first, struct oid_buf *last)
    __attribute__((warn_unused_result));
/* Whether o's first sub-identifiers, as many as the ends have, lie between them; a shorter o lies
 * in none. */
bool oid_in_range(struct oid o, struct oid first, struct oid last);
/* What follows after the first n sub-identifiers. */
struct oid oid_tail(struct oid o, unsigned n);

#endif

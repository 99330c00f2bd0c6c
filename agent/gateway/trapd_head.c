/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd_head: the outermost fields of a message (RFC 1157; RFC 3412, section 6; RFC 3414, section
 * 2.4), in BER. */
#include "agent/gateway/trapd_head.h"

#include <string.h>

#define TAG_INTEGER 0x02
#define TAG_OCTETS 0x04
#define TAG_SEQUENCE 0x30
#define USM 3 /* msgSecurityModel */

/* What is still to be read. */
struct span {
	const uint8_t *p;
	size_t n;
};

/* The length after a tag: 0, or -1 for one that does not fit. */
static int
take_length(struct span *s, size_t *len)
{
	unsigned bytes;

	if (s->n == 0)
		return -1;
	*len = *s->p++;
	s->n--;
	if (*len < 0x80)
		return *len <= s->n ? 0 : -1;
	bytes = *len & 0x7f;
	if (bytes == 0 || bytes > 4 || bytes > s->n)
		return -1;
	for (*len = 0; bytes > 0; bytes--, s->n--)
		*len = *len << 8 | *s->p++;
	return *len <= s->n ? 0 : -1;
}

/* The next element, which must have this tag. */
static int
take(struct span *s, uint8_t tag, struct span *out)
{
	size_t len;

	if (s->n == 0 || *s->p != tag)
		return -1;
	s->p++;
	s->n--;
	if (take_length(s, &len) == -1)
		return -1;
	*out = (struct span){ .p = s->p, .n = len };
	s->p += len;
	s->n -= len;
	return 0;
}

/* A number that is not negative and fits 32 bits. */
static int
take_number(struct span *s, uint32_t *out)
{
	struct span v;
	uint64_t number = 0;

	if (take(s, TAG_INTEGER, &v) == -1 || v.n == 0 || v.n > 5 || (*v.p & 0x80) != 0)
		return -1;
	for (size_t i = 0; i < v.n; i++)
		number = number << 8 | v.p[i];
	*out = (uint32_t)number;
	return number <= UINT32_MAX ? 0 : -1;
}

/* The header of a v3 message. */
static int
read_v3(struct trapd_head *out, struct span *message)
{
	struct span global, flags, octets, usm, engine, user;
	uint32_t id, size, model, seconds;

	if (take(message, TAG_SEQUENCE, &global) == -1 || take_number(&global, &id) == -1 ||
	    take_number(&global, &size) == -1 || take(&global, TAG_OCTETS, &flags) == -1 ||
	    flags.n != 1 || take_number(&global, &model) == -1 || model != USM)
		return -1;
	if (take(message, TAG_OCTETS, &octets) == -1 || take(&octets, TAG_SEQUENCE, &usm) == -1 ||
	    take(&usm, TAG_OCTETS, &engine) == -1 || take_number(&usm, &out->boots) == -1 ||
	    take_number(&usm, &seconds) == -1 || take(&usm, TAG_OCTETS, &user) == -1)
		return -1;
	out->flags = flags.p[0];
	out->engine = engine.p;
	out->engine_len = engine.n;
	out->user = user.p;
	out->user_len = user.n;
	return 0;
}

int
trapd_head_read(struct trapd_head *out, const uint8_t *p, size_t n)
{
	struct span all = { .p = p, .n = n }, message, community;
	uint32_t version;

	*out = (struct trapd_head){ 0 };
	if (take(&all, TAG_SEQUENCE, &message) == -1 || take_number(&message, &version) == -1)
		return -1;
	if (version == 3) {
		out->version = 3;
		return read_v3(out, &message);
	}
	if (version > 1 || take(&message, TAG_OCTETS, &community) == -1 || message.n == 0)
		return -1;
	out->version = version + 1;
	out->community = community.p;
	out->community_len = community.n;
	out->pdu = *message.p;
	return 0;
}

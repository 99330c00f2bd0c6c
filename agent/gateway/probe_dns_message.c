/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_dns_message: the little of DNS that a probe needs. Names in answers may point backwards
 * (RFC 1035, 4.1.4); each jump must go further back than the one before, so that there is an end.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "agent/gateway/probe_dns_message.h"
#include "zw/str.h"

#define HEADER 12
#define MAX_LABEL 63
#define CLASS_IN 1
#define FLAG_RESPONSE 0x80
#define FLAG_TRUNCATED 0x02
#define FLAG_RECURSE 0x01

/* A big-endian number. */
static unsigned
be16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

/* Appends a name as labels; returns the new length, or 0. */
static size_t
name_put(uint8_t *out, size_t at, size_t size, const char *name)
{
	while (*name != '\0') {
		size_t n = strcspn(name, ".");
		if (n == 0 || n > MAX_LABEL || at + 1 + n + 1 > size)
			return 0;
		out[at++] = (uint8_t)n;
		memcpy(out + at, name, n);
		at += n;
		name += n;
		if (*name == '.')
			name++;
	}
	out[at++] = 0;
	return at;
}

/* A question. A name with its root is at most 255 bytes long. */
size_t
probe_dns_question(
    uint8_t out[PROBE_DNS_MAX_QUESTION], uint16_t id, const char *name, enum probe_dns_type type)
{
	memset(out, 0, PROBE_DNS_MAX_QUESTION);
	out[0] = (uint8_t)(id >> 8);
	out[1] = (uint8_t)id;
	out[2] = FLAG_RECURSE;
	out[5] = 1;
	size_t n = *name == '\0' ? 0 : name_put(out, HEADER, HEADER + 255, name);
	if (n == 0)
		return 0;
	out[n++] = 0;
	out[n++] = (uint8_t)type;
	out[n++] = 0;
	out[n++] = CLASS_IN;
	return n;
}

/* The octets backwards, or the half octets. */
int
probe_dns_reverse(char dst[PROBE_DNS_MAX_NAME], const char *address)
{
	uint8_t b[16];
	size_t at = 0;

	if (inet_pton(AF_INET, address, b) == 1)
		return str_format(
		    dst, PROBE_DNS_MAX_NAME, "%d.%d.%d.%d.in-addr.arpa", b[3], b[2], b[1], b[0]);
	if (inet_pton(AF_INET6, address, b) != 1)
		return -1;
	for (int i = 15; i >= 0; i--)
		at += (size_t)snprintf(
		    dst + at, PROBE_DNS_MAX_NAME - at, "%x.%x.", b[i] & 15, b[i] >> 4);
	return str_copy(dst + at, PROBE_DNS_MAX_NAME - at, "ip6.arpa");
}

/* A message that is read. */
struct message {
	const uint8_t *p;
	size_t n;
	size_t at;
	bool bad;
};

/* Reads a label into text; dots and control bytes in it become '?'. */
static int
label_read(const struct message *m, size_t at, size_t n, char *dst, size_t *len)
{
	if (at + n > m->n || *len + n + 2 > PROBE_DNS_MAX_NAME)
		return -1;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = m->p[at + i];
		dst[(*len)++] = c > ' ' && c < 0x7F && c != '.' ? (char)c : '?';
	}
	dst[(*len)++] = '.';
	return 0;
}

/* Reads a name at the message's position and moves past it. The text has no dot at its end. */
static void
name_read(struct message *m, char dst[PROBE_DNS_MAX_NAME])
{
	size_t at = m->at, len = 0, back = m->at, end = 0;

	dst[0] = '\0';
	for (;;) {
		if (at >= m->n)
			break;
		unsigned n = m->p[at];
		if (n == 0) {
			m->at = end != 0 ? end : at + 1;
			dst[len > 0 ? len - 1 : 0] = '\0';
			return;
		}
		if ((n & 0xC0) == 0xC0) {
			size_t to = at + 1 < m->n ? be16(m->p + at) & 0x3FFF : m->n;
			end = end != 0 ? end : at + 2;
			if (to >= back)
				break;
			at = back = to;
			continue;
		}
		if (n > MAX_LABEL || label_read(m, at + 1, n, dst, &len) == -1)
			break;
		at += 1 + n;
	}
	dst[0] = '\0';
	m->bad = true;
}

/* Whether a text that is expected is this address or name. */
static bool
is_expected(const char *want, enum probe_dns_type type, const char *got)
{
	uint8_t a[16], b[16];
	int family = type == PROBE_DNS_A ? AF_INET : AF_INET6;
	size_t n = strlen(want);

	if (type != PROBE_DNS_PTR)
		return inet_pton(family, want, a) == 1 && inet_pton(family, got, b) == 1 &&
		       memcmp(a, b, type == PROBE_DNS_A ? 4 : 16) == 0;
	if (n > 0 && want[n - 1] == '.' && strlen(got) == n - 1) {
		char without[PROBE_DNS_MAX_NAME];
		return str_copy(without, sizeof without, want) == 0 &&
		       (without[n - 1] = '\0', str_casecmp(without, got) == 0);
	}
	return str_casecmp(want, got) == 0;
}

/* A record's data as text: false if it has another length than its type. */
static bool
data_read(struct message *m, enum probe_dns_type type, size_t n, char dst[PROBE_DNS_MAX_NAME])
{
	const uint8_t *p = m->p + m->at;

	if (type == PROBE_DNS_A)
		return n == 4 && inet_ntop(AF_INET, p, dst, PROBE_DNS_MAX_NAME) != NULL;
	if (type == PROBE_DNS_AAAA)
		return n == 16 && inet_ntop(AF_INET6, p, dst, PROBE_DNS_MAX_NAME) != NULL;
	struct message name = *m;
	name_read(&name, dst);
	return !name.bad;
}

/* Reads the next record, and moves past it. Returns whether it is of the type. */
static bool
record_read(struct message *m, enum probe_dns_type type, char dst[PROBE_DNS_MAX_NAME])
{
	char owner[PROBE_DNS_MAX_NAME];

	name_read(m, owner);
	if (m->bad || m->n - m->at < 10) {
		m->bad = true;
		return false;
	}
	unsigned is = be16(m->p + m->at), class = be16(m->p + m->at + 2);
	size_t n = be16(m->p + m->at + 8);
	m->at += 10;
	if (n > m->n - m->at) {
		m->bad = true;
		return false;
	}
	bool good = is == (unsigned)type && class == CLASS_IN && data_read(m, type, n, dst);
	m->at += n;
	return good;
}

/* Whether the head belongs to the question: identifier, one question, and that is ours, whatever
 * case its letters come back in. */
static bool
is_answer(const uint8_t *p, size_t n, const uint8_t *question, size_t nquestion)
{
	if (n < nquestion || nquestion < HEADER + 5 || be16(p) != be16(question) ||
	    (p[2] & FLAG_RESPONSE) == 0 || be16(p + 4) != 1)
		return false;
	for (size_t i = HEADER; i < nquestion; i++) {
		uint8_t a = p[i], b = question[i];
		a = a >= 'A' && a <= 'Z' ? (uint8_t)(a + 32) : a;
		b = b >= 'A' && b <= 'Z' ? (uint8_t)(b + 32) : b;
		if (a != b)
			return false;
	}
	return true;
}

/* Reads an answer. A truncated one counts as far as it is whole. */
int
probe_dns_read(const uint8_t *p, size_t n, const uint8_t *question, size_t nquestion,
    char *const *expect, size_t nexpect, struct probe_dns_answer *out)
{
	char text[PROBE_DNS_MAX_NAME];

	*out = (struct probe_dns_answer){ 0 };
	/* The question is asked again without its answer when a server cannot even read it. */
	if (n == HEADER && nquestion >= HEADER && be16(p) == be16(question) &&
	    (p[2] & FLAG_RESPONSE) != 0 && (p[3] & 0x0F) != 0) {
		out->rcode = p[3] & 0x0F;
		return 0;
	}
	if (!is_answer(p, n, question, nquestion))
		return -1;
	struct message m = { .p = p, .n = n, .at = nquestion };
	enum probe_dns_type type = question[nquestion - 3];
	out->truncated = (p[2] & FLAG_TRUNCATED) != 0;
	out->rcode = p[3] & 0x0F;
	for (unsigned i = be16(p + 6); i > 0 && out->count < PROBE_DNS_MAX_ANSWERS; i--) {
		bool good = record_read(&m, type, text);
		if (m.bad)
			return out->truncated ? 0 : -1;
		if (!good)
			continue;
		if (out->count++ == 0)
			(void)str_copy(out->first, sizeof out->first, text);
		for (size_t j = 0; j < nexpect; j++)
			out->expected |= is_expected(expect[j], type, text);
	}
	return 0;
}

/* RFC 1035, 4.1.1. */
const char *
probe_dns_rcode(unsigned rcode)
{
	static const char *const words[] = { "no error", "the question is said to be malformed",
		"the server fails", "no such name", "not implemented", "refused" };

	return rcode < sizeof words / sizeof words[0] ? words[rcode] : "an unknown error";
}

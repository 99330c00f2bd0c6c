/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_dns_message: questions and answers of the domain name system (RFC 1035, RFC 3596). Pure. */
#ifndef AGENT_GATEWAY_PROBE_DNS_MESSAGE_H
#define AGENT_GATEWAY_PROBE_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROBE_DNS_MAX_QUESTION 280 /* bytes of a question's message */
#define PROBE_DNS_MAX_MESSAGE 4096
#define PROBE_DNS_MAX_NAME 256	 /* as text, with its NUL */
#define PROBE_DNS_MAX_ANSWERS 64 /* read of an answer */

/* Types of records. */
enum probe_dns_type {
	PROBE_DNS_A = 1,
	PROBE_DNS_PTR = 12,
	PROBE_DNS_AAAA = 28
};

struct probe_dns_answer {
	bool truncated;
	unsigned rcode;
	unsigned count;			/* records of the type that was asked for */
	bool expected;			/* one of them is what was expected */
	char first[PROBE_DNS_MAX_NAME]; /* of them, as text */
};

/* A question with recursion: its length, or 0 when the name is none. */
size_t probe_dns_question(
    uint8_t out[PROBE_DNS_MAX_QUESTION], uint16_t id, const char *name, enum probe_dns_type type);
/* The name under which an address's PTR is: "1.2.0.192.in-addr.arpa": 0, or -1 if it is none. */
int probe_dns_reverse(char dst[PROBE_DNS_MAX_NAME], const char *address)
    __attribute__((warn_unused_result));
/* Reads an answer to a question of n bytes. expect: n texts, addresses or names in any writing.
 * -1: it is no answer to that question, or damaged. */
int probe_dns_read(const uint8_t *p, size_t n, const uint8_t *question, size_t nquestion,
    char *const *expect, size_t nexpect, struct probe_dns_answer *out)
    __attribute__((warn_unused_result));
/* What an answer's code means: "no such name". */
const char *probe_dns_rcode(unsigned rcode);

#endif

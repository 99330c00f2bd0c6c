/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enroll_ask: one question to a collector, by whoever has no certificate yet: a token and a request
 * out, a certificate back. Waits for the answer; for a command, not for a daemon. */
#ifndef AGENT_ENROLL_ASK_H
#define AGENT_ENROLL_ASK_H

#include <stdint.h>

#include "zw/buf.h"
#include "zw/digest.h"
#include "zw/err.h"

/* How it went; also the command's exit codes. */
enum enroll_result {
	ENROLL_DONE = 0,
	ENROLL_HERE = 1,	/* something on this machine: files, configuration */
	ENROLL_UNREACHABLE = 2, /* nobody answers there */
	ENROLL_UNTRUSTED = 3,	/* who answers is not the collector of the invitation */
	ENROLL_REFUSED = 4	/* the collector gives no certificate */
};

struct enroll_question {
	const char *collector; /* "host:port" */
	const char *token;
	const char *program; /* name and version */
	uint8_t ca_digest[DIGEST_SIZE];
};

/* Appends the certificate and its authority's in DER. The authority has the digest. */
enum enroll_result enroll_ask(const struct enroll_question *q, const struct buf *request,
    struct buf *leaf, struct buf *authority, struct err *e) __attribute__((warn_unused_result));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes from whoever has no certificate yet: a request. Whatever bytes come, one that is good
 * is so again with the same key; and what an answer to it carries. */
#include <assert.h>
#include <string.h>

#include "zw/cert.h"
#include "zw/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t digest[DIGEST_SIZE], again[DIGEST_SIZE];
	struct cert_facts facts;
	struct buf pem = { 0 };
	struct err e;

	if (cert_request_check(data, size, digest, &e) == 0) {
		assert(size <= WIRE_MAX_REQUEST);
		assert(cert_request_check(data, size, again, &e) == 0);
		assert(memcmp(digest, again, sizeof digest) == 0);
	}
	/* And what comes back from whoever says to be the collector. */
	if (cert_facts_of_der(&facts, data, size, &e) == 0)
		assert(facts.nserial >= 1 && facts.nserial <= CERT_SERIAL);
	(void)!cert_pem(&pem, data, size, &e);
	buf_free(&pem);
	return 0;
}

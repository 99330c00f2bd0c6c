/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The identity in a certificate: whatever bytes come, only names that pass str_is_name() leave. */
#include <assert.h>
#include <stdint.h>

#include "zw/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_identity id;
	struct err e;

	if (tls_identity_of_der(data, size, &id, &e) == -1) {
		assert(id.n == 0 && id.nodes == NULL);
		return 0;
	}
	assert(id.n > 0 && id.n <= TLS_MAX_NODES);
	for (size_t i = 0; i < id.n; i++)
		assert(str_is_name(id.nodes[i], NAME_MAX_NODE));
	tls_identity_clear(&id);
	return 0;
}

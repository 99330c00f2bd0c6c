/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* fuzz: the file of checkpoints. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/checkpoint.h"
#include "zw/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a record holds can be unpacked, and packed again. */
static void
visit(void *arg, const struct checkpoint_record *r, size_t offset, size_t length,
    unsigned damage_before)
{
	struct buf b = { 0 };
	uint8_t *header, *again;
	size_t n, m;

	(void)damage_before;
	assert(offset + length <= *(size_t *)arg);
	if (r->type != CHECKPOINT_IMAGE ||
	    checkpoint_unpack(r->packed, r->packed_bytes, &header, &n) == -1)
		return;
	checkpoint_pack(&b, header, n);
	assert(checkpoint_unpack(b.data, b.len, &again, &m) == 0);
	assert(m == n && memcmp(header, again, n) == 0);
	free(header);
	free(again);
	buf_free(&b);
}

/* The bytes as a file, and as a packed header. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t end, n;
	unsigned damage;
	uint8_t *header;

	checkpoint_scan(data, size, visit, &size, &end, &damage);
	assert(end <= size);
	if (checkpoint_unpack(data, size, &header, &n) == 0)
		free(header);
	return 0;
}

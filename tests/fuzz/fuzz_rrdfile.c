/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwrrd */
/* fuzz: headers of RRD files. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "collector/store/rrdfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted is within what the struct and librrd can bear. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rrdfile f;
	struct err e;
	uint64_t file_bytes = size;

	/* A header without rows: the size that it would have. */
	if (size >= 8) {
		memcpy(&file_bytes, data + size - 8, 8);
		size -= 8;
	}
	if (rrdfile_check(data, size, file_bytes, INT64_C(4102444800), &f, &e) == -1)
		return 0;
	assert(f.nsources >= 1 && f.nsources <= METRIC_MAX_FIELDS);
	assert(f.narchives >= 1 && f.narchives <= RRDFILE_MAX_ARCHIVES);
	assert(f.header_bytes <= size && f.live_offset < f.header_bytes);
	for (unsigned i = 0; i < f.narchives; i++)
		assert(f.archives[i].rows > 0 && f.archives[i].steps > 0);
	return 0;
}

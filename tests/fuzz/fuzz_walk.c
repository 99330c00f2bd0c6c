/* link: zwprofile */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any file as a recording: what is read of it is in order, and every value can be shown. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/gateway/walk.h"
#include "zw/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char path[64], text[96];
	size_t bad;
	struct err e;
	int fd = memfd_create("walk", MFD_CLOEXEC);

	assert(fd != -1 && write(fd, data, n) == (ssize_t)n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct walk *w = walk_new();
	int rc = walk_read(w, path, &bad, &e);
	close(fd);
	assert((rc == 0) == (walk_count(w) > 0));
	for (size_t i = 0; i < walk_count(w); i++) {
		const struct varbind *v = walk_at(w, i);
		assert(v->oid.n > 0 && v->oid.n <= OID_MAX);
		assert(i == 0 || oid_cmp(walk_at(w, i - 1)->oid, v->oid) < 0);
		assert(walk_find(w, v->oid) == v);
		varbind_format(text, sizeof text, v);
		assert(str_is_text(text, strlen(text)));
	}
	walk_free(w);
	return 0;
}

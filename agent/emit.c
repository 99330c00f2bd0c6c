/* SPDX-License-Identifier: GPL-3.0-or-later */
/* emit: a record is the source's address, the instance with its NUL, the values as they are in
 * memory. It never leaves the process. */
#include "agent/emit.h"

#include <assert.h>
#include <string.h>

void
emit(struct emit *out, const char *instance, const double *values)
{
	assert(instance[0] == '\0' || str_is_name(instance, NAME_MAX_NODE));
	buf_put(&out->values, &out->src, sizeof(struct source *));
	buf_put(&out->values, instance, strlen(instance) + 1);
	buf_put(&out->values, values, out->src->nfields * sizeof *values);
}

bool
emit_next(const struct buf *b, size_t *at, struct emitted *e)
{
	if (*at == b->len)
		return false;
	const uint8_t *p = b->data + *at;
	memcpy(&e->src, p, sizeof(struct source *));
	p += sizeof(struct source *);
	size_t n = strlen((const char *)p) + 1;
	memcpy(e->instance, p, n);
	p += n;
	memcpy(e->values, p, e->src->nfields * sizeof(double));
	p += e->src->nfields * sizeof(double);
	*at = (size_t)(p - b->data);
	return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mib: an array of pointers in the order of the OIDs, each to one piece of memory with the OID and
 * the value. Recordings come in order and are appended; a model replaces what is there. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/mib.h"
#include "zw/alloc.h"

struct mib {
	struct varbind **v;
	size_t n;
	size_t room;
};

/* An empty one. */
struct mib *
mib_new(void)
{
	return xcalloc(1, sizeof(struct mib));
}

/* The end of it. */
void
mib_free(struct mib *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->v[i]);
	free(m->v);
	free(m);
}

/* The first that is not before o. */
static size_t
mib_from(const struct mib *m, struct oid o)
{
	size_t low = 0, high = m->n;

	if (m->n > 0 && oid_cmp(m->v[m->n - 1]->oid, o) < 0)
		return m->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (oid_cmp(m->v[middle]->oid, o) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A copy of a binding in one piece of memory. */
static struct varbind *
varbind_copy(const struct varbind *v)
{
	bool bytes = v->type == VARBIND_STRING || v->type == VARBIND_ADDRESS;
	size_t own = v->oid.n * sizeof(uint32_t);
	size_t more = bytes		       ? v->bytes.n
		      : v->type == VARBIND_OID ? v->oid_value.n * sizeof(uint32_t)
					       : 0;
	struct varbind *c = xmalloc(sizeof *c + own + more + 1);
	uint8_t *p = (uint8_t *)(c + 1);

	*c = *v;
	memcpy(p, v->oid.id, own);
	c->oid.id = (uint32_t *)(void *)p;
	if (bytes) {
		if (more > 0)
			memcpy(p + own, v->bytes.p, more);
		c->bytes.p = p + own;
	} else if (v->type == VARBIND_OID) {
		if (more > 0)
			memcpy(p + own, v->oid_value.id, more);
		c->oid_value.id = (uint32_t *)(void *)(p + own);
	}
	return c;
}

/* Put a value in. */
void
mib_put(struct mib *m, const struct varbind *v)
{
	size_t i = mib_from(m, v->oid);

	if (i < m->n && oid_cmp(m->v[i]->oid, v->oid) == 0) {
		struct varbind *old = m->v[i];
		m->v[i] = varbind_copy(v);
		free(old);
		return;
	}
	if (m->n == m->room) {
		m->room = m->room == 0 ? 64 : 2 * m->room;
		m->v = xreallocarray(m->v, m->room, sizeof *m->v);
	}
	memmove(m->v + i + 1, m->v + i, (m->n - i) * sizeof *m->v);
	m->v[i] = varbind_copy(v);
	m->n++;
}

/* Take a subtree out. */
static void
drop(struct mib *m, struct oid prefix)
{
	size_t from = mib_from(m, prefix), to = from;

	while (to < m->n && oid_is_under(m->v[to]->oid, prefix))
		free(m->v[to++]);
	if (to == from)
		return;
	memmove(m->v + from, m->v + to, (m->n - to) * sizeof *m->v);
	m->n -= to - from;
}

/* How many there are. */
size_t
mib_count(const struct mib *m)
{
	return m->n;
}

/* The value of an OID. */
const struct varbind *
mib_find(const struct mib *m, struct oid o)
{
	size_t i = mib_from(m, o);

	return i < m->n && oid_cmp(m->v[i]->oid, o) == 0 ? m->v[i] : NULL;
}

/* What follows an OID. */
const struct varbind *
mib_after(const struct mib *m, struct oid o)
{
	size_t i = mib_from(m, o);

	if (i < m->n && oid_cmp(m->v[i]->oid, o) == 0)
		i++;
	return i < m->n ? m->v[i] : NULL;
}

/* Whether something else lies under the OID without its last number. A MIB's own text would know
 * where the object ends and the index begins; this is right for all indexes of one number. */
bool
mib_has_siblings(const struct mib *m, struct oid o)
{
	if (o.n < 2)
		return false;
	struct oid parent = { .id = o.id, .n = o.n - 1 };
	size_t i = mib_from(m, parent);
	return i < m->n && oid_is_under(m->v[i]->oid, parent);
}

/* The OID of a text of the program's own. */
static void mib_name(struct oid_buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
static void
mib_name(struct oid_buf *b, const char *fmt, va_list ap)
{
	char text[OID_MAX_TEXT];
	int n = vsnprintf(text, sizeof text, fmt, ap);

	assert(n > 0 && (size_t)n < sizeof text);
	int bad = oid_parse(text, b);
	assert(bad == 0);
	(void)bad;
}

/* What follows the value's declaration in all setters: the OID, and in with it. */
#define PUT(m, v, fmt)                                                                             \
	do {                                                                                       \
		struct oid_buf name;                                                               \
		va_list ap;                                                                        \
		va_start(ap, fmt);                                                                 \
		mib_name(&name, fmt, ap);                                                          \
		va_end(ap);                                                                        \
		(v).oid = oid_of(&name);                                                           \
		mib_put(m, &(v));                                                                  \
	} while (0)

/* An INTEGER. */
void
mib_int(struct mib *m, int64_t v, const char *oid, ...)
{
	struct varbind b = { .type = VARBIND_INTEGER, .i = v };
	PUT(m, b, oid);
}

/* A NULL, as of a value that a controller does not have. */
void
mib_null(struct mib *m, const char *oid, ...)
{
	struct varbind b = { .type = VARBIND_NULL };
	PUT(m, b, oid);
}

/* A Gauge32, rounded and held within its range. */
void
mib_gauge(struct mib *m, double v, const char *oid, ...)
{
	struct varbind b = { .type = VARBIND_GAUGE32 };
	b.u = v <= 0 ? 0 : v >= UINT32_MAX ? UINT32_MAX : (uint64_t)(v + 0.5);
	PUT(m, b, oid);
}

/* TimeTicks; they wrap after 497 days. */
void
mib_ticks(struct mib *m, uint64_t v, const char *oid, ...)
{
	struct varbind b = { .type = VARBIND_TICKS, .u = v & UINT32_MAX };
	PUT(m, b, oid);
}

/* A Counter32. */
void
mib_counter32(struct mib *m, uint64_t v, const char *oid, ...)
{
	struct varbind b = { .type = VARBIND_COUNTER32, .u = v & UINT32_MAX };
	PUT(m, b, oid);
}

/* A Counter64. */
void
mib_counter64(struct mib *m, uint64_t v, const char *oid, ...)
{
	struct varbind b = { .type = VARBIND_COUNTER64, .u = v };
	PUT(m, b, oid);
}

/* An OCTET STRING. */
void
mib_text(struct mib *m, const char *v, const char *oid, ...)
{
	struct varbind b = { .type = VARBIND_STRING };
	b.bytes.p = (const uint8_t *)v;
	b.bytes.n = strlen(v);
	PUT(m, b, oid);
}

/* An OBJECT IDENTIFIER. */
void
mib_oid(struct mib *m, const char *v, const char *oid, ...)
{
	struct varbind b = { .type = VARBIND_OID };
	struct oid_buf value;
	int bad = oid_parse(v, &value);

	assert(bad == 0);
	(void)bad;
	b.oid_value = oid_of(&value);
	PUT(m, b, oid);
}

/* Take a subtree out. */
void
mib_forget(struct mib *m, const char *oid, ...)
{
	struct oid_buf name;
	va_list ap;

	va_start(ap, oid);
	mib_name(&name, oid, ap);
	va_end(ap);
	drop(m, oid_of(&name));
}

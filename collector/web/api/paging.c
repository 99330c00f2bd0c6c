/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No answer holds the loop for long, whatever there is to tell: a page is bounded by items and by
 * bytes, and says itself how to go on. */
#include "collector/web/api/paging.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/web/pages/html.h"
#include "zw/str.h"

int
paging_read(struct paging *p, const struct request *rq, struct reply *re, size_t normal)
{
	const char *limit = request_param(rq, "limit");
	uint64_t n = normal;

	if (limit != NULL && str_to_u64(limit, 1, PAGING_MAX, &n) == -1)
		return reply_error(
		    re, 400, "bad-parameter", "limit= is no number from 1 to %d", PAGING_MAX);
	*p = (struct paging){ .limit = (size_t)n, .after = request_param(rq, "after") };
	if (p->after != NULL && (*p->after == '\0' || strlen(p->after) >= sizeof p->last))
		return paging_is_nowhere(re);
	return 200;
}

bool
paging_has_room(const struct paging *p, const struct json *j)
{
	return p->n < p->limit && (p->n == 0 || j->b->len < PAGING_BYTES);
}

void
paging_count(struct paging *p, const char *fmt, ...)
{
	va_list ap;

	p->n++;
	va_start(ap, fmt);
	vsnprintf(p->last, sizeof p->last, fmt, ap);
	va_end(ap);
}

/* A name or value of the query. */
static void
put_param(struct buf *b, char sep, const char *name, const char *value)
{
	buf_u8(b, (uint8_t)sep);
	html_query(b, name);
	buf_u8(b, '=');
	html_query(b, value);
}

void
paging_end(const struct paging *p, struct json *j, const struct request *rq, bool more)
{
	struct buf b = { 0 };
	char sep = '?';

	if (!more || p->n == 0) {
		json_null(j, "next");
		return;
	}
	for (size_t i = 0; i < rq->nsegments; i++) {
		buf_u8(&b, '/');
		html_query(&b, rq->segments[i]);
	}
	for (size_t i = 0; i < rq->nparams; i++) {
		if (strcmp(rq->params[i].name, "after") == 0)
			continue;
		put_param(&b, sep, rq->params[i].name, rq->params[i].value);
		sep = '&';
	}
	put_param(&b, sep, "after", p->last);
	buf_u8(&b, '\0');
	json_text(j, "next", (const char *)b.data);
	buf_free(&b);
}

int
paging_is_nowhere(struct reply *re)
{
	return reply_error(re, 404, "no-such-place",
	    "after= is no place in this list; take it from \"next\", or begin anew without it");
}

int
paging_place(const struct paging *p, size_t n, uint64_t (*id_at)(const void *arg, size_t i),
    const void *arg, size_t *place)
{
	char text[24];
	uint64_t id, then;

	*place = 0;
	if (p->after == NULL)
		return 0;
	size_t digits = strcspn(p->after, ".");
	if (digits >= sizeof text || p->after[digits] != '.')
		return -1;
	memcpy(text, p->after, digits);
	text[digits] = '\0';
	if (str_to_u64(text, 0, UINT64_MAX, &id) == -1 ||
	    str_to_u64(p->after + digits + 1, 0, SIZE_MAX - 1, &then) == -1)
		return -1;
	/* It is most likely where it was. */
	*place = then < n ? (size_t)then : n;
	if (then < n && id_at(arg, (size_t)then) == id) {
		*place = (size_t)then + 1;
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		if (id_at(arg, i) == id) {
			*place = i + 1;
			return 0;
		}
	return 0;
}

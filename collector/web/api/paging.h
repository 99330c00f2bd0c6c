/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paging: long lists in pages. A list's answer ends with "next": the address of its next page, or
 * null. The parameters are limit= (how many at most) and after= (where the page before ended; of
 * "next" only, its form may change). */
#ifndef COLLECTOR_WEB_API_PAGING_H
#define COLLECTOR_WEB_API_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "zw/json.h"

#define PAGING_MAX 10000	 /* limit= at most */
#define PAGING_BYTES (64 * 1024) /* a page ends when it is this long, whatever its limit */

struct paging {
	size_t limit;
	const char *after; /* NULL: from the beginning */
	size_t n;	   /* items so far */
	char last[192];	   /* what after= of the next page would be */
};

/* 200, or the status of the error that was answered. normal: the limit if none is asked for. */
int paging_read(struct paging *p, const struct request *rq, struct reply *re, size_t normal);
/* Whether the page has room for one more item. */
bool paging_has_room(const struct paging *p, const struct json *j);
/* An item was written; where it was. */
void paging_count(struct paging *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Writes "next", in the object that is open. more: there is something behind the last item. */
void paging_end(const struct paging *p, struct json *j, const struct request *rq, bool more);
/* 404 for an after= that is nowhere. */
int paging_is_nowhere(struct reply *re);

/* Lists whose items have numbers and come and go: the place behind the item of after=
 * ("NUMBER.PLACE"), or its place then if it is gone. -1: after= is none such. */
int paging_place(const struct paging *p, size_t n, uint64_t (*id_at)(const void *arg, size_t i),
    const void *arg, size_t *place);

#endif

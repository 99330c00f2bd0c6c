/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gzip: answers made smaller (RFC 1952); the only door to zlib. Bytes in, bytes out. */
#ifndef COLLECTOR_WEB_GZIP_H
#define COLLECTOR_WEB_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "zw/buf.h"

#define GZIP_MIN 860		/* bytes: less fits into one packet anyway */
#define GZIP_WHOLE (256 * 1024) /* at most so much at once, or the loop would wait */
#define GZIP_PART (64 * 1024)	/* then so much at a time */

struct gzip;

/* small: little memory, for one that lives as long as its client reads. */
struct gzip *gzip_new(bool small);
void gzip_free(struct gzip *g); /* NULL is fine */
/* All of it at once, any number of times; the more bytes, the less thoroughly. */
void gzip_whole(struct gzip *g, struct buf *out, const void *data, size_t n);
/* The next part of one answer; end: the last. What it gives out may come with a later part. */
void gzip_part(struct gzip *g, struct buf *out, const void *data, size_t n, bool end);

/* Whether an Accept-Encoding header (NULL: none) takes gzip (RFC 9110, 12.5.3). */
bool gzip_accepted(const char *accept);

#endif

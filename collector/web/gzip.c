/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zlib as the web side needs it. Its level follows from the size, so that one call stays below
 * some 3 ms: level 6 makes 30 MB/s, level 1 makes 120. */
#include "collector/web/gzip.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zlib.h>

#include "zw/alloc.h"
#include "zw/log.h"

#define THOROUGH 65536 /* bytes up to which level 6 is quick enough */
#define ROOM 16384     /* by which the output grows */

struct gzip {
	z_stream z;
	int level;
};

struct gzip *
gzip_new(bool small)
{
	struct gzip *g = xcalloc(1, sizeof *g);
	g->level = 1;
	/* 16 more: gzip's frame instead of zlib's. */
	if (deflateInit2(&g->z, g->level, Z_DEFLATED, 16 + (small ? 13 : 15), small ? 5 : 8,
		Z_DEFAULT_STRATEGY) != Z_OK)
		fatalx("web", "cannot make a compressor");
	return g;
}

void
gzip_free(struct gzip *g)
{
	if (g == NULL)
		return;
	deflateEnd(&g->z);
	free(g);
}

void
gzip_part(struct gzip *g, struct buf *out, const void *data, size_t n, bool end)
{
	/* zlib 1.2 without ZLIB_CONST takes no const, and changes nothing. */
	union {
		const void *in;
		Bytef *out;
	} bytes = { data };
	int rc;
	assert(n <= UINT32_MAX);
	g->z.next_in = bytes.out;
	g->z.avail_in = (uInt)n;
	do {
		g->z.next_out = buf_extend(out, ROOM);
		g->z.avail_out = ROOM;
		rc = deflate(&g->z, end ? Z_FINISH : Z_NO_FLUSH);
		assert(rc != Z_STREAM_ERROR);
		out->len -= g->z.avail_out;
	} while (g->z.avail_out == 0);
}

void
gzip_whole(struct gzip *g, struct buf *out, const void *data, size_t n)
{
	int level = n <= THOROUGH ? 6 : 1;
	deflateReset(&g->z);
	if (level != g->level && deflateParams(&g->z, level, Z_DEFAULT_STRATEGY) == Z_OK)
		g->level = level;
	gzip_part(g, out, data, n, true);
}

/* Whether the part of the header up to n allows what it names: no ";q=0" in it. */
static bool
is_allowed(const char *s, size_t n)
{
	const char *semicolon = memchr(s, ';', n);
	if (semicolon == NULL)
		return true;
	const char *end = s + n, *p = semicolon + 1;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (end - p < 3 || (*p != 'q' && *p != 'Q') || p[1] != '=')
		return true;
	for (p += 2; p < end; p++)
		if (*p >= '1' && *p <= '9')
			return true;
	return false;
}

bool
gzip_accepted(const char *accept)
{
	int any = -1; /* what "*" says */
	while (accept != NULL && *accept != '\0') {
		accept += strspn(accept, " ,\t");
		size_t n = strcspn(accept, ",");
		size_t word = strcspn(accept, ",; \t");
		if ((word == 4 && strncasecmp(accept, "gzip", 4) == 0) ||
		    (word == 6 && strncasecmp(accept, "x-gzip", 6) == 0))
			return is_allowed(accept, n);
		if (word == 1 && *accept == '*')
			any = is_allowed(accept, n);
		accept += n;
	}
	return any == 1;
}

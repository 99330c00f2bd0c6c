/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb z */
/* What is made smaller is the same when it is made large again; who takes it is read off a header.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

#include "collector/web/gzip.h"
#include "zw/clock.h"

/* Bytes like those of JSON: they repeat, and not quite. */
static char *
some_text(size_t n)
{
	char *s = malloc(n);
	unsigned seed = 1;
	assert_non_null(s);
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245u + 12345u;
		s[i] = i % 16 < 12 ? "{\"name\":\"srv"[i % 12] : (char)('0' + (seed >> 16) % 10);
	}
	return s;
}

/* Whether the compressed bytes are this text, and nothing after it. */
static void
assert_inflates(const struct buf *b, const char *s, size_t n)
{
	char *out = malloc(n + 1);
	z_stream z = { 0 };
	assert_non_null(out);
	assert_int_equal(inflateInit2(&z, 16 + 15), Z_OK);
	z.next_in = b->data;
	z.avail_in = (uInt)b->len;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)n + 1;
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	assert_int_equal(z.total_out, n);
	assert_memory_equal(out, s, n);
	inflateEnd(&z);
	free(out);
}

/* Whatever the size, it is itself again; one writer does many. */
static void
whole(void **state)
{
	static const size_t sizes[] = { 0, 1, 860, 16384, 16385, 65536, GZIP_WHOLE, 1000000, 900 };
	struct gzip *g = gzip_new(false);
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct buf out = { 0 };
		char *s = some_text(sizes[i] + 1);
		gzip_whole(g, &out, s, sizes[i]);
		assert_inflates(&out, s, sizes[i]);
		if (sizes[i] > 800)
			assert_true(out.len < sizes[i] / 2);
		buf_free(&out);
		free(s);
	}
	gzip_free(g);
}

/* An answer in parts of all sizes. */
static void
parts(void **state)
{
	size_t n = 700000, step = 1;
	struct gzip *g = gzip_new(true);
	struct buf out = { 0 };
	char *s = some_text(n);
	(void)state;
	for (size_t at = 0; at < n; at += step, step = step * 2 % 70001 + 1) {
		size_t take = n - at < step ? n - at : step;
		gzip_part(g, &out, s + at, take, false);
	}
	gzip_part(g, &out, NULL, 0, true);
	assert_inflates(&out, s, n);
	buf_free(&out);
	free(s);
	gzip_free(g);
	gzip_free(NULL);
}

/* Which headers let it be gzip. */
static void
accepted(void **state)
{
	static const struct {
		const char *header;
		bool yes;
	} rows[] = {
		{ NULL, false },
		{ "", false },
		{ "gzip", true },
		{ "GZip", true },
		{ "x-gzip", true },
		{ "deflate, gzip;q=1.0, *;q=0.5", true },
		{ "gzip ; q=0.001", true },
		{ "gzip;q=0", false },
		{ "gzip; q=0.000, *", false },
		{ "*", true },
		{ "*;q=0", false },
		{ "identity;q=1, *;q=0", false },
		{ "br, zstd", false },
		{ "gzipped", false },
		{ ",,,gzip", true },
		{ ";;q=", false },
		{ "gzip;", true },
		{ "gzip;q", true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(gzip_accepted(rows[i].header), rows[i].yes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(parts),
		cmocka_unit_test(accepted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

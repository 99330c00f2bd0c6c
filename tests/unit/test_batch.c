/* SPDX-License-Identifier: GPL-3.0-or-later */
/* batch: every value comes back exactly, in as few bytes as promised. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "zw/batch.h"
#include "zw/wire.h"

#define TLS_RECORD 22 /* header 5, content type 1, AES-GCM tag 16: RFC 8446 5.2 */

/* Values at the edges of every code, and what no code but the last can hold. */
static const double edges[] = { 0, 1, 255, 256, 65535, 65536, 16777215, 16777216, 4294967295.0,
	4294967296.0, 1099511627775.0, 1099511627776.0, 72057594037927928.0, 72057594037927936.0,
	-1, -128, -129, 0.01, 2.55, 2.56, 655.35, 655.36, -0.01, 83886.07, -83886.08, 83886.08,
	0.001, -32.768, 32.767, 32.768, 4096, 68719472640.0, 0.000001, 2147.483647, -2147.483648,
	1e300, -1e-300, 5e-324, 0.1, 1.0 / 3, 23.45, 99.99, 12345678901.0, -40.5, 1e15, 1e17 };

#define NEDGES (sizeof edges / sizeof edges[0])

/* The bits of two doubles. */
static void
assert_same(double a, double b)
{
	assert_memory_equal(&a, &b, sizeof a);
}

static void
test_edges(void **state)
{
	struct buf b = { 0 };
	struct batch_reader r;

	(void)state;
	struct batch_writer w = batch_begin(&b, 7, 1700000000);
	batch_add(&w, 3, (unsigned)NEDGES, edges);
	double odd[] = { NAN, -0.0, INFINITY };
	batch_add(&w, 4000000000u, 3, odd);
	assert_int_equal(batch_open(&r, b.data, b.len, NULL), 0);
	assert_true(r.seq == 7 && r.time_s == 1700000000);
	assert_int_equal(batch_next(&r), 1);
	assert_int_equal(r.id, 3);
	assert_int_equal(r.nvalues, NEDGES);
	for (size_t i = 0; i < NEDGES; i++)
		assert_same(r.values[i], edges[i]);
	assert_int_equal(batch_next(&r), 1);
	assert_true(r.id == 4000000000u && isnan(r.values[0]) && isnan(r.values[2]));
	assert_same(r.values[1], -0.0);
	assert_int_equal(batch_next(&r), 0);
	buf_free(&b);
}

/* Random bits of every kind of number. */
static void
test_random(void **state)
{
	struct buf b = { 0 };
	struct batch_reader r;

	(void)state;
	srand(3);
	for (int round = 0; round < 3000; round++) {
		double v[METRIC_MAX_FIELDS];
		unsigned n = 1 + (unsigned)rand() % METRIC_MAX_FIELDS;
		for (unsigned i = 0; i < n; i++) {
			double whole = (double)(rand() - RAND_MAX / 2) * (rand() % 3 ? 1 : 65536);
			static const double scale[] = { 1, 100, 1000, 1e6, 7, 0.25 };
			v[i] = floor(whole / (1 << rand() % 31)) / scale[rand() % 6];
		}
		buf_clear(&b);
		struct batch_writer w = batch_begin(&b, 1, 0);
		batch_add(&w, 1, n, v);
		assert_int_equal(batch_open(&r, b.data, b.len, NULL), 0);
		assert_int_equal(batch_next(&r), 1);
		assert_int_equal(r.nvalues, n);
		for (unsigned i = 0; i < n; i++)
			assert_same(r.values[i], v[i]);
		assert_int_equal(batch_next(&r), 0);
	}
	buf_free(&b);
}

/* A batch cut anywhere is malformed or, between two series, whole; never more. */
static void
test_truncated(void **state)
{
	struct buf b = { 0 };
	struct batch_reader r;
	size_t end_of_first;

	(void)state;
	struct batch_writer w = batch_begin(&b, 300, 1700000000);
	batch_add(&w, 1, 5, edges + 10);
	end_of_first = b.len;
	batch_add(&w, 2, 7, edges + 20);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = malloc(n ? n : 1); /* of the exact size, for the sanitizer */
		memcpy(cut, b.data, n);
		if (batch_open(&r, cut, n, NULL) == 0) {
			int rc, series = 0;
			while ((rc = batch_next(&r)) == 1)
				series++;
			assert_int_equal(rc, n == end_of_first || n == 7 ? 0 : -1);
			assert_true(series <= (n >= end_of_first));
		}
		free(cut);
	}
	buf_free(&b);
}

/* 200 values as servers have them: half percentages with two decimals, a quarter counters, a
 * quarter that hardly change. At most 4 bytes a value with the frame's and TLS's heads. */
static void
test_size(void **state)
{
	struct buf b = { 0 };

	(void)state;
	srand(4);
	struct batch_writer w = batch_begin(&b, 123456, 1790000000);
	for (uint32_t id = 1; id <= 25; id++) {
		double v[8];
		for (int i = 0; i < 4; i++)
			v[i] = rand() % 10000 / 100.0;
		v[4] = 1e9 + rand();
		v[5] = 40e9 + (double)rand() * 50;
		v[6] = rand() % 3;
		v[7] = rand() % 100;
		batch_add(&w, id, 8, v);
	}
	double per_value = (double)(b.len + WIRE_HEADER + TLS_RECORD) / 200;
	print_message("200 values: %zu bytes, %.2f a value with frame and TLS\n", b.len, per_value);
	assert_true(per_value <= 4.0);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

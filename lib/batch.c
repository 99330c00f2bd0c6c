/* SPDX-License-Identifier: GPL-3.0-or-later */
/* batch: the payload of WIRE_BATCH: values in as few bytes as give them back exactly. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "zw/batch.h"

#define BATCH_MAX_TIME INT64_C(253402300799) /* 9999-12-31 23:59:59 UTC */

enum code {
	CODE_ZERO = 0,
	CODE_U8,
	CODE_U16,
	CODE_U24,
	CODE_U32,
	CODE_U40,
	CODE_U56,
	CODE_CENTI_U8,
	CODE_CENTI_U16,
	CODE_CENTI_S24,
	CODE_MILLI_S16,
	CODE_S8,
	CODE_PAGES_U24,
	CODE_MICRO_S32,
	CODE_NAN,
	CODE_DOUBLE
};

/* What a code's bytes are: an integer of this many bytes, signed or not, divided by `divisor` or
 * multiplied by `factor`. */
struct code_shape {
	uint8_t bytes;
	bool is_signed;
	double divisor; /* 1 but for decimals */
	double factor;	/* 1 but for pages */
};

static const struct code_shape shapes[16] = {
	[CODE_ZERO] = { 0, false, 1, 1 },
	[CODE_U8] = { 1, false, 1, 1 },
	[CODE_U16] = { 2, false, 1, 1 },
	[CODE_U24] = { 3, false, 1, 1 },
	[CODE_U32] = { 4, false, 1, 1 },
	[CODE_U40] = { 5, false, 1, 1 },
	[CODE_U56] = { 7, false, 1, 1 },
	[CODE_CENTI_U8] = { 1, false, 100, 1 },
	[CODE_CENTI_U16] = { 2, false, 100, 1 },
	[CODE_CENTI_S24] = { 3, true, 100, 1 },
	[CODE_MILLI_S16] = { 2, true, 1000, 1 },
	[CODE_S8] = { 1, true, 1, 1 },
	[CODE_PAGES_U24] = { 3, false, 1, 4096 },
	[CODE_MICRO_S32] = { 4, true, 1000000, 1 },
	[CODE_NAN] = { 0, false, 1, 1 },
	[CODE_DOUBLE] = { 8, false, 1, 1 },
};

/* Codes from short to long, to be tried in this order. */
static const uint8_t by_length[] = { CODE_U8, CODE_S8, CODE_CENTI_U8, CODE_U16, CODE_CENTI_U16,
	CODE_MILLI_S16, CODE_U24, CODE_CENTI_S24, CODE_PAGES_U24, CODE_U32, CODE_MICRO_S32,
	CODE_U40, CODE_U56 };

/* The number that a shape makes of its integer. */
static double
shape_value(const struct code_shape *s, int64_t i)
{
	return s->divisor != 1 ? (double)i / s->divisor : (double)i * s->factor;
}

/* Whether a shape gives exactly v back; *out is then its integer. */
static bool
shape_fits(const struct code_shape *s, double v, int64_t *out)
{
	double scaled = s->divisor != 1 ? v * s->divisor : v / s->factor;
	double high = (double)(INT64_C(1) << (8 * s->bytes - s->is_signed));
	double low = s->is_signed ? -high : 0;

	if (!(scaled > low - 1 && scaled < high))
		return false;
	*out = (int64_t)scaled; /* towards zero; the nearest may be one further */
	double rest = scaled - (double)*out;
	*out += (rest >= 0.5) - (rest <= -0.5);
	return (double)*out >= low && (double)*out < high && shape_value(s, *out) == v;
}

/* The shortest code for v, and its bytes' integer. */
static enum code
code_for(double v, int64_t *i)
{
	*i = 0;
	if (!isfinite(v))
		return CODE_NAN;
	if (v == 0 && !signbit(v))
		return CODE_ZERO;
	if (v != 0)
		for (size_t k = 0; k < sizeof by_length; k++)
			if (shape_fits(&shapes[by_length[k]], v, i))
				return (enum code)by_length[k];
	memcpy(i, &v, sizeof v);
	return CODE_DOUBLE;
}

/* Begin a batch. */
struct batch_writer
batch_begin(struct buf *b, uint64_t seq, int64_t time_s)
{
	assert(time_s >= 0 && time_s <= BATCH_MAX_TIME);
	buf_varint(b, seq);
	buf_varint(b, (uint64_t)time_s);
	return (struct batch_writer){ .b = b };
}

/* Add one series' values. */
void
batch_add(struct batch_writer *w, uint32_t id, unsigned nvalues, const double *values)
{
	assert(id > w->last_id && nvalues >= 1 && nvalues <= METRIC_MAX_FIELDS);
	buf_varint(w->b, id - w->last_id - 1);
	w->last_id = id;
	buf_varint(w->b, nvalues);
	size_t ncodes = (nvalues + 1) / 2, at = w->b->len;
	memset(buf_extend(w->b, ncodes), 0, ncodes);
	for (unsigned k = 0; k < nvalues; k++) {
		int64_t i;
		enum code code = code_for(values[k], &i);
		w->b->data[at + k / 2] |= (uint8_t)(code << (k % 2 * 4));
		uint8_t *p = buf_extend(w->b, shapes[code].bytes);
		for (unsigned n = 0; n < shapes[code].bytes; n++)
			p[n] = (uint8_t)((uint64_t)i >> (8 * n));
	}
}

/* Read the head of a batch. */
int
batch_open(struct batch_reader *r, const void *p, size_t n, struct err *e)
{
	r->c = cursor_over(p, n);
	r->id = 0;
	r->nvalues = 0;
	r->seq = cursor_varint(&r->c);
	uint64_t t = cursor_varint(&r->c);
	if (r->c.bad || r->seq == 0 || t > (uint64_t)BATCH_MAX_TIME)
		return err_set(e, "malformed batch");
	r->time_s = (int64_t)t;
	return 0;
}

/* The value of a code, its bytes taken from the cursor. */
static double
value_decode(struct cursor *c, unsigned code)
{
	const struct code_shape *s = &shapes[code];
	const uint8_t *p = cursor_bytes(c, s->bytes);
	uint64_t u = 0;
	double v;

	if (code == CODE_NAN || p == NULL)
		return NAN;
	for (unsigned n = s->bytes; n-- > 0;)
		u = u << 8 | p[n];
	if (code == CODE_DOUBLE) {
		memcpy(&v, &u, sizeof v);
		c->bad |= !isfinite(v);
		return v;
	}
	unsigned spare = 64 - 8 * s->bytes;
	/* Shift the sign into its place and back; both gcc and clang shift signed arithmetically.
	 */
	int64_t i = s->is_signed ? (int64_t)(u << spare) >> spare : (int64_t)u;
	return shape_value(s, i);
}

/* The next series. */
int
batch_next(struct batch_reader *r)
{
	struct cursor *c = &r->c;

	if (c->bad)
		return -1;
	if (cursor_left(c) == 0)
		return 0;
	uint64_t skip = cursor_varint(c), n = cursor_varint(c);
	if (c->bad || skip >= UINT32_MAX - r->id || n < 1 || n > METRIC_MAX_FIELDS)
		goto bad;
	const uint8_t *codes = cursor_bytes(c, (size_t)(n + 1) / 2);
	if (codes == NULL || (n % 2 == 1 && codes[n / 2] >> 4 != 0))
		goto bad;
	r->id += (uint32_t)skip + 1;
	r->nvalues = (unsigned)n;
	for (unsigned k = 0; k < r->nvalues; k++)
		r->values[k] = value_decode(c, codes[k / 2] >> (k % 2 * 4) & 15);
	if (!c->bad)
		return 1;
bad:
	c->bad = true;
	return -1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rowtext: numbers as text for librrd. A third of the cost of an update was snprintf (facts/
 * performance.md, part 1), so that the common numbers (integers, decimals of up to 8 places) are
 * written by hand; for the rest the text is searched that is read back best. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "collector/store/rowtext.h"

#define EXACT 9007199254740992.0 /* 2^53: integers below are exact */

/* Digits of v, two at a time from the back. */
size_t
rowtext_integer(char *dst, uint64_t v)
{
	char tmp[20];
	size_t at = sizeof tmp;

	do {
		tmp[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	memcpy(dst, tmp + at, sizeof tmp - at);
	return sizeof tmp - at;
}

/* m / 10^places as a decimal with a point. */
static size_t
put_decimal(char *dst, uint64_t m, unsigned places, uint64_t power)
{
	size_t n = rowtext_integer(dst, m / power);
	uint64_t rest = m % power;

	dst[n] = '.';
	for (unsigned i = places; i > 0; i--) {
		dst[n + i] = (char)('0' + rest % 10);
		rest /= 10;
	}
	return n + 1 + places;
}

/* What librrd makes of the digits `number` and an exponent. */
static double
scaled(double number, int exponent)
{
	double p10 = 10.0;

	for (unsigned n = (unsigned)(exponent < 0 ? -exponent : exponent); n != 0; n >>= 1) {
		if (n & 1)
			number = exponent < 0 ? number / p10 : number * p10;
		p10 *= p10;
	}
	return number;
}

/* What librrd makes of the digits of m and `zeros` more. */
static double
gathered(uint64_t m, unsigned zeros)
{
	/* Ten digits are exact whatever their order; the rest one by one, as librrd does. */
	static const uint64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000 };
	double number = (double)(m / powers[7]);

	for (unsigned i = 7; i-- > 0;)
		number = number * 10.0 + (double)(m / powers[i] % 10);
	while (zeros-- > 0)
		number *= 10.0;
	return number;
}

/* m, zeros and an exponent. */
static size_t
put_exponent(char *dst, uint64_t m, unsigned zeros, int exponent)
{
	size_t n = rowtext_integer(dst, m);

	memset(dst + n, '0', zeros);
	n += zeros;
	dst[n++] = 'e';
	if (exponent < 0)
		dst[n++] = '-';
	return n + rowtext_integer(dst + n, (uint64_t)(exponent < 0 ? -exponent : exponent));
}

/* Try the digits near m with a few zeros behind them: each way rounds otherwise. True if one is
 * read as a; the nearest miss stays in dst. */
static bool
try_near(char *dst, size_t *len, double *miss, double a, uint64_t m, int exponent)
{
	for (unsigned step = 0; step < 12; step++) {
		uint64_t digits = step & 1 ? m - (step + 1) / 2 : m + step / 2;
		for (unsigned zeros = 0; zeros <= 3; zeros++) {
			int e = exponent - (int)zeros;
			double off = fabs(scaled(gathered(digits, zeros), e) - a);
			if (off >= *miss)
				continue;
			*miss = off;
			*len = put_exponent(dst, digits, zeros, e);
			if (off == 0)
				return true;
		}
	}
	return false;
}

/* A number that is no short decimal. */
static size_t
put_any(char *dst, double a)
{
	int magnitude = (int)floor(log10(a));
	double miss = INFINITY;
	size_t len = 0;

	for (int places = 15; places <= 16; places++) {
		int exponent = magnitude - places;
		double m = rint(scaled(a, -exponent));
		if (m >= 1e14 && m < 1e18 && try_near(dst, &len, &miss, a, (uint64_t)m, exponent))
			return len;
	}
	if (len == 0) { /* so large or small that librrd cannot scale it */
		dst[0] = 'U';
		len = 1;
	}
	return len;
}

/* A level. */
size_t
rowtext_gauge(char *dst, double v)
{
	static const struct {
		unsigned places; /* powers of two: librrd divides once */
		double power;
	} decimals[] = { { 2, 1e2 }, { 4, 1e4 }, { 8, 1e8 } };
	double a = fabs(v);
	size_t sign = 0;

	if (!isfinite(v)) {
		dst[0] = 'U';
		return 1;
	}
	if (v < 0)
		dst[sign++] = '-';
	if (a < EXACT && a == floor(a))
		return sign + rowtext_integer(dst + sign, (uint64_t)a);
	for (unsigned i = 0; i < sizeof decimals / sizeof decimals[0]; i++) {
		double m = rint(a * decimals[i].power);
		if (m < EXACT && m / decimals[i].power == a)
			return sign + put_decimal(dst + sign, (uint64_t)m, decimals[i].places,
					  (uint64_t)decimals[i].power);
	}
	size_t n = put_any(dst + sign, a);
	if (dst[sign] == 'U')
		dst[0] = 'U';
	return dst[0] == 'U' ? 1 : sign + n;
}

/* A counter. */
size_t
rowtext_counter(char *dst, double v)
{
	if (!(v >= 0 && v < EXACT)) {
		dst[0] = 'U';
		return 1;
	}
	return rowtext_integer(dst, (uint64_t)v);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* str_number: numbers as text, in the C locale whatever the process's is: libc's strtod() takes a
 * comma in az_AZ. */
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zw/str.h"

static locale_t c_locale; /* written once, under c_once */
static pthread_once_t c_once = PTHREAD_ONCE_INIT;

/* Make the C locale; it lives as long as the program. */
static void
c_locale_init(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The unsigned number at s; *end is what follows. -1: none, or over 64 bits. */
static int
digits(const char *s, const char **end, uint64_t *out)
{
	uint64_t v = 0;
	const char *p = s;

	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t d = (uint64_t)(*p - '0');
		if (v > (UINT64_MAX - d) / 10)
			return -1;
		v = v * 10 + d;
	}
	*end = p;
	*out = v;
	return p > s ? 0 : -1;
}

/* A whole unsigned number in a range. */
int
str_to_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	const char *end;
	uint64_t v;

	if (digits(s, &end, &v) == -1 || *end != '\0' || v < min || v > max)
		return -1;
	*out = v;
	return 0;
}

/* A whole number in a range, with '-' or none. */
int
str_to_i64(const char *s, int64_t min, int64_t max, int64_t *out)
{
	const char *end;
	uint64_t v;
	bool minus = *s == '-';

	if (digits(s + minus, &end, &v) == -1 || *end != '\0' ||
	    v > (uint64_t)INT64_MAX + (minus ? 1 : 0))
		return -1;
	int64_t i = minus ? -(int64_t)(v - 1) - 1 : (int64_t)v;
	if (minus && v == 0)
		i = 0;
	if (i < min || i > max)
		return -1;
	*out = i;
	return 0;
}

/* A finite decimal number with a point. */
int
str_to_double(const char *s, double *out)
{
	char *end;

	pthread_once(&c_once, c_locale_init);
	/* strtod also knows blanks, hex, "inf" and "nan"; we do not. */
	if (s[strspn(s, "+-.0123456789eE")] != '\0' || *s == '\0')
		return -1;
	errno = 0;
	double v = strtod_l(s, &end, c_locale);
	if (*end != '\0' || end == s || !isfinite(v))
		return -1;
	*out = v;
	return 0;
}

/* The shortest decimal text that reads back as v. */
/* The text of a number of at most four decimals, as most are, by integers alone; false: it is none
 * such. A quotient is rounded to the double nearest to it, so what is equal to v reads back as v.
 */
static bool
from_decimals(char dst[32], double v)
{
	double scaled = fabs(v) * 10000;

	if (!(scaled < 9e15) || (v == 0 && signbit(v)))
		return false;
	uint64_t whole = (uint64_t)(scaled + 0.5);
	if ((double)whole / 10000 != fabs(v))
		return false;
	char digits[32], *p = digits + sizeof digits;
	*--p = '\0';
	unsigned decimals = (unsigned)(whole % 10000);
	for (unsigned i = 0; i < 4; i++, decimals /= 10)
		if (decimals % 10 != 0 || *p != '\0')
			*--p = (char)('0' + decimals % 10);
	if (*p != '\0')
		*--p = '.';
	for (whole /= 10000; whole > 0 || *p == '.' || *p == '\0'; whole /= 10) {
		*--p = (char)('0' + whole % 10);
		if (whole < 10)
			break;
	}
	if (v < 0)
		*--p = '-';
	memcpy(dst, p, (size_t)(digits + sizeof digits - p));
	return true;
}

void
str_from_double(char dst[32], double v)
{
	pthread_once(&c_once, c_locale_init);
	if (isnan(v)) {
		(void)str_copy(dst, 32, "nan");
		return;
	}
	if (from_decimals(dst, v))
		return;
	/* 15 digits are always kept, and %g leaves zeros at the end out. */
	locale_t before = uselocale(c_locale);
	for (int precision = fabs(v) < DBL_MIN ? 1 : 15; precision <= 17; precision++) {
		(void)snprintf(dst, 32, "%.*g", precision, v);
		if (strtod_l(dst, NULL, c_locale) == v)
			break;
	}
	uselocale(before);
	/* "%g" writes 1e+06 where 1000000 is as exact and easier on the eye. */
	if (strchr(dst, 'e') != NULL && fabs(v) < 1e15 && v == floor(v))
		(void)snprintf(dst, 32, "%lld", (long long)v);
}

struct str_unit {
	const char *name;
	uint64_t factor;
};

static const struct str_unit duration_units[] = { { "ms", 1 }, { "s", 1000 }, { "min", 60000 },
	{ "h", 3600000 }, { "d", 86400000 } };
static const struct str_unit size_units[] = { { "", 1 }, { "KiB", 1 << 10 }, { "MiB", 1 << 20 },
	{ "GiB", 1 << 30 }, { "TiB", (uint64_t)1 << 40 } };

#define NUNITS(u) (sizeof(u) / sizeof(u)[0])

/* A number with one of the units, multiplied out, at most max. */
static int
with_unit(const char *s, const struct str_unit *units, size_t n, uint64_t max, uint64_t *out)
{
	const char *end;
	uint64_t v;

	if (digits(s, &end, &v) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		if (v > max / units[i].factor)
			return -1;
		*out = v * units[i].factor;
		return 0;
	}
	return -1;
}

/* A duration in milliseconds. */
int
str_to_duration(const char *s, int64_t *out_ms)
{
	uint64_t v;

	if (with_unit(s, duration_units, NUNITS(duration_units), INT64_MAX, &v) == -1)
		return -1;
	*out_ms = (int64_t)v;
	return 0;
}

/* A size in bytes. */
int
str_to_size(const char *s, uint64_t *out)
{
	return with_unit(s, size_units, NUNITS(size_units), UINT64_MAX, out);
}

/* In the largest unit that divides it; but 90 s rather than what nobody writes. */
static void
from_unit(char *dst, size_t size, uint64_t v, const struct str_unit *units, size_t n)
{
	size_t i = n - 1;

	while (i > 0 && (v == 0 || v % units[i].factor != 0))
		i--;
	(void)snprintf(
	    dst, size, "%llu%s", (unsigned long long)(v / units[i].factor), units[i].name);
}

/* A duration as it would be written. */
void
str_from_duration(char *dst, size_t size, int64_t ms)
{
	if (ms == 0)
		(void)str_copy(dst, size, "0s");
	else
		from_unit(dst, size, (uint64_t)ms, duration_units, NUNITS(duration_units));
}

/* A size as it would be written. */
void
str_from_size(char *dst, size_t size, uint64_t bytes)
{
	from_unit(dst, size, bytes, size_units, NUNITS(size_units));
}

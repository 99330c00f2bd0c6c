/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values for people: pages, zonewatchctl and mails say a value in the same words. Machines get
 * str_from_double() and the bare unit instead. */
#include "zw/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "zw/str.h"

/* A unit that is scaled by prefixes, and how it is written before them. */
struct scaled {
	const char *unit; /* without "/s" */
	const char *sign;
	double base;
	const char *const *prefixes;
	bool from_ten_thousand; /* plain counts: 9999 stays as it is */
};

static const char *const binary[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", NULL };
static const char *const decimal[] = { "", "k", "M", "G", "T", "P", "E", NULL };

static const struct scaled scaled[] = {
	{ "By", "B", 1024, binary, false },
	{ "bit", "bit", 1000, decimal, false },
	{ "Hz", "Hz", 1000, decimal, false },
	{ "W", "W", 1000, decimal, false },
	{ "1", "", 1000, decimal, true },
	{ "", "", 1000, decimal, true },
};

/* Writes a number with the given decimals, less the zeros at its end. */
static void
put_number(char *dst, size_t size, double v, int decimals)
{
	snprintf(dst, size, "%.*f", decimals, v);
	char *point = strchr(dst, '.');
	if (point != NULL) {
		char *end = dst + strlen(dst);
		while (end[-1] == '0')
			*--end = '\0';
		if (end[-1] == '.')
			end[-1] = '\0';
	}
	if (strcmp(dst, "-0") == 0)
		(void)str_copy(dst, size, "0");
}

/* Decimals that leave about three digits that count. */
static int
decimals_of(double v)
{
	double a = fabs(v);
	if (a >= 100)
		return 0;
	if (a >= 10)
		return 1;
	return a >= 0.1 || a == 0 ? 2 : 4;
}

/* The row of a unit, or NULL. */
static const struct scaled *
scaled_find(const char *unit, size_t n)
{
	for (size_t i = 0; i < sizeof scaled / sizeof scaled[0]; i++)
		if (strlen(scaled[i].unit) == n && memcmp(scaled[i].unit, unit, n) == 0)
			return &scaled[i];
	return NULL;
}

/* Joins number, prefix and sign; a blank stands between only where something follows. */
static void
join(char *dst, size_t size, const char *number, const char *prefix, const char *sign, int n,
    const char *per)
{
	bool any = *prefix != '\0' || n > 0 || *per != '\0';
	snprintf(dst, size, "%s%s%s%.*s%s", number, any ? " " : "", prefix, n, sign, per);
}

/* A value whose unit has greater ones: bytes, bits, counts. */
static void
format_scaled(char *dst, size_t size, double v, const struct scaled *s, const char *per)
{
	size_t i = 0;
	double limit = s->from_ten_thousand ? 10 * s->base : s->base;
	while (s->prefixes[i + 1] != NULL && fabs(v) >= limit) {
		v /= s->base;
		limit = s->base;
		i++;
	}
	char number[32];
	int decimals = decimals_of(v);
	if (i == 0 && s->base == 1024 && *per == '\0')
		decimals = 0;
	put_number(number, sizeof number, v, decimals);
	join(dst, size, number, s->prefixes[i], s->sign, (int)strlen(s->sign), per);
}

/* Seconds: short ones with the fraction that matters, long ones by their greatest units. */
static void
format_seconds(char *dst, size_t size, double v)
{
	char number[32];
	double a = fabs(v);
	if (a >= 60 && a < 1e12) {
		char text[UNITS_MAX];
		units_duration(text, sizeof text, (int64_t)(a * 1000));
		snprintf(dst, size, "%s%s", v < 0 ? "-" : "", text);
		return;
	}
	const char *unit = "s";
	if (a > 0 && a < 0.001) {
		v *= 1e6;
		unit = "µs";
	} else if (a > 0 && a < 1) {
		v *= 1e3;
		unit = "ms";
	}
	put_number(number, sizeof number, v, decimals_of(v));
	snprintf(dst, size, "%s %s", number, unit);
}

/* Any other unit, written behind the number; an annotation loses its braces. */
static void
format_plain(char *dst, size_t size, double v, const char *unit, size_t n, const char *per)
{
	if (n == 3 && memcmp(unit, "Cel", 3) == 0) {
		unit = "°C";
		n = strlen(unit);
	} else if (n > 2 && unit[0] == '{' && unit[n - 1] == '}') {
		unit++;
		n -= 2;
	}
	char number[32];
	put_number(number, sizeof number, v, fabs(v) < 1000 ? decimals_of(v) : 0);
	join(dst, size, number, "", unit, (int)n, per);
}

void
units_format(char *dst, size_t size, double value, const char *unit)
{
	if (isnan(value)) {
		(void)str_copy(dst, size, "–");
		return;
	}
	if (isinf(value) || fabs(value) >= 1e15) {
		snprintf(dst, size, "%.3g %.15s", value, unit);
		return;
	}
	size_t n = strnlen(unit, 2 * METRIC_MAX_UNIT);
	const char *per = "";
	if (n > 2 && memcmp(unit + n - 2, "/s", 2) == 0) {
		per = "/s";
		n -= 2;
	}
	const struct scaled *s = scaled_find(unit, n);
	if (s != NULL)
		format_scaled(dst, size, value, s, per);
	else if (n == 1 && *unit == 's' && *per == '\0')
		format_seconds(dst, size, value);
	else if (n == 2 && memcmp(unit, "ms", 2) == 0 && *per == '\0')
		format_seconds(dst, size, value / 1000);
	else
		format_plain(dst, size, value, unit, n, per);
}

void
units_duration(char *dst, size_t size, int64_t ms)
{
	static const struct {
		const char *name;
		int64_t s;
	} steps[] = { { "y", 31536000 }, { "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 } };
	const size_t last = sizeof steps / sizeof steps[0] - 1;
	int64_t s = ms < 0 ? 0 : ms / 1000;
	size_t i = 0;
	while (i < last && s < steps[i].s)
		i++;
	long long whole = (long long)(s / steps[i].s);
	long long rest = i < last ? (long long)(s % steps[i].s / steps[i + 1].s) : 0;
	if (rest > 0)
		snprintf(
		    dst, size, "%lld %s %lld %s", whole, steps[i].name, rest, steps[i + 1].name);
	else
		snprintf(dst, size, "%lld %s", whole, steps[i].name);
}

void
units_of_field(char *dst, size_t size, enum field_kind kind, const char *unit)
{
	snprintf(dst, size, "%.*s%s", METRIC_MAX_UNIT, unit, kind == FIELD_COUNTER ? "/s" : "");
}

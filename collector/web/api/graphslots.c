/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The renderer's rows are read as the text that it writes: one column, "start", "step", "rows". */
#include "collector/web/api/graphslots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/str.h"

#define MAX_MOMENT_S INT64_C(100000000000)

/* --- time ------------------------------------------------------------------------------------ */

int
graphslots_moment(const char *text, int64_t now_s, int64_t *out)
{
	static const struct {
		const char *word;
		int64_t s;
	} units[] = { { "s", 1 }, { "sec", 1 }, { "second", 1 }, { "seconds", 1 }, { "min", 60 },
		{ "mins", 60 }, { "minute", 60 }, { "minutes", 60 }, { "h", 3600 },
		{ "hour", 3600 }, { "hours", 3600 }, { "d", 86400 }, { "day", 86400 },
		{ "days", 86400 }, { "w", 604800 }, { "week", 604800 }, { "weeks", 604800 },
		{ "mon", 2592000 }, { "month", 2592000 }, { "months", 2592000 }, { "y", 31536000 },
		{ "year", 31536000 }, { "years", 31536000 } };
	char number[20];

	if (strncmp(text, "now", 3) == 0)
		text += 3;
	else if (*text != '-')
		return str_to_i64(text, 0, now_s + GRAPHSLOTS_MAX_S, out);
	*out = now_s;
	if (*text == '\0')
		return 0;
	if (*text != '-')
		return -1;
	size_t digits = strspn(++text, "0123456789");
	int64_t n;
	if (digits == 0 || digits >= sizeof number)
		return -1;
	memcpy(number, text, digits);
	number[digits] = '\0';
	if (str_to_i64(number, 0, GRAPHSLOTS_MAX_S, &n) == -1)
		return -1;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(units[i].word, text + digits) == 0 &&
		    n <= GRAPHSLOTS_MAX_S / units[i].s) {
			*out = now_s - n * units[i].s;
			return 0;
		}
	return -1;
}

int64_t
graphslots_step(int64_t s)
{
	static const int64_t steps[] = { 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800,
		3600, 7200, 10800, 21600, 43200, 86400 };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (steps[i] >= s)
			return steps[i];
	return (s + 86399) / 86400 * 86400;
}

/* --- rows ------------------------------------------------------------------------------------ */

/* The number behind a key of the renderer's text; 0: there is none. */
static int64_t
number_of(const char *rows, size_t len, const char *key)
{
	const char *at = memmem(rows, len, key, strlen(key));
	return at != NULL ? strtoll(at + strlen(key), NULL, 10) : 0;
}

/* Adds a value to the slots that its time covers. */
static void
put_slot(double *v, unsigned *counts, size_t n, int64_t from_s, int64_t to_s, int64_t start_s,
    int64_t step_s, double value, int greatest)
{
	if (to_s <= start_s || isnan(value))
		return;
	int64_t first = from_s <= start_s ? 0 : (from_s - start_s) / step_s;
	int64_t last = (to_s - 1 - start_s) / step_s;

	for (int64_t i = first; i <= last && i < (int64_t)n; i++) {
		if (counts[i]++ == 0)
			v[i] = value;
		else if (!greatest)
			v[i] += value;
		else if (value > v[i])
			v[i] = value;
	}
}

void
graphslots_fill(const char *rows, size_t len, double *v, size_t n, int64_t start_s, int64_t step_s,
    int greatest)
{
	static const char begin[] = "\"rows\":[";
	int64_t end_s = number_of(rows, len, "\"start\":");
	int64_t row_s = number_of(rows, len, "\"step\":");
	const char *p = memmem(rows, len, begin, sizeof begin - 1), *end = rows + len;
	unsigned *counts = xcalloc(n + 1, sizeof *counts);

	for (size_t i = 0; i < n; i++)
		v[i] = NAN;
	p = p != NULL ? p + sizeof begin - 1 : end;
	if (row_s < 1 || row_s > GRAPHSLOTS_MAX_S || end_s < 0 || end_s > MAX_MOMENT_S)
		p = end;
	for (; p < end && *p == '[' && end_s <= MAX_MOMENT_S; end_s += row_s) {
		char text[40];
		size_t k = 0;
		double value;
		while (++p < end && *p != ']' && *p != ',' && k < sizeof text - 1)
			text[k++] = *p;
		text[k] = '\0';
		if (str_to_double(text, &value) == -1)
			value = NAN;
		put_slot(v, counts, n, end_s - row_s, end_s, start_s, step_s, value, greatest);
		p = memchr(p, ']', (size_t)(end - p));
		if (p == NULL)
			break;
		p += p + 1 < end && p[1] == ',' ? 2 : 1;
	}
	for (size_t i = 0; i < n && !greatest; i++)
		if (counts[i] > 1)
			v[i] /= counts[i];
	free(counts);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A straight line that a few odd days do not move: Theil's and Sen's median of the slopes of all
 * pairs of days. Its interval counts in from both ends of the slopes by Kendall's variance (Sen
 * 1968, J. Am. Stat. Assoc. 63, section 5), which holds for days that know nothing of each other;
 * usage of disks and load is like the day before, so that the variance is multiplied by
 * (1 + r) / (1 - r), r being what the residuals of consecutive days have in common. Pure. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "collector/report/figures/capacity.h"
#include "collector/report/figures/span.h"
#include "zw/alloc.h"

#define DAY_S 86400
#define Z 1.6448536269514722 /* of the normal distribution, for CAPACITY_CONFIDENCE */
#define MAX_LIKENESS 0.9
#define NOW_DAYS 7
/* Less than this a month is no growth to speak of, in points of percent. */
#define LEAST_A_DAY (0.05 / 30)

/* The middle of n values, the mean of two where n is even. */
static double
median(double *v, size_t n)
{
	double upper = stat_select(v, n, n / 2);

	return n % 2 == 1 ? upper : (stat_select(v, n, n / 2 - 1) + upper) / 2;
}

/* The last days' level. */
static double
level_now(const double *values, size_t n)
{
	double last[NOW_DAYS];
	size_t have = 0;

	for (size_t i = n; i-- > 0 && have < NOW_DAYS;)
		if (!isnan(values[i]))
			last[have++] = values[i];
	return have > 0 ? median(last, have) : NAN;
}

/* The slopes of all pairs of known days; returns how many. */
static size_t
slopes_of(double *slopes, const double *values, size_t n)
{
	size_t have = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; !isnan(values[i]) && j < n; j++)
			if (!isnan(values[j]))
				slopes[have++] = (values[j] - values[i]) / (double)(j - i);
	}
	return have;
}

/* What residuals of consecutive days have in common, 0 to MAX_LIKENESS. */
static double
likeness(const double *values, size_t n, double slope, double *room)
{
	size_t have = 0;
	double both = 0, squares = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(values[i]))
			room[have++] = values[i] - slope * (double)i;
	double base = median(room, have);
	for (size_t i = 0; i < n; i++) {
		double now = values[i] - slope * (double)i - base;
		if (isnan(now))
			continue;
		squares += now * now;
		if (i + 1 < n && !isnan(values[i + 1]))
			both += now * (values[i + 1] - slope * (double)(i + 1) - base);
	}
	return squares > 0 ? fmin(MAX_LIKENESS, fmax(0, both / squares)) : 0;
}

void
capacity_fit(struct capacity_fit *f, const double *values, size_t n)
{
	*f = (struct capacity_fit){ .slope = NAN, .low = NAN, .high = NAN };
	f->now = level_now(values, n);
	for (size_t i = 0; i < n; i++)
		f->days += !isnan(values[i]);
	if (f->days < CAPACITY_MIN_DAYS)
		return;

	double *slopes = xcalloc((size_t)f->days * (f->days - 1) / 2, sizeof *slopes);
	double *room = xcalloc(f->days, sizeof *room);
	double days = f->days;
	size_t pairs = slopes_of(slopes, values, n);
	f->slope = median(slopes, pairs);
	double r = likeness(values, n, f->slope, room);
	double variance = days * (days - 1) * (2 * days + 5) / 18 * (1 + r) / (1 - r);
	double in = ((double)pairs - Z * sqrt(variance)) / 2;
	size_t at = in > 0 ? (size_t)in : 0;
	f->low = stat_select(slopes, pairs, at);
	f->high = stat_select(slopes, pairs, pairs - 1 - at);
	free(room);
	free(slopes);
}

/* When a slope from now on has made up the rest; 0: not within the horizon. */
static int64_t
after(double rest, double slope, int64_t end_s)
{
	if (!(slope > 0) || rest / slope > CAPACITY_HORIZON_DAYS)
		return 0;
	return end_s + (int64_t)(rest / slope * DAY_S);
}

struct capacity_date
capacity_reach(const struct capacity_fit *f, double level, int64_t end_s)
{
	struct capacity_date d = { 0 };

	if (f->now >= level)
		return (struct capacity_date){ -1, -1, -1 };
	if (!(f->low > 0) || !(f->slope >= LEAST_A_DAY))
		return d;
	d.likely_s = after(level - f->now, f->slope, end_s);
	d.early_s = after(level - f->now, f->high, end_s);
	d.late_s = after(level - f->now, f->low, end_s);
	return d;
}

enum capacity_outlook
capacity_outlook(const struct capacity_fit *f)
{
	if (f->now >= 99.95)
		return CAPACITY_FULL;
	if (isnan(f->slope))
		return CAPACITY_SHORT;
	return f->low > 0 && f->slope >= LEAST_A_DAY ? CAPACITY_GROWS : CAPACITY_STEADY;
}

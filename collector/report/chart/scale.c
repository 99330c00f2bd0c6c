/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Axes of values. A reader wants round numbers, few of them, and units that keep them short; bytes
 * are round in powers of 1024, times in minutes and hours. */
#include "collector/report/chart/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "zw/str.h"

#define NARROW_SPACE "\xe2\x80\xaf"

/* Units that have greater ones, less "/s". */
static const struct {
	const char *unit;
	double base;
} prefixed[] = { { "By", 1024 }, { "W", 1000 }, { "bit", 1000 }, { "Hz", 1000 } };

/* Steps of time in seconds: what each may be divided into. */
static const double times[] = { 1e-6, 1e-3, 1, 60, 3600, 86400 };

/* The unit that leaves numbers from about 1 to 1000: of time. */
static double
divisor_of_time(double high, double second)
{
	double best = times[0];

	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		if (high / second >= times[i] * (times[i] > 1 ? 3 : 1))
			best = times[i];
	return best * second;
}

/* The same of any unit. */
static double
divisor_of(double high, const char *unit)
{
	size_t n = strlen(unit);

	if (strcmp(unit, "s") == 0 || strcmp(unit, "ms") == 0)
		return high > 0 ? divisor_of_time(high, n == 1 ? 1 : 1000) : 1;
	if (n > 2 && strcmp(unit + n - 2, "/s") == 0)
		n -= 2;
	for (size_t i = 0; i < sizeof prefixed / sizeof *prefixed; i++) {
		if (strlen(prefixed[i].unit) != n || strncmp(prefixed[i].unit, unit, n) != 0)
			continue;
		double d = 1;
		for (int k = 0; k < 5 && high >= d * prefixed[i].base; k++)
			d *= prefixed[i].base;
		return d;
	}
	return 1;
}

/* The unit's sign as the language writes it: what stands behind the number one. */
static void
sign_of(struct scale *s, const char *unit, enum lang l)
{
	char text[SCALE_LABEL];

	s->sign[0] = '\0';
	lang_value(text, sizeof text, s->divisor, unit, l);
	char *at = strchr(text, ' ');
	if (at == NULL || strcmp(at + 1, "1") == 0)
		return;
	char *end = strchr(at + 1, ' ');
	if (end != NULL && (strcmp(unit, "s") == 0 || strcmp(unit, "ms") == 0))
		*end = '\0';
	(void)str_copy(s->sign, sizeof s->sign, at + 1);
}

/* A round step not below the given one: 1, 2, 2.5 or 5 times a power of ten; of minutes and hours
 * what divides the next greater unit. */
static double
round_step(double least, double divisor, const char *unit)
{
	static const double sixty[] = { 1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 300, 600 };
	static const double tens[] = { 1, 2, 2.5, 5, 10 };
	double second = strcmp(unit, "ms") == 0 ? 1000 : 1;

	if ((strcmp(unit, "s") == 0 || strcmp(unit, "ms") == 0) && divisor / second >= 60 &&
	    least >= 1)
		for (size_t i = 0; i < sizeof sixty / sizeof *sixty; i++)
			if (sixty[i] >= least * (1 - 1e-9))
				return sixty[i];
	double power = pow(10, floor(log10(least)));
	for (size_t i = 0; i < sizeof tens / sizeof *tens; i++)
		if (tens[i] * power >= least * (1 - 1e-9))
			return tens[i] * power;
	return 10 * power;
}

/* Decimals that tell the ticks apart. */
static int
decimals_of(double step)
{
	int n = 0;

	while (n < 6 && fabs(step - round(step)) > 1e-6 * step) {
		step *= 10;
		n++;
	}
	return n;
}

/* What the values span, made fit to be an axis: not empty, and from zero where that is near. */
static void
reach(double *low, double *high, const struct scale_wish *w)
{
	*low = isnan(w->low) ? 0 : w->low;
	*high = isnan(w->high) ? 1 : w->high;
	if (w->from_zero || (*low > 0 && *low <= 0.4 * *high))
		*low = fmin(*low, 0);
	if (w->from_zero)
		*high = fmax(*high, 0);
	if (!isnan(w->from))
		*low = w->from;
	if (!isnan(w->to))
		*high = w->to;
	if (*high - *low > 1e-9 * fmax(fabs(*high), fabs(*low)) && *high > *low)
		return;
	double about = fabs(*high) > 1e-12 ? fabs(*high) * 0.1 : 1;
	if (isnan(w->to))
		*high = fmax(*high, *low) + about;
	if (isnan(w->from) && *low != 0)
		*low -= about;
	if (*high <= *low)
		*high = *low + about;
}

void
scale_choose(struct scale *s, const struct scale_wish *w)
{
	const char *unit = w->unit == NULL ? "" : w->unit;
	double low, high;

	reach(&low, &high, w);
	s->divisor = divisor_of(fmax(fabs(low), fabs(high)), unit);
	double least = (high - low) / s->divisor / fmax(w->ticks, 1);
	double step = round_step(least, s->divisor, unit);
	if (w->decimals == 0 && step < 1)
		step = 1;
	s->step = step * s->divisor;
	s->decimals = w->decimals > 0 ? w->decimals : decimals_of(step);
	s->from = isnan(w->from) ? floor(low / s->step + 1e-6) * s->step : low;
	s->to = isnan(w->to) ? ceil(high / s->step - 1e-6) * s->step : high;
	if (strcmp(unit, "%") == 0 && high <= 100 && isnan(w->to))
		s->to = fmin(s->to, 100);
	if (s->to <= s->from)
		s->to = s->from + s->step;
	sign_of(s, unit, w->lang);
}

/* Put a narrow space between thousands. */
static void
group(char *dst, size_t size, const char *number)
{
	size_t whole = strspn(*number == '-' ? number + 1 : number, "0123456789");
	size_t n = 0;

	*dst = '\0';
	if (*number == '-') {
		n += (size_t)snprintf(dst, size, "\xe2\x88\x92"); /* a minus as wide as a digit */
		number++;
	}
	for (size_t i = 0; number[i] != '\0' && n + 4 < size; i++) {
		if (i > 0 && i < whole && whole > 4 && (whole - i) % 3 == 0)
			n += (size_t)snprintf(dst + n, size - n, NARROW_SPACE);
		dst[n++] = number[i];
		dst[n] = '\0';
	}
}

void
scale_label(char *dst, size_t size, const struct scale *s, double v, enum lang l)
{
	char number[SCALE_LABEL];

	lang_number(number, sizeof number, v / s->divisor, s->decimals, l);
	group(dst, size, number);
}

double
scale_first(const struct scale *s)
{
	return ceil(s->from / s->step - 1e-6) * s->step;
}

unsigned
scale_ticks(const struct scale *s)
{
	double n = floor((s->to - scale_first(s)) / s->step + 1e-6);

	return n < 0 ? 0 : n > 100 ? 100 : (unsigned)n + 1;
}

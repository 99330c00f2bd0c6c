/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines and decaying curves through temperatures. */

#include <math.h>
#include <stdlib.h>

#include "collector/alert/thermal_fit.h"

#define LINE_SAMPLES 3
#define LINE_SPAN_S 20.0
#define NOISE 0.05 /* K; no sensor is better than this, whatever its few samples say */
#define TAU_MIN_S 60.0
#define TAU_MAX_S 7200.0
#define TAU_STEPS 60
#define TAU_SAMPLES 8
#define TAU_GAIN 0.75 /* the curve must leave so much less than the line does, or less */

/* A line by least squares. */
struct fit_line
fit_line(const double *t, const double *v, size_t n, double at_s)
{
	struct fit_line line = { .value = NAN, .slope = NAN, .error = NAN };
	double mt = 0, mv = 0, stt = 0, stv = 0, left = 0, first = INFINITY, last = -INFINITY;
	for (size_t i = 0; i < n; i++) {
		mt += t[i] / (double)n;
		mv += v[i] / (double)n;
		first = fmin(first, t[i]);
		last = fmax(last, t[i]);
	}
	if (n < LINE_SAMPLES || last - first < LINE_SPAN_S)
		return line;
	for (size_t i = 0; i < n; i++) {
		stt += (t[i] - mt) * (t[i] - mt);
		stv += (t[i] - mt) * (v[i] - mv);
	}
	line.known = true;
	line.slope = stv / stt;
	line.value = mv + line.slope * (at_s - mt);
	line.mid_s = at_s - mt;
	for (size_t i = 0; i < n; i++) {
		double r = v[i] - mv - line.slope * (t[i] - mt);
		left += r * r;
	}
	line.error = sqrt(fmax(left / (double)(n - 2), NOISE * NOISE) / stt);
	return line;
}

/* What is left of the samples' squares by the best T0 and A for this tau (INFINITY: a line). */
static double
residue(const double *t, const double *v, size_t n, double tau)
{
	double mx = 0, mv = 0, sxx = 0, sxv = 0, svv = 0;
	for (size_t i = 0; i < n; i++) {
		mx += (isinf(tau) ? t[i] : 1 - exp(-t[i] / tau)) / (double)n;
		mv += v[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		double x = (isinf(tau) ? t[i] : 1 - exp(-t[i] / tau)) - mx;
		sxx += x * x;
		sxv += x * (v[i] - mv);
		svv += (v[i] - mv) * (v[i] - mv);
	}
	return sxx > 0 ? svv - sxv * sxv / sxx : svv;
}

/* Tries a row of tau; the residue has one minimum in it. */
double
fit_tau(const double *t, const double *v, size_t n)
{
	double best = INFINITY, tau = NAN, line = residue(t, v, n, INFINITY);
	if (n < TAU_SAMPLES)
		return NAN;
	for (int i = 0; i <= TAU_STEPS; i++) {
		double try = TAU_MIN_S * pow(TAU_MAX_S / TAU_MIN_S, (double)i / TAU_STEPS);
		double left = residue(t, v, n, try);
		if (left < best) {
			best = left;
			tau = try;
		}
	}
	if (best > TAU_GAIN * line || tau >= TAU_MAX_S || tau <= TAU_MIN_S)
		return NAN;
	return tau;
}

/* Solves slope * tau * (1 - exp(-t / tau)) = by. */
double
fit_left(double by, double slope, double tau)
{
	if (by <= 0)
		return 0;
	if (!(slope > 0))
		return INFINITY;
	if (isinf(tau))
		return by / slope;
	double part = by / (slope * tau);
	return part >= 1 ? INFINITY : -tau * log1p(-part);
}

/* For qsort(). */
static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The middle one, or between the two middle ones. */
double
fit_median(double *v, size_t n)
{
	if (n == 0)
		return NAN;
	qsort(v, n, sizeof *v, compare);
	return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* thermal_fit: the arithmetic of thermal.c: lines and decaying curves through temperatures, and
 * when such a curve reaches a limit. Pure. */
#ifndef COLLECTOR_THERMAL_FIT_H
#define COLLECTOR_THERMAL_FIT_H

#include <stdbool.h>
#include <stddef.h>

/* A line through samples: its value and slope at the last of them. */
struct fit_line {
	bool known;
	double value; /* °C, at the time that was asked for */
	double slope; /* K/s */
	double error; /* standard error of the slope, K/s */
	double mid_s; /* from the middle of the samples to that time */
};

/* Least squares; times in s, in any order. Known from 3 samples over 20 s on. */
struct fit_line fit_line(const double *t, const double *v, size_t n, double at_s);
/* T0 + A (1 - exp(-t / tau)) through samples from the beginning of the heating on: tau in s, or NAN
 * where a straight line does as well, or the samples do not tell. */
double fit_tau(const double *t, const double *v, size_t n);
/* Seconds until a value that rises by slope K/s, decaying with tau (INFINITY: not), has risen by
 * `by` K; INFINITY: never. */
double fit_left(double by, double slope, double tau);
/* Of n values, which get sorted; NAN of none. */
double fit_median(double *v, size_t n);

#endif

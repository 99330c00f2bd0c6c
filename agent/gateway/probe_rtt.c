/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_rtt: mean, range, jitter and loss of a few round trips. Jitter is the mean of |D(i-1,i)| of
 * RFC 3550 (6.4.1) without its running average, which would need hundreds of packets to settle:
 * here a handful make a value of their own each interval. A pair with a loss in it is left out. */
#include <math.h>

#include "agent/gateway/probe_rtt.h"

/* One pass. */
struct probe_rtt
probe_rtt(const int64_t *us, size_t n)
{
	struct probe_rtt r = { NAN, NAN, NAN, NAN, NAN };
	double sum = 0, differences = 0;
	size_t answered = 0, pairs = 0;

	for (size_t i = 0; i < n; i++) {
		if (us[i] < 0)
			continue;
		double s = (double)us[i] / 1e6;
		answered++;
		sum += s;
		r.min = fmin(r.min, s);
		r.max = fmax(r.max, s);
		if (i > 0 && us[i - 1] >= 0) {
			pairs++;
			differences += fabs(s - (double)us[i - 1] / 1e6);
		}
	}
	if (answered > 0)
		r.mean = sum / (double)answered;
	if (pairs > 0)
		r.jitter = differences / (double)pairs;
	if (n > 0)
		r.loss = 100.0 * (double)(n - answered) / (double)n;
	return r;
}

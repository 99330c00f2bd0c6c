/* SPDX-License-Identifier: GPL-3.0-or-later */
/* track: a ring of points, and straight lines through them by least squares. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/track.h"

/* The i-th point of the ring, the oldest first. */
static const struct track_point *
point(const struct track *t, size_t i)
{
	return &t->points[(t->first + i) % TRACK_POINTS];
}

/* Add a point, in the place of the oldest if there is no room. */
static void
push(struct track *t, int64_t at_ms, double value)
{
	if (t->n == TRACK_POINTS) {
		t->first = (t->first + 1) % TRACK_POINTS;
		t->n--;
	}
	t->points[(t->first + t->n++) % TRACK_POINTS] =
	    (struct track_point){ .at_ms = at_ms, .value = value, .n = 1 };
}

/* Gather a reading into the newest point, if it falls into the same slot of time, or begin another.
 * What was saved by another program may be anything: then it begins anew. */
void
track_note(struct track *t, int64_t window_ms, int64_t at_ms, double value)
{
	int64_t slot_ms = window_ms / TRACK_SLOTS > 0 ? window_ms / TRACK_SLOTS : 1;

	if (t->n > TRACK_POINTS || t->first >= TRACK_POINTS)
		memset(t, 0, sizeof *t);
	if (t->n == 0) {
		push(t, at_ms, value);
		return;
	}
	struct track_point *last = &t->points[(t->first + t->n - 1) % TRACK_POINTS];
	if (at_ms <= last->at_ms)
		return;
	if (last->n == 0 || last->n == UINT32_MAX || at_ms / slot_ms != last->at_ms / slot_ms) {
		push(t, at_ms, value);
		return;
	}
	last->n++;
	last->at_ms += (at_ms - last->at_ms) / last->n;
	last->value += (value - last->value) / last->n;
}

/* Points of the window, more if they are rare. */
size_t
track_count(const struct track *t, int64_t window_ms)
{
	size_t n = 0;

	if (t->n == 0)
		return 0;
	int64_t end = point(t, t->n - 1)->at_ms;
	while (n < t->n) {
		int64_t age = end - point(t, t->n - 1 - n)->at_ms;
		if (age > (n < TRACK_LEAST ? window_ms * TRACK_STRETCH : window_ms))
			break;
		n++;
	}
	return n;
}

/* The i-th of the last `count` points. */
const struct track_point *
track_at(const struct track *t, size_t count, size_t i)
{
	return point(t, t->n - count + i);
}

static int
compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The times between points, each as far as it is no break, against the window's length. */
double
track_covered(const struct track *t, int64_t window_ms)
{
	int64_t gaps[TRACK_POINTS], sorted[TRACK_POINTS];
	size_t count = track_count(t, window_ms);
	double sum = 0;

	if (count < 2)
		return 0;
	for (size_t i = 1; i < count; i++)
		gaps[i - 1] = track_at(t, count, i)->at_ms - track_at(t, count, i - 1)->at_ms;
	memcpy(sorted, gaps, (count - 1) * sizeof *gaps);
	qsort(sorted, count - 1, sizeof *sorted, compare_times);
	double usual = (double)sorted[(count - 1) / 2];
	for (size_t i = 0; i + 1 < count; i++)
		sum += (double)gaps[i] <= 2.5 * usual ? (double)gaps[i] : 0;
	return fmin(1, sum / (double)window_ms);
}

/* Sums over points, times in ms and values from the newest of them, so that nothing is lost. */
struct sums {
	double n, x, y, xx, xy;
};

static void
add(struct sums *s, double x, double y, double sign)
{
	s->n += sign;
	s->x += sign * x;
	s->y += sign * y;
	s->xx += sign * x * x;
	s->xy += sign * x * y;
}

/* The slope of the line; 0 if all points are at one time. */
static double
slope_of(const struct sums *s)
{
	double d = s->n * s->xx - s->x * s->x;

	return d > 0 ? (s->n * s->xy - s->x * s->y) / d : 0;
}

/* How many different values there are, as far as 3 matter. */
static unsigned
levels_of(const struct track *t, size_t count, size_t skip)
{
	double seen[3];
	unsigned n = 0;

	for (size_t i = 0; i + skip < count && n < 3; i++) {
		double v = track_at(t, count, i)->value;
		bool known = false;
		for (unsigned j = 0; j < n; j++)
			known = known || seen[j] == v;
		if (!known)
			seen[n++] = v;
	}
	return n;
}

/* The slope's error by the scatter. Neighbouring points that scatter to the same side (steps,
 * waves) are not as many as they seem: it grows with their likeness. */
static double
error_of(const struct track *t, size_t count, size_t n, const struct sums *s, double slope)
{
	const struct track_point *last = track_at(t, count, n - 1);
	double base = (s->y - slope * s->x) / s->n, before = 0, square = 0, lag = 0;
	double spread = s->xx - s->x * s->x / s->n;

	for (size_t i = 0; i < n; i++) {
		const struct track_point *p = track_at(t, count, i);
		double x = (double)(p->at_ms - last->at_ms), y = p->value - last->value;
		double rest = y - (base + slope * x);
		square += rest * rest;
		lag += i > 0 ? rest * before : 0;
		before = rest;
	}
	double like = square > 0 ? fmax(0, fmin(0.95, lag / square)) : 0;
	double scatter = n > 2 ? square / (double)(n - 2) : 0;
	return spread > 0 ? sqrt(scatter / spread * (1 + like) / (1 - like)) : 0;
}

/* Least squares, and once more without each point. */
bool
track_fit(const struct track *t, size_t count, size_t skip, struct track_line *line)
{
	size_t n = count > skip ? count - skip : 0;
	struct sums s = { 0 };

	if (n < 3)
		return false;
	const struct track_point *last = track_at(t, count, n - 1);
	for (size_t i = 0; i < n; i++) {
		const struct track_point *p = track_at(t, count, i);
		add(&s, (double)(p->at_ms - last->at_ms), p->value - last->value, 1);
	}
	double slope = slope_of(&s);
	*line = (struct track_line){ .n = (unsigned)n,
		.slope = slope,
		.value = last->value + (s.y - slope * s.x) / s.n,
		.least = slope,
		.most = slope,
		.levels = levels_of(t, count, skip) };
	line->error = error_of(t, count, n, &s, slope);
	for (size_t i = 0; i < n; i++) {
		const struct track_point *p = track_at(t, count, i);
		struct sums without = s;
		add(&without, (double)(p->at_ms - last->at_ms), p->value - last->value, -1);
		double other = slope_of(&without);
		line->least = fmin(line->least, other);
		line->most = fmax(line->most, other);
	}
	return true;
}

/* The middle one of three. */
static double
middle(double a, double b, double c)
{
	return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* The course smoothed by the middle of each three neighbours: its end against its extreme. */
double
track_rise(const struct track *t, size_t count, bool up)
{
	double extreme = NAN, smooth = NAN;

	for (size_t i = 0; i + 2 < count; i++) {
		smooth = middle(track_at(t, count, i)->value, track_at(t, count, i + 1)->value,
		    track_at(t, count, i + 2)->value);
		extreme = isnan(extreme) ? smooth
			  : up		 ? fmin(extreme, smooth)
					 : fmax(extreme, smooth);
	}
	if (isnan(smooth))
		return 0;
	return up ? smooth - extreme : extreme - smooth;
}

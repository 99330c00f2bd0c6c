/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/report/figures/stretch.h"

#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

static int64_t
less_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
more_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void
stretches_free(struct stretches *s)
{
	free(s->v);
	*s = (struct stretches){ 0 };
}

void
stretches_add(struct stretches *s, int64_t from_ms, int64_t to_ms)
{
	if (from_ms >= to_ms)
		return;
	if (s->n == s->room) {
		s->room = s->room == 0 ? 8 : 2 * s->room;
		s->v = xreallocarray(s->v, s->room, sizeof *s->v);
	}
	s->v[s->n++] = (struct stretch){ from_ms, to_ms };
}

void
stretches_add_all(struct stretches *s, const struct stretches *more)
{
	for (size_t i = 0; i < more->n; i++)
		stretches_add(s, more->v[i].from_ms, more->v[i].to_ms);
}

/* For qsort(). */
static int
by_time(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	if (x->from_ms != y->from_ms)
		return x->from_ms < y->from_ms ? -1 : 1;
	return x->to_ms < y->to_ms ? -1 : x->to_ms > y->to_ms;
}

void
stretches_join(struct stretches *s, int64_t apart_ms)
{
	size_t n = 0;

	if (s->n > 1)
		qsort(s->v, s->n, sizeof *s->v, by_time);
	for (size_t i = 0; i < s->n; i++) {
		struct stretch *last = n > 0 ? &s->v[n - 1] : NULL;
		if (last != NULL && s->v[i].from_ms - last->to_ms <= apart_ms)
			last->to_ms = more_of(last->to_ms, s->v[i].to_ms);
		else
			s->v[n++] = s->v[i];
	}
	s->n = n;
}

void
stretches_clip(struct stretches *s, int64_t from_ms, int64_t to_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct stretch one = { more_of(s->v[i].from_ms, from_ms),
			less_of(s->v[i].to_ms, to_ms) };
		if (one.from_ms < one.to_ms)
			s->v[n++] = one;
	}
	s->n = n;
}

void
stretches_minus(struct stretches *a, const struct stretches *b)
{
	struct stretches rest = { 0 };
	size_t first = 0;

	for (size_t i = 0; i < a->n; i++) {
		int64_t from = a->v[i].from_ms, to = a->v[i].to_ms;
		while (first < b->n && b->v[first].to_ms <= from)
			first++;
		for (size_t k = first; k < b->n && b->v[k].from_ms < to; k++) {
			stretches_add(&rest, from, b->v[k].from_ms);
			from = more_of(from, b->v[k].to_ms);
		}
		stretches_add(&rest, from, to);
	}
	stretches_free(a);
	*a = rest;
}

void
stretches_both(struct stretches *a, const struct stretches *b)
{
	struct stretches both = { 0 };
	size_t first = 0;

	for (size_t i = 0; i < a->n; i++) {
		int64_t from = a->v[i].from_ms, to = a->v[i].to_ms;
		while (first < b->n && b->v[first].to_ms <= from)
			first++;
		for (size_t k = first; k < b->n && b->v[k].from_ms < to; k++)
			stretches_add(
			    &both, more_of(from, b->v[k].from_ms), less_of(to, b->v[k].to_ms));
	}
	stretches_free(a);
	*a = both;
}

int64_t
stretches_within(const struct stretches *s, int64_t from_ms, int64_t to_ms)
{
	int64_t sum = 0;

	for (size_t i = 0; i < s->n && s->v[i].from_ms < to_ms; i++) {
		int64_t from = more_of(s->v[i].from_ms, from_ms);
		int64_t to = less_of(s->v[i].to_ms, to_ms);
		if (from < to)
			sum += to - from;
	}
	return sum;
}

int64_t
stretches_ms(const struct stretches *s)
{
	return stretches_within(s, INT64_MIN, INT64_MAX);
}

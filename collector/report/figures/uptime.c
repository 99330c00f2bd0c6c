/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All is done with lists of lengths of time: what rows know, what was silent, what could not be
 * heard, what was planned. A row of which less than half is known is unknown to librrd, so a known
 * row proves that there were samples wherever more than half of it was silent; and where a silence
 * (or what kept us from hearing) is the reason that a row is unknown, the rest of that row is known
 * all the same. */
#include "collector/report/figures/uptime.h"

#include <math.h>

/* Of a row at least so much of silence explains that it is unknown: half, less the samples that
 * were due at its edges. */
#define EXPLAINS 0.4

void
uptime_free(struct uptime *u)
{
	stretches_free(&u->absent);
	stretches_free(&u->unknown);
	stretches_free(&u->planned);
	stretches_free(&u->unplanned);
	stretches_free(&u->up);
}

void
uptime_facts_free(struct uptime_facts *f)
{
	stretches_free(&f->silent);
	stretches_free(&f->blind);
	stretches_free(&f->alarmed);
	stretches_free(&f->planned);
	stretches_free(&f->whole);
	stretches_free(&f->hints);
}

double
uptime_share(double average, double low, double high, bool low_bad, bool high_bad)
{
	if (isnan(average))
		return NAN;
	if (low_bad == high_bad || isnan(low) || isnan(high) || !(high > low))
		return high_bad ? 1 : 0;
	double at_high = fmin(fmax((average - low) / (high - low), 0), 1);
	return high_bad ? at_high : 1 - at_high;
}

/* The beginning of a row. */
static int64_t
row_at(const struct uptime_rows *r, size_t i)
{
	return r->from_ms + (int64_t)i * r->step_ms;
}

/* The rows that a length of time touches: from *i to before *end. */
static void
rows_of(const struct uptime_rows *r, const struct stretch *s, size_t *i, size_t *end)
{
	int64_t last = r->from_ms + (int64_t)r->n * r->step_ms;

	*i = *end = 0;
	if (r->n == 0 || s->to_ms <= r->from_ms || s->from_ms >= last)
		return;
	*i = s->from_ms <= r->from_ms ? 0 : (size_t)((s->from_ms - r->from_ms) / r->step_ms);
	*end = s->to_ms >= last ? r->n
				: (size_t)((s->to_ms - r->from_ms + r->step_ms - 1) / r->step_ms);
}

/* How much of a row is of it. */
static int64_t
share_of(const struct uptime_rows *r, size_t i, const struct stretch *s)
{
	struct stretches one = { .v = &(struct stretch){ s->from_ms, s->to_ms }, .n = 1 };

	return stretches_within(&one, row_at(r, i), row_at(r, i) + r->step_ms);
}

/* What is left of a time without samples when rows that prove samples are taken away; at its edges,
 * what is too short to be seen in a row goes with the rows beside it. */
static void
unproved(struct stretches *out, const struct uptime_facts *f, const struct stretch *s)
{
	const struct uptime_rows *r = &f->rows;
	struct stretches left = { 0 }, proved = { 0 };
	size_t i, end;

	for (rows_of(r, s, &i, &end); i < end; i++)
		if (!isnan(r->down[i]) && 2 * share_of(r, i, s) > r->step_ms)
			stretches_add(&proved, row_at(r, i), row_at(r, i) + r->step_ms);
	stretches_join(&proved, 0);
	stretches_add(&left, s->from_ms, s->to_ms);
	stretches_minus(&left, &proved);
	stretches_minus(&left, &f->whole);
	for (size_t k = 0; k < left.n; k++)
		if (proved.n == 0 || 2 * (left.v[k].to_ms - left.v[k].from_ms) > r->step_ms)
			stretches_add(out, left.v[k].from_ms, left.v[k].to_ms);
	stretches_free(&left);
	stretches_free(&proved);
}

/* Likewise of a list. */
static void
unproved_of(struct stretches *out, const struct uptime_facts *f, const struct stretches *list)
{
	for (size_t i = 0; i < list->n; i++)
		unproved(out, f, &list->v[i]);
	stretches_join(out, 0);
}

/* Rows of which something is known, and the rests of those that are unknown by what is told. */
static void
known_rows(struct stretches *out, const struct uptime_rows *r, const struct stretches *told)
{
	for (size_t i = 0; i < r->n; i++)
		if (!isnan(r->down[i]))
			stretches_add(out, row_at(r, i), row_at(r, i) + r->step_ms);
	for (size_t k = 0; k < told->n; k++) {
		size_t i, end;
		for (rows_of(r, &told->v[k], &i, &end); i < end; i++) {
			int64_t share =
			    stretches_within(told, row_at(r, i), row_at(r, i) + r->step_ms);
			if (isnan(r->down[i]) && (double)share > EXPLAINS * (double)r->step_ms)
				stretches_add(out, row_at(r, i), row_at(r, i) + r->step_ms);
		}
	}
	stretches_join(out, 0);
}

/* Places so much time of a row where it is told that the thing was down: as much as there is room
 * for. Returns what is left. */
static int64_t
place_hinted(struct stretches *out, const struct uptime_facts *f, size_t row, int64_t down_ms)
{
	struct stretches told = { 0 };

	stretches_add_all(&told, &f->hints);
	stretches_clip(&told, row_at(&f->rows, row), row_at(&f->rows, row) + f->rows.step_ms);
	for (size_t i = 0; i < told.n && down_ms > 0; i++) {
		int64_t room = told.v[i].to_ms - told.v[i].from_ms;
		int64_t part = down_ms < room ? down_ms : room;
		stretches_add(out, told.v[i].from_ms, told.v[i].from_ms + part);
		down_ms -= part;
	}
	stretches_free(&told);
	return down_ms;
}

/* Places the rest of a row's time in what of the row is free: at its end if it goes on in the next
 * and did not come from the one before, else at its beginning. */
static void
place_rest(struct stretches *out, const struct uptime_rows *r, size_t row, int64_t down_ms)
{
	struct stretches room = { 0 };
	bool came = row > 0 && r->down[row - 1] > 0;
	bool late = row + 1 < r->n && r->down[row + 1] > 0 && !came;

	stretches_add(&room, row_at(r, row), row_at(r, row) + r->step_ms);
	stretches_join(out, 0);
	stretches_minus(&room, out);
	for (size_t k = 0; k < room.n && down_ms > 0; k++) {
		const struct stretch *s = &room.v[late ? room.n - 1 - k : k];
		int64_t part = s->to_ms - s->from_ms < down_ms ? s->to_ms - s->from_ms : down_ms;
		if (late)
			stretches_add(out, s->to_ms - part, s->to_ms);
		else
			stretches_add(out, s->from_ms, s->from_ms + part);
		down_ms -= part;
	}
	stretches_free(&room);
}

/* The times of being down that rows tell. Whole rows come first: parts find their place beside. */
static void
down_rows(struct stretches *out, const struct uptime_facts *f)
{
	const struct uptime_rows *r = &f->rows;

	for (size_t i = 0; i < r->n; i++)
		if (r->down[i] >= 1)
			stretches_add(out, row_at(r, i), row_at(r, i) + r->step_ms);
	for (size_t i = 0; i < r->n; i++) {
		if (!(r->down[i] > 0) || r->down[i] >= 1)
			continue;
		int64_t down_ms = llround(r->down[i] * (double)r->step_ms);
		down_ms = place_hinted(out, f, i, down_ms);
		if (down_ms > 0)
			place_rest(out, r, i, down_ms);
	}
	stretches_join(out, 0);
}

/* Splits what is known into up, planned and unplanned. */
static void
split(
    struct uptime *u, const struct uptime_facts *f, struct stretches *known, struct stretches *down)
{
	stretches_add_all(known, down);
	stretches_join(known, 0);
	stretches_clip(known, f->from_ms, f->to_ms);
	stretches_minus(known, &u->absent);
	stretches_both(down, known);
	stretches_add_all(&u->up, known);
	stretches_minus(&u->up, down);
	stretches_add_all(&u->planned, down);
	stretches_both(&u->planned, &f->planned);
	stretches_add_all(&u->unplanned, down);
	stretches_minus(&u->unplanned, &f->planned);
	stretches_add(&u->unknown, f->from_ms, f->to_ms);
	stretches_minus(&u->unknown, &u->absent);
	stretches_minus(&u->unknown, known);
}

void
uptime_judge(struct uptime *u, const struct uptime_facts *f)
{
	struct stretches deaf = { 0 }, unheard = { 0 }, down = { 0 }, known = { 0 }, told = { 0 };

	*u = (struct uptime){ 0 };
	stretches_add(&u->absent, f->from_ms, f->first_ms < f->to_ms ? f->first_ms : f->to_ms);
	/* What keeps from hearing; where rows tell up from down, silence is that, too. */
	stretches_add_all(&deaf, &f->blind);
	if (f->rows_say)
		stretches_add_all(&deaf, &f->silent);
	stretches_join(&deaf, 0);
	unproved_of(&unheard, f, &deaf);
	if (f->rows_say)
		down_rows(&down, f);
	else
		unproved_of(&down, f, &f->silent);
	stretches_add_all(&down, &f->alarmed);
	stretches_join(&down, 0);
	stretches_minus(&down, &unheard);
	stretches_add_all(&told, &deaf);
	stretches_add_all(&told, &f->silent);
	stretches_join(&told, 0);
	known_rows(&known, &f->rows, &told);
	stretches_minus(&known, &unheard);
	split(u, f, &known, &down);
	stretches_free(&deaf);
	stretches_free(&unheard);
	stretches_free(&down);
	stretches_free(&known);
	stretches_free(&told);
}

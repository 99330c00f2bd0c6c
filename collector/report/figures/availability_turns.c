/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cooling units that take turns: one that stands by while another of its zone runs is available.
 * One that stands by while none runs is down: nobody cools, whatever the reason. */
#include "collector/report/figures/availability_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"

/* Whether two units serve a zone together. */
static bool
is_team(const struct node *a, const struct node *b)
{
	if (a->zone != NULL && site_serves(a, a->zone) && site_serves(b, a->zone))
		return true;
	for (size_t i = 0; i < a->nserves; i++)
		if (site_serves(b, a->serves[i]))
			return true;
	return false;
}

/* Whether both tell of the same rows. */
static bool
is_same_time(const struct uptime_rows *a, const struct uptime_rows *b)
{
	return a->n == b->n && a->from_ms == b->from_ms && a->step_ms == b->step_ms;
}

/* Which part of a row a unit did not run; what is not known of it helps nobody. */
static double
rest_of(const double *down, size_t row)
{
	return isnan(down[row]) ? 1 : down[row];
}

/* Whether one hands over to the other within a row: before it one ran, after it the other. */
static bool
hands_over(const double *a, const double *b, size_t row, size_t n)
{
	if (row == 0 || row + 1 >= n)
		return false;
	double before = rest_of(a, row - 1) - rest_of(b, row - 1);
	double after = rest_of(a, row + 1) - rest_of(b, row + 1);
	return fabs(before) > 0.5 && fabs(after) > 0.5 && before * after < 0;
}

/* The part of a row that it stood by while the other did not run. */
static double
alone(const struct availability_seen *unit, const double *other, size_t row)
{
	double stand = unit->stand[row], rest = rest_of(other, row);

	if (hands_over(unit->rows.down, other, row, unit->rows.n))
		return fmax(0, stand + rest - 1);
	return fmin(stand, rest);
}

/* What a unit was down, row by row, with what the others of its team bore for it. */
static double *
turns_of(
    const struct availability_one *ones, const struct availability_seen *seen, size_t n, size_t at)
{
	const struct availability_seen *unit = &seen[at];
	double *down = xcalloc(unit->rows.n + 1, sizeof *down);

	for (size_t r = 0; r < unit->rows.n; r++) {
		double least = unit->stand[r];
		down[r] = unit->rows.down[r];
		for (size_t k = 0; k < n && least > 0; k++)
			if (k != at && seen[k].rows_say && ones[k].kind == AVAILABILITY_COOLING &&
			    is_team(ones[at].node, ones[k].node) &&
			    is_same_time(&unit->rows, &seen[k].rows))
				least = fmin(least, alone(unit, seen[k].rows.down, r));
		down[r] -= unit->stand[r] - least;
	}
	return down;
}

void
availability_take_turns(
    const struct availability_one *ones, struct availability_seen *seen, size_t n)
{
	double **down = xcalloc(n + 1, sizeof *down);

	for (size_t i = 0; i < n; i++)
		if (ones[i].kind == AVAILABILITY_COOLING && seen[i].rows_say &&
		    seen[i].stand != NULL)
			down[i] = turns_of(ones, seen, n, i);
	/* All are judged by what all said; then it is theirs. */
	for (size_t i = 0; i < n; i++) {
		if (down[i] == NULL)
			continue;
		memcpy(seen[i].down, down[i], seen[i].rows.n * sizeof *down[i]);
		free(down[i]);
	}
	free(down);
}

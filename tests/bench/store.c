/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* bench: what the store costs for a value, from the journal to the RRD.
 *   store SERIES FIELDS ROWS ROUNDS: rounds of so many rows, each written by one call a file. */
#include <sys/resource.h>

#include "../unit/store_fixture.h"
#include "zw/clock.h"

/* The default archives: a file of one field has 2.3 MB. */
static struct rrdlib_shape
default_shape(void *arg, const char *source)
{
	static const struct rrdlib_keep keep[] = { { 10, 2 * 86400 }, { 60, 14 * 86400 },
		{ 300, 90 * 86400 }, { 3600, 1826 * 86400 } };

	(void)arg;
	(void)source;
	return (struct rrdlib_shape){ .heartbeat = 2.5, .keep = keep, .nkeep = 4 };
}

/* Processor time so far, s. */
static double
cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* One round: take in, write, checkpoint; each with its cost in microseconds a value. */
static void
round_of(struct fixture *f, struct keeper *k, unsigned rows, unsigned round)
{
	uint64_t from, before = k->stats.values;
	struct err e;

	fixture_batches(f, round * rows, (round + 1) * rows);
	double t0 = cpu_s();
	fixture_apply(f, k);
	double t1 = cpu_s();
	size_t pending = k->pending_bytes;
	fixture_must(keeper_flush(k, NULL, 0, 1, &e), &e);
	double t2 = cpu_s();
	fixture_must(keeper_checkpoint(k, 1, 1, &from, &e), &e);
	double t3 = cpu_s();
	double values = (double)(k->stats.values - before);
	printf("%8.0f values: take in %.3f, write %.3f, checkpoint %.3f us a value; %.1f bytes a "
	       "value pending%s\n",
	    values, (t1 - t0) * 1e6 / values, (t2 - t1) * 1e6 / values, (t3 - t2) * 1e6 / values,
	    (double)pending / values, round == 0 ? " (with the making of the files)" : "");
}

int
main(int argc, char **argv)
{
	struct fixture f;
	uint64_t n[4] = { 20, 16, 60, 5 };

	for (int i = 1; i < argc && i <= 4; i++)
		if (str_to_u64(argv[i], 1, 10000, &n[i - 1]) == -1)
			return 64;
	fixture_new(&f, (unsigned)n[0], (unsigned)n[1]);
	struct keeper *k = fixture_open(&f, false);
	k->conf.shape = default_shape;
	k->conf.max_pending = 64 << 20;
	for (unsigned r = 0; r < n[3]; r++)
		round_of(&f, k, (unsigned)n[2], r);
	keeper_close(k);
	fixture_free(&f);
	return 0;
}

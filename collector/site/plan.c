/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of `zonewatchctl storage plan` and of the page's storage figures; the store
 * makes its files by the same rows. Sizes: rrd_format.h of rrdtool 1.7.2. */
#include "collector/site/plan.h"

#include <stdbool.h>

#include "collector/conf.h"

/* Bytes of the parts of a file: the fixed head, what each field adds, each archive, each pair. */
enum {
	STAT_HEAD = 128, /* stat_head_t */
	LIVE_HEAD = 16,	 /* live_head_t */
	DS_DEF = 120,	 /* ds_def_t */
	PDP_PREP = 112,	 /* pdp_prep_t */
	RRA_DEF = 120,	 /* rra_def_t */
	RRA_PTR = 8,	 /* rra_ptr_t */
	CDP_PREP = 80,	 /* cdp_prep_t, for each field of each archive */
	VALUE = 8	 /* rrd_value_t */
};

/* Rows of at least this length, made of whole steps. */
static struct plan_archive
archive_of(int64_t step, int64_t wanted, int64_t keep)
{
	int64_t steps = (wanted + step - 1) / step;
	int64_t length = steps * step;
	int64_t rows = (keep + length - 1) / length;

	return (struct plan_archive){
		.step_s = length,
		.steps = steps,
		.rows = rows > 0 ? (uint64_t)rows : 1,
		.functions = steps > 1 ? 3 : 1,
	};
}

/* Adds an archive behind those that there are, or lengthens its equal. */
static size_t
add(struct plan_archive *out, size_t n, const struct plan_archive *a)
{
	for (size_t i = 0; i < n; i++) {
		if (out[i].steps == a->steps) {
			if (out[i].rows < a->rows)
				out[i].rows = a->rows;
			return n;
		}
	}
	if (n == PLAN_MAX_ARCHIVES)
		return n;
	out[n] = *a;
	return n + 1;
}

/* The archives of a series. */
size_t
plan_archives(
    const struct conf_list *archives, uint32_t step_s, struct plan_archive out[PLAN_MAX_ARCHIVES])
{
	size_t n = 0;
	const struct conf_archive *rows = archives->v;
	int64_t step = step_s > 0 ? step_s : 1;
	int64_t longest = step;

	for (size_t i = 0; i < archives->n; i++) {
		int64_t keep = rows[i].keep / 1000;
		if (keep > longest)
			longest = keep;
		if (rows[i].step / 1000 < step)
			continue;
		struct plan_archive a = archive_of(step, rows[i].step / 1000, keep);
		n = add(out, n, &a);
	}
	if (n == 0) {
		struct plan_archive only = archive_of(step, step, longest);
		n = add(out, n, &only);
	}
	return n;
}

/* The size of its file. */
uint64_t
plan_bytes(const struct plan_archive *archives, size_t n, unsigned nfields)
{
	uint64_t bytes = STAT_HEAD + LIVE_HEAD + (uint64_t)nfields * (DS_DEF + PDP_PREP);
	for (size_t i = 0; i < n; i++) {
		uint64_t each =
		    RRA_DEF + RRA_PTR + (uint64_t)nfields * (CDP_PREP + archives[i].rows * VALUE);
		bytes += each * archives[i].functions;
	}
	return bytes;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan: how large an RRD is, before it is made: which archives a series gets, and the bytes of a
 * file of librrd's format 0003 on a 64-bit machine. Pure. */
#ifndef COLLECTOR_SITE_PLAN_H
#define COLLECTOR_SITE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "zw/conf.h"

#define PLAN_MAX_ARCHIVES 16

/* The rows of one length. */
struct plan_archive {
	int64_t step_s; /* length of a row: the archive's, or the next multiple of the series' */
	int64_t steps;	/* of the series, in a row */
	uint64_t rows;
	unsigned
	    functions; /* 1: average only, since a row is one step; 3: minimum and maximum too */
};

/* The archives (struct conf_archive) of a series of this step, as the store makes them: rows
 * shorter than the step are left out (if all are, rows of one step are kept as long as the
 * longest), two that become equally long are one, the longer kept. Returns their number, at most
 * PLAN_MAX_ARCHIVES. */
size_t plan_archives(
    const struct conf_list *archives, uint32_t step_s, struct plan_archive out[PLAN_MAX_ARCHIVES]);
/* Bytes of the RRD of a series with so many fields. */
uint64_t plan_bytes(const struct plan_archive *archives, size_t n, unsigned nfields);

#endif

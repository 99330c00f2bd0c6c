/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference_rrd: the files as a clean librrd makes them: a call for each row, nothing else. */
#ifndef CAMPAIGN_REFERENCE_RRD_H
#define CAMPAIGN_REFERENCE_RRD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/metric.h"

#define REFERENCE_MAX_ARCHIVES 8

/* How the collector under test was told to keep series. */
struct reference_shape {
	double heartbeat; /* steps */
	struct {
		int64_t step_s;
		int64_t keep_s;
	} archives[REFERENCE_MAX_ARCHIVES];
	unsigned narchives;
};

struct reference_row {
	int64_t time_s;
	double *values; /* def.nfields of them; owned */
};

/* One series: its file, its rows. */
struct reference_series {
	struct series_def def; /* node set */
	char name[256];	       /* "node/source-instance.rrd" */
	char path[PATH_MAX];   /* of the clean file */
	int64_t last_s;
	uint64_t late;		    /* rows that were not after the one before: an RRD takes none */
	struct reference_row *rows; /* that are in the file */
	size_t nrows;
	size_t room;
	bool made;
};

/* Puts a row into the clean file below dir, which is made with the first. The values are copied. */
int reference_rrd_row(struct reference_series *s, const char *dir,
    const struct reference_shape *shape, int64_t time_s, const double *values, struct err *e)
    __attribute__((warn_unused_result));
/* Whether this file and the clean one are the same bytes; if not, *e says where they differ. */
bool reference_rrd_same(const struct reference_series *s, const char *path, struct err *e);
/* Whether the clean file holds the rows' own values: 0, or -1 and which it does not. *compared
 * grows by the values looked at. So text and librrd, which both sides share, are checked too. */
int reference_rrd_true(const struct reference_series *s, uint64_t *compared, struct err *e)
    __attribute__((warn_unused_result));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rrdfile: what an RRD file looks like on disk, read without librrd.
 *
 * librrd trusts its files: of 100 damaged headers, 20 ended the process by SIGFPE (facts/
 * reliability.md, finding 7). So nothing gives it a file that was not judged here first. */
#ifndef COLLECTOR_RRDFILE_H
#define COLLECTOR_RRDFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/metric.h"

#define RRDFILE_NAME 20 /* of a data source and of a consolidation, with its NUL */
#define RRDFILE_MAX_ARCHIVES 64
/* Bytes of the parts of a header that change, in their order: one, one for each source, one for
 * each archive and source, one for each archive. */
#define RRDFILE_LIVE_HEAD 16
#define RRDFILE_PDP_PREP 112
#define RRDFILE_CDP_PREP 80
#define RRDFILE_RRA_PTR 8
#define RRDFILE_MAX_HEADER (1 << 20)
#define RRDFILE_MIN_TIME 946684800 /* 2000-01-01: librrd walks each step since its last sample */

enum rrdfile_cf {
	RRDFILE_AVERAGE,
	RRDFILE_MIN,
	RRDFILE_MAX
};

struct rrdfile_archive {
	enum rrdfile_cf cf;
	uint64_t rows;
	uint64_t steps; /* of the file, in a row */
};

struct rrdfile_source {
	char name[RRDFILE_NAME];
	bool derive; /* else a gauge */
};

struct rrdfile {
	unsigned nsources;
	unsigned narchives;
	uint32_t step_s;
	int64_t last_s;	    /* time of the last update */
	size_t live_offset; /* bytes before this never change */
	size_t header_bytes;
	uint64_t file_bytes;
	struct rrdfile_source sources[METRIC_MAX_FIELDS];
	struct rrdfile_archive archives[RRDFILE_MAX_ARCHIVES];
};

/* How long the header is that begins with these n bytes (at least RRDFILE_HEAD): 0 and *len. */
#define RRDFILE_HEAD 128
int rrdfile_header_length(const uint8_t *head, size_t n, size_t *len, struct err *e)
    __attribute__((warn_unused_result));
/* Judges a header of n bytes in a file of file_bytes: 0 and *out, or -1 and the reason. A last
 * update after max_last_s is refused. Pure. */
int rrdfile_check(const uint8_t *header, size_t n, uint64_t file_bytes, int64_t max_last_s,
    struct rrdfile *out, struct err *e) __attribute__((warn_unused_result));
/* Reads and judges the file's header. *header (may be NULL) is freed by the caller. -1 and errno:
 * ENOENT when there is none, EBADMSG when it is damaged, EIO etc. */
int rrdfile_read(const char *path, int64_t max_last_s, struct rrdfile *out, uint8_t **header,
    struct err *e) __attribute__((warn_unused_result));
/* Whether the file's sources are the first ones of the definition, with the same step. */
bool rrdfile_fits(const struct rrdfile *f, const struct series_def *def);

/* Where the rows of an archive begin in the file. */
uint64_t rrdfile_rows_at(const struct rrdfile *f, unsigned archive);
/* The row of an archive that was written last, by the header. */
uint64_t rrdfile_newest(const struct rrdfile *f, const uint8_t *header, unsigned archive);
/* Makes n rows of an archive unknown, from one on, which do not go round its end: 0, or -1 and
 * errno. */
int rrdfile_blank(int fd, const struct rrdfile *f, unsigned archive, uint64_t row, uint64_t n)
    __attribute__((warn_unused_result));

/* "NODE/SOURCE-INSTANCE.rrd", the name below the directory of RRDs: at most RRDFILE_PATH. */
#define RRDFILE_PATH (2 * NAME_MAX_NODE + NAME_MAX_SOURCE + 16)
void rrdfile_name(
    char dst[RRDFILE_PATH], const char *node, const char *source, const char *instance);

#endif

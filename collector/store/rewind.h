/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rewind: takes rows of times to come out of an RRD, which a clock that was ahead has stored:
 * librrd would take nothing else until those times are there. */
#ifndef COLLECTOR_REWIND_H
#define COLLECTOR_REWIND_H

#include <stdint.h>

#include "collector/store/rrdfile.h"
#include "zw/err.h"

/* The header as it must be for a file whose last update is at to_s, of which the multiple of the
 * step at or before it is taken and returned. It was judged (rrdfile_check()), and its last update
 * is later. Pure. */
int64_t rewind_header(const struct rrdfile *f, uint8_t *header, int64_t to_s);
/* The file itself; *last_s becomes its last update. 0 also if that is not later than to_s. -1: it
 * cannot be read or written; errno as of rrdfile_read(). Not durable by itself: see keeper.c. */
int rewind_file(const char *path, int64_t to_s, int64_t *last_s, struct err *e)
    __attribute__((warn_unused_result));

#endif

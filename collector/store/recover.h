/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recover: brings the RRDs back to what the checkpoint says, at the store's start. */
#ifndef COLLECTOR_RECOVER_H
#define COLLECTOR_RECOVER_H

#include "zw/err.h"

struct keeper;
struct tank;

/* The file of one series: as its image says, or missing, or in quarantine. */
int recover_tank(struct keeper *k, struct tank *t, struct err *e)
    __attribute__((warn_unused_result));
/* Removes what librrd left half-made in the directories of RRDs. */
void recover_sweep(const char *rrd_dir);

#endif

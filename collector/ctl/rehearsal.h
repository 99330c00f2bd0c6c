/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rehearsal: "zonewatchctl rules test": series as they would come, and the alerts that must come of
 * them; a unit test for rules. */
#ifndef COLLECTOR_CTL_REHEARSAL_H
#define COLLECTOR_CTL_REHEARSAL_H

#include <stddef.h>

#include "zw/err.h"

struct conf_collector;
struct ctl;

/* Runs the file that is the second argument; CTL_OK if all of it passed. */
int rehearsal_run(struct ctl *ctl);
/* The values of a notation ("25x6 30..40x10 _ nan"): 0 and an array to be freed, NAN for unknown,
 * INFINITY for nothing at all; or -1 and the reason. */
int rehearsal_values(const char *text, double **out, size_t *n, struct err *e)
    __attribute__((warn_unused_result));

#endif

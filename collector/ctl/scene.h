/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scene: the structs of a file for "zonewatchctl rules test", and its table of keys. */
#ifndef COLLECTOR_CTL_SCENE_H
#define COLLECTOR_CTL_SCENE_H

#include "zw/conf.h"
#include "zw/metric.h"

#define CONF_KEYS "collector/ctl/rehearsal.def"
#include "zw/conf_struct.h"
#undef CONF_KEYS

extern const struct conf_table scene_table; /* of struct conf_rehearsal */

/* Complains of notations that cannot be read; for conf_load(). */
void scene_check(void *rehearsal, struct conf_errors *ce);
/* The values of a notation ("25x6 30..40x10 _ nan"): 0 and an array to be freed, NAN for unknown,
 * INFINITY for nothing at all; or -1 and the reason. */
int scene_values(const char *text, double **out, size_t *n, struct err *e)
    __attribute__((warn_unused_result));
/* The meaning of a state, "2=critical on battery". */
int scene_state(const char *text, struct metric_state *out, struct err *e)
    __attribute__((warn_unused_result));

#endif

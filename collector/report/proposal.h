/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proposal: rules and what belongs to them, from a file of their own, put over a configuration. */
#ifndef COLLECTOR_PROPOSAL_H
#define COLLECTOR_PROPOSAL_H

#include <stdio.h>

struct conf_collector;

/* Reads the file, which has the syntax of a part of the configuration (conf.d) with rules, limits,
 * measures and recipients only. Rules of a name that the configuration has replace those, others
 * are added; limits are added behind those that are there, and so count; measures and recipients,
 * if any are given, replace all. -1: it has errors, which were printed. */
int proposal_apply(struct conf_collector *conf, const char *path, FILE *errors)
    __attribute__((warn_unused_result));

#endif

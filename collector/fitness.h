/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fitness: whether the collector could start with a configuration, the files that it names with it.
 */
#ifndef COLLECTOR_FITNESS_H
#define COLLECTOR_FITNESS_H

struct conf_errors;

/* All that can be told before the start, of a struct conf_collector: for -n, the start, a reload;
 * for conf_load(). In any thread. */
void fitness_review(void *conf, struct conf_errors *ce);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_loaded: when the configuration in force was loaded, and what became of the attempts to load
 * another: for the page System and the API. */
#ifndef COLLECTOR_CONF_LOADED_H
#define COLLECTOR_CONF_LOADED_H

#include <stdbool.h>
#include <stdint.h>

struct conf_collector;

struct conf_loaded {
	const char *path;   /* of the main file; borrowed */
	int64_t loaded_ms;  /* wall; also of a look that found nothing changed */
	uint64_t mark;	    /* of its files then; of those that were refused, if some were last */
	int64_t refused_ms; /* wall: when files were refused; 0: the last ones were not */
	char why[256];	    /* the first error of those */
	unsigned errors;
};

/* Whether the files are not those that were looked at last: nobody has asked for them yet. */
bool conf_loaded_is_stale(const struct conf_loaded *l, const struct conf_collector *conf);

#endif

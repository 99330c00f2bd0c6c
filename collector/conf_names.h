/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_names: what the files that look across the configuration share (conf_check.c,
 * conf_alerting.c): the names that are there, and the complaint about one that is not. */
#ifndef COLLECTOR_CONF_NAMES_H
#define COLLECTOR_CONF_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/conf.h"

struct name {
	const char *text;
	size_t index;
};

/* Names that others refer to: in order, and sorted. */
struct names {
	const char **list;
	struct name *sorted;
	size_t n;
};

/* A look across the configuration; all is borrowed but the names. */
struct check {
	const struct conf_collector *c;
	struct conf_errors *ce;
	struct names zones; /* and "site", "unassigned" */
	struct names nodes;
};

/* A name; NULL (its row complained) is passed over. */
void names_add(struct names *s, const char *text, size_t index);
/* Before the first names_find(). */
void names_sort(struct names *s);
void names_free(struct names *s);
/* The name's entry, or NULL. */
const struct name *names_find(const struct names *s, const char *text);
bool names_is(const char *text, const char *word); /* text may be NULL */

/* Complains that there is no zone or node of a name. */
void names_unknown(const struct check *k, const void *element, const char *key, const char *what,
    const struct names *s, const char *text);
/* Complains of those texts of the key "zones" that name none. */
void names_check_zones(const struct check *k, const struct conf_texts *t, const void *element);

/* conf_alerting.c: rules' hours, limits, windows, recipients, mail. */
void conf_alerting_check(const struct check *k);

#endif

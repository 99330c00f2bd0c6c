/* SPDX-License-Identifier: GPL-3.0-or-later */
/* section_parts: what sections of a report share, and are made of. */
#ifndef COLLECTOR_SECTION_PARTS_H
#define COLLECTOR_SECTION_PARTS_H

#include <stddef.h>

struct doc;
struct figures;
struct zone;

/* What a zone is called; NULL: the site. */
const char *section_zone(const struct doc *d, const struct zone *z);
/* Part of the time, %; NAN of no time. */
double section_share(double part_s, double total_s);
/* Appends a name to a list of them; one that is full ends with an ellipsis. */
void section_list(char *dst, size_t size, const char *name);
/* The row of the period before that is of the same thing: whose pointer `member` is this; or NULL.
 */
#define SECTION_SAME(rows, n, member, of)                                                          \
	section_same(rows, n, sizeof *(rows), offsetof(__typeof__(*(rows)), member), of)
const void *section_same(const void *rows, size_t n, size_t bytes, size_t at, const void *of);
/* The charts that definitions give to the section, zonewatch-graphs(5): those of the period under
 * the heading (NULL: none), those of more under one that says so. */
void section_graphs(
    struct doc *d, const struct figures *f, const char *section, const char *heading);

void section_environment_months(struct doc *d, const struct figures *f);
void section_power_ups(struct doc *d, const struct figures *f);

#endif

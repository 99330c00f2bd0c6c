/* SPDX-License-Identifier: GPL-3.0-or-later */
/* section_parts: what sections of a report share, and are made of. */
#ifndef COLLECTOR_SECTION_PARTS_H
#define COLLECTOR_SECTION_PARTS_H

#include <stddef.h>

struct chart;
struct doc;
struct figures;
struct zone;

/* What a zone is called; NULL: the site. */
const char *section_zone(const struct doc *d, const struct zone *z);
/* Appends a name to a list of them; one that is full ends with an ellipsis. */
void section_list(char *dst, size_t size, const char *name);
/* The critical incidents of a zone's air that people were told of, as marks. */
void section_marks(struct chart *c, const struct figures *f, const struct zone *z);

void section_environment_charts(struct doc *d, const struct figures *f);
void section_power_ups(struct doc *d, const struct figures *f);

#endif

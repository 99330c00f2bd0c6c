/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advise: a recommendation (figures/advice.h) as a sentence in the document's language. */
#ifndef COLLECTOR_ADVISE_H
#define COLLECTOR_ADVISE_H

#include "collector/report/paper/doc.h"

struct advice_one;
struct node;
struct zone;

/* The caller frees it. */
char *advise(const struct doc *d, const struct advice_one *o);
/* "Cooling unit 2 (cool-b2)", "Zone B"; of neither the site. The caller frees it. */
char *advise_subject(const struct doc *d, const struct node *n, const struct zone *z);

#endif

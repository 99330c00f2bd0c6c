/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outages: the longest unplanned ones of all kinds as a table; the CSV has all. */
#ifndef COLLECTOR_PAPER_OUTAGES_H
#define COLLECTOR_PAPER_OUTAGES_H

#include "collector/report/figures/figures.h"
#include "collector/report/paper/doc.h"

void outages_table(struct doc *d, const struct figures *f);

#endif

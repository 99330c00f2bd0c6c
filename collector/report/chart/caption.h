/* SPDX-License-Identifier: GPL-3.0-or-later */
/* caption: what an SVG says of itself to those who do not see it, for its letters are outlines.
 * Pure. */
#ifndef COLLECTOR_CHART_CAPTION_H
#define COLLECTOR_CHART_CAPTION_H

#include "collector/report/chart/chart.h"

/* <title> and <desc> of a sheet that has a title; nothing of others. */
void caption_put(struct buf *b, const struct chart_sheet *s);

#endif

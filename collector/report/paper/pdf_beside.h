/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pdf_beside: what stands beside each other on a page: cards, and charts of half the width. i: the
 * place of the first in the document. */
#ifndef COLLECTOR_PDF_BESIDE_H
#define COLLECTOR_PDF_BESIDE_H

#include <stddef.h>

struct press;

/* Height of the first row of the cards from i on. */
double beside_cards_height(struct press *p, size_t i);
/* Set all cards from i on; returns how many. */
size_t beside_cards(struct press *p, size_t i);

/* Height of the chart at i, with the one that stands beside it. */
double beside_charts_height(struct press *p, size_t i);
/* Set one chart, or two beside each other; returns how many. */
size_t beside_charts(struct press *p, size_t i);

#endif

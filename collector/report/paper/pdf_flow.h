/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pdf_flow: the blocks of a document one below the other; its cover and contents. */
#ifndef COLLECTOR_PDF_FLOW_H
#define COLLECTOR_PDF_FLOW_H

#include <stddef.h>

struct press;

void front_cover(struct press *p);
/* The contents, with links and the numbers that the dry run found. */
void front_contents(struct press *p);
/* All blocks. */
void flow_put(struct press *p);

#endif

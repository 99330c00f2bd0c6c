/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page: a report as one HTML file that needs nothing beside it: no script, no font, no picture from
 * elsewhere; light and dark; for screens, screen readers and printers. */
#ifndef COLLECTOR_PAGE_H
#define COLLECTOR_PAGE_H

#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"

struct doc;

/* Appends the page; made_s is not said in it. The same document gives the same bytes. */
int page_write(struct buf *b, const struct doc *d, int64_t made_s, struct err *e)
    __attribute__((warn_unused_result));

/* Appends its style sheet (page_style.c). */
void page_style(struct buf *b);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pdf: a report as A4 pages: cover, contents with links, sections; tagged for screen readers,
 * with bookmarks, searchable, fonts embedded. */
#ifndef COLLECTOR_PDF_H
#define COLLECTOR_PDF_H

#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"

struct doc;

/* Appends the PDF; its metadata say that it was made at made_s. The same document gives the same
 * bytes. */
int pdf_write(struct buf *b, const struct doc *d, int64_t made_s, struct err *e)
    __attribute__((warn_unused_result));

#endif

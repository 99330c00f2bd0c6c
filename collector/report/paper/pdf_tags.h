/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pdf_tags: what cairo 1.16 cannot write into a tagged PDF: the language, alternate texts of
 * figures, that a table's heads are those of columns, and that viewers show the title. */
#ifndef COLLECTOR_PDF_TAGS_H
#define COLLECTOR_PDF_TAGS_H

#include "zw/buf.h"
#include "zw/err.h"

struct doc_parts;

/* Appends raw, a PDF that cairo made of the parts, with these. */
int tags_finish(struct buf *b, const struct buf *raw, const struct doc_parts *parts, struct err *e)
    __attribute__((warn_unused_result));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html: writing HTML into a buf. Everything that is not a constant of ours goes through
 * html_text() or html_query(): the one place that escapes. */
#ifndef COLLECTOR_WEB_PAGES_HTML_H
#define COLLECTOR_WEB_PAGES_HTML_H

#include "zw/buf.h"

/* Markup of ours, as it is. */
void html_raw(struct buf *b, const char *markup);
/* Text from anywhere, for element content and double-quoted attributes. */
void html_text(struct buf *b, const char *s);
void html_textf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text as a part of an address (percent-encoded, so safe in an attribute as well). */
void html_query(struct buf *b, const char *s);
/* A field of a form that is not shown; none where the value is "". */
void html_hidden(struct buf *b, const char *name, const char *value);

#endif

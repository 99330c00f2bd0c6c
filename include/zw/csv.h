/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv: a cell of text in a file that spreadsheets open (RFC 4180). Pure. */
#ifndef ZW_CSV_H
#define ZW_CSV_H

#include "zw/buf.h"

/* Adds the text, quoted; before one that a spreadsheet would take for a formula ("=...", "+...",
 * "-...",
 * "@...", also behind white space) stands an apostrophe, since quotes do not hinder it. */
void csv_text(struct buf *b, const char *text);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper: the report as a whole: all sections in their order as one document, and the files made of
 * it. */
#ifndef COLLECTOR_PAPER_H
#define COLLECTOR_PAPER_H

#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/err.h"
#include "zw/lang.h"

struct doc;
struct figures;

/* The whole report in that language; revision: of the configuration, copied. The caller frees the
 * document. */
struct doc *paper_new(const struct figures *f, const char *revision, enum lang l);
/* When the report's data end: the newest sample, but not after the period; 0: there is none. */
int64_t paper_data_end(const struct figures *f);

/* The kinds of file that a report is written as. */
#define PAPER_NFORMATS 3
const char *paper_suffix(size_t format); /* "pdf", "html", "csv.zip" */
/* Appends the file; made_s is the time that its metadata say. */
int paper_write(struct buf *b, const struct doc *d, size_t format, int64_t made_s, struct err *e)
    __attribute__((warn_unused_result));

#endif

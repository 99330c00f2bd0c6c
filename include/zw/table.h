/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table: columns that line up, whatever the text. */
#ifndef ZW_TABLE_H
#define ZW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "zw/term.h"

struct table;

/* Heads, ended by NULL; one that begins with '>' has its column to the right. Borrowed. */
struct table *table_new(const char *const *heads);
void table_free(struct table *t);
/* The next cell, row by row; copied. NULL and "" are shown as "-". */
void table_cell(struct table *t, const char *text);
void table_cellf(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void table_color(struct table *t, enum term_color color, const char *text);
/* All of it, or the words for an empty one. */
void table_print(const struct table *t, FILE *f, bool colour, const char *empty);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manifest: STEM.json: what a finished report is of and which files it has, for the collector,
 * which lists, mails and prunes reports without opening them. */
#ifndef COLLECTOR_MANIFEST_H
#define COLLECTOR_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "zw/buf.h"
#include "zw/json.h"

struct doc;
struct figures;
struct manifest;

struct manifest *manifest_new(const struct figures *f);
void manifest_free(struct manifest *m); /* NULL is fine */
/* The sentences of a language's summary. */
void manifest_language(struct manifest *m, const struct doc *d);
/* A file that was made, by its name beside the manifest. */
void manifest_file(struct manifest *m, const char *name, const struct buf *b);
/* Appends the JSON. */
void manifest_write(struct manifest *m, struct buf *b);

#endif

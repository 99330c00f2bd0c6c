/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_impl: what the files conf*.c of lib share: complaints with their places, files read behind
 * the guards, values, tables filled from settings. */
#ifndef LIB_CONF_IMPL_H
#define LIB_CONF_IMPL_H

#include <libconfig.h>

#include "zw/conf.h"

#define CONF_MAX_FILE (4 * 1024 * 1024) /* bytes of a file */
#define CONF_MAX_FILES 256		/* in the directory of parts, and included by one file */
#define CONF_MAX_INCLUDES 16		/* by a key with CONF_INCLUDE */
#define CONF_MAX_INCLUDE_DEPTH 10	/* libconfig's own */
#define CONF_MAX_COMPLAINTS 1000	/* those past it are counted only */
#define CONF_MAX_TEXT 4096		/* bytes of a value */
#define CONF_MAX_ELEMENTS 65536		/* of a list without a limit of its own */
#define CONF_MAX_PATH 256		/* of "nodes[srv-01].zone" */

/* --- complaints (conf_errors.c) --- */

struct conf_errors *conf_errors_new(void);
void conf_errors_free(struct conf_errors *ce);
/* Registers a file, in the order in which complaints are printed. Returns the name, which lives as
 * long as ce. */
const char *conf_errors_file(struct conf_errors *ce, const char *name);
/* Adds a complaint; line 0: of the whole file; path "": of no key. */
void conf_errors_add(struct conf_errors *ce, const char *file, unsigned line, const char *path,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* From now on further complaints about this line are dropped: they would follow from the last. */
void conf_errors_settle(struct conf_errors *ce, const char *file, unsigned line);
/* Remembers where an element came from; returns its number for conf_errors_key(). */
size_t conf_errors_place(struct conf_errors *ce, const void *element,
    const struct conf_table *table, const char *path, const char *file, unsigned line);
void conf_errors_key(
    struct conf_errors *ce, size_t place, const char *key, const char *file, unsigned line);
/* The files registered between true and false are those that the main one includes by a key. */
void conf_errors_including(struct conf_errors *ce, bool on);
void conf_errors_print(struct conf_errors *ce, FILE *out);
/* `; did you mean "limit"?` or "". */
void conf_errors_hint(
    char *dst, size_t size, const char *word, const char *const *candidates, size_t n);

/* --- the text before libconfig sees it (conf_scan.c) --- */

struct conf_include {
	char *name; /* as written */
	unsigned line;
};

struct conf_includes {
	struct conf_include *v;
	size_t n;
};

void conf_includes_free(struct conf_includes *inc);
/* Complains of what libconfig takes silently for something else. -1: the text cannot be parsed at
 * all. */
int conf_scan(const char *text, size_t n, const char *file, struct conf_errors *ce,
    struct conf_includes *inc) __attribute__((warn_unused_result));

/* --- one file (conf_file.c) --- */

struct conf_file {
	config_t config;
	const char *path; /* borrowed of the conf_errors */
	char *dir;	  /* where it includes from */
	struct conf_errors *ce;
};

/* Always returns an object; *ok tells whether its text could be parsed. */
struct conf_file *conf_file_read(const char *path, struct conf_errors *ce, bool *ok);
void conf_file_free(struct conf_file *f);
/* The file a setting stands in; the text lives as long as the complaints. */
const char *conf_file_of(const config_setting_t *s);

/* --- one value (conf_value.c) --- */

/* Reads a scalar, or an element of texts (char **). -1 and the reason; a text may have been stored
 * even then, so that what refers to it is found. */
int conf_value_read(const struct conf_key *k, const config_setting_t *s, const char *dir, void *dst,
    struct err *e) __attribute__((warn_unused_result));
/* Sets the default; a default that cannot be read is a bug of the table's. */
void conf_value_default(const struct conf_key *k, void *dst);
void conf_value_free(const struct conf_key *k, void *value);
bool conf_value_equal(const struct conf_key *k, const void *a, const void *b);
/* Whether a scalar, or texts, are as the row has them by default. */
bool conf_value_is_default(const struct conf_key *k, const void *value);
bool conf_value_is_set(const struct conf_key *k, const void *value);
/* As it is written in the file. */
void conf_value_print(const struct conf_key *k, const void *value, FILE *out);
/* "1 to 8", "1s to 1h", "a, b or c" or "". */
void conf_value_limits(const struct conf_key *k, char *dst, size_t size);

/* --- tables (conf_fill.c, conf.c) --- */

/* Fills the zeroed struct at dst from the root settings of n files. broken: another file could not
 * be parsed, so what is missing may be there. */
void conf_fill(const struct conf_table *table, struct conf_file *const *files, size_t n,
    bool broken, const char *dir, void *dst, struct conf_errors *ce);
/* The variant's table for a filled struct, or NULL. */
const struct conf_table *conf_variant_of(const struct conf_table *table, const void *conf);
/* Whether the members of one row are the same in two structs. */
bool conf_same_key(const struct conf_key *k, const void *a, const void *b);
const struct conf_key *conf_find_key(const struct conf_table *table, const char *name);

/* --- printing (conf_print.c) --- */

/* Prints text wrapped at a column, each line after the prefix. */
void conf_print_wrapped(FILE *out, const char *prefix, const char *text);
/* "(duration; 1s to 1h; required)" as a sentence's tail, or "". */
void conf_print_kind(const struct conf_key *k, char *dst, size_t size);
const char *conf_example_of(const struct conf_table *table, const char *key, bool *active);

#endif

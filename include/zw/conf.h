/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf: configuration by tables of keys; the only door to libconfig.
 *
 * A program describes its configuration as tables of rows; from a row come the struct's member,
 * the default, the check of type and range, the sample file, the manual page and -D. All errors
 * of a file are collected ("FILE:LINE: KEY: what is wrong"), with the likely right word for an
 * unknown one. The .conf files of the directory `parts` beside the main file are read after it,
 * in the order of their names: a list gets their elements appended, a scalar set twice is an
 * error. Each program has a directory of its own, for several may have their main files together:
 * the collector conf.d, the agent agent.conf.d.
 *
 * The rows are written in a .def file from which conf_struct.h makes the structs and conf_rows.h
 * the tables (HOUSE.md, worked example 5); a section stands before those that contain it:
 *   SECTION(tls) KEY(tls, text, cert, "default", 0, 0, CONF_FILE, "file", "Sentence.") END(tls)
 *   NAMED(rule, duration, for_, "for", ...)  a KEY whose name in the file is a word of C
 *   GROUP(agent, tls, tls, "Sentence.")      a member `struct conf_tls tls`
 *   LIST(site, zone, zones, 1, 64, "...")    a member `struct conf_list zones` of struct conf_zone
 *   EXAMPLE(site, zones, true, "( ... )")    what the sample file shows as the value of a key;
 *                                            false: commented out
 *   VARIANT(rule, kind, table, at)           last in its section: further keys depend on `kind` */
#ifndef ZW_CONF_H
#define ZW_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "zw/err.h"

enum conf_type {
	CONF_text,     /* char *; UTF-8; NULL when absent and without default */
	CONF_number,   /* double; NAN when absent and without default */
	CONF_integer,  /* int64_t */
	CONF_flag,     /* bool */
	CONF_duration, /* int64_t ms, written "30s"; -1 when absent and without default */
	CONF_size,     /* uint64_t bytes, written "64MiB" */
	CONF_texts,    /* struct conf_texts, written ( "a", "b" ) or [ "a" ] */
	CONF_group,    /* a struct of its own table, by value */
	CONF_list      /* struct conf_list of structs of one table */
};

#define CONF_REQUIRED 0x01 /* must be given */
#define CONF_RESTART 0x02  /* a change needs a restart of the daemon */
#define CONF_NAME 0x04	   /* a text that passes str_is_name() */
#define CONF_UNIQUE 0x08   /* no two elements of the list have the same */
#define CONF_FILE 0x10	   /* a path: relative ones are relative to the main file's directory */

#define CONF_ADDRESS 0x20 /* a text, or texts, "host:port" or "[addr]:port" */
/* Texts of the whole: files that are read after the main one and before the parts; only the main
 * file may name them, at most 16. They are filled like parts: a list gets their elements appended.
 * Not dumped, for what is in them is. */
#define CONF_INCLUDE 0x40
#define CONF_LIVE 0x80	  /* a reload of the collector takes it without beginning anew */
#define CONF_LABEL 0x100  /* part of what an element of a list is called where none is unique */
#define CONF_SECRET 0x200 /* its value is shown to nobody */

struct conf_texts {
	char **v;
	size_t n;
};

struct conf_list {
	void *v; /* array of the element struct */
	size_t n;
};

struct conf_table;

struct conf_key {
	const char *name; /* as in the file; members end in _ where the name is a C word */
	enum conf_type type;
	size_t offset;
	const char *def; /* default, as it would be written; NULL: none. "a|b" for texts */
	double min; /* of a number, integer, duration (ms) or size (bytes), or count of a list; */
	double max; /* both 0: no limit */
	unsigned flags;
	const char *unit; /* for people: "file", "host:port", "%"; "a|b|c" for a text is a choice */
	const char *help; /* one or more sentences */
	const struct conf_table *sub; /* of a group or list */
};

/* The value that the sample file shows for a key. */
struct conf_example {
	const char *key;  /* NULL ends the array */
	bool active;	  /* not commented out */
	const char *text; /* as written in the file; lines are indented where it is printed */
};

struct conf_table {
	const char *name;
	const char *parts; /* of the whole: the directory with further files; NULL: none */
	size_t size;	   /* of the struct */
	const struct conf_key *keys;
	size_t nkeys;
	const struct conf_example *examples; /* may be NULL */
	/* A table whose further keys depend on the text of a key of its own (a rule's kind): the
	 * name of that key, and the table for its text (NULL: unknown). The element struct's last
	 * member is then `void *variant`, a struct of that table. */
	const char *variant_key;
	const struct conf_table *(*variant)(const char *text);
	/* The i-th of those texts, and a sentence on it; NULL past the last. For messages, samples
	 * and manual pages. */
	const char *(*variant_at)(size_t i, const char **help);
	size_t variant_offset;
};

/* Where an element came from, and a list of complaints to add to, for checks across keys. */
struct conf_errors;
/* Add "FILE:LINE: PATH: text" for the key `key` (may be NULL: the group itself) of an element that
 * conf_load() filled: the whole, a group, an element of a list, or its variant. */
void conf_complain(struct conf_errors *ce, const void *element, const char *key, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
/* The same as a warning, "FILE:LINE: warning: PATH: text": it is printed and fails nothing. */
void conf_warn(struct conf_errors *ce, const void *element, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Whether a key of such an element is given at all; its value may have been complained of. */
bool conf_is_given(const struct conf_errors *ce, const void *element, const char *key);
/* Whether such an element comes from a file that the main one names by its key with CONF_INCLUDE.
 */
bool conf_is_included(const struct conf_errors *ce, const void *element);
/* How many complaints there are so far; warnings do not count. */
unsigned conf_errors_count(const struct conf_errors *ce);
/* The one of n texts (NULLs are passed over) that is likely meant by `word`, or NULL. */
const char *conf_nearest(const char *word, const char *const *candidates, size_t n);

/* Loads `path` and its parts into *out (table->size bytes, freed by conf_free()). `check`, if
 * any, looks across keys and complains; it is called when all files could be parsed, also if their
 * values have errors: what is required may be missing then, and a variant NULL. On errors returns
 * -1 with all of them printed to `errors` (one a line, in the order of files and lines) and their
 * number in *nerrors; *out is NULL. Warnings are printed among them and not counted. */
int conf_load(const struct conf_table *table, const char *path, void **out,
    void (*check)(void *conf, struct conf_errors *ce), FILE *errors, unsigned *nerrors)
    __attribute__((warn_unused_result));
/* A configuration with every default set, for tests. */
void *conf_defaults(const struct conf_table *table);
void conf_free(const struct conf_table *table, void *conf);

/* The whole configuration as it is in force (-D), in the file's own syntax. */
void conf_dump(const struct conf_table *table, const void *conf, FILE *out);
/* The sample file: every key with its help, commented out where it is the default. */
void conf_print_sample(const struct conf_table *table, FILE *out);
/* The keys as scdoc text for the manual page. */
void conf_print_scdoc(const struct conf_table *table, FILE *out);
/* Names of keys marked CONF_RESTART that differ, joined by ", ", into dst; returns their number. */
unsigned conf_restart_needed(
    const struct conf_table *table, const void *a, const void *b, char *dst, size_t size);

#endif

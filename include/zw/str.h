/* SPDX-License-Identifier: GPL-3.0-or-later */
/* str: bounded strings, numbers and names; ASCII rules whatever the locale. */
#ifndef ZW_STR_H
#define ZW_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest name of a node or instance and of a source, in bytes without the NUL. A field's name
 * is a DS name in librrd (rrd_format.h, DS_NAM_SIZE 20). */
#define NAME_MAX_NODE 63
#define NAME_MAX_SOURCE 31
#define NAME_MAX_FIELD 19

/* Copy src into dst[size], always NUL-terminated; 0, or -1 if it was cut. */
int str_copy(char *dst, size_t size, const char *src);
/* snprintf that returns -1 when the text was cut, else 0. */
int str_format(char *dst, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), warn_unused_result));
/* A whole decimal number in [min, max]: 0 and *out, or -1. No blanks, no sign for unsigned. */
int str_to_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);
int str_to_i64(const char *s, int64_t min, int64_t max, int64_t *out);
/* A finite decimal number with a point, whatever the locale: 0 and *out, or -1. */
int str_to_double(const char *s, double *out);
/* A duration "500ms", "30s", "5min", "2h", "7d" in milliseconds; a size "512", "64KiB", "16MiB",
 * "1GiB" in bytes: 0 and *out, or -1. A number without a unit is refused for durations. */
int str_to_duration(const char *s, int64_t *out_ms);
int str_to_size(const char *s, uint64_t *out);
/* Their inverse, shortest exact form: 90000 -> "90s", 65536 -> "64KiB". */
void str_from_duration(char *dst, size_t size, int64_t ms);
void str_from_size(char *dst, size_t size, uint64_t bytes);
/* The shortest decimal text that reads back as v, with a point; "nan" for NaN. */
void str_from_double(char dst[32], double v);

/* Whether s may name a node, a source, an instance or a field, and so a file: letters, digits,
 * '_', '.', '-', the first a letter, digit or '_', no "..", at most max bytes. */
bool str_is_name(const char *s, size_t max);
/* Make a name of any text ("/var/log" -> "var-log", "/" -> "root"): cut to size - 1. */
void str_to_name(char *dst, size_t size, const char *src);
/* Put a '?' for each character that turns the direction of the text around it (U+202E and its like)
 * or begins a new line (U+2028, U+2029). */
void str_straighten(char *s);
/* Whether the n bytes are UTF-8 without control characters (C0, DEL, C1). */
bool str_is_text(const char *s, size_t n);
/* Whether a pattern covers the whole text; '*' stands for any text. */
bool str_covers(const char *pattern, const char *text);
/* Compare without regard to ASCII case; libc's depends on the locale (Turkish i). */
int str_casecmp(const char *a, const char *b);
/* Edit distance (Damerau-Levenshtein, for texts up to 64 bytes), for "did you mean". */
unsigned str_distance(const char *a, const char *b);
/* Escape control bytes, '"', '\\' and what is not UTF-8 as \xHH into dst; cut where it is full. */
void str_escape(char *dst, size_t size, const char *src, size_t n);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* member: members of a JSON object, taken strictly: for files of the collector's own of which the
 * half is worse than an error. What is missing, of another type or out of range is told, the first
 * of it, and makes the whole refused. */
#ifndef COLLECTOR_MEMBER_H
#define COLLECTOR_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "zw/err.h"

struct member_reader {
	const json_t *o;  /* the object */
	const char *what; /* the list that it is in, and its place there */
	size_t index;
	struct err *e;
	bool bad; /* something was wrong, and e says what */
};

/* Notes what is wrong. */
void member_wrong(struct member_reader *r, const char *key, const char *why);
/* A text into dst[size]; may be empty. */
void member_text(struct member_reader *r, const char *key, char *dst, size_t size);
/* A whole number from 0 to max; 0 if it is wrong. */
int64_t member_int(struct member_reader *r, const char *key, int64_t max);
/* Bytes as small hexadecimal digits, from least to most bytes, most being at most
 * MEMBER_MAX_BYTES; how many, 0 if they are wrong. */
#define MEMBER_MAX_BYTES 64
size_t member_hex(
    struct member_reader *r, const char *key, uint8_t *dst, size_t least, size_t most);
/* And back; n is at most MEMBER_MAX_BYTES. */
json_t *member_hex_of(const uint8_t *p, size_t n);
/* Which of n words. */
size_t member_word(struct member_reader *r, const char *key, const char *const *words, size_t n);
/* The list of this name in the root: its length; -1: there is none, or it is too long. */
long member_list(const json_t *root, const char *key, size_t max, struct err *e);

#endif

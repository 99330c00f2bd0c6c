/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json: a writer of JSON text into a buf, piece by piece; nothing is kept in memory twice.
 *
 * Keys are ours; values may come from anybody: they are escaped, and bytes that are not UTF-8
 * become U+FFFD. Numbers read back as the same double; NaN and infinity are null. */
#ifndef ZW_JSON_H
#define ZW_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "zw/buf.h"

#define JSON_MAX_DEPTH 16

/* jansson, which some programs link beside, exports these names too: for the linker ours have
 * others. */
#define json_object json_writer_object
#define json_array json_writer_array
#define json_null json_writer_null

struct json {
	struct buf *b; /* borrowed */
	unsigned depth;
	bool more[JSON_MAX_DEPTH + 1]; /* something was written at this depth */
	char close[JSON_MAX_DEPTH + 1];
};

struct json json_over(struct buf *b);
/* key is NULL within an array and at the top. */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j);
void json_text(struct json *j, const char *key, const char *s); /* NULL: null */
void json_number(struct json *j, const char *key, double v);
void json_int(struct json *j, const char *key, int64_t v);
void json_uint(struct json *j, const char *key, uint64_t v);
void json_flag(struct json *j, const char *key, bool v);
void json_null(struct json *j, const char *key);

#endif

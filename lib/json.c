/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer behind every answer of the API. Commas and nesting are its business, so a handler
 * cannot produce what does not parse. */
#include "zw/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "zw/str.h"
#include "zw/utf8.h"

/* Appends a text that is ours. */
static void
put(struct json *j, const char *s)
{
	buf_text(j->b, s);
}

/* Whether the character of n bytes is a C1 control, which some terminals obey. */
static bool
is_c1(const char *s, size_t n)
{
	return n == 2 && (unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0;
}

/* Length of the ASCII at the beginning that stands for itself. */
static size_t
plain_length(const char *s)
{
	size_t n = 0;
	while (s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

/* Appends a quoted string, escaped by RFC 8259, 7. */
static void
put_string(struct json *j, const char *s)
{
	buf_u8(j->b, '"');
	size_t plain = plain_length(s);
	buf_put(j->b, s, plain);
	s += plain;
	size_t left = strlen(s);
	while (left > 0) {
		size_t n = utf8_length(s, left);
		unsigned char c = (unsigned char)*s;
		if (n == 0) {
			put(j, "\\ufffd");
			n = 1;
		} else if (c == '"' || c == '\\') {
			buf_u8(j->b, '\\');
			buf_u8(j->b, c);
		} else if (c < 0x20 || c == 0x7f || is_c1(s, n)) {
			char esc[8];
			snprintf(esc, sizeof esc, "\\u%04x", n == 2 ? (unsigned char)s[1] : c);
			put(j, esc);
		} else {
			buf_put(j->b, s, n);
		}
		s += n;
		left -= n;
	}
	buf_u8(j->b, '"');
}

/* What stands before each value: the comma and the key. */
static void
lead(struct json *j, const char *key)
{
	if (j->more[j->depth])
		buf_u8(j->b, ',');
	j->more[j->depth] = true;
	if (key != NULL) {
		put_string(j, key);
		buf_u8(j->b, ':');
	}
}

/* Opens an object or array. */
static void
open_bracket(struct json *j, const char *key, char bracket, char closing)
{
	lead(j, key);
	assert(j->depth < JSON_MAX_DEPTH);
	buf_u8(j->b, (uint8_t)bracket);
	j->depth++;
	j->more[j->depth] = false;
	j->close[j->depth] = closing;
}

struct json
json_over(struct buf *b)
{
	return (struct json){ .b = b };
}

void
json_object(struct json *j, const char *key)
{
	open_bracket(j, key, '{', '}');
}

void
json_array(struct json *j, const char *key)
{
	open_bracket(j, key, '[', ']');
}

void
json_end(struct json *j)
{
	assert(j->depth > 0);
	buf_u8(j->b, (uint8_t)j->close[j->depth]);
	j->depth--;
	if (j->depth == 0)
		buf_u8(j->b, '\n');
}

void
json_text(struct json *j, const char *key, const char *s)
{
	lead(j, key);
	if (s == NULL)
		put(j, "null");
	else
		put_string(j, s);
}

void
json_number(struct json *j, const char *key, double v)
{
	char text[32] = "null";
	if (isfinite(v))
		str_from_double(text, v);
	lead(j, key);
	put(j, text);
}

void
json_int(struct json *j, const char *key, int64_t v)
{
	char text[32];
	snprintf(text, sizeof text, "%lld", (long long)v);
	lead(j, key);
	put(j, text);
}

void
json_uint(struct json *j, const char *key, uint64_t v)
{
	char text[32];
	snprintf(text, sizeof text, "%llu", (unsigned long long)v);
	lead(j, key);
	put(j, text);
}

void
json_flag(struct json *j, const char *key, bool v)
{
	lead(j, key);
	put(j, v ? "true" : "false");
}

void
json_null(struct json *j, const char *key)
{
	lead(j, key);
	put(j, "null");
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* member: by jansson. */
#include "collector/member.h"

#include <assert.h>
#include <string.h>

#include "zw/str.h"

void
member_wrong(struct member_reader *r, const char *key, const char *why)
{
	if (!r->bad)
		err_set(r->e, "%s[%zu].%s %s", r->what, r->index, key, why);
	r->bad = true;
}

void
member_text(struct member_reader *r, const char *key, char *dst, size_t size)
{
	const json_t *v = json_object_get(r->o, key);
	const char *s = json_is_string(v) ? json_string_value(v) : NULL;

	dst[0] = '\0';
	if (s == NULL || strlen(s) != json_string_length(v))
		member_wrong(r, key, "is no text");
	else if (!str_is_text(s, strlen(s)) || str_copy(dst, size, s) == -1)
		member_wrong(r, key, "is too long, or holds what it must not");
}

int64_t
member_int(struct member_reader *r, const char *key, int64_t max)
{
	const json_t *v = json_object_get(r->o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > max) {
		member_wrong(r, key, "is no number, or out of range");
		return 0;
	}
	return json_integer_value(v);
}

/* The value of a hexadecimal digit, or -1. */
static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t
member_hex(struct member_reader *r, const char *key, uint8_t *dst, size_t least, size_t most)
{
	char text[2 * MEMBER_MAX_BYTES + 1];

	member_text(r, key, text, sizeof text);
	size_t n = strlen(text) / 2;
	if (!r->bad && (strlen(text) % 2 != 0 || n < least || n > most))
		member_wrong(r, key, "is of a wrong length");
	for (size_t i = 0; i < n && !r->bad; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			member_wrong(r, key, "is not hexadecimal");
		else
			dst[i] = (uint8_t)(high * 16 + low);
	}
	return r->bad ? 0 : n;
}

json_t *
member_hex_of(const uint8_t *p, size_t n)
{
	char text[2 * MEMBER_MAX_BYTES + 1];

	assert(n <= MEMBER_MAX_BYTES);
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = "0123456789abcdef"[p[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
	}
	text[2 * n] = '\0';
	return json_string(text);
}

size_t
member_word(struct member_reader *r, const char *key, const char *const *words, size_t n)
{
	char text[16];

	member_text(r, key, text, sizeof text);
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	member_wrong(r, key, "is an unknown word");
	return 0;
}

long
member_list(const json_t *root, const char *key, size_t max, struct err *e)
{
	const json_t *list = json_object_get(root, key);

	if (!json_is_array(list))
		return err_set(e, "\"%s\" is no list", key);
	if (json_array_size(list) > max)
		return err_set(e, "\"%s\" has more than %zu entries", key, max);
	return (long)json_array_size(list);
}

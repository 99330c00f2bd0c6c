/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deadman_facts: a value is text to the end of its line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/deadman_facts.h"

/* A line with a text. */
static void
put_text(struct buf *b, const char *word, const char *text)
{
	buf_text(b, word);
	buf_u8(b, ' ');
	buf_text(b, text);
	buf_u8(b, '\n');
}

/* A line with a number. */
static void
put_number(struct buf *b, const char *word, uint64_t v)
{
	char digits[24];

	(void)snprintf(digits, sizeof digits, "%" PRIu64, v);
	put_text(b, word, digits);
}

void
deadman_facts_encode(struct buf *b, const struct deadman_facts *f)
{
	put_number(b, "over", f->over);
	put_number(b, "id", f->id);
	put_text(b, "node", f->node);
	put_text(b, "collectors", f->collectors);
	put_number(b, "quiet", (uint64_t)f->quiet_ms);
	put_number(b, "now", (uint64_t)f->now_ms);
	put_number(b, "peers", f->peers);
	put_number(b, "heard", f->heard);
	put_text(b, "unheard", f->unheard);
}

/* One word's value. */
static int
take(struct deadman_facts *f, const char *word, const char *value)
{
	uint64_t v = 0;
	bool number = str_to_u64(value, 0, UINT64_MAX, &v) == 0;

	if (!str_is_text(value, strlen(value)))
		return -1;
	if (strcmp(word, "node") == 0)
		return str_copy(f->node, sizeof f->node, value);
	if (strcmp(word, "collectors") == 0)
		return str_copy(f->collectors, sizeof f->collectors, value);
	if (strcmp(word, "unheard") == 0)
		return str_copy(f->unheard, sizeof f->unheard, value);
	if (!number)
		return -1;
	if (strcmp(word, "over") == 0)
		f->over = v != 0;
	else if (strcmp(word, "id") == 0)
		f->id = v;
	else if (strcmp(word, "quiet") == 0 && v <= INT64_MAX)
		f->quiet_ms = (int64_t)v;
	else if (strcmp(word, "now") == 0 && v <= INT64_MAX)
		f->now_ms = (int64_t)v;
	else if (strcmp(word, "peers") == 0)
		f->peers = v;
	else if (strcmp(word, "heard") == 0)
		f->heard = v;
	else
		return -1;
	return 0;
}

int
deadman_facts_decode(const char *text, size_t n, struct deadman_facts *f, struct err *e)
{
	const char *end = text + n;
	char line[sizeof f->unheard + 64];

	*f = (struct deadman_facts){ 0 };
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((stop != NULL ? stop : end) - text);
		if (len >= sizeof line)
			return err_set(e, "a fact is too long");
		memcpy(line, text, len);
		line[len] = '\0';
		char *value = strchr(line, ' ');
		if (value == NULL)
			return err_set(e, "a fact without a value");
		*value++ = '\0';
		if (take(f, line, value) == -1)
			return err_set(e, "the fact \"%s\" is wrong", line);
		text += len + (stop != NULL);
	}
	if (f->node[0] == '\0' || f->id == 0)
		return err_set(e, "facts are missing");
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf_scan: looks over a configuration's text before libconfig 1.5 does, for what that takes
 * silently for something else: numbers that do not fit their 32 or 64 bits wrap around, a NUL ends
 * the text, a text without its closing quote goes on in the next lines, a comment without its end
 * swallows the rest; and for a comma after the last element, of which libconfig only says that the
 * syntax is wrong. Knows of the grammar only where comments, texts, names and numbers begin and
 * end. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_impl.h"
#include "zw/alloc.h"
#include "zw/str.h"

struct scan {
	const char *p;
	const char *end;
	const char *file;
	unsigned line;
	char name[64];	/* the name seen last: the key of a number */
	char last;	/* the token before this one, if it is a single character */
	unsigned comma; /* the line of the last comma */
	bool failed;
	struct conf_errors *ce;
	struct conf_includes *inc;
	unsigned *wrong; /* lines with a number that does not fit */
	size_t nwrong;
};

void
conf_includes_free(struct conf_includes *inc)
{
	for (size_t i = 0; i < inc->n; i++)
		free(inc->v[i].name);
	free(inc->v);
	*inc = (struct conf_includes){ 0 };
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*' || c == '_';
}

/* The character n places ahead, NUL past the end. */
static char
ahead(const struct scan *s, size_t n)
{
	return (size_t)(s->end - s->p) > n ? s->p[n] : '\0';
}

/* Complain of the line of each piece of text that is not UTF-8 or holds control characters. */
static int
check_encoding(const char *text, size_t n, const char *file, struct conf_errors *ce)
{
	unsigned line = 1;

	for (size_t i = 0; i < n; line++) {
		size_t start = i;
		while (i < n && text[i] != '\n')
			i++;
		for (size_t at = start; at < i; at++) {
			size_t len = 0;
			while (at + len < i && text[at + len] != '\t' && text[at + len] != '\r')
				len++;
			if (!str_is_text(text + at, len)) {
				conf_errors_add(ce, file, line, "",
				    "bytes that are no text: the file must be UTF-8 without "
				    "control characters");
				return -1;
			}
			at += len;
		}
		i++;
	}
	return 0;
}

/* Skip a comment, if one begins here. 1: skipped, 0: none, -1: it has no end. */
static int
skip_comment(struct scan *s)
{
	if (*s->p == '#' || (*s->p == '/' && ahead(s, 1) == '/')) {
		while (s->p < s->end && *s->p != '\n')
			s->p++;
		if (s->p < s->end)
			return 1;
		conf_errors_add(s->ce, s->file, s->line, "",
		    "the file ends within a comment; end its last line");
		return -1;
	}
	if (*s->p != '/' || ahead(s, 1) != '*')
		return 0;
	unsigned began = s->line;
	for (s->p += 2; s->p < s->end; s->p++) {
		if (*s->p == '\n')
			s->line++;
		if (*s->p == '*' && ahead(s, 1) == '/') {
			s->p += 2;
			return 1;
		}
	}
	conf_errors_add(s->ce, s->file, began, "", "the comment that begins here has no end");
	return -1;
}

/* Skip a text; p is at its first quote. */
static int
skip_text(struct scan *s)
{
	for (s->p++; s->p < s->end && *s->p != '\n'; s->p++) {
		if (*s->p == '"') {
			s->p++;
			return 0;
		}
		if (*s->p != '\\')
			continue;
		if (ahead(s, 1) == 'x' && ahead(s, 2) == '0' && ahead(s, 3) == '0')
			conf_errors_add(
			    s->ce, s->file, s->line, s->name, "\\x00 would end the text unseen");
		if (ahead(s, 1) != '\n' && ahead(s, 1) != '\0')
			s->p++;
	}
	conf_errors_add(s->ce, s->file, s->line, s->name,
	    "the text that begins here has no closing quote in its line");
	return -1;
}

/* Whether an unsigned number in decimal or hexadecimal digits is beyond a limit. */
static bool
is_beyond(const char *digits, size_t n, unsigned base, uint64_t limit)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++) {
		char c = digits[i];
		unsigned d = is_digit(c) ? (unsigned)(c - '0') : ((unsigned)c | 32U) - 'a' + 10;
		if (v > (limit - d) / base)
			return true;
		v = v * base + d;
	}
	return v > limit;
}

/* Look at a number and skip it. p is at its sign or first digit. */
static void
scan_number(struct scan *s)
{
	const char *start = s->p;
	bool minus = *s->p == '-';

	if (*s->p == '-' || *s->p == '+')
		s->p++;
	bool hex = *s->p == '0' && (ahead(s, 1) | 32) == 'x' && is_hex(ahead(s, 2));
	if (hex)
		s->p += 2;
	const char *digits = s->p;
	while (s->p < s->end && (hex ? is_hex(*s->p) : is_digit(*s->p)))
		s->p++;
	size_t n = (size_t)(s->p - digits);
	if (!hex && (ahead(s, 0) == '.' || (ahead(s, 0) | 32) == 'e')) {
		while (s->p < s->end && (isalnum((unsigned char)*s->p) || strchr(".+-", *s->p)))
			s->p++;
		return;
	}
	bool wide = ahead(s, 0) == 'L';
	uint64_t limit = wide ? INT64_MAX : INT32_MAX;
	int shown = s->p - start > 40 ? 40 : (int)(s->p - start);
	if (is_beyond(digits, n, hex ? 16 : 10, limit + (minus ? 1 : 0))) {
		if (wide || is_beyond(digits, n, hex ? 16 : 10, INT64_MAX))
			conf_errors_add(s->ce, s->file, s->line, s->name,
			    "%.*s does not fit 64 bits", shown, start);
		else
			conf_errors_add(s->ce, s->file, s->line, s->name,
			    "%.*s does not fit 32 bits; write %.*sL", shown, start, shown, start);
		s->wrong = xreallocarray(s->wrong, s->nwrong + 1, sizeof *s->wrong);
		s->wrong[s->nwrong++] = s->line;
	}
	while (ahead(s, 0) == 'L')
		s->p++;
}

/* Skip a name and remember it. */
static void
scan_name(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end &&
	       (is_name_start(*s->p) || is_digit(*s->p) || *s->p == '-' || *s->p == '_'))
		s->p++;
	size_t n = (size_t)(s->p - start);
	if (n >= sizeof s->name)
		n = sizeof s->name - 1;
	memcpy(s->name, start, n);
	s->name[n] = '\0';
}

/* Take an @include, if the line begins with one: 1 and skipped, 0 if not, -1 if it is one too
 * many. */
static int
scan_include(struct scan *s)
{
	static const char word[] = "@include";
	const char *p = s->p;
	char file[1024];
	size_t n = 0;

	while (p < s->end && (*p == ' ' || *p == '\t'))
		p++;
	if ((size_t)(s->end - p) < sizeof word || memcmp(p, word, sizeof word - 1) != 0)
		return 0;
	p += sizeof word - 1;
	if (*p != ' ' && *p != '\t')
		return 0;
	while (p < s->end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == s->end || *p != '"')
		return 0;
	for (p++; p < s->end && *p != '"' && *p != '\n' && n + 1 < sizeof file; p++) {
		if (*p == '\\' && p + 1 < s->end && (p[1] == '\\' || p[1] == '"'))
			p++;
		file[n++] = *p;
	}
	if (p == s->end || *p != '"')
		return 0;
	if (s->inc->n == CONF_MAX_FILES) {
		conf_errors_add(s->ce, s->file, s->line, "@include",
		    "more than %d files are included", CONF_MAX_FILES);
		return -1;
	}
	file[n] = '\0';
	s->inc->v = xreallocarray(s->inc->v, s->inc->n + 1, sizeof *s->inc->v);
	s->inc->v[s->inc->n].name = xstrdup(file);
	s->inc->v[s->inc->n++].line = s->line;
	s->p = p + 1;
	return 1;
}

/* Take a character that is a token by itself, or a blank. */
static void
scan_character(struct scan *s)
{
	char c = *s->p++;

	if (c == '\n')
		s->line++;
	if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
		return;
	if ((c == ')' || c == ']') && s->last == ',') {
		conf_errors_add(s->ce, s->file, s->comma, "",
		    "the comma before the closing %c is one too many: commas stand only between "
		    "elements",
		    c);
		s->failed = true;
	}
	if (c == ',')
		s->comma = s->line;
	s->last = c;
}

/* Go over the text token by token. */
static int
scan_tokens(struct scan *s)
{
	bool line_start = true;

	while (s->p < s->end) {
		int included = line_start ? scan_include(s) : 0;
		line_start = false;
		if (included == -1)
			return -1;
		if (included == 1)
			continue;
		int skipped = skip_comment(s);
		if (skipped == -1)
			return -1;
		if (skipped == 1)
			continue;
		char c = *s->p;
		char before = s->last;
		s->last = '\0';
		bool sign = (c == '-' || c == '+' || c == '.') && is_digit(ahead(s, 1));
		if (c == '"') {
			if (skip_text(s) == -1)
				return -1;
		} else if (is_digit(c) || sign) {
			scan_number(s);
		} else if (is_name_start(c)) {
			scan_name(s);
		} else {
			line_start = c == '\n';
			s->last = before;
			scan_character(s);
		}
	}
	return s->failed ? -1 : 0;
}

/* Look over a text before libconfig does. */
int
conf_scan(
    const char *text, size_t n, const char *file, struct conf_errors *ce, struct conf_includes *inc)
{
	struct scan s = {
		.p = text, .end = text + n, .file = file, .line = 1, .ce = ce, .inc = inc
	};

	if (check_encoding(text, n, file, ce) == -1)
		return -1;
	int rc = scan_tokens(&s);
	for (size_t i = 0; i < s.nwrong; i++)
		conf_errors_settle(ce, file, s.wrong[i]);
	free(s.wrong);
	return rc;
}

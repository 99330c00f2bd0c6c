/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal's part. Names and reasons come from agents: a control character in one must not
 * reach the terminal, whatever the collector let through. */
#include "zw/term.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

bool
term_decide(const char *word, bool *colour)
{
	const char *no = getenv("NO_COLOR");
	const char *kind = getenv("TERM");
	if (strcmp(word, "always") == 0)
		*colour = true;
	else if (strcmp(word, "never") == 0)
		*colour = false;
	else if (strcmp(word, "auto") == 0)
		*colour = (no == NULL || *no == '\0') && isatty(STDOUT_FILENO) && kind != NULL &&
			  strcmp(kind, "dumb") != 0;
	else
		return false;
	return true;
}

/* Whether it turns the text around it, or begins a line; it takes no column, so wcwidth() lets it
 * pass. */
static bool
is_turning(wchar_t wc)
{
	return wc == 0x61c || wc == 0x200e || wc == 0x200f || (wc >= 0x2028 && wc <= 0x202e) ||
	       (wc >= 0x2066 && wc <= 0x2069);
}

/* The next character: its bytes, and its columns; -1 for one that must not be printed. */
static size_t
next_char(const char *s, int *columns)
{
	wchar_t wc;
	mbstate_t state = { 0 };
	size_t n = mbrtowc(&wc, s, strlen(s), &state);
	if (n == (size_t)-1 || n == (size_t)-2) {
		*columns = -1;
		return 1;
	}
	*columns = is_turning(wc) ? -1 : wcwidth(wc);
	return n;
}

size_t
term_width(const char *text)
{
	size_t width = 0;
	while (*text != '\0') {
		int columns;
		text += next_char(text, &columns);
		width += columns < 0 ? 1 : (size_t)columns;
	}
	return width;
}

/* The characters that a terminal may see. */
static void
print_safe(FILE *f, const char *text)
{
	while (*text != '\0') {
		int columns;
		size_t n = next_char(text, &columns);
		if (columns < 0)
			fputc('?', f);
		else
			fwrite(text, 1, n, f);
		text += n;
	}
}

void
term_print(FILE *f, bool colour, enum term_color color, const char *text)
{
	static const char *const codes[] = { "", "\033[1m", "\033[32m", "\033[33m", "\033[1;31m",
		"\033[35m", "\033[90m" };
	bool on = colour && color != TERM_PLAIN;
	if (on)
		fputs(codes[color], f);
	print_safe(f, text);
	if (on)
		fputs("\033[0m", f);
}

enum term_color
term_of_state(const char *word)
{
	static const struct {
		const char *word;
		enum term_color color;
	} colors[] = { { "ok", TERM_GREEN }, { "warning", TERM_YELLOW }, { "critical", TERM_RED },
		{ "no-data", TERM_MAGENTA }, { "never-seen", TERM_GREY } };
	for (size_t i = 0; i < sizeof colors / sizeof colors[0]; i++)
		if (strcmp(colors[i].word, word) == 0)
			return colors[i].color;
	return TERM_PLAIN;
}

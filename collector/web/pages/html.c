/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The escaping of the pages. Texts of agents and devices were checked at the intake; this does
 * not rely on it. */
#include "collector/web/pages/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "zw/markup.h"
#include "zw/utf8.h"

void
html_raw(struct buf *b, const char *markup)
{
	buf_text(b, markup);
}

/* What is written for a character: no control; NULL: itself. */
static const char *
entity(char c)
{
	const char *e = markup_entity(c);

	return e == NULL && ((unsigned char)c < 0x20 || c == 0x7f) ? "\xef\xbf\xbd" : e;
}

void
html_text(struct buf *b, const char *s)
{
	size_t left = strlen(s);
	while (left > 0) {
		size_t n = utf8_length(s, left);
		const char *e = n == 0 ? "\xef\xbf\xbd" : entity(*s);
		if (n == 0)
			n = 1;
		if (e != NULL)
			html_raw(b, e);
		else
			buf_put(b, s, n);
		s += n;
		left -= n;
	}
}

void
html_textf(struct buf *b, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	html_text(b, text);
}

void
html_query(struct buf *b, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/";
	for (; *s != '\0'; s++) {
		char esc[4] = { *s };
		if (strchr(plain, *s) == NULL)
			snprintf(esc, sizeof esc, "%%%02X", (unsigned char)*s);
		html_raw(b, esc);
	}
}

void
html_hidden(struct buf *b, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	html_raw(b, "<input type=\"hidden\" name=\"");
	html_text(b, name);
	html_raw(b, "\" value=\"");
	html_text(b, value);
	html_raw(b, "\">\n");
}

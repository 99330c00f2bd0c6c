/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTML is legible without pictures and without its style sheet, for a mail program may drop
 * both: all that matters is said by attributes of the elements. The style sheet only makes it dark
 * for who reads in the dark. It is at most 600 pixels wide, and narrower on a telephone. */
#include "collector/notify/text_doc.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/history.h"
#include "zw/alloc.h"
#include "zw/markup.h"
#include "zw/str.h"
#include "zw/utf8.h"

#define SUBJECT_MAX 240 /* bytes */
#define LABEL_WIDTH 20	/* characters */
#define URL_MAX 800	/* bytes, of the base */

struct tone {
	const char *ground;
	const char *letters;
};

/* The letters stand out by 4.5 to 1 and more. */
static const struct tone tones[] = { [DOC_INFO] = { "#1f5f99", "#ffffff" },
	[DOC_WARNING] = { "#e69f00", "#000000" },
	[DOC_CRITICAL] = { "#b3261e", "#ffffff" },
	[DOC_GOOD] = { "#1e7145", "#ffffff" } };

/* The length of the sound character at s; 0: it is none, or a control. */
static size_t
character(const char *s)
{
	size_t n = utf8_length(s, 4); /* it stops at the NUL, which is in no character */

	return n > 0 && str_is_text(s, n) ? n : 0;
}

/* Append a character as HTML writes it; a line does not end between a number and its sign. */
static void
put_escaped(struct buf *b, const char *s, size_t n)
{
	const char *e = markup_entity(*s);

	if (*s == ' ' && (s[1] == '%' || strncmp(s + 1, "°", strlen("°")) == 0))
		e = "&nbsp;";
	if (e != NULL)
		buf_text(b, e);
	else
		buf_put(b, s, n);
}

/* Append anybody's text as one harmless line. */
static void
put_clean(struct buf *b, const char *text, bool html)
{
	char *own = xstrdup(text);

	str_straighten(own);
	for (const char *s = own; *s != '\0';) {
		size_t n = character(s);
		bool control = (unsigned char)*s < 0x20 || *s == 0x7f;
		if (n > 0 && html)
			put_escaped(b, s, n);
		else if (n > 0)
			buf_put(b, s, n);
		else
			buf_text(b, control ? " " : "\xef\xbf\xbd");
		s += n > 0 ? n : 1;
	}
	free(own);
}

void
text_subject(struct mail *m, const char *subject)
{
	struct buf b = { 0 };
	char line[SUBJECT_MAX + 1];

	put_clean(&b, subject, false);
	buf_u8(&b, '\0');
	text_say(line, sizeof line, "%s", (const char *)b.data);
	m->subject = xstrdup(line);
	buf_free(&b);
}

/* The style sheet, which a mail program may drop. */
static const char style[] =
    "<style>\n:root{color-scheme:light dark;supported-color-schemes:light dark}\n"
    "@media (prefers-color-scheme:dark){\n"
    ".zw{background:#1b1e22!important;color:#e8eaed!important}\n"
    ".dim{color:#a9b1ba!important}\n.row{border-color:#3a3f45!important}\n"
    ".note{background:#3a3313!important;color:#f4e9c1!important}\n"
    "a{color:#8ab4f8!important}}\n</style>\n";

/* The head, up to the bar. */
static void
begin_html(struct buf *b, enum lang l, const char *title)
{
	buf_text(b, "<!DOCTYPE html>\n<html lang=\"");
	buf_text(b, lang_word(l));
	buf_text(b, "\"><head><meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	put_clean(b, title, true);
	buf_text(b, "</title>\n");
	buf_text(b, style);
	buf_text(b,
	    "</head>\n<body class=\"zw\" style=\"margin:0;padding:0;background:#ffffff;"
	    "color:#1f2328\">\n"
	    "<table role=\"presentation\" class=\"zw\" align=\"center\" cellpadding=\"0\" "
	    "cellspacing=\"0\" style=\"width:100%;max-width:600px;background:#ffffff;"
	    "color:#1f2328;font-family:'DejaVu Sans',Verdana,Arial,sans-serif;font-size:14px;"
	    "line-height:1.45\">\n<tr><td style=\"padding:8px\">\n");
}

void
doc_begin(struct doc *d, enum lang l, enum doc_tone tone, const char *tag, const char *title)
{
	*d = (struct doc){ .lang = l };
	buf_text(&d->text, "[");
	put_clean(&d->text, tag, false);
	buf_text(&d->text, "] ");
	put_clean(&d->text, title, false);
	buf_text(&d->text, "\n");

	begin_html(&d->html, l, title);
	buf_text(&d->html, "<div style=\"padding:6px 12px;font-weight:bold;letter-spacing:.5px;"
			   "background:");
	buf_text(&d->html, tones[tone].ground);
	buf_text(&d->html, ";color:");
	buf_text(&d->html, tones[tone].letters);
	buf_text(&d->html, "\">");
	put_clean(&d->html, tag, true);
	buf_text(
	    &d->html, "</div>\n<h1 style=\"font-size:19px;line-height:1.3;margin:12px 0 8px\">");
	put_clean(&d->html, title, true);
	buf_text(&d->html, "</h1>\n");
}

void
doc_para(struct doc *d, const char *s)
{
	buf_text(&d->text, "\n");
	put_clean(&d->text, s, false);
	buf_text(&d->text, "\n");
	buf_text(&d->html, "<p style=\"margin:8px 0\">");
	put_clean(&d->html, s, true);
	buf_text(&d->html, "</p>\n");
}

void
doc_notice(struct doc *d, const char *s)
{
	buf_text(&d->text, "\n! ");
	put_clean(&d->text, s, false);
	buf_text(&d->text, "\n");
	buf_text(&d->html,
	    "<p class=\"note\" style=\"margin:8px 0;padding:8px 12px;background:#fff4cc;"
	    "color:#3d3000\">");
	put_clean(&d->html, s, true);
	buf_text(&d->html, "</p>\n");
}

void
doc_heading(struct doc *d, const char *heading)
{
	buf_text(&d->text, "\n");
	put_clean(&d->text, heading, false);
	buf_text(&d->text, "\n");
	buf_text(&d->html, "<h2 style=\"font-size:15px;margin:16px 0 4px\">");
	put_clean(&d->html, heading, true);
	buf_text(&d->html, "</h2>\n");
}

void
doc_table(struct doc *d)
{
	buf_text(&d->text, "\n");
	buf_text(&d->html, "<table cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;"
			   "border-collapse:collapse;font-size:14px\">\n");
}

/* Characters of a text, for the columns of the plain form. */
static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void
doc_row(struct doc *d, const char *label, const char *value)
{
	if (*value == '\0')
		return;
	put_clean(&d->text, label, false);
	buf_text(&d->text, ":");
	for (size_t n = characters(label) + 1; n < LABEL_WIDTH; n++)
		buf_text(&d->text, " ");
	buf_text(&d->text, " ");
	put_clean(&d->text, value, false);
	buf_text(&d->text, "\n");
	buf_text(&d->html,
	    "<tr><th scope=\"row\" class=\"dim row\" style=\"text-align:left;"
	    "vertical-align:top;font-weight:normal;color:#57606a;width:34%;padding:4px 12px 4px 0;"
	    "border-bottom:1px solid #e1e4e8\">");
	put_clean(&d->html, label, true);
	buf_text(&d->html, "</th><td class=\"row\" style=\"vertical-align:top;padding:4px 0;"
			   "border-bottom:1px solid #e1e4e8\">");
	put_clean(&d->html, value, true);
	buf_text(&d->html, "</td></tr>\n");
}

void
doc_table_end(struct doc *d)
{
	buf_text(&d->html, "</table>\n");
}

void
doc_list(struct doc *d)
{
	buf_text(&d->html, "<ul style=\"margin:4px 0;padding-left:20px\">\n");
}

void
doc_item(struct doc *d, const char *s)
{
	buf_text(&d->text, "- ");
	put_clean(&d->text, s, false);
	buf_text(&d->text, "\n");
	buf_text(&d->html, "<li style=\"margin:2px 0\">");
	put_clean(&d->html, s, true);
	buf_text(&d->html, "</li>\n");
}

void
doc_list_end(struct doc *d)
{
	buf_text(&d->html, "</ul>\n");
}

void
doc_picture(struct doc *d, const char *src, unsigned width, const char *shows)
{
	char size[32] = "";

	if (width > 0)
		snprintf(size, sizeof size, " width=\"%u\"", width);
	buf_text(&d->html, "<p style=\"margin:12px 0\"><img ");
	buf_text(&d->html, src);
	buf_text(&d->html, size);
	buf_text(&d->html, " alt=\"");
	put_clean(&d->html, shows, true);
	buf_text(&d->html, "\" style=\"max-width:100%;height:auto;border:0\"><br>"
			   "<small class=\"dim\" style=\"color:#57606a\">");
	put_clean(&d->html, shows, true);
	buf_text(&d->html, "</small></p>\n");
}

void
doc_link(struct doc *d, const char *base, const char *below, const char *label)
{
	char url[URL_MAX + 200];

	if (base == NULL)
		return;
	bool web = strncmp(base, "http://", 7) == 0 || strncmp(base, "https://", 8) == 0;
	size_t n = strlen(base);
	while (n > 0 && base[n - 1] == '/')
		n--;
	if (!web || n > URL_MAX)
		text_say(url, sizeof url, "%s", base);
	else
		text_say(url, sizeof url, "%.*s/%s", (int)n, base, below);

	buf_text(&d->text, "\n");
	put_clean(&d->text, label, false);
	buf_text(&d->text, ":\n");
	put_clean(&d->text, url, false);
	buf_text(&d->text, "\n");
	buf_text(&d->html, "<p style=\"margin:14px 0\">");
	buf_text(&d->html, web ? "<a style=\"font-weight:bold;color:#0b57d0\" href=\"" : "");
	if (web) {
		put_clean(&d->html, url, true);
		buf_text(&d->html, "\">");
	}
	put_clean(&d->html, label, true);
	buf_text(
	    &d->html, web ? "</a><br><small class=\"dim\" style=\"color:#57606a\">" : ": <small>");
	put_clean(&d->html, url, true);
	buf_text(&d->html, "</small></p>\n");
}

void
doc_end(struct doc *d, struct mail *m)
{
	buf_text(&d->html, "</td></tr></table>\n</body></html>\n");
	buf_u8(&d->text, '\0');
	buf_u8(&d->html, '\0');
	m->text = (char *)d->text.data;
	m->html = (char *)d->html.data;
	*d = (struct doc){ 0 };
}

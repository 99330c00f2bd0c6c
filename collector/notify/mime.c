/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mail is built by ourselves and not by libcurl, so that every transport carries the same
 * bytes, and because libcurl leaves RFC 2047, the date and the ids to us anyway.
 *
 * Texts from outside (names, titles, reasons) enter a header only through mime_header(), which
 * encodes all that is not a harmless short line, and the body only through quoted-printable. */
#include "collector/notify/mime.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "zw/str.h"
#include "zw/utf8.h"

#define LINE_MAX_CHARS 76		/* RFC 2045 6.7, RFC 2047 2 */
#define WORD_START "=?UTF-8?B?"		/* and "?=" at its end: 12 characters */
#define BOUNDARY_ALT "=_zw_alternative" /* "=_" is in no quoted-printable or base64 line */
#define BOUNDARY_REL "=_zw_related"
#define BOUNDARY_MIX "=_zw_mixed"
#define PLAIN_NAME 60 /* characters of a file's name on one line */

/* Letters and digits. */
static bool
is_alnum(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Whether the character may stand in an atom (RFC 5322 3.2.3). */
static bool
is_atext(unsigned char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Whether the n bytes are atoms with single dots between. */
static bool
is_dot_atom(const char *s, size_t n)
{
	bool dot = true; /* a dot may not come now */

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' ? dot : !is_atext((unsigned char)s[i]))
			return false;
		dot = s[i] == '.';
	}
	return n > 0 && !dot;
}

bool
mime_is_domain(const char *s)
{
	size_t label = 0;

	if (strlen(s) > 253)
		return false;
	for (;; s++) {
		if (*s == '.' || *s == '\0') {
			if (label == 0 || label > 63 || s[-1] == '-')
				return false;
			label = 0;
			if (*s == '\0')
				return true;
		} else if (is_alnum((unsigned char)*s) || (*s == '-' && label > 0)) {
			label++;
		} else {
			return false;
		}
	}
}

/* Whether s is "[192.0.2.1]" or "[IPv6:...]"; its content is for the relay to judge. */
static bool
is_literal(const char *s)
{
	size_t n = strlen(s);

	return n > 4 && s[0] == '[' && s[n - 1] == ']' &&
	       strspn(s + 1, "0123456789abcdefABCDEFIPv:.") == n - 2;
}

bool
mime_is_address(const char *s)
{
	const char *at = strrchr(s, '@');

	if (at == NULL || strlen(s) > MIME_MAX_ADDRESS || at - s > 64)
		return false;
	return is_dot_atom(s, (size_t)(at - s)) && (is_literal(at + 1) || mime_is_domain(at + 1));
}

/* Whether s is "<left@right>" of harmless characters. */
static bool
is_message_id(const char *s)
{
	size_t n = strlen(s);
	size_t at = strcspn(s, "@");

	if (n < 5 || n > MIME_MAX_ID || s[0] != '<' || s[n - 1] != '>' || at >= n - 2)
		return false;
	return is_dot_atom(s + 1, at - 1) && is_dot_atom(s + at + 1, n - at - 2);
}

void
mime_date(char dst[MIME_DATE], int64_t wall_ms)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = { 0 };

	if (wall_ms < 0 || wall_ms > INT64_C(253402300799000) || localtime_r(&t, &tm) == NULL) {
		t = 0;
		gmtime_r(&t, &tm);
	}
	long offset = tm.tm_gmtoff / 60;
	unsigned away = (unsigned)(offset < 0 ? -offset : offset) % 6000;
	snprintf(dst, MIME_DATE, "%s, %02d %s %04d %02d:%02d:%02d %c%02u%02u", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    offset < 0 ? '-' : '+', away / 60, away % 60);
}

/* The length of the sound character at p, of the n bytes there; 0: none. */
static size_t
character(const char *p, size_t n)
{
	size_t len = utf8_length(p, n);

	return len > 0 && str_is_text(p, len) ? len : 0;
}

/* Append one character of a text, controls as a blank and what is no UTF-8 as U+FFFD; returns how
 * many bytes of the text it took. */
static size_t
put_clean(struct buf *b, const char *p, size_t n)
{
	size_t len = character(p, n);
	unsigned char c = (unsigned char)*p;

	if (len > 0) {
		buf_put(b, p, len);
		return len;
	}
	if (c < 0x20 || c == 0x7f)
		buf_u8(b, ' ');
	else
		buf_text(b, "\xef\xbf\xbd");
	return 1;
}

/* Append base64 of at most n bytes without line ends. */
static void
put_base64(struct buf *b, const uint8_t *p, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v = (uint32_t)p[i] << 16;
		if (left > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		uint8_t *out = buf_extend(b, 4);
		out[0] = (uint8_t)digits[v >> 18];
		out[1] = (uint8_t)digits[v >> 12 & 63];
		out[2] = left > 1 ? (uint8_t)digits[v >> 6 & 63] : '=';
		out[3] = left > 2 ? (uint8_t)digits[v & 63] : '=';
	}
}

void
mime_base64(struct buf *b, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i += 57) {
		put_base64(b, p + i, n - i < 57 ? n - i : 57);
		buf_text(b, "\r\n");
	}
}

/* Whether the clean text can stand in a header as it is: short, ASCII, single blanks inside, and
 * nothing that looks like an encoded word. */
static bool
is_plain(const char *s, size_t n, size_t room)
{
	if (n == 0 || n > room || s[0] == ' ' || s[n - 1] == ' ')
		return n == 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c < 0x20 || c > 0x7e || (c == ' ' && s[i + 1] == ' ') ||
		    (c == '=' && i + 1 < n && s[i + 1] == '?'))
			return false;
	}
	return true;
}

/* The greatest number of bytes <= max that ends between two characters of sound UTF-8. */
static size_t
whole_characters(const uint8_t *p, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && (p[max] & 0xc0) == 0x80)
		max--;
	return max;
}

/* Append clean text as encoded words, folded; `used` characters are on the first line. */
static void
put_words(struct buf *b, const uint8_t *p, size_t n, size_t used)
{
	while (n > 0) {
		if (used > LINE_MAX_CHARS / 2) {
			buf_text(b, "\r\n ");
			used = 1;
		}
		size_t room = LINE_MAX_CHARS - used - strlen(WORD_START "?=");
		size_t take = whole_characters(p, n, room / 4 * 3);
		buf_text(b, WORD_START);
		put_base64(b, p, take);
		buf_text(b, "?=");
		p += take;
		n -= take;
		if (n > 0)
			buf_text(b, "\r\n ");
		used = 1;
	}
}

/* Append a text of a header's, plain or as encoded words; in a phrase (a display name) only blanks
 * and what may be in an atom is plain. */
static void
put_text(struct buf *b, const char *text, size_t used, bool phrase)
{
	struct buf clean = { 0 };
	size_t n = strlen(text);

	n = whole_characters((const uint8_t *)text, n, MIME_MAX_HEADER);
	for (size_t i = 0; i < n;)
		i += put_clean(&clean, text + i, n - i);
	size_t len = clean.len;
	buf_u8(&clean, '\0');
	bool plain = is_plain((const char *)clean.data, len, LINE_MAX_CHARS - used);
	for (size_t i = 0; phrase && i < len; i++)
		plain = plain && (clean.data[i] == ' ' || is_atext(clean.data[i]));
	if (plain)
		buf_put(b, clean.data, len);
	else
		put_words(b, clean.data, len, used);
	buf_free(&clean);
}

void
mime_header(struct buf *b, const char *name, const char *text)
{
	buf_text(b, name);
	buf_text(b, ": ");
	put_text(b, text, strlen(name) + 2, false);
	buf_text(b, "\r\n");
}

/* Append a header whose text is ours. */
static void
put_line(struct buf *b, const char *name, const char *text)
{
	buf_text(b, name);
	buf_text(b, ": ");
	buf_text(b, text);
	buf_text(b, "\r\n");
}

/* One byte of quoted-printable at column *col; `last`: the line ends behind it. */
static void
put_quoted(struct buf *b, uint8_t c, size_t *col, bool last)
{
	static const char hex[] = "0123456789ABCDEF";
	bool plain = c > 0x20 && c < 0x7f && c != '=';

	/* A dot could end the mail, "From " a mailbox's entry. */
	if (*col == 0 && (c == '.' || c == 'F'))
		plain = false;
	if ((c == ' ' || c == '\t') && !last)
		plain = true;
	size_t need = plain ? 1 : 3;
	if (*col + need > LINE_MAX_CHARS - (last ? 0 : 1)) {
		buf_text(b, "=\r\n");
		*col = 0;
		if (plain && (c == '.' || c == 'F')) {
			plain = false;
			need = 3;
		}
	}
	if (plain) {
		buf_u8(b, c);
	} else {
		buf_u8(b, '=');
		buf_u8(b, (uint8_t)hex[c >> 4]);
		buf_u8(b, (uint8_t)hex[c & 15]);
	}
	*col += need;
}

/* How many of the n bytes at p stand for themselves in the middle of a line. */
static size_t
plain_run(const uint8_t *p, size_t n)
{
	/* All that is printable but '=', and the tab: a bit for each of the first 128. */
	static const uint32_t plain[4] = { 1u << '\t', 0xdfffffff, 0xffffffff, 0x7fffffff };
	size_t i = 0;

	while (i < n && p[i] < 0x80 && (plain[p[i] / 32] >> p[i] % 32 & 1) != 0)
		i++;
	return i;
}

/* One line, without its end. */
static void
put_quoted_line(struct buf *b, const struct buf *line)
{
	size_t col = 0, run;

	for (size_t i = 0; i < line->len; i += run) {
		/* The first and the last of a line are special. */
		size_t room = col > 0 && col < LINE_MAX_CHARS ? LINE_MAX_CHARS - 1 - col : 0;
		size_t left = line->len - 1 - i;
		run = plain_run(line->data + i, room < left ? room : left);
		if (run == 0) {
			put_quoted(b, line->data[i], &col, i + 1 == line->len);
			run = 1;
			continue;
		}
		buf_put(b, line->data + i, run);
		col += run;
	}
}

void
mime_quoted_printable(struct buf *b, const char *text)
{
	struct buf line = { 0 };
	const char *end;

	for (; *text != '\0'; text = *end == '\n' ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		size_t n = (size_t)(end - text);
		if (n > 0 && text[n - 1] == '\r')
			n--;
		buf_clear(&line);
		for (size_t i = 0; i < n;) {
			size_t run = plain_run((const uint8_t *)text + i, n - i);
			buf_put(&line, text + i, run);
			i += run;
			if (i < n)
				i += put_clean(&line, text + i, n - i);
		}
		put_quoted_line(b, &line);
		buf_text(b, "\r\n");
	}
	buf_free(&line);
}

/* To: one address a line. */
static int
put_recipients(struct buf *b, const char *to, struct err *e)
{
	char address[MIME_MAX_ADDRESS + 1];

	buf_text(b, "To: ");
	for (;;) {
		size_t n = strcspn(to, ",");
		if (n >= sizeof address)
			return err_set(e, "a recipient's address is too long");
		memcpy(address, to, n);
		address[n] = '\0';
		if (!mime_is_address(address))
			return err_set(e, "\"%s\" is no mail address", address);
		buf_text(b, address);
		if (to[n] == '\0')
			break;
		buf_text(b, ",\r\n ");
		to += n + 1;
		to += strspn(to, " ");
	}
	buf_text(b, "\r\n");
	return 0;
}

/* The header of the whole. */
static int
put_headers(struct buf *b, const struct mime_mail *m, struct err *e)
{
	char date[MIME_DATE];

	if (!mime_is_address(m->from))
		return err_set(e, "sender \"%s\" is no mail address", m->from);
	if (!is_message_id(m->message_id) ||
	    (m->references != NULL && !is_message_id(m->references)))
		return err_set(e, "malformed Message-ID");
	mime_date(date, m->date_ms);
	put_line(b, "Date", date);
	buf_text(b, "From: ");
	put_text(b, m->from_name, strlen("From: "), true);
	buf_text(b, "\r\n <");
	buf_text(b, m->from);
	buf_text(b, ">\r\n");
	if (put_recipients(b, m->to, e) == -1)
		return -1;
	mime_header(b, "Subject", m->subject);
	put_line(b, "Message-ID", m->message_id);
	if (m->references != NULL) {
		put_line(b, "In-Reply-To", m->references);
		put_line(b, "References", m->references);
	}
	put_line(b, "Auto-Submitted", "auto-generated");
	for (size_t i = 0; i < m->nheaders; i++)
		mime_header(b, m->headers[i].name, m->headers[i].text);
	put_line(b, "MIME-Version", "1.0");
	return 0;
}

/* A boundary line. */
static void
put_boundary(struct buf *b, const char *boundary, const char *tail)
{
	buf_text(b, "--");
	buf_text(b, boundary);
	buf_text(b, tail);
	buf_text(b, "\r\n");
}

/* A part of text. */
static void
put_text_part(struct buf *b, const char *type, const char *text)
{
	buf_text(b, "Content-Type: ");
	buf_text(b, type);
	buf_text(b, "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
	mime_quoted_printable(b, text);
}

/* A picture of the mail's. */
struct picture {
	const char *src;  /* where the HTML has its place */
	const char *name; /* in its Content-ID and its file's name */
	const uint8_t *p; /* NULL: there is none */
	size_t n;
};
#define PICTURES 2

/* The place of a picture within the line, or NULL. */
static const char *
place_in(const char *line, size_t n, const struct picture *pic)
{
	return memmem(line, n, pic->src, strlen(pic->src));
}

/* One line of the HTML: its picture's place filled by the Content-ID ("graph.LEFT@RIGHT" of
 * "<LEFT@RIGHT>"), or, if there is no such picture, left out. */
static void
place_line(struct buf *out, const char *line, size_t n, const struct picture *pics, const char *id)
{
	for (size_t i = 0; i < PICTURES; i++) {
		const char *src = place_in(line, n, &pics[i]);
		if (src == NULL)
			continue;
		if (pics[i].p == NULL)
			return;
		buf_put(out, line, (size_t)(src - line));
		buf_text(out, "src=\"cid:");
		buf_text(out, pics[i].name);
		buf_text(out, ".");
		buf_put(out, id + 1, strlen(id) - 2);
		buf_text(out, "\"");
		src += strlen(pics[i].src);
		buf_put(out, src, (size_t)(line + n - src));
		return;
	}
	buf_put(out, line, n);
}

/* The HTML with the places of the pictures filled. */
static void
place_pictures(struct buf *out, const char *html, const struct picture *pics, const char *id)
{
	while (*html != '\0') {
		size_t n = strcspn(html, "\n");
		n += html[n] == '\n';
		place_line(out, html, n, pics, id);
		html += n;
	}
	buf_u8(out, '\0');
}

/* One picture. */
static void
put_picture(struct buf *b, const struct picture *pic, const char *id)
{
	put_boundary(b, BOUNDARY_REL, "");
	buf_text(b, "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
		    "Content-Disposition: inline; filename=\"");
	buf_text(b, pic->name);
	buf_text(b, ".png\"\r\nContent-ID: <");
	buf_text(b, pic->name);
	buf_text(b, ".");
	buf_put(b, id + 1, strlen(id) - 2);
	buf_text(b, ">\r\n\r\n");
	mime_base64(b, pic->p, pic->n);
}

/* HTML and pictures, related. */
static void
put_related(struct buf *b, const char *html, const struct picture *pics, const char *id)
{
	buf_text(b,
	    "Content-Type: multipart/related; type=\"text/html\";\r\n boundary=\"" BOUNDARY_REL
	    "\"\r\n\r\n");
	put_boundary(b, BOUNDARY_REL, "");
	put_text_part(b, "text/html", html);
	for (size_t i = 0; i < PICTURES; i++) {
		if (pics[i].p != NULL)
			put_picture(b, &pics[i], id);
	}
	put_boundary(b, BOUNDARY_REL, "--");
}

/* A parameter that is a file's name. What is not plain goes percent-encoded, in as many pieces as
 * its lines need (RFC 2231, 3 and 4). */
static void
put_name(struct buf *b, const char *parameter, const char *name)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._";
	size_t len = strlen(name), col = 0;
	char head[64];

	if (strspn(name, plain) == len && len <= PLAIN_NAME) {
		snprintf(head, sizeof head, ";\r\n %s=\"", parameter);
		buf_text(b, head);
		buf_text(b, name);
		buf_text(b, "\"");
		return;
	}
	for (unsigned piece = 0; *name != '\0'; piece++) {
		snprintf(head, sizeof head, ";\r\n %s*%u*=%s", parameter, piece,
		    piece == 0 ? "UTF-8''" : "");
		buf_text(b, head);
		for (col = 0; *name != '\0' && col < PLAIN_NAME - 3; name++) {
			uint8_t c = (uint8_t)*name;
			bool as_is = strchr(plain, c) != NULL;
			if (as_is) {
				buf_u8(b, c);
			} else {
				buf_u8(b, '%');
				buf_u8(b, (uint8_t)hex[c >> 4]);
				buf_u8(b, (uint8_t)hex[c & 15]);
			}
			col += as_is ? 1 : 3;
		}
	}
}

/* What is attached. */
static void
put_file(struct buf *b, const struct mime_file *f)
{
	put_boundary(b, BOUNDARY_MIX, "");
	buf_text(b, "Content-Type: ");
	buf_text(b, f->type);
	put_name(b, "name", f->name);
	buf_text(b, "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment");
	put_name(b, "filename", f->name);
	buf_text(b, "\r\n\r\n");
	mime_base64(b, f->p, f->n);
	put_boundary(b, BOUNDARY_MIX, "--");
}

int
mime_build(struct buf *b, const struct mime_mail *m, struct err *e)
{
	const struct picture pics[PICTURES] = { { MIME_GRAPH_SRC, "graph", m->png, m->png_len },
		{ MIME_MAP_SRC, "map", m->map, m->map_len } };
	struct buf html = { 0 };

	if (put_headers(b, m, e) == -1)
		return -1;
	place_pictures(&html, m->html, pics, m->message_id);
	if (m->file != NULL) {
		buf_text(
		    b, "Content-Type: multipart/mixed;\r\n boundary=\"" BOUNDARY_MIX "\"\r\n\r\n");
		put_boundary(b, BOUNDARY_MIX, "");
	}
	buf_text(
	    b, "Content-Type: multipart/alternative;\r\n boundary=\"" BOUNDARY_ALT "\"\r\n\r\n");
	put_boundary(b, BOUNDARY_ALT, "");
	put_text_part(b, "text/plain", m->text);
	put_boundary(b, BOUNDARY_ALT, "");
	if (m->png != NULL || m->map != NULL)
		put_related(b, (const char *)html.data, pics, m->message_id);
	else
		put_text_part(b, "text/html", (const char *)html.data);
	put_boundary(b, BOUNDARY_ALT, "--");
	if (m->file != NULL)
		put_file(b, m->file);
	buf_free(&html);
	return 0;
}

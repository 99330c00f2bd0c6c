/* SPDX-License-Identifier: GPL-3.0-or-later */
/* letter: the text is written in one of the languages, then wrapped. Subject and body are base64
 * where they are not plain short ASCII: no text can begin a header of its own or end the mail. */
#include "agent/tell/letter.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/deadman_conf.h"
#include "zw/lang.h"
#include "zw/units.h"

#define WORD_BYTES 42 /* of text in an encoded word: 68 characters in all, beside "Subject: " */
#define LINE_BYTES 57 /* of text in a line of base64: 76 characters */
#define PLAIN_MAX 68  /* characters of a subject that goes as it is */
#define TIME_MAX 64

/* Appends formatted text of any length. */
static void __attribute__((format(printf, 2, 3))) put(struct buf *b, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n > 0)
		buf_put(b, text, (size_t)n);
	free(text);
}

/* Appends base64 (RFC 4648 4) of n bytes. */
static void
put_base64(struct buf *b, const uint8_t *p, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t v = (uint32_t)p[i] << 16;
		if (have > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (have > 2)
			v |= p[i + 2];
		buf_u8(b, (uint8_t)digits[v >> 18]);
		buf_u8(b, (uint8_t)digits[v >> 12 & 63]);
		buf_u8(b, have > 1 ? (uint8_t)digits[v >> 6 & 63] : '=');
		buf_u8(b, have > 2 ? (uint8_t)digits[v & 63] : '=');
	}
}

/* Whether it may stand in a header as it is. */
static bool
is_plain(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < ' ' || s[i] > '~')
			return false;
	return n <= PLAIN_MAX && memmem(s, n, "=?", 2) == NULL;
}

/* Appends a header; what is not plain as encoded words (RFC 2047), cut between characters. */
static void
put_header(struct buf *b, const char *name, const char *text, size_t n)
{
	put(b, "%s:", name);
	if (is_plain(text, n)) {
		put(b, " %.*s\r\n", (int)n, text);
		return;
	}
	while (n > 0) {
		size_t take = n < WORD_BYTES ? n : WORD_BYTES;
		while (take < n && take > 1 && ((uint8_t)text[take] & 0xc0) == 0x80)
			take--;
		put(b, " =?UTF-8?B?");
		put_base64(b, (const uint8_t *)text, take);
		put(b, n > take ? "?=\r\n" : "?=");
		text += take;
		n -= take;
	}
	put(b, "\r\n");
}

/* "Sun, 22 Nov 2026 04:51:01 +0400", in the C locale's words. */
static void
put_date(struct buf *b, int64_t wall_ms)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		return;
	long east = tm.tm_gmtoff / 60;
	put(b, "Date: %s, %d %s %d %02d:%02d:%02d %c%02ld%02ld\r\n", days[tm.tm_wday], tm.tm_mday,
	    months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    east < 0 ? '-' : '+', labs(east) / 60, labs(east) % 60);
}

void
letter_id(char dst[LETTER_MAX_ID], const char *from, uint64_t id, bool over)
{
	const char *at = strchr(from, '@');

	(void)snprintf(dst, LETTER_MAX_ID, "%016" PRIx64 ".%s.deadman@%s", id,
	    over ? "over" : "silent", at != NULL ? at + 1 : "localhost");
}

/* The collector is silent. */
static void
text_silent(struct buf *b, enum lang l, const struct deadman_facts *f)
{
	char since[TIME_MAX], span[UNITS_MAX];

	lang_time(since, sizeof since, f->quiet_ms, l);
	lang_duration(span, sizeof span, f->now_ms - f->quiet_ms, l);
	put(b, lang_text(l, N_("Monitoring is silent: no agent reaches the collector for %s")),
	    span);
	put(b, "\n\n");
	put(b, lang_text(l, N_("The collector (%s) has taken nothing since %s.")), f->collectors,
	    since);
	put(b, "\n");
	if (f->peers == 0)
		put(b, lang_text(l, N_("%s, which writes this, cannot deliver.")), f->node);
	else
		put(b,
		    lang_text(l,
			N_("%s, which writes this, cannot deliver, and neither can any of the %llu "
			   "other agents that it hears, of %llu.")),
		    f->node, (unsigned long long)f->heard, (unsigned long long)f->peers);
	put(b, "\n");
	if (f->unheard[0] != '\0') {
		put(b, lang_text(l, N_("Not heard: %s.")), f->unheard);
		put(b, "\n");
	}
	put(b, "\n%s\n",
	    lang_text(l,
		N_("Until it is back nobody is warned of heat, lost power or failures. Watch the "
		   "rooms by other means.")));
	put(b, "%s\n",
	    lang_text(l, N_("What is measured meanwhile is kept by the agents and comes later.")));
	put(b, "\n%s\n",
	    lang_text(l,
		N_("To look at first: the collector's machine, its power and its network; there: "
		   "systemctl status zonewatch-collector.")));
	put(b, "%s\n", lang_text(l, N_("Another mail follows when it is over.")));
}

/* It is back. */
static void
text_over(struct buf *b, enum lang l, const struct deadman_facts *f)
{
	char since[TIME_MAX], now[TIME_MAX], span[UNITS_MAX];

	lang_time(since, sizeof since, f->quiet_ms, l);
	lang_time(now, sizeof now, f->now_ms, l);
	lang_duration(span, sizeof span, f->now_ms - f->quiet_ms, l);
	put(b, lang_text(l, N_("Monitoring is back: the collector was silent for %s")), span);
	put(b, "\n\n");
	put(b,
	    lang_text(l, N_("The collector (%s) takes values again. It was silent from %s to %s.")),
	    f->collectors, since, now);
	put(b, "\n%s\n",
	    lang_text(l, N_("What was measured meanwhile was kept by the agents and comes now.")));
	put(b, lang_text(l, N_("Written by %s.")), f->node);
	put(b, "\n");
}

void
letter_text(struct buf *b, const char *language, const struct deadman_facts *f)
{
	enum lang l = lang_of(language);

	if (f->over)
		text_over(b, l, f);
	else
		text_silent(b, l, f);
}

/* The headers. */
static void
put_headers(struct buf *b, const struct conf_deadman_mail *c, const struct deadman_facts *f,
    const char *subject, size_t n)
{
	char id[LETTER_MAX_ID];

	put_date(b, f->now_ms);
	put(b, "From: zonewatch <%s>\r\n", c->from);
	put(b, "To: ");
	for (size_t i = 0; i < c->to.n; i++)
		put(b, "%s%s", i > 0 ? ",\r\n " : "", c->to.v[i]);
	put(b, "\r\n");
	put_header(b, "Subject", subject, n);
	letter_id(id, c->from, f->id, f->over);
	put(b, "Message-ID: <%s>\r\n", id);
	if (f->over) {
		letter_id(id, c->from, f->id, false);
		put(b, "In-Reply-To: <%s>\r\nReferences: <%s>\r\n", id, id);
	} else {
		put(b, "Importance: high\r\n");
	}
	put(b, "Auto-Submitted: auto-generated\r\nX-Zonewatch-Deadman: %s\r\n",
	    f->over ? "over" : "silent");
	put(b, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n"
	       "Content-Transfer-Encoding: base64\r\n\r\n");
}

void
letter_write(struct buf *b, const struct conf_deadman_mail *c, const struct deadman_facts *f)
{
	struct buf text = { 0 };

	letter_text(&text, c->language, f);
	const uint8_t *end = memchr(text.data, '\n', text.len);
	size_t subject = end != NULL ? (size_t)(end - text.data) : text.len;
	put_headers(b, c, f, (const char *)text.data, subject);
	for (size_t at = subject + 2; at < text.len; at += LINE_BYTES) {
		size_t n = text.len - at < LINE_BYTES ? text.len - at : LINE_BYTES;
		put_base64(b, text.data + at, n);
		put(b, "\r\n");
	}
	buf_free(&text);
}

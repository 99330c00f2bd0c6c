/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any texts whatever make a mail that a strict reader finds to have exactly our headers, in lines
 * of CRLF, of printable ASCII, of bounded length, whose parts end where we end them. The input is
 * cut at NULs into site, title, reason, zone, advice, address. */
#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/notify/mime.h"
#include "collector/notify/text.h"
#include "zw/alloc.h"
#include "zw/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXTS 6

/* Kept by itself, for unguided.txt goes by functions. */
#define APART __attribute__((noinline))

static const char *const expected[] = { "Date: ", "From: ", "To: ", "Subject: ", "Message-ID: ",
	"In-Reply-To: ", "References: ", "Auto-Submitted: ", "X-Zonewatch-Zone: ", "MIME-Version: ",
	"Content-Type: " };

/* Whether every byte is printable ASCII and every line ends in CRLF and is short. */
APART static void
check_lines(const char *p, size_t n)
{
	size_t col = 0;

	assert(n >= 2 && memcmp(p + n - 2, "\r\n", 2) == 0);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if ((unsigned char)(c - 0x20) >= 0x5f && c == '\r') {
			assert(i + 1 < n && p[i + 1] == '\n');
			assert(col <= 300);
			i++;
			col = 0;
			continue;
		}
		assert((unsigned char)(c - 0x20) < 0x5f || c == '\t');
		assert(col > 0 || c != '.');
		col++;
	}
}

/* Whether the header has our names, each once, in our order. */
static void
check_headers(const char *p)
{
	size_t at = 0;

	for (; strncmp(p, "\r\n", 2) != 0; p = strchr(p, '\n') + 1) {
		if (*p == ' ')
			continue;
		assert(at < sizeof expected / sizeof expected[0]);
		assert(strncmp(p, expected[at], strlen(expected[at])) == 0);
		at++;
	}
	assert(at == sizeof expected / sizeof expected[0]);
}

/* How often a boundary's line is there. */
APART static size_t
count(const char *p, const char *what)
{
	size_t n = 0;

	/* Not strstr(), whose interceptor measures all that is left each time. */
	for (const char *end = p + strlen(p);
	     (p = memmem(p, (size_t)(end - p), what, strlen(what))) != NULL; p += strlen(what))
		n++;
	return n;
}

/* Whether the body is text without controls, and its HTML has no markup of the input's. */
APART static void
check_body(const struct mail *m)
{
	for (const char *p = m->text; *p != '\0'; p++)
		assert((unsigned char)*p >= 0x20 || *p == '\n');
	size_t n = strlen(m->subject);
	assert(n <= 240 && (n == 0 || str_is_text(m->subject, n)));
	assert(count(m->html, "<script") == 0 && count(m->html, "<img ") == 2);
	assert(count(m->html, "<h1 ") == 1 && count(m->html, "</html>") == 1);
}

/* Words the mail, builds it and has it judged. */
static void
check_mail(char *const texts[TEXTS])
{
	struct zone zone = { .name = "b", .title = texts[3] };
	struct incident in = { .id = 1, .severity = WIRE_CRITICAL };
	struct alert a = { .id = 1,
		.rule = "r",
		.title = texts[1],
		.advice = texts[4],
		.unit = texts[4],
		.value = 1,
		.limit = 2,
		.why = { .code = (enum reason_code)(strlen(texts[0]) % (REASON_GONE + 1)),
		    .sum = (enum reason_sum)(strlen(texts[1]) % (REASON_EACH + 1)),
		    .v = { 1, 2, 3, 4 } } };
	struct text_facts f = { .site = texts[0],
		.lang = (enum lang)(strlen(texts[2]) % LANG_N),
		.act = (enum plan_act)(PLAN_OPEN + strlen(texts[3]) % (PLAN_CLOSE - PLAN_OPEN + 1)),
		.power = { .runtime_min = NAN, .charge = NAN, .load = NAN },
		.map = true,
		.url = texts[4],
		.zone = &zone,
		.incident = &in,
		.alert = &a,
		.others = { &a },
		.nothers = 1,
		.graph = true };
	struct mail *m = xcalloc(1, sizeof *m);
	struct buf b = { 0 };
	struct err e;

	str_copy(a.reason, sizeof a.reason, texts[2]);
	str_copy(a.why.words, sizeof a.why.words, texts[2]);
	str_copy(in.ack.author, sizeof in.ack.author, texts[1]);
	str_copy(in.ack.comment, sizeof in.ack.comment, texts[3]);
	text_message(m, &f);
	check_body(m);
	const struct mime_header headers[] = { { "X-Zonewatch-Zone", texts[3] } };
	const struct mime_mail mm = { .from_name = texts[0],
		.from = "zw@dc.example",
		.to = mime_is_address(texts[5]) ? texts[5] : "a@b",
		.subject = m->subject,
		.message_id = "<1.open@dc.example>",
		.references = "<0.open@dc.example>",
		.headers = headers,
		.nheaders = 1,
		.text = m->text,
		.html = m->html,
		.png = (const uint8_t *)texts[0],
		.png_len = strlen(texts[0]),
		.map = (const uint8_t *)texts[1],
		.map_len = strlen(texts[1]) };
	assert(mime_build(&b, &mm, &e) == 0);
	check_lines((const char *)b.data, b.len);
	buf_u8(&b, '\0');
	const char *p = (const char *)b.data;
	check_headers(p);
	assert(count(p, "\r\n--=_zw_alternative\r\n") == 2);
	assert(count(p, "\r\n--=_zw_alternative--\r\n") == 1);
	assert(count(p, "\r\n--=_zw_related\r\n") == 3);
	assert(count(p, "\r\n--=_zw_related--\r\n") == 1);
	buf_free(&b);
	mail_free(m);
}

/* An address that is taken for one cannot end its command or its header. */
static void
check_address(const char *s)
{
	if (!mime_is_address(s))
		return;
	assert(strlen(s) <= MIME_MAX_ADDRESS);
	assert(strpbrk(s, "\r\n <>,\"\\") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *texts[TEXTS];
	size_t at = 0;

	for (size_t i = 0; i < TEXTS; i++) {
		size_t n = at < size ? strnlen((const char *)data + at, size - at) : 0;
		texts[i] = xmalloc(n + 1);
		if (n > 0)
			memcpy(texts[i], data + at, n);
		texts[i][n] = '\0';
		at += n + 1;
	}
	check_address(texts[5]);
	check_mail(texts);
	for (size_t i = 0; i < TEXTS; i++)
		free(texts[i]);
	return 0;
}

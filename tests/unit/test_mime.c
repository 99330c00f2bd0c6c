/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a mail: RFC 2047 words, quoted-printable, dates; and that no text of whatever kind
 * gets a header or a line of its own. tests/e2e/test_mail.py has Python's parser read whole ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "collector/notify/mime.h"
#include "zw/alloc.h"

static const char *
text_of(struct buf *b)
{
	buf_u8(b, '\0');
	b->len--;
	return (const char *)b->data;
}

static void
expect_header(const char *text, const char *want)
{
	struct buf b = { 0 };

	mime_header(&b, "Subject", text);
	assert_string_equal(text_of(&b), want);
	buf_free(&b);
}

static void
expect_qp(const char *text, const char *want)
{
	struct buf b = { 0 };

	mime_quoted_printable(&b, text);
	assert_string_equal(text_of(&b), want);
	buf_free(&b);
}

static void
test_addresses(void **state)
{
	static const char *const good[] = { "a@b", "zonewatch@localhost", "a.b+c@d-e.example",
		"x@[192.0.2.1]", "x@[IPv6:2001:db8::1]", "!#$%&'*+-/=?^_`{|}~@x.y" };
	static const char *const bad[] = { "", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c",
		"a@b\r\nRCPT TO:<x@y>", "<a@b>", "a@b,c@d", ".a@b", "a.@b", "a..b@c", "a@-b",
		"a@b-", "a@b..c", "a@.b", "a@b.", "\"a\"@b", "a@b\n", "\xc9\x99@b", "a@\xc9\x99",
		"a@[]", "a@[1.2.3.4", "a@[1.2.3.4]x", "a@[1.2 .3]" };
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(mime_is_address(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(mime_is_address(bad[i]));
	char longer[400];
	memset(longer, 'a', sizeof longer);
	memcpy(longer + 64, "@b", 3);
	assert_true(mime_is_address(longer));
	memset(longer, 'a', sizeof longer);
	memcpy(longer + 65, "@b", 3);
	assert_false(mime_is_address(longer));
	assert_false(mime_is_domain(""));
	assert_true(mime_is_domain("a"));
}

static void
test_short_text_is_plain(void **state)
{
	(void)state;
	expect_header("", "Subject: \r\n");
	expect_header("[CRITICAL] Zone B", "Subject: [CRITICAL] Zone B\r\n");
	/* What looks like an encoded word, or a fold, is none. */
	expect_header("=?UTF-8?B?YQ==?=", "Subject: =?UTF-8?B?PT9VVEYtOD9CP1lRPT0/PQ==?=\r\n");
	expect_header(" a", "Subject: =?UTF-8?B?IGE=?=\r\n");
	expect_header("a  b", "Subject: =?UTF-8?B?YSAgYg==?=\r\n");
}

static void
test_other_text_is_words(void **state)
{
	(void)state;
	expect_header("33 °C", "Subject: =?UTF-8?B?MzMgwrBD?=\r\n");
	/* Both lines are full to the byte, and no character is cut in two. */
	expect_header("əəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəəə",
	    "Subject: =?UTF-8?B?yZnJmcmZyZnJmcmZyZnJmcmZyZnJmcmZyZnJmcmZyZnJmcmZyZk=?=\r\n"
	    " =?UTF-8?B?yZnJmcmZyZnJmcmZyZnJmcmZyZnJmcmZyZnJmcmZyZnJmcmZyZnJmcmZyZk=?=\r\n"
	    " =?UTF-8?B?yZnJmcmZyZnJmcmZ?=\r\n");
	expect_header("\xff\xfe", "Subject: =?UTF-8?B?77+977+9?=\r\n");
	expect_header("cut \xc9", "Subject: =?UTF-8?B?Y3V0IO+/vQ==?=\r\n");
}

/* No input makes a line that is no continuation, or one that is too long. */
static void
test_no_text_breaks_out(void **state)
{
	static const char *const evil[] = { "x\r\nBcc: evil@example", "x\nBcc: evil@example",
		"x\rBcc: evil", "x\n\nbody", "x\r\n.\r\nMAIL FROM:<a>", "\x0b\x0c\x1b[31m\x7f",
		"\xc2\x85next line", "\xe2\x80\xa8separator",
		"=?UTF-8?B?DQpCY2M6IGU=?=", "a\xc0\x8a-b", "\xed\xa0\x80 surrogate", "\t\t tabs" };
	char name[10001];
	(void)state;
	for (size_t i = 0; i < sizeof evil / sizeof evil[0] + 1; i++) {
		struct buf b = { 0 };
		memset(name, 'n', sizeof name - 1);
		name[sizeof name - 1] = '\0';
		mime_header(&b, "Subject", i == 0 ? name : evil[i - 1]);
		const char *p = text_of(&b);
		assert_int_equal(strncmp(p, "Subject: ", 9), 0);
		for (const char *end; *p != '\0'; p = end + 2) {
			end = strstr(p, "\r\n");
			assert_non_null(end);
			assert_true(end - p <= 76);
			assert_true(end - p > 1);
			for (const char *c = p; c < end; c++)
				assert_in_range(*c, 0x20, 0x7e);
			if (end[2] != '\0')
				assert_int_equal(end[2], ' ');
		}
		buf_free(&b);
	}
}

static void
test_quoted_printable(void **state)
{
	(void)state;
	expect_qp("", "");
	expect_qp("a\n", "a\r\n");
	expect_qp("a", "a\r\n");
	expect_qp("\n\n", "\r\n\r\n");
	expect_qp("a \nb\t\n", "a=20\r\nb=09\r\n");
	expect_qp("1=2", "1=3D2\r\n");
	expect_qp(".\n..a\n", "=2E\r\n=2E.a\r\n");
	expect_qp("From here\n", "=46rom here\r\n");
	expect_qp("33 °C\r\n", "33 =C2=B0C\r\n");
	expect_qp("a\rb\x01", "a b=20\r\n");
	expect_qp("\xff", "=EF=BF=BD\r\n");
}

static void
test_quoted_printable_folds(void **state)
{
	char line[200];
	(void)state;
	/* 76 fit; the 77th moves the last of the first line behind a soft break. */
	memset(line, 'a', 76);
	line[76] = '\0';
	struct buf b = { 0 };
	mime_quoted_printable(&b, line);
	assert_int_equal(b.len, 78);
	buf_clear(&b);
	memset(line, 'a', 77);
	line[77] = '\0';
	mime_quoted_printable(&b, line);
	text_of(&b);
	assert_int_equal(b.len, 77 + 3 + 2);
	assert_memory_equal(b.data + 75, "=\r\naa\r\n", 7);
	buf_clear(&b);
	/* A dot that a soft break brings to a line's start is quoted too. */
	line[75] = '.';
	mime_quoted_printable(&b, line);
	text_of(&b);
	assert_memory_equal(b.data + 75, "=\r\n=2Ea\r\n", 9);
	buf_free(&b);
}

static void
test_date(void **state)
{
	char date[MIME_DATE];
	(void)state;
	setenv("TZ", "Asia/Baku", 1);
	tzset();
	mime_date(date, INT64_C(1795308661000));
	assert_string_equal(date, "Sun, 22 Nov 2026 04:51:01 +0400");
	setenv("TZ", "XYZ9:30", 1);
	tzset();
	mime_date(date, INT64_C(1795308661000));
	assert_string_equal(date, "Sat, 21 Nov 2026 15:21:01 -0930");
	setenv("TZ", "UTC", 1);
	tzset();
	mime_date(date, INT64_MAX);
	assert_string_equal(date, "Thu, 01 Jan 1970 00:00:00 +0000");
	mime_date(date, INT64_MIN);
	assert_string_equal(date, "Thu, 01 Jan 1970 00:00:00 +0000");
}

static struct mime_mail
plain_mail(void)
{
	return (struct mime_mail){ .from_name = "Zonewatch",
		.from = "zw@dc.example",
		.to = "a@b.example, c@d.example",
		.subject = "s",
		.message_id = "<1.open@dc.example>",
		.text = "t\n",
		.html = "<p>h</p>\n<p><img " MIME_GRAPH_SRC " alt=\"g\"></p>\n<p>e</p>\n" };
}

static void
test_whole_without_graph(void **state)
{
	struct mime_mail m = plain_mail();
	struct buf b = { 0 };
	struct err e;
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_int_equal(mime_build(&b, &m, &e), 0);
	assert_string_equal(text_of(&b),
	    "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nFrom: Zonewatch\r\n <zw@dc.example>\r\n"
	    "To: a@b.example,\r\n c@d.example\r\nSubject: s\r\nMessage-ID: <1.open@dc.example>\r\n"
	    "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative;\r\n boundary=\"=_zw_alternative\"\r\n\r\n"
	    "--=_zw_alternative\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\nt\r\n"
	    "--=_zw_alternative\r\nContent-Type: text/html; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>h</p>\r\n<p>e</p>\r\n"
	    "--=_zw_alternative--\r\n");
	buf_free(&b);
}

static void
test_whole_with_graph(void **state)
{
	struct mime_mail m = plain_mail();
	struct buf b = { 0 };
	struct err e;
	(void)state;
	m.png = (const uint8_t *)"\x89PNG";
	m.png_len = 4;
	m.references = "<0@dc.example>";
	assert_int_equal(mime_build(&b, &m, &e), 0);
	const char *p = text_of(&b);
	assert_non_null(strstr(p, "src=3D\"cid:graph.1.open@dc.example\""));
	assert_non_null(strstr(p, "Content-ID: <graph.1.open@dc.example>\r\n"));
	assert_non_null(strstr(p, "\r\n\r\niVBORw==\r\n--=_zw_related--\r\n"));
	assert_non_null(strstr(p, "In-Reply-To: <0@dc.example>\r\nReferences: <0@dc.example>\r\n"));
	buf_free(&b);
}

/* Each picture in its place, and the line of one that is not there left out. */
static void
test_whole_with_map(void **state)
{
	struct mime_mail m = plain_mail();
	struct buf b = { 0 };
	struct err e;
	(void)state;
	m.html = "<p><img " MIME_GRAPH_SRC "></p>\n<p><img " MIME_MAP_SRC " width=\"480\"></p>\n";
	m.map = (const uint8_t *)"\x89MAP";
	m.map_len = 4;
	assert_int_equal(mime_build(&b, &m, &e), 0);
	const char *p = text_of(&b);
	assert_null(strstr(p, "cid:graph"));
	assert_non_null(strstr(p, "src=3D\"cid:map.1.open@dc.example\""));
	assert_non_null(
	    strstr(p, "filename=\"map.png\"\r\nContent-ID: <map.1.open@dc.example>\r\n"));
	assert_non_null(strstr(p, "\r\n\r\niU1BUA==\r\n--=_zw_related--\r\n"));
	m.png = (const uint8_t *)"\x89PNG";
	m.png_len = 4;
	buf_clear(&b);
	assert_int_equal(mime_build(&b, &m, &e), 0);
	p = text_of(&b);
	assert_non_null(strstr(p, "src=3D\"cid:graph.1.open@dc.example\""));
	assert_non_null(strstr(p, "\r\n\r\niVBORw==\r\n--=_zw_related\r\n"));
	assert_non_null(strstr(p, "\r\n\r\niU1BUA==\r\n--=_zw_related--\r\n"));
	buf_free(&b);
}

static void
test_bad_addresses_are_refused(void **state)
{
	struct buf b = { 0 };
	struct err e;
	(void)state;
	struct mime_mail m = plain_mail();
	m.from = "a@b\r\nBcc: x@y";
	assert_int_equal(mime_build(&b, &m, &e), -1);
	m = plain_mail();
	m.to = "a@b, c@d\r\nBcc: x@y";
	assert_int_equal(mime_build(&b, &m, &e), -1);
	m.to = "";
	assert_int_equal(mime_build(&b, &m, &e), -1);
	m.to = "a@b, ";
	assert_int_equal(mime_build(&b, &m, &e), -1);
	m = plain_mail();
	m.message_id = "<a@b>\r\nBcc: <x@y>";
	assert_int_equal(mime_build(&b, &m, &e), -1);
	m.message_id = "<ab>";
	assert_int_equal(mime_build(&b, &m, &e), -1);
	m = plain_mail();
	m.references = "a@b";
	assert_int_equal(mime_build(&b, &m, &e), -1);
	buf_free(&b);
}

static void
test_base64_lines(void **state)
{
	uint8_t bytes[58];
	struct buf b = { 0 };
	(void)state;
	memset(bytes, 0, sizeof bytes);
	mime_base64(&b, bytes, sizeof bytes);
	assert_int_equal(b.len, 76 + 2 + 4 + 2);
	assert_memory_equal(b.data + 76, "\r\nAA==\r\n", 8);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_short_text_is_plain),
		cmocka_unit_test(test_other_text_is_words),
		cmocka_unit_test(test_no_text_breaks_out),
		cmocka_unit_test(test_quoted_printable),
		cmocka_unit_test(test_quoted_printable_folds),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_whole_without_graph),
		cmocka_unit_test(test_whole_with_graph),
		cmocka_unit_test(test_whole_with_map),
		cmocka_unit_test(test_bad_addresses_are_refused),
		cmocka_unit_test(test_base64_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* Problems, zones and links: their order, what overlaps counts once, and pages that no name from
 * outside can break, in each language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "fake_collector.h"
#include "web_fixture.h"

#include "collector/web/pages/linkspage.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/problem.h"

/* Outages that overlap, touch, or lie outside. */
static void
downtime(void **state)
{
	(void)state;
	struct linkspage_outage v[] = { { 1, 500, 600 }, { 1, 100, 300 }, { 1, 200, 250 },
		{ 1, 280, 350 }, { 2, 0, 1000 }, { 1, 900, 2000 }, { 1, -50, 20 } };
	size_t n = sizeof v / sizeof v[0];
	qsort(v, n, sizeof v[0], linkspage_compare);
	assert_int_equal(linkspage_down(v, n, 1, 0, 1000), 20 + 250 + 100 + 100);
	assert_int_equal(linkspage_down(v, n, 2, 0, 1000), 1000);
	assert_int_equal(linkspage_down(v, n, 3, 0, 1000), 0);
	assert_int_equal(linkspage_down(v, n, 1, 220, 240), 20);
	assert_int_equal(linkspage_down(v, 0, 1, 0, 1000), 0);
}

/* The worst first, then what nobody has, then the oldest. */
static void
order(void **state)
{
	(void)state;
	struct incident in[4] = { { .id = 1, .now = WIRE_WARNING, .opened_ms = 1 },
		{ .id = 2, .now = WIRE_CRITICAL, .opened_ms = 4, .ack.author = "A" },
		{ .id = 3, .now = WIRE_CRITICAL, .opened_ms = 9 },
		{ .id = 4, .now = WIRE_CRITICAL, .opened_ms = 8, .firing = 2, .muted = 2 } };
	const struct incident *list[] = { &in[0], &in[1], &in[2], &in[3] };
	qsort(list, 4, sizeof list[0], problem_compare);
	static const uint64_t want[] = { 4, 3, 2, 1 };
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(list[i]->id, want[i]);
	assert_true(problem_is_muted(&in[3]));
	assert_false(problem_is_muted(&in[0]));
}

/* Tomorrow 08:00 is local, whatever the hour. */
static void
tomorrow(void **state)
{
	(void)state;
	for (int64_t now_s = 1790000000; now_s < 1790090000; now_s += 3571) {
		time_t t = (time_t)problem_tomorrow(now_s * 1000), now = (time_t)now_s;
		struct tm tm, today;
		localtime_r(&t, &tm);
		localtime_r(&now, &today);
		assert_int_equal(tm.tm_hour, 8);
		assert_int_equal(tm.tm_min, 0);
		assert_int_not_equal(tm.tm_mday, today.tm_mday);
		assert_in_range(t - now, 8 * 3600 - 59, 32 * 3600);
	}
}

/* Ages by what they need. */
static void
spans(void **state)
{
	(void)state;
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = { { -5, "0 s" }, { 59999, "59 s" }, { 60000, "1 min" }, { 3599999, "59 min" },
		{ 7500000, "2 h 5 min" }, { 356400000, "4 d 3 h" } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[64];
		page_span(text, sizeof text, LANG_EN, rows[i].ms);
		assert_string_equal(text, rows[i].text);
	}
}

/* Whether a page says it. */
static void
says(const struct fixture *f, const char *text)
{
	if (strstr(f->answer, text) == NULL)
		fail_msg("no \"%s\" in:\n%.4000s", text, f->answer);
}

/* All pages of this part with names that mean something in HTML. */
static void
pages(void **state)
{
	(void)state;
	static const char *const paths[] = { "/", "/zones", "/zone/a", "/zone/site", "/links" };
	struct fixture *f = start(8);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		assert_int_equal(get(f, paths[i]), 200);
		assert_null(strstr(body(f), "<script>alert"));
		assert_null(strstr(f->answer, "<b>site"));
		says(f, "<main id=\"main\"");
		says(f, "</html>");
	}
	assert_int_equal(get(f, "/"), 200);
	says(f, "No open problem");
	says(f, "1 of 2 nodes send.");
	says(f, "href=\"/zone/a\"");
	assert_int_equal(get(f, "/zone/a"), 200);
	says(f, "data-live=\"zone:a\"");
	says(f, "srv02</a>");
	assert_int_equal(get(f, "/zone/q"), 404);
	stop(f);
}

/* A language that a browser keeps stands over what it asks for; a foreign next leads nowhere. */
static void
choices(void **state)
{
	(void)state;
	struct fixture *f = start(8);
	assert_int_equal(
	    ask(f, "GET / HTTP/1.1\r\n" HOST BEARER "Cookie: x=y; zw_lang=ru; zw_theme=dark\r\n"
		   "Accept-Language: az\r\nConnection: close\r\n\r\n"),
	    200);
	says(f, "<html lang=\"ru\" data-theme=\"dark\">");
	assert_int_equal(
	    ask(f, "GET / HTTP/1.1\r\n" HOST BEARER "Cookie: zw_lang=russian-and-more\r\n"
		   "Accept-Language: az\r\nConnection: close\r\n\r\n"),
	    200);
	says(f, "<html lang=\"az\" data-theme=\"auto\">");
	assert_int_equal(get(f, "/language/az?next=/links"), 303);
	says(f, "Location: /links");
	says(f, "zw_lang=az; Path=/");
	assert_int_equal(get(f, "/language/az?next=//evil.example/"), 303);
	says(f, "Location: /\r\n");
	assert_int_equal(get(f, "/language/xx"), 404);
	assert_int_equal(get(f, "/theme/pink"), 404);
	assert_int_equal(get(f, "/theme/light"), 303);
	says(f, "zw_theme=light; Path=/");
	stop(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(downtime),
		cmocka_unit_test(order),
		cmocka_unit_test(tomorrow),
		cmocka_unit_test(spans),
		cmocka_unit_test(pages),
		cmocka_unit_test(choices),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

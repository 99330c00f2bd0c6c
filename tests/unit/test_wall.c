/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* What the wall is told: pieces hold moments and no ages, what is not measured is absent, and the
 * last hour is taken from the RRDs and from now. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_collector.h"
#include "web_fixture.h"
#include "collector/web/live_pieces.h"
#include "collector/web/wall.h"
#include "collector/web/wall_int.h"

/* The wall's pieces as one text, in a language. */
static const char *
say(struct fixture *f, struct live_pieces *p, struct buf *b, const char *arg, int64_t later_ms)
{
	const struct live_view v = { .c = &f->c,
		.arg = arg,
		.lang = LANG_EN,
		.wall_ms = clock_wall_ms() / 60000 * 60000 + later_ms,
		.steady_ms = clock_steady_ms() };
	live_pieces_clear(p);
	buf_clear(b);
	wall_put(&v, p);
	live_pieces_sort(p);
	live_pieces_full(b, p, v.wall_ms);
	buf_u8(b, '\0');
	return (const char *)b->data;
}

/* Each thing has its piece; nothing is invented. */
static void
pieces(void **state)
{
	(void)state;
	struct fixture *f = start(4);
	struct live_pieces p = { 0 };
	struct buf b = { 0 };
	f->c.wall = wall_new(NULL, &f->c);
	const char *text = say(f, &p, &b, "", 1000);
	assert_has(text, "\"site\":{\"title\":\"Test <b>site</b>\"");
	assert_has(text, "\"zone.a\":{\"place\":0,");
	assert_has(text, "\"trend.a\":{\"end_ms\":");
	assert_has(text, "\"node.srv01\":{");
	assert_has(text, "\"state\":\"ok\"");
	assert_has(text, "\"node.srv02\":{");
	assert_has(text, "\"state\":\"never-seen\"");
	assert_has(text, "\"seen\":{\"a\":");
	/* No inlet is measured, no PUE, no UPS. */
	assert_lacks(text, "\"inlet\":");
	assert_has(text, "\"pue\":null");
	assert_lacks(text, "\"power.");
	assert_lacks(text, "\"incident.");
	assert_lacks(text, "age");
	wall_free(f->c.wall);
	live_pieces_free(&p);
	buf_free(&b);
	stop(f);
}

/* While nothing happens, nothing changes. */
static void
still(void **state)
{
	(void)state;
	struct fixture *f = start(4);
	struct live_pieces one = { 0 }, two = { 0 };
	struct buf b = { 0 };
	f->c.wall = wall_new(NULL, &f->c);
	struct live_view v = { .c = &f->c,
		.arg = "az",
		.wall_ms = clock_wall_ms() / 60000 * 60000,
		.steady_ms = clock_steady_ms() };
	/* In the middle of a second of what was seen, and of the clock. */
	v.wall_ms = v.steady_ms / 60000 * 60000 + 100;
	v.steady_ms = site_node(f->c.site, "srv01")->seen_ms + v.wall_ms % 1000;
	wall_put(&v, &one);
	v.wall_ms += 250;
	v.steady_ms += 250;
	wall_put(&v, &two);
	live_pieces_sort(&one);
	live_pieces_sort(&two);
	assert_int_equal(live_pieces_change(&b, &one, &two, v.wall_ms), 0);
	wall_free(f->c.wall);
	live_pieces_free(&one);
	live_pieces_free(&two);
	buf_free(&b);
	stop(f);
}

/* A language may stand in the topic. */
static void
languages(void **state)
{
	(void)state;
	assert_true(wall_knows(NULL, ""));
	assert_true(wall_knows(NULL, "az"));
	assert_true(wall_knows(NULL, "en"));
	assert_false(wall_knows(NULL, "xx"));
	assert_false(wall_knows(NULL, "azz"));
}

/* The page is had by the token in its address, with a session; not by another, and not without. */
static void
page(void **state)
{
	(void)state;
	struct fixture *f = start(4);
	static const char get[] = "GET /wall?lang=az&distance=6&theme=light";
	char request[256];
	int fd = dial(f);
	int n =
	    snprintf(request, sizeof request, "%s&token=" TOKEN " HTTP/1.1\r\n" HOST "\r\n", get);
	assert_int_equal(send(fd, request, (size_t)n, 0), n);
	listen_to(f, fd, "</html>", 2000);
	assert_has(f->answer, "200 OK");
	assert_has(f->answer, "Set-Cookie: ");
	assert_has(f->answer, "HttpOnly; SameSite=Strict");
	assert_lacks(f->answer, "<b>site");
	assert_has(body(f), "<html lang=\"az\" data-theme=\"light\">");
	assert_has(body(f), "data-distance=\"6\"");
	close(fd);
	fd = dial(f);
	n = snprintf(
	    request, sizeof request, "%s&token=wrong-wrong-wrong HTTP/1.1\r\n" HOST "\r\n", get);
	assert_int_equal(send(fd, request, (size_t)n, 0), n);
	listen_to(f, fd, "</html>", 2000);
	assert_has(f->answer, "401 ");
	assert_lacks(f->answer, "Set-Cookie");
	close(fd);
	stop(f);
}

/* The last hour: rows of the RRD and values of now, the greatest of each minute. */
static void
trend(void **state)
{
	(void)state;
	struct fixture *f = start(4);
	struct wall_trends *t = wall_trends_new(NULL, &f->c);
	const struct zone *z = site_zone_at(f->c.site, 0);
	const int64_t now_ms = INT64_C(1800000000000) / 60000 * 60000;
	double v[WALL_MINUTES];
	char json[200];
	int n = snprintf(json, sizeof json,
	    "{\"start\":%lld,\"end\":0,\"step\":60,\"fields\":[\"x\"],\"rows\":[[21.5],[null],[23]]"
	    "}",
	    (long long)(now_ms / 1000 - 180));
	assert_int_equal(wall_trends_read(t, 0, json, (size_t)n), 0);
	wall_trends_note(t, 0, now_ms - 60000, 24);
	wall_trends_note(t, 0, now_ms - 59000, 22);
	wall_trends_note(t, 0, now_ms, 40); /* the minute that is under way */
	assert_int_equal(wall_trends_of(t, z, now_ms + 1000, v), now_ms);
	assert_true(isnan(v[0]));
	assert_float_equal(v[WALL_MINUTES - 4], 21.5, 1e-9);
	assert_true(isnan(v[WALL_MINUTES - 3]));
	assert_float_equal(v[WALL_MINUTES - 2], 23, 1e-9);
	assert_float_equal(v[WALL_MINUTES - 1], 24, 1e-9);
	/* An hour later all of it is past. */
	wall_trends_of(t, z, now_ms + 3700000, v);
	for (size_t i = 0; i < WALL_MINUTES; i++)
		assert_true(isnan(v[i]));
	static const char *const bad[] = { "", "{}", "{\"start\":1,\"step\":60}",
		"{\"start\":1,\"step\":0,\"rows\":[]}",
		"{\"start\":-5,\"step\":60,\"rows\":[[1]]}" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(wall_trends_read(t, 0, bad[i], strlen(bad[i])), -1);
	assert_int_equal(wall_trends_read(t, 7, json, (size_t)n), -1);
	wall_trends_free(t);
	stop(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces),
		cmocka_unit_test(still),
		cmocka_unit_test(languages),
		cmocka_unit_test(page),
		cmocka_unit_test(trend),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

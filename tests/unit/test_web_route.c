/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* Requests taken apart, rows found, what tokens and hosts prove, JSON and HTML that no text from
 * outside can break. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/web/auth.h"
#include "collector/web/pages/html.h"
#include "zw/json.h"
#include "collector/web/route.h"

/* These handlers are never called here; graph.c and status.c want the rest of the collector. */
#include "fake_collector.h"

/* Good targets come apart. */
static void
targets(void **state)
{
	(void)state;
	struct request rq;
	struct err e;
	assert_int_equal(request_parse(&rq, REQUEST_GET, "/", &e), 0);
	assert_int_equal(rq.nsegments, 0);
	assert_int_equal(request_parse(&rq, REQUEST_GET,
			     "/api//v1/nodes/sr%76-01/?a=1&b=x+y%20z&c&d=%C9%99&=v&a=2#frag", &e),
	    0);
	assert_int_equal(rq.nsegments, 4);
	assert_string_equal(rq.segments[3], "srv-01");
	assert_string_equal(request_param(&rq, "a"), "1");
	assert_string_equal(request_param(&rq, "b"), "x y z");
	assert_string_equal(request_param(&rq, "c"), "");
	assert_string_equal(request_param(&rq, "d"), "ə");
	assert_string_equal(request_param(&rq, ""), "v");
	assert_null(request_param(&rq, "e"));
	assert_true(request_is_api(&rq));
	assert_int_equal(request_add_form(&rq, "token=abc&x=%41", 15, &e), 0);
	assert_string_equal(request_param(&rq, "token"), "abc");
	assert_string_equal(request_param(&rq, "x"), "A");
}

/* Bad ones are refused with a reason. */
static void
bad_targets(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "nodes", "http://x/", "/%", "/%4", "/%zz", "/%00",
		"/a%0d%0ab", "/%ff", "/..", "/a/../b", "/%2e%2e/x", "/a%2fb", "/?a=%0a", "/?%c3=1",
		"/1/2/3/4/5/6/7/8/9", "/%ed%a0%80", "/?a=%7f" };
	struct request rq;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err e = { "" };
		assert_int_equal(request_parse(&rq, REQUEST_GET, bad[i], &e), -1);
		assert_string_not_equal(e.msg, "");
	}
	static char large[REQUEST_MAX_TARGET + 2];
	memset(large, 'a', sizeof large - 1);
	large[0] = '/';
	struct err e;
	assert_int_equal(request_parse(&rq, REQUEST_GET, large, &e), -1);
	large[REQUEST_MAX_TARGET] = '\0';
	assert_int_equal(request_parse(&rq, REQUEST_GET, large, &e), 0);
	/* One parameter more than fit. */
	char many[4 * REQUEST_MAX_PARAMS + 8] = "/?";
	for (int i = 0; i <= REQUEST_MAX_PARAMS; i++)
		strcat(many, "a=&");
	assert_int_equal(request_parse(&rq, REQUEST_GET, many, &e), -1);
}

/* Finds the row of a target. */
static const struct route *
find(enum request_method method, const char *target, bool *method_only)
{
	static struct request rq;
	struct err e;
	assert_int_equal(request_parse(&rq, method, target, &e), 0);
	const struct route *r = route_find(&rq, method_only);
	if (r != NULL && rq.name != NULL)
		assert_string_equal(rq.name, "srv07");
	return r;
}

/* Rows are found by path and method; all else is not. */
static void
rows(void **state)
{
	(void)state;
	bool method_only;
	assert_string_equal(find(REQUEST_GET, "/", &method_only)->pattern, "/");
	assert_string_equal(find(REQUEST_GET, "/api/v1/nodes/srv07?x=1", &method_only)->pattern,
	    "/api/v1/nodes/{}");
	assert_string_equal(find(REQUEST_GET, "/node/srv07", &method_only)->pattern, "/node/{}");
	assert_null(find(REQUEST_GET, "/node", &method_only));
	assert_false(method_only);
	assert_null(find(REQUEST_GET, "/api/v1/nodesx", &method_only));
	assert_null(find(REQUEST_GET, "/api/v1/nodes/a/b", &method_only));
	assert_null(find(REQUEST_GET, "/api/v1/flush", &method_only));
	assert_true(method_only);
	assert_int_equal(find(REQUEST_POST, "/api/v1/flush", &method_only)->role, WHO_OPERATOR);
	assert_null(find(REQUEST_POST, "/api/v1/nodes", &method_only));
	assert_true(method_only);
}

/* Whether a path is one of these. */
static bool
among(const char *const *list, const char *pattern)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, pattern) == 0)
			return true;
	return false;
}

/* Whatever changes something needs an operator, but what is one's own, and questions as forms; only
 * sign-in, assets and what a browser keeps for itself are open. */
static void
roles(void **state)
{
	(void)state;
	static const char *const open[] = { "/login", "/assets/{}", "/language/{}", "/theme/{}",
		"/wall", "/healthz", NULL };
	static const char *const own[] = { "/logout", "/account", "/account/password",
		"/account/sessions", "/render", "/metrics/find", NULL };
	const struct route_table *tables[] = { &api_routes, &page_routes };
	for (size_t t = 0; t < 2; t++) {
		for (size_t i = 0; i < tables[t]->n; i++) {
			const struct route *r = &tables[t]->rows[i];
			assert_int_equal(r->role == WHO_NOBODY, among(open, r->pattern));
			if (r->method == REQUEST_POST && !among(open, r->pattern))
				assert_true(r->role >= WHO_OPERATOR || among(own, r->pattern));
			if (strstr(r->pattern, "user") != NULL || strstr(r->pattern, "token"))
				assert_int_equal(r->role, WHO_ADMIN);
			assert_non_null(r->help);
		}
	}
}

/* What the headers hold. */
static void
proofs(void **state)
{
	(void)state;
	static const char t[] = "0123456789abcdef";
	static const struct {
		const char *authorization;
		const char *cookie;
		const char *token;
		const char *key;
	} rows[] = {
		{ NULL, NULL, NULL, NULL },
		{ "Bearer 0123456789abcdef", NULL, "0123456789abcdef", NULL },
		{ "bearer  0123456789abcdef", NULL, "0123456789abcdef", NULL },
		{ "Bearer ", NULL, NULL, NULL },
		{ "Bearer", NULL, NULL, NULL },
		{ "Basic 0123456789abcdef", NULL, NULL, NULL },
		{ "", "", NULL, NULL },
		{ NULL, "zonewatch=0123456789abcdef", NULL, "0123456789abcdef" },
		{ NULL, "a=b; zonewatch=0123; c=d", NULL, "0123" },
		{ NULL, "xzonewatch=0123456789abcdef", NULL, NULL },
		{ NULL, "zonewatch=", NULL, NULL },
		{ NULL, "; ;;", NULL, NULL },
		{ "Bearer x", "zonewatch=y", "x", "y" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *cookie = rows[i].cookie, *token = auth_bearer(rows[i].authorization);
		size_t n;
		const char *key = auth_cookie(&cookie, &n);
		assert_int_equal(token == NULL, rows[i].token == NULL);
		if (token != NULL)
			assert_string_equal(token, rows[i].token);
		assert_int_equal(key == NULL, rows[i].key == NULL);
		if (key != NULL) {
			assert_int_equal(n, strlen(rows[i].key));
			assert_memory_equal(key, rows[i].key, n);
			assert_null(auth_cookie(&cookie, &n));
		}
	}
	struct err e;
	assert_int_equal(auth_check_token(t, &e), 0);
	assert_int_equal(auth_check_token("short", &e), -1);
	assert_int_equal(auth_check_token("0123456789abcdef;x", &e), -1);
}

/* Only our own names are answered. */
static void
hosts(void **state)
{
	(void)state;
	struct auth_hosts h;
	auth_hosts_init(&h, "[2001:db8::7]:7480", "https://Watch.example.az:8443/x");
	static const char *const good[] = { "127.0.0.1", "127.0.0.1:7480", "localhost:1",
		"LocalHost", "[::1]:7480", "[2001:DB8::7]:7480", "watch.example.az",
		"watch.example.az:8443" };
	static const char *const bad[] = { "", ":80", "evil.example", "127.0.0.1.evil.example",
		"localhost@evil.example", "localhost:80/x", "[::1", "[::1]x", "localhost:999999",
		"watch.example.az.", "a watch.example.az" };
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(auth_host_known(&h, good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(auth_host_known(&h, bad[i]));
	assert_false(auth_host_known(&h, NULL));
	auth_hosts_clear(&h);
}

/* JSON from anything. */
static void
json(void **state)
{
	(void)state;
	struct buf b = { 0 };
	struct json j = json_over(&b);
	json_object(&j, NULL);
	json_text(&j, "t",
	    "a\"\\\n\x7f<\xff"
	    "é\xc2\x9b");
	json_text(&j, "n", NULL);
	json_array(&j, "v");
	json_number(&j, NULL, 0.1);
	json_number(&j, NULL, NAN);
	json_number(&j, NULL, -INFINITY);
	json_number(&j, NULL, 1e300);
	json_int(&j, NULL, INT64_MIN);
	json_uint(&j, NULL, UINT64_MAX);
	json_flag(&j, NULL, true);
	json_end(&j);
	json_object(&j, "o");
	json_end(&j);
	json_end(&j);
	buf_u8(&b, '\0');
	assert_string_equal((char *)b.data,
	    "{\"t\":\"a\\\"\\\\\\u000a\\u007f<\\ufffdé\\u009b\",\"n\":null,"
	    "\"v\":[0.1,null,null,1e+300,-9223372036854775808,18446744073709551615,true],"
	    "\"o\":{}}\n");
	buf_free(&b);
}

/* HTML from anything. */
static void
html(void **state)
{
	(void)state;
	struct buf b = { 0 };
	html_text(&b, "<script>\"'&\x01\xc3(é");
	html_raw(&b, "|");
	html_query(&b, "a b/c&\"<é");
	html_raw(&b, "|");
	html_textf(&b, "%s", "<");
	buf_u8(&b, '\0');
	assert_string_equal((char *)b.data,
	    "&lt;script&gt;&quot;&#39;&amp;\xef\xbf\xbd\xef\xbf\xbd(é|a%20b/c%26%22%3C%C3%A9|&lt;");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(bad_targets),
		cmocka_unit_test(rows),
		cmocka_unit_test(roles),
		cmocka_unit_test(proofs),
		cmocka_unit_test(hosts),
		cmocka_unit_test(json),
		cmocka_unit_test(html),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* Long answers in parts, over real sockets and with routes of its own: whole, no faster than the
 * client reads, and freed once however they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_collector.h"
#include "web_fixture.h"
#include "collector/web/route.h"

#define PART 32768

/* An answer that is being made. */
static struct {
	int left;
	int made;
	int freed;
} parts;

/* The next part of the answer. */
static bool
more(void *arg, struct buf *b)
{
	assert_ptr_equal(arg, &parts);
	assert_true(parts.left > 0);
	/* One that has nothing this time does not end it. */
	if (parts.made++ != 1)
		memset(buf_extend(b, PART), 'a' + parts.made % 26, PART);
	return --parts.left > 0;
}

/* Counts how often it is freed. */
static void
more_free(void *arg)
{
	assert_ptr_equal(arg, &parts);
	parts.freed++;
}

/* An answer of as many parts as the address says. */
static int
serve_parts(const struct collector *c, const struct request *rq, struct reply *re)
{
	(void)c;
	parts.left = atoi(rq->name);
	parts.made = 0;
	parts.freed = 0;
	re->type = REPLY_CSV;
	buf_put(&re->body, "head\n", 5);
	strcpy(re->filename, "hər \"şey\".csv");
	re->more = more;
	re->more_arg = &parts;
	re->more_free = more_free;
	return 200;
}

/* A body that is too large to be made small at once. */
static int
serve_large(const struct collector *c, const struct request *rq, struct reply *re)
{
	(void)c;
	(void)rq;
	re->type = REPLY_TEXT;
	for (int i = 0; i < 40; i++)
		memset(buf_extend(&re->body, PART), 'a' + i % 26, PART);
	return 200;
}

static const struct route rows[] = {
	{ REQUEST_GET, "/parts/{}", serve_parts, WHO_VIEWER, "", NULL, NULL },
	{ REQUEST_GET, "/large", serve_large, WHO_VIEWER, "", NULL, NULL },
};
/* Instead of those of the program, which the linker then leaves out. */
const struct route_table api_routes = { rows, 2 };
const struct route_table page_routes = { rows, 0 };

/* As ask(), but without closing the own half: who does that has left, for evhttp. */
static int
fetch(struct fixture *f, const char *request)
{
	int fd = dial(f);
	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	listen_to(f, fd, NULL, 5000);
	close(fd);
	return f->n > 12 ? atoi(f->answer + 9) : -1;
}

/* The chunks of the last answer's body, joined: their bytes, and whether the last was there. */
static size_t
joined(const struct fixture *f, char *out, bool *whole)
{
	const char *p = body(f), *end = f->answer + f->n;
	size_t n = 0, chunk;
	*whole = false;
	while (p < end && sscanf(p, "%zx", &chunk) == 1) {
		p = strstr(p, "\r\n") + 2;
		*whole = chunk == 0;
		if (chunk == 0 || p + chunk > end)
			break;
		memcpy(out + n, p, chunk);
		n += chunk;
		p += chunk + 2;
	}
	return n;
}

/* It comes whole, under a name that every browser can write. */
static void
wholes(void **state)
{
	static char out[1 << 20];
	bool whole;
	(void)state;
	struct fixture *f = start(8);
	assert_int_equal(
	    fetch(f, "GET /parts/20 HTTP/1.1\r\n" HOST BEARER "Connection: close\r\n\r\n"), 200);
	assert_has(f->answer, "Transfer-Encoding: chunked\r\n");
	assert_has(f->answer, "Content-Disposition: attachment; filename=\"h_r __ey_.csv\"; "
			      "filename*=UTF-8''h%C9%99r%20%22%C5%9Fey%22.csv\r\n");
	assert_lacks(f->answer, "ETag");
	assert_int_equal(joined(f, out, &whole), 5 + 19 * PART);
	assert_true(whole);
	assert_memory_equal(out, "head\nb", 6);
	assert_int_equal(out[5 + 19 * PART - 1], 'a' + 20);
	assert_int_equal(parts.freed, 1);
	/* HEAD makes nothing. */
	assert_int_equal(
	    fetch(f, "HEAD /parts/20 HTTP/1.1\r\n" HOST BEARER "Connection: close\r\n\r\n"), 200);
	assert_string_equal(body(f), "");
	assert_int_equal(parts.made, 0);
	assert_int_equal(parts.freed, 1);
	/* HTTP/1.0 knows no chunks. */
	assert_int_equal(fetch(f, "GET /parts/3 HTTP/1.0\r\n" HOST BEARER "\r\n"), 200);
	assert_lacks(f->answer, "chunked");
	assert_int_equal(f->n - (size_t)(body(f) - f->answer), 5 + 2 * PART);
	stop(f);
}

/* It is made smaller, in parts and at once. */
static void
small(void **state)
{
	static char out[1 << 20];
	bool whole;
	(void)state;
	struct fixture *f = start(8);
	static const char *const paths[] = { "/parts/30", "/large" };
	for (int i = 0; i < 2; i++) {
		char request[256];
		snprintf(request, sizeof request,
		    "GET %s HTTP/1.1\r\n" HOST BEARER
		    "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n",
		    paths[i]);
		assert_int_equal(fetch(f, request), 200);
		assert_has(f->answer, "Content-Encoding: gzip\r\n");
		size_t n = joined(f, out, &whole);
		assert_true(whole);
		assert_in_range(n, 100, 20000);
		assert_memory_equal(out, "\x1f\x8b", 2);
		/* The last four bytes are the length of it all (RFC 1952, 2.3.1). */
		size_t length = 0;
		for (size_t k = 0; k < 4; k++)
			length |= (size_t)(unsigned char)out[n - 4 + k] << 8 * k;
		assert_int_equal(length, i == 0 ? 5 + 29 * PART : 40 * PART);
	}
	stop(f);
}

/* One who does not read is not written for; one who leaves ends it. */
static void
slow(void **state)
{
	(void)state;
	struct fixture *f = start(8);
	const char *rq = "GET /parts/1000000 HTTP/1.1\r\n" HOST BEARER "\r\n";
	int fd = dial(f);
	send(fd, rq, strlen(rq), 0);
	int64_t end = clock_mono_ms() + 1500;
	while (clock_mono_ms() < end)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	int made = parts.made;
	assert_in_range(made, 2, 2000); /* what the kernel's buffers take */
	end = clock_mono_ms() + 300;
	while (clock_mono_ms() < end)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(parts.made, made);
	assert_int_equal(parts.freed, 0);
	close(fd);
	end = clock_mono_ms() + 2000;
	while (parts.freed == 0 && clock_mono_ms() < end)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(parts.freed, 1);
	/* And the server's end. */
	fd = dial(f);
	send(fd, rq, strlen(rq), 0);
	listen_to(f, fd, "head", 1000);
	assert_int_equal(parts.freed, 0);
	stop(f);
	assert_int_equal(parts.freed, 1);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wholes),
		cmocka_unit_test(small),
		cmocka_unit_test(slow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which address comes next: in order, all of them, again after a wait that grows and jitters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "zw/clock.h"
#include "zw/dial.h"
#include "zw/str.h"

#define SEEN 16

struct seen {
	struct event_base *base;
	struct dial *dial;
	unsigned n;
	unsigned stop_at;
	unsigned failures;
	bool keep; /* do not ask for the next */
	char what[SEEN][300];
	int64_t at_ms[SEEN];
};

static void
see(struct seen *s, const char *what)
{
	if (s->n < SEEN) {
		str_copy(s->what[s->n], sizeof s->what[0], what);
		s->at_ms[s->n++] = clock_mono_ms();
	}
	if (s->n == s->stop_at)
		event_base_loopbreak(s->base);
}

static void
on_address(void *arg, const struct sockaddr *sa, unsigned len, const char *host)
{
	struct seen *s = arg;
	char addr[64], port[8], text[300];

	assert_int_equal(getnameinfo(sa, len, addr, sizeof addr, port, sizeof port,
			     NI_NUMERICHOST | NI_NUMERICSERV),
	    0);
	assert_int_equal(str_format(text, sizeof text, "%s %s %s", host, addr, port), 0);
	see(s, text);
	if (!s->keep)
		dial_next(s->dial);
}

static void
on_failed(void *arg, const char *target, const char *why)
{
	struct seen *s = arg;

	assert_true(why[0] != '\0');
	s->failures++;
	see(s, target);
}

static const struct dial_ops ops = { .address = on_address, .failed = on_failed };

static void
run(struct seen *s, char **targets, size_t n, unsigned stop_at)
{
	struct conf_texts texts = { .v = targets, .n = n };
	struct timeval limit = { .tv_sec = 8 };

	s->base = event_base_new();
	s->stop_at = stop_at;
	s->dial = dial_new(s->base, &texts, &ops, s);
	dial_next(s->dial);
	event_base_loopexit(s->base, &limit);
	event_base_dispatch(s->base);
	dial_free(s->dial);
	event_base_free(s->base);
}

static void
test_targets_come_in_order_and_again(void **state)
{
	struct seen s = { 0 };
	char a[] = "127.0.0.1:1", b[] = "[::1]:2", c[] = "no port", d[] = "192.0.2.1:3";
	char *targets[] = { a, b, c, d };

	(void)state;
	run(&s, targets, 4, 8);
	assert_int_equal(s.n, 8);
	assert_string_equal(s.what[0], "127.0.0.1 127.0.0.1 1");
	assert_string_equal(s.what[1], "::1 ::1 2");
	assert_string_equal(s.what[2], "no port");
	assert_string_equal(s.what[3], "192.0.2.1 192.0.2.1 3");
	assert_string_equal(s.what[4], s.what[0]);
	assert_string_equal(s.what[7], s.what[3]);
	assert_int_equal(s.failures, 2);
	/* At once within the list, a wait before it begins again. */
	assert_true(s.at_ms[3] - s.at_ms[0] < 200);
	assert_in_range(s.at_ms[4] - s.at_ms[3], 40, 700);
}

static void
test_names_are_resolved_beside_the_loop(void **state)
{
	struct seen s = { 0 };
	char a[] = "localhost:7481", b[] = "host.invalid:1", c[] = "127.0.0.1:9";
	char *targets[] = { a, b, c };

	(void)state;
	run(&s, targets, 3, 6);
	assert_true(strncmp(s.what[0], "localhost ", 10) == 0);
	assert_non_null(strstr(s.what[0], " 7481"));
	assert_true(s.failures >= 1);
	bool passed = false;
	for (unsigned i = 0; i < s.n; i++)
		passed |= strcmp(s.what[i], "127.0.0.1 127.0.0.1 9") == 0;
	assert_true(passed);
}

/* Freeing it while a name is on its way neither waits nor crashes. */
static void
test_freed_in_the_middle(void **state)
{
	struct seen s = { .base = event_base_new() };
	char a[] = "localhost:1";
	char *targets[] = { a };
	struct conf_texts texts = { .v = targets, .n = 1 };

	(void)state;
	s.dial = dial_new(s.base, &texts, &ops, &s);
	dial_next(s.dial);
	event_base_loop(s.base, EVLOOP_ONCE);
	dial_free(s.dial);
	event_base_free(s.base);
	dial_free(NULL);
}

static void
test_waits_grow_and_jitter(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		int64_t least = dial_wait_ms(round, 0);
		int64_t most = dial_wait_ms(round, UINT32_MAX);
		int64_t cap = round < 4 ? 500 << round : 8000;
		assert_in_range(least, 1, 100);
		assert_in_range(most, cap - 2, cap);
		assert_in_range(dial_wait_ms(round, UINT32_MAX / 2), cap / 2 - 30, cap / 2 + 30);
	}
}

/* Of twins, and for how long. */
static void
test_rest_is_long_and_jitters(void **state)
{
	(void)state;
	assert_int_equal(dial_rest_ms(0), 60000);
	assert_in_range(dial_rest_ms(UINT32_MAX), 299990, 300000);
	assert_in_range(dial_rest_ms(UINT32_MAX / 2), 179990, 180000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets_come_in_order_and_again),
		cmocka_unit_test(test_names_are_resolved_beside_the_loop),
		cmocka_unit_test(test_freed_in_the_middle),
		cmocka_unit_test(test_waits_grow_and_jitter),
		cmocka_unit_test(test_rest_is_long_and_jitters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

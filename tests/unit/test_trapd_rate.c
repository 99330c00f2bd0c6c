/* link: zwsnmp */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trapd_rate: a source gets its rate and burst; forged sources push no honest one out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "agent/gateway/trapd_rate.h"

static struct sockaddr_storage
v4(uint32_t address)
{
	struct sockaddr_storage s = { 0 };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };

	memcpy(&s, &a, sizeof a);
	return s;
}

static struct sockaddr_storage
v6(uint8_t first, uint32_t last, int mapped)
{
	struct sockaddr_storage s = { 0 };
	struct sockaddr_in6 a = { .sin6_family = AF_INET6 };

	last = htonl(last);
	a.sin6_addr.s6_addr[0] = first;
	if (mapped)
		memset(a.sin6_addr.s6_addr + 10, 0xff, 2);
	memcpy(a.sin6_addr.s6_addr + 12, &last, 4);
	memcpy(&s, &a, sizeof a);
	return s;
}

/* How many of n messages at this time pass. */
static unsigned
pass(struct trapd_rate *r, struct sockaddr_storage from, int64_t now_ms, unsigned n)
{
	unsigned passed = 0;

	while (n-- > 0)
		passed += trapd_rate_pass(r, (struct sockaddr *)&from, now_ms);
	return passed;
}

static void
trust(struct trapd_rate *r, struct sockaddr_storage from, int64_t now_ms)
{
	trapd_rate_trust(r, (struct sockaddr *)&from, now_ms);
}

static void
test_rate_and_burst(void **state)
{
	struct trapd_rate *r = trapd_rate_new(10, 30, 1);

	(void)state;
	assert_int_equal(pass(r, v4(1), 1000, 100), 30);
	assert_int_equal(pass(r, v4(1), 1050, 100), 0);
	assert_int_equal(pass(r, v4(1), 1100, 100), 1);
	assert_int_equal(pass(r, v4(1), 2100, 100), 10);
	assert_int_equal(pass(r, v4(1), 3600000, 100), 30);
	assert_int_equal(pass(r, v4(1), 3500000, 100), 0); /* a clock that goes back gives none */
	trapd_rate_free(r);
	trapd_rate_free(NULL);
}

static void
test_trust_gives_no_second_burst(void **state)
{
	struct trapd_rate *r = trapd_rate_new(10, 30, 2);

	(void)state;
	assert_int_equal(pass(r, v4(1), 1000, 29), 29);
	trust(r, v4(1), 1000);
	assert_int_equal(pass(r, v4(1), 1000, 100), 1);
	assert_int_equal(pass(r, v6(0, 1, 1), 1000, 100), 0); /* the same address */
	assert_true(pass(r, v6(0x20, 1, 0), 1000, 100) > 0);  /* another one */
	trapd_rate_free(r);
}

static void
test_forged_sources_push_nobody_out(void **state)
{
	struct trapd_rate *r = trapd_rate_new(10, 30, 3);
	unsigned forged = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		trust(r, v4(0x0a000000 + i), 1000);
	/* a minute of 100,000 a second, each of another address */
	for (uint32_t ms = 0; ms < 60000; ms += 10) {
		for (uint32_t i = 0; i < 1000; i++)
			forged += pass(r, v4(0xc0000000 + ms * 100 + i), 2000 + ms, 1);
		if (ms % 1000 == 0)
			for (uint32_t i = 0; i < 1000; i += 100)
				assert_int_equal(pass(r, v4(0x0a000000 + i), 2000 + ms, 5), 5);
	}
	assert_in_range(forged, 1000, 1000 * 62); /* bounded in all */
	trapd_rate_free(r);
}

static void
test_forged_trust_pushes_nobody_out(void **state)
{
	struct trapd_rate *r = trapd_rate_new(1, 20, 4);
	unsigned kept = 0;

	(void)state;
	for (uint32_t i = 0; i < 500; i++)
		trust(r, v4(0x0a000000 + i), 1000);
	for (uint32_t i = 0; i < 500; i++)
		(void)pass(r, v4(0x0a000000 + i), 1000, 20);
	/* with the right community: they fill the table, and only what was silent for long goes */
	for (uint32_t i = 0; i < 100000; i++)
		trust(r, v4(0xc0000000 + i), 2000);
	/* an own bucket has one token again; a shared one would be as empty, or full */
	for (uint32_t i = 0; i < 500; i++)
		kept += pass(r, v4(0x0a000000 + i), 2000, 20) == 1;
	assert_true(kept >= 495);
	trapd_rate_free(r);
}

static void
test_silent_sources_make_room(void **state)
{
	struct trapd_rate *r = trapd_rate_new(5, 5, 5);

	(void)state;
	for (uint32_t i = 0; i < 100000; i++)
		trust(r, v4(0xc0000000 + i), 1000);
	trust(r, v4(7), 1000 + 11 * 60000);
	assert_int_equal(pass(r, v4(7), 1000 + 11 * 60000, 9), 5);
	/* the unknown ones' bucket is empty: it passes by its own */
	for (uint32_t i = 0; i < 5000; i++)
		(void)pass(r, v4(0xd0000000 + i), 1000 + 12 * 60000, 1);
	assert_int_equal(pass(r, v4(7), 1000 + 12 * 60000, 9), 5);
	assert_int_equal(pass(r, v4(8), 1000 + 12 * 60000, 9), 0);
	trapd_rate_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate_and_burst),
		cmocka_unit_test(test_trust_gives_no_second_burst),
		cmocka_unit_test(test_forged_sources_push_nobody_out),
		cmocka_unit_test(test_forged_trust_pushes_nobody_out),
		cmocka_unit_test(test_silent_sources_make_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwenroll */
/* How often strangers may ask, in virtual time: by address, by network of IPv6, in all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "collector/enroll/rate.h"

#define T0 INT64_C(5000000)

/* How many of n may pass. */
static unsigned
pass(struct rate *r, const char *peer, unsigned n, int64_t now_ms)
{
	unsigned passed = 0;

	for (unsigned i = 0; i < n; i++)
		passed += rate_pass(r, peer, now_ms);
	return passed;
}

/* Five at once, then one each twelve seconds; the port does not matter. */
static void
test_address(void **state)
{
	struct rate r;

	(void)state;
	rate_init(&r);
	assert_int_equal(pass(&r, "192.0.2.7:4000", 3, T0), 3);
	assert_int_equal(pass(&r, "192.0.2.7:4001", 9, T0), 2);
	assert_int_equal(pass(&r, "192.0.2.8:4000", 1, T0), 1);
	assert_int_equal(pass(&r, "192.0.2.7:4002", 2, T0 + 11999), 0);
	assert_int_equal(pass(&r, "192.0.2.7:4002", 2, T0 + 12000), 1);
	assert_int_equal(pass(&r, "192.0.2.7:4002", 9, T0 + 3600000), 5);
	/* A clock that goes back gives nothing, and takes nothing. */
	assert_int_equal(pass(&r, "192.0.2.7:4002", 1, T0), 0);
}

/* A network of 64 bits is one; an address within another is not. */
static void
test_networks(void **state)
{
	struct rate r;
	char peer[64];
	unsigned passed = 0;

	(void)state;
	rate_init(&r);
	for (unsigned i = 1; i < 20; i++) {
		snprintf(peer, sizeof peer, "[2001:db8:1:2::%x]:7", i);
		passed += rate_pass(&r, peer, T0);
	}
	assert_int_equal(passed, 5);
	assert_int_equal(pass(&r, "[2001:db8:1:3::1]:7", 1, T0), 1);
	assert_int_equal(pass(&r, "[fe80::1%eth0]:7", 9, T0), 5);
	assert_int_equal(pass(&r, "?", 9, T0), 5);
}

/* Thirty of all, however many addresses; what was right is given back. */
static void
test_all(void **state)
{
	struct rate r;
	char peer[64];
	unsigned passed = 0;

	(void)state;
	rate_init(&r);
	for (unsigned i = 0; i < 300; i++) {
		snprintf(peer, sizeof peer, "10.0.%u.%u:7", i / 250, i % 250 + 1);
		passed += rate_pass(&r, peer, T0);
	}
	assert_int_equal(passed, 30);
	rate_give_back(&r);
	assert_true(rate_pass(&r, "10.9.0.1:7", T0));
	assert_false(rate_pass(&r, "10.9.0.2:7", T0));
	assert_true(rate_pass(&r, "10.9.0.3:7", T0 + 2000));
	for (unsigned i = 0; i < 100; i++)
		rate_give_back(&r);
	passed = 0;
	for (unsigned i = 0; i < 100; i++) {
		snprintf(peer, sizeof peer, "10.8.0.%u:7", i + 1);
		passed += rate_pass(&r, peer, T0 + 2000);
	}
	assert_int_equal(passed, 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwgateway */
/* Counters and up-times of SNMP agents: wraps, restarts, and that nothing ever makes a spike. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/gateway/counter.h"
#include "agent/gateway/uptime.h"

#define WRAP_32 (UINT64_C(1) << 32)

/* A counter that grows evenly goes through its wrap without a step. */
static void
test_wrap(void **state)
{
	struct counter c = { 0 };
	double last = NAN;
	(void)state;
	for (uint64_t raw = WRAP_32 - 5500; raw < WRAP_32 + 5500; raw += 1000) {
		double total = counter_take(&c, raw % WRAP_32, 32, false);
		if (!isnan(last))
			assert_true(total - last == 1000);
		last = total;
	}
}

/* Several wraps add up. */
static void
test_wraps(void **state)
{
	struct counter c = { 0 };
	uint64_t raw = 0;
	(void)state;
	counter_take(&c, raw, 32, false);
	for (unsigned i = 0; i < 100; i++) {
		raw += UINT64_C(1) << 30;
		double total = counter_take(&c, raw % WRAP_32, 32, false);
		assert_true(total == (double)raw);
	}
}

/* A counter that was cleared far from its end is unknown once, then goes on. */
static void
test_cleared(void **state)
{
	struct counter c = { 0 };
	(void)state;
	counter_take(&c, 3000000000u, 32, false);
	counter_take(&c, 3000001000u, 32, false);
	assert_true(isnan(counter_take(&c, 10, 32, false)));
	assert_true(counter_take(&c, 1010, 32, false) == 1010);
}

/* Nor is one believed that was cleared near its end, to a value that its pace does not explain. */
static void
test_cleared_near_the_end(void **state)
{
	struct counter c = { 0 };
	(void)state;
	counter_take(&c, WRAP_32 - 2000, 32, false);
	counter_take(&c, WRAP_32 - 1000, 32, false);
	assert_true(isnan(counter_take(&c, 1000000, 32, false)));
}

/* The first growth is not known yet, so a wrap right then is not either. */
static void
test_wrap_at_once(void **state)
{
	struct counter c = { 0 };
	(void)state;
	counter_take(&c, WRAP_32 - 10, 32, false);
	assert_true(isnan(counter_take(&c, 10, 32, false)));
}

/* 64 bits never wrap: backwards is a restart. */
static void
test_64(void **state)
{
	struct counter c = { 0 };
	(void)state;
	counter_take(&c, UINT64_MAX - 10, 64, false);
	counter_take(&c, UINT64_MAX - 5, 64, false);
	assert_true(isnan(counter_take(&c, 3, 64, false)));
	assert_true(counter_take(&c, 5, 64, false) == 5);
}

/* A restart that the agent told is one even if the counter is ahead already. */
static void
test_restarted(void **state)
{
	struct counter c = { 0 };
	(void)state;
	counter_take(&c, 1000, 64, false);
	assert_true(isnan(counter_take(&c, 900000, 64, true)));
	assert_true(counter_take(&c, 900010, 64, false) == 900010);
}

/* An agent says 0 for a moment, as with an empty cache: neither the way down nor the way up counts.
 */
static void
test_stumbles(void **state)
{
	static const unsigned bits[] = { 32, 64 };
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct counter c = { 0 };
		counter_take(&c, 3000000000u, bits[i], false);
		counter_take(&c, 3000001000u, bits[i], false);
		assert_true(isnan(counter_take(&c, 0, bits[i], false)));
		counter_take(&c, 0, bits[i], false);
		assert_true(isnan(counter_take(&c, 3000004000u, bits[i], false)));
		assert_true(counter_take(&c, 3000005000u, bits[i], false) == 3000005000.0);
	}
}

/* One that leaps beyond all that anything counts, and back. */
static void
test_leaps(void **state)
{
	struct counter c = { 0 };
	(void)state;
	counter_take(&c, 1000, 64, false);
	assert_true(isnan(counter_take(&c, UINT64_C(1) << 60, 64, false)));
	assert_true(isnan(counter_take(&c, 3000, 64, false)));
	assert_true(counter_take(&c, 4000, 64, false) == 4000);
}

/* Time goes on, a minute at a time. */
static void
test_uptime_on(void **state)
{
	struct uptime u = { 0 };
	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		assert_false(uptime_take(&u, i * 6000, (int64_t)i * 60000));
	assert_true(fabs(uptime_s(&u) - 99 * 60) < 1e-9);
}

/* 497 days are a wrap, not a restart. */
static void
test_uptime_wraps(void **state)
{
	struct uptime u = { 0 };
	(void)state;
	assert_false(uptime_take(&u, UINT32_MAX - 500, 1000000));
	assert_false(uptime_take(&u, 499, 1010000));
	assert_true(fabs(uptime_s(&u) - (4294967296.0 + 499) / 100) < 1e-6);
}

/* A restart is one, also of an agent that was up for nearly 497 days, and after a long silence. */
static void
test_uptime_restarts(void **state)
{
	struct uptime u = { 0 };
	(void)state;
	assert_false(uptime_take(&u, 100000, 0));
	assert_true(uptime_take(&u, 200, 10000));
	assert_true(fabs(uptime_s(&u) - 2) < 1e-9);
	u = (struct uptime){ 0 };
	assert_false(uptime_take(&u, UINT32_MAX - 60 * 60 * 100, 0));
	assert_true(uptime_take(&u, 3000, 60000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_wraps),
		cmocka_unit_test(test_cleared),
		cmocka_unit_test(test_cleared_near_the_end),
		cmocka_unit_test(test_wrap_at_once),
		cmocka_unit_test(test_64),
		cmocka_unit_test(test_restarted),
		cmocka_unit_test(test_stumbles),
		cmocka_unit_test(test_leaps),
		cmocka_unit_test(test_uptime_on),
		cmocka_unit_test(test_uptime_wraps),
		cmocka_unit_test(test_uptime_restarts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

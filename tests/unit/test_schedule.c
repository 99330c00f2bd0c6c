/* link: zwagent */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schedule in virtual time: aligned stamps, none twice, clocks that are set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/schedule.h"

#define T0 1795306860000 /* a multiple of 10 s */

/* Sleeps and asks until the next sample; *now moves on. */
static struct schedule_turn
next_sample(struct schedule *s, int64_t *now)
{
	for (unsigned i = 0; i < 100; i++) {
		struct schedule_turn t = schedule_turn(s, *now);
		assert_true(t.wait_ms > 0 && t.wait_ms <= s->step_ms);
		if (t.sample)
			return t;
		*now += t.wait_ms;
	}
	fail();
	return (struct schedule_turn){ 0 };
}

/* Every multiple of the step once. */
static void
steady(void **state)
{
	(void)state;
	struct schedule s;
	int64_t now = T0 + 1234;
	schedule_start(&s, 10000, now, 1000, 0);
	for (int64_t i = 1; i <= 5; i++) {
		struct schedule_turn t = next_sample(&s, &now);
		assert_int_equal(t.stamp_ms, T0 + i * 10000);
		assert_int_equal(t.missed, 0);
		assert_int_equal(t.back_ms, 0);
		now += 7;
	}
}

/* Not at a multiple that is too near; and at one exactly lead_ms away. */
static void
lead(void **state)
{
	(void)state;
	struct schedule s;
	schedule_start(&s, 10000, T0 + 9500, 1000, 0);
	assert_int_equal(s.next_ms, T0 + 20000);
	schedule_start(&s, 10000, T0 + 9000, 1000, 0);
	assert_int_equal(s.next_ms, T0 + 10000);
}

/* A loop that was held up still samples for the moment that passed, if that is not long ago. */
static void
late(void **state)
{
	(void)state;
	struct schedule s;
	schedule_start(&s, 10000, T0, 1000, 0);
	struct schedule_turn t = schedule_turn(&s, T0 + 14000);
	assert_true(t.sample);
	assert_int_equal(t.stamp_ms, T0 + 10000);
	t = schedule_turn(&s, T0 + 47000);
	assert_false(t.sample);
	assert_int_equal(t.missed, 3);
	assert_int_equal(t.wait_ms, 3000);
	t = schedule_turn(&s, T0 + 50000);
	assert_true(t.sample);
	assert_int_equal(t.missed, 0);
	/* A second late is fine even for a step of a second. */
	schedule_start(&s, 1000, T0, 500, 0);
	assert_true(schedule_turn(&s, T0 + 1900).sample);
}

/* Forward: the stamps go on at the new time. */
static void
forward(void **state)
{
	(void)state;
	struct schedule s;
	int64_t now = T0;
	schedule_start(&s, 10000, now, 1000, 0);
	next_sample(&s, &now);
	now += 86400000 + 6000;
	struct schedule_turn t = next_sample(&s, &now);
	assert_int_equal(t.back_ms, 0);
	assert_int_equal(t.stamp_ms % 10000, 0);
	assert_true(t.stamp_ms > T0 + 86400000);
}

/* A little backward, as a clock that is slewed: no event, no stamp twice. */
static void
slewed(void **state)
{
	(void)state;
	struct schedule s;
	int64_t now = T0;
	schedule_start(&s, 10000, now, 1000, 0);
	assert_int_equal(next_sample(&s, &now).stamp_ms, T0 + 10000);
	now -= 300;
	struct schedule_turn t = schedule_turn(&s, now);
	assert_false(t.sample);
	assert_int_equal(t.back_ms, 0);
	assert_int_equal(next_sample(&s, &now).stamp_ms, T0 + 20000);
}

/* Backward by less than a minute: said once, then silence until the last stamp is past. */
static void
backward(void **state)
{
	(void)state;
	struct schedule s;
	int64_t now = T0;
	schedule_start(&s, 10000, now, 1000, 0);
	assert_int_equal(next_sample(&s, &now).stamp_ms, T0 + 10000);
	now -= 50000;
	struct schedule_turn t = schedule_turn(&s, now);
	assert_false(t.sample);
	assert_int_equal(t.back_ms, 50000);
	assert_int_equal(t.wait_ms, 10000);
	unsigned asked = 0;
	do {
		now += t.wait_ms;
		t = schedule_turn(&s, now);
		assert_int_equal(t.back_ms, 0);
		asked++;
	} while (!t.sample);
	assert_int_equal(t.stamp_ms, T0 + 20000);
	assert_int_equal(asked, 6);
	/* Set right again while waiting: at once. */
	now -= 50000;
	assert_int_equal(schedule_turn(&s, now).back_ms, 50000);
	now += 55000;
	assert_int_equal(next_sample(&s, &now).stamp_ms, T0 + 30000);
}

/* Backward by more: the stamps before were wrong, not these; it goes on. */
static void
far_backward(void **state)
{
	(void)state;
	struct schedule s;
	int64_t now = T0;
	schedule_start(&s, 10000, now, 1000, 0);
	for (int64_t back = 120000; back <= 86400000; back *= 720) {
		next_sample(&s, &now);
		int64_t before = now;
		now -= back;
		struct schedule_turn t = schedule_turn(&s, now);
		assert_false(t.sample);
		assert_int_equal(t.back_ms, back);
		now += t.wait_ms;
		t = next_sample(&s, &now);
		assert_true(t.stamp_ms <= before - back + 10000);
		assert_int_equal(t.back_ms, 0);
	}
}

/* A schedule that follows another gives none of its stamps again. */
static void
reloaded(void **state)
{
	(void)state;
	struct schedule s;
	schedule_start(&s, 10000, T0 + 1000, 1000, T0 + 10000);
	assert_int_equal(s.next_ms, T0 + 20000);
	schedule_start(&s, 10000, T0 + 1000, 1000, T0);
	assert_int_equal(s.next_ms, T0 + 10000);
	schedule_start(&s, 10000, T0 + 1000, 1000, T0 + 86400000);
	assert_int_equal(s.next_ms, T0 + 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady),
		cmocka_unit_test(lead),
		cmocka_unit_test(late),
		cmocka_unit_test(forward),
		cmocka_unit_test(slewed),
		cmocka_unit_test(backward),
		cmocka_unit_test(far_backward),
		cmocka_unit_test(reloaded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

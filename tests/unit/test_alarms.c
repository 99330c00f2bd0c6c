/* link: zwgateway */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What traps raise: it is told until it ends, by its own key and name only, over a restart and a
 * clock that is set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "agent/gateway/alarms.h"
#include "agent/gateway/publisher.h"
#include "tests/unit/gateway_fixture.h"
#include "zw/fs.h"

#define HOUR_MS 3600000
#define DAY_MS 86400000

struct set {
	char path[64];
	struct publisher *p;
	struct alarms *a;
};

static void
again(struct set *s)
{
	s->p = publisher_new(NULL, NULL);
	s->a = alarms_new(NULL, s->p, s->path, DAY_MS);
}

static void
finish(struct set *s)
{
	alarms_free(s->a);
	publisher_free(s->p);
}

static void
begin(struct set *s)
{
	int fd;

	fixture_start();
	*s = (struct set){ .path = "/tmp/zw-alarms-XXXXXX" };
	fd = mkstemp(s->path);
	assert_true(fd != -1);
	close(fd);
	unlink(s->path);
	again(s);
}

static void
end(struct set *s)
{
	finish(s);
	unlink(s->path);
}

static double
value(const char *name)
{
	const struct fixture_reading *r = fixture_last("ups1", name);

	return r != NULL ? r->v[0] : -1;
}

static uint32_t
raise_one(struct set *s, const char *name, const char *key, enum metric_severity severity)
{
	return alarms_set(s->a, "ups1", name, key, severity, "what it says");
}

static void
test_raise_repeat_and_end(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	fixture_pass(3000);
	uint32_t id = raise_one(&s, "on-battery", "", METRIC_CRITICAL);
	assert_int_equal(id, 1);
	/* At once, with the second's stamp. */
	assert_int_equal(now.nreadings, 1);
	assert_true(value("trap-on-battery") > 1.5);
	assert_int_equal(now.readings[0].time_s, FIXTURE_START_MS / 1000 + 3);
	const struct series_def *d = &now.defs[0];
	struct metric_state st;
	assert_true(metric_state(d->states, 0, 2, &st));
	assert_int_equal(st.severity, METRIC_CRITICAL);
	assert_string_equal(d->fields[0].label, "what it says");
	/* The same again changes nothing; it is told each 10 s, on their multiples. */
	raise_one(&s, "on-battery", "", METRIC_CRITICAL);
	assert_int_equal(now.nreadings, 1);
	fixture_pass(30000);
	assert_int_equal(now.nreadings, 4);
	assert_int_equal(now.readings[1].time_s, FIXTURE_START_MS / 1000 + 10);
	assert_int_equal(now.readings[3].time_s, FIXTURE_START_MS / 1000 + 30);
	assert_int_equal(raise_one(&s, "on-battery", "", METRIC_OK), id);
	assert_true(value("trap-on-battery") < 0.5);
	assert_int_equal(now.nreadings, 5);
	/* It is told ended for ten minutes, then it is forgotten. */
	fixture_pass(590000);
	assert_int_equal(alarms_count(s.a), 1);
	fixture_pass(30000);
	assert_int_equal(alarms_count(s.a), 0);
	size_t n = now.nreadings;
	fixture_pass(60000);
	assert_int_equal(now.nreadings, n);
	/* Of what was never raised nothing is told. */
	assert_int_equal(raise_one(&s, "on-battery", "", METRIC_OK), 0);
	assert_int_equal(raise_one(&s, "on-battery", "7", METRIC_OK), 0);
	end(&s);
}

static void
test_a_second_change_in_a_second(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	raise_one(&s, "door", "", METRIC_WARNING);
	raise_one(&s, "door", "", METRIC_CRITICAL);
	assert_int_equal(now.nreadings, 2);
	assert_int_equal(now.readings[1].time_s, now.readings[0].time_s + 1);
	assert_true(now.readings[0].v[0] < 1.5 && now.readings[1].v[0] > 1.5);
	/* One that comes and goes all the time does not run away from the clock, and its last
	 * state is told. */
	for (int i = 0; i < 200; i++)
		raise_one(&s, "door", "", i % 2 == 0 ? METRIC_OK : METRIC_WARNING);
	for (size_t i = 0; i < now.nreadings; i++)
		assert_true(now.readings[i].time_s <= FIXTURE_START_MS / 1000 + 2);
	raise_one(&s, "door", "", METRIC_OK);
	fixture_pass(20000);
	assert_true(value("trap-door") < 0.5);
	end(&s);
}

static void
test_end_by_key_and_by_name(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	raise_one(&s, "sensor", "1", METRIC_WARNING);
	raise_one(&s, "sensor", "2", METRIC_CRITICAL);
	raise_one(&s, "sensor", "", METRIC_WARNING);
	raise_one(&s, "sensor-lost", "1", METRIC_WARNING);
	raise_one(&s, "sensor-lost", "", METRIC_WARNING);
	alarms_set(s.a, "ups2", "sensor", "1", METRIC_WARNING, "");
	raise_one(&s, "sensor", "2", METRIC_OK);
	assert_true(value("trap-sensor-1") > 0.5);
	assert_true(value("trap-sensor-2") < 0.5);
	fixture_pass(1000);
	raise_one(&s, "sensor", "", METRIC_OK);
	assert_true(value("trap-sensor") < 0.5);
	assert_true(value("trap-sensor-1") < 0.5);
	/* Neither another name that begins so, nor another device. */
	assert_true(value("trap-sensor-lost") > 0.5);
	assert_true(value("trap-sensor-lost-1") > 0.5);
	assert_true(fixture_last("ups2", "trap-sensor-1")->v[0] > 0.5);
	end(&s);
}

static void
test_end_by_hand(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	raise_one(&s, "fan", "a/b 1", METRIC_WARNING);
	assert_string_equal(alarms_at(s.a, 0)->instance, "fan-a-b-1");
	assert_int_equal(alarms_end(s.a, "ups1", "fan"), -1);
	assert_int_equal(alarms_end(s.a, "ups2", "fan-a-b-1"), -1);
	assert_int_equal(alarms_end(s.a, "ups1", "fan-a-b-1"), 0);
	assert_true(value("trap-fan-a-b-1") < 0.5);
	assert_string_equal(alarms_at(s.a, 0)->text, "ended by hand");
	assert_int_equal(alarms_end(s.a, "ups1", "fan-a-b-1"), -1);
	end(&s);
}

static void
test_hold_ends(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	raise_one(&s, "fan", "", METRIC_WARNING);
	fixture_pass(DAY_MS - HOUR_MS);
	raise_one(&s, "fan", "", METRIC_WARNING); /* it is told again */
	fixture_pass(DAY_MS - 10000);
	assert_true(value("trap-fan") > 0.5);
	fixture_pass(21000);
	assert_true(value("trap-fan") < 0.5);
	end(&s);
}

static void
test_a_clock_that_is_set(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	raise_one(&s, "fan", "", METRIC_WARNING);
	fixture_pass(20000);
	/* A day back: it was wrong before; all goes on at once. */
	now.wall_ahead_ms = -DAY_MS;
	size_t n = now.nreadings;
	fixture_pass(33000);
	assert_in_range(now.nreadings - n, 2, 4);
	assert_true(now.readings[now.nreadings - 1].time_s <= clock_wall_ms() / 1000);
	raise_one(&s, "fan", "", METRIC_CRITICAL);
	assert_int_equal(now.readings[now.nreadings - 1].time_s, clock_wall_ms() / 1000);
	/* And it is not held a day longer for that. */
	fixture_pass(DAY_MS + 20000);
	assert_true(value("trap-fan") < 0.5);
	end(&s);
}

static void
test_over_a_restart(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	raise_one(&s, "sensor", "1", METRIC_CRITICAL);
	raise_one(&s, "sensor-lost", "", METRIC_WARNING);
	raise_one(&s, "fan", "", METRIC_WARNING);
	raise_one(&s, "fan", "", METRIC_OK);
	int64_t since_ms = alarms_at(s.a, 0)->since_ms;
	finish(&s); /* writes what was not written yet */
	fixture_pass(3000);
	now.nreadings = 0;
	again(&s);
	assert_int_equal(alarms_count(s.a), 2);
	assert_int_equal(alarms_at(s.a, 0)->since_ms, since_ms);
	assert_string_equal(alarms_at(s.a, 0)->text, "what it says");
	fixture_pass(100);
	assert_true(value("trap-sensor-1") > 1.5); /* at once, not at the next 10 s */
	raise_one(&s, "sensor", "", METRIC_OK);
	assert_true(value("trap-sensor-1") < 0.5);
	assert_true(value("trap-sensor-lost") > 0.5);
	/* Soon after a change it is on disk, whatever ends the program. */
	fixture_pass(300);
	assert_int_equal(fixture_work(), 1);
	char *text;
	size_t n;
	struct err e;
	assert_int_equal(fs_read(s.path, 10000, &text, &n, &e), 0);
	assert_null(strstr(text, "sensor-1"));
	assert_non_null(strstr(text, "sensor-lost"));
	free(text);
	end(&s);
}

static void
test_a_damaged_file(void **state)
{
	static const char text[] = "ups1\tfan\tfan-1\t2\t1000\t1700000000000\tgood\n"
				   "\n"
				   "ups1\tfan\tfan-2\t3\t1000\t1700000000000\tno severity\n"
				   "ups1\tfan\tfan-2\t0\t1000\t1700000000000\tnot raised\n"
				   "ups1\tfan\tfan-2\t2\t-1\t1700000000000\tno time\n"
				   "ups1\tfan\tfan-2\t2\t1000\n"
				   "../x\tfan\tfan-2\t2\t1000\t1700000000000\tno name\n"
				   "ups1\tfan\tfan-2\t2\t1000\t1700000000000\tno \xff text\n"
				   "ups1\tfan\tfan-2\t2\t1000\t1700000000000\ttoo\tmany\n"
				   "ups1\tfan\tfan-3\t1\t1000\t1700000000000\t";
	struct set s;
	struct err e;

	(void)state;
	begin(&s);
	finish(&s);
	assert_int_equal(fs_replace(s.path, text, sizeof text - 1, &e), 0);
	again(&s);
	assert_int_equal(alarms_count(s.a), 2);
	assert_string_equal(alarms_at(s.a, 0)->instance, "fan-1");
	assert_string_equal(alarms_at(s.a, 1)->instance, "fan-3");
	end(&s);
}

static void
test_no_more_than_there_is_room_for(void **state)
{
	struct set s;
	char key[32];

	(void)state;
	begin(&s);
	for (int i = 0; i < 300; i++) {
		snprintf(key, sizeof key, "%d", i);
		raise_one(&s, "fan", key, METRIC_WARNING);
	}
	assert_int_equal(alarms_count(s.a), 65);
	assert_string_equal(alarms_at(s.a, 64)->instance, "others");
	/* Another node has its own room. */
	(void)alarms_set(s.a, "ups2", "fan", "1", METRIC_CRITICAL, "a fan failed");
	assert_int_equal(alarms_count(s.a), 66);
	/* Those that are there can end and be raised still. */
	raise_one(&s, "fan", "5", METRIC_OK);
	assert_int_equal(alarms_at(s.a, 5)->severity, METRIC_OK);
	raise_one(&s, "fan", "5", METRIC_CRITICAL);
	assert_int_equal(alarms_at(s.a, 5)->severity, METRIC_CRITICAL);
	end(&s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raise_repeat_and_end),
		cmocka_unit_test(test_a_second_change_in_a_second),
		cmocka_unit_test(test_end_by_key_and_by_name),
		cmocka_unit_test(test_end_by_hand),
		cmocka_unit_test(test_hold_ends),
		cmocka_unit_test(test_a_clock_that_is_set),
		cmocka_unit_test(test_over_a_restart),
		cmocka_unit_test(test_a_damaged_file),
		cmocka_unit_test(test_no_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

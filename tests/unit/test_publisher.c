/* link: zwgateway */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The publisher: what is gathered leaves in time, a moment in one batch, and texts fit the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent/gateway/publisher.h"
#include "tests/unit/gateway_fixture.h"

static void
read_one(struct publisher *p, uint32_t id, int64_t time_s, double value)
{
	publisher_reading(p, id, time_s, 1, &value);
}

static void
expect(size_t i, int64_t time_s, uint32_t id, double value, unsigned batch)
{
	assert_true(i < now.nreadings);
	const struct fixture_reading *r = &now.readings[i];
	assert_int_equal(r->time_s, time_s);
	assert_int_equal(r->id, id);
	assert_int_equal(r->n, 1);
	assert_true(r->v[0] >= value && r->v[0] <= value);
	assert_int_equal(r->batch, batch);
}

static void
test_gathers(void **state)
{
	struct publisher *p;

	(void)state;
	fixture_start();
	p = publisher_new(NULL, NULL);
	read_one(p, 2, 20, 22);
	read_one(p, 1, 10, 11);
	fixture_pass(60);
	read_one(p, 1, 20, 21);
	fixture_pass(39);
	assert_int_equal(now.nreadings, 0);
	fixture_pass(1); /* 100 ms after the first, not after the last */
	assert_int_equal(now.nreadings, 3);
	expect(0, 10, 1, 11, 1);
	expect(1, 20, 1, 21, 2);
	expect(2, 20, 2, 22, 2);
	read_one(p, 1, 30, 31);
	fixture_pass(100);
	assert_int_equal(now.nreadings, 4);
	expect(3, 30, 1, 31, 3);
	fixture_pass(1000);
	assert_int_equal(now.nreadings, 4);
	publisher_free(p);
}

static void
test_the_last_of_a_moment_counts(void **state)
{
	struct publisher *p;

	(void)state;
	fixture_start();
	p = publisher_new(NULL, NULL);
	read_one(p, 1, 10, 1);
	read_one(p, 2, 10, 5);
	read_one(p, 1, 10, 2);
	read_one(p, 0, 10, 9); /* of a series for which there was no room */
	publisher_flush(p);
	assert_int_equal(now.nreadings, 2);
	expect(0, 10, 1, 2, 1);
	expect(1, 10, 2, 5, 1);
	publisher_free(p);
}

static void
test_many_and_the_rest_at_the_end(void **state)
{
	struct publisher *p;

	(void)state;
	fixture_start();
	p = publisher_new(NULL, NULL);
	for (uint32_t i = 0; i < 3000; i++)
		read_one(p, 3000 - i, 10, i);
	publisher_free(p);
	assert_int_equal(now.nreadings, 3000);
	for (uint32_t i = 0; i < 3000; i++)
		expect(i, 10, i + 1, 2999 - i, 1);
	publisher_free(NULL);
}

static void
test_values_are_copied(void **state)
{
	struct publisher *p;
	double v[3] = { 1, NAN, 3 };

	(void)state;
	fixture_start();
	p = publisher_new(NULL, NULL);
	publisher_reading(p, 7, 10, 3, v);
	v[0] = 99;
	publisher_flush(p);
	assert_int_equal(now.readings[0].n, 3);
	assert_true(now.readings[0].v[0] < 2 && isnan(now.readings[0].v[1]));
	publisher_free(p);
}

static void
test_events(void **state)
{
	struct publisher *p;
	char text[2 * WIRE_MAX_TEXT + 2];

	(void)state;
	fixture_start();
	p = publisher_new(NULL, NULL);
	publisher_event(p, 4, "trap", WIRE_CRITICAL, "%s is %d", "door", 1);
	assert_string_equal(now.told[0].text, "door is 1");
	assert_string_equal(now.told[0].code, "trap");
	assert_int_equal(now.told[0].series, 4);
	assert_int_equal(now.told[0].severity, WIRE_CRITICAL);
	assert_int_equal(now.told[0].time_ms, FIXTURE_START_MS);
	publisher_event(p, 0, "trap", WIRE_INFO, "a\tb\xff\n");
	assert_true(str_is_text(now.told[1].text, strlen(now.told[1].text)));
	assert_non_null(strstr(now.told[1].text, "a"));
	/* Longer than the wire takes, with a character of two bytes at every place of the cut. */
	for (size_t shift = 0; shift < 2; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 1 < sizeof text; i += 2)
			memcpy(text + i, "\xc3\xa4", 2);
		text[sizeof text - 2 + shift % 2] = '\0';
		publisher_event(p, 0, "trap", WIRE_INFO, "%s", text);
		const char *got = now.told[now.ntold - 1].text;
		assert_true(strlen(got) > 100 && str_is_text(got, strlen(got)));
	}
	publisher_free(p);
}

static void
test_a_full_table_is_told_once(void **state)
{
	struct series_def def = { .node = "n", .source = "s", .step_s = 10, .nfields = 1 };
	struct publisher *p;

	(void)state;
	fixture_start();
	p = publisher_new(NULL, NULL);
	for (uint32_t i = 1; i <= 64; i++) {
		def.step_s = i;
		assert_int_equal(publisher_define(p, &def), i);
	}
	def.step_s = 65;
	assert_int_equal(publisher_define(p, &def), 0);
	def.step_s = 3;
	assert_int_equal(publisher_define(p, &def), 3);
	publisher_free(p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gathers),
		cmocka_unit_test(test_the_last_of_a_moment_counts),
		cmocka_unit_test(test_many_and_the_rest_at_the_end),
		cmocka_unit_test(test_values_are_copied),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_a_full_table_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

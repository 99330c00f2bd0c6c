/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values as people read them: each unit's form, the borders between prefixes, the odd values. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "zw/units.h"

struct row {
	double value;
	const char *unit;
	const char *want;
};

/* Every unit has its form. */
static void
formats(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ 31.54, "Cel", "31.5 °C" },
		{ -4, "Cel", "-4 °C" },
		{ 42.34, "%", "42.3 %" },
		{ 100, "%", "100 %" },
		{ 0, "%", "0 %" },
		{ -0.001, "%", "-0.001 %" },
		{ 512, "By", "512 B" },
		{ 1023, "By", "1023 B" },
		{ 1024, "By", "1 KiB" },
		{ 1536, "By", "1.5 KiB" },
		{ 3.0 * 1024 * 1024 * 1024, "By", "3 GiB" },
		{ 2621440, "By/s", "2.5 MiB/s" },
		{ 0.5, "By/s", "0.5 B/s" },
		{ 1e9, "bit/s", "1 Gbit/s" },
		{ 0.53, "1", "0.53" },
		{ 9999, "1", "9999" },
		{ 12345, "1", "12.3 k" },
		{ 12.5, "1/s", "12.5 /s" },
		{ 12.5, "{op}/s", "12.5 op/s" },
		{ 0.0123, "s", "12.3 ms" },
		{ 0.0000123, "s", "12.3 µs" },
		{ 12.34, "s", "12.3 s" },
		{ 90, "s", "1 min 30 s" },
		{ 273600, "s", "3 d 4 h" },
		{ -90, "s", "-1 min 30 s" },
		{ 12.34, "ms", "12.3 ms" },
		{ 1500, "ms", "1.5 s" },
		{ 3250, "rpm", "3250 rpm" },
		{ NAN, "By", "–" },
		{ INFINITY, "1", "inf 1" },
		{ 1e300, "By", "1e+300 By" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char got[UNITS_MAX];
		units_format(got, sizeof got, rows[i].value, rows[i].unit);
		assert_string_equal(got, rows[i].want);
	}
}

/* Lengths of time have at most two units. */
static void
durations(void **state)
{
	(void)state;
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {
		{ -5, "0 s" },
		{ 999, "0 s" },
		{ 12000, "12 s" },
		{ 60000, "1 min" },
		{ 200000, "3 min 20 s" },
		{ 3600000, "1 h" },
		{ 7500000, "2 h 5 min" },
		{ 86400000, "1 d" },
		{ 86460000, "1 d" },
		{ 31536000000, "1 y" },
		{ INT64_MAX, "292471208 y 247 d" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char got[UNITS_MAX];
		units_duration(got, sizeof got, rows[i].ms);
		assert_string_equal(got, rows[i].want);
	}
}

/* A short buffer is never overrun, and always ended. */
static void
short_buffer(void **state)
{
	(void)state;
	char got[5] = "xxxx";
	units_format(got, sizeof got, 1536, "By");
	assert_string_equal(got, "1.5 ");
	units_of_field(got, sizeof got, FIELD_COUNTER, "By");
	assert_string_equal(got, "By/s");
	units_of_field(got, sizeof got, FIELD_GAUGE, "Cel");
	assert_string_equal(got, "Cel");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(durations),
		cmocka_unit_test(short_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

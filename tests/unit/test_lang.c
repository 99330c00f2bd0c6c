/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts, plural forms, numbers, units and dates in each language; and that one disturbs no other.
 * The catalogs are those of the build (BUILD/locale). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "zw/lang.h"

static void
test_words(void **state)
{
	(void)state;
	assert_int_equal(lang_of("az"), LANG_AZ);
	assert_int_equal(lang_of("ru"), LANG_RU);
	assert_int_equal(lang_of("en"), LANG_EN);
	assert_int_equal(lang_of("AZ"), LANG_EN);
	assert_int_equal(lang_of("xx"), LANG_EN);
	assert_int_equal(lang_of(NULL), LANG_EN);
	for (int l = 0; l < LANG_N; l++)
		assert_int_equal(lang_of(lang_word((enum lang)l)), l);
}

static void
test_texts(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) { /* one after the other, again and again */
		assert_string_equal(lang_text(LANG_AZ, "CRITICAL"), "KRİTİK");
		assert_string_equal(lang_text(LANG_RU, "CRITICAL"), "КРИТИЧЕСКАЯ");
		assert_string_equal(lang_text(LANG_EN, "CRITICAL"), "CRITICAL");
	}
	/* What nobody translated is said as it is; nothing is not the catalog's head. */
	assert_string_equal(lang_text(LANG_AZ, "no such text %s"), "no such text %s");
	for (int l = 0; l < LANG_N; l++)
		assert_string_equal(lang_text((enum lang)l, ""), "");
}

static void
one(enum lang l, unsigned n, const char *text)
{
	char got[200];

	snprintf(got, sizeof got, lang_plural(l, "%u inlet rising", "%u inlets rising", n), n);
	assert_string_equal(got, text);
}

static void
test_plural(void **state)
{
	(void)state;
	one(LANG_EN, 0, "0 inlets rising");
	one(LANG_EN, 1, "1 inlet rising");
	one(LANG_EN, 21, "21 inlets rising");
	one(LANG_AZ, 1, "1 girişdə temperatur artır");
	one(LANG_AZ, 5, "5 girişdə temperatur artır");
	one(LANG_RU, 1, "температура растёт на 1 входе");
	one(LANG_RU, 2, "температура растёт на 2 входах");
	char got[100];
	static const struct {
		size_t n;
		const char *text;
	} rows[] = { { 1, "1 инцидент в одном письме" }, { 2, "2 инцидента в одном письме" },
		{ 5, "5 инцидентов в одном письме" }, { 11, "11 инцидентов в одном письме" },
		{ 12, "12 инцидентов в одном письме" }, { 21, "21 инцидент в одном письме" },
		{ 22, "22 инцидента в одном письме" }, { 111, "111 инцидентов в одном письме" },
		{ 0, "0 инцидентов в одном письме" } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(got, sizeof got,
		    lang_plural(LANG_RU, "%zu incident in one mail", "%zu incidents in one mail",
			rows[i].n),
		    rows[i].n);
		assert_string_equal(got, rows[i].text);
	}
}

static void
number(double v, int decimals, enum lang l, const char *text)
{
	char got[64];

	lang_number(got, sizeof got, v, decimals, l);
	assert_string_equal(got, text);
}

static void
test_numbers(void **state)
{
	(void)state;
	number(32.44, 1, LANG_AZ, "32,4");
	number(32.44, 1, LANG_RU, "32,4");
	number(32.44, 1, LANG_EN, "32.4");
	number(-7.25, 2, LANG_AZ, "-7,25");
	number(-0.04, 1, LANG_AZ, "0,0");
	number(-0.0, 0, LANG_EN, "0");
	number(1e9, 0, LANG_RU, "1000000000");
	number(NAN, 1, LANG_AZ, "–");
	number(INFINITY, 1, LANG_RU, "∞");
	number(-INFINITY, 1, LANG_RU, "-∞");
	number(1e300, 1, LANG_AZ, "1,0e+300");
	number(1.5, -3, LANG_EN, "2");
	number(1.5, 99, LANG_EN, "1.500000000");
	char small[4];
	lang_number(small, sizeof small, 12345.6, 1, LANG_AZ);
	assert_string_equal(small, "123");
}

static void
value(double v, const char *unit, enum lang l, const char *text)
{
	char got[64];

	lang_value(got, sizeof got, v, unit, l);
	assert_string_equal(got, text);
}

static void
test_values(void **state)
{
	(void)state;
	value(33.44, "Cel", LANG_EN, "33.4 °C");
	value(33.44, "Cel", LANG_AZ, "33,4 °C");
	value(-3.5, "Cel", LANG_RU, "-3,5 °C");
	value(1.5 * 1024 * 1024 * 1024, "By", LANG_RU, "1,5 ГиБ");
	value(1.5 * 1024 * 1024 * 1024, "By", LANG_AZ, "1,5 QiB");
	value(2500000, "bit/s", LANG_RU, "2,5 Мбит/с");
	value(1, "{nodes}", LANG_EN, "1 node");
	value(5, "{nodes}", LANG_EN, "5 nodes");
	value(5, "{nodes}", LANG_AZ, "5 qovşaq");
	value(21, "{nodes}", LANG_RU, "21 узел");
	value(3, "{nodes}", LANG_RU, "3 узла");
	value(45, "{nodes}", LANG_RU, "45 узлов");
	value(1.5, "{nodes}", LANG_RU, "1,5 узла");
	value(12400, "W", LANG_AZ, "12,4 kVt");
	value(12400, "W", LANG_RU, "12,4 кВт");
	value(200, "s", LANG_AZ, "3 dəq 20 san");
	value(-200, "s", LANG_RU, "-3 мин 20 с");
	value(0.25, "s", LANG_RU, "250 мс");
	value(90000, "ms", LANG_RU, "1 мин 30 с");
	value(15, "min", LANG_AZ, "15 dəq");
	value(41.5, "%", LANG_AZ, "41,5 %");
	value(7.5, "", LANG_AZ, "7,5");
	value(12, "{packets}", LANG_RU, "12 packets");
	value(NAN, "Cel", LANG_AZ, "–");
	/* A device's unit is looked up among units only. */
	value(3, "Zone", LANG_RU, "3 Zone");
}

static void
duration(int64_t ms, enum lang l, const char *text)
{
	char got[64];

	lang_duration(got, sizeof got, ms, l);
	assert_string_equal(got, text);
}

static void
test_durations(void **state)
{
	(void)state;
	duration(200000, LANG_EN, "3 min 20 s");
	duration(200000, LANG_AZ, "3 dəq 20 san");
	duration(200000, LANG_RU, "3 мин 20 с");
	duration(INT64_C(97200000), LANG_AZ, "1 gün 3 saat");
	duration(-5, LANG_RU, "0 с");
	duration(INT64_MAX, LANG_RU, "292471208 г 247 д");
	char small[6];
	lang_duration(small, sizeof small, 200000, LANG_RU);
	assert_int_equal(strlen(small), 5);
}

static void
test_times(void **state)
{
	char got[64];
	int64_t t = INT64_C(1795308661000);

	(void)state;
	setenv("TZ", "Asia/Baku", 1);
	tzset();
	lang_time(got, sizeof got, t, LANG_EN);
	assert_string_equal(got, "2026-11-22 04:51:01 +04:00");
	lang_time(got, sizeof got, t, LANG_AZ);
	assert_string_equal(got, "22.11.2026 04:51:01 +04:00");
	lang_time(got, sizeof got, t, LANG_RU);
	assert_string_equal(got, "22.11.2026 04:51:01 +04:00");
	lang_clock(got, sizeof got, t);
	assert_string_equal(got, "04:51:01");
	lang_date(got, sizeof got, t, LANG_AZ);
	assert_string_equal(got, "22 noyabr 2026");
	lang_date(got, sizeof got, t, LANG_RU);
	assert_string_equal(got, "22 ноября 2026");
	lang_date(got, sizeof got, t, LANG_EN);
	assert_string_equal(got, "22 November 2026");
	/* No time at all is none of a crash. */
	lang_time(got, sizeof got, INT64_MAX, LANG_AZ);
	lang_date(got, sizeof got, INT64_MIN, LANG_RU);
	assert_string_equal(got, "1 января 1970");
	setenv("TZ", "America/St_Johns", 1);
	tzset();
	lang_time(got, sizeof got, t, LANG_EN);
	assert_string_equal(got, "2026-11-21 21:21:01 -03:30");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_plural),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_times),
	};
	/* Whatever the environment says. */
	setenv("LANGUAGE", "ru:fr", 1);
	lang_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Silences: patterns, windows in local time over midnight, the week's end and the changes of the
 * clock, in locales whose i is another; limits, the order of those that cover, the preview. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "collector/alert/silence.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/str.h"

#define MIN INT64_C(60000)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)

/* An instant by its UTC time. */
static int64_t
utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute };

	return 1000 * (int64_t)timegm(&tm);
}

static void
zone_is(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

/* A recurring one of this text, without an end. */
static struct silence
window(const char *text)
{
	struct silence s = { .kind = SILENCE_MAINTENANCE };
	struct err e;

	if (silence_parse_window(text, &s, &e) == -1)
		fail_msg("%s: %s", text, e.msg);
	return s;
}

/* Steps through time by minutes: in force exactly from begin to end, and next_ms says so. */
static void
check_window(const struct silence *s, int64_t begin, int64_t end)
{
	for (int64_t t = begin - 20 * MIN; t < end + 20 * MIN; t += MIN) {
		bool inside = t >= begin && t < end;
		if (silence_is_active(s, t) != inside)
			fail_msg("at %lld min after its begin", (long long)((t - begin) / MIN));
	}
	assert_false(silence_is_active(s, begin - 1));
	assert_true(silence_is_active(s, end - 1));
	assert_int_equal(silence_next_ms(s, begin - 1), begin);
	assert_int_equal(silence_next_ms(s, begin), end);
	assert_int_equal(silence_next_ms(s, end - 1), end);
}

static void
test_baku_over_midnight(void **state)
{
	struct silence s = window("Mon-Fri 22:00-06:00");

	(void)state;
	zone_is("Asia/Baku"); /* UTC+4, 2026-11-23 is a Monday */
	check_window(&s, utc(2026, 11, 23, 18, 0), utc(2026, 11, 24, 2, 0));
	check_window(&s, utc(2026, 11, 27, 18, 0), utc(2026, 11, 28, 2, 0)); /* into Saturday */
	assert_false(silence_is_active(&s, utc(2026, 11, 28, 19, 0)));	     /* Saturday 23:00 */
	assert_false(silence_is_active(&s, utc(2026, 11, 23, 1, 0)));	     /* Monday 05:00 */
	assert_int_equal(silence_next_ms(&s, utc(2026, 11, 28, 2, 0)), utc(2026, 11, 30, 18, 0));
	/* A summer in which others turn their clocks. */
	check_window(&s, utc(2026, 3, 30, 18, 0), utc(2026, 3, 31, 2, 0));
}

static void
test_week_end(void **state)
{
	struct silence s = window("Fri 22:00-Mon 06:00");
	struct silence two = window("Sat,Sun 00:00-24:00");
	struct silence always = window("daily 00:00-24:00");
	struct silence week = window("Wed 08:00-Wed 08:00");

	(void)state;
	zone_is("UTC");
	assert_int_equal(s.minutes, 2 * 60 + 48 * 60 + 6 * 60);
	check_window(&s, utc(2026, 11, 27, 22, 0), utc(2026, 11, 30, 6, 0));
	check_window(&two, utc(2026, 11, 28, 0, 0), utc(2026, 11, 30, 0, 0)); /* no edge between */
	assert_int_equal(silence_next_ms(&always, utc(2026, 11, 28, 13, 0)), 0);
	always.ends_ms = utc(2026, 11, 29, 7, 7);
	assert_int_equal(silence_next_ms(&always, utc(2026, 11, 28, 13, 0)), always.ends_ms);
	assert_int_equal(silence_next_ms(&always, always.ends_ms), 0);
	assert_int_equal(week.minutes, 10080);
	assert_true(silence_is_active(&week, utc(2026, 11, 25, 7, 59)));
	assert_int_equal(silence_next_ms(&week, utc(2026, 11, 25, 8, 0)), 0);
	/* New Year's Eve, a leap day, the years before 1970. */
	struct silence eve = window("Thu 23:30-00:30");
	check_window(&eve, utc(2026, 12, 31, 23, 30), utc(2027, 1, 1, 0, 30));
	struct silence leap = window("Tue 00:00-24:00");
	check_window(&leap, utc(2028, 2, 29, 0, 0), utc(2028, 3, 1, 0, 0));
	leap.starts_ms = utc(1900, 1, 1, 0, 0);
	check_window(&leap, utc(1969, 12, 30, 0, 0), utc(1969, 12, 31, 0, 0));
}

/* Its times bound a recurring one. */
static void
test_recurring_within_its_times(void **state)
{
	struct silence s = window("daily 13:00-13:15");

	(void)state;
	zone_is("UTC");
	s.starts_ms = utc(2026, 5, 3, 13, 5);
	s.ends_ms = utc(2026, 5, 4, 13, 10);
	assert_int_equal(silence_next_ms(&s, utc(2025, 1, 1, 0, 0)), s.starts_ms);
	check_window(&s, s.starts_ms, utc(2026, 5, 3, 13, 15));
	check_window(&s, utc(2026, 5, 4, 13, 0), s.ends_ms);
	assert_int_equal(silence_next_ms(&s, s.ends_ms), 0);
	s.starts_ms = utc(2026, 5, 3, 13, 15); /* at the end of that day's window */
	s.ends_ms = 0;
	assert_int_equal(silence_next_ms(&s, utc(2025, 1, 1, 0, 0)), utc(2026, 5, 4, 13, 0));
}

static void
test_clock_changes(void **state)
{
	(void)state;
	zone_is("Europe/Berlin"); /* 2026-03-29 02:00 -> 03:00; 2026-10-25 03:00 -> 02:00 */
	struct silence night = window("daily 22:00-06:00");
	check_window(&night, utc(2026, 3, 28, 21, 0), utc(2026, 3, 29, 4, 0));	 /* 7 h */
	check_window(&night, utc(2026, 10, 24, 20, 0), utc(2026, 10, 25, 5, 0)); /* 9 h */
	check_window(&night, utc(2026, 7, 1, 20, 0), utc(2026, 7, 2, 4, 0));
	/* A beginning that the clock jumps over. */
	struct silence gap = window("Sun 02:15-02:45");
	check_window(&gap, utc(2026, 3, 29, 1, 0), utc(2026, 3, 29, 1, 30));
	check_window(&gap, utc(2026, 4, 5, 0, 15), utc(2026, 4, 5, 0, 45));
	/* An end that it jumps over. */
	struct silence into = window("Sun 01:30-02:30");
	check_window(&into, utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 1, 30));
	/* The hour that comes twice, wholly and half. */
	check_window(&gap, utc(2026, 10, 25, 0, 15), utc(2026, 10, 25, 1, 45));
	struct silence out = window("Sun 02:30-04:00");
	check_window(&out, utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 3, 0));
	/* A change by half an hour at midnight's other side of the world. */
	zone_is("Australia/Lord_Howe"); /* 2026-04-05 02:00 -> 01:30, +11 -> +10:30 */
	struct silence howe = window("Sun 01:00-03:00");
	check_window(&howe, utc(2026, 4, 4, 14, 0), utc(2026, 4, 4, 16, 30));
}

static void
test_window_texts(void **state)
{
	static const char *const same[] = { "Mon-Fri 22:00-06:00", "Sun 02:00-04:30",
		"daily 13:00-13:15", "Sat,Sun 00:00-24:00", "Fri 22:00-Mon 06:00",
		"Mon,Wed,Fri 10:00-11:00", "Mon-Wed,Fri 10:00-11:00", "daily 00:00-24:00",
		"Sun 22:00-Sun 22:00", "Mon,Thu 22:00+2160min", "Tue-Sun 23:59-00:01" };
	static const char *const bad[] = { "", " ", "Mon", "Mon 22:00", "Mon 22:00-", "22:00-06:00",
		"Mon 22:00-22:00", "Mon 24:00-01:00", "Mon 22:60-23:00", "Mon 2:00-4:00",
		"Mon  02:00-04:00", "Mon 02:00-04:00 ", "Mon, 02:00-04:00", "Mon- 02:00-04:00",
		"Mon-Tue-Wed 02:00-04:00", "Mon-Fri 22:00-Mon 06:00", "Mon 22:00-Tue",
		"Mon 00:00+8d", "Mon 00:00+0s", "Mon 00:00+90s", "Mon 00:00+", "dailyx 00:00-01:00",
		"Mon 00:00-24:01", "Mon 0a:00-03:00", "\xe2\x80\xaeMon 00:00-01:00",
		"Mon 00:00-01:00\n", "d", "Mo", "Mon 22:00-Tue\n06:00" };
	struct silence s = { .days = 1 };
	char text[64], huge[10001];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		struct silence w = window(same[i]);
		silence_print_window(text, sizeof text, &w);
		assert_string_equal(text, same[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (silence_parse_window(bad[i], &s, &e) == 0)
			fail_msg("\"%s\" is taken", bad[i]);
		assert_non_null(strstr(e.msg, "window"));
	}
	memset(huge, 'M', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	assert_int_equal(silence_parse_window(huge, &s, &e), -1);
	assert_int_equal(s.days, 1); /* left alone */
	s.days = 0;
	silence_print_window(text, sizeof text, &s);
	assert_string_equal(text, "");
	char small[8];
	struct silence w = window("Mon-Fri 22:00-06:00");
	silence_print_window(small, sizeof small, &w);
	assert_string_equal(small, "Mon-Fri");
}

/* Every set of days and many times, there and back. */
static void
test_windows_read_back(void **state)
{
	static const unsigned froms[] = { 0, 1, 719, 1320, 1439 };
	static const unsigned lengths[] = { 1, 59, 120, 1439, 1440, 1441, 4000, 10080 };
	char text[64];

	(void)state;
	for (unsigned days = 1; days < 128; days++) {
		for (size_t f = 0; f < 5; f++) {
			for (size_t l = 0; l < 8; l++) {
				struct silence s = {
					.days = days, .from_min = froms[f], .minutes = lengths[l]
				};
				silence_print_window(text, sizeof text, &s);
				struct silence b = window(text);
				if (b.days != days || b.from_min != froms[f] ||
				    b.minutes != lengths[l])
					fail_msg("%s", text);
			}
		}
	}
}

/* Whatever the locale's i is. */
static void
test_locales(void **state)
{
	static const char *const names[] = { "az_AZ.UTF-8", "tr_TR.UTF-8", "C" };

	(void)state;
	zone_is("Asia/Baku");
	for (size_t i = 0; i < 3; i++) {
		if (setlocale(LC_ALL, names[i]) == NULL)
			print_message("no locale %s here\n", names[i]);
		struct silence s = window("FRI 22:00-mon 06:00");
		char text[64];
		silence_print_window(text, sizeof text, &s);
		assert_string_equal(text, "Fri 22:00-Mon 06:00");
		s = window("DAILY 00:00-24:00");
		assert_int_equal(s.days, 0x7f);
		struct silence_match m = { .node = "INLET-*" };
		assert_true(silence_matches(&m, "b", "INLET-I", "", "r"));
		assert_false(silence_matches(&m, "b", "inlet-i", "", "r")); /* names have a case */
		assert_int_equal(silence_kind_of("maintenance"), SILENCE_MAINTENANCE);
		assert_int_equal(silence_kind_of("MAINTENANCE"), -1);
	}
}

static void
test_patterns(void **state)
{
	(void)state;
	struct silence_match m = {
		.zone = "b", .node = "srv-1*", .source = "hwmon", .rule = "inlet-*"
	};
	assert_true(silence_matches(&m, "b", "srv-17", "hwmon-inlet", "inlet-high"));
	assert_true(silence_matches(&m, "b", "srv-1", "hwmon", "inlet-"));
	assert_false(silence_matches(&m, "bb", "srv-17", "hwmon-inlet", "inlet-high"));
	assert_false(silence_matches(&m, "b", "srv-2", "hwmon-inlet", "inlet-high"));
	assert_false(silence_matches(&m, "b", "srv-17", "hwmonx-inlet", "inlet-high"));
	assert_false(silence_matches(&m, "b", "srv-17", "", "inlet-high"));
	assert_false(silence_matches(&m, "b", "srv-17", "hwmon-inlet", "inlet"));
	struct silence_match part = { .source = "hwmon-inlet" };
	assert_true(silence_matches(&part, "b", "x", "hwmon-inlet", "r"));
	assert_false(silence_matches(&part, "b", "x", "hwmon-inlet-2", "r"));
	assert_false(silence_matches(&part, "b", "x", "hwmon", "r"));
	struct silence_match site = { .zone = "site" };
	assert_true(silence_matches(&site, "site", "", "", "r"));
	assert_false(silence_matches(&site, "b", "", "", "r"));
	struct silence_match any = { .zone = "*" };
	assert_true(silence_matches(&any, "b", "", "", "r"));
	/* Patterns that make slow matchers slow. */
	struct silence_match evil = { .node = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b" };
	char many[NAME_MAX_NODE + 1];
	memset(many, 'a', sizeof many - 1);
	many[sizeof many - 1] = '\0';
	assert_false(silence_matches(&evil, "b", many, "", "r"));
}

/* One that is asked for and sane; the tests spoil it. */
static struct silence
wanted(int64_t now)
{
	struct silence s = { .kind = SILENCE_SILENCE, .starts_ms = now, .ends_ms = now + HOUR };

	str_copy(s.match.zone, sizeof s.match.zone, "B");
	str_copy(s.author, sizeof s.author, "Rəşad");
	str_copy(s.reason, sizeof s.reason, "fan of CRAC 2 is changed");
	return s;
}

#define NOW INT64_C(1790000000000)

/* Spoils one in a way; the reason must name what is wrong. */
#define REFUSED(set, what)                                                                         \
	do {                                                                                       \
		struct silence w = wanted(NOW);                                                    \
		set;                                                                               \
		assert_int_equal(silences_add(s, &w, NOW, &got, &e), -1);                          \
		if (strstr(e.msg, what) == NULL)                                                   \
			fail_msg("%s", e.msg);                                                     \
	} while (0)

static void
test_refusals(void **state)
{
	struct silences *s = silences_new();
	const struct silence *got;
	struct err e;

	(void)state;
	REFUSED(w.author[0] = '\0', "author");
	REFUSED(str_copy(w.author, sizeof w.author, "   "), "author");
	REFUSED(w.reason[0] = '\0', "reason");
	REFUSED(str_copy(w.reason, sizeof w.reason, "two\nlines"), "one line");
	REFUSED(str_copy(w.reason, sizeof w.reason, "\x1b[2J"), "one line");
	REFUSED(str_copy(w.reason, sizeof w.reason, "\xc3\x28"), "UTF-8");
	REFUSED(str_copy(w.reason, sizeof w.reason,
		    "a\xe2\x80\xae"
		    "b"),
	    "turns");
	REFUSED(str_copy(w.author, sizeof w.author,
		    "a\xe2\x80\xa8"
		    "b"),
	    "turns");
	REFUSED(memset(w.reason, 'x', sizeof w.reason), "at most");
	REFUSED(memset(w.author, 'x', sizeof w.author), "at most");
	REFUSED(memset(w.match.node, 'x', sizeof w.match.node), "node: at most");
	REFUSED(str_copy(w.match.node, sizeof w.match.node, "a b"), "node: a name");
	REFUSED(str_copy(w.match.rule, sizeof w.match.rule, "a\xe2\x80\xae"), "rule: a name");
	REFUSED(str_copy(w.match.source, sizeof w.match.source, "../x"), "source: a name");
	REFUSED(w.match.zone[0] = '\0', "at least one");
	REFUSED(w.ends_ms = 0, "an end is missing");
	REFUSED(w.ends_ms = NOW, "before it begins");
	REFUSED(w.ends_ms = -5, "before it begins");
	REFUSED(w.ends_ms = NOW + SILENCE_MAX_MS + 1, "366 days");
	REFUSED(w.ends_ms = INT64_MAX, "366 days");
	REFUSED(w.starts_ms = INT64_MAX, "a year");
	REFUSED((w.starts_ms = NOW + 2 * HOUR), "before it begins");
	REFUSED(w.kind = (enum silence_kind)7, "kind");
	REFUSED(w.from_min = 5, "days");
	REFUSED((w.days = 128, w.minutes = 5), "window");
	REFUSED((w.days = 1, w.minutes = 0), "window");
	REFUSED((w.days = 1, w.minutes = 10081), "window");
	REFUSED((w.days = 1, w.minutes = 10, w.from_min = 1440), "window");
	assert_int_equal(silences_count(s), 0);
	silences_free(s);
	silences_free(NULL);
}

static void
test_add_end_restore(void **state)
{
	struct silences *s = silences_new();
	const struct silence *got, *again;
	struct silence w = wanted(NOW - DAY);
	struct err e;

	(void)state;
	w.ends_ms = NOW + HOUR;
	w.created_ms = 5;
	w.id = 99;
	assert_int_equal(silences_add(s, &w, NOW, &got, &e), 0);
	assert_int_equal(got->id, 1);
	assert_int_equal(got->created_ms, NOW);
	assert_int_equal(got->starts_ms, NOW); /* not in the past */
	w = wanted(NOW);
	w.kind = SILENCE_OUT_OF_SERVICE;
	w.ends_ms = 0;
	assert_int_equal(silences_add(s, &w, NOW, &got, &e), 0);
	assert_ptr_equal(silences_at(s, 0), got); /* newest first */
	assert_int_equal(silence_next_ms(got, NOW), 0);
	assert_true(silence_is_active(got, NOW + 4000 * DAY));
	assert_int_equal(silences_end(s, 1, "a\nb", NOW + 5, &again, &e), -1);
	assert_int_equal(silences_end(s, 1, "Aysel", NOW + 5, &again, &e), 0);
	assert_int_equal(again->ends_ms, NOW + 5);
	assert_string_equal(again->ended_by, "Aysel");
	assert_false(silence_is_active(again, NOW + 5));
	assert_int_equal(silences_end(s, 1, "Aysel", NOW + 6, &again, &e), -1);
	assert_int_equal(silences_end(s, 3, "Aysel", NOW + 6, &again, &e), -1);
	assert_int_equal(silences_end(s, 0, "Aysel", NOW + 6, &again, &e), -1);
	/* One to come, withdrawn. */
	w = wanted(NOW + HOUR);
	assert_int_equal(silences_add(s, &w, NOW, &got, &e), 0);
	assert_int_equal(silences_end(s, got->id, "Aysel", NOW + 6, &again, &e), 0);
	assert_false(silence_is_active(again, NOW + HOUR));
	/* Stored ones and those of the configuration. */
	struct silence old = wanted(NOW - 30 * DAY);
	old.id = 41;
	silences_restore(s, &old);
	silences_restore(s, &old);
	struct silence conf = window("daily 00:00-24:00");
	str_copy(conf.match.rule, sizeof conf.match.rule, "*");
	silences_restore(s, &conf);
	silences_restore(s, &conf);
	assert_int_equal(silences_count(s), 6);
	silences_tick(s, NOW);
	assert_int_equal(silences_count(s), 5);
	assert_null(silences_find(s, 41));
	assert_null(silences_find(s, 0));
	w = wanted(NOW);
	assert_int_equal(silences_add(s, &w, NOW, &got, &e), 0);
	assert_int_equal(got->id, 42); /* numbers are not used again */
	silences_forget_configured(s);
	assert_int_equal(silences_count(s), 4);
	silences_tick(s, NOW + 2 * DAY);
	assert_int_equal(silences_count(s), 1); /* without an end */
	silences_free(s);
}

static void
test_limit(void **state)
{
	struct silences *s = silences_new();
	const struct silence *got;
	struct silence w = wanted(NOW);
	struct err e;

	(void)state;
	for (int i = 0; i < SILENCE_MAX; i++)
		assert_int_equal(silences_add(s, &w, NOW, &got, &e), 0);
	assert_int_equal(silences_add(s, &w, NOW, &got, &e), -1);
	assert_non_null(strstr(e.msg, "1024"));
	w = wanted(NOW + HOUR); /* when those are over there is room */
	assert_int_equal(silences_add(s, &w, NOW + HOUR, &got, &e), 0);
	silences_free(s);
}

static void
test_cover(void **state)
{
	struct silences *s = silences_new();
	struct alert a = { .rule = "inlet-high" };
	const struct silence *one, *two, *three;
	struct silence w = wanted(NOW);
	struct err e;

	(void)state;
	str_copy(a.zone, sizeof a.zone, "B");
	str_copy(a.node, sizeof a.node, "b01");
	assert_null(silences_cover(s, &a, NOW));
	w.kind = SILENCE_MAINTENANCE;
	assert_int_equal(silences_add(s, &w, NOW, &one, &e), 0);
	w.kind = SILENCE_SILENCE;
	w.ends_ms = NOW + 2 * HOUR;
	assert_int_equal(silences_add(s, &w, NOW, &two, &e), 0);
	w.kind = SILENCE_OUT_OF_SERVICE;
	w.starts_ms = NOW + 3 * HOUR;
	w.ends_ms = 0;
	assert_int_equal(silences_add(s, &w, NOW, &three, &e), 0);
	assert_ptr_equal(silences_cover(s, &a, NOW), one);
	assert_ptr_equal(silences_cover(s, &a, NOW + HOUR - 1), one);
	assert_ptr_equal(silences_cover(s, &a, NOW + HOUR), two);
	assert_null(silences_cover(s, &a, NOW + 2 * HOUR));
	assert_ptr_equal(silences_cover(s, &a, NOW + 3 * HOUR), three);
	assert_ptr_equal(silences_cover(s, &a, NOW + 30 * MIN), one); /* a clock set back */
	str_copy(a.zone, sizeof a.zone, "C");
	assert_null(silences_cover(s, &a, NOW));
	/* What ends early covers no more, though it was just asked. */
	str_copy(a.zone, sizeof a.zone, "B");
	assert_ptr_equal(silences_cover(s, &a, NOW + MIN), one);
	assert_int_equal(silences_end(s, one->id, "x", NOW + 2 * MIN, &one, &e), 0);
	assert_ptr_equal(silences_cover(s, &a, NOW + 2 * MIN), two);
	silences_free(s);
}

/* A recurring one within the set, by the cover and not by itself: what is remembered of it must
 * change when it does. */
static void
test_cover_recurring(void **state)
{
	struct silences *s = silences_new();
	struct alert a = { .rule = "r" };
	struct silence w = window("Mon-Fri 22:00-06:00");
	int covered = 0;

	(void)state;
	zone_is("Asia/Baku");
	str_copy(w.match.zone, sizeof w.match.zone, "*");
	silences_restore(s, &w);
	for (int64_t t = utc(2026, 11, 22, 0, 0); t < utc(2026, 11, 29, 0, 0); t += MIN) {
		bool is = silences_cover(s, &a, t) != NULL;
		assert_int_equal(is, silence_is_active(&w, t));
		covered += is;
	}
	assert_int_equal(covered, 5 * 480);
	silences_free(s);
}

/* Zones A and B with a01, a02, b01 of a series "thermal", b02 without any, and ups of the site. */
static struct site *
site_made(void)
{
	static char a[] = "A", b[] = "B";
	static char names[5][4] = { "a01", "a02", "b01", "b02", "ups" };
	struct conf_zone zones[2] = { { .name = a }, { .name = b } };
	struct conf_node nodes[5] = { { .name = NULL } };
	struct conf_collector conf = { .zones = { .v = zones, .n = 2 },
		.nodes = { .v = nodes, .n = 5 } };

	for (size_t i = 0; i < 5; i++) {
		nodes[i].name = names[i];
		nodes[i].zone = i < 2 ? a : i < 4 ? b : NULL;
	}
	struct site *site = site_new(&conf);
	for (uint32_t i = 0; i < 3; i++) {
		struct series_def def = { .step_s = 10, .source = "thermal", .nfields = 1 };
		(void)str_copy(def.node, sizeof def.node, names[i]);
		def.fields[0] = (struct field){ "inlet", FIELD_GAUGE, "Cel", -40, 90, "Inlet air" };
		assert_non_null(site_define(site, i + 1, &def));
	}
	return site;
}

static void
test_preview_and_zone(void **state)
{
	struct site *site = site_made();
	const struct node *nodes[3] = { NULL };
	struct err e;

	(void)state;
	struct silence_match b = { .zone = "B" };
	assert_int_equal(silence_preview(&b, site, nodes, 3), 2);
	assert_string_equal(nodes[0]->name, "b01");
	assert_int_equal(silence_judge_zone(&b, site, &e), 0);
	struct silence_match one = { .node = "*01" };
	assert_int_equal(silence_preview(&one, site, nodes, 1), 2);
	assert_string_equal(nodes[0]->name, "a01");
	assert_string_equal(nodes[1]->name, "b02"); /* as it was: no more than n are written */
	struct silence_match source = { .source = "thermal", .zone = "*" };
	assert_int_equal(silence_preview(&source, site, nodes, 3), 3);
	struct silence_match none = { .source = "fan" };
	assert_int_equal(silence_preview(&none, site, nodes, 3), 0);
	struct silence_match away = { .zone = "Z" };
	assert_int_equal(silence_judge_zone(&away, site, &e), -1);
	struct silence_match whole = { .zone = "site" };
	assert_int_equal(silence_judge_zone(&whole, site, &e), 0);
	assert_int_equal(silence_preview(&whole, site, nodes, 3), 1);
	assert_string_equal(nodes[0]->name, "ups");
	site_free(site);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_baku_over_midnight),
		cmocka_unit_test(test_week_end),
		cmocka_unit_test(test_recurring_within_its_times),
		cmocka_unit_test(test_clock_changes),
		cmocka_unit_test(test_window_texts),
		cmocka_unit_test(test_windows_read_back),
		cmocka_unit_test(test_locales),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_add_end_restore),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_cover),
		cmocka_unit_test(test_cover_recurring),
		cmocka_unit_test(test_preview_and_zone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

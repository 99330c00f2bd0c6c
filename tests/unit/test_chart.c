/* link: zwchart */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Charts: axes with round ends, calendars' ticks, extremes that thinning keeps, and pictures of
 * whatever data there may be. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "collector/report/chart/chart.h"
#include "collector/report/chart/scale.h"
#include "collector/report/chart/thin.h"
#include "collector/report/chart/ticks.h"
#include "zw/alloc.h"
#include "zw/day.h"

/* Local midnight. */
static int64_t
day(int year, int month, int mday)
{
	struct tm tm = {
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = mday, .tm_isdst = -1
	};

	return (int64_t)mktime(&tm);
}

/* An axis of what lies between low and high. */
static struct scale
axis(double low, double high, const char *unit, bool zero)
{
	struct scale s;
	struct scale_wish w = { .low = low,
		.high = high,
		.from = NAN,
		.to = NAN,
		.from_zero = zero,
		.ticks = 6,
		.decimals = -1,
		.unit = unit,
		.lang = LANG_AZ };

	scale_choose(&s, &w);
	return s;
}

/* The words of its tick number i. */
static const char *
label(const struct scale *s, unsigned i, char *dst, size_t size)
{
	scale_label(dst, size, s, scale_first(s) + i * s->step, LANG_AZ);
	return dst;
}

static void
axes_end_at_round_values(void **state)
{
	char text[SCALE_LABEL];

	(void)state;
	struct scale s = axis(20.3, 26.1, "Cel", false);
	assert_true(s.from == 20 && s.to == 27 && s.step == 1);
	assert_string_equal(s.sign, "°C");
	s = axis(20.3, 22.1, "Cel", false);
	assert_true(fabs(s.step - 0.5) < 1e-12 && s.from == 20 && s.to == 22.5);
	assert_string_equal(label(&s, 1, text, sizeof text), "20,5");
	s = axis(3100, 11800, "W", false); /* zero is near */
	assert_true(s.from == 0 && s.to == 12000 && s.step == 2000);
	assert_string_equal(label(&s, 6, text, sizeof text), "12");
	s = axis(0, 3.0 * 1024 * 1024 * 1024, "By", true);
	assert_true(s.divisor == 1024.0 * 1024 * 1024 && s.from == 0);
	s = axis(0.011, 0.21, "s", false);
	assert_true(s.divisor == 0.001 && s.to == 0.25);
	s = axis(0, 5 * 3600, "s", true);
	assert_true(s.divisor == 3600 && s.step == 3600);
	s = axis(97.2, 99.99, "%", false);
	assert_true(s.to == 100 && s.from <= 97.2);
}

static void
axes_of_one_of_none_and_of_negative_values(void **state)
{
	char text[SCALE_LABEL];

	(void)state;
	struct scale s = axis(21.5, 21.5, "Cel", false);
	assert_true(s.from < 21.5 && s.to > 21.5 && scale_ticks(&s) >= 2);
	s = axis(0, 0, "1", true);
	assert_true(s.from == 0 && s.to >= 1);
	s = axis(NAN, NAN, "Cel", false);
	assert_true(s.from < s.to);
	s = axis(-12.4, -3.1, "Cel", false);
	assert_true(s.from <= -12.4 && s.to >= -3.1 && s.to <= 0);
	s = axis(-5, 35000, "kWh", true);
	assert_true(s.from < 0 && s.to >= 35000);
	label(&s, 0, text, sizeof text);
	assert_true(strncmp(text, "\xe2\x88\x92", 3) == 0); /* a minus, not a hyphen */
	s = axis(0, 35000, "kWh", true);
	assert_string_equal(label(&s, 1, text, sizeof text), "10\xe2\x80\xaf"
							     "000");
}

static void
whole_counts_have_no_halves(void **state)
{
	struct scale s;
	struct scale_wish w = { .low = 0,
		.high = 2,
		.from = NAN,
		.to = NAN,
		.from_zero = true,
		.ticks = 6,
		.decimals = 0,
		.unit = "1" };

	(void)state;
	scale_choose(&s, &w);
	assert_true(s.step == 1 && s.to == 2);
}

/* The labels of ticks, joined. */
static const char *
ticks(int64_t from_s, int64_t to_s, double width, enum lang l, char *dst, size_t size)
{
	struct tick *t = xcalloc(TICKS_MAX, sizeof *t);
	size_t n = ticks_of(t, from_s, to_s, width, l), at = 0;

	*dst = '\0';
	for (size_t i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(dst + at, size - at, "%s%s%s%s", i == 0 ? "" : " ",
		    t[i].label, *t[i].below == '\0' ? "" : "/", t[i].below);
	free(t);
	return dst;
}

static void
ticks_are_those_of_calendars(void **state)
{
	char text[1024];

	(void)state;
	assert_string_equal(
	    ticks(day(2026, 10, 1), day(2026, 11, 1), 250, LANG_AZ, text, sizeof text),
	    "01.10/2026 06.10 11.10 16.10 21.10 26.10 01.11");
	assert_string_equal(
	    ticks(day(2026, 2, 1), day(2026, 3, 1), 250, LANG_RU, text, sizeof text),
	    "01.02/2026 06.02 11.02 16.02 21.02 26.02 01.03");
	assert_string_equal(
	    ticks(day(2026, 10, 1), day(2026, 10, 3), 320, LANG_EN, text, sizeof text),
	    "00:00/1 Oct 06:00 12:00 18:00 00:00/2 Oct 06:00 12:00 18:00 00:00/3 Oct");
	assert_string_equal(
	    ticks(day(2025, 11, 1), day(2026, 11, 1), 400, LANG_EN, text, sizeof text),
	    "Nov/2025 Dec Jan/2026 Feb Mar Apr May Jun Jul Aug Sep Oct Nov");
	assert_string_equal(
	    ticks(day(2020, 6, 1), day(2026, 11, 1), 200, LANG_EN, text, sizeof text),
	    "2021 2022 2023 2024 2025 2026");
	assert_string_equal(
	    ticks(day(2026, 10, 1), day(2026, 10, 1) + 3600, 250, LANG_AZ, text, sizeof text),
	    "00:00/01.10 00:10 00:20 00:30 00:40 00:50 01:00");
}

/* In Berlin the day of the change has 25 hours; midnights stay midnights. */
static void
days_may_have_other_lengths(void **state)
{
	struct tick t[TICKS_MAX];

	(void)state;
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	int64_t from_s = day(2026, 10, 24), to_s = day(2026, 10, 28);
	size_t n = ticks_of(t, from_s, to_s, 200, LANG_EN);
	assert_int_equal(n, 5);
	assert_int_equal(t[2].at_s - t[1].at_s, 25 * 3600);
	assert_int_equal(day_midnight(from_s, 2), t[2].at_s);
	setenv("TZ", "Asia/Baku", 1);
	tzset();
}

static void
thinning_keeps_extremes_and_gaps(void **state)
{
	enum {
		N = 8928
	};
	double *v = xcalloc(N, sizeof *v);
	struct thin_point *p = xcalloc(N, sizeof *p);
	double low = INFINITY, high = -INFINITY;
	unsigned firsts = 0;

	(void)state;
	for (int i = 0; i < N; i++)
		v[i] = 20 + sin(i / 50.0);
	v[4321] = 99;
	v[777] = -5;
	v[2000] = NAN;
	v[3000] = v[3002] = NAN; /* 3001 stands alone */
	size_t n = thin_line(p, v, N, 400);
	assert_in_range(n, 400, 820);
	for (size_t i = 0; i < n; i++) {
		low = fmin(low, p[i].low);
		high = fmax(high, p[i].low);
		firsts += p[i].first != 0;
		assert_true(i == 0 || p[i].at > p[i - 1].at);
	}
	assert_true(low == -5 && high == 99);
	assert_int_equal(firsts, 4);
	n = thin_band(p, v, v, N, 400);
	assert_in_range(n, 400, 404);
	n = thin_line(p, v, 100, 400); /* few: all of them */
	assert_int_equal(n, 100);
	for (int i = 0; i < N; i++)
		v[i] = NAN;
	assert_int_equal(thin_line(p, v, N, 400), 0);
	free(p);
	free(v);
}

/* A chart of a kind over October 2026. */
static struct chart *
october(enum chart_kind kind)
{
	struct chart *c = chart_new(kind, LANG_EN);

	c->start_s = day(2026, 10, 1);
	c->end_s = day(2026, 11, 1);
	c->unit = xstrdup("Cel");
	c->title = xstrdup("Inlet");
	return c;
}

/* Draws it twice in each format: it works, and gives the same bytes. Returns the SVG's length. */
static size_t
draw(const struct chart *c)
{
	size_t svg = 0;

	for (int f = CHART_SVG; f <= CHART_PDF; f++) {
		struct buf a = { 0 }, b = { 0 };
		struct err e = { 0 };
		assert_int_equal(chart_picture(&a, c, (enum chart_format)f, 640, 300, &e), 0);
		assert_int_equal(chart_picture(&b, c, (enum chart_format)f, 640, 300, &e), 0);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.data, b.data, a.len);
		static const char *const heads[] = { "<?xml", "\x89PNG", "%PDF-" };
		assert_memory_equal(a.data, heads[f], 4);
		svg = f == CHART_SVG ? a.len : svg;
		buf_free(&a);
		buf_free(&b);
	}
	return svg;
}

static void
all_kinds_draw_whatever_there_is(void **state)
{
	static const double all_unknown[] = { NAN, NAN, NAN }, one[] = { 21.5 };
	static const double mixed[] = { -3, NAN, 4, 0, -1.5 }, same[] = { 7, 7, 7, 7, 7 };

	(void)state;
	for (int kind = CHART_LINES; kind <= CHART_CALENDAR; kind++) {
		struct chart *c = october((enum chart_kind)kind);
		(void)draw(c); /* no line at all */
		chart_free(c);
		c = october((enum chart_kind)kind);
		chart_line(c, "A", all_unknown, all_unknown, all_unknown, 3);
		(void)draw(c);
		chart_free(c);
		c = october((enum chart_kind)kind);
		chart_line(c, "A", one, NULL, NULL, 1);
		(void)draw(c);
		chart_free(c);
		c = october((enum chart_kind)kind);
		chart_line(c, "A", mixed, NULL, NULL, 5);
		chart_line(c, "B", same, same, same, 5);
		chart_limit(c, 6, "6 °C", true);
		chart_limit(c, 1e9, "far away", false);
		(void)draw(c);
		chart_free(c);
	}
}

static void
five_hundred_marks_draw_no_more_than_can_be_seen(void **state)
{
	struct chart *c = october(CHART_LINES);
	double v[744];
	char text[16];

	(void)state;
	for (int i = 0; i < 744; i++)
		v[i] = 20 + i % 24 / 6.0;
	chart_line(c, "A", v, NULL, NULL, 744);
	size_t without = draw(c);
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof text, "#%d", i);
		chart_mark(c, (enum chart_mark_kind)(i % 3), c->start_s + i * 5000,
		    c->start_s + i * 5000 + 900, text);
	}
	chart_mark(c, CHART_INCIDENT, 0, INT64_C(1) << 40, NULL); /* beyond both ends */
	size_t with = draw(c);
	assert_true(with > without && with < without + 400000);
	chart_free(c);
}

/* What is unknown is shaded and named in the legend, what is known is not. */
static void
gaps_are_shaded(void **state)
{
	struct chart *c = october(CHART_LINES), *d = october(CHART_LINES);
	double v[31], w[31];

	(void)state;
	for (int i = 0; i < 31; i++)
		v[i] = w[i] = 20 + i;
	for (int i = 10; i < 14; i++)
		w[i] = NAN;
	chart_line(c, "A", v, NULL, NULL, 31);
	chart_line(d, "A", w, NULL, NULL, 31);
	assert_true(draw(d) > draw(c) + 1000);
	chart_free(c);
	chart_free(d);
}

/* Names within an SVG are its own, so that several fit into one page, and are no counter's. */
static void
pictures_share_no_names(void **state)
{
	struct chart *c = october(CHART_LINES), *d = october(CHART_BARS);
	static const double v[] = { 1, 2, 3 };
	char names[2][16];
	struct err e;

	(void)state;
	chart_line(c, "A", v, NULL, NULL, 3);
	chart_line(d, "A", v, NULL, NULL, 3);
	for (int i = 0; i < 2; i++) {
		struct buf b = { 0 };
		assert_int_equal(chart_picture(&b, i == 0 ? c : d, CHART_SVG, 640, 300, &e), 0);
		buf_u8(&b, '\0');
		const char *text = (const char *)b.data, *id = strstr(text, " id=\"");
		assert_non_null(id);
		snprintf(names[i], sizeof names[i], "%.10s", id + 5);
		assert_int_equal(names[i][0], 'c');
		assert_null(strstr(text, "\"surface"));
		for (const char *p = strstr(text, " id=\""); p != NULL; p = strstr(p + 1, " id=\""))
			assert_memory_equal(p + 5, names[i], 10);
		for (const char *p = strstr(text, "href=\"#"); p != NULL;
		     p = strstr(p + 1, "href=\"#"))
			assert_memory_equal(p + 7, names[i], 10);
		buf_free(&b);
	}
	assert_string_not_equal(names[0], names[1]);
	chart_free(c);
	chart_free(d);
}

static void
sizes_are_bounded(void **state)
{
	struct chart *c = october(CHART_LINES);
	struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(chart_picture(&b, c, CHART_PNG, 99, 300, &e), -1);
	assert_int_equal(chart_picture(&b, c, CHART_PNG, 300, 40000, &e), -1);
	assert_int_equal(b.len, 0);
	chart_free(c);
}

/* Month names are one text of twelve words. */
static void
months_have_short_names(void **state)
{
	char text[TICKS_LABEL];

	(void)state;
	ticks_month(text, sizeof text, 0, LANG_RU);
	assert_string_equal(text, "янв");
	ticks_month(text, sizeof text, 11, LANG_AZ);
	assert_string_equal(text, "dek");
	ticks_day(text, sizeof text, 5, 4, LANG_EN);
	assert_string_equal(text, "5 May");
	ticks_day(text, sizeof text, 5, 4, LANG_AZ);
	assert_string_equal(text, "05.05");
}

#if defined(__SANITIZE_ADDRESS__)
/* fontconfig and pango keep what they found. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\nleak:libpango\n";
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(axes_end_at_round_values),
		cmocka_unit_test(axes_of_one_of_none_and_of_negative_values),
		cmocka_unit_test(whole_counts_have_no_halves),
		cmocka_unit_test(ticks_are_those_of_calendars),
		cmocka_unit_test(days_may_have_other_lengths),
		cmocka_unit_test(thinning_keeps_extremes_and_gaps),
		cmocka_unit_test(all_kinds_draw_whatever_there_is),
		cmocka_unit_test(five_hundred_marks_draw_no_more_than_can_be_seen),
		cmocka_unit_test(gaps_are_shaded),
		cmocka_unit_test(pictures_share_no_names),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(months_have_short_names),
	};

	setenv("TZ", "Asia/Baku", 1);
	tzset();
	lang_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

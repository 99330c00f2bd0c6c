/* link: zwfigures zwstore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* span and stat: the archive that reaches back, what librrd's own fetch has, extremes from MIN and
 * MAX, coverage, the nearest rank; and plant: series, zones, measures. */
#include "figures_fixture.h"

#include "collector/report/figures/span.h"

static const char conf_text[] =
    "zones = ( { name = \"A\"; }, { name = \"B\"; } );\n"
    "nodes = ( { name = \"srv\"; zone = \"A\"; }, { name = \"b1\"; zone = \"B\"; },\n"
    "  { name = \"ups-1\"; kind = \"device\"; zone = \"site\"; role = \"ups\"; serves = [ \"A\" ]; "
    "},\n"
    "  { name = \"gw\"; kind = \"device\"; zone = \"site\"; } );\n"
    "measures = ( { name = \"inlet\"; source = \"*\"; field = \"*inlet\"; } );\n";

static struct ff ff;
static struct series_def def; /* srv/thermal, 60 s: 40 days to T1 */
#define T1 (ff_time("2026-11-01 00:00"))
#define T0 (T1 - 40 * 86400)

/* A day's wave with a spike of a minute on each 7th; nothing on the 10th from 06:00 to 12:00, and
 * one sample of three of the 11th's first hour. */
static double
inlet(unsigned field, int64_t t)
{
	int64_t gap = ff_time("2026-10-10 06:00"), thin = ff_time("2026-10-11 00:00");
	double v = 22 + 3 * sin((double)(t % 86400) / 86400 * 2 * M_PI);

	if (field == 1)
		return 300;
	if ((t > gap && t <= gap + 6 * 3600) ||
	    (t > thin && t <= thin + 3600 && (t - thin) % 300 != 60))
		return NAN;
	return (t - 43200) % (7 * 86400) == 0 ? 45 : v;
}

static int
setup(void **state)
{
	(void)state;
	ff_new(&ff, conf_text);
	def = ff_series(&ff, "srv/thermal", 60, "inlet:Cel power:W", T0);
	ff_fill(&def, T0 + 60, T1, inlet);
	(void)ff_series(&ff, "b1/thermal", 60, "inlet:Cel", T0);
	(void)ff_series(&ff, "ups-1/ups", 60, "load:%", T0);
	(void)ff_series(&ff, "gw/gateway", 60, "x_inlet:1", T0);
	ff_open(&ff);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ff_free(&ff);
	return 0;
}

/* Seconds of known rows whose average lies in (above, upto]. */
static double
seconds_in(const struct span *s, unsigned field, double above, double upto)
{
	size_t n = 0;

	for (size_t r = 0; r < s->nrows; r++) {
		double v = s->values[SPAN_AVERAGE][field][r];
		n += v > above && v <= upto;
	}
	return (double)n * (double)s->step_s;
}

/* The span of srv/thermal. */
static struct span *
span_of(int64_t from_s, int64_t to_s, int64_t min_step_s)
{
	struct err e = { "" };
	struct span *s;
	const struct series *se = site_series_named(ff.plant->site, "srv/thermal");

	assert_non_null(se);
	if (span_read(&s, se, from_s, to_s, min_step_s, &e) == -1)
		fail_msg("%s", e.msg);
	return s;
}

/* Every row is what rrd_fetch_r() has, each function's from its own archive. */
static void
test_rows(void **state)
{
	(void)state;
	static const char *const words[] = { "AVERAGE", "MIN", "MAX" };
	struct span *s = span_of(T1 - 31 * 86400, T1, 300);

	assert_int_equal(s->step_s, 300);
	assert_int_equal(s->nrows, 31 * 288);
	assert_int_equal(s->from_s, T1 - 31 * 86400);
	assert_int_equal(s->first_s, s->from_s);
	for (enum span_cf cf = SPAN_AVERAGE; cf <= SPAN_MAX; cf++) {
		time_t start = (time_t)s->from_s, end = (time_t)s->to_s;
		unsigned long step = 300, n = 0;
		char **names;
		rrd_value_t *v;
		assert_int_equal(
		    rrd_fetch_r("srv/thermal.rrd", words[cf], &start, &end, &step, &n, &names, &v),
		    0);
		assert_int_equal(start, s->from_s);
		for (size_t r = 0; r < s->nrows; r++)
			for (unsigned i = 0; i < 2; i++)
				assert_memory_equal(&v[r * 2 + i], &s->values[cf][i][r],
				    isnan(v[r * 2 + i]) ? 0 : sizeof *v);
		for (unsigned i = 0; i < n; i++)
			rrd_freemem(names[i]);
		rrd_freemem(names);
		rrd_freemem(v);
	}
	span_free(s);
}

/* The finest that reaches back and is coarse enough. */
static void
test_choice(void **state)
{
	(void)state;
	static const struct {
		int64_t back_s, min_s, step_s;
	} rows[] = { { 86400, 0, 60 }, { 86400, 300, 300 }, { 86400, 301, 3600 },
		{ 13 * 86400, 0, 60 }, { 15 * 86400, 0, 300 }, { 91 * 86400, 300, 3600 },
		{ 3000 * 86400LL, 0, 3600 }, { 86400, 86400, 3600 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span *s = span_of(T1 - rows[i].back_s, T1, rows[i].min_s);
		assert_int_equal(s->step_s, rows[i].step_s);
		span_free(s);
	}
	/* What is before all rows is unknown, what is after the last, too; whole rows outwards. */
	struct span *s = span_of(T0 - 86400 + 17, T1 + 86401, 3600);
	assert_int_equal(s->from_s, T0 - 86400);
	assert_int_equal(s->to_s, T1 + 86400 + 3600);
	assert_int_equal(s->first_s, T0);
	assert_true(isnan(s->values[SPAN_AVERAGE][0][s->nrows - 1]));
	span_free(s);
}

/* What a month says, against sums over the samples themselves. */
static void
test_stats(void **state)
{
	(void)state;
	int64_t from = ff_time("2026-10-01 00:00");
	struct span *s = span_of(from, T1, 300);
	struct stats st;
	double sum = 0, worst = 0;
	size_t n = 0, warm = 0;

	for (int64_t row = from; row < T1; row += 300) {
		double part = 0;
		int known = 0;
		for (int64_t t = row + 60; t <= row + 300; t += 60) {
			/* A sample counts for the minute before it. */
			double v = inlet(0, t);
			known += !isnan(v);
			part += isnan(v) ? 0 : v;
		}
		if (known < 3)
			continue; /* under 50 % */
		n++;
		sum += part / known;
		warm += part / known > 24.5;
		worst = part / known > worst ? part / known : worst;
	}
	stat_of(&st, s, 0);
	assert_float_equal(st.known_s, (double)n * 300, 0);
	assert_float_equal(st.total_s, 31 * 86400, 0);
	/* Six hours, and the hour of which a third was known: its rows are no data. */
	assert_float_equal(st.known_s, 31 * 86400 - 7 * 3600, 0);
	assert_float_equal(st.mean, sum / (double)n, 1e-9);
	assert_float_equal(st.max, 45, 0); /* of MAX; the average of that row is less */
	assert_true(worst < 30);
	assert_int_equal((st.max_at_s + 300 - 43200) / 86400 % 7, 0);
	assert_true(st.min >= 19 && st.min < 19.001);
	assert_float_equal(stat_coverage(&st), st.known_s / st.total_s, 1e-12);
	assert_float_equal(seconds_in(s, 0, 24.5, INFINITY), (double)warm * 300, 0);
	assert_float_equal(seconds_in(s, 0, -INFINITY, 24.5), (double)(n - warm) * 300, 0);
	assert_float_equal(stat_integral(s, 1), 300.0 * 31 * 86400, 1e-3); /* 300 W */
	/* The 95th of so many: that many are not above it. */
	assert_true(seconds_in(s, 0, -INFINITY, st.p95) / 300 >= 0.95 * (double)n);
	assert_true(seconds_in(s, 0, -INFINITY, st.p95 - 1e-9) / 300 < 0.95 * (double)n);
	stat_between(&st, s, 0, ff_time("2026-10-10 06:00"), ff_time("2026-10-10 12:00"));
	assert_true(st.known_s == 0 && isnan(st.mean) && isnan(st.p95) && isnan(st.max));
	assert_float_equal(st.total_s, 6 * 3600, 0);
	span_free(s);
}

/* For qsort(). */
static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
test_percentile(void **state)
{
	(void)state;
	double v[100];
	double few[] = { 3, NAN, 1, 2 };

	for (int i = 0; i < 100; i++)
		v[i] = 100 - i;
	assert_float_equal(stat_percentile(v, 100, 95), 95, 0);
	assert_float_equal(stat_percentile(v, 20, 95), 19, 0);
	assert_float_equal(stat_percentile(v, 100, 0), 1, 0);
	assert_float_equal(stat_percentile(v, 100, 100), 100, 0);
	assert_float_equal(stat_percentile(v, 1, 95), 1, 0);
	assert_float_equal(stat_percentile(few, 4, 50), 2, 0);
	assert_true(isnan(stat_percentile(v, 0, 95)));
	/* Many, in any order, with many alike: as qsort() has it. */
	enum {
		MANY = 5000
	};
	double *many = xcalloc(MANY, sizeof *many), *sorted = xcalloc(MANY, sizeof *sorted);
	uint32_t x = 1;
	for (int round = 1; round < 200; round++) {
		size_t n = (size_t)(round < 50 ? round : MANY);
		for (size_t i = 0; i < n; i++) {
			x = x * 1664525 + 1013904223;
			many[i] = round % 3 == 0   ? (double)i
				  : round % 3 == 1 ? (double)(x >> 30)
						   : (double)(x >> 8);
		}
		memcpy(sorted, many, n * sizeof *many);
		qsort(sorted, n, sizeof *sorted, by_value);
		double percent = (double)(round * 7 % 101);
		size_t rank = (size_t)ceil(percent / 100 * (double)n - 1e-9);
		rank = rank < 1 ? 1 : rank;
		assert_float_equal(stat_percentile(many, n, percent), sorted[rank - 1], 0);
	}
	free(many);
	free(sorted);
}

/* A file that is no RRD, one that is cut, and none at all. */
static void
test_damaged(void **state)
{
	(void)state;
	const struct series *se = site_series_named(ff.plant->site, "b1/thermal");
	struct span *s;
	struct err e;

	assert_int_equal(span_read(&s, se, T0, T1, 300, &e), 0); /* never written to */
	assert_int_equal(s->first_s, s->to_s);
	span_free(s);
	assert_int_equal(truncate("b1/thermal.rrd", 2000), 0);
	assert_int_equal(span_read(&s, se, T0, T1, 300, &e), -1);
	FILE *f = fopen("b1/thermal.rrd", "w");
	fputs("no RRD", f);
	fclose(f);
	assert_int_equal(span_read(&s, se, T0, T1, 300, &e), -1);
	assert_int_equal(unlink("b1/thermal.rrd"), 0);
	assert_int_equal(span_read(&s, se, T0, T1, 300, &e), -1);
	assert_non_null(strstr(e.msg, "b1/thermal.rrd"));
}

/* Gathers names. */
static void
note_field(void *arg, const struct series *se, unsigned field)
{
	char *text = arg;

	(void)field;
	strcat(strcat(text, se->node->name), " ");
}

static void
note_series(void *arg, const struct series *se)
{
	note_field(arg, se, 0);
}

static void
test_plant(void **state)
{
	(void)state;
	const struct site *site = ff.plant->site;
	const struct zone *a = site_zone(site, "A"), *b = site_zone(site, "B");
	char text[256] = "";

	assert_int_equal(ff.plant->data_end_s, T1);
	assert_true(plant_in_zone(site_node(site, "srv"), a));
	assert_false(plant_in_zone(site_node(site, "srv"), b));
	assert_true(plant_in_zone(site_node(site, "srv"), NULL));
	assert_true(plant_in_zone(site_node(site, "ups-1"), a)); /* it feeds A */
	assert_false(plant_in_zone(site_node(site, "ups-1"), b));
	assert_false(plant_in_zone(site_node(site, "gw"), a)); /* of the site, and serves nobody */
	plant_measure(ff.plant, "inlet", NULL, note_field, text);
	assert_string_equal(text, "srv b1 gw ");
	*text = '\0';
	plant_measure(ff.plant, "inlet", b, note_field, text);
	assert_string_equal(text, "b1 ");
	*text = '\0';
	plant_sources(ff.plant, "u*", a, note_series, text);
	assert_string_equal(text, "ups-1 ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_percentile),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_plant),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

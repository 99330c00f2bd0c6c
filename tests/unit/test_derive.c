/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Derived values against sums made by hand: extremes, sums that need all inputs, a ratio, indices,
 * a rate, a dew point of one probe in two series. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/conf.h"
#include "collector/derive/derive.h"
#include "zw/alloc.h"

#define T0 INT64_C(1700000000)

static char A[] = "A", B[] = "B", a1[] = "a1", a2[] = "a2", b1[] = "b1";

struct dv {
	struct conf_collector conf;
	struct conf_zone zones[2];
	struct conf_node nodes[3];
	struct conf_measure measures[8];
	struct conf_derived rows[12];
	struct site *site;
	struct derive *d;
	uint32_t sid;
};

static void
measure(struct dv *v, char *name, char *source, char *field)
{
	static char any[] = "*";
	v->measures[v->conf.measures.n++] = (struct conf_measure){
		.name = name, .source = source, .instance = any, .field = field
	};
}

static void
row(struct dv *v, char *source, char *field, char *kind, char *scope, char *of, char *other)
{
	v->rows[v->conf.derived.n++] = (struct conf_derived){ .source = source,
		.field = field,
		.kind = kind,
		.scope = scope,
		.measure = of,
		.other = other,
		.over = 300000 };
}

static struct dv *
dv_new(void)
{
	struct dv *v = xcalloc(1, sizeof *v);
	v->zones[0].name = A;
	v->zones[1].name = B;
	v->nodes[0] = (struct conf_node){ .name = a1, .zone = A };
	v->nodes[1] = (struct conf_node){ .name = a2, .zone = A };
	v->nodes[2] = (struct conf_node){ .name = b1, .zone = B };
	v->conf.zones = (struct conf_list){ .v = v->zones, .n = 2 };
	v->conf.nodes = (struct conf_list){ .v = v->nodes, .n = 3 };
	v->conf.measures.v = v->measures;
	v->conf.derived.v = v->rows;
	return v;
}

static void
dv_start(struct dv *v)
{
	v->site = site_new(&v->conf);
	v->d = derive_new(&v->conf, v->site);
}

static void
dv_free(struct dv *v)
{
	derive_free(v->d);
	site_free(v->site);
	free(v);
}

static struct series *
series(struct dv *v, const char *node, const char *source, const char *instance, const char *field,
    const char *unit)
{
	struct series_def def = { .step_s = 10, .nfields = 1 };
	snprintf(def.node, sizeof def.node, "%s", node);
	snprintf(def.source, sizeof def.source, "%s", source);
	snprintf(def.instance, sizeof def.instance, "%s", instance);
	def.fields[0] = (struct field){ .kind = FIELD_GAUGE, .min = NAN, .max = NAN };
	snprintf(def.fields[0].name, sizeof def.fields[0].name, "%s", field);
	snprintf(def.fields[0].unit, sizeof def.fields[0].unit, "%s", unit);
	return site_define(v->site, ++v->sid, &def);
}

static void
set(struct series *se, int64_t time_s, double value)
{
	assert_true(site_update(se, time_s, time_s * 1000, 1, &value));
}

/* The value of a field of a derived series at a time. */
static double
get(struct dv *v, const char *node, const char *source, const char *field, int64_t time_s)
{
	double values[METRIC_MAX_FIELDS];
	for (size_t i = 0; i < derive_count(v->d); i++) {
		const struct series_def *def = derive_def(v->d, i);
		if (strcmp(def->node, node) != 0 || strcmp(def->source, source) != 0)
			continue;
		derive_values(v->d, i, time_s, time_s * 1000, values);
		for (unsigned k = 0; k < def->nfields; k++)
			if (strcmp(def->fields[k].name, field) == 0)
				return values[k];
	}
	fail_msg("no %s/%s/%s", node, source, field);
	return NAN;
}

static char inlet[] = "inlet", thermal[] = "thermal", air[] = "air", zone[] = "zone",
	    site[] = "site", max[] = "max", rate[] = "rate", hi[] = "hi", lo[] = "lo",
	    mean[] = "mean";

static void
assert_near(double is, double wanted, double within)
{
	if (!(fabs(is - wanted) <= within))
		fail_msg("%g is not %g", is, wanted);
}

static void
test_zone(void **state)
{
	(void)state;
	static char maximum[] = "maximum", average[] = "average", rci_high[] = "rci-high",
		    rci_low[] = "rci-low";
	struct dv *v = dv_new();
	measure(v, inlet, thermal, inlet);
	row(v, air, max, maximum, zone, inlet, NULL);
	row(v, air, mean, average, zone, inlet, NULL);
	row(v, air, hi, rci_high, zone, inlet, NULL);
	row(v, air, lo, rci_low, zone, inlet, NULL);
	row(v, air, max, maximum, site, inlet, NULL);
	dv_start(v);
	assert_false(derive_find(v->d));
	struct series *s1 = series(v, a1, thermal, "", inlet, "Cel");
	struct series *s2 = series(v, a2, thermal, "", inlet, "Cel");
	assert_true(derive_find(v->d));
	assert_int_equal(derive_count(v->d), 2); /* zone.A and site, not zone.B */
	assert_string_equal(derive_def(v->d, 0)->fields[0].unit, "Cel");
	set(s1, T0, 25);
	set(s2, T0, 29.5);
	assert_near(get(v, "zone.A", air, max, T0), 29.5, 0);
	assert_near(get(v, "site", air, max, T0), 29.5, 0);
	assert_near(get(v, "zone.A", air, mean, T0), 27.25, 0);
	assert_near(get(v, "zone.A", air, hi, T0), 75, 1e-9); /* 2.5 of 2 x 5 K */
	assert_near(get(v, "zone.A", air, lo, T0), 100, 0);
	set(s1, T0 + 60, 17);
	assert_near(get(v, "zone.A", air, max, T0 + 60), 17, 0); /* the other is stale */
	assert_near(get(v, "zone.A", air, lo, T0 + 60), 100 * (1 - 1.0 / 3), 1e-9);
	assert_true(isnan(get(v, "zone.A", air, max, T0 + 200)));
	struct series *s3 = series(v, b1, thermal, "", inlet, "Cel");
	set(s3, T0 + 70, 20);
	assert_true(derive_find(v->d));
	assert_near(get(v, "zone.B", air, max, T0 + 70), 20, 0);
	dv_free(v);
}

static void
test_power(void **state)
{
	(void)state;
	static char sum[] = "sum", ratio[] = "ratio", it[] = "it-power", all[] = "site-power",
		    pdu[] = "pdu", ups[] = "ups", power[] = "power", pue[] = "pue", val[] = "value";
	struct dv *v = dv_new();
	measure(v, it, pdu, power);
	measure(v, all, ups, power);
	row(v, power, it, sum, site, it, NULL);
	row(v, pue, val, ratio, site, all, it);
	dv_start(v);
	struct series *p1 = series(v, a1, pdu, "", power, "W");
	struct series *p2 = series(v, b1, pdu, "", power, "W");
	struct series *u = series(v, a2, ups, "", power, "W");
	derive_find(v->d);
	set(p1, T0, 4000);
	assert_true(isnan(get(v, "site", power, it, T0))); /* one of two is missing */
	set(p2, T0, 6000);
	assert_near(get(v, "site", power, it, T0), 10000, 0);
	assert_true(isnan(get(v, "site", pue, val, T0)));
	set(u, T0, 15000);
	assert_near(get(v, "site", pue, val, T0), 1.5, 0);
	set(p1, T0 + 10, 0);
	set(p2, T0 + 10, 0);
	assert_true(isnan(get(v, "site", pue, val, T0 + 10)));
	dv_free(v);
}

static void
test_rate(void **state)
{
	(void)state;
	static char kind[] = "rate";
	struct dv *v = dv_new();
	measure(v, inlet, thermal, inlet);
	row(v, air, rate, kind, zone, inlet, NULL);
	dv_start(v);
	struct series *s = series(v, a1, thermal, "", inlet, "Cel");
	derive_find(v->d);
	assert_string_equal(derive_def(v->d, 0)->fields[0].unit, "K/min");
	for (int i = 0; i < 40; i++) {
		set(s, T0 + i * 10, 24 + 1.5 * i / 6);
		double r = get(v, "zone.A", air, rate, T0 + i * 10);
		if (i < 15)
			assert_true(isnan(r));
		else
			assert_near(r, 1.5, 1e-6);
	}
	dv_free(v);
}

static void
test_dew_point(void **state)
{
	(void)state;
	static char kind[] = "dew-point", humidity[] = "humidity", temperature[] = "temperature",
		    value[] = "value", dew[] = "dewpoint", scope[] = "series";
	assert_near(derive_dew_point(24, 57), 15, 0.1); /* ASHRAE's pairs at 24 °C */
	assert_near(derive_dew_point(24, 10.4), -9, 0.1);
	assert_near(derive_dew_point(20, 100), 20, 1e-9);
	assert_true(isnan(derive_dew_point(20, 0)) && isnan(derive_dew_point(20, 101)));
	struct dv *v = dv_new();
	measure(v, humidity, humidity, value);
	measure(v, temperature, temperature, value);
	row(v, dew, value, kind, scope, humidity, temperature);
	dv_start(v);
	struct series *h = series(v, a1, humidity, "p1", value, "%");
	derive_find(v->d);
	assert_int_equal(derive_count(v->d), 0); /* its temperature is not known yet */
	struct series *other = series(v, a1, temperature, "p2", value, "Cel");
	struct series *t = series(v, a1, temperature, "p1", value, "Cel");
	assert_true(derive_find(v->d));
	assert_int_equal(derive_count(v->d), 1);
	assert_string_equal(derive_def(v->d, 0)->instance, "p1");
	set(other, T0, 50);
	set(h, T0, 57);
	set(t, T0, 24);
	assert_near(get(v, "a1", dew, value, T0), 15, 0.1);
	dv_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_power),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_dew_point),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which field holds what, by the configuration's measures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/conf.h"
#include "collector/site/measure.h"
#include "collector/site/site.h"
#include "zw/str.h"

static char inlet[] = "inlet", supply[] = "supply", any[] = "*", ends[] = "*inlet",
	    temperature[] = "temperature", nlet[] = "*nlet*", value[] = "value", units[] = "cool-*";

static void
test_rows(void **state)
{
	static char *only[] = { units };
	struct conf_measure rows[] = {
		{ .name = inlet, .source = any, .instance = any, .field = ends },
		{ .name = inlet, .source = temperature, .instance = nlet, .field = value },
		/* without an instance, and of some nodes only */
		{ .name = supply, .source = temperature, .field = value, .nodes = { only, 1 } },
		{ .name = supply, .field = value }, /* says nothing */
		{ .source = any, .field = any },
	};
	struct conf_collector conf = { .measures = { .v = rows, .n = 5 } };
	struct node server = { .name = "srv" }, unit = { .name = "cool-a" };
	struct series se = { .node = &server,
		.source = "thermal",
		.nfields = 2,
		.fields = { { .name = "rack_inlet" }, { .name = "value" } } };

	(void)state;
	assert_true(measure_holds(&conf, "inlet", &se, 0));
	assert_false(measure_holds(&conf, "inlet", &se, 1));
	assert_false(measure_holds(&conf, "supply", &se, 1));
	struct series probe = se;
	(void)str_copy(probe.source, sizeof probe.source, "temperature");
	(void)str_copy(probe.instance, sizeof probe.instance, "Inlet 1");
	assert_true(measure_holds(&conf, "inlet", &probe, 1));
	assert_false(measure_holds(&conf, "supply", &probe, 1)); /* not of this node */
	probe.node = &unit;
	assert_true(measure_holds(&conf, "supply", &probe, 1));
	assert_true(measure_covers(&rows[2], &probe, 1));
	assert_false(measure_covers(&rows[2], &probe, 0));
	(void)str_copy(probe.instance, sizeof probe.instance, "Rear");
	assert_false(measure_holds(&conf, "inlet", &probe, 1));
	assert_false(measure_holds(&conf, "humidity", &probe, 1));
	assert_false(measure_holds(&conf, NULL, &probe, 1));
	struct conf_collector none = { 0 };
	assert_false(measure_holds(&none, "inlet", &se, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

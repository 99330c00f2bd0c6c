/* link: zwfigures */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which outages of links are their own; which port is whose. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "collector/conf.h"
#include "collector/report/figures/availability.h"
#include "collector/report/figures/links.h"
#include "collector/site/site.h"

#define T0 INT64_C(1793000000)
#define HOUR 3600

static char za[] = "A", sw[] = "switch-1", up[] = "uplink", l1[] = "link-01", l2[] = "link-02",
	    l3[] = "link-03", link_kind[] = "link", device[] = "device";

/* A switch that hangs on an uplink; two links on the switch, one by itself. */
static struct site *
site_of(void)
{
	static char *on_uplink[] = { up }, *on_switch[] = { sw };
	struct conf_zone zones[] = { { .name = za } };
	struct conf_node nodes[] = {
		{ .name = up, .kind = device, .zone = za },
		{ .name = sw, .kind = device, .zone = za, .depends = { on_uplink, 1 } },
		{ .name = l1, .kind = link_kind, .zone = za, .depends = { on_switch, 1 } },
		{ .name = l2, .kind = link_kind, .zone = za, .depends = { on_switch, 1 } },
		{ .name = l3, .kind = link_kind, .zone = za },
	};
	struct conf_collector conf = { .zones = { zones, 1 }, .nodes = { nodes, 5 } };

	return site_new(&conf);
}

/* An outage from minute to minute of T0's hour. */
static struct availability_outage
outage(int from_min, int to_min)
{
	return (struct availability_outage){ .from_ms = (T0 + from_min * 60) * 1000,
		.to_ms = (T0 + to_min * 60) * 1000,
		.down_s = (to_min - from_min) * 60 };
}

/* What availability says of a link with these outages, of a day. */
static struct availability_one
line(struct site *s, const char *name, struct availability_outage *o, size_t n)
{
	struct availability_one a = { .kind = AVAILABILITY_LINK,
		.node = site_node(s, name),
		.target = 0.995,
		.outages = o,
		.noutages = n };

	for (size_t i = 0; i < n; i++)
		a.time.unplanned_s += o[i].down_s;
	a.time.up_s = 24 * HOUR - a.time.unplanned_s;
	return a;
}

static struct annals_incident
incident(uint64_t id, const char *node, int from_min, int to_min)
{
	return (struct annals_incident){ .id = id,
		.node = node,
		.zone = "A",
		.cause = "No data from the node",
		.severity = WIRE_CRITICAL,
		.opened_ms = (T0 + from_min * 60) * 1000,
		.closed_ms = (T0 + to_min * 60) * 1000 };
}

static void
test_shared(void **state)
{
	struct site *s = site_of();
	struct availability_outage a[] = { outage(9, 31), outage(100, 110) },
				   b[] = { outage(10, 30) }, c[] = { outage(10, 30) };
	struct availability_one lines[] = { line(s, l1, a, 2), line(s, l2, b, 1),
		line(s, l3, c, 1) };
	/* The uplink's is two steps above the links, and began a little later than they fell. */
	struct annals_incident in[] = { incident(7, up, 11, 32), incident(8, sw, 99, 111),
		incident(9, l3, 10, 30) };
	struct links v = { .from_s = T0, .to_s = T0 + 24 * HOUR };

	(void)state;
	links_charge(&v, lines, 3, in, 3, s);
	assert_int_equal(v.ncauses, 1); /* by the switch's only one link fell */
	assert_int_equal(v.causes[0].incident, 7);
	assert_int_equal(v.causes[0].links, 2);
	assert_float_equal(v.causes[0].lost_s, 42 * 60, 1e-9);
	assert_int_equal(v.ones[0].outages, 1);
	assert_int_equal(v.ones[0].shared, 1);
	assert_float_equal(v.ones[0].shared_s, 22 * 60, 1e-9);
	assert_float_equal(v.ones[0].own_s, 10 * 60, 1e-9);
	assert_float_equal(v.ones[0].longest_s, 10 * 60, 1e-9);
	assert_int_equal(v.ones[0].longest_at_s, T0 + 100 * 60);
	double up_s = 24 * HOUR - 32 * 60;
	assert_float_equal(v.ones[0].availability, up_s / (up_s + 600), 1e-12);
	assert_float_equal(v.ones[1].availability, 1, 0);
	assert_int_equal(v.ones[2].outages, 1); /* it hangs on nothing */
	assert_int_equal(v.met, 1);
	assert_int_equal(v.missed, 2);
	links_free(NULL);
	free(v.ones);
	free(v.causes);
	site_free(s);
}

/* Less than half within it, a warning, a link's own, one that is open still. */
static void
test_not_shared(void **state)
{
	struct site *s = site_of();
	struct availability_outage a[] = { outage(0, 60) }, b[] = { outage(0, 60) };
	struct availability_one lines[] = { line(s, l1, a, 1), line(s, l2, b, 1) };
	struct annals_incident in[] = { incident(7, sw, 0, 20), incident(8, sw, 0, 60) };
	struct links v = { .from_s = T0, .to_s = T0 + 24 * HOUR };

	(void)state;
	in[1].severity = WIRE_WARNING;
	links_charge(&v, lines, 2, in, 2, s);
	assert_int_equal(v.ncauses, 0);
	assert_int_equal(v.ones[1].outages, 1);
	free(v.ones);
	free(v.causes);
	v = (struct links){ .from_s = T0, .to_s = T0 + 24 * HOUR };
	in[0].closed_ms = 0;
	links_charge(&v, lines, 2, in, 1, s);
	assert_int_equal(v.ncauses, 1);
	assert_true(v.causes[0].open);
	assert_int_equal(v.causes[0].to_s, v.to_s);
	assert_int_equal(v.ones[0].outages, 0);
	assert_int_equal(v.ones[0].longest_at_s, 0);
	free(v.ones);
	free(v.causes);
	site_free(s);
}

/* No link at all, and one of which nothing is known. */
static void
test_nothing(void **state)
{
	struct site *s = site_of();
	struct availability_one lines[] = { line(s, l1, NULL, 0) };
	struct links v = { .from_s = T0, .to_s = T0 + HOUR };

	(void)state;
	lines[0].time.up_s = 0;
	lines[0].part = NAN;
	links_charge(&v, lines, 1, NULL, 0, s);
	assert_true(isnan(v.ones[0].availability));
	assert_true(isnan(v.availability));
	assert_int_equal(v.met + v.missed, 0);
	free(v.ones);
	free(v.causes);
	v = (struct links){ .from_s = T0, .to_s = T0 + HOUR };
	links_charge(&v, NULL, 0, NULL, 0, s);
	assert_int_equal(v.nones, 0);
	free(v.ones);
	free(v.causes);
	site_free(s);
}

static void
test_ports(void **state)
{
	(void)state;
	assert_true(links_bears("GE0/0/1 1 nömrəli məktəb: State", "1 nömrəli məktəb"));
	assert_false(links_bears("GE0/0/11 11 nömrəli məktəb: State", "1 nömrəli məktəb"));
	assert_true(links_bears("GE0/0/11 11 nömrəli məktəb: State", "11 nömrəli məktəb"));
	assert_true(links_bears("Ethernet 1/2 link-07: State", "link-07"));
	assert_false(links_bears("link-07: State", "link-07")); /* no port's name before it */
	assert_false(links_bears("GE0/0/1: State", "link-07"));
	assert_false(links_bears("State", "link-07"));
	assert_false(links_bears("GE0/0/1 x: State", ""));
	assert_false(links_bears("GE0/0/1 x: State", NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_not_shared),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

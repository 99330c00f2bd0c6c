/* link: zwprofile */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: the values of a device by a profile, and what devices do to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "rows_fixture.h"

/* Numbers: scales, conversions, sentinels, plausibility. */
static void
test_numbers(void **state)
{
	(void)state;
	struct device d;
	struct row_value v;

	device_open(&d,
	    "scalars = ( { source = \"x\"; interval = \"10s\"; fields = (\n"
	    "{ name = \"tenth\"; oid = \"1.3.1.0\"; scale = 0.1; unit = \"Cel\"; none = [ \"-1\", "
	    "\"65535..70000\", \"no*\" ]; min = -20; max = 90; },\n"
	    "{ name = \"fahr\"; oid = \"1.3.2.0\"; convert = \"fahrenheit\"; scale = 0.1; },\n"
	    "{ name = \"uns\"; oid = \"1.3.3.0\"; convert = \"unsigned32\"; scale = 1024; },\n"
	    "{ name = \"sig\"; oid = \"1.3.4.0\"; convert = \"signed32\"; scale = 0.001; },\n"
	    "{ name = \"dbm1\"; oid = \"1.3.5.0\"; convert = \"optical-power\"; },\n"
	    "{ name = \"dbm2\"; oid = \"1.3.6.0\"; convert = \"optical-power\"; },\n"
	    "{ name = \"hex\"; oid = \"1.3.7.0\"; convert = \"hex-float\"; },\n"
	    "{ name = \"off\"; oid = \"1.3.8.0\"; scale = 2; offset = -5; },\n"
	    "{ name = \"big\"; oid = \"1.3.9.0\"; kind = \"counter\"; unit = \"By\"; max = 10; },\n"
	    "{ name = \"minus\"; oid = \"1.3.10.0\"; scale = -0.5; },\n"
	    "{ name = \"absent\"; oid = \"1.3.11.0\"; } ); } );\n",
	    "1.3.1.0|2|209\n1.3.2.0|2|689\n1.3.3.0|2|-1\n1.3.4.0|66|4294962296\n1.3.5.0|2|500\n"
	    "1.3.6.0|2|-523\n1.3.7.0|4|41AC0000\n1.3.8.0|2|10\n1.3.9.0|70|9007199254740993\n"
	    "1.3.10.0|2|3\n",
	    NULL);
	assert_int_equal(rows_count(d.r), 1);
	assert_int_equal(rows_at(d.r, 0)->def.nfields, 10);
	assert_int_equal(rows_at(d.r, 0)->def.step_s, 10);
	assert_int_equal(rows_at(d.r, 0)->index.n, 0);
	v = fixture_value(d.r, "x", "tenth");
	assert_true(v.value >= 20.9 && v.value <= 20.9); /* divided, not multiplied */
	assert_string_equal(v.raw, "209");
	check(&d, "x", "fahr", 20.5, VALUE_OK);
	check(&d, "x", "uns", 4294967295.0 * 1024, VALUE_OK);
	check(&d, "x", "sig", -5, VALUE_OK);
	check(&d, "x", "dbm1", 10 * log10(0.5), VALUE_OK);
	check(&d, "x", "dbm2", -5.23, VALUE_OK);
	check(&d, "x", "hex", 21.5, VALUE_OK);
	check(&d, "x", "off", 15, VALUE_OK);
	check(&d, "x", "big", 9007199254740992.0, VALUE_OK);
	check(&d, "x", "minus", -1.5, VALUE_OK);
	check(&d, "x", "absent", NAN, VALUE_MISSING);
	answer_integer(&d, "1.3.1.0", -1);
	check(&d, "x", "tenth", NAN, VALUE_NONE);
	answer_integer(&d, "1.3.1.0", 66000);
	check(&d, "x", "tenth", NAN, VALUE_NONE);
	answer_integer(&d, "1.3.1.0", 901);
	check(&d, "x", "tenth", NAN, VALUE_IMPLAUSIBLE);
	v = fixture_value(d.r, "x", "tenth");
	assert_true(v.shown >= 90.1 && v.shown <= 90.1);
	answer(&d, "1.3.1.0", &(struct varbind){ .type = VARBIND_NULL });
	check(&d, "x", "tenth", NAN, VALUE_MISSING);
	answer(&d, "1.3.1.0", &(struct varbind){ .type = VARBIND_NO_INSTANCE });
	check(&d, "x", "tenth", NAN, VALUE_MISSING);
	answer(&d, "1.3.1.0", &(struct varbind){ .type = VARBIND_REAL, .d = (double)NAN });
	check(&d, "x", "tenth", NAN, VALUE_NONE);
	device_close(&d);
}

/* Numbers in texts. */
static void
test_texts(void **state)
{
	(void)state;
	struct device d;
	static const struct {
		const char *text;
		double want;
		enum value_status status;
	} rows[] = { { "23.000", 23, VALUE_OK }, { " 38% of maximum", 38, VALUE_OK },
		{ "-12.5 C", -12.5, VALUE_OK }, { "+7", 7, VALUE_OK }, { "23,5", 23.5, VALUE_OK },
		{ "1,234", 1, VALUE_OK }, { ".5", 0.5, VALUE_OK }, { "-.5", -0.5, VALUE_OK },
		{ "temp: 21 C", 21, VALUE_OK }, { "1.5e+02", 150, VALUE_OK },
		{ "T1 absent", NAN, VALUE_UNREADABLE }, { "PSU-1", 1, VALUE_OK },
		{ "", NAN, VALUE_NONE }, { "   ", NAN, VALUE_NONE },
		{ "noTempSensorInstalled", NAN, VALUE_NONE }, { "NOTEMP ", NAN, VALUE_NONE },
		{ "-99 C", NAN, VALUE_NONE }, { "N/A", NAN, VALUE_UNREADABLE },
		{ "1e999", NAN, VALUE_UNREADABLE }, { "\xff\xfe", NAN, VALUE_UNREADABLE } };

	device_open(&d,
	    "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3.1.0\"; none = [ \"noTemp*\", "
	    "\"-99\" ]; } ); } );",
	    "1.3.1.0|4|23.000\n", NULL);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		answer_text(&d, "1.3.1.0", rows[i].text);
		check(&d, "x", "value", rows[i].want, rows[i].status);
	}
	device_close(&d);
}

#define STATES                                                                                     \
	"states = ( { name = \"s\"; values = [ \"1 ok normal\", \"2 warning on bypass\", "         \
	"\"3 critical on battery\", \"4 none not fitted\", \"-1 unknown lost*\" ]; } );\n"

/* States by number and by text, with their severities. */
static void
test_states(void **state)
{
	(void)state;
	struct device d;
	struct row_value v;
	struct metric_state st;

	device_open(&d,
	    STATES "scalars = ( { source = \"x\"; fields = (\n"
		   "{ name = \"a\"; oid = \"1.3.1.0\"; kind = \"state\"; states = \"s\"; },\n"
		   "{ name = \"b\"; oid = \"1.3.2.0\"; kind = \"state\"; states = \"s\"; none = [ "
		   "\"9\" ]; } ); } );",
	    "1.3.1.0|2|3\n1.3.2.0|4|On Bypass \n", NULL);
	check(&d, "x", "a", 3, VALUE_OK);
	v = fixture_value(d.r, "x", "a");
	assert_int_equal(v.severity, METRIC_CRITICAL);
	assert_string_equal(v.text, "on battery");
	check(&d, "x", "b", 2, VALUE_OK);
	answer_text(&d, "1.3.2.0", "LOST contact");
	check(&d, "x", "b", -1, VALUE_OK);
	v = fixture_value(d.r, "x", "b");
	assert_string_equal(v.text, "LOST contact");
	assert_int_equal(v.severity, METRIC_UNKNOWN);
	answer_text(&d, "1.3.2.0", "1");
	check(&d, "x", "b", 1, VALUE_OK);
	answer_text(&d, "1.3.2.0", "9");
	check(&d, "x", "b", NAN, VALUE_NONE);
	answer_text(&d, "1.3.2.0", "what");
	check(&d, "x", "b", NAN, VALUE_UNREADABLE);
	answer_integer(&d, "1.3.1.0", 4);
	check(&d, "x", "a", NAN, VALUE_NONE);
	answer_integer(&d, "1.3.1.0", 77);
	check(&d, "x", "a", NAN, VALUE_UNREADABLE);
	assert_int_equal(fixture_value(d.r, "x", "a").severity, METRIC_UNKNOWN);
	const struct series_def *def = &rows_at(d.r, 0)->def;
	assert_true(metric_state(def->states, 0, 3, &st) && st.severity == METRIC_CRITICAL);
	assert_true(metric_state(def->states, 1, 2, &st));
	assert_string_equal(st.text, "on bypass");
	assert_false(metric_state(def->states, 0, 4, &st));
	device_close(&d);
}

#define APC "1.3.6.1.4.1.318"

/* A table that describes itself, as APC's cooling units do. */
static void
test_self_described(void **state)
{
	(void)state;
	struct device d;
	size_t row;
	unsigned f;

	device_open(&d,
	    "tables = (\n"
	    "{ source = \"misc\"; key = \"{" APC ".2}\"; interval = \"10s\"; type_from = \"" APC
	    ".4\";\n"
	    "  types = ( { is = [ \"C\" ]; source = \"temperature\"; unit = \"Cel\"; },\n"
	    "    { is = [ \"F\" ]; source = \"temperature\"; unit = \"Cel\"; convert = "
	    "\"fahrenheit\"; show_only = true; },\n"
	    "    { is = [ \"kW\" ]; source = \"power\"; unit = \"W\"; scale = 1000; } );\n"
	    "  fields = ( { oid = \"" APC ".3\"; scale_from = [ \"divide " APC ".5\" ]; } ); },\n"
	    "{ source = \"state\"; key = \"{" APC ".12}\"; title = \"{" APC ".12} ({index.2})\";\n"
	    "  fields = ( { kind = \"state\"; oid = \"" APC ".14\"; states_from = \"" APC ".15\";\n"
	    "    severities = [ \"critical *Fail*\", \"none N/A\", \"warning Off\" ]; } ); } );\n",
	    APC ".2.1.1|4|Supply Air\n" APC ".2.1.2|4|Supply Air\n" APC ".2.1.3|4|Cool Output\n" APC
		".2.1.4|4|Rack 2\n" APC ".2.1.5|4|Other\n" APC ".2.1.6|4|\n" APC
		".3.1.1|2|194\n" APC ".3.1.2|2|669\n" APC ".3.1.3|2|108\n" APC ".3.1.4|4|\n" APC
		".3.1.5|2|5\n" APC ".3.1.6|2|5\n" APC ".4.1.1|4|C\n" APC ".4.1.2|4|F\n" APC
		".4.1.3|4|kW\n" APC ".4.1.4|4|C\n" APC ".4.1.5|4|furlong\n" APC ".4.1.6|4|C\n" APC
		".5.1.1|2|10\n" APC ".5.1.2|2|10\n" APC ".5.1.3|2|10\n" APC ".5.1.4|2|10\n" APC
		".5.1.5|2|10\n" APC ".12.1.1|4|Fan State\n" APC ".14.1.1|2|3\n" APC
		".15.1.1|4|Unknown(0), Off(1),On(2),Fan Failed (hard)(3);N/A(4),,x\n",
	    NULL);
	check(&d, "temperature-Supply-Air", "value", 19.4, VALUE_OK);
	check(&d, "power-Cool-Output", "value", 10800, VALUE_OK);
	check(&d, "temperature-Rack-2", "value", NAN, VALUE_NONE);
	assert_false(fixture_find(d.r, "misc-Other", "value", &row, &f));
	/* Scale not told: left out rather than wrong. */
	assert_false(fixture_find(d.r, "temperature-1.6", "value", &row, &f));
	assert_int_equal(rows_left_out(d.r), 1);
	/* The same in Fahrenheit is shown, and is no series. */
	assert_int_equal(rows_at(d.r, 1)->def.nfields, 0);
	assert_int_equal(rows_at(d.r, 1)->nvalues, 1);
	struct row_value v;
	rows_value(d.r, 1, 0, &v);
	assert_true(fabs(v.shown - 19.388888888888889) < 1e-9);
	assert_string_equal(rows_field(d.r, 1, 0)->unit, "Cel");
	v = fixture_value(d.r, "state-Fan-State", "value");
	assert_int_equal(v.severity, METRIC_CRITICAL);
	assert_string_equal(v.text, "Fan Failed (hard)");
	answer_integer(&d, APC ".14.1.1", 1);
	assert_int_equal(fixture_value(d.r, "state-Fan-State", "value").severity, METRIC_WARNING);
	answer_integer(&d, APC ".14.1.1", 2);
	assert_int_equal(fixture_value(d.r, "state-Fan-State", "value").severity, METRIC_OK);
	answer_integer(&d, APC ".14.1.1", 4);
	check(&d, "state-Fan-State", "value", NAN, VALUE_NONE);
	assert_true(fixture_find(d.r, "state-Fan-State", "value", &row, &f));
	assert_string_equal(rows_at(d.r, row)->title, "Fan State (1)");
	device_close(&d);
}

/* Every rule of scale_from. */
static void
test_factors(void **state)
{
	(void)state;
	struct device d;

	device_open(&d,
	    "tables = ( { source = \"t\"; fields = (\n"
	    "{ name = \"mul\"; oid = \"1.3.1\"; scale_from = [ \"multiply 1.3.2\" ]; },\n"
	    "{ name = \"p10\"; oid = \"1.3.1\"; scale_from = [ \"power10 1.3.3\" ]; },\n"
	    "{ name = \"n10\"; oid = \"1.3.1\"; scale_from = [ \"negative-power10 1.3.2\" ]; },\n"
	    "{ name = \"sgn\"; oid = \"1.3.1\"; scale_from = [ \"signed 1.3.4\" ]; },\n"
	    "{ name = \"rfc\"; oid = \"1.3.1\"; scale_from = [ \"rfc3433-scale 1.3.5\", "
	    "\"negative-power10 1.3.2\" ]; },\n"
	    "{ name = \"zero\"; oid = \"1.3.1\"; scale_from = [ \"divide 1.3.6\" ]; },\n"
	    "{ name = \"wild\"; oid = \"1.3.1\"; scale_from = [ \"power10 1.3.7\" ]; },\n"
	    "{ name = \"fix\"; oid = \"1.3.1\"; scale_from = [ \"multiply 1.3.8@=0\" ]; },\n"
	    "{ name = \"f\"; oid = \"1.3.1\"; fahrenheit_when = \"1.3.9@=0=2\"; },\n"
	    "{ name = \"c\"; oid = \"1.3.1\"; fahrenheit_when = \"1.3.9@=0=1\"; } ); } );",
	    "1.3.1.4|2|250\n1.3.2.4|2|2\n1.3.3.4|2|-1\n1.3.4.4|2|-100\n1.3.5.4|2|8\n1.3.6.4|2|0\n"
	    "1.3.7.4|2|2147483647\n1.3.8.0|4|1000\n1.3.9.0|2|2\n",
	    NULL);
	check(&d, "t-4", "mul", 500, VALUE_OK);
	check(&d, "t-4", "p10", 25, VALUE_OK);
	check(&d, "t-4", "n10", 2.5, VALUE_OK);
	check(&d, "t-4", "sgn", 2.5, VALUE_OK);
	check(&d, "t-4", "rfc", 0.0025, VALUE_OK);
	check(&d, "t-4", "zero", 250, VALUE_OK);
	check(&d, "t-4", "wild", NAN, VALUE_MISSING);
	check(&d, "t-4", "fix", 250000, VALUE_OK);
	check(&d, "t-4", "f", (250 - 32) / 1.8, VALUE_OK);
	check(&d, "t-4", "c", 250, VALUE_OK);
	assert_int_equal(rows_left_out(d.r), 1);
	device_close(&d);
}

/* The device's own limits: scaled like the value, dropped where they make no sense. */
static void
test_limits(void **state)
{
	(void)state;
	struct device d;
	struct row_limits l;
	size_t row;
	unsigned f;

	device_open(&d,
	    "tables = ( { source = \"temp\"; fields = ( { oid = \"1.3.1\"; scale = 0.1; none = [ "
	    "\"-999\" ];\n"
	    "  low = \"1.3.2\"; low_warning = \"1.3.3\"; high_warning = \"1.3.4\"; high = "
	    "\"1.3.5\"; } ); } );",
	    "1.3.1.1|2|250\n1.3.2.1|2|50\n1.3.3.1|2|100\n1.3.4.1|2|300\n1.3.5.1|2|350\n"
	    "1.3.1.2|2|250\n1.3.2.2|2|0\n1.3.3.2|2|0\n1.3.4.2|2|0\n1.3.5.2|2|0\n"
	    "1.3.1.3|2|250\n1.3.2.3|2|400\n1.3.3.3|2|-999\n1.3.4.3|2|300\n1.3.5.3|2|350\n"
	    "1.3.1.4|2|250\n1.3.4.4|2|300\n1.3.5.4|2|0\n"
	    "1.3.1.5|2|250\n",
	    NULL);
	assert_true(fixture_find(d.r, "temp-1", "value_limit", &row, &f));
	assert_int_equal(f, 1);
	assert_null(rows_source(d.r, row, 1));
	assert_int_equal(rows_oid(d.r, row, 1).n, 0);
	rows_limits(d.r, row, 0, &l);
	assert_true(l.low >= 5 && l.low <= 5 && l.high >= 35 && l.high <= 35);
	check(&d, "temp-1", "value_limit", 0, VALUE_OK);
	answer_integer(&d, "1.3.1.1", 301);
	check(&d, "temp-1", "value_limit", 1, VALUE_OK);
	assert_int_equal(fixture_value(d.r, "temp-1", "value").severity, METRIC_WARNING);
	answer_integer(&d, "1.3.1.1", 351);
	check(&d, "temp-1", "value_limit", 2, VALUE_OK);
	answer_integer(&d, "1.3.1.1", 49);
	check(&d, "temp-1", "value_limit", 2, VALUE_OK);
	answer_integer(&d, "1.3.1.1", -999);
	check(&d, "temp-1", "value_limit", NAN, VALUE_NONE);
	assert_false(fixture_find(d.r, "temp-2", "value_limit", &row, &f));
	/* low >= high: both are nonsense; the warning stays. */
	assert_true(fixture_find(d.r, "temp-3", "value", &row, &f));
	rows_limits(d.r, row, 0, &l);
	assert_true(isnan(l.low) && isnan(l.high) && isnan(l.low_warning) && l.high_warning > 29);
	/* A critical limit of 0 below the warning's is not set. */
	assert_true(fixture_find(d.r, "temp-4", "value_limit", &row, &f));
	rows_limits(d.r, row, 0, &l);
	assert_true(isnan(l.high) && l.high_warning > 29);
	assert_false(fixture_find(d.r, "temp-5", "value_limit", &row, &f));
	device_close(&d);
}

/* A slot that is empty, by another column, asked for along with the value. */
static void
test_none_when(void **state)
{
	(void)state;
	struct device d;

	device_open(&d,
	    "tables = ( { source = \"fan\"; fields = ( { oid = \"1.3.1\"; none_when = [ "
	    "\"1.3.2=5|absent\", \"!1.3.3\" ]; } ); } );",
	    "1.3.1.1|2|100\n1.3.2.1|2|1\n1.3.3.1|4|A\n1.3.1.2|2|0\n1.3.2.2|2|5\n1.3.3.2|4|B\n"
	    "1.3.1.3|2|7\n",
	    NULL);
	check(&d, "fan-1", "value", 100, VALUE_OK);
	check(&d, "fan-2", "value", NAN, VALUE_NONE);
	check(&d, "fan-3", "value", NAN, VALUE_NONE);
	answer_integer(&d, "1.3.2.1", 5);
	check(&d, "fan-1", "value", NAN, VALUE_NONE);
	answer_text(&d, "1.3.2.1", " ABSENT");
	check(&d, "fan-1", "value", NAN, VALUE_NONE);
	answer_integer(&d, "1.3.2.2", 1);
	check(&d, "fan-2", "value", 0, VALUE_OK);
	answer_text(&d, "1.3.3.2", " ");
	check(&d, "fan-2", "value", NAN, VALUE_NONE);
	device_close(&d);
	/* All together: 0 is none while the fan is off, and a speed else. */
	device_open(&d,
	    "tables = ( { source = \"fan\"; fields = ( { oid = \"1.3.1\"; none_when_all = [ "
	    "\"1.3.1=0\", \"1.3.2=5\" ]; } ); } );",
	    "1.3.1.1|2|0\n1.3.2.1|2|1\n1.3.1.2|2|0\n1.3.2.2|2|5\n1.3.1.3|2|9\n1.3.2.3|2|5\n", NULL);
	check(&d, "fan-1", "value", 0, VALUE_OK);
	check(&d, "fan-2", "value", NAN, VALUE_NONE);
	check(&d, "fan-3", "value", 9, VALUE_OK);
	answer_integer(&d, "1.3.2.1", 5);
	check(&d, "fan-1", "value", NAN, VALUE_NONE);
	assert_true(rows_fresh(d.r, 0));
	device_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_self_described),
		cmocka_unit_test(test_factors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_none_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

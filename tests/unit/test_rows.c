/* link: zwprofile */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: from a profile and a walk to series and values, and what devices do to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent/gateway/conf.h"
#include "profile_fixture.h"
#include "zw/fs.h"

/* A device of profiles and a walk. */
struct device {
	struct fixture f;
	struct walk *w;
	struct rows *r;
};

/* Makes a device of one profile's body and a .snmprec text; slots are filled. */
static void
device_open(struct device *d, const char *body, const char *walk, const struct rows_opts *o)
{
	size_t bad;
	const struct profile *p;
	char *text = xasprintf("name = \"p\"; title = \"A device\";\n%s", body);

	fixture_open(&d->f);
	fixture_file(&d->f, "p.conf", text);
	free(text);
	fixture_load(&d->f, NULL);
	assert_string_equal(d->f.said, "");
	d->w = fixture_walk(walk, &bad);
	assert_non_null(d->w);
	assert_int_equal(bad, 0);
	p = profiles_at(d->f.all, 0);
	d->r = rows_new(&p, 1, d->w, o);
	fixture_take(d->r, d->w);
	for (size_t i = 0; i < rows_count(d->r); i++) {
		struct err e = { .msg = "" };
		if (rows_at(d->r, i)->def.nfields > 0 &&
		    series_def_check(&rows_at(d->r, i)->def, &e) == -1)
			fail_msg("%s", e.msg);
	}
}

/* Frees it. */
static void
device_close(struct device *d)
{
	rows_free(d->r);
	walk_free(d->w);
	fixture_close(&d->f);
}

/* Checks a value: its number (NAN: none) and status. */
static void
check(const struct device *d, const char *series, const char *field, double want,
    enum value_status status)
{
	struct row_value v = fixture_value(d->r, series, field);

	if (v.status != status || isnan(v.value) != isnan(want) ||
	    fabs(v.value - want) > 1e-9 * fmax(1, fabs(want)))
		fail_msg("%s %s: %.12g %s (raw \"%s\"), not %.12g %s", series, field, v.value,
		    value_status_name(v.status), v.raw, want, value_status_name(status));
}

/* Replaces the answer of one OID. */
static void
answer(struct device *d, const char *oid, const struct varbind *v)
{
	struct oid_buf o;

	assert_int_equal(oid_parse(oid, &o), 0);
	for (size_t i = 0; i < rows_nslots(d->r); i++)
		if (oid_cmp(rows_slot(d->r, i)->oid, oid_of(&o)) == 0) {
			rows_take(rows_slot(d->r, i), v);
			return;
		}
	fail_msg("%s is not asked for", oid);
}

/* The same with a text. */
static void
answer_text(struct device *d, const char *oid, const char *text)
{
	struct varbind v = { .type = VARBIND_STRING };

	v.bytes.p = (const uint8_t *)text;
	v.bytes.n = strlen(text);
	answer(d, oid, &v);
}

/* The same with a number. */
static void
answer_integer(struct device *d, const char *oid, int64_t i)
{
	struct varbind v = { .type = VARBIND_INTEGER };

	v.i = i;
	answer(d, oid, &v);
}

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

/* Which rows there are: conditions, index parts, near rows. */
static void
test_selection(void **state)
{
	(void)state;
	struct device d;
	size_t row;
	unsigned f;

	device_open(&d,
	    "tables = ( { source = \"v\"; key = \"{1.3.9@1} {1.3.2@-1} {index.2}\";\n"
	    "  only = [ \"1.3.3=2\", \"1.3.4\" ]; skip = [ \"1.3.2=*Offset*\", \"1.3.8@=0=1\" ];\n"
	    "  fields = ( { oid = \"1.3.1\"; high = \"1.3.1@+1\"; },\n"
	    "    { name = \"dev\"; oid = \"1.3.7@1\"; } ); } );",
	    "1.3.1.5.1|2|0\n1.3.2.5.1|4|Temp\n1.3.3.5.1|2|1\n1.3.4.5.1|4|x\n"
	    "1.3.1.5.2|2|21\n1.3.2.5.2|4|Temp.Value\n1.3.3.5.2|2|2\n1.3.4.5.2|4|x\n"
	    "1.3.1.5.3|2|30\n1.3.2.5.3|4|Temp.Offset\n1.3.3.5.3|2|2\n1.3.4.5.3|4|x\n"
	    "1.3.1.5.4|2|9\n1.3.2.5.4|4|Other\n1.3.3.5.4|2|2\n1.3.4.5.4|4|\n"
	    "1.3.7.5|2|77\n1.3.8.0|2|0\n1.3.9.5|4|CMC\n",
	    NULL);
	assert_int_equal(rows_count(d.r), 1);
	check(&d, "v-CMC-Temp-2", "value", 21, VALUE_OK);
	check(&d, "v-CMC-Temp-2", "value_limit", 0, VALUE_OK);
	check(&d, "v-CMC-Temp-2", "dev", 77, VALUE_OK);
	assert_true(fixture_find(d.r, "v-CMC-Temp-2", "value", &row, &f));
	assert_string_equal(rows_at(d.r, row)->title, "CMC Temp 2");
	device_close(&d);
}

/* The names of all series, in order, joined by blanks. */
static char *
names(const struct device *d)
{
	char *all = xstrdup("");

	for (size_t i = 0; i < rows_count(d->r); i++) {
		char name[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];
		const struct row *row = rows_at(d->r, i);
		series_name(name, row->def.source, row->def.instance);
		char *more = xasprintf("%s%s%s%s%s", all, i > 0 ? " " : "", row->child,
		    row->child[0] != '\0' ? "/" : "", name);
		free(all);
		all = more;
	}
	return all;
}

/* Names that are the same are told apart by the index, whatever the order; hostile ones are names
 * all the same. */
static void
test_names(void **state)
{
	(void)state;
	struct device d;

	device_open(&d,
	    "tables = ( { source = \"f\"; key = \"{1.3.2}\"; fields = ( { oid = \"1.3.1\"; } ); "
	    "},\n"
	    "  { source = \"f\"; key = \"{1.3.4}\"; fields = ( { oid = \"1.3.3\"; } ); } );",
	    "1.3.1.1|2|1\n1.3.1.2|2|1\n1.3.1.3|2|1\n1.3.1.4|2|1\n1.3.1.5|2|1\n1.3.1.6|2|1\n"
	    "1.3.2.1|4|Fan\n1.3.2.2|4x|e6b8a9e5baa6\n1.3.2.3|4|Fan\n1.3.2.4|4x|2e2e2f2e2e2f657463\n"
	    "1.3.2.5|4|../../"
	    "0123456789012345678901234567890123456789012345678901234567890123456789\n"
	    "1.3.3.1|2|1\n1.3.3.9|2|1\n1.3.4.1|4|Fan\n1.3.4.9|4|Fan-1\n",
	    NULL);
	char *all = names(&d);
	assert_string_equal(all,
	    "f-Fan-1 f-2 f-Fan-3 f-etc "
	    "f-012345678901234567890123456789012345678901234567890123456789012 f-6 f-Fan-1-1 "
	    "f-Fan-1-9");
	free(all);
	assert_int_equal(rows_left_out(d.r), 0);
	device_close(&d);
}

/* What two profiles make is taken from the first. */
static void
test_duplicates(void **state)
{
	(void)state;
	struct fixture f;
	const struct profile *p[2];
	size_t bad;
	fixture_open(&f);
	for (int i = 0; i < 2; i++) {
		const char *name = i == 0 ? "a" : "b", *oid = i == 0 ? "1.3.1" : "1.3.2";
		char file[16], *body = xasprintf(
				   "name = \"%s\"; title = \"x\";\n"
				   "scalars = ( { source = \"ups\"; fields = ( { oid = \"%s.0\"; } "
				   "); } );\n"
				   "tables = ( { source = \"t\"; key = \"{%s.2}\"; fields = ( { "
				   "oid = \"%s.1\"; } ); } );",
				   name, oid, oid, oid);
		snprintf(file, sizeof file, "%s.conf", name);
		fixture_file(&f, file, body);
		free(body);
	}
	fixture_load(&f, NULL);
	assert_string_equal(f.said, "");
	p[0] = profiles_at(f.all, 0);
	p[1] = profiles_at(f.all, 1);
	struct walk *w =
	    fixture_walk("1.3.1.0|2|1\n1.3.1.1.1|2|5\n1.3.1.2.1|4|X\n1.3.2.0|2|2\n"
			 "1.3.2.1.1|2|6\n1.3.2.1.2|2|7\n1.3.2.2.1|4|X\n1.3.2.2.2|4|Y\n",
		&bad);
	struct rows *r = rows_new(p, 2, w, NULL);
	assert_int_equal(rows_count(r), 3);
	assert_ptr_equal(rows_at(r, 0)->profile, p[0]);
	assert_ptr_equal(rows_at(r, 1)->profile, p[0]);
	assert_string_equal(rows_at(r, 2)->def.instance, "Y");
	assert_int_equal(rows_left_out(r), 0);
	rows_free(r);
	r = rows_new(p, 0, w, NULL);
	assert_int_equal(rows_count(r), 0);
	rows_free(r);
	rows_free(NULL);
	walk_free(w);
	fixture_close(&f);
}

/* A row whose key says another name now is another thing; one that is not answered is not. */
static void
test_key(void **state)
{
	(void)state;
	struct device d;

	device_open(&d,
	    "tables = ( { source = \"interface\"; key = \"{1.3.2}\"; fields = (\n"
	    "{ name = \"rx\"; kind = \"counter\"; oid = \"1.3.1\"; discontinuity = \"1.3.3\"; } ); "
	    "} );",
	    "1.3.1.1|65|100\n1.3.2.1|4|Gi0/1\n1.3.3.1|67|5\n1.3.1.2|65|200\n1.3.2.2|4|Gi0/2\n",
	    NULL);
	assert_int_equal(rows_nslots(d.r), 5);
	assert_true(rows_holds(d.r, 0) && rows_fresh(d.r, 0) && rows_fresh(d.r, 1));
	assert_int_equal(rows_discontinuity(d.r, 0, 0), 5);
	assert_int_equal(rows_discontinuity(d.r, 1, 0), 0);
	answer_text(&d, "1.3.2.1", "Gi0/2");
	assert_false(rows_holds(d.r, 0));
	assert_true(rows_holds(d.r, 1));
	answer(&d, "1.3.2.1", &(struct varbind){ .type = VARBIND_NO_INSTANCE });
	assert_true(rows_holds(d.r, 0));
	rows_slot(d.r, 0)->fresh = false;
	assert_false(rows_fresh(d.r, 0));
	device_close(&d);
}

/* Overrides and child devices of the configuration. */
static void
test_options(void **state)
{
	(void)state;
	struct device d;
	char *none[] = { (char[]){ "7" } }, *index[] = { (char[]){ "3-4" }, (char[]){ "9" } };
	char any[] = "*", off[] = "off", two[] = "2", b1[] = "b1", b2[] = "b2", row[] = "*north*";
	struct conf_override o[] = {
		{ .source = any,
		    .instance = two,
		    .field = any,
		    .scale = NAN,
		    .min = NAN,
		    .max = NAN,
		    .interval = 60000 },
		{ .source = any,
		    .instance = any,
		    .field = off,
		    .off = true,
		    .scale = NAN,
		    .min = NAN,
		    .max = NAN,
		    .interval = -1 },
		{ .source = any,
		    .instance = any,
		    .field = any,
		    .scale = 2,
		    .min = NAN,
		    .max = 50,
		    .interval = -1,
		    .none = { none, 1 } },
	};
	struct conf_child c[] = { { .name = b2, .source = any, .row = row },
		{ .name = b1, .source = any, .index = { index, 2 }, .row = any } };
	struct conf_list overrides = { o, 3 }, children = { c, 2 };
	struct rows_opts opts = { &overrides, &children };

	device_open(&d,
	    "scalars = ( { source = \"s\"; child = \"own\"; fields = ( { oid = \"1.3.5.0\"; } ); } "
	    ");\n"
	    "tables = ( { source = \"t\"; key = \"{index}\"; title = \"{1.3.3}\"; child = "
	    "\"{1.3.4}\";\n"
	    "  fields = ( { oid = \"1.3.1\"; scale = 0.1; min = 0; max = 1000; },\n"
	    "    { name = \"off\"; oid = \"1.3.2\"; } ); } );",
	    "1.3.5.0|2|1\n1.3.1.1|2|10\n1.3.2.1|2|1\n1.3.1.2|2|7\n1.3.1.3|2|26\n1.3.1.4|2|3\n"
	    "1.3.3.4|4|The North one\n1.3.1.5|2|3\n1.3.4.5|4|Rack 5\n",
	    &opts);
	char *all = names(&d);
	assert_string_equal(all, "own/s t-1 t-2 b1/t-3 b2/t-4 Rack-5/t-5");
	free(all);
	check(&d, "t-1", "value", 20, VALUE_OK);
	check(&d, "t-1", "off", NAN, VALUE_MISSING);
	check(&d, "t-2", "value", NAN, VALUE_NONE);
	check(&d, "t-3", "value", NAN, VALUE_IMPLAUSIBLE);
	assert_int_equal(rows_at(d.r, 2)->def.step_s, 60);
	assert_int_equal(rows_at(d.r, 1)->def.step_s, 30);
	device_close(&d);
}

/* A type's own offset; scalars with a title; an index that is shorter than a child's range. */
static void
test_types_and_titles(void **state)
{
	(void)state;
	struct device d;
	size_t row;
	unsigned f;
	char *index[] = { (char[]){ "2.1-2.9" } }, any[] = "*", name[] = "two";
	struct conf_child c = { .name = name, .source = any, .index = { index, 1 }, .row = any };
	struct conf_list children = { &c, 1 };
	struct rows_opts opts = { NULL, &children };

	device_open(&d,
	    "states = ( { name = \"s\"; values = [ \"1 ok on\" ]; } );\n"
	    "scalars = ( { source = \"unit\"; instance = \"b\"; title = \"Unit B\"; fields = (\n"
	    "  { name = \"supply\"; oid = \"1.3.5.0\"; },\n"
	    "  { name = \"mode\"; label = \"Mode\"; kind = \"state\"; states = \"s\";\n"
	    "    oid = \"1.3.6.0\"; } ); } );\n"
	    "tables = ( { source = \"t\"; type_from = \"1.3.2\"; types = (\n"
	    "    { is = [ \"K\" ]; offset = -273; }, { is = [ \"C\" ]; } );\n"
	    "  fields = ( { oid = \"1.3.1\"; offset = 1; } ); } );",
	    "1.3.5.0|2|18\n1.3.6.0|2|1\n1.3.1.2|2|20\n1.3.2.2|4|C\n1.3.1.2.1|2|293\n"
	    "1.3.2.2.1|4|K\n",
	    &opts);
	char *all = names(&d);
	assert_string_equal(all, "unit-b t-2 two/t-2.1");
	free(all);
	check(&d, "t-2", "value", 21, VALUE_OK);
	check(&d, "t-2.1", "value", 20, VALUE_OK);
	assert_true(fixture_find(d.r, "unit-b", "mode", &row, &f));
	assert_string_equal(rows_at(d.r, row)->title, "Unit B");
	assert_string_equal(rows_field(d.r, row, f)->label, "Unit B: Mode");
	assert_true(fixture_find(d.r, "unit-b", "supply", &row, &f));
	assert_string_equal(rows_field(d.r, row, f)->label, "supply");
	device_close(&d);
}

/* What must be walked: each once, none under another, a scalar by what it lies under. */
static void
test_wanted(void **state)
{
	(void)state;
	struct device d;
	struct oid *v;
	char text[OID_MAX_TEXT], all[512] = "";

	device_open(&d,
	    "scalars = ( { source = \"s\"; only = [ \"1.3.6.0=1\" ]; fields = ( { oid = "
	    "\"1.3.5.0\"; } ); } );\n"
	    "tables = ( { source = \"t\"; key = \"{1.3.3} {index}\"; fields = ( { oid = "
	    "\"1.3.1.4\"; high = \"1.3.1.4.7\"; none_when = [ \"1.3.9@=0=1\" ]; scale_from = [ "
	    "\"divide 1.3.3\" ]; } ); } );",
	    "1.3.5.0|2|1\n", NULL);
	const struct profile *p = profiles_at(d.f.all, 0);
	size_t n = rows_wanted(&p, 1, &v);
	for (size_t i = 0; i < n; i++)
		strcat(strcat(all, i > 0 ? " " : ""), oid_format(text, v[i]));
	assert_string_equal(all, "1.3.1.4 1.3.3 1.3.5 1.3.6 1.3.9");
	free(v);
	assert_int_equal(rows_count(d.r), 0); /* its condition does not hold */
	assert_int_equal(rows_wanted(&p, 0, &v), 0);
	free(v);
	device_close(&d);
}

/* More rows than a device may have. */
static void
test_many(void **state)
{
	(void)state;
	struct device d;
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	for (int i = 1; i <= ROWS_MAX + 10; i++)
		fprintf(out, "1.3.1.%d|2|%d\n", i, i);
	fclose(out);
	device_open(
	    &d, "tables = ( { source = \"t\"; fields = ( { oid = \"1.3.1\"; } ); } );", text, NULL);
	assert_int_equal(rows_count(d.r), ROWS_MAX);
	assert_int_equal(rows_nslots(d.r), ROWS_MAX);
	assert_int_equal(rows_left_out(d.r), 10);
	free(text);
	device_close(&d);
}

/* The n-th block of code of the manual page, for free(). */
static char *
manual_block(const char *page, int n)
{
	const char *p = page, *end = NULL;

	for (int fences = 0; fences <= 2 * n; fences++) {
		p = strstr(p, "\n```\n");
		assert_non_null(p);
		p += 4;
	}
	end = strstr(++p, "\n```\n");
	assert_non_null(end);
	return strndup(p, (size_t)(end + 1 - p));
}

/* The examples of zonewatch-profile(5) are right, and the worked one has the rows that the page
 * says; what zonewatchctl prints of it is compared by tests/e2e/test_profile.py. */
static void
test_manual(void **state)
{
	(void)state;
	struct fixture f;
	char *page, *block[6];
	size_t n, bad;
	struct err e;
	const struct profile *p;
	uint32_t sysobjectid[] = { 1, 3, 6, 1, 4, 1, 99999, 4 };

	assert_int_equal(
	    fs_read(ZW_TEST_DATA "/../../man/zonewatch-profile.5.scd", 1 << 20, &page, &n, &e), 0);
	for (int i = 0; i < 6; i++)
		block[i] = manual_block(page, i);
	char *worked = xasprintf("%s%s", block[1], block[5]);
	char *others = xasprintf("name = \"z\"; title = \"Z\";\n%s%s", block[3], block[4]);
	fixture_open(&f);
	fixture_file(&f, "nordwind-cx40.conf", worked);
	fixture_file(&f, "z.conf", others);
	fixture_load(&f, NULL);
	assert_string_equal(f.said, "");
	struct walk *w = fixture_walk(block[0], &bad);
	assert_int_equal(bad, 0);
	assert_int_equal(profiles_match(f.all, (struct oid){ sysobjectid, 8 }, w, &p, 1), 1);
	assert_string_equal(profile_name(p), "nordwind-cx40");
	struct rows *r = rows_new(&p, 1, w, NULL);
	assert_int_equal(rows_count(r), 4);
	rows_free(r);
	walk_free(w);
	fixture_close(&f);
	free(others);
	free(worked);
	for (int i = 0; i < 6; i++)
		free(block[i]);
	free(page);
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
		cmocka_unit_test(test_selection),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_types_and_titles),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

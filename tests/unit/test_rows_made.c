/* link: zwprofile */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: which a device has, what they are called and whose they are; the examples of the manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent/gateway/conf.h"
#include "rows_fixture.h"
#include "zw/fs.h"

/* Which rows there are: conditions, index parts, near rows. */
static void
test_selection(void **state)
{
	(void)state;
	struct device d;
	size_t row = 0;
	unsigned f = 0;

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
	size_t row = 0;
	unsigned f = 0;
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

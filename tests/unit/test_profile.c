/* link: zwprofile */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles: what is refused and how that is said, which match, what their traps mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "profile_fixture.h"

#define HEAD "title = \"A device\";\n"
#define UPS "1.3.6.1.4.1.9999"

/* A profile's text with a name, a match and what else. */
static char *
profile_of(const char *name, const char *match, const char *more)
{
	return xasprintf(
	    "name = \"%s\";\n" HEAD "match = (%s);\n%s\n"
	    "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3.6.1.1.0\"; } ); } );\n",
	    name, match, more);
}

/* Every mistake is told with its line, and the file is left out. */
static void
test_mistakes(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{ "scalars = ( { source = \"ups-input\"; fields = ( { oid = \"1.3\"; } ); } );",
		    "p.conf:3: scalars[#1].source: \"ups-input\" has a '-'" },
		{ "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3.x\"; } ); } );",
		    "p.conf:3: scalars[#1].fields[#1].oid: \"1.3.x\" is no column" },
		{ "scalars = ( { source = \"x\"; fields = (\n{ name = \"a_name_of_twenty_byt\"; "
		  "oid = \"1.3\"; } ); } );",
		    "p.conf:4: scalars[#1].fields[#1].name: "
		    "\"a_name_of_twenty_byt\" has more than 19 bytes" },
		{ "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3\"; }, { oid = \"1.4\"; } "
		  "); } );",
		    "\"value\" is there twice" },
		{ "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3\"; kind = \"state\"; } "
		  "); "
		  "} );",
		    "a state needs states or states_from" },
		{ "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3\"; states = \"s\"; } ); "
		  "} "
		  ");",
		    "\"s\" is none of the profile's maps of states" },
		{ "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3\"; scale = 0; } ); } );",
		    "scale: is 0" },
		{ "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3\"; min = 5; max = 4; } "
		  "); "
		  "} );",
		    "min: is not smaller than max" },
		{ "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3\"; unit = "
		  "\"0123456789abcdef\"; } ); } );",
		    "unit: is no text of at most 15 bytes" },
		{ "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3\"; none_when = "
		  "[\"1.3>5\"]; } ); } );",
		    "\"1.3>5\" is no condition" },
		{ "scalars = ( { source = \"x\"; fields = ( { oid = \"1.3\"; scale_from = [\"times "
		  "1.3\"]; } ); } );",
		    "begins with none of multiply" },
		{ "tables = ( { source = \"x\"; key = \"{1.3\"; fields = ( { oid = \"1.3\"; } ); } "
		  ");",
		    "key: \"{1.3\" is no template: has a brace without its other" },
		{ "tables = ( { source = \"x\"; key = \"{index.0}\"; fields = ( { oid = \"1.3\"; } "
		  "); } );",
		    "in braces stand an OID" },
		{ "tables = ( { source = \"x\"; fields = ( { oid = \"1.3@2\"; } ); } );",
		    "none has a column of the table itself" },
		{ "tables = ( { source = \"x\"; type_from = \"1.3\"; fields = ( { oid = \"1.3\"; } "
		  "); } );",
		    "types and type_from need each other" },
		{ "states = ( { name = \"s\"; values = [ \"x ok y\", \"1 fine y\", \"2 ok\" ]; } "
		  ");",
		    "\"x ok y\" does not begin with a whole number" },
		{ "states = ( { name = \"s\"; values = [ \"1 fine y\" ]; } );",
		    "\"fine\" is none of ok, warning, critical, unknown, none" },
		{ "match = ( { absent = [ \"1.3\" ]; } );",
		    "has no sysobjectid, probe or when: every device would match" },
		{ "match = ( { when = [ \"!1.3.1.0\" ]; } );",
		    "has no sysobjectid, probe or when: every device would match" },
		{ "match = ( { when = [ \"1.3.1=x\" ]; } );",
		    "match[#1].when: a condition here is of a single object" },
		{ "scalars = ( { source = \"x\"; only = [ \"1.3#2=1\" ]; fields = ( { oid = "
		  "\"1.3\"; } ); } );",
		    "only: \"#\" is of traps" },
		{ "tables = ( { source = \"x\"; key = \"{1.3#2}\"; fields = ( { oid = \"1.3#1-2\"; "
		  "} ); } );",
		    "fields[#1].oid: \"#\" is of traps" },
		{ "traps = ( { oid = \"1.3\"; key = [ \"1.3#0\", \"1.3#4-8\", \"1.3#\" ]; } );",
		    "the bytes after \"#\" are at most 4 of 1 to 95" },
		{ "traps = ( { oid = \"1.3\"; source = \"x\"; samples = ( { oid = \"1.3\"; high = "
		  "\"1.4\"; } ); } );",
		    "samples[#1].high: is of what is polled, and of no trap's samples" },
		{ "traps = ( { oid = \"1.3\"; samples = ( { oid = \"1.3\"; } ); } );",
		    "samples: need a source" },
		{ "", "has neither scalars nor tables nor traps" },
		{ "scalar = ();", "unknown key; did you mean \"scalars\"?" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fixture f;
		char *text = xasprintf("name = \"p\";\n" HEAD "%s", rows[i].text);
		fixture_open(&f);
		fixture_file(&f, "p.conf", text);
		fixture_file(&f, "ignored.txt", "not = ;");
		fixture_load(&f, NULL);
		if (strstr(f.said, rows[i].want) == NULL)
			fail_msg("\"%s\" is not in:\n%s", rows[i].want, f.said);
		assert_true(f.errors > 0);
		assert_int_equal(profiles_count(f.all), 0);
		free(text);
		fixture_close(&f);
	}
}

/* A file's name, a directory that is not there, one that takes another's place. */
static void
test_files(void **state)
{
	(void)state;
	struct fixture f, site;
	char *b = profile_of("b", "", ""), *a = profile_of("a", "", "");
	char *mended = profile_of("b", "{ sysobjectid = \"1.3\"; }", "");

	fixture_open(&f);
	fixture_open(&site);
	fixture_file(&f, "b.conf", b);
	fixture_file(&f, "a.conf", a);
	fixture_file(&f, "c.conf", a);
	fixture_file(&site, "b.conf", mended);
	fixture_load(&f, site.dir);
	assert_int_equal(f.errors, 1);
	assert_non_null(strstr(f.said, "c.conf: name: is \"a\"; the file's name says \"c\""));
	assert_int_equal(profiles_count(f.all), 2);
	assert_string_equal(profile_name(profiles_at(f.all, 0)), "a");
	assert_string_equal(profile_title(profiles_named(f.all, "b")), "A device");
	assert_int_equal(profile_conf(profiles_named(f.all, "b"))->match.n, 1);
	assert_null(profiles_named(f.all, "c"));
	profiles_free(f.all);
	free(f.said);
	fixture_load(&f, "/nonexistent/zw");
	assert_int_equal(f.errors, 1);
	fixture_close(&f);
	fixture_close(&site);
	free(a);
	free(b);
	free(mended);
}

/* The names of what matches, joined. */
static const char *
matches(const struct fixture *f, const char *sysobjectid, const char *walk, char *dst)
{
	const struct profile *v[16];
	struct oid_buf o = { .n = 0 };
	size_t bad;
	struct walk *w = walk != NULL ? fixture_walk(walk, &bad) : walk_new();

	if (sysobjectid != NULL)
		assert_int_equal(oid_parse(sysobjectid, &o), 0);
	size_t n = profiles_match(f->all, oid_of(&o), w, v, 16);
	dst[0] = '\0';
	for (size_t i = 0; i < n; i++)
		strcat(strcat(dst, i > 0 ? " " : ""), profile_name(v[i]));
	assert_true(profiles_match(f->all, oid_of(&o), w, v, 1) <= 1);
	walk_free(w);
	return dst;
}

/* By sysObjectID, by probes, by what must not be there; what is covered is left out. */
static void
test_match(void **state)
{
	(void)state;
	struct fixture f;
	char names[256];
	static const char *const texts[][3] = {
		{ "any", "{ probe = [ \"1.3.6.1.2.1.1\" ]; }", "" },
		{ "base", "{ probe = [ \"" UPS ".1\" ]; }", "" },
		{ "never", "", "" },
		{ "ups",
		    "{ sysobjectid = \"" UPS "\"; }, { probe = [ \"" UPS ".1\", \"" UPS
		    ".2\" ]; absent = [ \"" UPS ".3\" ]; }",
		    "covers = [ \"base\", \"gone\", \"z\" ];" },
		{ "z", "{ sysobjectid = \"" UPS ".7\"; }", "covers = [ \"ups\" ];" },
		{ "zz",
		    "{ sysobjectid = \"" UPS ".8\"; when = [ \"1.3.6.1.2.1.1.1.0=Nordwind*\", "
		    "\"!" UPS ".9.0\" ]; }",
		    "" },
	};

	fixture_open(&f);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char *text = profile_of(texts[i][0], texts[i][1], texts[i][2]), name[32];
		snprintf(name, sizeof name, "%s.conf", texts[i][0]);
		fixture_file(&f, name, text);
		free(text);
	}
	fixture_load(&f, NULL);
	assert_string_equal(f.said, "ups.conf: covers: there is no profile \"gone\"\n");
	assert_int_equal(f.errors, 0);
	const struct oid *probes;
	assert_int_equal(profiles_probes(f.all, &probes), 6);
	char oid[OID_MAX_TEXT];
	assert_string_equal(oid_format(oid, probes[1]), "1.3.6.1.2.1.1.1");
	assert_string_equal(matches(&f, NULL, NULL, names), "");
	assert_string_equal(matches(&f, UPS ".1", NULL, names), "ups");
	assert_string_equal(matches(&f, "1.3.6.1.4.1.99", NULL, names), "");
	assert_string_equal(
	    matches(&f, NULL, "1.3.6.1.2.1.1.1.0|4|x\n" UPS ".1.5|2|1\n", names), "any base");
	assert_string_equal(matches(&f, NULL, UPS ".1.5|2|1\n" UPS ".2.0|2|1\n", names), "ups");
	assert_string_equal(
	    matches(&f, NULL, UPS ".1.5|2|1\n" UPS ".2.0|2|1\n" UPS ".3|2|1\n", names), "base");
	assert_string_equal(matches(&f, NULL, UPS ".1.5|129|\n", names), "");
	assert_string_equal(
	    matches(&f, UPS ".8", "1.3.6.1.2.1.1.1.0|4|NORDWIND CX\n", names), "any ups zz");
	assert_string_equal(
	    matches(&f, UPS ".8", "1.3.6.1.2.1.1.1.0|4|Sudwind\n", names), "any ups");
	assert_string_equal(
	    matches(&f, UPS ".8", "1.3.6.1.2.1.1.1.0|4|Nordwind\n" UPS ".9.0|2|1\n", names),
	    "any ups");
	assert_string_equal(matches(&f, UPS ".8", UPS ".10|2|1\n", names), "ups");
	/* ups and z cover each other: the first stays. */
	assert_string_equal(matches(&f, UPS ".7.1", NULL, names), "ups");
	fixture_close(&f);
}

/* A profile with three traps, two of the same OID. */
static const char trap_text[] =
    "name = \"t\";\n" HEAD
    "states = ( { name = \"s\"; values = [ \"1 ok fine\", \"2 critical burning\" ]; } );\n"
    "traps = (\n"
    " { oid = \"" UPS ".0.2\"; name = \"other\"; },\n"
    " { oid = \"" UPS ".0.1\"; when = [ \"" UPS ".5=2\" ]; name = \"hot\";\n"
    "   severity = \"critical\"; key = [ \"" UPS ".6\", \"" UPS ".5\" ];\n"
    "   text = \"{" UPS ".6} is at {" UPS ".7}\"; source = \"temperature\";\n"
    "   samples = ( { oid = \"" UPS ".7\"; unit = \"Cel\"; scale = 0.1; none = [ \"-1\" ]; "
    "},\n"
    "     { name = \"status\"; kind = \"state\"; states = \"s\"; oid = \"" UPS ".5\"; } ); "
    "},\n"
    " { oid = \"" UPS ".0.1\"; severity = \"ok\"; }\n"
    ");\n";

/* A trap's meaning, key, text and samples. */
static void
test_traps(void **state)
{
	(void)state;
	struct fixture f;
	uint32_t base[] = { 1, 3, 6, 1, 4, 1, 9999, 0, 1 };
	uint32_t five[] = { 1, 3, 6, 1, 4, 1, 9999, 5, 3 };
	uint32_t six[] = { 1, 3, 6, 1, 4, 1, 9999, 6, 3 };
	uint32_t seven[] = { 1, 3, 6, 1, 4, 1, 9999, 7 };
	struct varbind v[3] = { { .oid = { five, 9 }, .type = VARBIND_INTEGER },
		{ .oid = { six, 9 }, .type = VARBIND_STRING },
		{ .oid = { seven, 8 }, .type = VARBIND_INTEGER } };
	struct series_def def;
	struct metric_state st;
	struct err e;
	double values[METRIC_MAX_FIELDS];
	char said[128], key[64];

	v[0].i = 2;
	v[1].bytes.p = (const uint8_t *)"Rack\n4";
	v[1].bytes.n = 6;
	v[2].i = 415;
	fixture_open(&f);
	fixture_file(&f, "t.conf", trap_text);
	fixture_load(&f, NULL);
	assert_string_equal(f.said, "");
	const struct profile *p = profiles_at(f.all, 0);
	const struct profile_trap *t = profile_trap(p, (struct oid){ base, 9 }, v, 3);
	assert_non_null(t);
	assert_string_equal(profile_trap_conf(t)->name, "hot");
	assert_int_equal(profile_trap_severity(t), METRIC_CRITICAL);
	profile_trap_text(t, v, 3, said, sizeof said);
	assert_string_equal(said, "Rack 4 is at 415");
	profile_trap_key(t, v, 3, key, sizeof key);
	assert_string_equal(key, "Rack-4-2");
	assert_true(profile_trap_samples(t, v, 3, &def, values));
	assert_int_equal(series_def_check(&def, &e), 0);
	assert_int_equal(def.nfields, 2);
	assert_true(fabs(values[0] - 41.5) < 1e-9 && fabs(values[1] - 2) < 1e-9);
	assert_true(metric_state(def.states, 1, 2, &st));
	assert_string_equal(st.text, "burning");
	v[2].i = -1;
	assert_true(profile_trap_samples(t, v, 3, &def, values));
	assert_true(isnan(values[0]));
	assert_false(profile_trap_samples(t, NULL, 0, &def, values));
	/* Its conditions do not hold: the next with this OID. */
	v[0].i = 1;
	t = profile_trap(p, (struct oid){ base, 9 }, v, 3);
	assert_null(profile_trap_conf(t)->name);
	profile_trap_text(t, v, 3, said, sizeof said);
	assert_string_equal(said, UPS ".0.1");
	profile_trap_key(t, v, 3, key, sizeof key);
	assert_string_equal(key, "");
	assert_false(profile_trap_samples(t, v, 3, &def, values));
	assert_null(profile_trap(p, (struct oid){ base, 8 }, v, 3));
	fixture_close(&f);
}

/* Things of one name that only bytes of the trap's octets tell apart. */
static void
test_bytes(void **state)
{
	(void)state;
	struct fixture f;
	uint32_t base[] = { 1, 3, 6, 1, 4, 1, 9999, 0, 1 }, five[] = { 1, 3, 6, 1, 4, 1, 9999, 5 };
	static const uint8_t octets[] = { 0xff, 0x20, 0x30, 0x01 };
	struct varbind v = { .oid = { five, 8 }, .type = VARBIND_STRING };
	char said[128], key[64];

	v.bytes.p = octets;
	v.bytes.n = sizeof octets;
	fixture_open(&f);
	fixture_file(&f, "t.conf",
	    "name = \"t\";\n" HEAD "traps = (\n"
	    "{ oid = \"" UPS ".0.1\"; name = \"a\"; when = [ \"" UPS ".5#1=255\" ];\n"
	    "  key = [ \"" UPS ".5#2-3\" ]; text = \"Sensor {" UPS ".5#3}\"; },\n"
	    "{ oid = \"" UPS ".0.1\"; } );\n");
	fixture_load(&f, NULL);
	assert_string_equal(f.said, "");
	const struct profile *p = profiles_at(f.all, 0);
	const struct profile_trap *t = profile_trap(p, (struct oid){ base, 9 }, &v, 1);
	profile_trap_text(t, &v, 1, said, sizeof said);
	assert_string_equal(said, "Sensor 48");
	profile_trap_key(t, &v, 1, key, sizeof key);
	assert_string_equal(key, "8240"); /* 0x2030 */
	v.bytes.n = 2;			  /* there is no third */
	profile_trap_text(t, &v, 1, said, sizeof said);
	assert_string_equal(said, "Sensor");
	v.bytes.n = 0;
	t = profile_trap(p, (struct oid){ base, 9 }, &v, 1);
	assert_null(profile_trap_conf(t)->name);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

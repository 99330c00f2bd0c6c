/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the collector's configuration: what it fills in, its sample with all examples taken,
 * and each check across keys with its message. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/conf.h"
#include "tests/unit/conf_fixture.h"

#define ZONES "zones = ( { name = \"A\"; }, { name = \"B\"; title = \"Zona B\"; } );\n"
#define NODES                                                                                      \
	"nodes = ( { name = \"srv-01\"; zone = \"A\"; }, { name = \"srv-02\"; zone = \"B\"; } "    \
	");\n"
#define RULE "name = \"r\"; kind = \"threshold\"; source = \"cpu\"; field = \"busy\"; above = 90;"

static struct conf_collector *
load(const char *text, const char *expected)
{
	char *said;
	struct conf_collector *c =
	    fixture_load(&collector_conf_table, collector_conf_check, text, &said);

	assert_string_equal(said, expected);
	free(said);
	return c;
}

static void
right(const char *text)
{
	struct conf_collector *c = load(text, "");

	assert_non_null(c);
	conf_free(&collector_conf_table, c);
}

static void
wrong(const char *text, const char *expected)
{
	assert_null(load(text, expected));
}

static void
test_filled_in(void **state)
{
	struct conf_collector *c =
	    load(ZONES NODES "store: { dir = \"/srv/zw\"; retention = ( { source = \"vmstat\";\n"
			     "  archives = ( { step = \"1min\"; keep = \"1d\"; } ); } ); };\n"
			     "mail: { from = \"zw@example.org\"; };\n"
			     "rules = ( { name = \"gone\"; kind = \"no-data\"; } );",
		"");
	const struct conf_zone *zones = c->zones.v;
	const struct conf_node *nodes = c->nodes.v;
	const struct conf_rule *rules = c->rules.v;
	const struct conf_archive *a = c->store.archives.v;
	char path[64];

	(void)state;
	assert_string_equal(zones[0].title, "A");
	assert_string_equal(zones[1].title, "Zona B");
	assert_string_equal(nodes[1].title, "srv-02");
	assert_string_equal(rules[0].title, "gone");
	assert_non_null(rules[0].variant);
	assert_string_equal(c->store.rrd_dir, "/srv/zw/rrd");
	assert_string_equal(c->mail.hostname, "example.org");
	assert_int_equal(c->store.archives.n, 4);
	assert_int_equal(a[0].step, 10000);
	assert_int_equal(a[3].keep, 1826LL * 86400000);
	assert_ptr_equal(collector_conf_archives(c, "cpu"), &c->store.archives);
	assert_int_equal(collector_conf_archives(c, "vmstat")->n, 1);
	collector_conf_path(c, "journal", path, sizeof path);
	assert_string_equal(path, "/srv/zw/journal");
	conf_free(&collector_conf_table, c);
}

/* The sample as it is, and with what is commented out taken as well. */
static void
test_sample_is_right(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct conf_collector *c;

	(void)state;
	conf_print_sample(&collector_conf_table, f);
	fclose(f);
	/* The rules are not installed where it says; test_rules_shipped.c loads them. */
	char *include =
	    strstr(text, "\ninclude = [ \"/usr/share/zonewatch/rules/default.conf\" ];\n");
	assert_non_null(include);
	include[1] = '#';
	include[2] = ' ';
	memset(include + 3, 'x', strcspn(include + 3, "\n"));
	c = load(text, "");
	assert_int_equal(c->zones.n, 4);
	assert_int_equal(c->rules.n, 0);
	assert_int_equal(c->nodes.n, 0);
	conf_free(&collector_conf_table, c);
	/* What follows "# key = " up to the next empty line is a setting. */
	char *out = calloc(1, n + 1);
	bool setting = false;
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		char *p = line + strspn(line, "\t");
		size_t word = *p == '#' ? 2 + strspn(p + 2, "abcdefghijklmnopqrstuvwxyz_") : 0;
		setting = *p == '#' && (setting || (word > 2 && strncmp(p + word, " = ", 3) == 0));
		strcat(out, *p != '#' ? p : setting ? p + 2 : "");
		strcat(out, "\n");
	}
	c = load(out, "");
	assert_non_null(c);
	assert_int_equal(c->nodes.n, 7);
	assert_int_equal(((struct conf_node *)c->nodes.v)[5].children.n, 2);
	assert_int_equal(c->rules.n, 3);
	assert_int_equal(c->recipients.n, 5);
	assert_int_equal(c->store.retention.n, 1);
	conf_free(&collector_conf_table, c);
	free(out);
	free(text);
}

static void
test_names(void **state)
{
	(void)state;
	wrong("site = \"x\";", "1: zones: must be given\n");
	wrong("zones = ( { name = \"site\"; } );",
	    "1: zones[site].name: \"site\" stands for the whole; the zone needs another name\n");
	wrong(ZONES "nodes = (\n { name = \"srv-01\"; zone = \"Aa\"; },\n"
		    " { name = \"srv-02\"; zone = \"nowhere\"; },\n { name = \"srv-03\"; },\n"
		    " { name = \"srv-04\"; zone = \"site\"; kind = \"servr\"; } );",
	    "3: nodes[srv-01].zone: there is no zone \"Aa\"\n"
	    "4: nodes[srv-02].zone: there is no zone \"nowhere\"\n"
	    "5: nodes[srv-03].zone: must be given\n"
	    "6: nodes[srv-04].kind: \"servr\" is not server, device or link; did you mean "
	    "\"server\"?\n");
	wrong(ZONES
	    "nodes = ( { name = \"a\"; zone = \"A\"; },\n { name = \"a\"; zone = \"B\"; } );",
	    "3: nodes[a].name: \"a\" is given twice\n");
}

/* Children of devices, and rules over patterns. */
static void
test_children(void **state)
{
	(void)state;
	wrong("zones = ( { name = \"unassigned\"; } );",
	    "1: zones[unassigned].name: \"unassigned\" is where child devices without a zone are; "
	    "the zone needs another name\n");
	wrong(ZONES "nodes = (\n { name = \"s\"; zone = \"A\"; children = ( { name = \"*\"; zone = "
		    "\"A\"; } ); },\n"
		    " { name = \"e\"; kind = \"device\"; zone = \"unassigned\";\n"
		    "   children = (\n { name = \"a/*\"; zone = \"A\"; },\n { name = \"p*\"; },\n"
		    " { name = \"q*\"; zone = \"Z\"; },\n { name = \"r*\"; zone = \"B\"; } ); },\n"
		    " { name = \"e.r1\"; zone = \"A\"; } );",
	    "3: nodes[s].children: only a node with kind = \"device\" has any\n"
	    "4: nodes[e].zone: \"unassigned\" is where nothing is meant to stay\n"
	    "6: nodes[e].children[#1].name: \"a/*\" cannot be the name of a child device\n"
	    "7: nodes[e].children[#2].zone: must be given, unless they are to be ignored\n"
	    "8: nodes[e].children[#3].zone: there is no zone \"Z\"\n"
	    "10: nodes[e.r1].zone: is \"A\", but as a child of e it is in \"B\"\n");
	wrong(ZONES
	    "nodes = ( { name = \"e\"; kind = \"device\"; zone = \"A\"; },\n"
	    " { name = \"s\"; zone = \"A\"; } );\n"
	    "rules = (\n"
	    " { name = \"a\"; kind = \"state\"; nodes = [ \"e.*\", \"e.x\", \"*.p1\" ]; },\n"
	    " { name = \"b\"; kind = \"state\"; nodes = [ \"s.*\" ]; },\n"
	    " { name = \"c\"; kind = \"state\"; at = \"bad\"; },\n"
	    " { name = \"d\"; kind = \"state\"; source = \"ups-x\"; scope = \"site\"; },\n"
	    " { name = \"f\"; kind = \"threshold\"; source = \"ups*\"; field = \"*_temp\"; "
	    "above = 1; } );",
	    "6: rules[b].nodes: \"s.*\" covers no node\n"
	    "7: rules[c].at: \"bad\" is not warning, critical or any\n"
	    "8: rules[d].source: \"ups-x\" has a '-', which no source has: it stands between "
	    "source "
	    "and instance\n"
	    "8: rules[d].aggregate: state in the scope site counts nodes: set aggregate = "
	    "\"count\"\n");
}

static void
test_dependencies(void **state)
{
	(void)state;
	right(ZONES "nodes = ( { name = \"a\"; zone = \"A\"; depends = [ \"b\", \"c\" ]; },\n"
		    "{ name = \"b\"; zone = \"A\"; depends = [ \"c\" ]; },\n"
		    "{ name = \"c\"; zone = \"A\"; } );");
	right(ZONES
	    "nodes = ( { name = \"c\"; kind = \"device\"; role = \"cooling\"; zone = \"site\";"
	    " serves = [ \"A\", \"site\" ]; } );");
	wrong(ZONES
	    "nodes = (\n { name = \"c\"; zone = \"A\"; serves = [ \"A\", \"nowhere\" ]; } );",
	    "3: nodes[c].serves: there is no zone \"nowhere\"\n");
	wrong(ZONES "nodes = (\n { name = \"srv-a\"; zone = \"A\"; depends = [ \"srv-a\" ]; },\n"
		    " { name = \"srv-b\"; zone = \"A\"; depends = [ \"srvc\" ]; },\n"
		    " { name = \"srv-c\"; zone = \"A\";\n   depends = [ \"srv-d\" ]; },\n"
		    " { name = \"srv-d\"; zone = \"A\"; depends = [ \"srv-e\" ]; },\n"
		    " { name = \"srv-e\"; zone = \"A\"; depends = [ \"srv-c\" ]; } );",
	    "3: nodes[srv-a].depends: a node cannot depend on itself\n"
	    "4: nodes[srv-b].depends: there is no node \"srvc\"; did you mean \"srv-c\"?\n"
	    "8: nodes[srv-e].depends: goes in a circle: srv-c -> srv-d -> srv-e -> srv-c\n");
}

static void
test_archives(void **state)
{
	(void)state;
	right(ZONES "store: { archives = ( { step = \"1s\"; keep = \"1h\"; },\n"
		    " { step = \"1min\"; keep = \"1d\"; } ); };");
	wrong(ZONES
	    "store: { archives = (\n { step = \"10s\"; keep = \"1d\"; },\n"
	    " { step = \"15s\"; keep = \"2d\"; },\n { step = \"1h\"; keep = \"2d\"; },\n"
	    " { step = \"1min\"; keep = \"5d\"; },\n { step = \"1500ms\"; keep = \"6d\"; },\n"
	    " { step = \"1d\"; keep = \"1h\"; },\n { keep = \"9d\"; } ); };",
	    "4: store.archives[#2].step: must be a multiple of the finer archive's before it, 10s\n"
	    "5: store.archives[#3].keep: must be longer than that of the finer archive before it, "
	    "2d\n"
	    "6: store.archives[#4].step: must be a multiple of the finer archive's before it, 1h\n"
	    "7: store.archives[#5].step: must be whole seconds\n"
	    "7: store.archives[#5].step: must be a multiple of the finer archive's before it, "
	    "1min\n"
	    "8: store.archives[#6].keep: is shorter than one row\n"
	    "8: store.archives[#6].keep: must be longer than that of the finer archive before it, "
	    "6d\n"
	    "9: store.archives[#7].step: must be given\n");
	wrong(ZONES "store: { archives = ( { step = \"1s\"; keep = \"400d\"; } ); };",
	    "2: store.archives[#1].keep: makes more than 10000000 rows\n");
	wrong(ZONES
	    "store: { retention = ( { source = \"cpu\"; archives = ( ); },\n"
	    " { source = \"cpu\"; archives = ( { step = \"1s\"; keep = \"1h\"; } ); } ); };",
	    "2: store.retention[cpu].archives: must not be empty\n"
	    "3: store.retention[cpu].source: \"cpu\" is given twice\n");
}

static void
test_rules(void **state)
{
	(void)state;
	right(ZONES NODES "rules = ( { " RULE
			  " zones = [ \"A\", \"site\" ]; nodes = [ \"srv-*\" ]; } );");
	wrong(ZONES NODES
	    "rules = (\n { name = \"a\"; kind = \"tresholt\"; },\n"
	    " { name = \"b\"; kind = \"threshold\"; above = 1; },\n"
	    " { name = \"c\"; kind = \"threshold\"; source = \"a b\"; field = \"x\"; },\n"
	    " { name = \"d\"; },\n"
	    " { name = \"e\"; kind = \"no-data\"; above = 5; } );",
	    "4: rules[a].kind: \"tresholt\" is not threshold, state, rate, forecast, comparison, "
	    "deviation, plausibility, combination or no-data; did you mean "
	    "\"threshold\"?\n"
	    "5: rules[b].source: must be given with kind = \"threshold\"\n"
	    "5: rules[b].field: must be given with kind = \"threshold\"\n"
	    "6: rules[c].source: \"a b\" cannot be the name of a source\n"
	    "6: rules[c]: a threshold needs \"above\" or \"below\"\n"
	    "7: rules[d].kind: must be given\n"
	    "8: rules[e].above: unknown key\n");
	wrong(ZONES "rules = ( { name = \"r\"; kind = \"threshold\"; source = \"cpu\";\n"
		    " field = \"busy\"; above = \"90\"; } );",
	    "3: rules[r].above: must be a number, as in 10 or 2.5\n");
	wrong(ZONES
	    "intake: { listen = \"0.0.0.0:8080\"; };\nweb: { listen = \"127.0.0.1:8080\"; };",
	    "3: web.listen: is the address of intake.listen; agents and browsers need a port "
	    "each\n");
	wrong(ZONES "rules = ( { " RULE "\n clear = 95; } );",
	    "3: rules[r].clear: 95 is beyond \"above\" (90): it would never hold\n");
	wrong(ZONES "rules = ( { " RULE " severity = \"critial\"; } );",
	    "2: rules[r].severity: \"critial\" is not info, warning or critical; did you mean "
	    "\"critical\"?\n");
}

static void
test_rules_that_cannot_fire(void **state)
{
	(void)state;
	right(ZONES "rules = ( { name = \"b\"; kind = \"combination\"; scope = \"site\";"
		    " when = [ \"on-battery\", \"cooling-off\" ]; } );");
	wrong(ZONES "rules = ( { name = \"b\"; kind = \"combination\";\n"
		    " when = [ \"on-batery\" ]; source = \"ups\"; } );",
	    "2: rules[b].scope: combination is about a zone or the site: set scope = \"zone\" or "
	    "\"site\"\n"
	    "3: rules[b].when: \"on-batery\" is none of "
	    "on-battery|cooling-off|no-cooling|inlets-rising\n"
	    "3: rules[b].source: has no meaning with combination, which looks at the measures\n");
	wrong(ZONES NODES "rules = ( { " RULE " zones = [ \"C\" ]; } );",
	    "3: rules[r].zones: there is no zone \"C\"\n");
	wrong(ZONES NODES "rules = ( { " RULE "\n nodes = [ \"srv-1\", \"db-*\", \"srv-02\" ];\n"
			  " zones = [ \"A\" ]; } );",
	    "4: rules[r].nodes: there is no node \"srv-1\"; did you mean \"srv-01\"?\n"
	    "4: rules[r].nodes: \"db-*\" covers no node\n"
	    "4: rules[r].nodes: \"srv-02\" covers no node in these zones\n");
	wrong(ZONES "rules = ( { " RULE " count = 2;\n aggregate = \"average\"; } );",
	    "2: rules[r].count: counts only with aggregate = \"count\" in the scope zone or site\n"
	    "3: rules[r].aggregate: has no meaning in the scope node; set scope = \"zone\" or "
	    "\"site\"\n");
	wrong(ZONES "rules = ( { name = \"s\"; kind = \"no-data\"; scope = \"zone\"; } );",
	    "2: rules[s].aggregate: no-data in the scope zone counts nodes: set aggregate = "
	    "\"count\"\n");
}

static void
test_mail(void **state)
{
	(void)state;
	right(ZONES "mail: { transport = \"smtps://mail.example.org:465\"; user = \"u\";\n"
		    "password_file = \"pw\"; recipients = ( { address = \"a@b.example\"; } ); };");
	right(ZONES "mail: { transport = \"maildir:/tmp/mail\"; };");
	wrong(ZONES "mail: {\n transport = \"http://x\";\n from = \"me\";\n user = \"u\";\n"
		    " recipients = ( { address = \"a b@c\"; },\n"
		    "  { address = \"a@b\"; zones = [ \"Z\" ]; },\n { severity = \"warn\"; } ); };",
	    "3: mail.transport: must begin with smtp://, smtps:// or maildir:\n"
	    "4: mail.from: \"me\" is no mail address, as in \"admin@example.org\"\n"
	    "5: mail.user: \"user\" and \"password_file\" belong together\n"
	    "6: mail.recipients[#1].address: \"a b@c\" is no mail address, as in "
	    "\"admin@example.org\"\n"
	    "7: mail.recipients[#2].zones: there is no zone \"Z\"\n"
	    "8: mail.recipients[#3].address: must be given\n"
	    "8: mail.recipients[#3].severity: \"warn\" is not info, warning or critical\n");
	wrong(ZONES "mail: {\n recipients = ( { address = \"a@b.example\"; } ); };",
	    "3: mail.recipients: would get no mail: \"transport\" must say how it is sent\n");
	wrong(ZONES "mail: { transport = \"smtp://me@host\"; };",
	    "2: mail.transport: must be smtp://HOST or smtp://HOST:PORT; a user goes into "
	    "\"user\"\n");
	wrong(ZONES "mail: { transport = \"maildir:mail\"; };",
	    "2: mail.transport: maildir: must be followed by an absolute path\n");
}

static void
test_faces(void **state)
{
	(void)state;
	right(ZONES "web: { listen = \"[::1]:80\"; url = \"https://x/\"; };\n"
		    "intake: { listen = \"[::]:1\"; };\ntimezone = \"UTC\";");
	wrong(ZONES "web: { listen = \"localhost:80\";\n url = \"x\"; };\n"
		    "intake: { listen = \"7481\"; };\ntimezone = \"Asia/Bakuu\";",
	    "2: web.listen: \"localhost\" is no address; 0.0.0.0 and [::] stand for all of this "
	    "host\n"
	    "3: web.url: must begin with http:// or https://\n"
	    "4: intake.listen: \"7481\" is no address:port, as in \"192.0.2.1:7481\" or "
	    "\"[2001:db8::1]:7481\"\n"
	    "5: timezone: there is no time zone \"Asia/Bakuu\" in /usr/share/zoneinfo\n");
}

static void
test_large_site(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	fputs(ZONES "nodes = (", f);
	for (int i = 0; i < 4096; i++)
		fprintf(f, "%s{ name = \"n%d\"; zone = \"A\"; depends = [ \"n%d\" ]; }\n",
		    i > 0 ? "," : "", i, i + 1);
	fputs(");", f);
	fclose(f);
	wrong(text,
	    "4097: nodes[n4095].depends: there is no node \"n4096\"; did you mean \"n406\"?\n");
	free(text);
}

/* Who is told of what, and when not. */
static void
test_alerting(void **state)
{
	(void)state;
	wrong(ZONES "limits = (\n { rule = \"x\"; zones = [ \"Q\" ]; },\n"
		    " { rule = \"x\"; above = 1.0; below = 2.0; clear = 3.0; } );",
	    "3: limits[#1].zones: there is no zone \"Q\"\n"
	    "4: limits[#2].below: 2 is not under \"above\" (1): every value would be bad\n"
	    "4: limits[#2].clear: 3 is beyond \"above\" (1): it would never hold\n");
	wrong(ZONES "mail = { transport = \"maildir:/tmp\"; };\nrecipients = (\n"
		    " { address = \"nobody\"; },\n"
		    " { address = \"ftp://x\"; via = \"webhook\"; },\n"
		    " { address = \"192.0.2.1\"; via = \"trap\"; credential = \"noc\"; },\n"
		    " { address = \"a@example.org\"; credential = \"noc\"; zones = [ \"Q\" ]; } );",
	    "4: recipients[#1].address: \"nobody\" is no mail address, as in "
	    "\"admin@example.org\"\n"
	    "5: recipients[#2].address: must begin with http:// or https://\n"
	    "6: recipients[#3].credential: there is no \"noc\" in trap_credentials\n"
	    "7: recipients[#4].zones: there is no zone \"Q\"\n"
	    "7: recipients[#4].credential: means something only with via = \"trap\"\n");
	wrong(ZONES "recipients = ( { address = \"a@example.org\"; } );",
	    "2: recipients[#1].address: would get no mail: mail.transport must say how it is "
	    "sent\n");
	struct conf_collector *c = load(ZONES
	    "maintenance = ( { when = \"Sun 02:00-04:30\"; zone = \"A\"; "
	    "reason = \"test\"; } );\n"
	    "mail = { transport = \"maildir:/tmp\"; };\n"
	    "recipients = ( { address = \"a@example.org\"; "
	    "hours = [ \"Mon-Fri 09:00-18:00\" ]; } );\n"
	    "rules = ( { name = \"blind\"; kind = \"no-data\"; source = \"air\"; "
	    "nodes = [ \"zone.*\" ]; } );\nnodes = ( { name = \"n\"; zone = \"A\"; } );\n",
	    "");
	assert_non_null(c);
	conf_free(&collector_conf_table, c);
	char *said = NULL;
	assert_null(fixture_load(&collector_conf_table, collector_conf_check,
	    ZONES "maintenance = ( { when = \"some day\"; reason = \"\"; zone = \"Q\"; } );",
	    &said));
	assert_non_null(strstr(said, "2: maintenance[#1].when: "));
	assert_non_null(strstr(said, "2: maintenance[#1].zone: there is no zone \"Q\"\n"));
	assert_non_null(strstr(said, "2: maintenance[#1].reason: must not be empty\n"));
	free(said);
}

#define PAIR(warn, crit)                                                                           \
	"rules = (\n { name = \"w\"; kind = \"threshold\"; source = \"s\"; field = \"f\"; " warn   \
	"},\n"                                                                                     \
	" { name = \"c\"; kind = \"threshold\"; source = \"s\"; field = \"f\"; "                   \
	"severity = \"critical\"; " crit "} );\n"

/* What is allowed and odd. */
static void
test_review(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ ZONES PAIR("above = 27.0; clear = 26.0; ", "above = 32.0; deadband = 1.0; "),
		    "" },
		{ ZONES PAIR("above = 33.0; clear = 26.0; ", "above = 32.0; clear = 31.0; "),
		    "3: warning: rules[w].above: 33 is beyond the critical limit of \"c\" (32): it "
		    "warns of nothing\n" },
		{ ZONES PAIR("below = 10.0; clear = 12.0; ", "below = 15.0; clear = 16.0; "),
		    "3: warning: rules[w].below: 10 is beyond the critical limit of \"c\" (15): it "
		    "warns of nothing\n" },
		{ ZONES PAIR("above = 27.0; ", "above = 32.0; clear = 31.0; "),
		    "3: warning: rules[w]: has neither \"clear\" nor \"deadband\": a value that "
		    "plays about its limit makes many alerts\n" },
		/* Another field, another matter. */
		{ ZONES
		    "rules = ( { name = \"w\"; kind = \"threshold\"; source = \"s\"; field = "
		    "\"g\"; above = 33.0; clear = 3.0; },\n { name = \"c\"; kind = \"threshold\"; "
		    "source = \"s\"; field = \"f\"; above = 32.0; clear = 31.0; severity = "
		    "\"critical\"; } );",
		    "" },
		/* The critical one moves along. */
		{ ZONES PAIR("above = 27.0; clear = 26.0; ",
		      "above = 32.0; deadband = 1.0; ") "limits = ( { rule = \"w\"; above = 35.0; "
							"} );",
		    "5: warning: limits[#1].above: 35 is beyond the critical limit of \"c\" (32): "
		    "it "
		    "warns of nothing\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *said = NULL;
		void *c =
		    fixture_load(&collector_conf_table, collector_conf_review, rows[i].text, &said);
		assert_string_equal(said, rows[i].said);
		assert_non_null(c);
		conf_free(&collector_conf_table, c);
		free(said);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filled_in),
		cmocka_unit_test(test_sample_is_right),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_dependencies),
		cmocka_unit_test(test_archives),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_rules_that_cannot_fire),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_faces),
		cmocka_unit_test(test_large_site),
		cmocka_unit_test(test_alerting),
		cmocka_unit_test(test_review),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

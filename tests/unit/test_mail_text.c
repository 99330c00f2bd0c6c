/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of the mails, for a fixture's incident; and that hostile names stay text. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "collector/notify/mime.h"
#include "collector/notify/text.h"
#include "zw/alloc.h"

struct fixture {
	struct zone zone;
	struct node node;
	struct alert alerts[TEXT_MAX_OTHERS + 2];
	struct incident incident;
	struct text_facts facts;
};

static struct alert
alert_make(uint64_t id, const char *node, double value)
{
	struct alert a = { .id = id,
		.rule = "inlet-high",
		.title = "Inlet air too warm",
		.advice = "Look at the cooling unit.",
		.unit = "Cel",
		.severity = WIRE_CRITICAL,
		.sid = 7,
		.state = ALERT_FIRING,
		.value = value,
		.limit = 32,
		.since_ms = INT64_C(1795308661000),
		.incident = 12 };

	str_copy(a.node, sizeof a.node, node);
	str_copy(a.series, sizeof a.series, "hwmon-inlet");
	str_copy(a.field, sizeof a.field, "temp");
	str_copy(a.reason, sizeof a.reason, "above 32 °C");
	return a;
}

static struct fixture *
fixture_make(void)
{
	struct fixture *x = xcalloc(1, sizeof *x);

	setenv("TZ", "Asia/Baku", 1);
	tzset();
	x->zone = (struct zone){ .name = "b", .title = "Zone B" };
	x->node =
	    (struct node){ .name = "srv17", .title = "Mail server", .rack = "R2", .unit = 14 };
	x->alerts[0] = alert_make(1, "srv17", 33.44);
	x->incident = (struct incident){ .id = 12,
		.severity = WIRE_CRITICAL,
		.opened_ms = INT64_C(1795308691000),
		.firing = 1,
		.total = 1 };
	str_copy(x->incident.zone, sizeof x->incident.zone, "b");
	str_copy(x->incident.cause, sizeof x->incident.cause, "the cause");
	x->facts = (struct text_facts){ .site = "Data centre",
		.url = "https://zw.example/",
		.zone = &x->zone,
		.node = &x->node,
		.incident = &x->incident,
		.alert = &x->alerts[0],
		.graph = true,
		.now_ms = INT64_C(1795308691000) };
	return x;
}

static void
has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("no \"%s\" in:\n%s", what, text);
}

static void
test_opening(void **state)
{
	struct fixture *x = fixture_make();
	struct mail *m = xcalloc(1, sizeof *m);
	(void)state;
	text_opened(m, &x->facts);
	assert_string_equal(
	    m->subject, "[CRITICAL] Zone B: Inlet air too warm, above 32 °C (srv17 33.4 °C)");
	assert_string_equal(m->text,
	    "Zone B: Inlet air too warm, above 32 °C\n\n"
	    "Severity  CRITICAL\nSite      Data centre\nZone      b (Zone B)\n"
	    "Node      srv17 (Mail server), rack R2, unit 14\nMeasured  hwmon-inlet/temp\n"
	    "Value     33.4 °C\nLimit     32 °C\n"
	    "Since     2026-11-22 04:51:01 +04:00 (30 s ago)\nIncident  12\n"
	    "\nWhat to do\n  Look at the cooling unit.\n"
	    "\nhttps://zw.example/node/srv17\n");
	has(m->html, "<td style=\"padding:2px 0\">33.4 °C</td>");
	has(m->html, "<p><img " MIME_GRAPH_SRC);
	has(m->html, "<a href=\"https://zw.example/node/srv17\">");
	mail_free(m);
	free(x);
}

static void
test_many_others_are_counted(void **state)
{
	struct fixture *x = fixture_make();
	struct mail *m = xcalloc(1, sizeof *m);
	(void)state;
	for (size_t i = 0; i < TEXT_MAX_OTHERS; i++) {
		x->alerts[i + 1] = alert_make(i + 2, "srv18", 32.5);
		x->facts.others[i] = &x->alerts[i + 1];
	}
	x->facts.nothers = TEXT_MAX_OTHERS;
	x->facts.nmore = 17;
	text_opened(m, &x->facts);
	has(m->subject, ", 37 more");
	has(m->text,
	    "Also firing here\n  CRITICAL Inlet air too warm: srv18 32.5 °C, above 32 °C\n");
	has(m->text, "\n  and 17 more\n");
	mail_free(m);
	free(x);
}

static void
test_end(void **state)
{
	struct fixture *x = fixture_make();
	struct mail *m = xcalloc(1, sizeof *m);
	(void)state;
	/* 04:51:31.000 to 05:03:31.000, as it is shown, though the former was later in its second.
	 */
	x->incident.opened_ms += 900;
	x->incident.closed_ms = x->incident.opened_ms / 1000 * 1000 + 12 * 60000;
	x->facts.graph = false;
	x->facts.url = NULL;
	text_closed(m, &x->facts);
	assert_string_equal(
	    m->subject, "[RESOLVED] Zone B: Inlet air too warm (srv17) (lasted 12 min)");
	has(m->text,
	    "Opened    2026-11-22 04:51:31 +04:00\nEnded     2026-11-22 05:03:31 +04:00\n");
	assert_null(strstr(m->html, "cid:"));
	assert_null(strstr(m->html, "<a "));
	mail_free(m);
	free(x);
}

/* Of a rule on all states of all devices only the reason says what is broken; of a trap there is no
 * value to be told, and of silence no reason. */
static void
test_subject_says_what_is_broken(void **state)
{
	struct fixture *x = fixture_make();
	struct alert *a = &x->alerts[0];
	struct mail *m = xcalloc(1, sizeof *m);
	(void)state;
	a->title = "A device reports a critical state";
	a->value = 2;
	str_copy(a->words, sizeof a->words, METRIC_RAISED);
	str_copy(a->reason, sizeof a->reason, "Unit is not cooling");
	x->facts.generic = true;
	text_opened(m, &x->facts);
	assert_string_equal(m->subject, "[CRITICAL] Zone B: Unit is not cooling (srv17)");
	mail_free(m);
	m = xcalloc(1, sizeof *m);
	text_closed(m, &x->facts);
	has(m->subject, "[RESOLVED] Zone B: Unit is not cooling (srv17) (lasted ");
	mail_free(m);
	m = xcalloc(1, sizeof *m);
	a->title = "No data from the node";
	a->words[0] = '\0';
	a->value = NAN;
	str_copy(a->reason, sizeof a->reason, "silent");
	x->facts.generic = false;
	text_opened(m, &x->facts);
	assert_string_equal(m->subject, "[CRITICAL] Zone B: No data from the node (srv17)");
	mail_free(m);
	m = xcalloc(1, sizeof *m);
	x->node.kind = NODE_LINK;
	x->node.title = "7 nömrəli məktəb";
	text_opened(m, &x->facts);
	assert_string_equal(
	    m->subject, "[CRITICAL] Zone B: No data from the node (srv17, 7 nömrəli məktəb)");
	mail_free(m);
	free(x);
}

/* The average of a zone says that it is one, and of which nodes. */
static void
test_aggregate(void **state)
{
	struct fixture *x = fixture_make();
	struct mail *m = xcalloc(1, sizeof *m);
	struct alert *a = &x->alerts[0];
	char states[] = "";
	struct series se = { .node = &x->node, .nfields = 1, .states = states };
	se.last.time_s = 1;
	se.last.values[0] = 36.5;
	(void)state;
	str_copy(a->zone, sizeof a->zone, "b");
	a->node[0] = a->series[0] = '\0';
	str_copy(a->reason, sizeof a->reason, "average above 32 °C");
	str_copy(se.source, sizeof se.source, "hwmon");
	str_copy(se.name, sizeof se.name, "hwmon-inlet");
	str_copy(se.fields[0].name, sizeof se.fields[0].name, "temp");
	str_copy(se.fields[0].unit, sizeof se.fields[0].unit, "Cel");
	x->facts.node = NULL;
	x->facts.series = &se;
	x->facts.worst[0] = (struct text_value){ &x->node, &se, 0, 36.5 };
	x->facts.nworst = 1;
	text_opened(m, &x->facts);
	assert_string_equal(m->subject,
	    "[CRITICAL] Zone B: Inlet air too warm, average above 32 °C (zone average 33.4 °C)");
	has(m->text, "\nMeasured  zone average of hwmon/temp\n");
	has(m->text, "\nThe worst nodes\n  srv17: 36.5 °C (hwmon-inlet)\n");
	has(m->text, "\nhttps://zw.example/incidents\n");
	has(m->html, "Graph of srv17 hwmon-inlet/temp (the worst one)");
	mail_free(m);
	free(x);
}

/* A silent node has no value; a zone without a title, the site, an alert that is no more known. */
static void
test_what_is_not_known_is_left_out(void **state)
{
	struct fixture *x = fixture_make();
	struct mail m = { 0 };
	(void)state;
	x->alerts[0].value = x->alerts[0].limit = NAN;
	x->alerts[0].unit = NULL;
	x->alerts[0].advice = NULL;
	x->alerts[0].series[0] = '\0';
	str_copy(x->alerts[0].reason, sizeof x->alerts[0].reason, "silent for 30 s");
	x->zone.title = "b";
	x->node.rack = NULL;
	x->node.title = "srv17";
	text_opened(&m, &x->facts);
	assert_string_equal(
	    m.subject, "[CRITICAL] Zone b: Inlet air too warm, silent for 30 s (srv17)");
	has(m.text, "\nZone      b\nNode      srv17\nSince ");
	assert_null(strstr(m.text, "What to do"));
	free(m.subject);
	free(m.text);
	free(m.html);
	x->facts.zone = NULL;
	x->facts.node = NULL;
	x->facts.alert = NULL;
	text_opened(&m, &x->facts);
	assert_string_equal(m.subject, "[CRITICAL] Data centre: the cause");
	free(m.subject);
	free(m.text);
	free(m.html);
	free(x);
}

static void
test_units(void **state)
{
	static const struct {
		const char *unit;
		double value;
		const char *want;
	} rows[] = { { "By", 1073741824, "Value     1 GiB\n" }, { "%", 93.5, "Value     93.5 %\n" },
		{ "Cel", -3.25, "Value     -3.25 °C\n" }, { "1", 4, "Value     4\n" },
		{ "By/s", 2048, "Value     2 KiB/s\n" }, { "s", 200, "Value     3 min 20 s\n" } };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fixture *x = fixture_make();
		struct mail *m = xcalloc(1, sizeof *m);
		x->alerts[0].unit = rows[i].unit;
		x->alerts[0].value = rows[i].value;
		text_opened(m, &x->facts);
		has(m->text, rows[i].want);
		mail_free(m);
		free(x);
	}
}

static void
test_hostile_text_stays_text(void **state)
{
	struct fixture *x = fixture_make();
	struct mail *m = xcalloc(1, sizeof *m);
	char longer[2001];
	(void)state;
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	x->alerts[0].title = "<script>alert(\"1\")</script>\nNode      forged & 'co'";
	x->alerts[0].advice = "<img src=\"cid:graph\">";
	x->facts.site = longer;
	x->facts.url = "javascript:alert(1)";
	x->zone.title = longer;
	text_opened(m, &x->facts);
	assert_null(strstr(m->html, "<script"));
	has(m->html, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
	has(m->html, "&amp; &#39;co&#39;");
	assert_null(strstr(m->html, "href"));
	assert_null(strstr(m->text, "\nNode      forged"));
	assert_true(strlen(m->subject) <= 240);
	const char *first = strstr(m->html, MIME_GRAPH_SRC);
	assert_non_null(first);
	assert_null(strstr(first + 1, MIME_GRAPH_SRC));
	mail_free(m);
	free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opening),
		cmocka_unit_test(test_many_others_are_counted),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_subject_says_what_is_broken),
		cmocka_unit_test(test_aggregate),
		cmocka_unit_test(test_what_is_not_known_is_left_out),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_hostile_text_stays_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

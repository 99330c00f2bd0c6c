/* link: zwnotify PkgConfig::JANSSON */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What channels other than mail send: whatever the names and texts hold, it is JSON, or a line of
 * RFC 5424, and says what the incident says. */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/notify/payload.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define NASTY "a\"b\\c]\n\x01\xff<\xc6\x8f>"

struct fix {
	struct incident in;
	struct alert alert, other;
	struct zone zone;
	struct node node, ups;
	struct zone_air air;
	struct text_facts f;
};

/* Everything that a message can tell of. */
static void
fill(struct fix *x)
{
	memset(x, 0, sizeof *x);
	x->zone = (struct zone){ .name = "b", .title = "Zone B" };
	x->node = (struct node){ .name = "cool-b2", .title = "Unit" };
	x->ups = (struct node){ .name = "ups-1", .title = "UPS" };
	x->in = (struct incident){ .id = 7,
		.severity = WIRE_CRITICAL,
		.opened_ms = 1795311061234,
		.firing = 9,
		.total = 12,
		.topic = TOPIC_COOLING };
	str_copy(x->in.zone, sizeof x->in.zone, "b");
	str_copy(x->in.node, sizeof x->in.node, "cool-b2");
	str_copy(x->in.cause, sizeof x->in.cause, "cooling unit 2 stopped");
	x->alert = (struct alert){ .id = 3,
		.rule = "cooling-off",
		.title = NASTY,
		.advice = "Look.",
		.unit = "Cel",
		.severity = WIRE_CRITICAL,
		.topic = TOPIC_COOLING,
		.state = ALERT_FIRING,
		.value = NAN,
		.limit = NAN,
		.peak = 29.8,
		.since_ms = 1795311061000,
		.flags = ALERT_MAINTENANCE };
	str_copy(x->alert.words, sizeof x->alert.words, "off");
	x->other = x->alert;
	x->other.flags = ALERT_CONSEQUENCE;
	x->other.value = 29.8;
	str_copy(x->other.because, sizeof x->other.because, "cool-b2");
	x->air = (struct zone_air){ .inlets = 9,
		.rising = 9,
		.hottest = 29.8,
		.left_s = 84,
		.earliest_s = 60,
		.latest_s = NAN,
		.mean = 29,
		.rate = 1.6,
		.limit = 32 };
	x->f = (struct text_facts){ .site = NASTY,
		.url = "https://zw.example/",
		.zone = &x->zone,
		.incident = &x->in,
		.alert = &x->alert,
		.air = &x->air,
		.nothers = 1,
		.nmore = 5,
		.nunits = 1,
		.now_ms = 1795311070000 };
	x->f.others[0] = &x->other;
	x->f.units[0] = (struct text_unit){ .node = &x->node, .supply = NAN };
	x->f.power = (struct text_power){
		.node = &x->ups, .on_battery = true, .runtime_min = 12, .charge = NAN, .load = 40
	};
}

/* A message that is ready for its payload. */
static struct mail *
message(const char *kind, const char *via)
{
	struct mail *m = xcalloc(1, sizeof *m);

	m->id = 42;
	m->incident = 7;
	m->kind = xstrdup(kind);
	m->via = xstrdup(via);
	m->zone = xstrdup("b");
	m->severity = WIRE_CRITICAL;
	m->to = xstrdup("somewhere");
	m->subject = xstrdup("Zone B: " NASTY);
	m->text = xstrdup("one\ntwo " NASTY "\n");
	m->html = xstrdup("<p>one</p>");
	m->message_id = xstrdup("<incident-7.open.1@dc.example>");
	m->graph_limit = NAN;
	m->created_ms = 1795311070000;
	return m;
}

/* The JSON of a message's payload; the caller frees it. */
static json_t *
parsed(const struct mail *m)
{
	json_error_t e;
	json_t *o = json_loads(m->text, JSON_REJECT_DUPLICATES, &e);

	if (o == NULL)
		fail_msg("%s at %d in %s", e.text, e.position, m->text);
	assert_string_equal(m->html, "");
	return o;
}

static const char *
text_at(json_t *o, const char *a, const char *b)
{
	json_t *v = json_object_get(o, a);

	return json_string_value(b == NULL ? v : json_object_get(v, b));
}

static void
test_webhook(void **state)
{
	struct fix x;
	struct mail *m = message("open", "webhook");

	(void)state;
	fill(&x);
	payload_make(m, "webhook", &x.f);
	json_t *o = parsed(m);
	assert_int_equal(json_integer_value(json_object_get(o, "version")), 1);
	assert_string_equal(text_at(o, "id", NULL), m->message_id);
	assert_string_equal(text_at(o, "time", NULL), "2026-11-22T01:31:10.000Z");
	assert_string_equal(
	    text_at(o, "text", NULL), "one\ntwo a\"b\\c]\n\x01\xef\xbf\xbd<\xc6\x8f>\n");
	assert_string_equal(text_at(o, "incident", "opened"), "2026-11-22T01:31:01.234Z");
	assert_true(json_is_null(json_object_get(json_object_get(o, "incident"), "closed")));
	json_t *a = json_object_get(o, "alert");
	assert_true(json_is_null(json_object_get(a, "value")));
	assert_true(json_is_true(json_object_get(a, "muted")));
	assert_string_equal(text_at(a, "topic", NULL), "cooling");
	json_t *others = json_object_get(o, "others");
	assert_int_equal(json_array_size(others), 1);
	assert_string_equal(text_at(json_array_get(others, 0), "because", NULL), "cool-b2");
	assert_int_equal(json_integer_value(json_object_get(o, "more")), 5);
	assert_true(json_is_null(json_object_get(json_object_get(o, "air"), "latest_s")));
	assert_string_equal(text_at(o, "power", "node"), "ups-1");
	json_decref(o);
	mail_free(m);
}

static void
test_webhook_of_little(void **state)
{
	struct fix x;
	struct mail *m = message("close", "webhook");

	(void)state;
	fill(&x);
	x.in.closed_ms = x.in.opened_ms + 60000;
	x.f = (struct text_facts){ .site = "s", .incident = &x.in };
	payload_make(m, "webhook", &x.f);
	json_t *o = parsed(m);
	assert_true(json_is_null(json_object_get(o, "alert")));
	assert_true(json_is_null(json_object_get(o, "power")));
	assert_true(json_is_null(json_object_get(o, "url")));
	assert_string_equal(text_at(o, "incident", "closed"), "2026-11-22T01:32:01.234Z");
	json_decref(o);
	mail_free(m);
}

static void
test_alertmanager(void **state)
{
	struct fix x;
	struct mail *m = message("open", "alertmanager");

	(void)state;
	fill(&x);
	payload_make(m, "alertmanager", &x.f);
	assert_memory_equal(m->text, "{\"labels\":{", 11);
	assert_int_equal(m->text[strlen(m->text) - 1], '}'); /* the channel puts endsAt before it */
	json_t *o = parsed(m);
	assert_string_equal(text_at(o, "labels", "alertname"), "cooling-off");
	assert_string_equal(text_at(o, "labels", "instance"), "cool-b2");
	assert_string_equal(text_at(o, "labels", "incident"), "7");
	assert_null(json_object_get(o, "endsAt"));
	assert_string_equal(text_at(o, "generatorURL", NULL), "https://zw.example/incident/7");
	json_decref(o);
	mail_free(m);

	m = message("close", "alertmanager");
	x.in.closed_ms = x.in.opened_ms + 60000;
	*x.in.node = '\0';
	x.f.alert = NULL;
	payload_make(m, "alertmanager", &x.f);
	o = parsed(m);
	assert_string_equal(text_at(o, "labels", "alertname"), "incident");
	assert_string_equal(text_at(o, "labels", "instance"), "b");
	assert_null(json_object_get(json_object_get(o, "labels"), "node"));
	assert_string_equal(text_at(o, "endsAt", NULL), "2026-11-22T01:32:01.234Z");
	json_decref(o);
	mail_free(m);
}

static void
test_trap(void **state)
{
	struct fix x;
	struct mail *m = message("remind", "trap");

	(void)state;
	fill(&x);
	payload_make(m, "trap", &x.f);
	json_t *o = parsed(m);
	assert_string_equal(text_at(o, "kind", NULL), "remind");
	assert_string_equal(text_at(o, "value", NULL), "off");
	assert_int_equal(json_integer_value(json_object_get(o, "count")), 9);
	assert_int_equal(json_integer_value(json_object_get(o, "time_ms")), 1795311070000);
	json_decref(o);
	mail_free(m);
}

static void
test_syslog(void **state)
{
	struct fix x;
	struct mail *m = message("open", "syslog");
	char *longer = xmalloc(5001);

	(void)state;
	fill(&x);
	payload_make(m, "syslog", &x.f);
	assert_null(strpbrk(m->text, "\n\x01\xff"));
	assert_non_null(strstr(m->text, "[zonewatch@32473 kind=\"open\" incident=\"7\""));
	assert_non_null(strstr(m->text, " zone=\"b\" node=\"cool-b2\" rule=\"cooling-off\""));
	assert_non_null(strstr(m->text, "] Zone B: "));
	assert_non_null(strstr(m->text, ": cooling unit 2 stopped"));
	mail_free(m);

	/* Cut between characters. */
	m = message("open", "syslog");
	for (size_t i = 0; i < 2500; i++)
		memcpy(longer + 2 * i, "\xc6\x8f", 2);
	longer[5000] = '\0';
	free(m->subject);
	m->subject = longer;
	payload_make(m, "syslog", &x.f);
	assert_true(strlen(m->text) <= 2000 && strlen(m->text) >= 1998);
	assert_int_equal((unsigned char)m->text[strlen(m->text) - 1], 0x8f);
	mail_free(m);
}

static void
test_mail_is_left_alone(void **state)
{
	struct fix x;
	struct mail *m = message("open", "mail");

	(void)state;
	fill(&x);
	payload_make(m, "mail", &x.f);
	assert_memory_equal(m->text, "one\n", 4);
	assert_string_equal(m->html, "<p>one</p>");
	mail_free(m);
}

static void
test_digests(void **state)
{
	struct fix x;

	(void)state;
	fill(&x);
	const struct text_line line = { .incident = &x.in, .alert = &x.alert, .zone = &x.zone };
	const struct text_digest d = { .site = "s",
		.lines = &line,
		.nlines = 1,
		.nmore = 2,
		.nodes = 40,
		.live = 39,
		.now_ms = 1795311070000 };
	struct mail *m = message("digest", "webhook");
	assert_int_equal(payload_digest(m, "webhook", &d), 0);
	json_t *o = parsed(m);
	assert_int_equal(json_array_size(json_object_get(o, "incidents")), 1);
	assert_int_equal(json_integer_value(json_object_get(o, "live")), 39);
	json_decref(o);
	mail_free(m);
	m = message("life", "trap");
	assert_int_equal(payload_digest(m, "trap", &d), 0);
	o = parsed(m);
	assert_int_equal(json_integer_value(json_object_get(o, "count")), 3);
	json_decref(o);
	mail_free(m);
	m = message("digest", "alertmanager");
	assert_int_equal(payload_digest(m, "alertmanager", &d), -1);
	mail_free(m);
	m = message("digest", "syslog");
	assert_int_equal(payload_digest(m, "syslog", &d), 0);
	assert_non_null(strstr(m->text, "[zonewatch@32473 kind=\"digest\""));
	mail_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_webhook),
		cmocka_unit_test(test_webhook_of_little),
		cmocka_unit_test(test_alertmanager),
		cmocka_unit_test(test_trap),
		cmocka_unit_test(test_syslog),
		cmocka_unit_test(test_mail_is_left_alone),
		cmocka_unit_test(test_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* link: zwgateway */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a trap means: by the device's own profiles first; one that nobody knows is kept and told
 * with all it says; its device is asked at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent/gateway/publisher.h"
#include "agent/gateway/traps.h"
#include "tests/unit/gateway_fixture.h"
#include "tests/unit/profile_fixture.h"

/* The first two know the same trap; what it means to a device is what its own says. */
static const char one[] =
    "name = \"a-one\"; title = \"One\"; match = ( { sysobjectid = \"1.3.6.1.4.1.1\"; } );\n"
    "traps = ( { oid = \"1.3.6.1.4.1.9.0.1\"; name = \"low\"; severity = \"warning\";\n"
    "  text = \"one: {1.3.6.1.4.1.9.1.1}\"; key = [ \"1.3.6.1.4.1.9.1.2\" ]; },\n"
    " { oid = \"1.3.6.1.4.1.9.0.2\"; name = \"low\"; severity = \"ok\";\n"
    "  key = [ \"1.3.6.1.4.1.9.1.2\" ]; } );\n";
static const char two[] =
    "name = \"b-two\"; title = \"Two\"; match = ( { sysobjectid = \"1.3.6.1.4.1.2\"; } );\n"
    "traps = ( { oid = \"1.3.6.1.4.1.9.0.1\"; name = \"high\"; severity = \"critical\";\n"
    "  text = \"two\"; poll = false; },\n"
    " { oid = \"1.3.6.1.4.1.9.0.3\"; text = \"only told\"; },\n"
    " { oid = \"1.3.6.1.4.1.9.0.4\"; text = \"measured\"; source = \"probe\"; samples = (\n"
    "   { name = \"value\"; oid = \"1.3.6.1.4.1.9.1.1\"; unit = \"Cel\"; scale = 0.1; } ); } );\n";

/* --- devices --- */

struct device {
	const char *node;
	const char *address;
	const struct profile *profiles[2];
	size_t nprofiles;
	unsigned polls;
};

const char *
device_node(const struct device *d)
{
	return d->node;
}

bool
device_has_address(const struct device *d, const char *address)
{
	return strcmp(d->address, address) == 0;
}

void
device_info(const struct device *d, struct device_info *out)
{
	*out = (struct device_info){
		.profiles = d->profiles, .nprofiles = d->nprofiles, .series = 60
	};
}

void
device_poll_now(struct device *d)
{
	d->polls++;
}

/* --- a set of them --- */

struct set {
	struct fixture f;
	struct publisher *p;
	struct alarms *a;
	struct traps *t;
	struct device first;
	struct device second;
	struct device *devices[2];
};

static void
begin(struct set *s)
{
	fixture_start();
	memset(s, 0, sizeof *s);
	fixture_open(&s->f);
	fixture_file(&s->f, "a-one.conf", one);
	fixture_file(&s->f, "b-two.conf", two);
	fixture_load(&s->f, NULL);
	assert_string_equal(s->f.said, "");
	s->first = (struct device){ .node = "ups1",
		.address = "10.0.0.1",
		.profiles = { profiles_named(s->f.all, "a-one") },
		.nprofiles = 1 };
	s->second = (struct device){ .node = "ups2",
		.address = "10.0.0.2",
		.profiles = { profiles_named(s->f.all, "b-two") },
		.nprofiles = 1 };
	s->devices[0] = &s->first;
	s->devices[1] = &s->second;
	s->p = publisher_new(NULL, NULL);
	s->a = alarms_new(NULL, s->p, "/nonexistent/zw/raised", 86400000);
	const struct traps_opts o = { s->f.all, s->p, s->a, s->devices, 2 };
	s->t = traps_new(&o);
}

static void
end(struct set *s)
{
	traps_free(s->t);
	alarms_free(s->a);
	publisher_free(s->p);
	fixture_close(&s->f);
	traps_free(NULL);
}

/* A trap .0.LAST of a sender, with a number and a text. */
static void
send_trap(struct set *s, const char *from, const char *agent, uint32_t last, int64_t number)
{
	const uint32_t trap[] = { 1, 3, 6, 1, 4, 1, 9, 0, last };
	static const uint32_t first[] = { 1, 3, 6, 1, 4, 1, 9, 1, 1 };
	static const uint32_t second[] = { 1, 3, 6, 1, 4, 1, 9, 1, 2 };
	static const uint8_t key[] = "A/7";
	const struct varbind v[] = { { .oid = { first, 9 }, .type = VARBIND_INTEGER, .i = number },
		{ .oid = { second, 9 }, .type = VARBIND_STRING, .bytes = { key, 3 } } };
	struct trapd_trap t = { .oid = { trap, 9 }, .v = v, .n = 2 };

	(void)str_copy(t.from_text, sizeof t.from_text, from);
	(void)str_copy(t.agent_text, sizeof t.agent_text, agent);
	traps_take(s->t, &t);
}

static void
test_its_own_profile_first(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	send_trap(&s, "10.0.0.1", "", 1, 17);
	send_trap(&s, "10.0.0.2", "", 1, 17);
	const struct traps_entry *en = traps_at(s.t, 1);
	assert_true(en->known);
	assert_string_equal(en->node, "ups1");
	assert_string_equal(en->name, "low");
	assert_string_equal(en->text, "one: 17");
	assert_int_equal(en->severity, METRIC_WARNING);
	assert_int_equal(en->time_ms, FIXTURE_START_MS);
	en = traps_at(s.t, 0);
	assert_string_equal(en->node, "ups2");
	assert_string_equal(en->name, "high");
	assert_int_equal(en->severity, METRIC_CRITICAL);
	assert_string_equal(en->oid, "1.3.6.1.4.1.9.0.1");
	assert_null(traps_at(s.t, 2));
	/* What it raised, by its key, and who is asked. */
	assert_true(fixture_last("ups1", "trap-low-A-7")->v[0] > 0.5);
	assert_true(fixture_last("ups2", "trap-high")->v[0] > 1.5);
	assert_int_equal(s.first.polls, 1);
	assert_int_equal(s.second.polls, 0);
	assert_int_equal(now.told[0].severity, WIRE_WARNING);
	assert_int_equal(now.told[1].severity, WIRE_CRITICAL);
	assert_true(now.told[0].series != 60 && now.told[0].series != now.told[1].series);
	assert_non_null(strstr(now.told[0].text, "ups1 (10.0.0.1): one: 17"));
	/* What the second's profile does not say is looked up in those of others. */
	send_trap(&s, "10.0.0.1", "", 3, 0);
	assert_string_equal(traps_at(s.t, 0)->text, "only told");
	assert_int_equal(traps_unknown(s.t), 0);
	end(&s);
}

static void
test_one_ends_another(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	send_trap(&s, "10.0.0.1", "", 1, 17);
	send_trap(&s, "10.0.0.1", "", 2, 17);
	assert_true(fixture_last("ups1", "trap-low-A-7")->v[0] < 0.5);
	assert_int_equal(traps_at(s.t, 0)->severity, METRIC_OK);
	assert_int_equal(now.told[1].severity, WIRE_INFO);
	assert_int_equal(now.told[1].series, now.told[0].series);
	end(&s);
}

static void
test_samples(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	fixture_pass(4000);
	send_trap(&s, "10.0.0.2", "", 4, 235);
	const struct fixture_reading *r = fixture_last("ups2", "probe");
	assert_non_null(r); /* at once */
	assert_int_equal(r->time_s, FIXTURE_START_MS / 1000 + 4);
	assert_true(fabs(r->v[0] - 23.5) < 1e-9);
	assert_int_equal(s.second.polls, 1);
	end(&s);
}

static void
test_one_that_nobody_knows(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	send_trap(&s, "10.0.0.1", "", 77, 5);
	const struct traps_entry *en = traps_at(s.t, 0);
	assert_false(en->known);
	assert_int_equal(traps_unknown(s.t), 1);
	assert_string_equal(
	    en->text, "1.3.6.1.4.1.9.0.77 with 1.3.6.1.4.1.9.1.1=5, 1.3.6.1.4.1.9.1.2=A/7");
	assert_int_equal(fixture_told("trap-unknown"), 1);
	assert_int_equal(now.told[0].severity, WIRE_WARNING);
	assert_int_equal(now.told[0].series, 60);
	assert_int_equal(s.first.polls, 1);
	assert_int_equal(alarms_count(s.a), 0);
	/* A known one of a stranger: told, but it raises nothing. */
	send_trap(&s, "10.9.9.9", "", 1, 5);
	en = traps_at(s.t, 0);
	assert_false(en->known);
	assert_string_equal(en->node, "");
	assert_string_equal(en->from, "10.9.9.9");
	assert_int_equal(now.told[1].series, 0);
	assert_non_null(strstr(now.told[1].text, "no device of ours (10.9.9.9)"));
	assert_int_equal(traps_unknown(s.t), 2);
	assert_int_equal(alarms_count(s.a), 0);
	end(&s);
}

static void
test_behind_a_translator(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	/* The address that it came from counts more than the one that it says. */
	send_trap(&s, "10.9.9.9", "10.0.0.2", 1, 5);
	assert_string_equal(traps_at(s.t, 0)->node, "ups2");
	send_trap(&s, "10.0.0.1", "10.0.0.2", 1, 5);
	assert_string_equal(traps_at(s.t, 0)->node, "ups1");
	send_trap(&s, "10.9.9.9", "10.9.9.8", 1, 5);
	assert_string_equal(traps_at(s.t, 0)->node, "");
	end(&s);
}

static void
test_the_latest_are_kept(void **state)
{
	struct set s;
	char text[32];

	(void)state;
	begin(&s);
	for (int i = 0; i < TRAPS_KEPT + 50; i++) {
		fixture_pass(1000);
		send_trap(&s, "10.0.0.1", "", 1, i);
	}
	for (int i = 0; i < TRAPS_KEPT; i++) {
		snprintf(text, sizeof text, "one: %d", TRAPS_KEPT + 49 - i);
		assert_string_equal(traps_at(s.t, (size_t)i)->text, text);
	}
	assert_null(traps_at(s.t, TRAPS_KEPT));
	end(&s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_its_own_profile_first),
		cmocka_unit_test(test_one_ends_another),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_one_that_nobody_knows),
		cmocka_unit_test(test_behind_a_translator),
		cmocka_unit_test(test_the_latest_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* link: zwgateway */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device from its first question to its values, with a network that answers as the test says:
 * restarts, rows that move, answers in part, polls out of turn and late ones, new rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>

#include "agent/gateway/device.h"
#include "agent/gateway/publisher.h"
#include "tests/unit/gateway_fixture.h"
#include "tests/unit/profile_fixture.h"

#define START_S (FIXTURE_START_MS / 1000)

static const char profile[] =
    "name = \"box\"; title = \"Box\"; match = ( { sysobjectid = \"1.3.6.1.4.1.9\"; } );\n"
    "scalars = ( { source = \"ups\"; interval = \"10s\"; fields = (\n"
    "  { name = \"charge\"; oid = \"1.3.6.1.4.1.9.1.0\"; unit = \"%\"; } ); } );\n"
    "tables = ( { source = \"port\"; interval = \"60s\"; key = \"{1.3.6.1.4.1.9.2.1}\";\n"
    "  fields = ( { name = \"rx\"; oid = \"1.3.6.1.4.1.9.2.2\"; kind = \"counter\"; } ); } );\n";

static const char system_walk[] = ".1.3.6.1.2.1.1.1.0 = STRING: \"a box\"\n"
				  ".1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.9.7\n";
static const char two_ports[] = ".1.3.6.1.4.1.9.1.0 = INTEGER: 80\n"
				".1.3.6.1.4.1.9.2.1.1 = STRING: \"one\"\n"
				".1.3.6.1.4.1.9.2.1.2 = STRING: \"two\"\n"
				".1.3.6.1.4.1.9.2.2.1 = Counter32: 1000\n"
				".1.3.6.1.4.1.9.2.2.2 = Counter32: 2000\n";

/* --- a network: one fetch of each kind is under way until the test answers it --- */

struct fetch {
	bool busy;
	const struct oid *oids;
	size_t n;
	struct walk *w;
	void (*got)(void *arg, size_t i, const struct varbind *v);
	void (*done)(void *arg, const struct fetch_result *r);
	void *arg;
};

static struct {
	struct fetch get;
	struct fetch walk;
	struct fetch first;
	unsigned gets;
	unsigned walks;
	unsigned firsts;
	unsigned cancelled;
	uint32_t uptime_cs;
} net;

struct fetch_limits
fetch_limits(unsigned varbinds, unsigned outstanding, int64_t pause_ms)
{
	return (struct fetch_limits){
		.varbinds = varbinds, .outstanding = outstanding, .pause_ms = pause_ms
	};
}

struct fetch *
fetch_get(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct oid *oids, size_t n, void (*got)(void *arg, size_t i, const struct varbind *v),
    void (*done)(void *arg, const struct fetch_result *r), void *arg)
{
	(void)p;
	(void)l;
	(void)base;
	assert_false(net.get.busy);
	net.gets++;
	net.get = (struct fetch){ true, oids, n, NULL, got, done, arg };
	return &net.get;
}

struct fetch *
fetch_walk(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct oid *roots, size_t n, struct walk *w,
    void (*done)(void *arg, const struct fetch_result *r), void *arg)
{
	(void)p;
	(void)l;
	(void)base;
	assert_false(net.walk.busy || net.first.busy);
	net.walks++;
	net.walk = (struct fetch){ true, roots, n, w, NULL, done, arg };
	return &net.walk;
}

struct fetch *
fetch_first(struct snmpio_peer *p, struct fetch_limits *l, struct event_base *base,
    const struct oid *roots, size_t n, struct walk *w,
    void (*done)(void *arg, const struct fetch_result *r), void *arg)
{
	(void)p;
	(void)l;
	(void)base;
	assert_false(net.walk.busy || net.first.busy);
	net.firsts++;
	net.first = (struct fetch){ true, roots, n, w, NULL, done, arg };
	return &net.first;
}

void
fetch_cancel(struct fetch *f)
{
	if (f == NULL)
		return;
	assert_true(f->busy);
	f->busy = false;
	net.cancelled++;
}

int
snmpio_peer_new(struct snmpio_peer **out, struct snmpio *io, const struct sockaddr *sa,
    unsigned salen, const struct snmpio_credential *c, int64_t timeout_ms, unsigned retries,
    struct err *e)
{
	(void)io;
	(void)sa;
	(void)salen;
	(void)c;
	(void)timeout_ms;
	(void)retries;
	(void)e;
	*out = NULL;
	return 0;
}

/* Of the real one's file, which wants all probes. */
int
gateway_conf_address(const char *text, unsigned port, struct sockaddr_storage *out, unsigned *len)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	if (inet_pton(AF_INET, text, &v4.sin_addr) != 1)
		return -1;
	memcpy(out, &v4, *len = sizeof v4);
	return 0;
}

void
snmpio_peer_free(struct snmpio_peer *p)
{
	(void)p;
}

const char *
snmpio_status_text(enum snmpio_status s)
{
	return s == SNMPIO_TIMEOUT ? "timeout" : "trouble";
}

/* Ends a fetch. */
static void
finish(struct fetch *f, enum snmpio_status s, bool given_up, size_t answered)
{
	const struct fetch_result r = { s, given_up, f->n, answered, "" };

	assert_true(f->busy);
	f->busy = false;
	f->done(f->arg, &r);
}

/* Answers a fetch into a walk with what the text has. */
static void
answer_walk(struct fetch *f, const char *text)
{
	size_t bad;
	struct walk *from = fixture_walk(text, &bad);

	assert_non_null(from);
	assert_int_equal(bad, 0);
	for (size_t i = 0; i < walk_count(from); i++)
		assert_true(walk_add(f->w, walk_at(from, i)));
	walk_free(from);
	finish(f, SNMPIO_OK, false, f->n);
}

/* Answers what a poll asks for, but the object at fault (NULL: none). */
static void
answer_poll(const char *text, const char *fault)
{
	static const uint32_t uptime[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
	const struct varbind time = {
		.oid = { uptime, 9 }, .type = VARBIND_TICKS, .u = net.uptime_cs
	};
	size_t bad, answered = 1;
	struct walk *from = fixture_walk(text, &bad);
	struct fetch f = net.get;

	assert_true(f.busy);
	f.got(f.arg, 0, &time);
	for (size_t i = 1; i < f.n; i++) {
		const struct varbind none = { .oid = f.oids[i], .type = VARBIND_NO_INSTANCE };
		const struct varbind *v = walk_find(from, f.oids[i]);
		char name[OID_MAX_TEXT];
		if (fault != NULL && strcmp(oid_format(name, f.oids[i]), fault) == 0)
			continue;
		f.got(f.arg, i, v != NULL ? v : &none);
		answered++;
	}
	walk_free(from);
	finish(&net.get, answered == f.n ? SNMPIO_OK : SNMPIO_GEN_ERR, false, answered);
}

/* --- a device --- */

struct set {
	struct fixture f;
	struct publisher *p;
	struct conf_device conf;
	struct snmpio_credential credential;
	struct device *d;
};

static void
begin(struct set *s)
{
	struct err e;

	fixture_start();
	memset(&net, 0, sizeof net);
	net.uptime_cs = 1000000;
	memset(s, 0, sizeof *s);
	fixture_open(&s->f);
	fixture_file(&s->f, "box.conf", profile);
	fixture_load(&s->f, NULL);
	assert_string_equal(s->f.said, "");
	s->p = publisher_new(NULL, NULL);
	s->conf = (struct conf_device){ .node = (char *)(uintptr_t) "box",
		.address = (char *)(uintptr_t) "127.0.0.1",
		.varbinds = 24,
		.outstanding = 2,
		.refresh = 600000 };
	const struct device_env env = { .profiles = s->f.all, .publisher = s->p };
	assert_int_equal(device_new(&s->d, &env, &s->conf, &s->credential, &e), 0);
}

static void
end(struct set *s)
{
	device_free(s->d);
	fixture_work();
	publisher_free(s->p);
	fixture_close(&s->f);
}

/* Until the first poll was answered, which is at once after the walk. */
static void
begin_polling(struct set *s)
{
	begin(s);
	answer_walk(&net.first, system_walk);
	answer_walk(&net.walk, two_ports);
	assert_int_equal(fixture_work(), 1);
	fixture_pass(0);
	answer_poll(two_ports, NULL);
	fixture_pass(100);
}

/* Lets time pass to so many milliseconds after the start; the agent's time goes on. */
static void
pass_to(int64_t ms)
{
	ms += FIXTURE_START_MS - clock_steady_ms();
	net.uptime_cs += (uint32_t)(ms / 10);
	fixture_pass(ms);
}

/* What arrived last of a series: its stamp in seconds after the start, and its first value. */
static void
expect_last(const char *name, int64_t s, double value)
{
	const struct fixture_reading *r = fixture_last("box", name);

	assert_non_null(r);
	assert_int_equal(r->time_s - START_S, s);
	if (isnan(value))
		assert_true(isnan(r->v[0]));
	else
		assert_true(r->v[0] >= value && r->v[0] <= value);
}

/* Answers all polls of the next seconds, the last included. */
static void
answer_to(int64_t ms, const char *text)
{
	for (int64_t at = clock_steady_ms() - FIXTURE_START_MS; at < ms; at += 1000) {
		pass_to(at + 1000 < ms ? at + 1000 : ms);
		if (net.get.busy)
			answer_poll(text, NULL);
	}
}

static void
test_from_the_first_question_to_values(void **state)
{
	struct set s;
	struct device_info info;

	(void)state;
	begin(&s);
	device_info(s.d, &info);
	assert_string_equal(info.stage, "identifying");
	finish(&net.first, SNMPIO_TIMEOUT, true, 0);
	assert_int_equal(fixture_told("device-trouble"), 1);
	pass_to(10000);
	finish(&net.first, SNMPIO_TIMEOUT, true, 0);
	assert_int_equal(fixture_told("device-trouble"), 1); /* once */
	pass_to(20000);
	answer_walk(&net.first, system_walk);
	assert_int_equal(fixture_told("device-answers"), 1);
	finish(&net.walk, SNMPIO_TIMEOUT, true, 0); /* half a walk is none */
	assert_int_equal(fixture_work(), 0);
	pass_to(30000);
	answer_walk(&net.walk, two_ports);
	pass_to(50000); /* the thread is slow: nothing else is begun */
	assert_int_equal(net.walks, 2);
	assert_int_equal(net.gets, 0);
	fixture_work();
	fixture_pass(0);
	answer_poll(two_ports, NULL);
	fixture_pass(100);
	device_info(s.d, &info);
	assert_string_equal(info.stage, "polling");
	assert_true(info.answers);
	assert_string_equal(info.descr, "a box");
	expect_last("ups", 50, 80);
	expect_last("port-one", 50, 1000);
	expect_last("port-two", 50, 2000);
	end(&s);
}

static void
test_what_is_due(void **state)
{
	struct set s;

	(void)state;
	begin_polling(&s);
	for (int i = 1; i <= 5; i++) {
		pass_to(i * 10000);
		assert_int_equal(net.get.n, 2); /* its time and the charge */
		answer_poll(two_ports, NULL);
	}
	pass_to(60000);
	assert_int_equal(net.get.n, 6);
	answer_poll(two_ports, NULL);
	fixture_pass(100);
	expect_last("port-one", 60, 1000);
	/* A late poll is not begun anew, and what fell due meanwhile is asked for next. */
	pass_to(110000);
	assert_int_equal(net.get.n, 2);
	pass_to(125000);
	struct device_info info;
	device_info(s.d, &info);
	assert_int_equal(info.late_polls, 5);
	assert_int_equal(net.gets, 8);
	answer_poll(two_ports, NULL); /* that of 70 s */
	fixture_pass(100);
	expect_last("ups", 70, 80);
	pass_to(130000);
	assert_int_equal(net.get.n, 6);
	answer_poll(two_ports, NULL);
	fixture_pass(100);
	expect_last("port-one", 130, 1000);
	end(&s);
}

static void
test_polls_out_of_turn(void **state)
{
	struct set s;

	(void)state;
	begin_polling(&s);
	pass_to(3300);
	device_poll_now(s.d);
	fixture_pass(0);
	assert_int_equal(net.gets, 2);
	assert_int_equal(net.get.n, 6);
	device_poll_now(s.d); /* while it is under way: once more after it */
	device_poll_now(s.d);
	answer_poll(two_ports, NULL);
	fixture_pass(200);
	expect_last("port-one", 3, 1000);
	assert_int_equal(net.gets, 2); /* not twice in a second */
	pass_to(4000);
	assert_int_equal(net.gets, 3);
	answer_poll(two_ports, NULL);
	/* Whoever asks for polls without end gets one a second, none ahead of the clock. */
	for (int i = 0; i < 50; i++) {
		device_poll_now(s.d);
		answer_to(4000 + i * 100, two_ports);
	}
	assert_in_range(net.gets, 7, 9);
	for (size_t i = 0; i < now.nreadings; i++)
		assert_true(now.readings[i].time_s * 1000 <= clock_wall_ms());
	/* And what is due in turn still is. */
	answer_to(10000, two_ports);
	fixture_pass(100);
	expect_last("ups", 10, 80);
	end(&s);
}

static void
test_a_restart_makes_one_unknown_reading(void **state)
{
	static const char after[] = ".1.3.6.1.4.1.9.1.0 = INTEGER: 80\n"
				    ".1.3.6.1.4.1.9.2.1.1 = STRING: \"one\"\n"
				    ".1.3.6.1.4.1.9.2.1.2 = STRING: \"two\"\n"
				    ".1.3.6.1.4.1.9.2.2.1 = Counter32: 1500\n"
				    ".1.3.6.1.4.1.9.2.2.2 = Counter32: 7\n";
	struct set s;

	(void)state;
	begin_polling(&s);
	answer_to(30000, two_ports);
	pass_to(40000);
	net.uptime_cs = 300;
	answer_poll(after, NULL); /* the ports are not due */
	assert_int_equal(fixture_told("device-restarted"), 1);
	assert_int_equal(net.firsts, 2); /* who is it now? */
	pass_to(50000);
	answer_poll(after, NULL); /* by its old rows meanwhile */
	answer_walk(&net.first, system_walk);
	answer_walk(&net.walk, after);
	fixture_work();
	answer_to(60000, after);
	fixture_pass(100);
	expect_last("port-one", 60, NAN); /* 1500 is no growth by 500 */
	expect_last("port-two", 60, NAN);
	expect_last("ups", 60, 80);
	answer_to(120000, after);
	fixture_pass(100);
	expect_last("port-one", 120, 1500);
	expect_last("port-two", 120, 7);
	assert_int_equal(fixture_told("device-restarted"), 1);
	assert_int_equal(net.firsts, 2);
	end(&s);
}

static void
test_a_row_that_moved(void **state)
{
	static const char moved[] = ".1.3.6.1.4.1.9.1.0 = INTEGER: 80\n"
				    ".1.3.6.1.4.1.9.2.1.1 = STRING: \"two\"\n"
				    ".1.3.6.1.4.1.9.2.1.2 = STRING: \"one\"\n"
				    ".1.3.6.1.4.1.9.2.2.1 = Counter32: 2500\n"
				    ".1.3.6.1.4.1.9.2.2.2 = Counter32: 1600\n";
	struct set s;

	(void)state;
	begin_polling(&s);
	uint32_t one = fixture_last("box", "port-one")->id;
	answer_to(35000, two_ports);
	device_poll_now(s.d);
	fixture_pass(0);
	answer_poll(moved, NULL);
	fixture_pass(100);
	expect_last("port-one", 0, 1000); /* nothing of what is of another */
	expect_last("port-two", 0, 2000);
	expect_last("ups", 35, 80);
	assert_int_equal(net.walks, 2);
	answer_walk(&net.walk, moved);
	fixture_work();
	device_poll_now(s.d);
	pass_to(36000);
	answer_poll(moved, NULL);
	fixture_pass(100);
	/* Its history follows it: the same series, the counter goes on. */
	expect_last("port-one", 36, 1600);
	expect_last("port-two", 36, 2500);
	assert_int_equal(fixture_last("box", "port-one")->id, one);
	end(&s);
}

static void
test_new_rows_while_a_poll_is_under_way(void **state)
{
	static const char three[] = ".1.3.6.1.4.1.9.1.0 = INTEGER: 80\n"
				    ".1.3.6.1.4.1.9.2.1.1 = STRING: \"one\"\n"
				    ".1.3.6.1.4.1.9.2.1.2 = STRING: \"three\"\n"
				    ".1.3.6.1.4.1.9.2.1.3 = STRING: \"two\"\n"
				    ".1.3.6.1.4.1.9.2.2.1 = Counter32: 1001\n"
				    ".1.3.6.1.4.1.9.2.2.2 = Counter32: 3\n"
				    ".1.3.6.1.4.1.9.2.2.3 = Counter32: 2002\n";
	struct set s;
	struct device_info info;

	(void)state;
	begin_polling(&s);
	answer_to(600000, two_ports);
	assert_int_equal(net.walks, 2); /* 10 min have passed */
	pass_to(610000);
	assert_true(net.get.busy);
	answer_walk(&net.walk, three);
	fixture_work();
	device_info(s.d, &info);
	assert_int_equal(rows_count(info.rows), 3); /* those that are asked for */
	answer_poll(two_ports, NULL);
	fixture_pass(100);
	expect_last("ups", 610, 80);
	device_info(s.d, &info);
	assert_int_equal(rows_count(info.rows), 4);
	device_poll_now(s.d);
	pass_to(615000);
	answer_poll(three, NULL);
	fixture_pass(100);
	expect_last("port-one", 611, 1001);
	expect_last("port-two", 611, 2002);
	expect_last("port-three", 611, NAN); /* what it counted before is no growth */
	end(&s);
}

static void
test_answers_in_part(void **state)
{
	struct set s;
	struct device_info info;

	(void)state;
	begin_polling(&s);
	answer_to(59000, two_ports);
	pass_to(60000);
	answer_poll(two_ports, "1.3.6.1.4.1.9.2.2.2");
	assert_false(net.get.busy);
	fixture_pass(100);
	device_info(s.d, &info);
	/* One object at fault: its row only has no value, and the device answers. */
	expect_last("port-one", 60, 1000);
	expect_last("port-two", 0, 2000);
	expect_last("ups", 60, 80);
	assert_true(info.answers);
	assert_string_equal(info.trouble, "of some objects: trouble");
	assert_int_equal(info.failed_polls, 0);
	assert_int_equal(fixture_told("device-trouble"), 0);
	/* Silence is silence: nothing is sent; when it is back, all is asked for at once. */
	pass_to(70000);
	size_t n = now.nreadings;
	finish(&net.get, SNMPIO_TIMEOUT, true, 0);
	fixture_pass(100);
	assert_int_equal(now.nreadings, n);
	assert_int_equal(fixture_told("device-trouble"), 1);
	pass_to(80000);
	answer_poll(two_ports, NULL);
	assert_int_equal(fixture_told("device-answers"), 1);
	pass_to(82000);
	assert_int_equal(net.get.n, 6);
	answer_poll(two_ports, NULL);
	end(&s);
}

static void
test_a_clock_that_is_set(void **state)
{
	struct set s;

	(void)state;
	begin_polling(&s);
	pass_to(10000);
	answer_poll(two_ports, NULL);
	now.wall_ahead_ms = -86400000;
	unsigned gets = net.gets;
	pass_to(45000);
	assert_true(net.gets > gets);
	answer_poll(two_ports, NULL);
	pass_to(55000);
	answer_poll(two_ports, NULL);
	fixture_pass(100);
	expect_last("ups", 50 - 86400, 80);
	end(&s);
}

static void
test_freed_with_all_under_way(void **state)
{
	struct set s;

	(void)state;
	begin(&s);
	end(&s);
	assert_int_equal(net.cancelled, 1);
	begin(&s);
	answer_walk(&net.first, system_walk);
	end(&s);
	assert_int_equal(net.cancelled, 1);
	/* Its rows are being made: the thread finds that nobody wants them. */
	begin(&s);
	answer_walk(&net.first, system_walk);
	answer_walk(&net.walk, two_ports);
	assert_false(TAILQ_EMPTY(&now.jobs));
	end(&s);
	assert_int_equal(net.cancelled, 0);
	begin_polling(&s);
	pass_to(10000);
	end(&s);
	assert_int_equal(net.cancelled, 1);
}

static void
test_nobody_knows_it(void **state)
{
	static const char other[] = ".1.3.6.1.2.1.1.1.0 = STRING: \"what\"\n"
				    ".1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.8\n";
	struct set s;

	(void)state;
	begin(&s);
	answer_walk(&net.first, other);
	finish(&net.walk, SNMPIO_OK, false, 0);
	fixture_work();
	fixture_pass(0);
	for (int i = 1; i <= 130; i++) {
		answer_poll(two_ports, NULL);
		if (net.first.busy) {
			answer_walk(&net.first, other);
			finish(&net.walk, SNMPIO_OK, false, 0);
			fixture_work();
		}
		pass_to(i * 10000);
	}
	assert_in_range(net.firsts, 3, 4);
	assert_int_equal(fixture_told("device-unknown"), 1);
	end(&s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_the_first_question_to_values),
		cmocka_unit_test(test_what_is_due),
		cmocka_unit_test(test_polls_out_of_turn),
		cmocka_unit_test(test_a_restart_makes_one_unknown_reading),
		cmocka_unit_test(test_a_row_that_moved),
		cmocka_unit_test(test_new_rows_while_a_poll_is_under_way),
		cmocka_unit_test(test_answers_in_part),
		cmocka_unit_test(test_a_clock_that_is_set),
		cmocka_unit_test(test_freed_with_all_under_way),
		cmocka_unit_test(test_nobody_knows_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* link: zwjournal */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalog: numbers are for ever, definitions only grow, contradictions are refused, readers
 * see what the writer sees, damage costs what is damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <math.h>

#include "collector/journal/catalog.h"
#include "seglog_fixture.h"

static const uint8_t stream1[WIRE_STREAM_ID] = "first stream...";
static const uint8_t stream2[WIRE_STREAM_ID] = "second stream..";

/* A definition whose fields are the words of a list. */
static struct series_def
series(uint32_t id, const char *node, const char *source, const char *words)
{
	struct series_def def = { .id = id, .step_s = 10 };
	char text[200], *rest = text, *word;

	str_copy(text, sizeof text, words);
	str_copy(def.node, sizeof def.node, node);
	str_copy(def.source, sizeof def.source, source);
	while ((word = strsep(&rest, " ")) != NULL) {
		struct field *f = &def.fields[def.nfields++];
		*f = (struct field){ .min = NAN, .max = NAN };
		str_copy(f->name, sizeof f->name, word);
		str_copy(f->unit, sizeof f->unit, "1");
	}
	return def;
}

static uint32_t
define(struct catalog *c, const uint8_t *stream, struct series_def def)
{
	struct err e;

	return catalog_define(c, stream, &def, &e);
}

static struct catalog *
open_writer(const char *dir)
{
	struct catalog *c;
	struct err e;

	assert_int_equal(catalog_open_writer(&c, dir, &e), 0);
	return c;
}

static void
commit(struct catalog *c)
{
	struct err e;

	assert_int_equal(seglog_commit_now(catalog_log(c), &e), 0);
}

static void
check(const struct catalog *c)
{
	const struct catalog_binding *b;

	assert_int_equal(catalog_count(c), 2);
	assert_string_equal(catalog_series(c, 1)->def.node, "srv01");
	assert_int_equal(catalog_series(c, 1)->def.nfields, 4);
	assert_string_equal(catalog_series(c, 1)->def.fields[3].name, "d");
	assert_int_equal(catalog_series(c, 1)->def.id, 0);
	assert_null(catalog_series(c, 0));
	assert_null(catalog_series(c, 3));
	b = catalog_binding(c, stream1, 1);
	assert_non_null(b);
	assert_int_equal(b->sid, 1);
	assert_int_equal(b->nvalues, 3);
	assert_memory_equal(b->map, ((uint8_t[]){ 0, 1, 2 }), 3);
	b = catalog_binding(c, stream2, 9);
	assert_non_null(b);
	assert_int_equal(b->sid, 1);
	assert_int_equal(b->nvalues, 3);
	assert_memory_equal(b->map, ((uint8_t[]){ 2, 3, 0 }), 3);
	assert_null(catalog_binding(c, stream1, 9));
}

static void
test_define(void **state)
{
	char dir[64];
	struct catalog *c = open_writer(fixture_dir(dir)), *r;
	struct err e;

	(void)state;
	struct series_def wide = series(7, "srv01", "cpu", "d a e");
	assert_int_equal(catalog_new_fields(c, &wide), 3);
	assert_int_equal(define(c, stream1, series(1, "srv01", "cpu", "a b c")), 1);
	assert_int_equal(catalog_new_fields(c, &wide), 2);
	assert_int_equal(define(c, stream1, series(2, "srv02", "cpu", "a b c")), 2);
	assert_int_equal(define(c, stream1, series(1, "srv01", "cpu", "a b c")), 1);
	assert_int_equal(catalog_open_reader(&r, dir, &e), 0); /* nothing there yet */
	assert_int_equal(catalog_count(r), 0);
	commit(c);
	/* Another stream knows more fields, in another order. */
	assert_int_equal(define(c, stream2, series(9, "srv01", "cpu", "c d a")), 1);
	commit(c);
	check(c);
	assert_int_equal(catalog_follow(r, seglog_durable(catalog_log(c)), &e), 0);
	check(r);
	catalog_close(r);
	catalog_close(c);
	c = open_writer(dir);
	check(c);
	uint64_t before = seglog_next(catalog_log(c));
	assert_int_equal(define(c, stream2, series(9, "srv01", "cpu", "c d a")), 1);
	assert_int_equal(seglog_next(catalog_log(c)), before); /* known: not written again */
	assert_int_equal(catalog_open_reader(&r, dir, &e), 0);
	check(r);
	catalog_close(r);
	catalog_close(c);
	fixture_remove(dir);
}

/* The meaning of states is taken over with a new id, for the fields that define it, wherever those
 * stand; of other fields it stays. It is there after a restart. */
static void
test_states(void **state)
{
	char dir[64];
	struct catalog *c = open_writer(fixture_dir(dir)), *r;
	struct series_def def = series(1, "ups1", "ups", "source battery");
	struct metric_state st;
	struct err e;

	(void)state;
	str_copy(def.states, sizeof def.states, "0:3oon line;5con battery;1:2olow");
	assert_int_equal(define(c, stream1, def), 1);
	assert_string_equal(catalog_series(c, 1)->def.states, def.states);
	def = series(2, "ups1", "ups", "new battery");
	str_copy(def.states, sizeof def.states, "0:1wodd;1:2clow");
	assert_int_equal(define(c, stream1, def), 1);
	for (int again = 0; again < 2; again++) {
		const char *now = catalog_series(c, 1)->def.states;
		assert_true(metric_state(now, 0, 5, &st));
		assert_string_equal(st.text, "on battery");
		assert_true(metric_state(now, 1, 2, &st));
		assert_int_equal(st.severity, METRIC_CRITICAL);
		assert_true(metric_state(now, 2, 1, &st));
		assert_string_equal(st.text, "odd");
		commit(c);
		catalog_close(c);
		c = open_writer(dir);
	}
	def = series(3, "ups1", "ups", "battery"); /* tells nothing any more */
	assert_int_equal(define(c, stream1, def), 1);
	assert_false(metric_state(catalog_series(c, 1)->def.states, 1, 2, &st));
	assert_true(metric_state(catalog_series(c, 1)->def.states, 0, 5, &st));
	commit(c);
	assert_int_equal(catalog_open_reader(&r, dir, &e), 0);
	assert_string_equal(catalog_series(r, 1)->def.states, catalog_series(c, 1)->def.states);
	catalog_close(r);
	catalog_close(c);
	fixture_remove(dir);
}

static void
test_contradictions(void **state)
{
	char dir[64], words[200] = "x0";
	struct catalog *c = open_writer(fixture_dir(dir));
	struct series_def def = series(1, "srv01", "cpu", "a b c");
	struct err e;

	(void)state;
	assert_int_equal(define(c, stream1, def), 1);
	/* The same id for another series, or for other fields. */
	assert_int_equal(define(c, stream1, series(1, "srv01", "disk", "a b c")), 0);
	assert_int_equal(define(c, stream1, series(1, "srv01", "cpu", "a b")), 0);
	assert_int_equal(define(c, stream1, series(1, "srv01", "cpu", "a c b")), 0);
	/* Another kind, another step. */
	def.id = 2;
	def.fields[1].kind = FIELD_COUNTER;
	assert_int_equal(catalog_define(c, stream1, &def, &e), 0);
	assert_non_null(strstr(e.msg, "counter"));
	def = series(2, "srv01", "cpu", "a b c");
	def.step_s = 30;
	assert_int_equal(catalog_define(c, stream1, &def, &e), 0);
	assert_non_null(strstr(e.msg, "30 s"));
	/* Not acceptable at all. */
	assert_int_equal(define(c, stream1, series(3, "srv/01", "cpu", "a")), 0);
	assert_int_equal(define(c, stream1, series(3, "srv01", "cpu", "a a")), 0);
	/* Too many fields in all. */
	for (unsigned i = 1; i < 40; i++) {
		size_t n = strlen(words);
		snprintf(words + n, sizeof words - n, " x%u", i);
	}
	assert_int_equal(define(c, stream1, series(4, "srv01", "cpu", words)), 1);
	for (char *p = words; *p != '\0'; p++)
		*p = *p == 'x' ? 'y' : *p;
	assert_int_equal(define(c, stream1, series(5, "srv01", "cpu", words)), 0);
	assert_int_equal(catalog_count(c), 1);
	/* Another label is taken over. */
	def = series(6, "srv01", "cpu", "a");
	str_copy(def.fields[0].label, sizeof def.fields[0].label, "Work done");
	assert_int_equal(define(c, stream1, def), 1);
	assert_string_equal(catalog_series(c, 1)->def.fields[0].label, "Work done");
	assert_int_equal(catalog_series(c, 1)->def.nfields, 43);
	catalog_close(c);
	fixture_remove(dir);
}

static void
test_limits(void **state)
{
	char dir[64];
	struct catalog *c = open_writer(fixture_dir(dir));
	struct series_def def = series(0, "srv01", "cpu", "a");

	(void)state;
	for (uint32_t id = 1; id <= CATALOG_MAX_NODE_SERIES; id++) {
		def.id = id;
		assert_int_equal(str_format(def.instance, sizeof def.instance, "i%u", id), 0);
		assert_int_equal(define(c, stream1, def), id);
	}
	def.id++;
	str_copy(def.instance, sizeof def.instance, "more");
	assert_int_equal(define(c, stream1, def), 0);
	str_copy(def.node, sizeof def.node, "srv02");
	assert_int_equal(define(c, stream1, def), CATALOG_MAX_NODE_SERIES + 1);
	commit(c);
	catalog_close(c);
	c = open_writer(dir);
	assert_int_equal(catalog_count(c), CATALOG_MAX_NODE_SERIES + 1);
	catalog_close(c);
	fixture_remove(dir);
}

struct told {
	unsigned n;
	uint32_t last;
	unsigned nfields;
};

static void
defined(void *arg, const struct catalog_series *s)
{
	struct told *t = arg;

	t->n++;
	t->last = s->sid;
	t->nfields = s->def.nfields;
}

static void
test_follow(void **state)
{
	char dir[64];
	struct catalog *c = open_writer(fixture_dir(dir)), *r;
	struct told told = { 0 };
	struct err e;

	(void)state;
	define(c, stream1, series(1, "srv01", "cpu", "a"));
	commit(c);
	assert_int_equal(catalog_open_reader(&r, dir, &e), 0);
	assert_int_equal(catalog_count(r), 1);
	catalog_on_series(r, defined, &told);
	define(c, stream1, series(2, "srv02", "cpu", "a"));
	commit(c);
	uint64_t first = seglog_durable(catalog_log(c));
	define(c, stream1, series(3, "srv01", "cpu", "a b"));
	commit(c);
	assert_int_equal(catalog_follow(r, first, &e), 0);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.last, 2);
	assert_int_equal(catalog_follow(r, seglog_durable(catalog_log(c)), &e), 0);
	assert_int_equal(told.n, 2);
	assert_int_equal(told.last, 1);
	assert_int_equal(told.nfields, 2);
	catalog_close(r);
	catalog_close(c);
	fixture_remove(dir);
}

/* One byte anywhere: all other series keep their numbers; and after all agents have defined theirs
 * again, everything has its number again. */
static void
test_damage(void **state)
{
	char dir[64], path[128];

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		struct catalog *c = open_writer(fixture_dir(dir));
		for (uint32_t id = 1; id <= 8; id++) {
			char node[16];
			snprintf(node, sizeof node, "srv%02u", id);
			define(c, stream1, series(id, node, "cpu", "a b c"));
			commit(c);
		}
		define(c, stream2, series(1, "srv01", "cpu", "d a"));
		commit(c);
		catalog_close(c);
		snprintf(path, sizeof path, "%s/0000000000000001.seg", dir);
		int fd = open(path, O_RDWR);
		uint8_t b;
		off_t at = 7 + (off_t)i * 31;
		assert_int_equal(pread(fd, &b, 1, at), 1);
		b ^= 4;
		assert_int_equal(pwrite(fd, &b, 1, at), 1);
		close(fd);
		c = open_writer(dir);
		unsigned known = 0;
		for (uint32_t sid = 1; sid <= 8; sid++) {
			const struct catalog_series *s = catalog_series(c, sid);
			const struct catalog_binding *bind = catalog_binding(c, stream1, sid);
			assert_true(s == NULL || atoi(s->def.node + 3) == (int)sid);
			assert_true(bind == NULL || (bind->sid == sid && bind->nvalues == 3));
			known += s != NULL && bind != NULL;
		}
		assert_true(known >= 7);
		for (uint32_t id = 1; id <= 8; id++) {
			char node[16];
			snprintf(node, sizeof node, "srv%02u", id);
			assert_int_equal(define(c, stream1, series(id, node, "cpu", "a b c")), id);
		}
		assert_int_equal(define(c, stream2, series(1, "srv01", "cpu", "d a")), 1);
		commit(c);
		catalog_close(c);
		c = open_writer(dir);
		assert_int_equal(catalog_count(c), 8);
		assert_int_equal(seglog_damage(catalog_log(c)), 0);
		assert_int_equal(catalog_binding(c, stream2, 1)->sid, 1);
		catalog_close(c);
		fixture_remove(dir);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_define),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_follow),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* link: zwreports */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program that is run once: its lines, its end, and what becomes of one that does not end. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "collector/spawn.h"
#include "zw/clock.h"
#include "zw/log.h"

struct seen {
	struct event_base *base;
	struct spawn *spawn;
	char lines[4096];
	size_t longest;
	bool ended;
	bool ok;
	char why[1024];
};

static void
line(void *arg, const char *text)
{
	struct seen *s = arg;
	size_t n = strlen(s->lines);

	s->longest = strlen(text) > s->longest ? strlen(text) : s->longest;
	snprintf(s->lines + n, sizeof s->lines - n, "%.60s|", text);
}

static void
ended(void *arg, const char *why)
{
	struct seen *s = arg;

	assert_false(s->ended);
	s->ended = true;
	s->ok = why == NULL;
	snprintf(s->why, sizeof s->why, "%s", why != NULL ? why : "");
	spawn_free(s->spawn);
	s->spawn = NULL;
	event_base_loopbreak(s->base);
}

static const struct spawn_ops ops = { .line = line, .ended = ended };

/* Runs a line of shell to its end. */
static void
run(struct seen *s, const char *shell, int64_t deadline_ms)
{
	const char *argv[] = { "/bin/sh", "-c", shell, NULL };
	struct err e;

	*s = (struct seen){ .base = event_base_new() };
	assert_int_equal(spawn_new(&s->spawn, s->base, argv, deadline_ms, &ops, s, &e), 0);
	event_base_dispatch(s->base);
	assert_true(s->ended);
	event_base_free(s->base);
}

static void
test_lines(void **state)
{
	struct seen s;

	(void)state;
	run(&s, "echo 10 figures; printf '50 '; sleep 0.1; echo charts; echo; printf 'last'", 9000);
	assert_true(s.ok);
	assert_string_equal(s.lines, "10 figures|50 charts|last|");
	/* Neither a line without end nor bytes that are no text do harm. */
	run(&s, "head -c 100000 /dev/zero | tr '\\0' a; echo; printf '\\377\\033[2Jx\\n'", 9000);
	assert_true(s.ok);
	assert_int_equal(s.longest, SPAWN_MAX_LINE - 1);
	assert_non_null(strstr(s.lines, "|??[2Jx|"));
}

static void
test_failures(void **state)
{
	struct seen s;

	(void)state;
	run(&s, "echo 5 x; echo first >&2; echo 'the disk is full' >&2; exit 1", 9000);
	assert_false(s.ok);
	assert_string_equal(s.why, "the disk is full");
	run(&s, "exit 7", 9000);
	assert_string_equal(s.why, "/bin/sh ended with exit code 7");
	run(&s, "kill -SEGV $$", 9000);
	assert_string_equal(s.why, "/bin/sh was ended by signal 11");
}

/* With what it started: a sleep that had its pipe would else be left. */
static void
test_deadline(void **state)
{
	int64_t began = clock_mono_ms();
	struct seen s;

	(void)state;
	run(&s, "sleep 100 & sleep 100", 200);
	assert_false(s.ok);
	assert_string_equal(s.why, "not done within 0.2 s");
	assert_true(clock_mono_ms() - began < 5000);
}

/* One that talks without end is ended, long before its time, and does not fill the log. */
static void
test_talks(void **state)
{
	int64_t began = clock_mono_ms();
	struct seen s;

	(void)state;
	run(&s, "exec yes 50", 60000);
	assert_false(s.ok);
	assert_string_equal(s.why, "/bin/sh said more than 1024 KiB");
	run(&s, "exec yes the disk is full >&2", 60000);
	assert_false(s.ok);
	assert_string_equal(s.why, "/bin/sh said more than 1024 KiB: the disk is full");
	assert_true(clock_mono_ms() - began < 20000);
}

/* What it complains of is in the log, but not without bound. */
static void
test_complains(void **state)
{
	FILE *log = tmpfile();
	char text[128];
	struct seen s;
	unsigned n = 0;

	(void)state;
	assert_non_null(log);
	int kept = dup(2);
	assert_int_equal(dup2(fileno(log), 2), 2);
	log_init("test", LOG_LEVEL_WARNING);
	run(&s, "yes no | head -n 1000 >&2; exit 3", 60000);
	log_init("test", LOG_LEVEL_ERROR);
	assert_int_equal(dup2(kept, 2), 2);
	close(kept);
	rewind(log);
	while (fgets(text, sizeof text, log) != NULL)
		n++;
	fclose(log);
	assert_int_equal(n, 51);
	assert_non_null(strstr(text, "950 more lines"));
	assert_string_equal(s.why, "no");
}

/* Freed while it runs: it is dead then, and nothing is told. */
static void
test_freed(void **state)
{
	const char *argv[] = { "/bin/sh", "-c", "echo $$; exec sleep 100", NULL };
	struct seen s = { .base = event_base_new() };
	struct timeval tv = { 0, 100000 };
	struct err e;

	(void)state;
	assert_int_equal(spawn_new(&s.spawn, s.base, argv, 9000, &ops, &s, &e), 0);
	while (s.lines[0] == '\0') {
		event_base_loopexit(s.base, &tv);
		event_base_dispatch(s.base);
	}
	spawn_free(s.spawn);
	assert_false(s.ended);
	assert_int_equal(kill(atoi(s.lines), 0), -1);
	event_base_free(s.base);
	spawn_free(NULL);
}

static void
test_missing(void **state)
{
	const char *argv[] = { "/nowhere/at-all", NULL };
	struct seen s = { .base = event_base_new() };
	struct err e;

	(void)state;
	assert_int_equal(spawn_new(&s.spawn, s.base, argv, 9000, &ops, &s, &e), -1);
	assert_non_null(strstr(e.msg, "/nowhere/at-all"));
	event_base_free(s.base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_complains),
		cmocka_unit_test(test_freed),
		cmocka_unit_test(test_missing),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwchild */
/* child: a helper process that this program is itself, when it is called with an argument. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/child.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/clock.h"

enum {
	ECHO = 1,
	CRASH = 2,
	FDS = 3,
	NONSENSE = 4
};

struct parent {
	struct event_base *base;
	struct child *child;
	unsigned started;
	unsigned died;
	unsigned messages;
	char how[64];
	uint8_t type;
	uint32_t request;
	uint8_t *data;
	size_t n;
};

/* How many descriptors are open. */
static uint32_t
count_fds(void)
{
	uint32_t n = 0;
	DIR *d = opendir("/proc/self/fd");

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n - 3; /* ".", ".." and the directory */
}

/* The child: does what it is told until the end of file. */
static int
child_main(const char *what)
{
	uint8_t type, *data;
	uint32_t request;
	size_t n;
	bool eof = false;

	if (strcmp(what, "die") == 0)
		_exit(3);
	if (strcmp(what, "deaf") == 0)
		for (;;)
			pause();
	while (!eof) {
		if (child_receive(-1, &type, &request, &data, &n, &eof) == -1)
			return 9;
		if (data == NULL)
			continue;
		uint32_t fds = count_fds();
		if (type == ECHO && child_reply(ECHO, request, data, n) == -1)
			return 8;
		if (type == FDS)
			(void)child_reply(FDS, request, &fds, sizeof fds);
		if (type == CRASH) {
			(void)child_reply(ECHO, request, data, n);
			(void)raise(SIGUSR1); /* a fault would be the sanitizer's */
		}
		if (type == NONSENSE && write(CHILD_FD, "\xff\xff\xff\xff\1\0\0\0\0", 9) != 9)
			return 7;
		free(data);
	}
	return 0;
}

static void
on_started(void *arg, struct child *c)
{
	struct parent *p = arg;

	p->child = c;
	p->started++;
	event_base_loopbreak(p->base);
}

static void
on_message(void *arg, uint8_t type, uint32_t request, const uint8_t *data, size_t n)
{
	struct parent *p = arg;

	p->messages++;
	p->type = type;
	p->request = request;
	free(p->data);
	p->data = xmemdup(data, n);
	p->n = n;
	event_base_loopbreak(p->base);
}

static void
on_died(void *arg, const char *what)
{
	struct parent *p = arg;

	p->died++;
	(void)snprintf(p->how, sizeof p->how, "%s", what);
	event_base_loopbreak(p->base);
}

static const struct child_ops ops = { on_started, on_message, on_died };

static void
parent_new(struct parent *p, const char *what)
{
	const char *const argv[] = { "/proc/self/exe", what, NULL };

	*p = (struct parent){ .base = event_base_new() };
	p->child = child_new(p->base, argv, &ops, p);
}

static void
parent_free(struct parent *p)
{
	child_free(p->child, 2000);
	event_base_free(p->base);
	free(p->data);
}

/* Run the loop until a counter has reached n; at most 10 s. */
static void
wait_for(struct parent *p, const unsigned *counter, unsigned n)
{
	int64_t end = clock_mono_ms() + 10000;
	struct timeval tick = { 0, 50000 };

	while (*counter < n && clock_mono_ms() < end) {
		event_base_loopexit(p->base, &tick);
		event_base_dispatch(p->base);
	}
	assert_true(*counter >= n);
}

/* Messages of all sizes go and come whole. */
static void
test_echo(void **state)
{
	(void)state;
	struct parent p;
	static const size_t sizes[] = { 0, 1, 5, 70000, CHILD_MAX_MESSAGE };

	parent_new(&p, "work");
	assert_int_equal(child_send(p.child, ECHO, 1, "x", 1), -1); /* not yet running */
	wait_for(&p, &p.started, 1);
	assert_true(child_running(p.child) && child_pid(p.child) > 0);
	for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		uint8_t *data = xcalloc(1, sizes[i] + 1);
		for (size_t k = 0; k < sizes[i]; k++)
			data[k] = (uint8_t)(k * 7 + i);
		assert_int_equal(child_send(p.child, ECHO, i + 100, data, sizes[i]), 0);
		wait_for(&p, &p.messages, i + 1);
		assert_int_equal(p.request, i + 100);
		assert_int_equal(p.n, sizes[i]);
		assert_memory_equal(p.data, data, sizes[i]);
		free(data);
	}
	assert_int_equal(child_send(p.child, ECHO, 1, "", CHILD_MAX_MESSAGE + 1), -1);
	assert_int_equal(p.died, 0);
	parent_free(&p);
}

/* The child has its four descriptors and no others, whatever the parent has open. */
static void
test_descriptors(void **state)
{
	(void)state;
	struct parent p;
	int leak = dup(1);
	uint32_t fds = 0;

	parent_new(&p, "work");
	wait_for(&p, &p.started, 1);
	assert_int_equal(child_send(p.child, FDS, 1, NULL, 0), 0);
	wait_for(&p, &p.messages, 1);
	memcpy(&fds, p.data, sizeof fds);
	assert_int_equal(fds, 4);
	close(leak);
	parent_free(&p);
}

/* It is started again; what it said last is heard. */
static void
test_crash(void **state)
{
	(void)state;
	struct parent p;

	parent_new(&p, "work");
	wait_for(&p, &p.started, 1);
	assert_int_equal(child_send(p.child, CRASH, 5, "last", 4), 0);
	wait_for(&p, &p.died, 1);
	assert_string_equal(p.how, "signal 10");
	assert_int_equal(child_last_signal(p.child), SIGUSR1);
	assert_int_equal(p.messages, 1);
	assert_int_equal(p.n, 4);
	assert_false(child_running(p.child));
	wait_for(&p, &p.started, 2);
	assert_int_equal(child_send(p.child, ECHO, 6, "again", 5), 0);
	wait_for(&p, &p.messages, 2);
	assert_int_equal(p.died, 1);
	parent_free(&p);
}

/* One that dies at once is started later each time: 0.1, 0.2, 0.4 s. */
static void
test_back_off(void **state)
{
	(void)state;
	struct parent p;
	int64_t start = clock_mono_ms();

	parent_new(&p, "die");
	wait_for(&p, &p.died, 4);
	assert_string_equal(p.how, "exit code 3");
	assert_in_range(clock_mono_ms() - start, 690, 3000);
	parent_free(&p);
}

/* One that breaks the rules is killed; one that does not end when it should, too. */
static void
test_rules(void **state)
{
	(void)state;
	struct parent p;

	parent_new(&p, "work");
	wait_for(&p, &p.started, 1);
	assert_int_equal(child_send(p.child, NONSENSE, 1, NULL, 0), 0);
	wait_for(&p, &p.died, 1);
	assert_string_equal(p.how, "signal 9");
	parent_free(&p);
	parent_new(&p, "deaf");
	wait_for(&p, &p.started, 1);
	int64_t start = clock_mono_ms();
	child_free(p.child, 300);
	p.child = NULL;
	assert_in_range(clock_mono_ms() - start, 290, 2000);
	parent_free(&p);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_rules),
	};
	if (argc > 1)
		return child_main(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

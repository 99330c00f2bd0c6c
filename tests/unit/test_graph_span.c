/* link: zwnotify */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From when to when the graph of a mail goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/notify/outbox_int.h"
#include "collector/report/render.h"

/* Nothing is drawn here. */
void
render_graph(struct render *r, const struct render_graph *g,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	(void)r;
	(void)g;
	(void)done;
	(void)arg;
}

void
render_map(struct render *r, const char *map,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	(void)r;
	(void)map;
	(void)done;
	(void)arg;
}

#define NOW INT64_C(1700000000)
#define HOUR 3600

static char opening[] = "open", update[] = "update", closing[] = "close";

static const struct {
	const char *what;
	char *kind;
	int64_t mark_s, made_s, now_s; /* before NOW */
	int64_t start_s, end_s;	       /* likewise */
} rows[] = {
	{ "an opening: three hours", opening, 60, 0, 0, 3 * HOUR, 0 },
	{ "no incident", opening, NOW, 0, 0, 3 * HOUR, 0 },
	{ "an update: with the beginning", update, 5 * HOUR, 0, 0, 5 * HOUR + 1800, 0 },
	{ "of a long one a day", update, 90 * HOUR, 0, 0, 24 * HOUR, 0 },
	{ "an end: of a short one it can be seen", closing, 60, 0, 0, 60 + 900, 0 },
	{ "as much before as it lasted", closing, HOUR, 0, 0, 2 * HOUR, 0 },
	{ "but three hours", closing, 10 * HOUR, 0, 0, 13 * HOUR, 0 },
	{ "all of a long one", closing, 90 * HOUR, 0, 0, 93 * HOUR, 0 },
	{ "delivered late: not what came after", closing, 10 * HOUR, 8 * HOUR, 0, 12 * HOUR,
	    8 * HOUR - 1800 },
};

static void
test_span(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t start_s, end_s;
		struct mail m = { .kind = rows[i].kind,
			.graph_mark_s = NOW - rows[i].mark_s,
			.created_ms = (NOW - rows[i].made_s) * 1000 };
		outbox_graph_span(&m, NOW - rows[i].now_s, &start_s, &end_s);
		if (NOW - start_s != rows[i].start_s || NOW - end_s != rows[i].end_s)
			fail_msg("%s: from %ld to %ld s before", rows[i].what,
			    (long)(NOW - start_s), (long)(NOW - end_s));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_span) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

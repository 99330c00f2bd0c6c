/* link: zwreports */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shelf of past reports: what counts as one, the order, how one takes its place, how it goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "collector/shelf.h"
#include "zw/log.h"

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct box {
	char dir[64];
	char from[96];
};

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static bool
is_there(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

/* A report with one file of five bytes. */
static void
put_report(
    const char *dir, const char *name, const char *period, const char *zone, const char *file)
{
	char text[1024], manifest[96];

	snprintf(text, sizeof text,
	    "{\"period\":\"%s\",\"zone\":%s%s%s,\"data_end_s\":1793476800,\"completeness\":99.5,"
	    "\"summary\":{\"az\":[\"Bir.\",\"\\u0259 iki.\"],\"ru\":[\"bad\\u0007\"]},"
	    "\"files\":[{\"name\":\"%s\",\"bytes\":5,\"sha256\":\"" SUM "\"}]}",
	    period, zone == NULL ? "null" : "\"", zone == NULL ? "" : zone,
	    zone == NULL ? "" : "\"", file);
	snprintf(manifest, sizeof manifest, "%s.json", name);
	write_file(dir, manifest, text);
	write_file(dir, file, "%PDF-");
}

static int
setup(void **state)
{
	struct box *b = calloc(1, sizeof *b);

	setenv("TZ", "Asia/Baku", 1);
	tzset();
	log_init("test", LOG_LEVEL_ERROR);
	snprintf(b->dir, sizeof b->dir, "/tmp/zw-shelf-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->from, sizeof b->from, "%s/making", b->dir);
	assert_int_equal(mkdir(b->from, 0700), 0);
	snprintf(b->from, sizeof b->from, "%s/making/1", b->dir);
	assert_int_equal(mkdir(b->from, 0700), 0);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;
	char making[96];

	snprintf(making, sizeof making, "%s/making", b->dir);
	shelf_discard(b->from);
	shelf_discard(making);
	shelf_discard(b->dir);
	assert_false(is_there("/", b->dir + 1));
	free(b);
	return 0;
}

static void
test_read(void **state)
{
	struct box *b = *state;
	struct shelf_report r;
	struct err e;

	put_report(b->dir, "2026-10_B", "2026-10", "B", "2026-10_B.az.pdf");
	assert_int_equal(shelf_read(&r, b->dir, "2026-10_B", &e), 0);
	assert_string_equal(r.zone, "B");
	assert_int_equal(r.period.kind, PERIOD_MONTH);
	assert_int_equal(r.langs, 1U << LANG_AZ);
	assert_int_equal(r.nfiles, 1);
	assert_int_equal(r.files[0].form, SHELF_PDF);
	assert_string_equal(r.files[0].sha256, SUM);
	assert_string_equal(r.summary[LANG_AZ], "Bir.\n\xc9\x99 iki.");
	assert_null(r.summary[LANG_RU]); /* what is no text is none */
	assert_true(r.completeness > 99.4 && r.completeness < 99.6);
	assert_null(shelf_file(&r, LANG_AZ, SHELF_HTML));
	shelf_report_clear(&r);
}

/* What must not count as a report. */
static void
test_refused(void **state)
{
	struct box *b = *state;
	struct shelf_report r;
	struct err e;

	/* That of another period, under this name. */
	put_report(b->dir, "2026-09", "2026-10", NULL, "2026-10.az.pdf");
	assert_int_equal(shelf_read(&r, b->dir, "2026-09", &e), -1);
	/* A file that is none of its own. */
	put_report(b->dir, "2026-08", "2026-08", NULL, "2026-10.az.pdf");
	assert_int_equal(shelf_read(&r, b->dir, "2026-08", &e), -1);
	/* Its file is cut, or gone, or a link. */
	put_report(b->dir, "2026-07", "2026-07", NULL, "2026-07.az.pdf");
	write_file(b->dir, "2026-07.az.pdf", "%P");
	assert_int_equal(shelf_read(&r, b->dir, "2026-07", &e), -1);
	char path[128];
	snprintf(path, sizeof path, "%s/2026-07.az.pdf", b->dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(shelf_read(&r, b->dir, "2026-07", &e), -1);
	assert_int_equal(symlink("2026-10.az.pdf", path), 0);
	assert_int_equal(shelf_read(&r, b->dir, "2026-07", &e), -1);
	/* An impossible zone; no JSON; nothing. */
	put_report(b->dir, "2026-06_..", "2026-06", "..", "2026-06_...az.pdf");
	assert_int_equal(shelf_read(&r, b->dir, "2026-06_..", &e), -1);
	write_file(b->dir, "2026-05.json", "{");
	assert_int_equal(shelf_read(&r, b->dir, "2026-05", &e), -1);
	write_file(b->dir, "2026-05.json", "[]");
	assert_int_equal(shelf_read(&r, b->dir, "2026-05", &e), -1);
	assert_int_equal(shelf_read(&r, b->dir, "2026-04", &e), -1);
}

/* A manifest whose numbers would not fit into milliseconds or a percentage. */
static void
test_numbers(void **state)
{
	static const char *const bad[] = { "\"data_end_s\":9223372036854775807",
		"\"data_end_s\":-1", "\"completeness\":1e308", "\"completeness\":-0.1" };
	struct box *b = *state;
	struct shelf_report r;
	char text[512];
	struct err e;

	write_file(b->dir, "2026-10.az.pdf", "%PDF-");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(text, sizeof text,
		    "{\"period\":\"2026-10\",\"files\":[{\"name\":\"2026-10.az.pdf\",\"bytes\":5}],"
		    "%s}",
		    bad[i]);
		write_file(b->dir, "2026-10.json", text);
		assert_int_equal(shelf_read(&r, b->dir, "2026-10", &e), -1);
		assert_non_null(strstr(e.msg, "impossible"));
	}
}

/* What is removed of runs of the past is never that to which a link leads. */
static void
test_links(void **state)
{
	struct box *b = *state;
	struct shelf_report *v;
	char path[128], other[64];
	struct err e;
	size_t n;

	snprintf(other, sizeof other, "/tmp/zw-other-XXXXXX");
	assert_non_null(mkdtemp(other));
	write_file(other, "precious.rrd", "RRD");
	snprintf(path, sizeof path, "%s/making/2", b->dir);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(shelf_scan(b->dir, &v, &n, &e), 0);
	assert_int_equal(n, 0);
	assert_true(is_there(other, "precious.rrd"));
	assert_int_equal(unlink(path), 0);
	shelf_discard(other);
}

/* All that can be read, the newest first; what runs left is removed. */
static void
test_scan(void **state)
{
	static const char *const want[] = { "2026-W44", "2026-10", "2026-10_B", "2026-W43",
		"2026-10-01_2026-10-15", "2026-09" };
	struct box *b = *state;
	struct shelf_report *v;
	struct err e;
	size_t n;

	put_report(b->dir, "2026-10_B", "2026-10", "B", "2026-10_B.az.pdf");
	put_report(b->dir, "2026-09", "2026-09", NULL, "2026-09.ru.html");
	put_report(b->dir, "2026-W43", "2026-W43", NULL, "2026-W43.en.csv.zip");
	put_report(b->dir, "2026-W44", "2026-W44", NULL, "2026-W44.en.pdf");
	put_report(b->dir, "2026-10", "2026-10", NULL, "2026-10.en.pdf");
	put_report(b->dir, "2026-10-01_2026-10-15", "2026-10-01..2026-10-15", NULL,
	    "2026-10-01_2026-10-15.en.pdf");
	write_file(b->dir, "2026-05.json", "{");
	write_file(b->from, "half.pdf", "half");
	assert_int_equal(shelf_scan(b->dir, &v, &n, &e), 0);
	assert_int_equal(n, sizeof want / sizeof want[0]);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(v[i].name, want[i]);
		shelf_report_clear(&v[i]);
	}
	free(v);
	assert_false(is_there(b->from, "half.pdf"));
}

/* One takes the place of the one before; the files that this one has not are gone with it. */
static void
test_adopt(void **state)
{
	struct box *b = *state;
	struct shelf_report r;
	struct err e;

	put_report(b->dir, "2026-10", "2026-10", NULL, "2026-10.az.pdf");
	put_report(b->from, "2026-10", "2026-10", NULL, "2026-10.ru.pdf");
	assert_int_equal(shelf_adopt(&r, b->dir, b->from, "2026-10", &e), 0);
	assert_int_equal(r.langs, 1U << LANG_RU);
	shelf_report_clear(&r);
	assert_true(is_there(b->dir, "2026-10.ru.pdf"));
	assert_false(is_there(b->dir, "2026-10.az.pdf"));
	assert_false(is_there(b->from, "2026-10.json"));
	/* One that was not made whole changes nothing. */
	assert_int_equal(mkdir(b->from, 0700), 0);
	write_file(b->from, "2026-10.en.pdf", "%PDF-");
	assert_int_equal(shelf_adopt(&r, b->dir, b->from, "2026-10", &e), -1);
	assert_int_equal(shelf_read(&r, b->dir, "2026-10", &e), 0);
	assert_int_equal(r.langs, 1U << LANG_RU);
	assert_int_equal(shelf_remove(b->dir, &r, &e), 0);
	shelf_report_clear(&r);
	assert_false(is_there(b->dir, "2026-10.json"));
	assert_false(is_there(b->dir, "2026-10.ru.pdf"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scan, setup, teardown),
		cmocka_unit_test_setup_teardown(test_adopt, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

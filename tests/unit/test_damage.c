/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwweb */
/* damage: what is found damaged is named, for a while, in the label of a state. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/damage.h"
#include "zw/metric.h"

/* The label that a rule would tell, or "" when nothing has changed. */
static const char *
label(struct damage *d, int64_t now_ms, struct series_def *def)
{
	*def = (struct series_def){ .nfields = 1 };
	return damage_describe(d, def, 0, now_ms) ? def->fields[0].label : "";
}

/* Files are named in order, without repetition; those without room are counted. */
static void
test_names(void **state)
{
	struct damage *d = damage_new(NULL, NULL);
	struct series_def def;

	(void)state;
	assert_true(damage_value(d, 1000) == 0);
	damage_note(d, "rrd/n0/load.rrd", "too short", 1000);
	damage_note(d, "rrd/n0/load.rrd", "too short", 1100);
	assert_true(damage_value(d, 1200) == 1);
	assert_string_equal(label(d, 1200, &def), "Damaged: rrd/n0/load.rrd");
	assert_string_equal(def.states, "0:1wraised");
	assert_string_equal(label(d, 1300, &def), "");
	for (int i = 0; i < 4; i++) {
		char file[32];
		snprintf(file, sizeof file, "rrd/node-%d/cpu-total.rrd", i);
		damage_note(d, file, "gone", 1400);
	}
	assert_string_equal(
	    label(d, 1500, &def), "Damaged: rrd/n0/load.rrd, rrd/node-0/cpu-total.rrd and 3 more");
	damage_free(d);
}

/* After a quiet while there is nothing to tell, and what comes then is told alone. */
static void
test_forgets(void **state)
{
	struct damage *d = damage_new(NULL, NULL);
	struct series_def def;

	(void)state;
	damage_note(d, "journal", "2 places", 1000);
	(void)label(d, 1000, &def);
	assert_true(damage_value(d, 1000 + 6 * 60000) == 0);
	assert_true(damage_describe(d, &def, 0, 1000 + 6 * 60000));
	damage_note(d, "catalog", "1 place", 1000 + 7 * 60000);
	assert_string_equal(label(d, 1000 + 7 * 60000, &def), "Damaged: catalog");
	damage_free(d);
}

/* What the program before this one put aside, or ended of, is told by this one. */
static void
test_scan(void **state)
{
	char dir[] = "/tmp/zw-damage-XXXXXX", path[128];
	struct damage *d = damage_new(NULL, NULL);
	struct series_def def;

	(void)state;
	assert_non_null(mkdtemp(dir));
	damage_leave(dir, "cannot flush a segment");
	snprintf(path, sizeof path, "%s/quarantine", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/quarantine/n0_cool_unit.rrd.1795371594520", dir);
	assert_int_not_equal(close(open(path, O_CREAT | O_WRONLY, 0600)), -1);
	damage_scan(d, dir, 5);
	assert_string_equal(label(d, 6, &def), "Damaged: journal, rrd/n0/cool_unit.rrd");
	damage_free(d);
	d = damage_new(NULL, NULL);
	assert_int_equal(unlink(path), 0);
	/* Who ends before it was told leaves the word to the next; later it is taken. */
	damage_scan(d, dir, 7);
	assert_string_equal(label(d, 8, &def), "Damaged: journal");
	assert_false(damage_describe(d, &def, 0, 40000));
	damage_free(d);
	d = damage_new(NULL, NULL);
	damage_scan(d, dir, 9);
	assert_true(damage_value(d, 10) == 0);
	damage_free(d);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_forgets),
		cmocka_unit_test(test_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* link: zwfigures PkgConfig::JANSSON PkgConfig::SQLITE */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A history that somebody damaged, as figures get it. */
#include "history_fixture.h"

#include <sqlite3.h>

#include "collector/report/figures/annals.h"

#define HOUR INT64_C(3600000)
#define T0 INT64_C(1772395200000) /* 2026-03-02 00:00 in Baku */

/* Changes the file behind everybody's back. */
static void
damage(struct hx *g, const char *sql)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof path, "%s/history.db", g->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* Numbers of a damaged file are such that figures can count with them, its texts such that they can
 * be shown: a line each, the way they are read. */
static void
test_a_damaged_file(void **state)
{
	struct hx *g = *state;
	struct alert a1 = hx_alert(1, 0, "b", T0 + HOUR);
	char path[128];
	struct annals *a;
	struct err e;

	hx_open(g);
	hx_tell(g, CHANGE_FIRED, a1.fired_ms, &a1, NULL);
	history_commit(g->h, 1, true);
	hx_settle(g);
	hx_close(g);
	damage(g,
	    "UPDATE alerts SET since_ms=-9223372036854775808, resolved_ms=9223372036854775807,"
	    " severity=-5, topic=99, code=-1, title=char(0x202e)||'a'||char(27)||'[2J'||char(10)||"
	    "'=b'||char(0x9b), ack_author=CAST(x'41ff42' AS TEXT),"
	    " because=replace(hex(zeroblob(3000)), '0', char(601))");
	damage(g,
	    "INSERT INTO incidents(zone, severity, opened_ms, closed_ms, firing, total, cause,"
	    " first_ack_ms) VALUES('b', 9, -9223372036854775808, 9223372036854775807, 0, -1, 'c',"
	    " -9223372036854775808)");
	damage(g, "INSERT INTO silences VALUES(1, 7, '*', '*', '*', '*', 'a', 'r', -1, 0,"
		  " 9223372036854775807, 9223372036854775807, -1, 9223372036854775807, '')");
	damage(g,
	    "INSERT INTO ledger(node, hour_s, expected, received, late, empty, thinned, dropped)"
	    " VALUES('srv1', 1772395200, -1, 9223372036854775807, 0, 0, 0, 0)");
	snprintf(path, sizeof path, "%s/history.db", g->dir);
	assert_int_equal(annals_read(&a, path, T0, T0 + 24 * HOUR, &e), 0);
	assert_int_equal(a->nalerts, 1);
	assert_int_equal(a->alerts[0].since_ms, 0);
	assert_true(a->alerts[0].resolved_ms < INT64_C(8000000000000));
	assert_int_equal(a->alerts[0].severity, WIRE_INFO);
	assert_string_equal(a->alerts[0].title, "?a [2J =b  ");
	assert_int_equal(a->alerts[0].ack_author[0], 'A');
	assert_int_equal(strlen(a->alerts[0].because), 2000);
	assert_int_equal(a->nincidents, 1);
	assert_int_equal(a->incidents[0].opened_ms, 0);
	assert_int_equal(a->incidents[0].first_ack_ms, 0);
	assert_int_equal(a->incidents[0].total, 0);
	assert_int_equal(a->silences[0].kind, SILENCE_SILENCE);
	assert_true(a->silences[0].days < 128 && a->silences[0].from_min < 24 * 60 &&
		    a->silences[0].minutes <= 7 * 24 * 60);
	assert_int_equal(a->nhours, 1);
	assert_int_equal(a->hours[0].expected, 0);
	assert_true(a->hours[0].received < UINT64_C(1) << 41);
	annals_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_damaged_file, hx_setup, hx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* link: zwcore */
/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The notations of a file for "zonewatchctl rules test". */
#include "collector/ctl/scene.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

static void
test_values(void **state)
{
	static const double want[] = { 25, 25, 25, 10, 20, 30, 40, -1.5, 7 };
	double *v = NULL;
	size_t n = 0;
	struct err e;

	(void)state;
	assert_int_equal(scene_values(" 25x3, 10..40x4\n-1.5\t7", &v, &n, &e), 0);
	assert_int_equal(n, sizeof want / sizeof *want);
	for (size_t i = 0; i < n; i++)
		assert_true(v[i] == want[i]);
	free(v);
	assert_int_equal(scene_values("_x2 nan 3..9", &v, &n, &e), 0);
	assert_int_equal(n, 4);
	assert_true(isinf(v[0]) && isinf(v[1]) && isnan(v[2]) && v[3] == 3);
	free(v);
}

static void
test_no_values(void **state)
{
	static const char *const bad[] = { "", " , ", "abc", "25x", "25x0", "25x100001", "1..x3",
		"..2x3", "1..2..3x4", "25 x3", "25x99999 25x2", "0x10x2", "inf", "1e999", "_5",
		"25..nanx3" };
	double *v;
	size_t n;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		e.msg[0] = '\0';
		if (scene_values(bad[i], &v, &n, &e) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_true(strlen(e.msg) > 5);
	}
}

static void
test_states(void **state)
{
	static const char *const bad[] = { "", "=ok", "5", "5=", "5=fine", "x=ok a",
		"99999999999=ok", "5=okay" };
	struct metric_state st;
	struct err e;

	(void)state;
	assert_int_equal(scene_state("-2=critical on battery", &st, &e), 0);
	assert_int_equal(st.code, -2);
	assert_int_equal(st.severity, METRIC_CRITICAL);
	assert_string_equal(st.text, "on battery");
	assert_int_equal(scene_state("0=ok", &st, &e), 0);
	assert_int_equal(st.severity, METRIC_OK);
	assert_string_equal(st.text, "");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (scene_state(bad[i], &st, &e) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
}

/* What is wrong in a file is told with its line, all of it. */
static void
test_lines(void **state)
{
	static const char text[] =
	    "tests = ( { name = \"t\"; step = \"1500ms\";\n"
	    "series = ( { node = \"a\"; source = \"s\"; field = \"f\"; values = \"1 b\"; },\n"
	    "{ node = \"a/b\"; source = \"s\"; field = \"g\"; values = \"1\"; },\n"
	    "{ node = \"a\"; source = \"s\"; field = \"f\"; values = \"1\"; states = [ \"1\" ]; } "
	    ");\n"
	    "expect = ( { at = \"1s\"; } ); } );\n";
	static const char *const want[] = { ":1: tests[#1].step: must be whole seconds",
		":2: tests[#1].series[#1].values: \"b\" is no value",
		":3: tests[#1].series[#2].node:",
		":4: tests[#1].series[#3].field: this field of the series is given twice",
		":4: tests[#1].series[#3].states: \"1\" is not" };
	char path[] = "/tmp/zw-scene-XXXXXX", *said = NULL;
	size_t n = 0;
	void *out;
	unsigned errors;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	FILE *f = open_memstream(&said, &n);
	assert_int_equal(conf_load(&scene_table, path, &out, scene_check, f, &errors), -1);
	fclose(f);
	unlink(path);
	assert_int_equal(errors, 5);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		if (strstr(said, want[i]) == NULL)
			fail_msg("nothing of \"%s\" in\n%s", want[i], said);
	free(said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_no_values),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: zwstore */
/* The plan of the RRDs: its archives are those that the store makes, its bytes those of a file
 * that librrd wrote. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <rrd.h>

#include "collector/conf.h"
#include "collector/site/plan.h"
#include "collector/store/rrdlib.h"

static struct conf_archive usual[] = {
	{ .step = 10000, .keep = 172800000 },
	{ .step = 60000, .keep = 1209600000 },
	{ .step = 300000, .keep = 7776000000 },
	{ .step = 3600000, .keep = 157680000000 },
};

/* The default archives, by hand. */
static void
defaults(void **state)
{
	(void)state;
	const struct conf_list list = { usual, 4 };
	struct plan_archive got[PLAN_MAX_ARCHIVES];
	assert_int_equal(plan_archives(&list, 10, got), 4);
	assert_int_equal(got[0].rows, 17280);
	assert_int_equal(got[0].functions, 1);
	assert_int_equal(got[1].rows, 20160);
	assert_int_equal(got[1].steps, 6);
	assert_int_equal(got[1].functions, 3);
	assert_int_equal(got[3].rows, 43800);
	/* Measured with rrdtool 1.7.2: three sources in these archives. */
	assert_int_equal(plan_bytes(got, 4, 3), 6890600);
	assert_int_equal(plan_bytes(got, 1, 1), 138824);
}

/* Whatever the configuration and the step, the store makes the same archives. */
static void
same_as_store(void **state)
{
	(void)state;
	unsigned seed = 7;
	for (int round = 0; round < 2000; round++) {
		struct conf_archive a[4];
		struct rrdlib_keep keep[4];
		struct rrdfile_archive store[RRDFILE_MAX_ARCHIVES];
		struct plan_archive plan[PLAN_MAX_ARCHIVES];
		size_t n = 1 + (size_t)(rand_r(&seed) % 4);
		for (size_t i = 0; i < n; i++) {
			keep[i].step_s = 1 + rand_r(&seed) % 100;
			keep[i].keep_s = 60 + rand_r(&seed) % 100000;
			a[i].step = keep[i].step_s * 1000;
			a[i].keep = keep[i].keep_s * 1000;
		}
		uint32_t step = 1 + (uint32_t)(rand_r(&seed) % 60);
		const struct conf_list list = { a, n };
		size_t nplan = plan_archives(&list, step, plan);
		size_t nstore = rrdlib_plan(step, keep, n, store);
		size_t k = 0;
		for (size_t i = 0; i < nplan; i++) {
			for (unsigned f = 0; f < plan[i].functions; f++, k++) {
				assert_true(k < nstore);
				assert_int_equal(store[k].steps, plan[i].steps);
				assert_int_equal(store[k].rows, plan[i].rows);
			}
		}
		assert_int_equal(k, nstore);
	}
}

/* A file of librrd's is as long as the plan says. */
static void
same_as_file(void **state)
{
	(void)state;
	char dir[] = "/tmp/zw-plan-XXXXXX";
	assert_non_null(mkdtemp(dir));
	char path[64];
	snprintf(path, sizeof path, "%s/a.rrd", dir);
	const char *args[] = { "DS:a:GAUGE:25:U:U", "DS:b:GAUGE:25:U:U", "RRA:AVERAGE:0.5:1:8640",
		"RRA:AVERAGE:0.5:6:100", "RRA:MIN:0.5:6:100", "RRA:MAX:0.5:6:100" };
	assert_int_equal(rrd_create_r2(path, 10, 1700000000, 0, NULL, NULL, 6, args), 0);
	struct conf_archive a[] = { { .step = 10000, .keep = 86400000 },
		{ .step = 60000, .keep = 6000000 } };
	const struct conf_list list = { a, 2 };
	struct plan_archive plan[PLAN_MAX_ARCHIVES];
	size_t n = plan_archives(&list, 10, plan);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal((uint64_t)st.st_size, plan_bytes(plan, n, 2));
	unlink(path);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(same_as_store),
		cmocka_unit_test(same_as_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render_fixture: 3000 s of three series in RRDs that the store wrote, for the tests of what is
 * read of them. */
#ifndef RENDER_FIXTURE_H
#define RENDER_FIXTURE_H

#include "store_fixture.h"

#if defined(__SANITIZE_ADDRESS__)
/* Of these libraries, not ours: a few bytes a picture, and fontconfig's tables. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void)
{
	return "leak:librrd\nleak:libfontconfig\nleak:vasprintf\n";
}

const char *__lsan_default_options(void);
__attribute__((visibility("default"))) const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

static struct fixture fx;

/* Before the tests of a file: in the directory of RRDs. */
static int
setup(void **state)
{
	(void)state;
	fixture_new(&fx, 3, 3);
	fixture_batches(&fx, 0, 300);
	struct keeper *k = fixture_open(&fx, false);
	fixture_apply(&fx, k);
	(void)fixture_finish(k);
	keeper_close(k);
	return chdir(fx.rrd_dir);
}

static int
teardown(void **state)
{
	(void)state;
	fixture_free(&fx);
	return chdir("/");
}

#endif

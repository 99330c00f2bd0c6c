/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source_fixture: reads one source under a tree of tests/data, or under a copy that the test may
 * change, and looks values up by the names of instance and field. */
#ifndef TESTS_SOURCE_FIXTURE_H
#define TESTS_SOURCE_FIXTURE_H

#include <ftw.h>
#include <math.h>
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

#include "agent/conf.h"
#include "agent/emit.h"
#include "zw/alloc.h"
#include "zw/fs.h"

struct fixture {
	const struct source *src;
	struct conf_agent *conf;
	char *root;
	bool own_root; /* under /tmp, removed at the end */
	void *state;
	struct emit out;
};

/* Writes ROOT/PATH in place, so that a descriptor that is open sees it. */
static void __attribute__((unused))
fixture_put(const struct fixture *f, const char *path, const char *text)
{
	struct err e;
	char *full = xasprintf("%s/%s", f->root, path);
	char *dir = xstrdup(full);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(fs_mkdirs(dir, 0755, &e), 0);
	FILE *out = fopen(full, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
	free(dir);
	free(full);
}

static struct fixture __attribute__((unused))
fixture_over(const struct source *src, char *root, bool own)
{
	struct fixture f = { .src = src, .root = root, .own_root = own };
	f.conf = conf_defaults(&agent_conf_table);
	f.out.src = src;
	return f;
}

/* Under a tree of tests/data. */
static struct fixture __attribute__((unused))
fixture_tree(const struct source *src, const char *tree)
{
	struct fixture f = fixture_over(src, xasprintf("%s/%s", ZW_TEST_DATA, tree), false);
	f.state = src->open(f.root, &f.conf->sources);
	return f;
}

/* Under an empty directory; the test puts files into it and then opens. */
static struct fixture __attribute__((unused)) fixture_empty(const struct source *src)
{
	char *root = xstrdup("/tmp/zw-source-XXXXXX");
	assert_non_null(mkdtemp(root));
	return fixture_over(src, root, true);
}

static void __attribute__((unused)) fixture_open(struct fixture *f)
{
	f->state = f->src->open(f->root, &f->conf->sources);
}

/* Reads; what was read before is forgotten. */
static int __attribute__((unused)) fixture_read(struct fixture *f, double interval_s)
{
	assert_non_null(f->state);
	buf_clear(&f->out.values);
	return f->src->read(f->state, interval_s, &f->out);
}

/* How many instances the last read gave. */
static unsigned __attribute__((unused)) fixture_count(const struct fixture *f)
{
	struct emitted e;
	unsigned n = 0;
	for (size_t at = 0; emit_next(&f->out.values, &at, &e);)
		n++;
	return n;
}

static bool __attribute__((unused))
fixture_find(const struct fixture *f, const char *instance, struct emitted *e)
{
	for (size_t at = 0; emit_next(&f->out.values, &at, e);)
		if (strcmp(e->instance, instance) == 0)
			return true;
	return false;
}

static bool __attribute__((unused)) fixture_has(const struct fixture *f, const char *instance)
{
	struct emitted e;
	return fixture_find(f, instance, &e);
}

/* One value of the last read. */
static double __attribute__((unused))
fixture_value(const struct fixture *f, const char *instance, const char *field)
{
	struct emitted e;
	if (!fixture_find(f, instance, &e))
		fail_msg("no instance \"%s\"", instance);
	for (unsigned i = 0; i < f->src->nfields; i++)
		if (strcmp(f->src->fields[i].name, field) == 0)
			return e.values[i];
	fail_msg("no field \"%s\"", field);
	return NAN;
}

static int
fixture_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void __attribute__((unused)) fixture_close(struct fixture *f)
{
	if (f->state != NULL)
		f->src->close(f->state);
	buf_free(&f->out.values);
	conf_free(&agent_conf_table, f->conf);
	if (f->own_root)
		nftw(f->root, fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(f->root);
}

/* The very number. Rounded values must be the double nearest to their decimals. */
#define assert_value(f, instance, field, want)                                                     \
	do {                                                                                       \
		double got_ = fixture_value((f), (instance), (field));                             \
		if (got_ != (double)(want))                                                        \
			fail_msg("%s %s is %.17g, not %.17g", (instance), (field), got_,           \
			    (double)(want));                                                       \
	} while (0)
#define assert_unknown(f, instance, field)                                                         \
	assert_true(isnan(fixture_value((f), (instance), (field))))

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* figures_fixture: a store directory with a configuration, a catalog and RRDs made by hand, as the
 * figures of reports read them. Link zwfigures and zwstore. */
#ifndef FIGURES_FIXTURE_H
#define FIGURES_FIXTURE_H

#include <ftw.h>
#include <math.h>
#include <rrd.h>
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

#include "collector/conf.h"
#include "collector/journal/catalog.h"
#include "collector/report/figures/figures.h"
#include "collector/report/figures/plant.h"
#include "collector/store/rrdlib.h"
#include "zw/alloc.h"

#if defined(__SANITIZE_ADDRESS__)
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void)
{
	return "leak:librrd\n";
}

const char *__lsan_default_options(void);
__attribute__((visibility("default"))) const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

struct ff {
	char dir[64];
	struct conf_collector *conf;
	struct catalog *catalog;
	uint32_t id; /* of the last series */
	struct plant *plant;
};

/* Remove one entry of a tree. */
static inline int
ff_unlink(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* The directory, with a configuration whose further text is given; time is Asia/Baku's. */
static inline void
ff_new(struct ff *f, const char *text)
{
	char path[96];
	unsigned errors = 0;
	struct err e = { "" };

	*f = (struct ff){ .dir = "/tmp/zw-figures-XXXXXX" };
	setenv("TZ", "Asia/Baku", 1);
	tzset();
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(chdir(f->dir), 0);
	FILE *out = fopen("collector.conf", "w");
	assert_non_null(out);
	fprintf(out, "store = { dir = \"%s\"; };\n%s\n", f->dir, text);
	fclose(out);
	snprintf(path, sizeof path, "%s/collector.conf", f->dir);
	void *conf = NULL;
	if (conf_load(&collector_conf_table, path, &conf, collector_conf_check, stderr, &errors) ==
	    -1)
		fail_msg("the configuration is refused");
	f->conf = conf;
	assert_int_equal(mkdir("rrd", 0777), 0);
	snprintf(path, sizeof path, "%s/catalog", f->dir);
	if (catalog_open_writer(&f->catalog, path, &e) == -1)
		fail_msg("%s", e.msg);
	assert_int_equal(chdir("rrd"), 0);
}

/* Removes all. */
static inline void
ff_free(struct ff *f)
{
	plant_close(f->plant);
	catalog_close(f->catalog);
	conf_free(&collector_conf_table, f->conf);
	assert_int_equal(chdir("/"), 0);
	(void)nftw(f->dir, ff_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* A definition of "node/source-instance" whose fields are "name:unit", or "name:unit:states" with
 * states as the wire has them ("1wstandby;2oon"), separated by spaces. */
static inline struct series_def
ff_def(const char *path, uint32_t step_s, const char *fields)
{
	struct series_def def = { .step_s = step_s };
	char *copy = xstrdup(path), *at = strchr(copy, '/'), *save, *saved;

	assert_non_null(at);
	*at++ = '\0';
	(void)str_copy(def.node, sizeof def.node, copy);
	char *dash = strchr(at, '-');
	if (dash != NULL)
		*dash++ = '\0';
	(void)str_copy(def.source, sizeof def.source, at);
	(void)str_copy(def.instance, sizeof def.instance, dash != NULL ? dash : "");
	free(copy);
	copy = xstrdup(fields);
	for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		struct field *fi = &def.fields[def.nfields++];
		*fi = (struct field){ .min = NAN, .max = NAN };
		(void)str_copy(fi->name, sizeof fi->name, strtok_r(w, ":", &saved));
		const char *unit = strtok_r(NULL, ":", &saved);
		(void)str_copy(fi->unit, sizeof fi->unit, unit != NULL ? unit : "1");
		(void)str_copy(fi->label, sizeof fi->label, fi->name);
		char *states = strtok_r(NULL, ":", &saved);
		fi->kind = states != NULL ? FIELD_STATE : FIELD_GAUGE;
		for (char *s = states; s != NULL;) {
			struct metric_state st = { .code = (int32_t)strtol(s, &s, 10) };
			st.severity = *s == 'o'	  ? METRIC_OK
				      : *s == 'w' ? METRIC_WARNING
				      : *s == 'c' ? METRIC_CRITICAL
						  : METRIC_UNKNOWN;
			char *end = strchr(++s, ';');
			snprintf(st.text, sizeof st.text, "%.*s",
			    (int)(end != NULL ? end - s : (long)strlen(s)), s);
			assert_true(metric_state_add(&def, def.nfields - 1, &st));
			s = end != NULL ? end + 1 : NULL;
		}
	}
	free(copy);
	return def;
}

/* Rows of these lengths and times, as by default: 10 s, 1 min, 5 min, 1 h. */
static const struct rrdlib_keep ff_keep[] = { { 10, 2 * 86400 }, { 60, 14 * 86400 },
	{ 300, 90 * 86400 }, { 3600, 1826 * 86400 } };

/* Makes a series known, and its RRD. */
static inline struct series_def
ff_series(struct ff *f, const char *path, uint32_t step_s, const char *fields, int64_t start_s)
{
	static const uint8_t stream[WIRE_STREAM_ID] = "0123456789abcde";
	struct rrdlib_shape shape = {
		.heartbeat = 2.5, .keep = ff_keep, .nkeep = sizeof ff_keep / sizeof *ff_keep
	};
	struct series_def def = ff_def(path, step_s, fields);
	struct err e = { "" };
	char file[RRDFILE_PATH];

	def.id = ++f->id;
	if (catalog_define(f->catalog, stream, &def, &e) == 0 ||
	    seglog_commit_now(catalog_log(f->catalog), &e) == -1)
		fail_msg("%s: %s", path, e.msg);
	(void)mkdir(def.node, 0777);
	rrdfile_name(file, def.node, def.source, def.instance);
	if (rrdlib_create(file, &def, &shape, start_s, &e) == -1)
		fail_msg("%s: %s", path, e.msg);
	return def;
}

/* Writes samples of [from, to], one each step; value() is of field, time; NAN: unknown. */
static inline void
ff_fill(const struct series_def *def, int64_t from_s, int64_t to_s,
    double (*value)(unsigned field, int64_t t))
{
	enum {
		MANY = 512
	};
	char file[RRDFILE_PATH], *rows[MANY];
	int n = 0;

	rrdfile_name(file, def->node, def->source, def->instance);
	for (int64_t t = from_s; t <= to_s; t += def->step_s) {
		char *row = xasprintf("%lld", (long long)t);
		for (unsigned i = 0; i < def->nfields; i++) {
			double v = value(i, t);
			char *more =
			    isnan(v) ? xasprintf("%s:U", row) : xasprintf("%s:%.17g", row, v);
			free(row);
			row = more;
		}
		rows[n++] = row;
		if (n < MANY && t + def->step_s <= to_s)
			continue;
		const char *argv[MANY];
		memcpy(argv, rows, sizeof argv);
		if (rrd_update_r(file, NULL, n, argv) != 0)
			fail_msg("%s: %s", file, rrd_get_error());
		while (n > 0)
			free(rows[--n]);
	}
}

/* Opens the plant, after all series were made. */
static inline void
ff_open(struct ff *f)
{
	struct err e = { "" };

	if (plant_open(&f->plant, f->conf, &e) == -1)
		fail_msg("%s", e.msg);
	f->plant->now_s = 0; /* a period is over when the data say so */
}

/* What a part is computed from: a period, the whole site, no history. */
static inline struct figures_ask
ff_ask(const struct ff *f, struct period *p, const char *text, const struct annals *annals)
{
	struct err e = { "" };

	if (period_parse(p, text, &e) == -1)
		fail_msg("%s", e.msg);
	return (struct figures_ask){ .plant = f->plant, .period = p, .annals = annals };
}

/* "2026-10-01 00:00" of Asia/Baku. */
static inline int64_t
ff_time(const char *text)
{
	struct tm tm = { .tm_isdst = -1 };

	assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return mktime(&tm);
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-report: makes one report and ends; started by zonewatch-collector, or by hand:
 *
 *   zonewatch-report -c CONF -p 2026-10 [-z ZONE] [-l az,ru,en] -o DIR/STEM
 *
 * It only reads: the RRDs, the catalog and the history. Its files are whole or absent: each is
 * written under another name, flushed and renamed, the manifest STEM.json last. On its standard
 * output it tells how far it is ("40 figures"), on standard error why it failed. A process of its
 * own, with bounds and less of a right to the processor, it cannot disturb the collector. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector/alert/history_read.h"
#include "collector/conf.h"
#include "collector/report/figures/figures.h"
#include "collector/report/graphs/gallery.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/manifest.h"
#include "collector/report/paper/paper.h"
#include "zw/alloc.h"
#include "zw/digest.h"
#include "zw/fs.h"
#include "zw/lang.h"
#include "zw/log.h"
#include "zw/sandbox.h"
#include "zw/str.h"

#define MAX_CPU_S 300
#define MAX_DATA ((rlim_t)400 << 20)
#define MAX_FILE ((rlim_t)256 << 20)
#define MAX_STEM 100
#define NICE 10
#define REVISION_BYTES 6 /* of the digest, as hex */

static const char usage[] =
    "usage: zonewatch-report -c CONF -p PERIOD [-z ZONE] [-l az,ru,en] -o DIR/STEM\n"
    "PERIOD: 2026-10, 2026-W43, 2026-10-01..2026-10-15\n";

#if defined(__SANITIZE_ADDRESS__)
/* fontconfig and pango keep what they have once read; that is theirs. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void)
{
	return "leak:librrd\nleak:libfontconfig\nleak:libpango\nleak:libcairo\nleak:libglib\n";
}

const char *__lsan_default_options(void);
__attribute__((visibility("default"))) const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

/* What is asked. */
struct job {
	const char *conf;
	const char *period;
	const char *zone;
	enum lang langs[LANG_N];
	size_t nlangs;
	char dir[PATH_MAX]; /* absolute */
	const char *stem;   /* the name within it */
	char revision[2 * REVISION_BYTES + 1];
	int64_t made_s; /* 0: when the data end */
};

/* Bound what this process may take, and yield to others. The sanitizers need all
 * addresses. */
static void
limit_process(void)
{
	(void)setrlimit(RLIMIT_CPU, &(struct rlimit){ MAX_CPU_S, MAX_CPU_S });
	(void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){ MAX_FILE, MAX_FILE });
#ifndef __SANITIZE_ADDRESS__
	(void)setrlimit(RLIMIT_DATA, &(struct rlimit){ MAX_DATA, MAX_DATA });
#endif
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	(void)signal(SIGPIPE, SIG_IGN); /* whoever listened to the progress may be gone */
}

/* Tell how far it is. */
static void
tell(int percent, const char *word)
{
	printf("%d %s\n", percent, word);
	(void)fflush(stdout);
}

/* Of the figures, which are the first four fifths. */
static void
tell_figures(void *arg, int percent)
{
	(void)arg;
	tell(percent, "figures");
}

/* "az,ru,en". */
static int
read_langs(struct job *j, const char *text, struct err *e)
{
	char copy[32], *rest = copy, *word;

	if (str_copy(copy, sizeof copy, text) == -1)
		return err_set(e, "-l %.40s...: too long", text);
	while ((word = strsep(&rest, ",")) != NULL) {
		enum lang l = lang_of(word);
		if (strcmp(lang_word(l), word) != 0)
			return err_set(e, "-l %s: it is az, ru or en", word);
		bool twice = false;
		for (size_t i = 0; i < j->nlangs; i++)
			twice = twice || j->langs[i] == l;
		if (!twice)
			j->langs[j->nlangs++] = l;
	}
	return 0;
}

/* DIR/STEM, before the working directory changes. */
static int
read_stem(struct job *j, char *path, struct err *e)
{
	char *slash = strrchr(path, '/');

	j->stem = slash == NULL ? path : slash + 1;
	if (!str_is_name(j->stem, MAX_STEM))
		return err_set(e, "-o %s: no name for files", path);
	if (slash != NULL)
		*slash = '\0';
	if (realpath(slash == NULL ? "." : slash == path ? "/" : path, j->dir) == NULL)
		return err_set(e, "-o %s: there is no such directory", path);
	return 0;
}

/* The options. */
static int
read_options(struct job *j, int argc, char **argv, struct err *e)
{
	char *stem = NULL;
	const char *langs = "az,ru,en";
	int c;

	while ((c = getopt(argc, argv, "c:p:z:l:o:")) != -1) {
		if (c == 'c')
			j->conf = optarg;
		else if (c == 'p')
			j->period = optarg;
		else if (c == 'z')
			j->zone = optarg;
		else if (c == 'l')
			langs = optarg;
		else if (c == 'o')
			stem = optarg;
		else
			return err_set(e, "unknown option");
	}
	if (j->conf == NULL || j->period == NULL || stem == NULL || optind != argc)
		return err_set(e, "-c, -p and -o are needed");
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	if (epoch != NULL && str_to_i64(epoch, 1, INT64_C(253402300799), &j->made_s) == -1)
		return err_set(e, "SOURCE_DATE_EPOCH=%s: no time", epoch);
	if (read_langs(j, langs, e) == -1)
		return -1;
	return read_stem(j, stem, e);
}

/* A text without the configuration's own directory before its paths: a copy elsewhere is the same
 * configuration. In place. */
static void
drop_dir(char *text, const char *conf)
{
	const char *slash = strrchr(conf, '/');
	char dir[PATH_MAX];
	int n =
	    slash == NULL ? -1 : snprintf(dir, sizeof dir, "\"%.*s/", (int)(slash - conf), conf);

	if (n < 0 || (size_t)n >= sizeof dir)
		return;
	for (char *at = text; (at = strstr(at, dir)) != NULL; at++)
		memmove(at + 1, at + n, strlen(at + n) + 1);
}

/* The revision of the configuration: what is in force, whichever files say it. */
static void
make_revision(struct job *j, const struct conf_collector *conf)
{
	uint8_t digest[DIGEST_SIZE];
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (out == NULL)
		fatal("report", "no memory for the configuration's text");
	conf_dump(&collector_conf_table, conf, out);
	(void)fclose(out);
	drop_dir(text, j->conf);
	digest_make(text, strlen(text), digest);
	for (size_t i = 0; i < REVISION_BYTES; i++)
		snprintf(j->revision + 2 * i, 3, "%02x", digest[i]);
	free(text);
}

/* Write one file and enter it into the manifest. */
static int
save(const struct job *j, struct manifest *m, const char *lang, size_t format, const struct buf *b,
    struct err *e)
{
	char *name = xasprintf("%s.%s.%s", j->stem, lang, paper_suffix(format));
	char *path = xasprintf("%s/%s", j->dir, name);
	int rc = fs_replace(path, b->data, b->len, e);

	if (rc == 0)
		manifest_file(m, name, b);
	free(path);
	free(name);
	return rc;
}

/* All files of one language. */
static int
make_language(
    const struct job *j, const struct figures *f, struct manifest *m, enum lang l, struct err *e)
{
	struct doc *d = paper_new(f, j->revision, l);
	int64_t made_s = j->made_s != 0 ? j->made_s : paper_data_end(f);
	int rc = 0;

	manifest_language(m, d);
	for (size_t i = 0; rc == 0 && i < PAPER_NFORMATS; i++) {
		struct buf b = { 0 };
		rc = paper_write(&b, d, i, made_s, e);
		if (rc == 0)
			rc = save(j, m, lang_word(l), i, &b, e);
		buf_free(&b);
	}
	doc_free(d);
	return rc;
}

/* All files of all languages, then the manifest. */
static int
make_files(const struct job *j, const struct figures *f, struct err *e)
{
	struct manifest *m = manifest_new(f);
	struct buf b = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < j->nlangs; i++) {
		tell(80 + (int)(20 * i / j->nlangs), lang_word(j->langs[i]));
		rc = make_language(j, f, m, j->langs[i], e);
	}
	if (rc == 0) {
		char *path = xasprintf("%s/%s.json", j->dir, j->stem);
		manifest_write(m, &b);
		rc = fs_replace(path, b.data, b.len, e);
		free(path);
	}
	buf_free(&b);
	manifest_free(m);
	return rc;
}

/* The report of a plant. */
static int
make_report(const struct job *j, const struct plant *p, struct err *e)
{
	struct period period;
	struct figures *f = NULL;
	const struct zone *z = j->zone == NULL ? NULL : site_zone(p->site, j->zone);

	if (j->zone != NULL && z == NULL)
		return err_set(e, "-z %s: there is no such zone", j->zone);
	if (period_parse(&period, j->period, e) == -1)
		return -1;
	if (period.from_s >= p->data_end_s && period.from_s > p->now_s)
		return err_set(e, "%s: it has not begun yet", j->period);
	if (figures_new(&f, p, z, &period, tell_figures, NULL, e) == -1)
		return -1;
	struct gallery *g = gallery_new(
	    &(struct gallery_of){ p, z, &f->now.period, f->now.annals, f->now.availability });
	f->gallery = g;
	int rc = make_files(j, f, e);
	figures_free(f);
	gallery_free(g);
	return rc;
}

/* Paths are relative to where the program was started. */
static void
make_absolute(char **path)
{
	char *real = realpath(*path, NULL);

	if (real == NULL)
		return;
	free(*path);
	*path = real;
}

/* Go to where the RRDs are; from there on this process writes to the report's directory alone.
 * Pango has a thread that looks for fonts. */
static int
confine(const struct job *j, const struct conf_collector *conf, struct err *e)
{
	struct sandbox box = { .calls = SANDBOX_CHANGE | SANDBOX_THREADS };
	char history[PATH_MAX];

	collector_conf_path(conf, "history.db", history, sizeof history);
	history_read_prepare(history);
	collector_conf_sandbox(conf, &box);
	collector_conf_sandbox_past(conf, &box);
	sandbox_path(&box, SANDBOX_WRITE, j->dir);
	int rc = collector_conf_enter(conf, e);
	if (rc == 0)
		rc = sandbox_enter(&box, e);
	sandbox_free(&box);
	return rc;
}

/* Configuration, plant, report. */
static int
work(struct job *j, struct err *e)
{
	struct plant *plant = NULL;
	unsigned nerrors = 0;
	void *conf = NULL;
	int rc = -1;

	if (conf_load(&collector_conf_table, j->conf, &conf, collector_conf_check, stderr,
		&nerrors) == -1)
		return err_set(e, "%s: the configuration has errors", j->conf);
	make_revision(j, conf);
	struct conf_collector *c = conf;
	make_absolute(&c->store.dir);
	for (size_t i = 0; i < c->report.graphs.n; i++)
		make_absolute(&c->report.graphs.v[i]);
	if (confine(j, conf, e) == 0 && plant_open(&plant, conf, e) == 0) {
		rc = make_report(j, plant, e);
		plant_close(plant);
	}
	conf_free(&collector_conf_table, conf);
	return rc;
}

int
main(int argc, char **argv)
{
	struct job j = { 0 };
	struct err e = { 0 };

	log_init("zonewatch-report", LOG_LEVEL_WARNING);
	if (read_options(&j, argc, argv, &e) == -1) {
		fprintf(stderr, "zonewatch-report: %s\n%s", e.msg, usage);
		return 1;
	}
	limit_process();
	lang_init();
	if (work(&j, &e) == -1) {
		fprintf(stderr, "zonewatch-report: %s\n", e.msg);
		return 1;
	}
	tell(100, "done");
	return 0;
}

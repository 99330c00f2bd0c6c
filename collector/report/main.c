/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zonewatch-render: draws graphs and reads rows, a child of the collector's: rrd_graph is not
 * thread-safe in Debian's librrd, and a crash or an endless picture costs this process only. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/child.h"
#include "collector/conf.h"
#include "collector/report/ask.h"
#include "collector/report/columns.h"
#include "collector/report/graph.h"
#include "collector/report/graphs/definition.h"
#include "collector/report/graphs/maker.h"
#include "collector/report/map.h"
#include "collector/report/rows.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/lang.h"
#include "zw/log.h"
#include "zw/sandbox.h"
#include "zw/str.h"

#define MAX_CPU_S 6 /* for one request */
#define LOOK_MS 1000
#define MAX_MEMORY ((rlim_t)1 << 30)

#if defined(__SANITIZE_ADDRESS__)
/* librrd and fontconfig leak a few bytes a picture, and pango keeps its fonts; that is theirs. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void)
{
	return "leak:librrd\nleak:libfontconfig\nleak:libpango\nleak:vasprintf\n";
}

const char *__lsan_default_options(void);
__attribute__((visibility("default"))) const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

/* Bound the processor time of what follows. */
static void
limit_cpu(void)
{
	struct rusage u;
	struct rlimit r;

	if (getrusage(RUSAGE_SELF, &u) == -1 || getrlimit(RLIMIT_CPU, &r) == -1)
		return;
	r.rlim_cur = (rlim_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec + MAX_CPU_S);
	(void)setrlimit(RLIMIT_CPU, &r);
}

/* Bound memory. The sanitizers need all addresses. */
static void
limit_process(void)
{
#ifndef __SANITIZE_ADDRESS__
	(void)setrlimit(RLIMIT_AS, &(struct rlimit){ MAX_MEMORY, MAX_MEMORY });
#endif
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN); /* the terminal's; the parent tells when to stop */
	(void)signal(SIGTERM, SIG_IGN);
	(void)umask(0077);
}

/* Draw a graph, or read its rows. */
static int
draw_graph(struct buf *b, const uint8_t *data, size_t n, struct err *e)
{
	struct ask *a = xcalloc(1, sizeof *a);

	int rc = ask_decode(data, n, a, e);
	if (rc == 0)
		rc = a->format == RENDER_JSON	   ? rows_json(b, a, e)
		     : a->format == RENDER_COLUMNS ? columns_json(b, a, e)
		     : a->format == RENDER_CSV	   ? columns_csv(b, a, e)
						   : graph_draw(b, a, e);
	free(a);
	return rc;
}

/* Draw a floor map. */
static int
draw_map(struct buf *b, const uint8_t *data, size_t n, struct err *e)
{
	struct map *m = xcalloc(1, sizeof *m);

	int rc = map_parse((const char *)data, n, m, e);
	if (rc == 0)
		rc = map_draw(b, m, e);
	free(m);
	return rc;
}

/* Draw a named graph, or list them. */
static int
draw_named(
    struct buf *b, const struct conf_collector *conf, const uint8_t *data, size_t n, struct err *e)
{
	struct wanted w;

	struct err why;

	if (wanted_decode(data, n, &w, e) == -1)
		return -1;
	if (w.format == WANTED_LIST) {
		maker_list(b, conf, w.lang);
		return 0;
	}
	if (maker_draw(b, &w, conf, clock_wall_ms() / 1000, &why) == 0)
		return 0;
	return err_set(e, ASK_FAULT "%s", why.msg);
}

/* Answer one request. */
static int
answer(const struct conf_collector *conf, uint8_t type, uint32_t request, const uint8_t *data,
    size_t n)
{
	struct buf b = { 0 };
	struct err e;

	limit_cpu();
	int rc = type == ASK_MAP     ? draw_map(&b, data, n, &e)
		 : type == ASK_NAMED ? draw_named(&b, conf, data, n, &e)
				     : draw_graph(&b, data, n, &e);
	if (rc == 0 && b.len > CHILD_MAX_MESSAGE)
		rc = err_set(&e, "that is more than %d bytes", CHILD_MAX_MESSAGE);
	rc = rc == 0 ? child_reply(ASK_DRAWN, request, b.data, b.len)
		     : child_reply(ASK_FAILED, request, e.msg, strlen(e.msg));
	buf_free(&b);
	return rc;
}

/* Makes a path independent of the working directory. */
static void
make_absolute(char **path)
{
	char *real = *path == NULL || **path == '/' ? NULL : realpath(*path, NULL);

	if (real == NULL)
		return;
	free(*path);
	*path = real;
}

/* Go to where the RRDs are, or will be; from there on this process reads, and no more. Pango has a
 * thread that looks for fonts. */
static void
enter(const struct conf_collector *conf, struct sandbox *box)
{
	struct err e;

	if (fs_mkdirs(conf->store.rrd_dir, 0750, &e) == -1)
		fatalx("render", "%s", e.msg);
	box->calls = SANDBOX_CHANGE | SANDBOX_THREADS | SANDBOX_TALK;
	collector_conf_sandbox(conf, box);
	collector_conf_sandbox_past(conf, box);
	if (collector_conf_enter(conf, &e) == -1 || sandbox_enter(box, &e) == -1)
		fatalx("render", "%s", e.msg);
}

/* Answer requests until the parent is gone. When a file that may be read was replaced by another,
 * the end comes when nobody waits: the parent starts it anew. */
static void
serve(const struct conf_collector *conf, const struct sandbox *box)
{
	uint8_t type, *data;
	uint32_t request;
	size_t n;
	bool eof = false;
	int rc = 0;

	while (rc == 0 && !eof) {
		if (child_receive(LOOK_MS, &type, &request, &data, &n, &eof) == -1)
			fatalx("render", "the parent cannot be understood");
		if (data == NULL) {
			if (sandbox_changed(box))
				fatalx("render", "files of the collector were replaced by others");
			continue;
		}
		if (type == ASK_DRAW || type == ASK_MAP || type == ASK_NAMED)
			rc = answer(conf, type, request, data, n);
		free(data);
	}
}

int
main(int argc, char **argv)
{
	struct sandbox box = { 0 };
	void *conf = NULL;
	unsigned nerrors = 0;

	log_init("zonewatch-render", LOG_LEVEL_INFO);
	if (argc == 2 && strcmp(argv[1], "--print-scdoc") == 0) { /* of zonewatch-graphs(5) */
		conf_print_scdoc(&definition_table, stdout);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (argc != 3 || strcmp(argv[1], "-c") != 0)
		fatalx("render", "zonewatch-render is started by zonewatch-collector");
	limit_process();
	if (conf_load(&collector_conf_table, argv[2], &conf, collector_conf_check, stderr,
		&nerrors) == -1)
		fatalx("render", "the configuration has errors");
	struct conf_collector *c = conf;
	make_absolute(&c->store.dir);
	for (size_t i = 0; i < c->report.graphs.n; i++)
		make_absolute(&c->report.graphs.v[i]);
	lang_init();
	enter(conf, &box);
	graph_warm_up();
	serve(conf, &box);
	sandbox_free(&box);
	conf_free(&collector_conf_table, conf);
	return 0;
}

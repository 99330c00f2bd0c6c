/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of past reports: read by a thread, kept by the loop. */
#include "collector/reports_int.h"

#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"
#include "zw/worker.h"

#define PRUNE_EVERY_MS (6 * INT64_C(3600000))

/* The list as a thread reads it. */
struct listing {
	struct reports *reports;
	int64_t oldest_ms; /* older ones are removed */
	struct shelf_report *list;
	size_t n;
	int rc;
	struct err err;
};

void
reports_list_free(struct shelf_report *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		shelf_report_clear(&list[i]);
	free(list);
}

/* In the thread: reads it, and removes what is too old. */
static void
listing_run(void *arg)
{
	struct listing *g = arg;
	const char *dir = g->reports->dir;
	size_t kept = 0;
	struct err e;

	g->rc = shelf_scan(dir, &g->list, &g->n, &g->err);
	for (size_t i = 0; g->rc == 0 && i < g->n; i++) {
		struct shelf_report *one = &g->list[i];
		bool old = one->made_ms < g->oldest_ms;
		if (old && shelf_remove(dir, one, &e) == -1)
			log_warnx("reports", "%s", e.msg);
		if (!old) {
			g->list[kept++] = *one;
			continue;
		}
		log_info("reports", "%s is removed: it is older than report.keep", one->name);
		shelf_report_clear(one);
	}
	g->n = kept;
}

/* In the loop: it is the list from now on. */
static void
listing_done(void *arg)
{
	struct listing *g = arg;
	struct reports *r = g->reports;

	if (g->rc == 0) {
		reports_list_free(r->list, r->n);
		r->list = g->list;
		r->n = g->n;
		r->version++;
	} else {
		log_warnx("reports", "%s", g->err.msg);
	}
	r->loaded = true;
	free(g);
}

void
reports_list_read(struct reports *r)
{
	struct listing *g = xcalloc(1, sizeof *g);

	r->loaded = false;
	g->reports = r;
	g->oldest_ms = clock_wall_ms() - r->conf->report.keep;
	r->prune_mono_ms = clock_mono_ms() + PRUNE_EVERY_MS;
	worker_submit(r->worker, listing_run, listing_done, g);
}

void
reports_list_put(struct reports *r, const struct shelf_report *one)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->list[i].name, one->name) == 0) {
			shelf_report_clear(&r->list[i]);
			r->list[i] = *one;
			return;
		}
	}
	r->list = xreallocarray(r->list, r->n + 1, sizeof *r->list);
	r->list[r->n++] = *one;
	qsort(r->list, r->n, sizeof *r->list, shelf_compare);
}

size_t
reports_count(const struct reports *r)
{
	return r->n;
}

const struct shelf_report *
reports_at(const struct reports *r, size_t i)
{
	return &r->list[i];
}

const struct shelf_report *
reports_find(const struct reports *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->list[i].name, name) == 0)
			return &r->list[i];
	return NULL;
}

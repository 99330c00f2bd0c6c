/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what is wanted to a picture: when, of what, then part by part. */
#include "collector/report/graphs/maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/period.h"
#include "collector/report/figures/plant.h"
#include "collector/report/graphs/maker_int.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/json.h"
#include "zw/str.h"

#define TITLE 512
#define TO_MINUTE 16 /* of "22.11.2026 04:51:01 +04:00" */

/* What is wanted, and of it what is being made. */
struct making {
	const struct wanted *wanted;
	struct maker maker;
};

/* The graph's time: as asked, else its own span up to now. By months it ends with the asked one and
 * has so many before it; by days it begins at a midnight. */
static int
choose_time(struct maker *m, const struct wanted *w, int64_t now_s, struct err *e)
{
	int64_t span = w->last_s > 0 ? w->last_s : m->graph->span / 1000;
	struct period p = { 0 };

	m->to_s = w->to_s > 0 ? w->to_s : now_s;
	m->from_s = w->from_s > 0 ? w->from_s : m->to_s - span;
	if (w->period[0] != '\0') {
		if (period_parse(&p, w->period, e) == -1)
			return -1;
		m->from_s = p.from_s;
		m->to_s = p.to_s;
	}
	maker_begin(m, w->from_s == 0 ? span : 0);
	if (m->from_s < 1 || m->to_s <= m->from_s)
		return err_set(e, "that is no time");
	if (m->to_s - m->from_s > WANTED_SPAN_MAX_S + 366 * 86400)
		return err_set(e, "that is more than 10 years");
	return 0;
}

/* What it is of. */
static int
choose_place(struct maker *m, const struct wanted *w, struct err *e)
{
	const char *scope = m->graph->scope;

	if (w->zone[0] != '\0' && (m->zone = site_zone(m->plant->site, w->zone)) == NULL)
		return err_set(e, "there is no zone \"%s\"", w->zone);
	if (w->node[0] != '\0' && (m->node = site_node(m->plant->site, w->node)) == NULL)
		return err_set(e, "there is no node \"%s\"", w->node);
	if (strcmp(scope, "zone") == 0 && m->zone == NULL)
		return err_set(e, "%s is the graph of a zone: say which", w->name);
	if (strcmp(scope, "node") == 0 && m->node == NULL)
		return err_set(e, "%s is the graph of a node: say which", w->name);
	return 0;
}

/* "oktyabr 2026", else "15.11.2026 19:04 – 16.11.2026 19:04", or days where there are many. */
static void
write_time(const struct making *g, char *dst, size_t size)
{
	const struct maker *m = &g->maker;
	enum lang l = m->lang;
	struct period p;
	struct err e;
	char from[64], to[64];

	if (g->wanted->period[0] != '\0' && period_parse(&p, g->wanted->period, &e) == 0 &&
	    p.from_s == m->from_s) {
		period_title(&p, dst, size, l);
		return;
	}
	if (m->to_s - m->from_s >= 8 * 86400) {
		lang_date(from, sizeof from, m->from_s * 1000, l);
		lang_date(to, sizeof to, (m->to_s - 1) * 1000, l);
	} else {
		lang_time(from, sizeof from, m->from_s * 1000, l);
		lang_time(to, sizeof to, m->to_s * 1000, l);
		from[TO_MINUTE] = to[TO_MINUTE] = '\0';
	}
	snprintf(dst, size, "%s – %s", from, to);
}

/* Draws the parts under their title. */
static int
draw(struct buf *b, const struct making *g, struct err *e)
{
	static const enum chart_format formats[] = { CHART_SVG, CHART_PNG, CHART_PDF };
	const struct maker *m = &g->maker;
	const struct conf_graph *graph = m->graph;
	struct chart *charts[MAKER_PANELS] = { 0 };
	const struct chart *view[MAKER_PANELS];
	char title[TITLE], when[160];
	size_t n = 0;

	for (size_t i = 0; i < graph->panels.n && i < MAKER_PANELS; i++) {
		charts[n] = maker_panel(m, i);
		view[n] = charts[n];
		n += charts[n] != NULL;
	}
	maker_title(m, definition_text(m->lang, graph->title, graph->title_az, graph->title_ru),
	    title, sizeof title);
	write_time(g, when, sizeof when);
	struct chart_sheet sheet = { .title = title,
		.below = when,
		.charts = view,
		.ncharts = n,
		.columns = (unsigned)graph->columns,
		.width = g->wanted->width,
		.height = g->wanted->height };
	int rc = n == 0 ? err_set(e, "%s: there is nothing to be shown", m->name)
			: chart_sheet(b, &sheet, formats[g->wanted->format], e);
	for (size_t i = 0; i < n; i++)
		chart_free(charts[i]);
	return rc;
}

int
maker_draw(struct buf *b, const struct wanted *w, const struct conf_collector *conf, int64_t now_s,
    struct err *e)
{
	struct making g = { .wanted = w, .maker = { .lang = w->lang, .name = w->name } };
	struct maker *m = &g.maker;
	struct conf_graph *graph = NULL;
	struct plant *plant = NULL;

	int rc = definition_load(&graph, &conf->report.graphs, w->name, e);
	m->graph = graph;
	if (rc == 0)
		rc = choose_time(m, w, now_s, e);
	if (rc == 0)
		rc = plant_open(&plant, conf, e);
	m->plant = plant;
	if (rc == 0)
		rc = choose_place(m, w, e);
	if (rc == 0)
		rc = maker_read(m, e);
	if (rc == 0)
		rc = draw(b, &g, e);
	maker_clear(m);
	plant_close(plant);
	definition_free(graph);
	return rc;
}

/* One graph of the list. */
static void
list_one(struct json *j, const char *name, const struct conf_texts *dirs, enum lang l)
{
	struct conf_graph *g;
	struct err e;

	json_object(j, NULL);
	json_text(j, "name", name);
	if (definition_load(&g, dirs, name, &e) == -1) {
		json_null(j, "title");
		json_null(j, "scope");
		json_null(j, "span_s");
		json_text(j, "error", e.msg);
	} else {
		json_text(j, "title", definition_text(l, g->title, g->title_az, g->title_ru));
		json_text(j, "scope", g->scope);
		json_int(j, "span_s", g->span / 1000);
		json_null(j, "error");
	}
	json_end(j);
	definition_free(g);
}

void
maker_list(struct buf *b, const struct conf_collector *conf, enum lang l)
{
	char(*names)[DEFINITION_NAME] = xcalloc(DEFINITION_MOST, sizeof *names);
	size_t n = definition_names(names, &conf->report.graphs);
	struct json j = json_over(b);

	json_object(&j, NULL);
	json_array(&j, "graphs");
	for (size_t i = 0; i < n; i++)
		list_one(&j, names[i], &conf->report.graphs, l);
	json_end(&j);
	json_end(&j);
	buf_u8(b, '\n');
	free(names);
}

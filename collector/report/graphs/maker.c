/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what is wanted to a picture: when, of what, then part by part. */
#include "collector/report/graphs/maker.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/annals.h"
#include "collector/report/figures/availability.h"
#include "collector/report/figures/period.h"
#include "collector/report/figures/plant.h"
#include "collector/report/graphs/maker_int.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/day.h"
#include "zw/json.h"
#include "zw/str.h"

#define PANELS_MOST 12
#define TITLE 512
#define TO_MINUTE 16 /* of "22.11.2026 04:51:01 +04:00" */

bool
maker_has(const struct maker *m, const struct node *n)
{
	return m->node == NULL || n == m->node || n->parent == m->node;
}

/* Whether any part goes by this: "day", "month"; a calendar by days. */
static bool
goes_by(const struct conf_graph *g, const char *what)
{
	const struct conf_graph_panel *p = g->panels.v;

	for (size_t i = 0; i < g->panels.n; i++)
		if (strcmp(p[i].by, what) == 0 ||
		    (strcmp(what, "day") == 0 && strcmp(p[i].kind, "calendar") == 0))
			return true;
	return false;
}

/* Whether any part needs what the history says. */
static bool
needs_annals(const struct conf_graph *g)
{
	const struct conf_graph_panel *p = g->panels.v;

	for (size_t i = 0; i < g->panels.n; i++)
		if (strcmp(p[i].kind, "calendar") == 0 ||
		    (p[i].marks && strcmp(p[i].kind, "bars") != 0))
			return true;
	return false;
}

/* The graph's time: as asked, else its own span up to now. By months it ends with the asked one and
 * has so many before it; by days it begins at a midnight. */
static int
choose_time(struct maker *m, int64_t now_s, struct err *e)
{
	const struct wanted *w = m->wanted;
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
	if (goes_by(m->graph, "month") && w->from_s == 0)
		m->from_s = day_first(m->to_s - 1, 1 - (int)((span + 86400) / (30 * 86400)));
	if (goes_by(m->graph, "day") || goes_by(m->graph, "month"))
		m->from_s = day_midnight(m->from_s, 0);
	if (m->from_s < 1 || m->to_s <= m->from_s)
		return err_set(e, "that is no time");
	if (m->to_s - m->from_s > WANTED_SPAN_MAX_S + 366 * 86400)
		return err_set(e, "that is more than 10 years");
	return 0;
}

/* What it is of. */
static int
choose_place(struct maker *m, struct err *e)
{
	const struct wanted *w = m->wanted;
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

void
maker_title(const struct maker *m, const char *from, char *dst, size_t size)
{
	char step[64] = "";
	size_t n = 0;

	lang_duration(step, sizeof step, m->step_s * 1000, m->wanted->lang);
	const char *site = site_title(m->plant->site);
	const struct zone *z = m->zone != NULL ? m->zone : m->node != NULL ? m->node->zone : NULL;
	const struct {
		const char *name, *value;
	} words[] = { { "{zone}", z != NULL ? z->title : site },
		{ "{node}", m->node != NULL ? m->node->title : site },
		{ "{site}", m->zone != NULL ? m->zone->title : site }, { "{step}", step } };
	while (*from != '\0' && n + 1 < size) {
		size_t i = 0;
		while (i < 4 && strncmp(from, words[i].name, strlen(words[i].name)) != 0)
			i++;
		if (i == 4) {
			dst[n++] = *from++;
			continue;
		}
		int k = snprintf(dst + n, size - n, "%s", words[i].value);
		n = k < 0 || (size_t)k >= size - n ? size - 1 : n + (size_t)k;
		from += strlen(words[i].name);
	}
	dst[n] = '\0';
}

/* "oktyabr 2026", else "15.11.2026 19:04 – 16.11.2026 19:04", or days where there are many. */
static void
write_time(const struct maker *m, char *dst, size_t size)
{
	enum lang l = m->wanted->lang;
	struct period p;
	struct err e;
	char from[64], to[64];

	if (m->wanted->period[0] != '\0' && period_parse(&p, m->wanted->period, &e) == 0 &&
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

/* One part; *out stays NULL of a calendar without rows, beside others that may have some. */
static int
make_panel(struct chart **out, struct maker *m, const struct conf_graph_panel *p, struct err *e)
{
	*out = NULL;
	if (strcmp(p->kind, "calendar") != 0) {
		*out = panel_lines(m, p);
		return 0;
	}
	if (panel_calendar(out, m, p, e) == -1)
		return -1;
	if ((*out)->nlines == 0 && m->graph->panels.n > 1) {
		chart_free(*out);
		*out = NULL;
	}
	return 0;
}

/* Makes all parts. */
static int
make_panels(struct maker *m, struct chart *charts[PANELS_MOST], size_t *n, struct err *e)
{
	const struct conf_graph_panel *p = m->graph->panels.v;
	int rc = 0;

	*n = 0;
	for (size_t i = 0; rc == 0 && i < m->graph->panels.n && i < PANELS_MOST; i++) {
		rc = make_panel(&charts[*n], m, &p[i], e);
		if (rc == 0 && charts[*n] != NULL)
			++*n;
	}
	if (rc == 0 && *n == 0)
		rc = err_set(e, "%s: there is nothing to be shown", m->wanted->name);
	return rc;
}

/* Draws the parts under their title. */
static int
draw(struct buf *b, struct maker *m, struct err *e)
{
	static const enum chart_format formats[] = { CHART_SVG, CHART_PNG, CHART_PDF };
	const struct conf_graph *g = m->graph;
	struct chart *charts[PANELS_MOST] = { 0 };
	const struct chart *view[PANELS_MOST];
	char title[TITLE], when[160];
	size_t n = 0;

	int rc = make_panels(m, charts, &n, e);
	for (size_t i = 0; i < n; i++)
		view[i] = charts[i];
	maker_title(m, definition_text(m->wanted->lang, g->title, g->title_az, g->title_ru), title,
	    sizeof title);
	write_time(m, when, sizeof when);
	struct chart_sheet sheet = { .title = title,
		.below = when,
		.charts = view,
		.ncharts = n,
		.columns = (unsigned)g->columns,
		.width = m->wanted->width,
		.height = m->wanted->height };
	if (rc == 0)
		rc = chart_sheet(b, &sheet, formats[m->wanted->format], e);
	for (size_t i = 0; i < n; i++)
		chart_free(charts[i]);
	return rc;
}

int
maker_draw(struct buf *b, const struct wanted *w, const struct conf_collector *conf, int64_t now_s,
    struct err *e)
{
	struct maker m = { .wanted = w };
	struct conf_graph *graph = NULL;
	struct plant *plant = NULL;
	char path[PATH_MAX];

	int rc = definition_load(&graph, &conf->report.graphs, w->name, e);
	m.graph = graph;
	if (rc == 0)
		rc = choose_time(&m, now_s, e);
	if (rc == 0)
		rc = plant_open(&plant, conf, e);
	m.plant = plant;
	if (rc == 0)
		rc = choose_place(&m, e);
	if (rc == 0 && needs_annals(graph)) {
		collector_conf_path(conf, "history.db", path, sizeof path);
		rc = annals_read(&m.annals, path, m.from_s * 1000, m.to_s * 1000, e);
		if (rc == 0)
			annals_add_windows(m.annals, conf);
	}
	if (rc == 0)
		rc = draw(b, &m, e);
	availability_free(m.availability);
	annals_free(m.annals);
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each definition that has a section is a graph of the report's zone or site, or one of each zone;
 * its parts are charts by themselves. */
#include "collector/report/graphs/gallery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/period.h"
#include "collector/report/figures/plant.h"
#include "collector/report/graphs/maker_int.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/str.h"

/* A part of a graph. */
struct item {
	const struct maker *maker;
	size_t panel;
};

struct gallery {
	struct gallery_of of;
	char (*names)[DEFINITION_NAME];
	struct conf_graph *graphs[DEFINITION_MOST]; /* those of a section */
	size_t ngraphs;
	struct maker **makers;
	size_t nmakers;
	struct item *items;
	size_t nitems;
};

/* Reads one graph, and takes note of its parts. */
static void
add_maker(struct gallery *g, const char *name, const struct conf_graph *graph, const struct zone *z)
{
	struct maker *m = xcalloc(1, sizeof *m);
	const struct gallery_of *of = &g->of;
	struct err e;

	m->name = name;
	m->graph = graph;
	m->plant = of->plant;
	m->zone = z;
	m->from_s = of->period->from_s;
	m->to_s = of->period->to_s;
	maker_begin(m, graph->span / 1000);
	if (m->from_s == of->period->from_s) {
		m->annals = of->annals;
		m->availability = z == of->zone ? of->availability : NULL;
	}
	g->makers = xreallocarray(g->makers, g->nmakers + 1, sizeof(struct maker *));
	g->makers[g->nmakers++] = m;
	if (maker_read(m, &e) == -1) {
		log_warnx("graphs", "%s is left out of the report: %s", name, e.msg);
		return;
	}
	for (size_t i = 0; i < graph->panels.n && i < MAKER_PANELS; i++)
		if (maker_known(m, i)) {
			g->items = xreallocarray(g->items, g->nitems + 1, sizeof *g->items);
			g->items[g->nitems++] = (struct item){ m, i };
		}
}

/* A definition's graphs. */
static void
add_graph(struct gallery *g, const char *name, struct conf_graph *graph)
{
	const struct site *site = g->of.plant->site;
	bool each = strcmp(graph->report_each, "zone") == 0 || strcmp(graph->scope, "zone") == 0;

	g->graphs[g->ngraphs++] = graph;
	if (!each || g->of.zone != NULL) {
		add_maker(g, name, graph, g->of.zone);
		return;
	}
	for (size_t i = 0; i < site_nzones(site); i++)
		add_maker(g, name, graph, site_zone_at(site, i));
}

struct gallery *
gallery_new(const struct gallery_of *of)
{
	const struct conf_texts *dirs = &of->plant->conf->report.graphs;
	struct gallery *g = xcalloc(1, sizeof *g);
	struct conf_graph *graph;
	struct err e;

	g->of = *of;
	g->names = xcalloc(DEFINITION_MOST, sizeof *g->names);
	size_t n = definition_names(g->names, dirs);
	for (size_t i = 0; i < n; i++) {
		if (definition_load(&graph, dirs, g->names[i], &e) == -1)
			log_warnx("graphs", "%s is left out of the report: %s", g->names[i], e.msg);
		else if (graph->report == NULL)
			definition_free(graph);
		else
			add_graph(g, g->names[i], graph);
	}
	return g;
}

void
gallery_free(struct gallery *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->nmakers; i++) {
		maker_clear(g->makers[i]);
		free(g->makers[i]);
	}
	for (size_t i = 0; i < g->ngraphs; i++)
		definition_free(g->graphs[i]);
	free(g->makers);
	free(g->items);
	free(g->names);
	free(g);
}

size_t
gallery_size(const struct gallery *g)
{
	return g == NULL ? 0 : g->nitems;
}

/* "zone-temperature", "zone-temperature-A", and of several parts the number. */
static void
write_id(char dst[GALLERY_ID], const struct gallery *g, const struct item *it)
{
	const struct maker *m = it->maker;
	bool zone = m->zone != NULL && m->zone != g->of.zone;
	char part[24] = "";

	if (m->graph->panels.n > 1)
		snprintf(part, sizeof part, "-%zu", it->panel + 1);
	snprintf(
	    dst, GALLERY_ID, "%s%s%s%s", m->name, zone ? "-" : "", zone ? m->zone->name : "", part);
}

/* The graph's title, then its part's. */
static void
write_caption(char dst[GALLERY_CAPTION], const struct maker *m, const char *part)
{
	char title[GALLERY_CAPTION / 2];

	maker_title(m,
	    definition_text(m->lang, m->graph->title, m->graph->title_az, m->graph->title_ru),
	    title, sizeof title);
	snprintf(dst, GALLERY_CAPTION, "%s%s%.250s", title,
	    part == NULL     ? ""
	    : part[0] == '(' ? " "
			     : " – ",
	    part == NULL ? "" : part);
}

bool
gallery_chart(
    struct gallery_chart *to, const struct gallery *g, size_t i, const char *section, enum lang l)
{
	const struct item *it = &g->items[i];
	struct maker m = *it->maker;
	const struct conf_graph_panel *p =
	    (const struct conf_graph_panel *)m.graph->panels.v + it->panel;

	m.lang = l;
	if (strcmp(m.graph->report, section) != 0 ||
	    (to->chart = maker_panel(&m, it->panel)) == NULL)
		return false;
	write_id(to->id, g, it);
	write_caption(to->caption, &m, to->chart->title);
	free(to->chart->title);
	to->chart->title = NULL; /* the caption says it */
	bool by_time = strcmp(p->by, "time") == 0 && m.rows[it->panel] != NULL;
	to->step_s = !by_time				    ? 0
		     : m.step_s > m.rows[it->panel]->step_s ? m.step_s
							    : m.rows[it->panel]->step_s;
	to->year = m.from_s != g->of.period->from_s;
	to->share = m.graph->columns > 1 ? 0.5 : 1;
	return true;
}

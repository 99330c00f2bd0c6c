/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A graph's time, and all that its parts are of: read once, whatever languages it is told in. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/annals.h"
#include "collector/report/figures/availability.h"
#include "collector/report/figures/plant.h"
#include "collector/report/graphs/maker_int.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/day.h"

#define FINE_S (100 * 86400)

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

bool
maker_by_month(const struct maker *m)
{
	return goes_by(m->graph, "month");
}

void
maker_begin(struct maker *m, int64_t span_s)
{
	if (maker_by_month(m) && span_s > 0)
		m->from_s = day_first(m->to_s - 1, 1 - (int)((span_s + 86400) / (30 * 86400)));
	if (goes_by(m->graph, "day") || maker_by_month(m))
		m->from_s = day_midnight(m->from_s, 0);
}

/* Whether any part is a calendar. */
static bool
has_calendar(const struct conf_graph *g)
{
	const struct conf_graph_panel *p = g->panels.v;

	for (size_t i = 0; i < g->panels.n; i++)
		if (strcmp(p[i].kind, "calendar") == 0)
			return true;
	return false;
}

/* What the history says, where it is needed. */
static int
read_annals(struct maker *m, struct err *e)
{
	const struct conf_collector *conf = m->plant->conf;
	char path[PATH_MAX];

	if (m->annals != NULL || !needs_annals(m->graph))
		return 0;
	collector_conf_path(conf, "history.db", path, sizeof path);
	if (annals_read_brief(&m->own_annals, path, m->from_s * 1000, m->to_s * 1000, e) == -1)
		return -1;
	annals_add_windows(m->own_annals, conf);
	m->annals = m->own_annals;
	return 0;
}

/* What was up when, where it is needed. */
static int
read_availability(struct maker *m, struct err *e)
{
	struct period period = { PERIOD_DAYS, m->from_s, m->to_s };
	struct figures_ask ask = {
		.plant = m->plant, .zone = m->zone, .period = &period, .annals = m->annals
	};
	/* A picture of days wants no minutes where there are many. */
	ask.step_s = m->to_s - m->from_s > FINE_S ? 3600 : 0;

	if (m->availability != NULL || !has_calendar(m->graph))
		return 0;
	if (availability_new(&m->own_availability, &ask, e) == -1)
		return -1;
	m->availability = m->own_availability;
	return 0;
}

int
maker_read(struct maker *m, struct err *e)
{
	const struct conf_graph_panel *p = m->graph->panels.v;

	if (read_annals(m, e) == -1 || read_availability(m, e) == -1)
		return -1;
	for (size_t i = 0; i < m->graph->panels.n && i < MAKER_PANELS; i++)
		if (strcmp(p[i].kind, "calendar") != 0)
			m->rows[i] = panel_rows_new(m, &p[i]);
	return 0;
}

void
maker_clear(struct maker *m)
{
	for (size_t i = 0; i < MAKER_PANELS; i++) {
		panel_rows_free(m->rows[i]);
		m->rows[i] = NULL;
	}
	availability_free(m->own_availability);
	annals_free(m->own_annals);
	m->own_availability = NULL;
	m->own_annals = NULL;
}

struct chart *
maker_panel(const struct maker *m, size_t i)
{
	const struct conf_graph_panel *p = (const struct conf_graph_panel *)m->graph->panels.v + i;
	struct chart *c;

	if (strcmp(p->kind, "calendar") != 0)
		return panel_lines(m, p, m->rows[i]);
	c = panel_calendar(m, p);
	if (c->nlines > 0 || m->graph->panels.n == 1)
		return c;
	chart_free(c); /* beside others that may have some */
	return NULL;
}

bool
maker_known(const struct maker *m, size_t i)
{
	const struct conf_graph_panel *p = (const struct conf_graph_panel *)m->graph->panels.v + i;

	return strcmp(p->kind, "calendar") == 0 || panel_rows_known(m->rows[i]);
}

void
maker_title(const struct maker *m, const char *from, char *dst, size_t size)
{
	char step[64] = "";
	size_t n = 0;

	lang_duration(step, sizeof step, m->step_s * 1000, m->lang);
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

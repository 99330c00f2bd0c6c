/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floor and the racks. Which inlet counts, and when it is warm, map.c says for the mails too.
 * Colours are the style sheet's, by class; each is told by a sign and a number besides. */
#include "collector/web/pages/floor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "collector/report/map.h"
#include "collector/site/measure.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "zw/alloc.h"
#include "zw/units.h"

#define RACK_WIDTH 74
#define RACK_HEIGHT 62
#define GAP 6
#define AISLE 26
#define MOST_IN_ROW 6 /* more stand in two rows that face each other */
#define MAX_UNITS 12

#define UNIT_HEIGHT 13
#define UNIT_WIDTH 168
#define UNITS_DEFAULT 42

static const char *const heat_words[] = { "unknown", "cold", "good", "warm", "hot" };
static const char *const heat_signs[] = { "?", "▼", "", "▲", "✕" };

/* One rack, as a link to what stands in it. */
static void
put_rack(struct buf *b, enum lang l, const struct map *m, const struct map_rack *r, int x, int y)
{
	html_raw(b, "<a href=\"#rack-");
	html_query(b, r->name);
	html_raw(b, "\"><title>");
	page_sayf(b, l, "rack %s", r->name);
	html_textf(b, ": %s °C, %s", r->value, m->legend[r->heat]);
	html_raw(b, "</title><rect class=\"heat ");
	html_raw(b, heat_words[r->heat]);
	html_raw(b, "\"");
	char text[160];
	snprintf(text, sizeof text, " x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>", x,
	    y, RACK_WIDTH, RACK_HEIGHT);
	html_raw(b, text);
	snprintf(text, sizeof text, "<text class=\"rack-name\" x=\"%d\" y=\"%d\">", x + 8, y + 18);
	html_raw(b, text);
	html_text(b, r->name);
	snprintf(text, sizeof text, "</text><text class=\"rack-sign\" x=\"%d\" y=\"%d\">%s</text>",
	    x + RACK_WIDTH - 8, y + 18, heat_signs[r->heat]);
	html_raw(b, text);
	snprintf(text, sizeof text, "<text class=\"rack-value\" x=\"%d\" y=\"%d\">", x + 8, y + 47);
	html_raw(b, text);
	html_text(b, r->value);
	html_raw(b, "</text></a>\n");
}

/* The racks: in one row, or in two with the aisle between. */
static void
put_map(struct buf *b, enum lang l, const struct map *m, const struct map_zone *z)
{
	unsigned rows = z->nracks > MOST_IN_ROW ? 2 : 1;
	unsigned across = (z->nracks + rows - 1) / rows;
	int width = (int)across * (RACK_WIDTH + GAP) - GAP;
	int height = (int)rows * RACK_HEIGHT + (rows == 2 ? AISLE : 0);
	char text[200];
	snprintf(text, sizeof text,
	    "<svg class=\"floor\" role=\"group\" width=\"%d\" height=\"%d\" viewBox=\"-1 -1 %d "
	    "%d\" aria-label=\"",
	    width + 2, height + 2, width + 2, height + 2);
	html_raw(b, text);
	page_say(b, l, N_("Racks by their hottest inlet"));
	html_raw(b, "\">\n");
	for (unsigned i = 0; i < z->nracks; i++)
		put_rack(b, l, m, &z->racks[i], (int)(i % across) * (RACK_WIDTH + GAP),
		    i < across ? 0 : RACK_HEIGHT + AISLE);
	if (rows == 2) {
		snprintf(text, sizeof text, "<text class=\"aisle\" x=\"%d\" y=\"%d\">", width / 2,
		    RACK_HEIGHT + AISLE / 2 + 4);
		html_raw(b, text);
		page_say(b, l, N_("aisle"));
		html_raw(b, "</text>\n");
	}
	html_raw(b, "</svg>\n");
}

/* What the colours and signs mean. */
static void
put_legend(struct buf *b, const struct map *m)
{
	html_raw(b, "<ul class=\"legend\">\n");
	for (int h = MAP_HOT; h >= MAP_UNKNOWN; h--) {
		html_raw(b, "<li><span class=\"swatch ");
		html_raw(b, heat_words[h]);
		html_raw(b, "\" aria-hidden=\"true\">");
		html_raw(b, heat_signs[h]);
		html_raw(b, "</span> ");
		html_text(b, m->legend[h]);
		html_raw(b, "</li>\n");
	}
	html_raw(b, "</ul>\n");
}

/* The cooling units beside the racks: whether each cools. */
static void
put_coolers(
    struct buf *b, const struct collector *c, const struct request *rq, const struct zone *z)
{
	size_t n = 0;
	for (size_t i = 0; i < site_nnodes(c->site) && n < MAX_UNITS; i++) {
		const struct node *node = site_node_at(c->site, i);
		int64_t off_ms;
		if (node->role != ROLE_COOLING || !site_serves(node, z))
			continue;
		if (n++ == 0)
			html_raw(b, "<ul class=\"coolers\">\n");
		bool silent = site_is_stale(node, rq->steady_ms);
		bool cools = engine_cools(c->engine, node, &off_ms);
		enum view_state s = !cools ? VIEW_CRITICAL : silent ? VIEW_STALE : VIEW_OK;
		html_raw(b, "<li class=\"cooler ");
		html_raw(b, view_word(s));
		html_raw(b, "\"><span aria-hidden=\"true\">");
		html_raw(b, view_sign(s));
		html_raw(b, "</span> <a href=\"/node/");
		html_query(b, node->name);
		html_raw(b, "\">");
		html_text(b, node->title);
		html_raw(b, "</a> <small>");
		page_say(b, rq->lang, !cools ? "does not cool" : silent ? "no data" : "cools");
		if (!cools && off_ms != 0) {
			char since[16];
			lang_clock(since, sizeof since, off_ms);
			since[5] = '\0'; /* without its seconds */
			page_sayf(b, rq->lang, ", since %s", since);
		}
		html_raw(b, "</small></li>\n");
	}
	if (n > 0)
		html_raw(b, "</ul>\n");
}

void
floor_put(struct buf *b, const struct collector *c, const struct request *rq, const struct zone *z)
{
	struct err e;
	char *text = map_describe(c->site, c->conf, z, NULL, rq->lang, rq->steady_ms);
	struct map *m = xcalloc(1, sizeof *m);
	bool parsed = text != NULL && map_parse(text, strlen(text), m, &e) == 0;
	for (unsigned i = 0; parsed && i < m->nzones; i++) {
		if (!m->zones[i].marked || m->zones[i].nracks == 0)
			continue;
		html_raw(b, "<div class=\"scroll\" tabindex=\"0\">\n");
		put_map(b, rq->lang, m, &m->zones[i]);
		html_raw(b, "</div>\n");
		put_legend(b, m);
	}
	put_coolers(b, c, rq, z);
	free(m);
	free(text);
}

/* Order from the top of a rack: for qsort(). */
static int
compare_units(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
	if (x->unit != y->unit)
		return x->unit > y->unit ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* A name, cut to what fits. */
static void
put_short(struct buf *b, const char *name)
{
	size_t n = 0, chars = 0;
	for (; name[n] != '\0' && chars < 14; n++)
		chars += ((unsigned char)name[n + 1] & 0xc0) != 0x80;
	html_textf(b, "%.*s%s", (int)n, name, name[n] != '\0' ? "…" : "");
}

/* The hottest live inlet of a node, at the right edge of its place. */
static void
put_inlet(
    struct buf *b, const struct collector *c, const struct request *rq, const struct node *n, int y)
{
	double hottest = NAN;
	char text[UNITS_MAX];
	for (size_t i = 0; !site_is_stale(n, rq->steady_ms) && i < n->nseries; i++) {
		const struct series *se = n->series[i];
		for (unsigned k = 0; k < se->nfields && se->last.time_s != 0; k++)
			if (measure_holds(c->conf, "inlet", se, k) && site_is_plausible(se, k) &&
			    !(hottest >= se->last.values[k]))
				hottest = se->last.values[k];
	}
	if (isnan(hottest))
		return;
	lang_number(text, sizeof text, hottest, 1, rq->lang);
	html_raw(b, "<text class=\"unit-value\" x=\"184\" y=\"");
	html_textf(b, "%d", y);
	html_raw(b, "\">");
	html_textf(b, "%s°", text);
	html_raw(b, "</text>");
}

/* One node at its place in the rack. */
static void
put_unit(struct buf *b, const struct collector *c, const struct request *rq, const struct node *n,
    enum view_state s, unsigned top, unsigned high)
{
	char text[160];
	int y = (int)(top - n->unit - high + 1) * UNIT_HEIGHT;
	html_raw(b, "<a href=\"/node/");
	html_query(b, n->name);
	html_raw(b, "\"><title>");
	html_textf(b, "%s, U%u: ", n->title, n->unit);
	page_say(b, rq->lang, view_phrase(s));
	html_raw(b, "</title><rect class=\"unit ");
	html_raw(b, view_word(s));
	snprintf(text, sizeof text,
	    "\" x=\"22\" y=\"%d\" width=\"%d\" height=\"%u\" rx=\"2\"/><text class=\"unit-name\" "
	    "x=\"40\" y=\"%d\">",
	    y + 1, UNIT_WIDTH, high * UNIT_HEIGHT - 2, y + (int)high * UNIT_HEIGHT / 2 + 4);
	html_raw(b, text);
	put_short(b, n->name);
	snprintf(text, sizeof text,
	    "</text><text class=\"unit-sign %s\" x=\"31\" y=\"%d\">%s</text>", view_word(s),
	    y + (int)high * UNIT_HEIGHT / 2 + 4, view_sign(s));
	html_raw(b, text);
	put_inlet(b, c, rq, n, y + (int)high * UNIT_HEIGHT / 2 + 4);
	html_raw(b, "</a>\n");
}

/* The frame of a rack with its units' numbers. */
static void
put_frame(struct buf *b, unsigned top)
{
	char text[200];
	snprintf(text, sizeof text,
	    "<svg class=\"rack\" role=\"group\" width=\"196\" height=\"%u\" viewBox=\"0 -1 196 "
	    "%u\"><rect class=\"frame\" x=\"18\" y=\"0\" width=\"%d\" height=\"%u\" rx=\"3\"/>\n",
	    top * UNIT_HEIGHT + 2, top * UNIT_HEIGHT + 2, UNIT_WIDTH + 8, top * UNIT_HEIGHT);
	html_raw(b, text);
	for (unsigned u = top / 6 * 6; u > 0; u -= 6) {
		snprintf(text, sizeof text, "<text class=\"unit-no\" x=\"14\" y=\"%u\">%u</text>\n",
		    (top - u) * UNIT_HEIGHT + 10, u);
		html_raw(b, text);
	}
}

/* What stands in a rack and is placed, from the top; the rest below it by name. */
static void
put_rack_nodes(struct buf *b, const struct collector *c, const struct request *rq,
    const struct node **nodes, size_t n, const enum view_state *states)
{
	size_t placed = 0;
	while (placed < n && nodes[placed]->unit > 0)
		placed++;
	unsigned top = UNITS_DEFAULT;
	if (placed > 0 && nodes[0]->unit + 1 > top)
		top = nodes[0]->unit + 1;
	if (placed > 0) {
		put_frame(b, top);
		unsigned above = top + 1; /* where the next one up begins */
		for (size_t i = 0; i < placed; i++) {
			unsigned room = above - nodes[i]->unit;
			if (room > 0)
				put_unit(b, c, rq, nodes[i], states[nodes[i]->index], top,
				    room > 2 ? 2 : room);
			above = nodes[i]->unit;
		}
		html_raw(b, "</svg>\n");
	}
	if (placed == n)
		return;
	html_raw(b, "<ul class=\"unplaced\">\n");
	for (size_t i = placed; i < n; i++) {
		html_raw(b, "<li><a class=\"chip ");
		html_raw(b, view_word(states[nodes[i]->index]));
		html_raw(b, "\" href=\"/node/");
		html_query(b, nodes[i]->name);
		html_raw(b, "\">");
		html_textf(b, "%s %s", view_sign(states[nodes[i]->index]), nodes[i]->name);
		html_raw(b, "</a></li>\n");
	}
	html_raw(b, "</ul>\n");
}

/* One rack of the zone; rack NULL: what stands in none. */
static void
put_elevation(struct buf *b, const struct collector *c, const struct request *rq,
    const struct zone *z, const char *rack, const enum view_state *states)
{
	const struct node **nodes = xcalloc(z->nnodes + 1, sizeof *nodes);
	size_t n = 0;
	for (size_t i = 0; i < z->nnodes; i++) {
		const char *own = z->nodes[i]->rack;
		if (z->nodes[i]->kind != NODE_LINK &&
		    (rack == NULL ? own == NULL : own != NULL && strcmp(own, rack) == 0))
			nodes[n++] = z->nodes[i];
	}
	qsort(nodes, n, sizeof *nodes, compare_units);
	if (n > 0 || rack != NULL) {
		html_raw(b, "<section class=\"elevation\" id=\"rack-");
		html_query(b, rack != NULL ? rack : "");
		html_raw(b, "\">\n<h3>");
		html_text(b, rack != NULL ? rack : lang_text(rq->lang, N_("In no rack")));
		html_raw(b, "</h3>\n");
		put_rack_nodes(b, c, rq, nodes, n, states);
		html_raw(b, "</section>\n");
	}
	free(nodes);
}

/* Whether an earlier node of the zone stands in the same rack. */
static bool
is_known(const struct zone *z, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (z->nodes[k]->rack != NULL && strcmp(z->nodes[k]->rack, z->nodes[i]->rack) == 0)
			return true;
	return false;
}

void
floor_racks(struct buf *b, const struct collector *c, const struct request *rq,
    const struct zone *z, const enum view_state *states)
{
	html_raw(b, "<div class=\"elevations\">\n");
	for (size_t i = 0; i < z->nracks; i++)
		put_elevation(b, c, rq, z, z->racks[i], states);
	for (size_t i = 0; z->nracks == 0 && i < z->nnodes; i++)
		if (z->nodes[i]->rack != NULL && !is_known(z, i))
			put_elevation(b, c, rq, z, z->nodes[i]->rack, states);
	put_elevation(b, c, rq, z, NULL, states);
	html_raw(b, "</div>\n");
}

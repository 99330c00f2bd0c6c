/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first page: what is wrong now, then the zones and the links as tiles. One glance must say
 * which zone is ill and why, so the bad comes first and what is in order is small. */
#include "collector/web/pages/overview.h"

#include <stdlib.h>

#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/pages/html.h"
#include "collector/web/pages/page.h"
#include "collector/web/pages/problem.h"
#include "collector/web/pages/tile.h"
#include "collector/web/view.h"

/* How many nodes send, and when anything came last (steady; 0: never). */
static size_t
senders(const struct collector *c, const struct request *rq, size_t *all, int64_t *last_ms)
{
	size_t n = 0;
	*all = 0;
	*last_ms = 0;
	for (size_t i = 0; i < site_nnodes(c->site); i++) {
		const struct node *node = site_node_at(c->site, i);
		if (node->kind == NODE_SUMMARY)
			continue;
		++*all;
		n += node->seen_ms != 0 && !site_is_stale(node, rq->steady_ms);
		if (node->seen_ms > *last_ms)
			*last_ms = node->seen_ms;
	}
	return n;
}

/* Nothing is wrong: how well that is known. */
static void
put_calm(struct buf *b, const struct collector *c, const struct request *rq)
{
	size_t all;
	int64_t last_ms;
	size_t n = senders(c, rq, &all, &last_ms);
	bool well = view_site(c, rq->steady_ms) == VIEW_OK;
	html_raw(b, well ? "<div class=\"calm well\">\n<p class=\"big\">✓ "
			 : "<div class=\"calm\">\n<p class=\"big\">");
	page_say(b, rq->lang, well ? N_("Nothing is wrong") : N_("No open problem"));
	html_raw(b, "</p>\n<p>");
	page_sayf(b, rq->lang, N_("%zu of %zu nodes send."), n, all);
	if (last_ms != 0) {
		html_raw(b, " ");
		page_say(b, rq->lang, N_("The newest value came"));
		html_raw(b, " ");
		page_ago(b, rq->lang, rq->wall_ms - (rq->steady_ms - last_ms), rq->wall_ms);
	}
	html_raw(b, "</p>\n</div>\n");
}

/* The zones and links. */
static void
put_tiles(struct buf *b, const struct collector *c, const struct request *rq)
{
	enum view_state *states = tile_states(c, rq->steady_ms);
	html_raw(b, "<div class=\"tiles\">\n");
	for (size_t i = 0; i < site_nzones(c->site); i++)
		tile_zone(b, c, rq, site_zone_at(c->site, i), states);
	html_raw(b, "</div>\n<div class=\"tiles below\">\n");
	tile_zone(b, c, rq, NULL, states);
	tile_links(b, c, rq, states);
	html_raw(b, "</div>\n");
	free(states);
}

int
overview_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;
	page_begin(re, c, rq,
	    &(struct page){
		.title = lang_text(rq->lang, N_("Problems")), .here = "/", .live = "problems" });
	html_raw(b, "<h1 class=\"unseen\">");
	page_say(b, rq->lang, "Problems");
	html_raw(b, "</h1>\n<div id=\"now\">\n");
	size_t at = b->len;
	size_t n = problem_list(b, c, rq, NULL);
	if (n == 0) {
		/* The calm comes before what is silenced. */
		struct buf below = { 0 };
		buf_put(&below, b->data + at, b->len - at);
		b->len = at;
		put_calm(b, c, rq);
		buf_put(b, below.data, below.len);
		buf_free(&below);
	}
	html_raw(b, "</div>\n<h2>");
	page_say(b, rq->lang, N_("Zones and links"));
	html_raw(b, "</h2>\n");
	put_tiles(b, c, rq);
	page_end(b);
	return 200;
}

int
overview_zones(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct buf *b = &re->body;
	page_begin(re, c, rq,
	    &(struct page){
		.title = lang_text(rq->lang, N_("Zones")), .here = "/zones", .live = "problems" });
	html_raw(b, "<h1>");
	page_say(b, rq->lang, "Zones");
	html_raw(b, "</h1>\n<h2 class=\"unseen\">");
	page_say(b, rq->lang, "Zones and links");
	html_raw(b, "</h2>\n");
	put_tiles(b, c, rq);
	page_end(b);
	return 200;
}

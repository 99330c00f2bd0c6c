/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of the wall. A turn finds once what several pieces want (what each node is like, who
 * is silenced), and each file puts its pieces. Numbers are rounded to what the screen shows, so
 * that a piece changes only when the picture does. */
#include "collector/web/wall.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/alert/silence.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/notify/notify.h"
#include "collector/alert/text_reason.h"
#include "collector/web/wall_int.h"
#include "zw/alloc.h"

struct wall *
wall_new(struct event_base *base, const struct collector *c)
{
	struct wall *w = xcalloc(1, sizeof *w);
	w->c = c;
	w->index = wall_index_new(c);
	w->trends = wall_trends_new(base, c);
	return w;
}

void
wall_free(struct wall *w)
{
	if (w == NULL)
		return;
	wall_trends_free(w->trends);
	wall_index_free(w->index);
	free(w);
}

/* The wall time of a moment of the steady clock; 0 of 0. */
static int64_t
moment(const struct live_view *v, int64_t steady_ms)
{
	return steady_ms == 0 ? 0 : v->wall_ms - (v->steady_ms - steady_ms);
}

void
wall_number(struct json *j, const char *key, double value, int decimals)
{
	double scale = pow(10, decimals);
	json_number(j, key, isfinite(value) ? round(value * scale) / scale : NAN);
}

bool
wall_is_shown(const struct zone *z)
{
	for (size_t i = 0; i < z->nnodes; i++)
		if (z->nodes[i]->kind == NODE_SERVER || z->nodes[i]->kind == NODE_DEVICE)
			return true;
	return z->nnodes == 0;
}

/* Collects what is in force. */
static void
find_silences(struct wall_turn *t)
{
	const struct silences *all = t->view->c->silences;
	size_t n = all != NULL ? silences_count(all) : 0;
	for (size_t i = 0; i < n && t->nsilences < WALL_MAX_SILENCES; i++) {
		const struct silence *s = silences_at(all, i);
		if (silence_is_active(s, t->view->wall_ms))
			t->silences[t->nsilences++] = s;
	}
}

/* Whether a silence covers all of a node, not only one of its series or rules. */
static bool
covers_node(const struct silence *s, const struct node *n)
{
	const char *zone = n->zone != NULL ? n->zone->name : "site";
	return s->match.source[0] == '\0' && s->match.rule[0] == '\0' &&
	       silence_matches(&s->match, zone, n->name, "", "");
}

/* Whether it fires, or did until a moment ago. */
static bool
is_firing(const struct alert *a)
{
	return a->state == ALERT_FIRING || a->state == ALERT_CLEARING;
}

/* Notes the worst alert of each node. */
static void
find_worst(struct wall_turn *t)
{
	const struct engine *e = t->view->c->engine;
	for (size_t i = 0; i < engine_nalerts(e); i++) {
		const struct alert *a = engine_alert_at(e, i);
		if (!is_firing(a) || (a->flags & ALERT_MUTED) != 0 || a->node[0] == '\0')
			continue;
		const struct node *n = site_node(t->view->c->site, a->node);
		if (n == NULL)
			continue;
		struct wall_tile *tile = &t->tiles[n->index];
		if (tile->worst == NULL || a->severity > tile->worst->severity)
			tile->worst = a;
	}
}

/* What each node is like. */
static void
find_tiles(struct wall_turn *t)
{
	const struct live_view *v = t->view;
	size_t n = site_nnodes(v->c->site);
	t->tiles = xcalloc(n + 1, sizeof *t->tiles);
	find_worst(t);
	for (size_t i = 0; i < n; i++) {
		const struct node *node = site_node_at(v->c->site, i);
		struct wall_tile *tile = &t->tiles[i];
		if (node->kind == NODE_SUMMARY)
			continue;
		tile->state = t->survey.nodes[i].state;
		for (size_t k = 0; k < t->nsilences; k++) {
			if (!covers_node(t->silences[k], node))
				continue;
			tile->muted = true;
			tile->maintenance |= t->silences[k]->kind != SILENCE_SILENCE;
		}
		t->counts.total++;
		t->counts.by[tile->state]++;
		t->muted += tile->muted;
	}
}

/* What an alert is about, as it is now: the live value of its field. One whose condition is gone
 * says nothing else, for what it knows is from then. */
static void
value_now(const struct wall_turn *t, const struct alert *a, char *dst, size_t size)
{
	const struct series *se = a->sid != 0 ? site_series(t->view->c->site, a->sid) : NULL;
	bool past = a->state != ALERT_FIRING || a->clear_ms != 0;
	*dst = '\0';
	if (se != NULL && a->words[0] == '\0' && a->unit != NULL) {
		unsigned k = site_field(se, a->field);
		bool same = k < se->nfields && strcmp(se->fields[k].unit, a->unit) == 0;
		if (same && wall_is_live(se, k, t->view->steady_ms))
			lang_value(dst, size, se->last.values[k], a->unit, t->view->lang);
		if (same)
			return;
	}
	if (!past)
		text_value(dst, size, a, t->view->lang);
}

void
wall_put_tile(struct json *j, const struct wall_turn *t, const struct node *n)
{
	const struct wall_tile *tile = &t->tiles[n->index];
	char value[128] = "";
	json_text(j, "title", n->title);
	json_text(j, "state", view_word(tile->state));
	if (tile->muted)
		json_text(j, "muted", tile->maintenance ? "maintenance" : "silence");
	if (tile->state == VIEW_STALE)
		json_int(j, "seen_ms", moment(t->view, n->seen_ms) / 1000 * 1000);
	if (tile->worst == NULL)
		return;
	if (tile->state > VIEW_STALE)
		value_now(t, tile->worst, value, sizeof value);
	if (value[0] != '\0')
		json_text(j, "value", value);
	json_flag(j, "acked", (tile->worst->flags & ALERT_ACKED) != 0);
}

/* How far local time is from UTC now, in minutes. */
static int64_t
offset_min(int64_t wall_ms)
{
	time_t now = (time_t)(wall_ms / 1000);
	struct tm tm;
	return localtime_r(&now, &tm) != NULL ? tm.tm_gmtoff / 60 : 0;
}

/* What a maintenance is of, and until when: a zone by its title, a node by its pattern. */
static void
put_maintenance(struct json *j, const struct wall_turn *t)
{
	size_t n = 0;
	json_array(j, "maintenance");
	for (size_t i = 0; i < t->nsilences && n < WALL_MAX_MAINTENANCE; i++) {
		const struct silence *s = t->silences[i];
		if (s->kind != SILENCE_MAINTENANCE)
			continue;
		const struct zone *z = site_zone(t->view->c->site, s->match.zone);
		char zone[200] = "";
		n++;
		if (z != NULL)
			text_zone(zone, sizeof zone, z, "", t->view->lang);
		const char *what = s->match.node[0] != '\0' ? s->match.node : zone;
		json_object(j, NULL);
		json_text(j, "what", what[0] != '\0' ? what : s->reason);
		json_int(j, "until_ms", silence_next_ms(s, t->view->wall_ms));
		json_end(j);
	}
	json_end(j);
}

/* What waits to be told to people, and whether anybody is. */
static void
put_mail(struct json *j, const struct collector *c)
{
	const struct notify_stats *s = notify_stats(c->notify);
	json_object(j, "mail");
	json_flag(j, "off", notify_off(c->notify) != NULL);
	json_uint(j, "waiting", s->waiting);
	json_int(j, "oldest_ms", s->waiting > 0 ? s->oldest_ms : 0);
	json_end(j);
}

/* The piece of the site. */
static void
put_site(struct wall_turn *t)
{
	const struct live_view *v = t->view;
	struct json *j = live_begin(t->out, "site");
	json_text(j, "title", site_title(v->c->site));
	json_text(j, "state", view_word(t->survey.all.state));
	json_int(j, "offset_min", offset_min(v->wall_ms));
	json_int(j, "started_ms", v->c->started_ms);
	json_flag(j, "stores", view_stores(v->c));
	json_object(j, "counts");
	for (int s = 0; s < VIEW_NSTATES; s++)
		json_uint(j, view_word((enum view_state)s), t->counts.by[s]);
	json_uint(j, "muted", t->muted);
	json_uint(j, "total", t->counts.total);
	json_end(j);
	wall_count_incidents(j, t);
	put_maintenance(j, t);
	json_uint(j, "silences", t->nsilences);
	put_mail(j, v->c);
	wall_put_energy(j, t);
	live_end(t->out);
}

/* When something of each zone arrived last, by whole seconds: with these the page knows ages. */
static void
put_seen(struct wall_turn *t)
{
	struct json *j = live_begin(t->out, "seen");
	for (size_t i = 0; i < site_nzones(t->view->c->site); i++) {
		const struct zone *z = site_zone_at(t->view->c->site, i);
		int64_t seen_ms = 0;
		for (size_t k = 0; k < z->nnodes; k++)
			if (z->nodes[k]->seen_ms > seen_ms)
				seen_ms = z->nodes[k]->seen_ms;
		if (wall_is_shown(z))
			json_int(j, z->name, moment(t->view, seen_ms) / 1000 * 1000);
	}
	live_end(t->out);
}

bool
wall_knows(const struct collector *c, const char *arg)
{
	(void)c;
	return arg[0] == '\0' || strcmp(lang_word(lang_of(arg)), arg) == 0;
}

void
wall_put(const struct live_view *v, struct live_pieces *out)
{
	struct live_view view = *v;
	struct wall *w = v->c->wall;
	struct wall_turn t = { .view = &view, .wall = w, .out = out };
	if (w == NULL)
		return;
	if (v->arg[0] != '\0')
		view.lang = lang_of(v->arg);
	wall_index_renew(w->index, v->steady_ms);
	survey_take(&t.survey, v->c, v->steady_ms);
	find_silences(&t);
	find_tiles(&t);
	put_site(&t);
	put_seen(&t);
	wall_put_zones(&t);
	wall_put_nodes(&t);
	wall_put_links(&t);
	wall_put_power(&t);
	wall_put_incidents(&t);
	free(t.tiles);
	survey_free(&t.survey);
}

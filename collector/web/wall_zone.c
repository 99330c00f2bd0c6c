/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The zones' pieces: their air with the countdown, what cools them, the last hour, and a tile for
 * each node that is no cooling unit, UPS or link. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/alert/text_reason.h"
#include "collector/site/measure.h"
#include "collector/web/wall_int.h"
#include "zw/str.h"

#define KEY_MAX (NAME_MAX_NODE + 16)
#define MAX_UNITS 12 /* of a zone */

/* Begins the piece of something with a name. */
static struct json *
begin(const struct wall_turn *t, const char *kind, const char *name)
{
	char key[KEY_MAX];
	(void)str_copy(key, sizeof key, kind);
	size_t n = strlen(key);
	(void)str_copy(key + n, sizeof key - n, name);
	return live_begin(t->out, key);
}

/* The value of a cooling unit's field of this name in per cent; NAN: none. */
static double
fan_of(const struct node *n, int64_t steady_ms)
{
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		unsigned k = site_field(se, "fan_speed");
		if (k < se->nfields && strcmp(se->fields[k].unit, "%") == 0 &&
		    wall_is_live(se, k, steady_ms))
			return se->last.values[k];
	}
	return NAN;
}

/* What a unit says of its own mode, "" if nothing. */
static void
mode_of(const struct wall_turn *t, const struct node *n, char *dst, size_t size)
{
	struct metric_state st;
	*dst = '\0';
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		for (unsigned k = 0; k < se->nfields; k++) {
			if (se->fields[k].kind != FIELD_STATE ||
			    !wall_is_live(se, k, t->view->steady_ms) ||
			    !measure_holds(t->view->c->conf, "cools", se, k) ||
			    !site_state(se, k, se->last.values[k], &st))
				continue;
			(void)str_copy(dst, size, st.text);
			return;
		}
	}
}

/* One word for what a unit does: "silent", "run", "standby", "off". */
static const char *
does_what(const struct wall_turn *t, const struct node *n, const char *mode, double fan)
{
	enum view_state state = t->tiles[n->index].state;
	if (state == VIEW_STALE || state == VIEW_NEVER)
		return "silent";
	bool rests = str_covers("*tandby*", mode) || str_covers("*dle*", mode);
	if (!engine_cools(t->view->c->engine, n, NULL))
		return rests ? "standby" : "off";
	return rests || fan <= 0 ? "standby" : "run";
}

/* A cooling unit of a zone. */
static void
put_unit(struct json *j, const struct wall_turn *t, const struct node *n)
{
	char mode[64];
	int64_t off_ms;
	double fan = fan_of(n, t->view->steady_ms);
	mode_of(t, n, mode, sizeof mode);
	json_object(j, NULL);
	json_text(j, "name", n->name);
	wall_put_tile(j, t, n);
	json_text(j, "mode", does_what(t, n, mode, fan));
	if (!engine_cools(t->view->c->engine, n, &off_ms))
		json_int(j, "off_ms", off_ms);
	wall_number(j, "fan", fan, 0);
	json_end(j);
}

/* The units that cool a zone: its own, and those elsewhere that serve it. */
static void
put_units(struct json *j, const struct wall_turn *t, const struct zone *z)
{
	size_t n = 0;
	json_array(j, "units");
	for (size_t i = 0; i < site_nnodes(t->view->c->site) && n < MAX_UNITS; i++) {
		const struct node *node = site_node_at(t->view->c->site, i);
		if (node->role != ROLE_COOLING || !site_serves(node, z))
			continue;
		put_unit(j, t, node);
		n++;
	}
	json_end(j);
}

/* When the limit will be reached, as moments. */
static void
put_countdown(struct json *j, const struct live_view *v, const struct zone_air *a)
{
	if (isnan(a->left_s))
		return;
	int64_t now_s = v->wall_ms / 1000;
	json_object(j, "left");
	json_flag(j, "reached", a->left_s <= 0);
	json_int(j, "at_ms", (now_s + (int64_t)a->left_s) * 1000);
	if (!isnan(a->earliest_s) && a->earliest_s < a->left_s)
		json_int(j, "from_ms", (now_s + (int64_t)a->earliest_s) * 1000);
	if (!isnan(a->latest_s) && a->latest_s > a->left_s && a->latest_s < THERMAL_FAR_S)
		json_int(j, "to_ms", (now_s + (int64_t)a->latest_s) * 1000);
	json_end(j);
}

/* The air, as far as it is measured. */
static void
put_air(struct json *j, const struct wall_turn *t, const struct zone *z)
{
	const struct live_view *v = t->view;
	const struct wall_index *x = t->wall->index;
	const struct zone_air *a = engine_air(v->c->engine, z);
	double dew = wall_index_value(x, z, WALL_DEWPOINT, v->steady_ms);
	if (a != NULL && a->inlets > 0) {
		const struct node *n = site_node(v->c->site, a->node);
		wall_number(j, "inlet", a->hottest, 1);
		json_text(j, "node", a->node);
		json_text(j, "node_title", n != NULL ? n->title : a->node);
		wall_number(j, "rate", fabs(a->rate) < 0.05 ? 0 : a->rate, 1);
		put_countdown(j, v, a);
	}
	if (a != NULL) {
		json_uint(j, "inlets", a->inlets);
		wall_number(j, "limit", a->limit, 1);
		wall_number(j, "supply", a->supply, 1);
		json_uint(j, "cooling", a->units);
		json_uint(j, "off", a->off);
		wall_number(j, "kw", a->power / 1000, 1);
	}
	wall_number(j, "warns", wall_index_warns(x, z), 1);
	wall_number(j, "return", wall_index_value(x, z, WALL_RETURN, v->steady_ms), 1);
	wall_number(j, "dew", dew, 1);
	if (isnan(dew))
		wall_number(j, "humidity", wall_index_value(x, z, WALL_HUMIDITY, v->steady_ms), 0);
}

/* The last hour of a zone. */
static void
put_trend(struct wall_turn *t, const struct zone *z)
{
	double values[WALL_MINUTES];
	int64_t end_ms = wall_trends_of(t->wall->trends, z, t->view->wall_ms, values);
	struct json *j = begin(t, "trend.", z->name);
	json_int(j, "end_ms", end_ms);
	json_array(j, "v");
	for (size_t i = 0; i < WALL_MINUTES; i++)
		wall_number(j, NULL, values[i], 1);
	json_end(j);
	live_end(t->out);
}

void
wall_put_zones(struct wall_turn *t)
{
	unsigned place = 0;
	for (size_t i = 0; i < site_nzones(t->view->c->site); i++) {
		const struct zone *z = site_zone_at(t->view->c->site, i);
		char title[200];
		if (!wall_is_shown(z))
			continue;
		text_zone(title, sizeof title, z, "", t->view->lang);
		struct json *j = begin(t, "zone.", z->name);
		json_uint(j, "place", place++);
		json_text(j, "title", title);
		json_text(j, "state", view_word(t->survey.zones[z->index].state));
		put_air(j, t, z);
		put_units(j, t, z);
		live_end(t->out);
		put_trend(t, z);
	}
}

void
wall_put_nodes(struct wall_turn *t)
{
	for (size_t i = 0; i < site_nnodes(t->view->c->site); i++) {
		const struct node *n = site_node_at(t->view->c->site, i);
		if (n->kind == NODE_SUMMARY || n->kind == NODE_LINK || n->role == ROLE_COOLING ||
		    n->role == ROLE_UPS)
			continue;
		struct json *j = begin(t, "node.", n->name);
		json_uint(j, "place", i);
		json_text(j, "zone", n->zone != NULL ? n->zone->name : NULL);
		json_flag(j, "server", n->kind == NODE_SERVER);
		wall_put_tile(j, t, n);
		live_end(t->out);
	}
}

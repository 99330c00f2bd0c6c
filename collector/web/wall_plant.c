/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of what serves the whole site: each UPS, the power in all, the links. */
#include <math.h>
#include <string.h>

#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/notify/facts.h"
#include "collector/web/wall_int.h"
#include "zw/str.h"

#define KEY_MAX (NAME_MAX_NODE + 16)

/* The greatest live value of a field of the node's series of this source; NAN: there is none. */
static double
most_of(const struct node *n, const char *source, const char *field, int64_t steady_ms)
{
	double most = NAN;
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		unsigned k = site_field(se, field);
		if (k < se->nfields && strcmp(se->source, source) == 0 &&
		    wall_is_live(se, k, steady_ms))
			most = fmax(most, se->last.values[k]);
	}
	return most;
}

/* The sum of them: of the phases of one output. */
static double
sum_of(const struct node *n, const char *source, const char *field, int64_t steady_ms)
{
	double sum = NAN;
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		unsigned k = site_field(se, field);
		if (k == se->nfields || strcmp(se->source, source) != 0 ||
		    !wall_is_live(se, k, steady_ms))
			continue;
		sum = isnan(sum) ? se->last.values[k] : sum + se->last.values[k];
	}
	return sum;
}

/* Where a UPS takes its power from, in the device's own words if it is neither the mains nor the
 * battery: "bypass". */
static const char *
source_of(const struct wall_turn *t, const struct node *n, bool on_battery)
{
	struct metric_state st;
	if (on_battery)
		return "battery";
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		unsigned k = site_field(se, "output_source");
		if (k == se->nfields || !wall_is_live(se, k, t->view->steady_ms) ||
		    !site_state(se, k, se->last.values[k], &st))
			continue;
		if (str_covers("*ypass*", st.text))
			return "bypass";
		return st.severity == METRIC_CRITICAL || str_covers("off*", st.text) ? "off"
										     : "mains";
	}
	return "mains";
}

/* The piece of a UPS. */
static void
put_ups(struct wall_turn *t, const struct node *n, unsigned place)
{
	const struct live_view *v = t->view;
	const struct facts from = { v->c->conf, v->c->site, v->c->engine };
	struct text_power p = facts_power(&from, n);
	char key[KEY_MAX] = "power.";
	(void)str_copy(key + 6, sizeof key - 6, n->name);
	struct json *j = live_begin(t->out, key);
	json_uint(j, "place", place);
	json_text(j, "name", n->name);
	wall_put_tile(j, t, n);
	bool live =
	    t->tiles[n->index].state != VIEW_STALE && t->tiles[n->index].state != VIEW_NEVER;
	if (live) {
		json_text(j, "source", source_of(t, n, p.on_battery));
		json_int(j, "battery_ms", p.on_battery ? p.since_ms : 0);
		wall_number(j, "runtime_min", p.runtime_min, 0);
		wall_number(j, "charge", p.charge, 0);
		wall_number(j, "load", p.load, 0);
		wall_number(j, "kw", sum_of(n, "ups_output", "power", v->steady_ms) / 1000, 1);
		wall_number(j, "battery_temp", most_of(n, "ups", "battery_temp", v->steady_ms), 0);
	}
	live_end(t->out);
}

void
wall_put_power(struct wall_turn *t)
{
	unsigned place = 0;
	for (size_t i = 0; i < site_nnodes(t->view->c->site); i++) {
		const struct node *n = site_node_at(t->view->c->site, i);
		if (n->role == ROLE_UPS)
			put_ups(t, n, place++);
	}
}

/* What is derived for the site by a row of this kind of this measure; NAN: nothing is. */
static double
derived(const struct wall_turn *t, const char *kind, const char *measure)
{
	const struct collector *c = t->view->c;
	const struct conf_derived *rows = c->conf->derived.v;
	const struct node *n = site_summary(c->site, NULL);
	for (size_t i = 0; n != NULL && i < c->conf->derived.n; i++)
		if (strcmp(rows[i].kind, kind) == 0 && strcmp(rows[i].scope, "site") == 0 &&
		    strcmp(rows[i].measure, measure) == 0)
			return sum_of(n, rows[i].source, rows[i].field, t->view->steady_ms);
	return NAN;
}

/* The zones' IT power in all; NAN: of none it is known. */
static double
sum_zones(const struct collector *c)
{
	double sum = NAN;
	for (size_t i = 0; i < site_nzones(c->site); i++) {
		const struct zone_air *a = engine_air(c->engine, site_zone_at(c->site, i));
		if (a != NULL && !isnan(a->power))
			sum = isnan(sum) ? a->power : sum + a->power;
	}
	return sum;
}

void
wall_put_energy(struct json *j, const struct wall_turn *t)
{
	double it = derived(t, "sum", "it-power");
	if (isnan(it))
		it = sum_zones(t->view->c);
	wall_number(j, "it_kw", it / 1000, 1);
	wall_number(j, "pue", derived(t, "ratio", "site-power"), 2);
}

void
wall_put_links(struct wall_turn *t)
{
	unsigned place = 0;
	for (size_t i = 0; i < site_nnodes(t->view->c->site); i++) {
		const struct node *n = site_node_at(t->view->c->site, i);
		char key[KEY_MAX] = "link.";
		if (n->kind != NODE_LINK)
			continue;
		(void)str_copy(key + 5, sizeof key - 5, n->name);
		struct json *j = live_begin(t->out, key);
		json_uint(j, "place", place++);
		wall_put_tile(j, t, n);
		live_end(t->out);
	}
}

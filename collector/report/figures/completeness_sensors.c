/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sensors that figures do without, or should be doubted: series that ended while their node went
 * on, by their files; and what alerts of implausible values say. */
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/completeness_int.h"
#include "collector/store/rrdfile.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define MAX_SENSORS 1000
#define FUTURE_S 86400
#define GONE_S 600 /* and 60 steps, as in the ledger */
#define GONE_STEPS 60

/* One more, unless it is there. */
static void
add(struct completeness *v, const struct completeness_sensor *one)
{
	for (size_t i = 0; i < v->nsensors; i++) {
		const struct completeness_sensor *s = &v->sensors[i];
		if (s->kind == one->kind && strcmp(s->node, one->node) == 0 &&
		    strcmp(s->series, one->series) == 0 && strcmp(s->field, one->field) == 0)
			return;
	}
	if (v->nsensors == MAX_SENSORS)
		return;
	v->sensors = xreallocarray(v->sensors, v->nsensors + 1, sizeof *v->sensors);
	v->sensors[v->nsensors++] = *one;
}

/* When the last sample of a series was stored; 0: there is no file. */
static int64_t
last_of(const struct series *se)
{
	char path[RRDFILE_PATH];
	struct rrdfile f;

	rrdfile_name(path, se->node->name, se->source, se->instance);
	if (rrdfile_read(path, clock_wall_ms() / 1000 + FUTURE_S, &f, NULL, NULL) == -1)
		return 0;
	return f.last_s;
}

/* A node's series that ended while others of it went on. Of one that ended before the period began
 * a report tells once more only if it should still be there: within a year. */
static void
find_ended(struct completeness *v, const struct node *n)
{
	int64_t *last = xcalloc(n->nseries + 1, sizeof *last), newest = 0;

	for (size_t i = 0; i < n->nseries; i++) {
		last[i] = last_of(n->series[i]);
		newest = last[i] > newest ? last[i] : newest;
	}
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		int64_t steps_s = (int64_t)GONE_STEPS * se->step_s;
		int64_t gone_s = last[i] + (steps_s > GONE_S ? steps_s : GONE_S);
		if (last[i] == 0 || gone_s >= newest || gone_s >= v->to_s)
			continue;
		add(v, &(struct completeness_sensor){
			   .kind = last[i] <= v->from_s ? SENSOR_DEAD : SENSOR_GONE,
			   .node = n->name,
			   .series = se->name,
			   .field = "",
			   .since_s = last[i] });
	}
	free(last);
}

/* What alerts say of values that cannot be. */
static void
find_doubted(struct completeness *v, const struct figures_ask *a)
{
	for (size_t i = 0; i < a->annals->nalerts; i++) {
		const struct annals_alert *al = &a->annals->alerts[i];
		const struct node *n = site_node(a->plant->site, al->node);
		enum reason_code code = al->why.code;
		bool flat = code == REASON_FLAT;
		if (!flat && code != REASON_JUMPS && code != REASON_UNPHYSICAL &&
		    code != REASON_CONTRADICTS)
			continue;
		if (a->zone != NULL && (n == NULL || !plant_in_zone(n, a->zone)))
			continue;
		add(v,
		    &(struct completeness_sensor){ .kind = flat ? SENSOR_FLAT : SENSOR_IMPLAUSIBLE,
			.node = al->node,
			.series = al->series,
			.field = al->field,
			.since_s = al->since_ms / 1000,
			.to_s = al->resolved_ms / 1000 });
	}
}

/* By kind, node, series. */
static int
by_name(const void *l, const void *r)
{
	const struct completeness_sensor *x = l, *y = r;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	int rc = strcmp(x->node, y->node);
	rc = rc != 0 ? rc : strcmp(x->series, y->series);
	return rc != 0 ? rc : strcmp(x->field, y->field);
}

void
completeness_find_sensors(struct completeness *v, const struct figures_ask *a)
{
	for (size_t i = 0; i < v->nnodes; i++) {
		if (v->nodes[i].node != NULL)
			find_ended(v, v->nodes[i].node);
	}
	find_doubted(v, a);
	if (v->nsensors > 1)
		qsort(v->sensors, v->nsensors, sizeof *v->sensors, by_name);
}

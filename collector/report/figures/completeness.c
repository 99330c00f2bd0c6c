/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of the ledger by node, zone and site; the archives; and what the figure of completeness is
 * where the ledger does not tell. */
#include "collector/report/figures/completeness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/completeness_int.h"
#include "zw/alloc.h"

#define HOUR_S 3600

void
completeness_judge(struct completeness_sum *s)
{
	uint64_t told = s->received + s->empty + s->thinned + s->dropped;

	s->missing = s->expected > told ? s->expected - told : 0;
	s->part = s->expected == 0	       ? NAN
		  : s->received >= s->expected ? 1
					       : (double)s->received / (double)s->expected;
}

/* A sum and another. */
static void
add(struct completeness_sum *s, const struct completeness_sum *more)
{
	s->expected += more->expected;
	s->received += more->received;
	s->late += more->late;
	s->empty += more->empty;
	s->thinned += more->thinned;
	s->dropped += more->dropped;
}

/* A row for a node that belongs to the report. */
static struct completeness_one *
new_one(struct completeness *v)
{
	v->nodes = xreallocarray(v->nodes, v->nnodes + 1, sizeof *v->nodes);
	v->nodes[v->nnodes] = (struct completeness_one){ .covered = NAN };
	return &v->nodes[v->nnodes++];
}

/* The row of a node that is configured, or (of the whole site) was. */
static struct completeness_one *
one_of(struct completeness *v, const struct figures_ask *a, const char *name)
{
	const struct node *n = site_node(a->plant->site, name);

	if (n != NULL ? !plant_in_zone(n, a->zone) || n->kind == NODE_SUMMARY : a->zone != NULL)
		return NULL;
	for (size_t i = 0; i < v->nnodes; i++) {
		if (strcmp(v->nodes[i].name, name) == 0)
			return &v->nodes[i];
	}
	struct completeness_one *one = new_one(v);
	one->name = name;
	one->node = n;
	one->zone = n != NULL ? n->zone : NULL;
	return one;
}

/* All nodes of the report; what the ledger has of each. */
static void
take_hours(struct completeness *v, const struct figures_ask *a)
{
	struct completeness_one *one = NULL;
	const char *name = NULL;

	for (size_t i = 0; i < a->annals->nhours; i++) {
		const struct annals_hour *h = &a->annals->hours[i];
		if (name == NULL || strcmp(name, h->node) != 0)
			one = one_of(v, a, h->node);
		name = h->node;
		if (one == NULL || h->hour_s < a->period->from_s)
			continue;
		add(&one->sum, &(struct completeness_sum){ .expected = h->expected,
				   .received = h->received,
				   .late = h->late,
				   .empty = h->empty,
				   .thinned = h->thinned,
				   .dropped = h->dropped });
		if (h->hour_s < v->ledger_s)
			v->ledger_s = h->hour_s;
	}
}

/* When the last hour ends that was counted, of any node; 0: there is none. */
static int64_t
end_of_ledger(const struct figures_ask *a)
{
	int64_t end_s = 0;

	for (size_t i = 0; i < a->annals->nhours; i++) {
		if (a->annals->hours[i].hour_s + HOUR_S > end_s)
			end_s = a->annals->hours[i].hour_s + HOUR_S;
	}
	return end_s;
}

/* The rows of those that the ledger does not know, in the order of the site. */
static void
take_nodes(struct completeness *v, const struct figures_ask *a)
{
	for (size_t i = 0; i < site_nnodes(a->plant->site); i++) {
		const struct node *n = site_node_at(a->plant->site, i);
		if (n->nseries > 0)
			(void)one_of(v, a, n->name);
	}
}

/* The row of a zone, or of the site's own nodes. */
static struct completeness_one *
zone_of(struct completeness *v, const struct zone *z)
{
	for (size_t i = 0; i < v->nzones; i++) {
		if (v->zones[i].zone == z)
			return &v->zones[i];
	}
	v->zones = xreallocarray(v->zones, v->nzones + 1, sizeof *v->zones);
	v->zones[v->nzones] = (struct completeness_one){
		.name = z != NULL ? z->name : "", .zone = z, .covered = NAN
	};
	return &v->zones[v->nzones++];
}

/* By zone, in the site's order, the site's own last. */
static int
by_zone(const void *l, const void *r)
{
	const struct completeness_one *x = l, *y = r;
	unsigned a = x->zone != NULL ? x->zone->index : UINT32_MAX;
	unsigned b = y->zone != NULL ? y->zone->index : UINT32_MAX;

	return a < b ? -1 : a > b;
}

/* The mean of what is known of nodes' rows. */
struct mean {
	double sum;
	size_t n;
};

/* Sums of zones and site. */
static void
sum_up(struct completeness *v)
{
	struct mean site = { 0 };

	for (size_t i = 0; i < v->nnodes; i++) {
		struct completeness_one *one = &v->nodes[i];
		completeness_judge(&one->sum);
		add(&zone_of(v, one->zone)->sum, &one->sum);
		add(&v->all.sum, &one->sum);
		if (isfinite(one->covered))
			site = (struct mean){ site.sum + one->covered, site.n + 1 };
	}
	completeness_judge(&v->all.sum);
	v->all.covered = site.n > 0 ? site.sum / (double)site.n : NAN;
	if (v->nzones > 1)
		qsort(v->zones, v->nzones, sizeof *v->zones, by_zone);
	for (size_t z = 0; z < v->nzones; z++) {
		struct mean m = { 0 };
		completeness_judge(&v->zones[z].sum);
		for (size_t i = 0; i < v->nnodes; i++) {
			if (v->nodes[i].zone == v->zones[z].zone && isfinite(v->nodes[i].covered))
				m = (struct mean){ m.sum + v->nodes[i].covered, m.n + 1 };
		}
		v->zones[z].covered = m.n > 0 ? m.sum / (double)m.n : NAN;
	}
}

/* The least complete first; those of which nothing is known last; then by name. */
static int
by_part(const void *l, const void *r)
{
	const struct completeness_one *x = l, *y = r;
	double a = isfinite(x->sum.part) ? x->sum.part : isfinite(x->covered) ? x->covered : 2;
	double b = isfinite(y->sum.part) ? y->sum.part : isfinite(y->covered) ? y->covered : 2;

	if (a != b)
		return a < b ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* The archives to begin with, and whether they reach back from the newest data. */
static void
take_archives(struct completeness *v, const struct figures_ask *a)
{
	const struct conf_list *list = collector_conf_archives(a->plant->conf, "");
	const struct conf_archive *rows = list->v;

	v->archives = xcalloc(list->n + 1, sizeof *v->archives);
	for (size_t i = 0; i < list->n; i++) {
		int64_t step_s = rows[i].step / 1000, keep_s = rows[i].keep / 1000;
		size_t at = v->narchives++;
		while (at > 0 && v->archives[at - 1].step_s > step_s) {
			v->archives[at] = v->archives[at - 1];
			at--;
		}
		v->archives[at] = (struct completeness_archive){ .step_s = step_s,
			.keep_s = keep_s,
			.covers = a->plant->data_end_s - keep_s <= a->period->from_s };
	}
}

int
completeness_new(struct completeness **out, const struct figures_ask *a, struct err *e)
{
	struct completeness *v = xcalloc(1, sizeof *v);
	(void)e;
	v->from_s = a->period->from_s;
	v->to_s = plant_until(a->plant, a->period);
	v->ledger_s = v->to_s;
	v->all = (struct completeness_one){ .name = "", .covered = NAN };
	take_hours(v, a);
	take_nodes(v, a);
	v->ledger_to_s = end_of_ledger(a);
	bool to_end = v->ledger_to_s + 2 * HOUR_S > v->to_s;
	v->counted = to_end && v->ledger_s < v->from_s + HOUR_S;
	completeness_find_gaps(v, a);
	completeness_find_sensors(v, a);
	sum_up(v);
	if (v->nnodes > 1)
		qsort(v->nodes, v->nnodes, sizeof *v->nodes, by_part);
	take_archives(v, a);
	/* Of what came after the last hour that was counted only the rows tell. */
	v->part = isfinite(v->all.sum.part) && (to_end || !isfinite(v->all.covered))
		      ? v->all.sum.part
		      : v->all.covered;
	*out = v;
	return 0;
}

void
completeness_free(struct completeness *v)
{
	if (v == NULL)
		return;
	free(v->zones);
	free(v->nodes);
	free(v->gaps);
	free(v->sensors);
	free(v->archives);
	free(v);
}

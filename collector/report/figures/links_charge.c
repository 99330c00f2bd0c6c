/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who an outage is charged to. An uplink, a switch, a gateway that fails takes all links along that
 * hang on it: that is its outage and not that of each institution. Pure. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/availability.h"
#include "collector/report/figures/links.h"
#include "zw/alloc.h"

#define MAX_DEPTH 8
#define MAX_CAUSES 1000

/* Whether the node hangs on the other, by however many steps. */
static bool
hangs_on(const struct node *n, const struct node *other, int depth)
{
	for (size_t i = 0; depth < MAX_DEPTH && i < n->ndepends; i++)
		if (n->depends[i] == other || hangs_on(n->depends[i], other, depth + 1))
			return true;
	return false;
}

/* So many seconds of the outage lie within the cause or its slack. */
static double
overlap_s(const struct links_cause *c, const struct availability_outage *o)
{
	double from = fmax((double)o->from_ms / 1000, (double)(c->from_s - LINKS_SLACK_S));
	double to = fmin((double)o->to_ms / 1000, (double)(c->to_s + LINKS_SLACK_S));

	return fmax(0, to - from);
}

/* The cause of an outage of the link, the one with most of it; NULL: it is its own. */
static struct links_cause *
cause_of(struct links *v, const struct node *link, const struct availability_outage *o)
{
	double most = (double)(o->to_ms - o->from_ms) / 2000;
	struct links_cause *best = NULL;

	for (size_t i = 0; i < v->ncauses; i++) {
		double s = overlap_s(&v->causes[i], o);
		if (s <= 0 || s < most || (best != NULL && s == most) ||
		    !hangs_on(link, v->causes[i].node, 0))
			continue;
		most = s;
		best = &v->causes[i];
	}
	return best;
}

/* Takes what may be a shared cause: critical, of a node that is no link itself. */
static void
find_causes(
    struct links *v, const struct annals_incident *incidents, size_t n, const struct site *site)
{
	for (size_t i = 0; i < n && v->ncauses < MAX_CAUSES; i++) {
		const struct annals_incident *in = &incidents[i];
		const struct node *node = site_node(site, in->node);
		if (node == NULL || node->kind == NODE_LINK || in->severity != WIRE_CRITICAL)
			continue;
		int64_t from_ms = in->opened_ms;
		if (in->root != NULL && in->root->since_ms > 0 && in->root->since_ms < from_ms)
			from_ms = in->root->since_ms;
		struct links_cause c = {
			.incident = in->id,
			.node = node,
			.what = in->cause,
			.from_s = from_ms / 1000,
			.to_s = in->closed_ms > 0 ? (in->closed_ms + 999) / 1000 : v->to_s,
			.open = in->closed_ms == 0 || in->closed_ms >= v->to_s * 1000,
		};
		if (c.from_s < v->from_s)
			c.from_s = v->from_s;
		if (c.to_s > v->to_s)
			c.to_s = v->to_s;
		v->causes = xgrow(v->causes, v->ncauses, sizeof *v->causes);
		v->causes[v->ncauses++] = c;
	}
}

/* Counts the links of each cause; those by which fewer than two went down are none. */
static void
keep_shared(struct links *v, const struct availability_one *links, size_t n)
{
	size_t kept = 0;

	for (size_t c = 0; c < v->ncauses; c++) {
		struct links_cause *cause = &v->causes[c];
		for (size_t i = 0; i < n; i++) {
			size_t o = 0;
			while (o < links[i].noutages &&
			       cause_of(v, links[i].node, &links[i].outages[o]) != cause)
				o++;
			cause->links += o < links[i].noutages;
		}
	}
	for (size_t c = 0; c < v->ncauses; c++)
		if (v->causes[c].links >= 2)
			v->causes[kept++] = v->causes[c];
	v->ncauses = kept;
}

/* A link by itself. */
static void
charge(struct links *v, struct links_one *one, const struct availability_one *a)
{
	*one = (struct links_one){
		.node = a->node,
		.known_s = a->time.up_s + a->time.planned_s + a->time.unplanned_s,
		.up_s = a->time.up_s,
		.planned_s = a->time.planned_s,
		.target = a->target,
		.speed = NAN,
	};
	for (size_t i = 0; i < a->noutages; i++) {
		const struct availability_outage *o = &a->outages[i];
		struct links_cause *c = cause_of(v, a->node, o);
		if (c != NULL) {
			c->lost_s += o->down_s;
			one->shared_s += o->down_s;
			one->shared++;
			continue;
		}
		one->outages++;
		if (o->down_s > one->longest_s) {
			one->longest_s = o->down_s;
			one->longest_at_s = o->from_ms / 1000;
		}
	}
	one->own_s = fmax(0, a->time.unplanned_s - one->shared_s);
	struct availability_time t = a->time;
	t.unplanned_s = one->own_s;
	one->availability = availability_part(&t);
}

void
links_charge(struct links *v, const struct availability_one *links, size_t n,
    const struct annals_incident *incidents, size_t nincidents, const struct site *site)
{
	struct availability_time all = { 0 };

	find_causes(v, incidents, nincidents, site);
	keep_shared(v, links, n);
	v->ones = xcalloc(n + 1, sizeof *v->ones);
	v->nones = n;
	for (size_t i = 0; i < n; i++) {
		struct links_one *one = &v->ones[i];
		charge(v, one, &links[i]);
		all.up_s += one->up_s;
		all.unplanned_s += one->own_s;
		all.planned_s += one->planned_s;
		all.unknown_s += links[i].time.unknown_s;
		v->met += one->availability >= one->target;
		v->missed += one->availability < one->target;
	}
	v->availability = availability_part(&all);
}

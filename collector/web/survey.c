/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First what fires marks its node and its zone, then each node is looked at once. */
#include "collector/web/survey.h"

#include <stdlib.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "zw/alloc.h"

/* The greater of two severities into the first. */
static void
raise_to(int *severity, int other)
{
	if (other > *severity)
		*severity = other;
}

/* What each alert says, of its node and its zone. */
static void
mark_alerts(struct survey *s, const struct collector *c)
{
	for (size_t i = 0; i < engine_nalerts(c->engine); i++) {
		const struct alert *a = engine_alert_at(c->engine, i);
		if ((a->state != ALERT_FIRING && a->state != ALERT_CLEARING) ||
		    (a->flags & ALERT_MUTED) != 0)
			continue;
		const struct node *n = a->node[0] != '\0' ? site_node(c->site, a->node) : NULL;
		if (n != NULL && n->index < s->nnodes &&
		    (int)a->severity > s->nodes[n->index].severity)
			s->nodes[n->index].severity = (signed char)a->severity;
		const struct zone *z = site_zone(c->site, a->zone);
		raise_to(&s->zones[z != NULL ? z->index : s->nzones].severity, (int)a->severity);
		raise_to(&s->all.severity, (int)a->severity);
	}
}

/* The worst of what the rules say and what the nodes are. */
static void
judge(struct survey_zone *z)
{
	z->state = view_of_severity(z->severity);
	for (enum view_state v = VIEW_CRITICAL; v > z->state; v--)
		if (z->counts.by[v] > 0)
			z->state = v;
}

void
survey_take(struct survey *s, const struct collector *c, int64_t steady_ms)
{
	*s = (struct survey){ .nnodes = site_nnodes(c->site), .nzones = site_nzones(c->site) };
	s->nodes = xcalloc(s->nnodes + 1, sizeof *s->nodes);
	s->zones = xcalloc(s->nzones + 1, sizeof *s->zones);
	s->all.severity = -1;
	for (size_t i = 0; i < s->nnodes; i++)
		s->nodes[i].severity = -1;
	for (size_t i = 0; i <= s->nzones; i++)
		s->zones[i].severity = -1;
	mark_alerts(s, c);
	for (size_t i = 0; i < s->nnodes; i++) {
		const struct node *n = site_node_at(c->site, i);
		struct survey_zone *z = &s->zones[n->zone != NULL ? n->zone->index : s->nzones];
		s->nodes[i].state = view_node_with(n, s->nodes[i].severity, steady_ms);
		if (n->kind == NODE_SUMMARY)
			continue;
		z->counts.total++;
		z->counts.by[s->nodes[i].state]++;
		s->all.counts.total++;
		s->all.counts.by[s->nodes[i].state]++;
	}
	for (size_t i = 0; i <= s->nzones; i++)
		judge(&s->zones[i]);
	judge(&s->all);
	if (!view_stores(c))
		s->all.state = VIEW_CRITICAL;
}

void
survey_free(struct survey *s)
{
	free(s->nodes);
	free(s->zones);
	*s = (struct survey){ 0 };
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a graph shades and where it draws limits: incidents of its place, alerts of its node,
 * maintenance. Gaps the chart finds itself. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/silence.h"
#include "collector/report/figures/annals.h"
#include "collector/report/graphs/maker_int.h"
#include "collector/site/site.h"

#define MARKS_MOST 2000

void
panel_limits(const struct maker *m, const struct conf_graph_panel *p, struct chart *c)
{
	const struct conf_graph_limit *l = p->limits.v;

	c->from = p->from;
	c->to = p->to;
	for (size_t i = 0; i < p->limits.n; i++)
		chart_limit(c, l[i].value,
		    definition_text(m->wanted->lang, l[i].label, l[i].label_az, l[i].label_ru),
		    l[i].critical);
}

/* Whether an incident concerns what is shown: its zone's or the site's; of the whole site only
 * critical ones, for else all would be shaded. */
static bool
is_of_place(const struct maker *m, const struct annals_incident *i)
{
	if (m->zone != NULL)
		return i->zone[0] == '\0' || strcmp(i->zone, m->zone->name) == 0;
	return i->severity == WIRE_CRITICAL;
}

/* From ms to a mark; what is not over yet goes on to the end. */
static void
add(const struct maker *m, struct chart *c, enum chart_mark_kind kind, int64_t from_ms,
    int64_t to_ms, uint64_t number)
{
	char label[24];

	if (c->nmarks >= MARKS_MOST)
		return;
	snprintf(label, sizeof label, "#%llu", (unsigned long long)number);
	chart_mark(c, kind, from_ms / 1000, to_ms == 0 ? m->to_s : to_ms / 1000,
	    number == 0 ? NULL : label);
}

/* Incidents of the place, or alerts of the node. */
static void
add_incidents(const struct maker *m, struct chart *c)
{
	const struct annals *a = m->annals;

	for (size_t i = 0; m->node == NULL && i < a->nincidents; i++)
		if (a->incidents[i].told && is_of_place(m, &a->incidents[i]))
			add(m, c, CHART_INCIDENT, a->incidents[i].opened_ms,
			    a->incidents[i].closed_ms, a->incidents[i].id);
	for (size_t i = 0; m->node != NULL && i < a->nalerts; i++) {
		const struct annals_alert *al = &a->alerts[i];
		if (!al->muted && strcmp(al->node, m->node->name) == 0)
			add(m, c, CHART_INCIDENT, al->fired_ms, al->resolved_ms, al->incident);
	}
}

/* One time of maintenance. */
struct adding {
	const struct maker *maker;
	struct chart *chart;
};

static void
add_maintenance(void *arg, const struct silence_span *at)
{
	const struct adding *x = arg;

	add(x->maker, x->chart, CHART_MAINTENANCE, at->from_ms, at->to_ms, 0);
}

/* Whether maintenance covers what is shown as a whole. */
static bool
is_covered(const struct maker *m, const struct silence *s)
{
	const struct zone *z = m->node != NULL ? m->node->zone : m->zone;

	if (m->node == NULL && s->match.node[0] != '\0')
		return false;
	return s->match.source[0] == '\0' && s->match.rule[0] == '\0' &&
	       silence_matches(&s->match, z == NULL ? "site" : z->name,
		   m->node == NULL ? "" : m->node->name, "", "");
}

void
panel_marks(const struct maker *m, struct chart *c)
{
	struct silence_span within = { m->from_s * 1000, m->to_s * 1000 };
	struct adding x = { m, c };

	add_incidents(m, c);
	for (size_t i = 0; i < m->annals->nsilences; i++) {
		const struct silence *s = &m->annals->silences[i];
		if (s->kind == SILENCE_MAINTENANCE && is_covered(m, s))
			silence_each(s, &within, add_maintenance, &x);
	}
}

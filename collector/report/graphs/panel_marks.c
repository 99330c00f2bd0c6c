/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a graph shades and where it draws limits: incidents of its place, alerts of its node,
 * maintenance. Gaps the chart finds itself. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/silence.h"
#include "collector/conf.h"
#include "collector/report/figures/annals.h"
#include "collector/report/figures/plant.h"
#include "collector/report/graphs/maker_int.h"
#include "collector/report/graphs/panel_rows.h"
#include "collector/site/site.h"
#include "zw/units.h"

#define MARKS_MOST 2000
#define LABEL 160

/* Where the servers of what is shown must go off. */
static double
servers_off(const struct maker *m)
{
	const struct zone *z = m->zone != NULL ? m->zone : m->node != NULL ? m->node->zone : NULL;

	return z != NULL && z->limit > 0 ? z->limit : m->plant->conf->thermal.limit;
}

/* Whether there is a line already. */
static bool
has_limit(const struct chart *c, double value)
{
	for (size_t i = 0; i < c->nlimits; i++)
		if (c->limits[i].value == value)
			return true;
	return false;
}

/* Writes a label with the number for {value}. */
static void
write_label(char *dst, size_t size, const char *text, const char *number)
{
	static const char word[] = "{value}";
	const char *at = strstr(text, word);

	if (at == NULL)
		snprintf(dst, size, "%s", text);
	else
		snprintf(
		    dst, size, "%.*s%s%s", (int)(at - text), text, number, at + sizeof word - 1);
}

void
panel_limits(const struct maker *m, const struct conf_graph_panel *p, const struct panel_rows *r,
    struct chart *c)
{
	const struct conf_graph_limit *l = p->limits.v;
	char label[LABEL], number[UNITS_MAX];

	c->from = p->from;
	c->to = p->to;
	for (size_t i = 0; i < p->limits.n; i++) {
		double v = l[i].servers_off ? servers_off(m) : l[i].value;
		if (isnan(v) || has_limit(c, v) ||
		    (!isnan(l[i].near) && !panel_rows_near(r, v, l[i].near)))
			continue;
		lang_value(number, sizeof number, v, c->unit, c->lang);
		write_label(label, sizeof label,
		    definition_text(c->lang, l[i].label, l[i].label_az, l[i].label_ru), number);
		chart_limit(c, v, label, l[i].critical);
	}
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

/* Whether the panel shades what is of this topic. */
static bool
is_of_topic(const struct conf_graph_panel *p, enum alert_topic topic)
{
	for (size_t i = 0; i < p->topics.n; i++)
		if (strcmp(p->topics.v[i], alert_topic_word(topic)) == 0)
			return true;
	return p->topics.n == 0;
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
add_incidents(const struct maker *m, const struct conf_graph_panel *p, struct chart *c)
{
	const struct annals *a = m->annals;

	for (size_t i = 0; m->node == NULL && i < a->nincidents; i++)
		if (a->incidents[i].told && is_of_place(m, &a->incidents[i]) &&
		    is_of_topic(p, a->incidents[i].topic))
			add(m, c, CHART_INCIDENT, a->incidents[i].opened_ms,
			    a->incidents[i].closed_ms, a->incidents[i].id);
	for (size_t i = 0; m->node != NULL && i < a->nalerts; i++) {
		const struct annals_alert *al = &a->alerts[i];
		if (!al->muted && strcmp(al->node, m->node->name) == 0 && is_of_topic(p, al->topic))
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
panel_marks(const struct maker *m, const struct conf_graph_panel *p, struct chart *c)
{
	struct silence_span within = { m->from_s * 1000, m->to_s * 1000 };
	struct adding x = { m, c };

	add_incidents(m, p, c);
	for (size_t i = 0; i < m->annals->nsilences; i++) {
		const struct silence *s = &m->annals->silences[i];
		if (s->kind == SILENCE_MAINTENANCE && is_covered(m, s))
			silence_each(s, &within, add_maintenance, &x);
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All topics. What a page shows is not sent: its topic is a version, mixed of the very fields that
 * the page is made of, and when it changes the browser asks for the page again. A version is made
 * four times a second, so it looks at each alert and node once and writes no text. */
#include "collector/web/live.h"

#include <math.h>
#include <string.h>

#include "collector/alert/alert.h"
#include "collector/alert/silence.h"
#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/intake/intake.h"
#include "collector/journal/journal.h"
#include "collector/notify/notify.h"
#include "collector/reports.h"
#include "collector/site/events.h"
#include "collector/site/site.h"
#include "collector/store/store.h"
#include "collector/web/wall.h"
#include "zw/str.h"

/* Two parts of a version: what is told at once, and what may wait (live_versions()). */
struct version {
	uint64_t states;
	uint64_t values;
};

/* Mixes a number as people see it, with three digits that count: what nobody sees is no change. */
static uint64_t
mix_shown(uint64_t h, double v)
{
	if (v == 0 || !isfinite(v))
		return live_mix_number(h, v);
	int digits = (int)floor(log10(fabs(v)));
	return live_mix_int(h, (int64_t)lround(v * pow(10, 2 - digits)) << 8 | (uint8_t)digits);
}

/* Who has it. */
static uint64_t
mix_ack(uint64_t h, const struct ack *a)
{
	if (a->at_ms == 0)
		return live_mix_int(h, 0);
	h = live_mix_int(live_mix_int(h, a->at_ms), a->until_ms);
	return live_mix_text(live_mix_text(h, a->author), a->comment);
}

/* An alert. */
static void
mix_alert(struct version *v, const struct alert *a)
{
	uint64_t h = live_mix_int(v->states, (int64_t)a->id);
	h = live_mix_int(
	    h, (int64_t)a->state << 40 | (int64_t)a->flags << 8 | (int64_t)a->severity);
	h = live_mix_int(h, (int64_t)a->incident);
	h = live_mix_int(h, a->fired_ms + a->resolved_ms);
	h = live_mix_int(h, (int64_t)a->silence);
	h = live_mix_text(h, a->words);
	v->states = mix_ack(h, &a->ack);
	v->values = mix_shown(mix_shown(v->values, a->value), a->peak);
}

/* An incident. */
static void
mix_incident(struct version *v, const struct incident *in)
{
	uint64_t h = live_mix_int(v->states, (int64_t)in->id);
	h = live_mix_int(h, (int64_t)in->severity << 8 | (int64_t)in->now);
	h = live_mix_int(h, (int64_t)in->firing << 32 | in->muted);
	h = live_mix_int(h, (int64_t)in->total << 32 | (int64_t)in->topic);
	h = live_mix_int(live_mix_int(h, in->closed_ms), (int64_t)in->root);
	h = live_mix_text(live_mix_text(h, in->zone), in->cause);
	v->states = mix_ack(h, &in->ack);
}

/* Alerts of a zone, of a node, or (NULL, NULL) all. */
static void
mix_alerts(struct version *v, const struct collector *c, const char *zone, const char *node)
{
	for (size_t i = 0; i < engine_nalerts(c->engine); i++) {
		const struct alert *a = engine_alert_at(c->engine, i);
		if ((zone == NULL || strcmp(a->zone, zone) == 0) &&
		    (node == NULL || strcmp(a->node, node) == 0))
			mix_alert(v, a);
	}
}

/* Incidents of a zone, or (NULL) all. */
static void
mix_incidents(struct version *v, const struct collector *c, const char *zone)
{
	for (size_t i = 0; i < engine_nincidents(c->engine); i++) {
		const struct incident *in = engine_incident_at(c->engine, i);
		if (zone == NULL || strcmp(in->zone, zone) == 0)
			mix_incident(v, in);
	}
}

/* Whether a node is heard of; the rest of its state is that of its alerts. */
static void
mix_node(struct version *v, const struct node *n, int64_t steady_ms)
{
	int64_t seen = n->seen_ms == 0 ? 0 : site_is_stale(n, steady_ms) ? 1 : 2;
	v->states = live_mix_int(v->states, seen << 32 | (int64_t)n->connected << 31 | n->nseries);
}

/* A node's last values. */
static void
mix_values(struct version *v, const struct node *n)
{
	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		uint64_t h = live_mix_int(v->values, se->last.time_s);
		for (unsigned k = 0; k < se->nfields; k++)
			h = live_mix_number(h, se->last.values[k]);
		v->values = h;
	}
}

/* Silences and maintenance, and whether they are in force. */
static void
mix_silences(struct version *v, const struct collector *c, int64_t wall_ms)
{
	if (c->silences == NULL)
		return;
	for (size_t i = 0; i < silences_count(c->silences); i++) {
		const struct silence *s = silences_at(c->silences, i);
		uint64_t h = live_mix_int(v->states, (int64_t)s->id);
		h = live_mix_int(h, s->starts_ms);
		h = live_mix_int(h, s->ends_ms);
		v->states = live_mix_int(h, silence_is_active(s, wall_ms));
	}
}

/* Whether there is such a zone. */
static bool
knows_zone(const struct collector *c, const char *arg)
{
	return strcmp(arg, "site") == 0 || site_zone(c->site, arg) != NULL;
}

/* Whether there is such a node. */
static bool
knows_node(const struct collector *c, const char *arg)
{
	return site_node(c->site, arg) != NULL;
}

/* An incident of long ago has a page too; nothing of it changes. */
static bool
knows_incident(const struct collector *c, const char *arg)
{
	uint64_t id;
	(void)c;
	return str_to_u64(arg, 1, UINT64_MAX, &id) == 0;
}

/* The air of a zone, as its tile shows it. */
static void
mix_air(struct version *v, const struct zone_air *a)
{
	if (a == NULL)
		return;
	uint64_t h = live_mix_int(v->states, (int64_t)a->units << 32 | a->off);
	v->states = live_mix_int(h, isnan(a->left_s) ? 0 : a->left_s > 0 ? 1 : 2);
	h = mix_shown(mix_shown(v->values, a->hottest), a->power);
	h = live_mix_int(h, isnan(a->rate) ? INT64_MIN : lround(a->rate * 10));
	v->values = live_mix_int(h, isnan(a->left_s) ? 0 : lround(a->left_s / 10));
}

/* What is wrong now. */
static void
put_problems(const struct live_view *v, struct live_pieces *out)
{
	struct version h = { 0 };
	mix_incidents(&h, v->c, NULL);
	mix_alerts(&h, v->c, NULL, NULL);
	for (size_t i = 0; i < site_nnodes(v->c->site); i++)
		mix_node(&h, site_node_at(v->c->site, i), v->steady_ms);
	for (size_t i = 0; i < site_nzones(v->c->site); i++)
		mix_air(&h, engine_air(v->c->engine, site_zone_at(v->c->site, i)));
	mix_silences(&h, v->c, v->wall_ms);
	h.states = live_mix_int(h.states, store_pid(v->c->store) > 0);
	live_versions(out, h.states, h.values);
}

/* A zone: its nodes, their values, its alerts. */
static void
put_zone(const struct live_view *v, struct live_pieces *out)
{
	const struct zone *z = site_zone(v->c->site, v->arg);
	struct version h = { 0 };
	mix_incidents(&h, v->c, v->arg);
	mix_alerts(&h, v->c, v->arg, NULL);
	for (size_t i = 0; i < site_nnodes(v->c->site); i++) {
		const struct node *n = site_node_at(v->c->site, i);
		if (n->zone != z && !site_serves(n, z))
			continue;
		mix_node(&h, n, v->steady_ms);
		mix_values(&h, n);
	}
	live_version(out, live_mix_int(h.states, (int64_t)h.values));
}

/* A node: its values and alerts, what it depends on, what it told. */
static void
put_node(const struct live_view *v, struct live_pieces *out)
{
	const struct node *n = site_node(v->c->site, v->arg);
	struct version h = { 0 };
	if (n == NULL)
		return;
	mix_alerts(&h, v->c, NULL, n->name);
	mix_node(&h, n, v->steady_ms);
	mix_values(&h, n);
	for (size_t i = 0; i < n->ndepends; i++)
		mix_node(&h, n->depends[i], v->steady_ms);
	for (size_t i = 0; i < events_count(v->c->events); i++)
		if (events_at(v->c->events, i)->node == n)
			h.states = live_mix_int(h.states, events_at(v->c->events, i)->time_ms);
	live_version(out, live_mix_int(h.states, (int64_t)h.values));
}

/* Links with their values, and alerts: what a link follows from may be anywhere. */
static void
put_links(const struct live_view *v, struct live_pieces *out)
{
	struct version h = { 0 };
	mix_alerts(&h, v->c, NULL, NULL);
	for (size_t i = 0; i < site_nnodes(v->c->site); i++) {
		const struct node *n = site_node_at(v->c->site, i);
		if (n->kind != NODE_LINK)
			continue;
		mix_node(&h, n, v->steady_ms);
		mix_values(&h, n);
	}
	live_versions(out, h.states, h.values);
}

/* An incident and its alerts. */
static void
put_incident(const struct live_view *v, struct live_pieces *out)
{
	struct version h = { 0 };
	uint64_t id = 0;
	(void)str_to_u64(v->arg, 1, UINT64_MAX, &id);
	const struct incident *in = engine_incident(v->c->engine, id);
	if (in != NULL)
		mix_incident(&h, in);
	for (size_t i = 0; i < engine_nalerts(v->c->engine); i++) {
		const struct alert *a = engine_alert_at(v->c->engine, i);
		if (a->incident == id)
			mix_alert(&h, a);
	}
	live_versions(out, h.states, h.values);
}

/* Silences and maintenance. */
static void
put_silences(const struct live_view *v, struct live_pieces *out)
{
	struct version h = { 0 };
	mix_silences(&h, v->c, v->wall_ms);
	live_version(out, h.states);
}

/* The collector itself: its figures move all the time. */
static void
put_system(const struct live_view *v, struct live_pieces *out)
{
	uint64_t h = live_mix_int(0, store_pid(v->c->store));
	const struct store_stats *st = store_stats(v->c->store);
	const struct notify_stats *no = notify_stats(v->c->notify);
	h = live_mix_int(h, (int64_t)intake_stats(v->c->intake)->values);
	h = live_mix_int(h, (int64_t)journal_last(v->c->journal));
	h = live_mix_int(h, (int64_t)(st->applied_lsn ^ st->pending));
	h = live_mix_int(h, (int64_t)(no->waiting ^ no->sent << 20 ^ no->failed << 40));
	live_version(out, h);
}

/* Past reports, and how those on their way are getting on. */
static void
put_reports(const struct live_view *v, struct live_pieces *out)
{
	uint64_t n = v->c->reports != NULL ? reports_version(v->c->reports) : 0;
	live_version(out, live_mix_int(0, (int64_t)n));
}

const struct live_topic live_topics[] = {
	{ "problems", WHO_VIEWER, NULL, put_problems, 0 },
	{ "zone", WHO_VIEWER, knows_zone, put_zone, 500 },
	{ "node", WHO_VIEWER, knows_node, put_node, 0 },
	{ "links", WHO_VIEWER, NULL, put_links, 0 },
	{ "incident", WHO_VIEWER, knows_incident, put_incident, 0 },
	{ "silences", WHO_VIEWER, NULL, put_silences, 0 },
	{ "system", WHO_VIEWER, NULL, put_system, 5000 },
	{ "reports", WHO_VIEWER, NULL, put_reports, 0 },
	{ "wall", WHO_WALL, wall_knows, wall_put, 0 },
};
const size_t live_ntopics = sizeof live_topics / sizeof live_topics[0];

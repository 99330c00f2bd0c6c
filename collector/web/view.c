/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node, a zone, the site amounts to in one word. The page and the API say the same. */
#include "collector/web/view.h"

#include "collector/alert/alert.h"
#include "collector/collector.h"
#include "collector/store/store.h"
#include "collector/web/survey.h"
#include "zw/lang.h"

/* The names of the states, for programs and for people. */
static const struct {
	const char *word;
	const char *phrase;
	const char *sign;
} states[VIEW_NSTATES] = {
	[VIEW_OK] = { "ok", N_("OK"), "✓" },
	[VIEW_NEVER] = { "never-seen", N_("no values yet"), "○" },
	[VIEW_STALE] = { "no-data", N_("no data"), "?" },
	[VIEW_WARNING] = { "warning", N_("warning"), "!" },
	[VIEW_CRITICAL] = { "critical", N_("critical"), "✕" },
};

const char *
view_word(enum view_state s)
{
	return states[s].word;
}

const char *
view_phrase(enum view_state s)
{
	return states[s].phrase;
}

const char *
view_sign(enum view_state s)
{
	return states[s].sign;
}

const char *
view_severity(int severity)
{
	bool known = severity >= WIRE_INFO && severity <= WIRE_CRITICAL;
	return known ? alert_severity_word((enum wire_severity)severity) : NULL;
}

enum view_state
view_of_severity(int severity)
{
	if (severity == WIRE_CRITICAL)
		return VIEW_CRITICAL;
	return severity == WIRE_WARNING ? VIEW_WARNING : VIEW_OK;
}

/* Whether a value of the node ever arrived. An agent's greeting is none. */
static bool
has_values(const struct node *n)
{
	for (size_t i = 0; i < n->nseries; i++)
		if (n->series[i]->last.time_s != 0)
			return true;
	return false;
}

enum view_state
view_node_with(const struct node *n, int severity, int64_t steady_ms)
{
	if (n->seen_ms == 0 || !has_values(n))
		return VIEW_NEVER;
	if (site_is_stale(n, steady_ms))
		return VIEW_STALE;
	return view_of_severity(severity);
}

enum view_state
view_node(const struct collector *c, const struct node *n, int64_t steady_ms)
{
	return view_node_with(n, engine_worst(c->engine, NULL, n->name), steady_ms);
}

enum view_state
view_zone(const struct collector *c, const struct zone *zone, int64_t steady_ms)
{
	struct survey s;
	survey_take(&s, c, steady_ms);
	enum view_state state = s.zones[zone != NULL ? zone->index : s.nzones].state;
	survey_free(&s);
	return state;
}

enum view_state
view_site(const struct collector *c, int64_t steady_ms)
{
	struct survey s;
	survey_take(&s, c, steady_ms);
	enum view_state state = s.all.state;
	survey_free(&s);
	return state;
}

bool
view_stores(const struct collector *c)
{
	return store_pid(c->store) > 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All end points of the API. GET /api/v1 prints this table, GET /api/v1/openapi.json describes it,
 * and so does the manual. */
#include "collector/web/route.h"

#include "collector/web/api/acts.h"
#include "collector/web/api/alertapi.h"
#include "collector/web/api/api.h"
#include "collector/web/api/graph.h"
#include "collector/web/api/metrics.h"
#include "collector/web/api/people.h"
#include "collector/web/api/rules.h"
#include "collector/web/api/status.h"
#include "collector/web/api/storage.h"
#include "collector/web/api/values.h"
#include "collector/web/live.h"

static const struct route_param live_params[] = {
	{ "topic", "text",
	    "What to follow: problems, zone:NAME, node:NAME, links, incident:NUMBER, silences, "
	    "system, reports, wall.",
	    true },
	{ NULL, NULL, NULL, false },
};

static const struct route_param values_params[] = {
	{ "series", "text", "NODE/SERIES or NODE/SERIES:FIELD,FIELD; up to 8 times.", true },
	{ "field", "text", "This field of all of them.", false },
	{ "last", "duration", "The time up to now; default 6h.", false },
	{ "from", "time", "Or from here, seconds since 1970", false },
	{ "to", "time", "to here; default: now.", false },
	{ "points", "integer", "Rows at most, 1 to 20000; default 1200.", false },
	{ "step", "integer", "Seconds of a row at least.", false },
	{ "cf", "band|average|min|max", "band: all three.", false },
	{ "format", "json|csv", "csv: RFC 4180, local time and ISO 8601.", false },
	{ NULL, NULL, NULL, false },
};

static const struct route_param find_params[] = {
	{ "q", "text", "Words that all occur in the names or labels of node, series, field.",
	    false },
	{ "unit", "text", "Only fields of this unit.", false },
	{ NULL, NULL, NULL, false },
};

static const struct route rows[] = {
	{ REQUEST_GET, "/api/v1", api_list, WHO_VIEWER, "This list.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/health", status_health, WHO_VIEWER,
	    "Answers as long as the collector's loop turns.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/status", status_serve, WHO_VIEWER,
	    "The whole in figures: nodes by state, alerts by severity, every queue.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/zones", api_zones, WHO_VIEWER, "Zones with their worst alert.",
	    NULL, NULL },
	{ REQUEST_GET, "/api/v1/nodes", api_nodes, WHO_VIEWER,
	    "Nodes and their states. zone=, node= choose.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/nodes/{}", api_node, WHO_VIEWER, "One node with its series.", NULL,
	    NULL },
	{ REQUEST_GET, "/api/v1/series", api_series, WHO_VIEWER,
	    "Series with their fields. zone=, node= choose.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/series/find", values_find, WHO_VIEWER,
	    "Fields by words of their names and labels, at most 50.", find_params, "Found" },
	{ REQUEST_GET, "/api/v1/last", api_last, WHO_VIEWER,
	    "Latest values. zone=, node=, series= (a series or a source) choose.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/alerts", alertapi_alerts, WHO_VIEWER,
	    "Alerts that are pending or firing, then those resolved lately. zone=, node= choose.",
	    NULL, NULL },
	{ REQUEST_GET, "/api/v1/incidents", alertapi_incidents, WHO_VIEWER,
	    "Open incidents, then those closed lately. zone= chooses.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/incidents/{}", acts_incident, WHO_VIEWER,
	    "All of an incident: alerts, timeline, acts, messages with the other side's answer.",
	    NULL, NULL },
	{ REQUEST_POST, "/api/v1/incidents/{}/acknowledge", acts_acknowledge, WHO_OPERATOR,
	    "Somebody has it. Form: author=, comment=, for= (2h; default: to its end).", NULL,
	    NULL },
	{ REQUEST_POST, "/api/v1/incidents/{}/unacknowledge", acts_unacknowledge, WHO_OPERATOR,
	    "Takes that back. Form: author=.", NULL, NULL },
	{ REQUEST_POST, "/api/v1/incidents/{}/comment", acts_comment, WHO_OPERATOR,
	    "A remark in its timeline. Form: author=, comment=.", NULL, NULL },
	{ REQUEST_POST, "/api/v1/alerts/{}/acknowledge", acts_acknowledge_alert, WHO_OPERATOR,
	    "Of one alert. Form: author=, comment=, for=.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/silences", acts_silences, WHO_VIEWER,
	    "Silences, maintenance windows, what is out of service.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/silences/preview", acts_silence_preview, WHO_VIEWER,
	    "What zone=, node=, source=, rule= (patterns) would cover now.", NULL, NULL },
	{ REQUEST_POST, "/api/v1/silences", acts_silence, WHO_OPERATOR,
	    "A new one. Form: zone=, node=, source=, rule= (patterns), kind=silence|maintenance|"
	    "out-of-service, author=, reason=, for= or until= or window= (\"Sun 02:00-04:30\"), "
	    "starts=.",
	    NULL, NULL },
	{ REQUEST_POST, "/api/v1/silences/{}/end", acts_silence_end, WHO_OPERATOR,
	    "Ends one. Form: author=.", NULL, NULL },
	{ REQUEST_POST, "/api/v1/silences/{}/extend", acts_silence_extend, WHO_OPERATOR,
	    "So much longer. Form: author=, for=.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/past", acts_past, WHO_VIEWER,
	    "Incidents from=, to= (s since 1970; default: 31 days), zone=, limit=.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/ledger", acts_ledger, WHO_VIEWER,
	    "Messages: what was handed over when, to whom, with which answer. from=, to=, "
	    "limit=.",
	    NULL, NULL },
	{ REQUEST_GET, "/api/v1/audit", acts_audit, WHO_VIEWER,
	    "What people did. from=, to=, limit=.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/stats", acts_stats, WHO_VIEWER,
	    "The quality of the alarms: per day, floods, top ten, MTTA, MTTR. from=, to=.", NULL,
	    NULL },
	{ REQUEST_GET, "/api/v1/rules", rules_serve, WHO_VIEWER,
	    "All rules with how many subjects each has; with node=, those that look at it, with "
	    "limits in force there, what they see now and what they wait for.",
	    NULL, NULL },
	{ REQUEST_GET, "/api/v1/events", alertapi_events, WHO_VIEWER,
	    "What agents and gateways told of beside values, newest first. zone=, node= choose.",
	    NULL, NULL },
	{ REQUEST_GET, "/api/v1/live", live_serve, WHO_WALL,
	    "What changes, as it changes: Server-Sent Events of a topic=.", live_params, NULL },
	{ REQUEST_GET, "/api/v1/graph", graph_serve, WHO_VIEWER,
	    "A graph of series=NODE/SERIES (up to 8), field=, last=6h or start=, end= (seconds "
	    "since "
	    "1970), width=, height=, format=svg|png|pdf|json; json has cf=average|min|max, step=.",
	    NULL, NULL },
	{ REQUEST_GET, "/api/v1/values", values_serve, WHO_VIEWER,
	    "Values of series in columns, from the archive that fits, with their extremes.",
	    values_params, "Values" },
	{ REQUEST_GET, "/api/v1/storage", storage_serve, WHO_VIEWER,
	    "Bytes of the RRDs by the plan: archives, sources, nodes.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/session", people_session, WHO_WALL,
	    "Who asks: name, role, language.", NULL, "Session" },
	{ REQUEST_GET, "/api/v1/users", people_users, WHO_ADMIN, "Accounts.", NULL, "Users" },
	{ REQUEST_POST, "/api/v1/users", people_add, WHO_ADMIN,
	    "A new account; the answer has the one-time link that sets its password. Form: name=, "
	    "role=viewer|operator|admin.",
	    people_add_params, "Made" },
	{ REQUEST_POST, "/api/v1/users/{}/link", people_link, WHO_ADMIN,
	    "A new one-time link for who forgot the password.", people_act_params, "Made" },
	{ REQUEST_POST, "/api/v1/users/{}/role", people_role, WHO_ADMIN,
	    "Another role; all its sessions end. Form: role=.", people_role_params, "Done" },
	{ REQUEST_POST, "/api/v1/users/{}/remove", people_remove, WHO_ADMIN,
	    "No such account any more.", people_act_params, "Done" },
	{ REQUEST_POST, "/api/v1/users/{}/unlock", people_unlock, WHO_ADMIN,
	    "Too many wrong passwords are forgotten.", people_act_params, "Done" },
	{ REQUEST_GET, "/api/v1/tokens", people_tokens, WHO_ADMIN, "Tokens.", NULL, "Tokens" },
	{ REQUEST_POST, "/api/v1/tokens", people_token_add, WHO_ADMIN,
	    "A new token; the answer has it, this once. Form: name=, "
	    "role=wall|viewer|operator|admin, ends= (90d; only a wall's may be without).",
	    people_token_params, "Made" },
	{ REQUEST_POST, "/api/v1/tokens/{}/remove", people_token_remove, WHO_ADMIN,
	    "No such token any more.", people_act_params, "Done" },
	{ REQUEST_POST, "/api/v1/flush", graph_flush, WHO_OPERATOR,
	    "Has all gathered samples written into the RRDs; answers when they are.", NULL, NULL },
	{ REQUEST_GET, "/metrics", metrics_serve, WHO_VIEWER,
	    "For Prometheus: the collector's own figures; values=1: the latest values, too.", NULL,
	    NULL },
};

const struct route_table api_routes = { rows, sizeof rows / sizeof rows[0] };

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All end points of the API. GET /api/v1 prints this table, GET /api/v1/openapi.json describes it,
 * and so does the manual. */
#include "collector/web/route.h"

#include "collector/web/api/actionapi.h"
#include "collector/web/api/acts.h"
#include "collector/web/api/agentsapi.h"
#include "collector/web/api/alertapi.h"
#include "collector/web/api/api.h"
#include "collector/web/api/graph.h"
#include "collector/web/api/graphite.h"
#include "collector/web/api/graphrender.h"
#include "collector/web/api/health.h"
#include "collector/web/api/ledgerapi.h"
#include "collector/web/api/lists.h"
#include "collector/web/api/marks.h"
#include "collector/web/api/named.h"
#include "collector/web/api/metrics.h"
#include "collector/web/api/openapi.h"
#include "collector/web/api/params.h"
#include "collector/web/api/people.h"
#include "collector/web/api/reportsapi.h"
#include "collector/web/api/rules.h"
#include "collector/web/api/status.h"
#include "collector/web/api/storage.h"
#include "collector/web/pages/searchpage.h"
#include "collector/web/api/values.h"
#include "collector/web/live.h"
#include "collector/web/pages/nodevalues.h"

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

static const struct route_param marks_params[] = {
	{ "node", "text", "Of this node; up to 8 times.", true },
	{ "last", "duration", "The time up to now; default 6h.", false },
	{ "from", "time", "Or from here, seconds since 1970,", false },
	{ "to", "time", "to here; default: now.", false },
	{ NULL, NULL, NULL, false },
};

static const struct route_param find_params[] = {
	{ "q", "text", "Words that all occur in the names or labels of node, series, field.",
	    false },
	{ "unit", "text", "Only fields of this unit.", false },
	{ NULL, NULL, NULL, false },
};

static const struct route_param search_params[] = {
	{ "q", "text", "Words; each must be found.", true },
	{ "limit", "integer", "At most so many hits, 1 to 200; else 12.", false },
	{ NULL, NULL, NULL, false },
};

static const struct route rows[] = {
	{ REQUEST_GET, "/api/v1", api_list, WHO_VIEWER, "This list.", NULL, "Routes" },
	{ REQUEST_GET, "/api/v1/openapi.json", openapi_serve, WHO_VIEWER,
	    "This API, described by OpenAPI 3.1.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/health", health_serve, WHO_VIEWER,
	    "Whether all parts do what people rely on: 200, or 503.", NULL, "Health" },
	{ REQUEST_GET, "/api/v1/status", status_serve, WHO_VIEWER,
	    "The whole in figures: nodes by state, alerts by severity, every queue.", NULL,
	    "Status" },
	{ REQUEST_GET, "/api/v1/site", api_site, WHO_VIEWER,
	    "The site: its name, time zone, zones and state.", NULL, "Site" },
	{ REQUEST_GET, "/api/v1/zones", api_zones, WHO_VIEWER,
	    "Zones with their worst state, nodes by state and air.", NULL, "Zones" },
	{ REQUEST_GET, "/api/v1/zones/{}", api_zone, WHO_VIEWER,
	    "One zone, with its racks and nodes.", NULL, "ZoneWhole" },
	{ REQUEST_GET, "/api/v1/nodes", lists_nodes, WHO_VIEWER, "Nodes and their states.",
	    params_nodes, "Nodes" },
	{ REQUEST_GET, "/api/v1/nodes/{}", api_node, WHO_VIEWER, "One node with its series.", NULL,
	    "NodeWhole" },
	{ REQUEST_GET, "/api/v1/series", lists_series, WHO_VIEWER, "Series with their fields.",
	    params_series, "SeriesList" },
	{ REQUEST_GET, "/api/v1/series/find", values_find, WHO_VIEWER,
	    "Fields by words of their names and labels, at most 50.", find_params, "Found" },
	{ REQUEST_GET, "/api/v1/last", lists_last, WHO_VIEWER, "Latest values.", params_last,
	    "Last" },
	{ REQUEST_GET, "/api/v1/alerts", alertapi_alerts, WHO_VIEWER,
	    "Alerts that are pending or firing, then those resolved lately.", params_alerts,
	    "Alerts" },
	{ REQUEST_GET, "/api/v1/incidents", alertapi_incidents, WHO_VIEWER,
	    "Open incidents, then those closed lately.", params_incidents, "Incidents" },
	{ REQUEST_GET, "/api/v1/incidents/{}", acts_incident, WHO_VIEWER,
	    "All of an incident: alerts, timeline, acts, messages with the other side's answer.",
	    NULL, "IncidentWhole" },
	{ REQUEST_POST, "/api/v1/incidents/{}/acknowledge", acts_acknowledge, WHO_OPERATOR,
	    "Somebody has it.", params_acknowledge, "Done" },
	{ REQUEST_POST, "/api/v1/incidents/{}/unacknowledge", acts_unacknowledge, WHO_OPERATOR,
	    "Takes that back.", params_author, "Done" },
	{ REQUEST_POST, "/api/v1/incidents/{}/comment", acts_comment, WHO_OPERATOR,
	    "A remark in its timeline.", params_comment, "Done" },
	{ REQUEST_POST, "/api/v1/alerts/{}/acknowledge", acts_acknowledge_alert, WHO_OPERATOR,
	    "Somebody has this alert of an incident.", params_acknowledge, "Done" },
	{ REQUEST_GET, "/api/v1/silences", acts_silences, WHO_VIEWER,
	    "Silences, maintenance windows, what is out of service.", NULL, "Silences" },
	{ REQUEST_GET, "/api/v1/silences/preview", acts_silence_preview, WHO_VIEWER,
	    "What patterns would cover now.", params_pattern, "Preview" },
	{ REQUEST_POST, "/api/v1/silences", acts_silence, WHO_OPERATOR,
	    "A new silence, of what the patterns cover.", params_silence, "Done" },
	{ REQUEST_POST, "/api/v1/silences/{}/end", acts_silence_end, WHO_OPERATOR, "Ends one.",
	    params_author, "Done" },
	{ REQUEST_POST, "/api/v1/silences/{}/extend", acts_silence_extend, WHO_OPERATOR,
	    "So much longer.", params_extend, "Done" },
	{ REQUEST_GET, "/api/v1/actions", actionapi_list, WHO_VIEWER,
	    "What was decided to be done: what is open, and what was closed lately.",
	    actionapi_list_params, "Actions" },
	{ REQUEST_POST, "/api/v1/actions", actionapi_add, WHO_OPERATOR,
	    "A new action; monthly reports list it until it is closed.", actionapi_add_params,
	    "Done" },
	{ REQUEST_POST, "/api/v1/actions/{}/close", actionapi_close, WHO_OPERATOR, "It is done.",
	    actionapi_close_params, "Done" },
	{ REQUEST_GET, "/api/v1/past", acts_past, WHO_VIEWER,
	    "Incidents of the past, the newest first; by default of 31 days.", params_past,
	    "Past" },
	{ REQUEST_GET, "/api/v1/ledger", acts_ledger, WHO_VIEWER,
	    "Messages: what was handed over when, to whom, with which answer; of 7 days.",
	    params_past, "Ledger" },
	{ REQUEST_GET, "/api/v1/audit", acts_audit, WHO_VIEWER, "What people did; of 31 days.",
	    params_past, "Audit" },
	{ REQUEST_GET, "/api/v1/stats", acts_stats, WHO_VIEWER,
	    "The quality of the alarms: per day, floods, the most frequent, times to acknowledge "
	    "and to mend.",
	    params_stats, "Stats" },
	{ REQUEST_GET, "/api/v1/completeness", ledgerapi_completeness, WHO_VIEWER,
	    "How complete the data are: samples that should be there and are, by node, zone and "
	    "site, of whole hours (UTC); of 31 days.",
	    ledgerapi_params, "Completeness" },
	{ REQUEST_GET, "/api/v1/reports", reportsapi_list, WHO_VIEWER,
	    "Reports: those on their way, then past ones, the newest first.",
	    reportsapi_list_params, "Reports" },
	{ REQUEST_POST, "/api/v1/reports", reportsapi_make, WHO_OPERATOR,
	    "Has a report made, in a while: the answer, 202, says where to look. What it was made "
	    "in before it is made in again.",
	    reportsapi_params, "ReportAsked" },
	{ REQUEST_GET, "/api/v1/reports/{}", reportsapi_one, WHO_VIEWER,
	    "One report: how it is getting on, its files, its summary.", NULL, "ReportWhole" },
	{ REQUEST_GET, "/api/v1/reports/{}/{}", reportsapi_file, WHO_VIEWER,
	    "A file of a report: PDF, HTML, or CSV in a ZIP.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/search", searchpage_api, WHO_VIEWER,
	    "What is there now that has all words, best first.", search_params, "Search" },
	{ REQUEST_GET, "/api/v1/rules", rules_serve, WHO_VIEWER,
	    "All rules with how many subjects each has; with node=, those that look at it, with "
	    "limits in force there, what they see now and what they wait for.",
	    params_node, "Rules" },
	{ REQUEST_GET, "/api/v1/events", alertapi_events, WHO_VIEWER,
	    "What agents and gateways told of beside values, the newest first.", params_where,
	    "Events" },
	{ REQUEST_GET, "/api/v1/live", live_serve, WHO_WALL,
	    "What changes, as it changes: Server-Sent Events of a topic=.", live_params, NULL },
	{ REQUEST_GET, "/api/v1/graph", graph_serve, WHO_VIEWER,
	    "A graph as a picture, or its rows.", params_graph, "Rows" },
	{ REQUEST_GET, "/api/v1/graphs", named_list, WHO_VIEWER,
	    "Ready-made graphs: their names and titles.", params_named_list, "Graphs" },
	{ REQUEST_GET, "/api/v1/graphs/{}", named_serve, WHO_VIEWER,
	    "A ready-made graph of the site, a zone or a node.", params_named, NULL },
	{ REQUEST_GET, "/api/v1/values", values_serve, WHO_VIEWER,
	    "Values of series in columns, from the archive that fits, with their extremes.",
	    values_params, "Values" },
	{ REQUEST_GET, "/api/v1/nodes/{}/latest", nodevalues_export, WHO_VIEWER,
	    "All latest values of a node as CSV.", NULL, NULL },
	{ REQUEST_GET, "/api/v1/marks", marks_serve, WHO_VIEWER,
	    "What graphs of nodes shade: incidents, silences, why values are missing.",
	    marks_params, "Marks" },
	{ REQUEST_GET, "/api/v1/storage", storage_serve, WHO_VIEWER,
	    "Bytes of the RRDs by the plan: archives, sources, nodes.", NULL, "Storage" },
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
	    "Another role; all its sessions end. Form: role=.", people_role_params, "Made" },
	{ REQUEST_POST, "/api/v1/users/{}/remove", people_remove, WHO_ADMIN,
	    "No such account any more.", people_act_params, "Made" },
	{ REQUEST_POST, "/api/v1/users/{}/unlock", people_unlock, WHO_ADMIN,
	    "Too many wrong passwords are forgotten.", people_act_params, "Made" },
	{ REQUEST_GET, "/api/v1/agents", agentsapi_list, WHO_VIEWER,
	    "Agents and gateways: connection, version, certificate, invitation.", NULL, "Agents" },
	{ REQUEST_POST, "/api/v1/agents/invite", agentsapi_invite, WHO_ADMIN,
	    "Invites a node: the answer has the line to paste there, this once.",
	    agentsapi_invite_params, "AgentInvited" },
	{ REQUEST_POST, "/api/v1/agents/withdraw", agentsapi_withdraw, WHO_ADMIN,
	    "Takes its open invitation back.", agentsapi_withdraw_params, "AgentDone" },
	{ REQUEST_POST, "/api/v1/agents/revoke", agentsapi_revoke, WHO_ADMIN,
	    "Takes certificates back; sessions with them end at once. Form: node= or serial=.",
	    agentsapi_revoke_params, "AgentDone" },
	{ REQUEST_POST, "/api/v1/agents/issue", agentsapi_issue, WHO_ADMIN,
	    "A certificate for a request, to be carried to the machine.", agentsapi_issue_params,
	    "AgentIssued" },
	{ REQUEST_GET, "/api/v1/tokens", people_tokens, WHO_ADMIN, "Tokens.", NULL, "Tokens" },
	{ REQUEST_POST, "/api/v1/tokens", people_token_add, WHO_ADMIN,
	    "A new token; the answer has it, this once. Form: name=, "
	    "role=wall|viewer|operator|admin, ends= (90d; only a wall's may be without).",
	    people_token_params, "Made" },
	{ REQUEST_POST, "/api/v1/tokens/{}/remove", people_token_remove, WHO_ADMIN,
	    "No such token any more.", people_act_params, "Made" },
	{ REQUEST_POST, "/api/v1/flush", graph_flush, WHO_OPERATOR,
	    "Has all gathered samples written into the RRDs; answers when they are.", NULL,
	    "Flushed" },
	{ REQUEST_GET, "/metrics", metrics_serve, WHO_VIEWER,
	    "For Prometheus: the collector's own figures; values=1: the latest values, too.",
	    params_metrics, NULL },
	{ REQUEST_GET, "/metrics/find", graphite_find, WHO_VIEWER,
	    "For Graphite's clients: names below a path of zone.node.series.field.", params_find,
	    NULL },
	{ REQUEST_POST, "/metrics/find", graphite_find, WHO_VIEWER, "The same by a form.",
	    params_find, NULL },
	{ REQUEST_GET, "/render", graphrender_serve, WHO_VIEWER,
	    "For Graphite's clients: lines of values.", params_render, NULL },
	{ REQUEST_POST, "/render", graphrender_serve, WHO_VIEWER, "The same by a form.",
	    params_render, NULL },
	{ REQUEST_GET, "/functions", graphite_functions, WHO_VIEWER,
	    "For Graphite's clients: nothing is told of functions.", NULL, NULL },
	{ REQUEST_GET, "/version", graphite_version, WHO_VIEWER,
	    "For Graphite's clients: the version whose requests are understood.", NULL, NULL },
	{ REQUEST_GET, "/healthz", health_word, WHO_NOBODY,
	    "The health in a word, for balancers: 200 ok, or 503.", NULL, NULL },
};

const struct route_table api_routes = { rows, sizeof rows / sizeof rows[0] };

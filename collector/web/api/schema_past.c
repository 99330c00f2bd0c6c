/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the answers, of alerts, incidents, silences, rules and what the history tells. */
#include "collector/web/api/schema.h"

#include <stddef.h>

#define END                                                                                        \
	{                                                                                          \
		NULL, NULL, NULL                                                                   \
	}

static const struct schema_member m_Acknowledgement[] = {
	{ "author", "text", NULL },
	{ "comment", "text", NULL },
	{ "at_ms", "moment?", NULL },
	{ "until_ms", "moment?", "null: to the end." },
	END,
};

static const struct schema_member m_Alerts[] = {
	{ "alerts", "[]Alert", NULL },
	{ "next", "text?", "The address of the next page; null: this was the last." },
	END,
};

static const struct schema_member m_Alert[] = {
	{ "id", "integer", NULL },
	{ "rule", "text", NULL },
	{ "rack", "text?", NULL },
	{ "title", "text", NULL },
	{ "severity", "info|warning|critical", NULL },
	{ "state", "pending|firing|clearing|resolved|closed", NULL },
	{ "zone", "text", NULL },
	{ "node", "text?", NULL },
	{ "series", "text?", NULL },
	{ "field", "text?", NULL },
	{ "value", "number?", NULL },
	{ "value_state", "text?", "What the value means, if it is a state." },
	{ "limit", "number?", NULL },
	{ "unit", "text", NULL },
	{ "reason", "text", NULL },
	{ "advice", "text?", NULL },
	{ "since_ms", "moment?", NULL },
	{ "fired_ms", "moment?", NULL },
	{ "resolved_ms", "moment?", NULL },
	{ "incident", "integer", "0: none yet." },
	{ "peak", "number?", "The worst value so far." },
	{ "peak_ms", "moment?", NULL },
	{ "changes", "integer", NULL },
	{ "flags",
	    "[]acknowledged|silenced|maintenance|out-of-service|no-data|chattering|consequence|"
	    "late",
	    NULL },
	{ "because", "text?", "The node of which it is a consequence." },
	{ "silence", "integer", "What silences it; 0: nothing." },
	{ "acknowledged", "Acknowledgement?", NULL },
	END,
};

static const struct schema_member m_Incidents[] = {
	{ "incidents", "[]Incident", NULL },
	{ "next", "text?", "The address of the next page; null: this was the last." },
	END,
};

static const struct schema_member m_Incident[] = {
	{ "id", "integer", NULL },
	{ "zone", "text", NULL },
	{ "severity", "info|warning|critical", NULL },
	{ "open", "flag", NULL },
	{ "opened_ms", "moment", NULL },
	{ "closed_ms", "moment?", NULL },
	{ "firing", "integer", NULL },
	{ "muted", "integer", NULL },
	{ "total", "integer", NULL },
	{ "cause", "text", NULL },
	{ "node", "text?", NULL },
	{ "root", "integer", "The alert that it comes of." },
	{ "acknowledged", "Acknowledgement?", NULL },
	END,
};

static const struct schema_member m_PastIncident[] = {
	{ "id", "integer", NULL },
	{ "zone", "text", NULL },
	{ "severity", "info|warning|critical", NULL },
	{ "opened_ms", "moment", NULL },
	{ "closed_ms", "moment?", NULL },
	{ "changed_ms", "moment?", NULL },
	{ "firing", "integer", NULL },
	{ "muted", "integer", NULL },
	{ "total", "integer", NULL },
	{ "topic", "text", NULL },
	{ "root", "integer?", NULL },
	{ "node", "text?", NULL },
	{ "cause", "text?", NULL },
	{ "first_ack_ms", "moment?", NULL },
	{ "ack_author", "text?", NULL },
	{ "ack_comment", "text?", NULL },
	{ "ack_ms", "moment?", NULL },
	{ "ack_until_ms", "moment?", NULL },
	END,
};

static const struct schema_member m_IncidentWhole[] = {
	{ "id", "integer", NULL },
	{ "zone", "text", NULL },
	{ "severity", "info|warning|critical", NULL },
	{ "opened_ms", "moment", NULL },
	{ "closed_ms", "moment?", NULL },
	{ "changed_ms", "moment?", NULL },
	{ "firing", "integer", NULL },
	{ "muted", "integer", NULL },
	{ "total", "integer", NULL },
	{ "topic", "text", NULL },
	{ "root", "integer?", NULL },
	{ "node", "text?", NULL },
	{ "cause", "text?", NULL },
	{ "first_ack_ms", "moment?", NULL },
	{ "ack_author", "text?", NULL },
	{ "ack_comment", "text?", NULL },
	{ "ack_ms", "moment?", NULL },
	{ "ack_until_ms", "moment?", NULL },
	{ "alerts", "[]PastAlert", NULL },
	{ "timeline", "[]Transition", NULL },
	{ "acts", "[]Act", NULL },
	{ "mails", "[]Message", NULL },
	END,
};

static const struct schema_member m_PastAlert[] = {
	{ "id", "integer", NULL },
	{ "incident", "integer?", NULL },
	{ "rule", "text", NULL },
	{ "title", "text?", NULL },
	{ "severity", "info|warning|critical", NULL },
	{ "zone", "text", NULL },
	{ "rack", "text?", NULL },
	{ "node", "text?", NULL },
	{ "series", "text?", NULL },
	{ "field", "text?", NULL },
	{ "unit", "text?", NULL },
	{ "state", "text", NULL },
	{ "value", "number?", NULL },
	{ "value_words", "text?", NULL },
	{ "limit", "number?", NULL },
	{ "reason", "text?", NULL },
	{ "because", "text?", NULL },
	{ "peak", "number?", NULL },
	{ "peak_ms", "moment?", NULL },
	{ "changes", "integer", NULL },
	{ "since_ms", "moment?", NULL },
	{ "fired_ms", "moment?", NULL },
	{ "resolved_ms", "moment?", NULL },
	{ "silence", "integer?", NULL },
	{ "acknowledged", "flag", NULL },
	{ "silenced", "flag", NULL },
	{ "maintenance", "flag", NULL },
	{ "out_of_service", "flag", NULL },
	{ "no_data", "flag", NULL },
	{ "chattering", "flag", NULL },
	{ "consequence", "flag", NULL },
	{ "late", "flag", NULL },
	{ "ack_author", "text?", NULL },
	{ "ack_comment", "text?", NULL },
	{ "ack_ms", "moment?", NULL },
	{ "ack_until_ms", "moment?", NULL },
	END,
};

static const struct schema_member m_Transition[] = {
	{ "id", "integer", NULL },
	{ "time_ms", "moment", NULL },
	{ "kind", "text", NULL },
	{ "alert", "integer?", NULL },
	{ "zone", "text?", NULL },
	{ "subject", "text?", NULL },
	{ "value", "number?", NULL },
	{ "text", "text?", NULL },
	{ "author", "text?", NULL },
	{ "note", "text?", NULL },
	END,
};

static const struct schema_member m_Act[] = {
	{ "id", "integer", NULL },
	{ "time_ms", "moment", NULL },
	{ "author", "text", NULL },
	{ "kind", "text", NULL },
	{ "incident", "integer?", NULL },
	{ "what", "text?", NULL },
	{ "text", "text?", NULL },
	END,
};

static const struct schema_member m_Message[] = {
	{ "id", "integer", NULL },
	{ "incident", "integer?", NULL },
	{ "kind", "text", NULL },
	{ "via", "text", NULL },
	{ "recipient", "integer?", NULL },
	{ "zone", "text?", NULL },
	{ "severity", "info|warning|critical?", NULL },
	{ "to", "text?", NULL },
	{ "rest", "text?", NULL },
	{ "subject", "text?", NULL },
	{ "message_id", "text?", NULL },
	{ "created_ms", "moment", NULL },
	{ "next_ms", "moment?", NULL },
	{ "done_ms", "moment?", NULL },
	{ "tries", "integer", NULL },
	{ "state", "text", NULL },
	{ "reply", "text?", NULL },
	{ "deliveries", "[]Delivery", NULL },
	END,
};

static const struct schema_member m_Delivery[] = {
	{ "to", "text", NULL },
	{ "time_ms", "moment", NULL },
	{ "state", "text", NULL },
	{ "reply", "text?", NULL },
	END,
};

static const struct schema_member m_Past[] = {
	{ "incidents", "[]PastIncident", NULL },
	END,
};

static const struct schema_member m_Ledger[] = {
	{ "mails", "[]Message", NULL },
	END,
};

static const struct schema_member m_Audit[] = {
	{ "acts", "[]Act", NULL },
	END,
};

static const struct schema_member m_Silences[] = {
	{ "silences", "[]Silence", NULL },
	END,
};

static const struct schema_member m_Silence[] = {
	{ "id", "integer", "0: of the configuration." },
	{ "kind", "silence|maintenance|out-of-service", NULL },
	{ "active", "flag", NULL },
	{ "zone", "text?", NULL },
	{ "node", "text?", NULL },
	{ "source", "text?", NULL },
	{ "rule", "text?", NULL },
	{ "author", "text", NULL },
	{ "reason", "text", NULL },
	{ "created_ms", "moment?", NULL },
	{ "starts_ms", "moment?", NULL },
	{ "ends_ms", "moment?", NULL },
	{ "next_ms", "moment?", NULL },
	{ "window", "text?", NULL },
	{ "ended_by", "text?", NULL },
	END,
};

static const struct schema_member m_Preview[] = {
	{ "total", "integer", NULL },
	{ "nodes", "[]text", NULL },
	{ "alerts", "[]PreviewAlert", NULL },
	END,
};

static const struct schema_member m_Marks[] = {
	{ "planned", "[]MarkWindow", "Maintenance by the configuration." },
	{ "incidents", "[]MarkIncident", NULL },
	{ "reasons", "[]MarkReason", "Why values may be missing." },
	{ "silences", "[]MarkWindow", "Of people." },
	END,
};

static const struct schema_member m_MarkWindow[] = {
	{ "id", "integer", "0: the configuration's." },
	{ "kind", "silence|maintenance|out-of-service", NULL },
	{ "starts_ms", "moment", NULL },
	{ "ends_ms", "moment?", NULL },
	{ "author", "text", NULL },
	{ "reason", "text", NULL },
	{ "source", "text?", NULL },
	{ "rule", "text?", NULL },
	END,
};

static const struct schema_member m_MarkIncident[] = {
	{ "id", "integer", NULL },
	{ "zone", "text", NULL },
	{ "severity", "info|warning|critical", NULL },
	{ "opened_ms", "moment", NULL },
	{ "closed_ms", "moment?", NULL },
	{ "cause", "text", NULL },
	{ "node", "text?", NULL },
	END,
};

static const struct schema_member m_MarkReason[] = {
	{ "kind", "silent|collector", "collector: it was away itself." },
	{ "node", "text?", NULL },
	{ "from_ms", "moment", NULL },
	{ "to_ms", "moment?", NULL },
	{ "because", "text?", "The node without which it cannot be reached." },
	{ "incident", "integer?", NULL },
	END,
};

static const struct schema_member m_Search[] = {
	{ "hits", "[]SearchHit", "The best first." },
	{ "more", "flag", "Whether there are others." },
	END,
};

static const struct schema_member m_SearchHit[] = {
	{ "kind", "zone|node|link|incident|alert|series|rule|silence|event", NULL },
	{ "name", "text", NULL },
	{ "text", "text", "What stands beside the name." },
	{ "address", "text", "Of its page." },
	END,
};

static const struct schema_member m_PreviewAlert[] = {
	{ "id", "integer", NULL },
	{ "zone", "text", NULL },
	{ "node", "text?", NULL },
	{ "rule", "text", NULL },
	{ "title", "text", NULL },
	END,
};

static const struct schema_member m_Rules[] = {
	{ "rules", "[]Rule", NULL },
	END,
};

static const struct schema_member m_Rule[] = {
	{ "rule", "text", NULL },
	{ "kind", "text", NULL },
	{ "title", "text", NULL },
	{ "scope", "text", NULL },
	{ "aggregate", "text?", NULL },
	{ "severity", "text", NULL },
	{ "for_ms", "integer", NULL },
	{ "clear_for_ms", "integer", NULL },
	{ "~subjects", "integer", NULL },
	{ "~firing", "integer", NULL },
	{ "~limits", "{}", "Keys of the rule's kind, in force there; durations in seconds." },
	{ "~zone", "text", NULL },
	{ "~rack", "text?", NULL },
	{ "~node", "text?", NULL },
	{ "~series", "text?", NULL },
	{ "~field", "text?", NULL },
	{ "~members", "integer", NULL },
	{ "~value", "number?", NULL },
	{ "~unit", "text", NULL },
	{ "~state", "text?", NULL },
	{ "~sees", "ok|pending|firing|clearing|no-data|quarantined|unreachable|off", NULL },
	{ "~because", "text?", NULL },
	{ "~waits_ms", "integer?", NULL },
	{ "~alert", "RuleAlert?", NULL },
	END,
};

static const struct schema_member m_RuleAlert[] = {
	{ "id", "integer", NULL },
	{ "reason", "text", NULL },
	{ "since_ms", "moment?", NULL },
	{ "incident", "integer", NULL },
	{ "acknowledged_by", "text?", NULL },
	{ "muted", "silence|maintenance|out-of-service?", NULL },
	{ "silence", "integer", NULL },
	{ "chattering", "flag", NULL },
	{ "no_data", "flag", NULL },
	{ "because", "text?", NULL },
	END,
};

static const struct schema_member m_Stats[] = {
	{ "from_ms", "moment", NULL },
	{ "to_ms", "moment", NULL },
	{ "alerts", "StatsAlerts", NULL },
	{ "incidents", "StatsIncidents", NULL },
	{ "mails", "StatsMails", NULL },
	{ "silences", "[]StatsSilence", NULL },
	END,
};

static const struct schema_member m_StatsAlerts[] = {
	{ "total", "integer", NULL },
	{ "muted", "integer", NULL },
	{ "late", "integer", NULL },
	{ "consequences", "integer", NULL },
	{ "fleeting", "integer", NULL },
	{ "per_severity", "[]StatsSeverity", NULL },
	{ "per_day", "[]StatsDay", NULL },
	{ "top_rules", "[]StatsRule", NULL },
	{ "top_subjects", "[]StatsSubject", NULL },
	{ "chattering", "[]StatsChattering", NULL },
	{ "stale", "[]StatsStale", NULL },
	{ "floods", "StatsFloods", NULL },
	END,
};

static const struct schema_member m_StatsSeverity[] = {
	{ "severity", "info|warning|critical", NULL },
	{ "alerts", "integer", NULL },
	{ "part", "number", NULL },
	END,
};

static const struct schema_member m_StatsDay[] = {
	{ "day", "text", NULL },
	{ "alerts", "integer", NULL },
	END,
};

static const struct schema_member m_StatsRule[] = {
	{ "rule", "text", NULL },
	{ "title", "text?", NULL },
	{ "alerts", "integer", NULL },
	{ "part", "number", NULL },
	END,
};

static const struct schema_member m_StatsSubject[] = {
	{ "zone", "text?", NULL },
	{ "rack", "text?", NULL },
	{ "node", "text?", NULL },
	{ "series", "text?", NULL },
	{ "field", "text?", NULL },
	{ "rule", "text", NULL },
	{ "alerts", "integer", NULL },
	{ "part", "number", NULL },
	END,
};

static const struct schema_member m_StatsChattering[] = {
	{ "zone", "text?", NULL },
	{ "subject", "text?", NULL },
	{ "times", "integer", NULL },
	END,
};

static const struct schema_member m_StatsStale[] = {
	{ "id", "integer", NULL },
	{ "zone", "text?", NULL },
	{ "rack", "text?", NULL },
	{ "node", "text?", NULL },
	{ "series", "text?", NULL },
	{ "field", "text?", NULL },
	{ "rule", "text", NULL },
	{ "fired_ms", "moment", NULL },
	{ "resolved_ms", "moment?", NULL },
	{ "seconds", "integer", NULL },
	END,
};

static const struct schema_member m_StatsFloods[] = {
	{ "floods", "integer", NULL },
	{ "windows_over", "integer", NULL },
	{ "minutes", "integer", NULL },
	{ "part", "number", NULL },
	{ "windows_over_part", "number", NULL },
	{ "most_in_10min", "number", NULL },
	END,
};

static const struct schema_member m_StatsIncidents[] = {
	{ "total", "integer", NULL },
	{ "unacknowledged", "integer", NULL },
	{ "open", "integer", NULL },
	{ "untold", "integer", NULL },
	{ "mtta", "StatsTimes", NULL },
	{ "mttr", "StatsTimes", NULL },
	END,
};

static const struct schema_member m_StatsTimes[] = {
	{ "count", "integer", NULL },
	{ "mean_s", "number?", NULL },
	{ "median_s", "number?", NULL },
	{ "p99_s", "number?", NULL },
	{ "max_s", "number?", NULL },
	END,
};

static const struct schema_member m_StatsMails[] = {
	{ "total", "integer", NULL },
	{ "sent", "integer", NULL },
	{ "failed", "integer", NULL },
	{ "superseded", "integer", NULL },
	{ "waiting", "integer", NULL },
	{ "per_kind", "[]StatsKind", NULL },
	{ "per_recipient", "[]StatsRecipient", NULL },
	{ "opening_to_acceptance", "StatsTimes", NULL },
	END,
};

static const struct schema_member m_StatsKind[] = {
	{ "kind", "text", NULL },
	{ "via", "text", NULL },
	{ "mails", "integer", NULL },
	END,
};

static const struct schema_member m_StatsRecipient[] = {
	{ "to", "text", NULL },
	{ "day", "text", NULL },
	{ "mails", "integer", NULL },
	END,
};

static const struct schema_member m_StatsSilence[] = {
	{ "id", "integer", NULL },
	{ "kind", "text", NULL },
	{ "zone", "text?", NULL },
	{ "node", "text?", NULL },
	{ "source", "text?", NULL },
	{ "rule", "text?", NULL },
	{ "author", "text", NULL },
	{ "reason", "text", NULL },
	{ "created_ms", "moment?", NULL },
	{ "starts_ms", "moment?", NULL },
	{ "ends_ms", "moment?", NULL },
	{ "ended_by", "text?", NULL },
	{ "alerts", "integer", NULL },
	END,
};

const struct schema schema_past[] = {
	{ "Acknowledgement", "Who has it.", m_Acknowledgement },
	{ "Alerts", NULL, m_Alerts },
	{ "Alert", "Something wrong, by one rule.", m_Alert },
	{ "Incidents", NULL, m_Incidents },
	{ "Incident", "Alerts that belong together.", m_Incident },
	{ "PastIncident", "An incident as the history has it.", m_PastIncident },
	{ "IncidentWhole", "An incident with all that belongs to it.", m_IncidentWhole },
	{ "PastAlert", "An alert as the history has it.", m_PastAlert },
	{ "Transition", NULL, m_Transition },
	{ "Act", "What somebody did.", m_Act },
	{ "Message", "A message and its ledger.", m_Message },
	{ "Delivery", NULL, m_Delivery },
	{ "Past", NULL, m_Past },
	{ "Ledger", NULL, m_Ledger },
	{ "Audit", NULL, m_Audit },
	{ "Silences", NULL, m_Silences },
	{ "Silence", NULL, m_Silence },
	{ "Preview", "What patterns cover.", m_Preview },
	{ "PreviewAlert", NULL, m_PreviewAlert },
	{ "Marks", "What graphs shade.", m_Marks },
	{ "MarkWindow", NULL, m_MarkWindow },
	{ "MarkIncident", NULL, m_MarkIncident },
	{ "MarkReason", NULL, m_MarkReason },
	{ "Search", NULL, m_Search },
	{ "SearchHit", NULL, m_SearchHit },
	{ "Rules", NULL, m_Rules },
	{ "Rule", "Without node= a rule; with it a subject of a rule.", m_Rule },
	{ "RuleAlert", NULL, m_RuleAlert },
	{ "Stats", "The quality of the alarms (EEMUA 191).", m_Stats },
	{ "StatsAlerts", NULL, m_StatsAlerts },
	{ "StatsSeverity", NULL, m_StatsSeverity },
	{ "StatsDay", NULL, m_StatsDay },
	{ "StatsRule", NULL, m_StatsRule },
	{ "StatsSubject", NULL, m_StatsSubject },
	{ "StatsChattering", NULL, m_StatsChattering },
	{ "StatsStale", NULL, m_StatsStale },
	{ "StatsFloods", NULL, m_StatsFloods },
	{ "StatsIncidents", NULL, m_StatsIncidents },
	{ "StatsTimes", NULL, m_StatsTimes },
	{ "StatsMails", NULL, m_StatsMails },
	{ "StatsKind", NULL, m_StatsKind },
	{ "StatsRecipient", NULL, m_StatsRecipient },
	{ "StatsSilence", NULL, m_StatsSilence },
	{ NULL, NULL, NULL },
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands: --help prints it, and main.c checks options and arguments by it. */
#include "collector/ctl/ctl.h"

#include "collector/ctl/acts.h"
#include "collector/ctl/agents.h"
#include "collector/ctl/disk.h"
#include "collector/ctl/nagios.h"
#include "collector/ctl/named.h"
#include "collector/ctl/past.h"
#include "collector/ctl/people.h"
#include "collector/ctl/report.h"
#include "collector/ctl/rules.h"
#include "collector/ctl/show.h"
#include "collector/ctl/snmp.h"
#include "collector/ctl/summary.h"
#include "collector/ctl/tasks.h"

const struct command commands[] = {
	{ "status", "", CTL_JSON, 0, 0, false, NULL, summary_run,
	    "The whole in ten lines. Exit code 3 when something is critical." },
	{ "zones", "", CTL_JSON, 0, 0, false, NULL, show_zones, "Zones with their worst state." },
	{ "nodes", "[NODE]", CTL_ZONE | CTL_NODE | CTL_JSON, 0, 1, false, NULL, show_nodes,
	    "Nodes, their states and when they were last heard of." },
	{ "series", "[NODE]", CTL_ZONE | CTL_NODE | CTL_JSON, 0, 1, false, NULL, show_series,
	    "Series and their fields." },
	{ "last", "[NODE[/SERIES]]", CTL_ZONE | CTL_NODE | CTL_JSON, 0, 1, false, NULL, show_last,
	    "Latest values. SERIES may be a source: srv07/filesystem." },
	{ "alerts", "[NODE]", CTL_ZONE | CTL_NODE | CTL_JSON, 0, 1, false, NULL, show_alerts,
	    "Alerts that are pending or firing, then those resolved lately." },
	{ "incidents", "", CTL_ZONE | CTL_JSON, 0, 0, false, NULL, show_incidents,
	    "Open incidents, then those closed lately." },
	{ "ack", "INCIDENT", CTL_AUTHOR | CTL_COMMENT | CTL_FOR | CTL_JSON, 1, 1, false,
	    acts_check_number, acts_ack, "Acknowledges an incident: you have it." },
	{ "unack", "INCIDENT", CTL_AUTHOR | CTL_JSON, 1, 1, false, acts_check_number, acts_unack,
	    "Takes that back." },
	{ "comment", "INCIDENT TEXT", CTL_AUTHOR | CTL_JSON, 2, 2, false, acts_check_number,
	    acts_comment, "Adds a remark to an incident's timeline." },
	{ "incident", "NUMBER", CTL_JSON, 1, 1, false, acts_check_number, past_incident,
	    "All of an incident: timeline, acts, messages and their answers." },
	{ "ledger", "", CTL_LAST | CTL_ZONE | CTL_JSON, 0, 0, false, past_check_span, past_ledger,
	    "Messages: what was handed over when, to whom, with which answer." },
	{ "audit", "", CTL_LAST | CTL_JSON, 0, 0, false, past_check_span, past_audit,
	    "What people did." },
	{ "completeness", "", CTL_LAST | CTL_ZONE | CTL_JSON, 0, 0, false, past_check_span,
	    past_completeness,
	    "Samples that should be there, and are: by node (the least complete first), zone and "
	    "in all, of whole hours." },
	{ "stats", "", CTL_LAST | CTL_ZONE | CTL_JSON, 0, 0, false, past_check_span, past_stats,
	    "The quality of the alarms: how many, which, floods, time to acknowledge and "
	    "restore." },
	{ "silences", "", CTL_JSON, 0, 0, false, NULL, acts_silences,
	    "Silences, maintenance windows, what is out of service." },
	{ "silence", "add|preview|end [NUMBER]",
	    CTL_ZONE | CTL_NODE | CTL_SILENCE | CTL_REASON | CTL_AUTHOR | CTL_FOR | CTL_JSON, 1, 2,
	    false, acts_check_silence, acts_silence,
	    "Tells nobody of what --zone, --node, --source, --rule match, --for so long or in a "
	    "--window, with a --reason; preview: what that covers." },
	{ "action", "list | add TEXT | close NUMBER",
	    CTL_ZONE | CTL_LAST | CTL_ACTION | CTL_AUTHOR | CTL_JSON, 1, 2, false,
	    acts_check_action, acts_action,
	    "What was decided to be done, as the monthly reports list it: what is open, and what "
	    "was closed in the --last time (31d). add: with --owner, --due 2026-12-15, --zone; "
	    "close: with a --note." },
	{ "events", "[NODE]", CTL_ZONE | CTL_NODE | CTL_JSON, 0, 1, false, NULL, show_events,
	    "What agents and gateways told of lately beside values, as traps; newest first." },
	{ "graph", "[NODE/SERIES | NAME]",
	    CTL_LAST | CTL_FIELD | CTL_OUTPUT | CTL_SIZE | CTL_JSON | CTL_ZONE | CTL_NODE |
		CTL_REPORT | CTL_LANG,
	    0, 1, false, named_check, named_run,
	    "Draws a series into FILE.svg or FILE.png (--json: its rows), or a ready-made graph "
	    "of the site, a --zone or --node into FILE.svg, FILE.png or FILE.pdf; --list tells "
	    "which there are." },
	{ "report", "", CTL_REPORT | CTL_LANG | CTL_ZONE | CTL_OUTPUT | CTL_AUTHOR | CTL_JSON, 0, 0,
	    false, report_check, report_run,
	    "Has the report of the last month made, or of --month, --week, --from and --to, and "
	    "writes it into FILE.pdf, FILE.html or FILE.csv.zip. --list: those that there are." },
	{ "rules", "test FILE | try [FILE] | explain NODE | list", CTL_CONF | CTL_LAST | CTL_JSON,
	    1, 2, true, rules_check, rules_run,
	    "test: plays a file's series and looks whether the alerts come that it expects. try: "
	    "what the rules in force, and those of a file, would have told of the --last time. "
	    "explain: which rules watch a node and what they see now. list: all rules." },
	{ "snmp", "COMMAND...", 0, 0, 2, true, NULL, snmp_late,
	    "Devices, traps, probes, profiles: see zonewatchctl snmp --help." },
	{ "check-nagios", "", CTL_ZONE | CTL_NODE | CTL_NAGIOS, 0, 0, true, nagios_usage,
	    nagios_run,
	    "A plugin for Nagios and Icinga: the site, or --zone, --node, --incident. Exit code 0 "
	    "OK, "
	    "1 WARNING, 2 CRITICAL, 3 UNKNOWN." },
	{ "user", "list | add|link|role|remove|unlock NAME", CTL_ROLE | CTL_AUTHOR | CTL_JSON, 1, 2,
	    false, people_check_user, people_user,
	    "Accounts. add NAME --role viewer|operator|admin prints a one-time address at which "
	    "its owner sets the password; link: another, for who forgot it." },
	{ "token", "list | add|remove NAME", CTL_ROLE | CTL_ENDS | CTL_AUTHOR | CTL_JSON, 1, 2,
	    false, people_check_token, people_token,
	    "Tokens of programs and walls. add NAME --role wall|viewer|operator|admin --ends 90d "
	    "prints it, this once." },
	{ "agent", "list | invite|withdraw|revoke|issue NODE",
	    CTL_ZONE | CTL_AGENT | CTL_REASON | CTL_OUTPUT | CTL_AUTHOR | CTL_JSON, 1, 2, false,
	    agents_check, agents_run,
	    "Certificates of agents. invite prints the line to paste on the machine (--zone: which "
	    "the node must be in); withdraw ends it; revoke takes back all of a node, or --serial; "
	    "issue --output DIR makes one to be carried there." },
	{ "check", "", CTL_CONF, 0, 0, true, NULL, tasks_check,
	    "Checks the collector's configuration: exit code 0 or 1." },
	{ "storage", "plan", CTL_CONF | CTL_JSON, 1, 1, true, disk_plan_usage, disk_plan,
	    "Bytes of the RRDs; by the configuration with -c or no collector." },
	{ "flush", "", 0, 0, 0, false, NULL, tasks_flush,
	    "Has all gathered samples written into the RRDs, and waits." },
};

const size_t ncommands = sizeof commands / sizeof commands[0];

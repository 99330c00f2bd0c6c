/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commands: all commands of zonewatch-snmp, in the order of the help; main.c checks options and
 * arguments by it. */
#include "agent/gateway/tool/tool.h"

const struct tool_command tool_commands[] = {
	{ "show", "[DEVICE]", TOOL_CONF | TOOL_JSON, 0, 1, show_run,
	    "The devices of the running gateway; of one: every value with its OID, raw, scale, "
	    "state and age." },
	{ "traps", "", TOOL_CONF | TOOL_JSON, 0, 0, traps_run,
	    "The traps that came last, what they have raised, and what was refused." },
	{ "probes", "", TOOL_CONF | TOOL_JSON, 0, 0, probes_run,
	    "The probes and their last answers." },
	{ "end", "DEVICE ALARM", TOOL_CONF, 2, 2, end_run, "Ends what a trap has raised." },
	{ "test", "ADDRESS|DEVICE", TOOL_ASKING | TOOL_JSON, 1, 1, test_run,
	    "Which part fails: address, timeout, community, engine, user, auth, priv, context, "
	    "access. Exit code 2 when one does." },
	{ "walk", "ADDRESS|DEVICE [OID...]",
	    TOOL_ASKING | TOOL_JSON | TOOL_PROFILES | TOOL_FILE | TOOL_OUTPUT | TOOL_DRAFT, 0,
	    TOOL_MAX_ARGS, walk_run,
	    "Writes down what an agent says, as snmpwalk -On does; with --profile-draft a first "
	    "profile of it." },
	{ "discover", "CIDR", TOOL_ASKING | TOOL_JSON | TOOL_PROFILES, 1, 1, discover_run,
	    "Asks every address; proposes configuration and changes nothing." },
	{ "poll", "ADDRESS|DEVICE", TOOL_ASKING | TOOL_JSON | TOOL_PROFILES | TOOL_FILE, 0, 1,
	    poll_run,
	    "Asks a device once and shows what the profiles make of it; or --file RECORDING." },
	{ "profiles", "[NAME]", TOOL_CONF | TOOL_JSON | TOOL_PROFILES, 0, 1, catalogue_run,
	    "The profiles there are; of one: what it matches and measures." },
};

const size_t tool_ncommands = sizeof tool_commands / sizeof tool_commands[0];

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commands: all commands of zonewatch-snmp, in the order of the help. */
#include "agent/gateway/tool/tool.h"

const struct tool_command tool_commands[] = {
	{ "show", "[DEVICE]", 0, 1, show_run,
	    "The devices of the running gateway; of one: every value with its OID, raw, state, "
	    "age" },
	{ "traps", "", 0, 0, traps_run, "The traps that came last, and what they have raised" },
	{ "probes", "", 0, 0, probes_run, "The probes and their last answers" },
	{ "end", "DEVICE ALARM", 2, 2, end_run, "End what a trap has raised" },
	{ "test", "ADDRESS|DEVICE", 1, 1, test_run,
	    "Which part fails: address, timeout, user, auth, priv, engine, context, access" },
	{ "walk", "ADDRESS|DEVICE [OID...]", 1, TOOL_MAX_ARGS, walk_run,
	    "Write down what an agent says (snmpwalk -On); --profile-draft: a profile of it" },
	{ "discover", "CIDR", 1, 1, discover_run,
	    "Ask every address; proposes configuration and changes nothing" },
	{ "poll", "ADDRESS|DEVICE", 0, 1, poll_run,
	    "Ask a device once and show what the profiles make of it; or --file RECORDING" },
	{ "profiles", "[NAME]", 0, 1, catalogue_run,
	    "The profiles there are; of one: what it matches and measures" },
};

const size_t tool_ncommands = sizeof tool_commands / sizeof tool_commands[0];

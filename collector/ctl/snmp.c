/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmp: a program of its own, for it links what only gateways need. */
#include "collector/ctl/snmp.h"

#include "collector/ctl/ctl.h"
#include "collector/ctl/sibling.h"

/* Become it. */
int
snmp_run(char **argv)
{
	/* argv[1] is "snmp": it becomes the program's own name. */
	return sibling_exec("zonewatch-snmp", argv + 1, "zonewatch-gateway");
}

/* It is not the first word. */
int
snmp_late(struct ctl *ctl)
{
	(void)ctl;
	ctl_complain("\"snmp\" must be the first word: zonewatchctl snmp COMMAND...");
	return CTL_USAGE;
}

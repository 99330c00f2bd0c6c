/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmp: "zonewatchctl snmp ..." is another program, zonewatch-snmp, which comes with the gateway.
 */
#ifndef COLLECTOR_CTL_SNMP_H
#define COLLECTOR_CTL_SNMP_H

/* Becomes that program, with the arguments behind "snmp". Returns the exit code where it cannot. */
int snmp_run(char **argv);
/* As the command of a row: an option stands before it, which is another program's. */
struct ctl;
int snmp_late(struct ctl *ctl);

#endif

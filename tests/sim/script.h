/* SPDX-License-Identifier: GPL-3.0-or-later */
/* script: what goes wrong in the simulated centre, and when.
 *
 * A line a fault: AFTER KIND TARGET [for DURATION] [every DURATION], '#' begins a comment:
 *   20s cooling-failure zone=B for 60s every 5min
 *   90s host-dies node=srv12 for 30s
 *   2min disk-fills node=srv20 for 60s
 *   2min cpu-busy node=srv21 for 60s
 * and of the equipment (tests/sim/equipment.h):
 *   ups-on-battery node=ups-1   mains is gone
 *   leak zone=B, door-open zone=B, smoke zone=B
 *   snmp-silent node=cool-a     it hears nothing and answers nothing
 *   snmp-slow node=cool-a       it answers 1.5 s later
 *   snmp-reboot node=cool-a     silent as long as it lasts, then it starts anew
 *   link-down node=link-07      the listener and the switch's port
 *   probe-lost probe=tmp-b      hum, tmp, leak, acc - a, b, c, d
 * AFTER counts from the start; without `for` a fault lasts for ever. */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "zw/err.h"
#include "zw/str.h"

#define SCRIPT_MAX 64

enum fault_kind {
	FAULT_COOLING,
	FAULT_HOST,
	FAULT_DISK,
	FAULT_CPU,
	FAULT_UPS,
	FAULT_LEAK,
	FAULT_DOOR,
	FAULT_SMOKE,
	FAULT_SILENT,
	FAULT_SLOW,
	FAULT_REBOOT,
	FAULT_LINK,
	FAULT_PROBE
};

struct fault {
	enum fault_kind kind;
	char target[NAME_MAX_NODE + 1]; /* a zone, a node or a probe */
	int64_t after_ms;
	int64_t for_ms;	  /* 0: for ever */
	int64_t every_ms; /* 0: once */
	int active;
};

struct script {
	struct fault faults[SCRIPT_MAX];
	size_t n;
};

/* Read a script's text: 0, or -1 and the line and reason. */
int script_parse(struct script *s, const char *text, struct err *e)
    __attribute__((warn_unused_result));
/* Whether a fault is there, this long after the start. */
int fault_active(const struct fault *f, int64_t elapsed_ms);
const char *fault_name(enum fault_kind kind);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trap: the messages between the collector and its children zonewatch-trap, one for each receiver,
 * so that one that does not answer delays no other. Requests are JSON objects: "to", the keys of
 * its trap_credential, "engine" (hex), "boots", "engine_began_ms" (monotonic), "message" (its
 * number) and "objects", what payload.c made. Answers are a byte (enum trap_fate), then words for
 * people. */
#ifndef COLLECTOR_TRAP_H
#define COLLECTOR_TRAP_H

#define TRAP_SEND 1
#define TRAP_ANSWER 2
/* Longest that a child takes over a request, s: discovery of the receiver's engine, then the
 * inform, each with repetitions. */
#define TRAP_PATIENCE_S 60

enum trap_fate {
	TRAP_RETRY,
	TRAP_ACCEPTED,
	TRAP_REFUSED
};

#endif

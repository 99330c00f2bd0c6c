/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trap_session: one notification sent by net-snmp; the collector's door to it, in zonewatch-trap
 * only. Blocks until it is answered, or will not be. */
#ifndef COLLECTOR_TRAP_SESSION_H
#define COLLECTOR_TRAP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/notify/trap.h"

#define TRAP_MAX_BINDS 20
#define TRAP_MAX_TEXT 700 /* bytes: all together should fit into one unfragmented datagram */
#define TRAP_MAX_ENGINE 32
#define TRAP_WHY 200

enum trap_type {
	TRAP_NUMBER, /* Unsigned32 */
	TRAP_WORD,   /* INTEGER: an enumeration */
	TRAP_TEXT,   /* octets, UTF-8 */
	TRAP_TIME    /* DateAndTime, of wall milliseconds */
};

/* An object of ZONEWATCH-MIB: its number below zwObjects and its value. */
struct trap_bind {
	unsigned object;
	enum trap_type type;
	int64_t number;
	const char *text;
};

/* All borrowed. */
struct trap_notice {
	const char *to; /* HOST[:PORT] */
	bool v3;
	bool inform;
	const char *community;
	const char *user;
	const char *auth; /* "SHA-256" */
	const char *auth_password;
	const char *priv; /* "AES", "none" */
	const char *priv_password;
	uint8_t engine[TRAP_MAX_ENGINE]; /* ours */
	size_t engine_len;
	unsigned boots;
	int64_t began_ms;      /* monotonic: when the collector did */
	unsigned notification; /* its number below zwNotifications */
	struct trap_bind binds[TRAP_MAX_BINDS];
	size_t nbinds;
};

/* Starts net-snmp without any file or MIB of its own; once. */
void trap_session_start(void);
/* Sends it and says in why what became of it. */
enum trap_fate trap_session_send(const struct trap_notice *t, char why[TRAP_WHY]);

#endif

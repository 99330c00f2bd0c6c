/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engineid: our SNMP engine ID as a sender of traps, and how often we started (RFC 3411, 3414), in
 * a file: receivers remember both, and refuse what seems to be from the past. */
#ifndef COLLECTOR_ENGINEID_H
#define COLLECTOR_ENGINEID_H

#include <stdint.h>

#include "zw/err.h"

#define ENGINEID_HEX 27 /* 13 bytes, with the NUL */

struct engineid {
	char hex[ENGINEID_HEX];
	uint64_t boots;
};

/* Reads DIR/trap-engine, counts this start and writes it back, before it is used. Without such a
 * file, or with one that cannot be read, a new engine begins. */
int engineid_take(struct engineid *id, const char *dir, struct err *e)
    __attribute__((warn_unused_result));

#endif

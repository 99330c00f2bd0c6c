/* SPDX-License-Identifier: GPL-3.0-or-later */
/* equipment: the plant of the simulated centre: cool-a to cool-d, ups-1, ups-2, pdu-a to pdu-d,
 * switch-1, env-1 and the far ends of the links, as SNMP agents on consecutive addresses of
 * loopback. */
#ifndef SIM_EQUIPMENT_H
#define SIM_EQUIPMENT_H

#include <netinet/in.h>
#include <stdio.h>

#include "tests/sim/device.h"
#include "zw/err.h"

struct event_base;
struct equipment;

struct equipment_opts {
	struct sockaddr_in first;    /* of cool-a; the others have the next addresses */
	struct sockaddr_in sink;     /* of the traps; family 0: none are sent */
	const char *credentials_dir; /* v1.community, v2c.community, v3.auth, v3.priv; mode 0600 */
};

/* A name, and what the configurations must know of it. */
struct equipment_row {
	const char *node;
	const char *title;
	const struct device_family *family;
	enum snmpio_version version;
	int zone;	     /* 0 to 3; -1: the site */
	unsigned feeds;	     /* bit i: zone i */
	const char *depends; /* a node without which it does not work; NULL: none */
};

extern const struct equipment_row equipment_rows[];
extern const size_t equipment_nrows;
extern const char *const equipment_zones[ROOM_ZONES]; /* "A" to "D" */
/* The engine ID of the i-th; returns its length. */
size_t equipment_engine(size_t i, uint8_t out[SNMPAGENT_ENGINE_MAX]);
struct sockaddr_in equipment_address(const struct sockaddr_in *first, size_t i);

int equipment_new(struct equipment **out, struct event_base *base, const struct equipment_opts *o,
    struct err *e) __attribute__((warn_unused_result));
void equipment_free(struct equipment *q);
/* What happens to the room; the zones' air, load and cooling are the caller's to set before each
 * tick. */
struct room *equipment_room(struct equipment *q);
/* So many seconds have passed. */
void equipment_tick(struct equipment *q, double seconds);
/* Whether it was one of the equipment's. */
bool equipment_fault(struct equipment *q, const struct fault *f, bool active);

/* The part of a gateway's configuration that is about the equipment. */
int equipment_write_gateway(const char *path, const struct equipment_opts *o, struct err *e)
    __attribute__((warn_unused_result));
/* The collector's rows of its nodes. */
int equipment_write_nodes(const char *path, struct err *e) __attribute__((warn_unused_result));

#endif

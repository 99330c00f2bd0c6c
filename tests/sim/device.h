/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device: a simulated device of the plant: a family's model behind an SNMP agent.
 *
 * A family is one file, all static but the struct at its end, and one word in FAMILIES below. Its
 * tick() puts what the device would say now into the MIB, and sends the traps that it would send.
 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sim/mib.h"
#include "tests/sim/script.h"
#include "tests/sim/snmpagent.h"

#define FAMILIES(X)                                                                                \
	X(inrow)                                                                                   \
	X(coolunit)                                                                                \
	X(apcups)                                                                                  \
	X(ups)                                                                                     \
	X(rpdu)                                                                                    \
	X(netswitch)                                                                               \
	X(cmc)

#define ROOM_ZONES 4
#define ROOM_LINKS 24

/* A zone of the room, as the devices in it feel it. */
struct room_zone {
	const char *name;
	double air_c;	   /* what the servers breathe in */
	double set_c;	   /* what the cooling is set to */
	double load_w;	   /* heat and power of what stands there */
	double capacity_w; /* most heat that the cooling takes out */
	bool cooling;
	bool leak;
	bool door;
	bool smoke;
};

struct room {
	struct room_zone zones[ROOM_ZONES];
	bool link_down[ROOM_LINKS];
	double speed; /* how much faster than in nature things warm and discharge */
};

struct device;

struct device_family {
	const char *name;
	const char *descr; /* sysDescr */
	const char *object_id;
	size_t state_size;
	/* What does not change, and the state after a boot: called again after each. */
	void (*boot)(struct device *d);
	/* So many seconds have passed. */
	void (*tick)(struct device *d, const struct room *r, double seconds);
	/* A fault whose target is a part of the device; true if it is this one's. May be NULL. */
	bool (*fault)(struct device *d, const struct fault *f, bool active);
};

struct device {
	const struct device_family *family;
	const char *node;
	const char *title;
	int zone;	/* 0 to 3; -1: the whole site */
	unsigned feeds; /* of a UPS: bit i: zone i */
	bool failed;	/* its own fault: no mains, no cooling */
	struct mib *mib;
	struct snmpagent *agent;
	int64_t booted_ms; /* steady */
	unsigned seed;
	void *state;
};

#define FAMILY_DECLARE(name) extern const struct device_family family_##name;
FAMILIES(FAMILY_DECLARE)
#undef FAMILY_DECLARE

/* Fill the MIB with the system group and the family's own; state is made. */
void device_boot(struct device *d);
void device_end(struct device *d);
uint64_t device_uptime_cs(const struct device *d);
/* sysUpTime, before each request; arg is the device. */
void device_refresh(void *arg);
/* A random number in [-1, 1], of the device's own sequence. */
double device_wander(struct device *d);
/* Send a trap with these bindings (may be NULL); takes them. */
void device_trap(struct device *d, const char *oid, struct mib *bindings);
/* The same as APC's cards do it: 1.3.6.1.4.1.318.0.NUMBER with a text, and the condition's own
 * number, by which what clears it is known. */
void device_apc_trap(struct device *d, unsigned number, unsigned condition, const char *text);

/* The air through a cooling unit. */
struct coolair {
	double supply_c;
	double return_c;
	double output_w;
	double fan;  /* %, of 0.9 m3/s */
	double flow; /* L/s */
};

/* Let time (in nature's seconds) pass. */
void coolair_step(struct coolair *c, const struct room_zone *z, double seconds);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device: one SNMP agent that is polled: what it is, which series it has, when each is asked for,
 * and its answers on their way to the publisher. A slow, dead or lying one delays no other. */
#ifndef AGENT_GATEWAY_DEVICE_H
#define AGENT_GATEWAY_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/gateway/conf.h"
#include "agent/gateway/fetch.h"
#include "agent/gateway/profile.h"
#include "agent/gateway/rows.h"

#define DEVICE_MAX_PROFILES 32

struct device;
struct event_base;
struct publisher;
struct worker;

/* What all devices share; borrowed. */
struct device_env {
	struct event_base *base;
	struct snmpio *io;
	const struct profiles *profiles; /* until the worker has ended */
	struct publisher *publisher;
	struct worker *worker; /* makes rows of walks, which takes milliseconds */
	int64_t spread_ms;
	int64_t together_ms; /* > 0: devices of so much of the spread are asked at once */
};

/* How it is, for showing; all pointers are the device's. */
struct device_info {
	const struct conf_device *conf;
	const char *stage;   /* "identifying", "walking", "polling" */
	bool answers;	     /* the last request was answered */
	char trouble[128];   /* why not, or of some objects, or "" */
	int64_t answered_ms; /* wall time of the last answer; 0: never */
	double rtt_s;	     /* of the last poll, from its first request to its last answer */
	double uptime_s;     /* NAN: unknown */
	const char *descr;   /* sysDescr, or "" */
	const char *sysobjectid;
	const struct profile *const *profiles;
	size_t nprofiles;
	const struct rows *rows; /* NULL until it was walked */
	int64_t rows_ms;	 /* wall time of the last poll of which values are shown */
	uint64_t polls;
	uint64_t failed_polls;
	uint64_t late_polls; /* not begun, for the one before was still under way */
	struct fetch_limits limits;
	uint32_t series; /* its own series "snmp", for events */
};

/* conf is borrowed until the worker has ended, the credential's texts for the device's life. */
int device_new(struct device **out, const struct device_env *env, const struct conf_device *conf,
    const struct snmpio_credential *credential, struct err *e) __attribute__((warn_unused_result));
/* NULL is fine. */
void device_free(struct device *d);
/* Asks for everything at once, as soon as the requests under way are answered, but not twice in a
 * second. */
void device_poll_now(struct device *d);
void device_info(const struct device *d, struct device_info *out);
const char *device_node(const struct device *d);
/* When the row was answered last, wall ms; 0: never. */
int64_t device_row_ms(const struct device *d, size_t row);
/* Whether its traps come from this address (without port), as inet_ntop() writes it. */
bool device_has_address(const struct device *d, const char *address);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device_int: what device.c (who it is), device_walk.c (what it has) and device_poll.c (its values)
 * share. */
#ifndef AGENT_GATEWAY_DEVICE_INT_H
#define AGENT_GATEWAY_DEVICE_INT_H

#include "agent/gateway/counter.h"
#include "agent/gateway/device.h"
#include "agent/gateway/publisher.h"
#include "agent/gateway/uptime.h"
#include "agent/schedule.h"
#include "zw/log.h"

#define DEVICE_DEFAULT_MS 10000 /* how often a device that is not known yet is asked */

/* What is remembered of a row's counters from poll to poll. */
struct tally {
	struct counter counter;
	uint64_t discontinuity;
};

/* A row's way to the collector. */
struct outlet {
	uint32_t id; /* 0: not defined yet */
	bool refused;
	int64_t read_ms;       /* wall time it was answered last */
	int64_t stamp_s;       /* of the last reading sent */
	struct tally *tallies; /* one for each field, or NULL without counters */
};

enum device_stage {
	DEVICE_IDENTIFYING,
	DEVICE_WALKING,
	DEVICE_POLLING
};

struct device {
	struct device_env env;
	const struct conf_device *conf;
	struct snmpio_peer *peer;
	struct fetch_limits limits;
	enum device_stage stage;

	/* who it is */
	struct walk *identity; /* the answers to the probes */
	char *descr;
	char sysobjectid[OID_MAX_TEXT];
	const struct profile *profiles[DEVICE_MAX_PROFILES];
	size_t nprofiles;

	/* what it has */
	struct walk *walk;
	struct oid *wanted;
	struct fetch *walking; /* identification or walk under way */
	struct rows *fresh;    /* walked while a poll was under way; taken over after it */
	struct rows *rows;
	struct outlet *outlets; /* one for each row */
	int64_t walked_ms;	/* steady */
	bool walk_again;

	/* its values */
	struct schedule schedule;
	struct event *timer;
	struct fetch *polling;
	struct oid *asked; /* sysUpTime.0, then one for each of due_slots */
	size_t *due_slots;
	size_t nasked;
	int64_t due_ms; /* rows of intervals that divide this stamp are due; 0: all */
	int64_t stamp_s;
	int64_t begun_us;
	bool poll_now;
	bool restarted; /* seen in the poll under way */
	struct uptime uptime;

	/* how it is */
	uint32_t series;
	bool answers;
	bool told; /* that it does not answer */
	char trouble[128];
	int64_t answered_ms;
	int64_t rows_ms;
	double rtt_s;
	uint64_t polls;
	uint64_t failed_polls;
	uint64_t late_polls;
};

/* device.c */
void device_trouble(struct device *d, const struct fetch_result *r);
void device_answered(struct device *d);
/* (Re)starts the schedule by the intervals of the rows. */
void device_schedule(struct device *d);

/* device_walk.c */
void device_identify(struct device *d);
void device_walk(struct device *d);
/* Takes over d->fresh. No poll is under way. */
void device_adopt(struct device *d);
void device_outlets_free(struct device *d);

/* device_poll.c */
void device_poll(struct device *d, int64_t stamp_ms, bool all);

#endif

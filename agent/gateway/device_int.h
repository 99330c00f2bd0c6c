/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device_int: what device.c (when), device_walk.c (who it is, what it has), device_adopt.c (new
 * rows for old ones) and device_poll.c (its values) share. */
#ifndef AGENT_GATEWAY_DEVICE_INT_H
#define AGENT_GATEWAY_DEVICE_INT_H

#include "agent/gateway/counter.h"
#include "agent/gateway/device.h"
#include "agent/gateway/publisher.h"
#include "agent/gateway/uptime.h"
#include "agent/schedule.h"
#include "zw/log.h"

#define DEVICE_DEFAULT_MS 10000 /* how often a device is asked at least */
/* New series of a device in one run: a switch of 500 ports has so many, and what makes up ever new
 * names does not take the room of the others. */
#define DEVICE_MAX_NEW 1024
#define DEVICE_PATIENCE_MS 30000 /* after a walk, at the earliest, when rows do not fit */

/* What is remembered of a row's counters from poll to poll. */
struct tally {
	struct counter counter;
	uint64_t discontinuity;
	unsigned restarts; /* of the device, at the last reading */
	double number;	   /* the last reading of one that is no whole number, as a text */
	double fell;	   /* it before that went backwards without a reason; 0: it did not */
	bool has_number;
	bool whole; /* it was a whole number */
	bool begun; /* there was a reading */
};

/* A row's way to the collector. */
struct outlet {
	uint32_t id;	       /* 0: not defined yet */
	bool refused;	       /* there was no room for it */
	bool late;	       /* the row was not there when the device was walked first */
	int64_t read_ms;       /* wall time it was answered last */
	struct tally *tallies; /* one for each field, or NULL without counters so far */
};

struct making;

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
	struct making *making; /* rows being made of a walk, in the worker's thread */
	struct rows *fresh;    /* made while a poll was under way; taken over after it */
	struct rows *rows;
	struct outlet *outlets; /* one for each row */
	int64_t looked_ms;	/* steady; when it was walked last, or that was tried */
	int64_t patience_ms;	/* so long after that a walk may come out of turn */
	bool identify_again;
	bool walk_again;
	bool told_unknown; /* that no profile matches */

	/* its values */
	struct schedule schedule;
	struct event *timer;
	struct fetch *polling;
	struct oid *asked; /* sysUpTime.0, then one for each of due_slots */
	size_t *due_slots;
	size_t nasked;
	bool all;	  /* all is asked for, not what is due */
	int64_t stamp_s;  /* of the poll under way, or the last one */
	int64_t before_s; /* of the one before it */
	int64_t begun_us;
	bool poll_now;
	bool restarted;	   /* seen in the poll under way */
	unsigned restarts; /* seen ever */
	struct uptime uptime;

	/* how it is */
	uint32_t series;
	unsigned series_left; /* new ones that it may still define */
	bool answers;
	bool told; /* that it does not answer */
	struct log_throttle news;
	char trouble[128];
	int64_t answered_ms;
	int64_t rows_ms;
	double rtt_s;
	uint64_t polls;
	uint64_t failed_polls;
	uint64_t late_polls;
};

/* device.c */
/* Takes note of how a fetch ended: true when the device answers. */
bool device_judge(struct device *d, const struct fetch_result *r);
/* Whether its comings, goings and restarts may be told now. */
bool device_may_tell(struct device *d);
/* (Re)starts the schedule by the intervals of the rows. */
void device_schedule(struct device *d);

/* device_walk.c */
void device_identify(struct device *d);
void device_walk(struct device *d);
/* The rows that are being made are not wanted any more. */
void device_walk_forget(struct device *d);

/* device_adopt.c */
/* Takes over d->fresh. No poll is under way. */
void device_adopt(struct device *d);
void device_outlets_free(struct device *d);

/* device_poll.c */
/* Asks for what is due at this moment, or for everything. False when the moment's second has been
 * used by another poll. */
bool device_poll(struct device *d, int64_t now_ms, bool all);

#endif

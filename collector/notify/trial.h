/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trial: rules tried in virtual time: a configuration and readings in, the alerts, incidents and
 * messages that would have been made of them out. The same engine and plan as the collector's, but
 * nothing is stored or sent. */
#ifndef COLLECTOR_TRIAL_H
#define COLLECTOR_TRIAL_H

#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/notify/plan.h"
#include "zw/err.h"
#include "zw/metric.h"

struct conf_collector;
struct site;
struct trial;

/* A message that would have gone to a group of recipients. */
struct trial_message {
	int64_t at_ms;
	uint64_t incident; /* 0: a digest */
	uint32_t group;
	enum plan_act act; /* PLAN_HOLD: a digest */
};

/* The configuration is borrowed; it needs recipients for there to be messages. tick_ms: how often
 * time is looked at (1000 as the collector does; for long spans up to 5000, for after more the
 * engine takes the program for having been stopped). */
int trial_new(struct trial **out, const struct conf_collector *conf, int64_t start_ms,
    int64_t tick_ms, struct err *e) __attribute__((warn_unused_result));
void trial_free(struct trial *t); /* NULL is fine */

/* A series, or further fields of one; its number is the caller's. -1: its node is not of the site.
 */
int trial_define(struct trial *t, uint32_t sid, const struct series_def *def)
    __attribute__((warn_unused_result));
/* Lets time pass up to there. */
void trial_pass(struct trial *t, int64_t to_ms);
/* A reading of now, or of a moment before. Rates of counters as they are stored. */
void trial_read(struct trial *t, uint32_t sid, int64_t time_s, unsigned n, const double *values);

const struct engine *trial_engine(const struct trial *t);
const struct site *trial_site(const struct trial *t);
const struct plan *trial_plan(const struct trial *t); /* for the groups of the messages */
/* All alerts that fired (info among them), incidents and messages there were; each as it was last.
 */
size_t trial_nalerts(const struct trial *t);
const struct alert *trial_alert(const struct trial *t, size_t i);
size_t trial_nincidents(const struct trial *t);
const struct incident *trial_incident(const struct trial *t, size_t i);
size_t trial_nmessages(const struct trial *t);
const struct trial_message *trial_message(const struct trial *t, size_t i);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipeline: the way of a record from the journal to those who consume it: live values, alerts,
 * mails, acknowledgements, the store. One direction only. */
#ifndef COLLECTOR_PIPELINE_H
#define COLLECTOR_PIPELINE_H

#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/alert/thermal.h"
#include "collector/collector.h"
#include "collector/intake/intake.h"
#include "collector/journal/journal.h"
#include "collector/store/store.h"

struct event_base;
struct history_state;
struct pipeline;

/* Callbacks of the modules that the pipeline joins; their arg is the pipeline. */
extern const struct journal_ops pipeline_journal_ops;
extern const struct intake_ops pipeline_intake_ops;
extern const struct store_ops pipeline_store_ops;
/* What other modules call. */
void pipeline_alert_changed(void *arg, const struct alert_change *ch);
void pipeline_heating(void *arg, const struct thermal_event *ev);
void pipeline_saved(void *arg, uint64_t lsn);

/* The collector is borrowed. Its site is set; its other members are set one after the other while
 * the program starts, and an intake or a store that is still NULL is left out. */
struct pipeline *pipeline_new(struct collector *c);
void pipeline_free(struct pipeline *p);
/* Everything that the catalog knows becomes a series of the site. */
void pipeline_catalog(struct pipeline *p);
/* What a rule or the ledger remembered; before the replay. */
void pipeline_load(struct pipeline *p, const struct history_state *s);
/* When the last record of before the replay came, ms of the steady clock; 0: there was none. */
int64_t pipeline_heard_ms(const struct pipeline *p);
/* Feed the journal's records after `cursor` to live values and alerts, those from `saved` to it to
 * what the rules remember (which was stored then), and those of the last minutes before to live
 * values only. Without a cursor (0) only those of the last minutes are
 * judged. A journal that ends below the cursor was begun anew, or lost its end: what comes is
 * numbered above it, so that nothing new is taken for judged. */
int pipeline_replay(struct pipeline *p, uint64_t cursor, uint64_t saved, struct err *e)
    __attribute__((warn_unused_result));
/* From here on time passes: alerts are judged each second. */
int pipeline_start(struct pipeline *p, struct event_base *base, struct err *e)
    __attribute__((warn_unused_result));
/* Store what is decided and not yet stored; before the history is closed. */
void pipeline_stop(struct pipeline *p);

#endif

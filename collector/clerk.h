/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clerk: keeps the ledger of samples (ledger.h) and writes it, and what it notices, into the
 * history; notes there what of the configuration changed since the last start. */
#ifndef COLLECTOR_CLERK_H
#define COLLECTOR_CLERK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/collector.h"
#include "collector/journal/journal.h"

struct clerk;
struct ledger;

/* The collector is borrowed; its site is set, its history not yet. */
struct clerk *clerk_new(const struct collector *c);
void clerk_free(struct clerk *k); /* NULL is fine */
struct ledger *clerk_ledger(struct clerk *k);

/* A record of the journal, before its samples are told to the ledger. */
void clerk_record(struct clerk *k, const struct journal_record *rec);
/* What an agent said of itself that explains gaps: a clock that was set back is an act; of a node
 * at most one each 10 minutes. */
struct node;
struct wire_event;
void clerk_event(struct clerk *k, const struct node *sender, const struct wire_event *ev);
/* Gives the history what was counted, of records up to the cursor; before its commit. */
void clerk_commit(struct clerk *k, uint64_t cursor);
/* Lets the ledger go on with time, and gives the history what that counted; states must be saved
 * with it. False: nothing is new. */
bool clerk_advance(struct clerk *k, uint64_t cursor, int64_t now_ms);
/* At the start, after what was saved was loaded: notes changes of rules and limits as acts; they
 * are saved with the next states. */
void clerk_compare(struct clerk *k, int64_t now_ms);

/* What must outlive the program. */
void clerk_save(const struct clerk *k,
    void (*put)(void *arg, const char *key, const void *bytes, size_t n), void *arg);
/* False: it is somebody else's. */
bool clerk_load(struct clerk *k, const char *key, const void *bytes, size_t n);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* accounts_save: the file of accounts, written whole by a thread; changes that come while it writes
 * go together into the next turn. */
#ifndef COLLECTOR_WEB_ACCOUNTS_SAVE_H
#define COLLECTOR_WEB_ACCOUNTS_SAVE_H

#include <stdbool.h>

#include "collector/web/accounts_file.h"
#include "zw/err.h"

struct accounts_save;
struct event_base;

/* Path and data are borrowed. */
int accounts_save_new(struct accounts_save **out, struct event_base *base, const char *path,
    const struct accounts_data *d, struct err *e) __attribute__((warn_unused_result));
/* Writes what is not written yet; those who wait are answered. NULL is fine. */
void accounts_save_free(struct accounts_save *s);
/* The data has changed: it is written soon. */
void accounts_save_changed(struct accounts_save *s);
/* A moment of use has: it is written at the next tick. */
void accounts_save_used(struct accounts_save *s);
/* Once a minute: writes what waits for it, and what failed. */
void accounts_save_tick(struct accounts_save *s);
/* done() in the loop, never within the call, when all changes until now are on disk, or the write
 * failed. */
void accounts_save_wait(struct accounts_save *s, void (*done)(void *arg, bool ok), void *arg);

#endif

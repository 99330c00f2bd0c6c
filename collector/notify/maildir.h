/* SPDX-License-Identifier: GPL-3.0-or-later */
/* maildir: a message into a maildir, whole and durable or not at all. Waits for the disk. */
#ifndef COLLECTOR_MAILDIR_H
#define COLLECTOR_MAILDIR_H

#include <stddef.h>

#include "zw/err.h"

/* Writes DIR/tmp/NAME, flushes it and moves it to DIR/new/NAME; directories are made. A message of
 * that name is replaced: it is the same, delivered before a crash. */
int maildir_deliver(const char *dir, const char *name, const void *p, size_t n, struct err *e)
    __attribute__((warn_unused_result));

#endif

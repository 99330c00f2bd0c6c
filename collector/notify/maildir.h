/* SPDX-License-Identifier: GPL-3.0-or-later */
/* maildir: messages into a maildir, by a thread, each whole and durable or not at all. */
#ifndef COLLECTOR_MAILDIR_H
#define COLLECTOR_MAILDIR_H

#include "zw/buf.h"
#include "zw/err.h"

struct event_base;
struct maildir;

/* dir is borrowed; it and its parts are made with the first message. */
int maildir_new(struct maildir **out, struct event_base *base, const char *dir, struct err *e)
    __attribute__((warn_unused_result));
/* Finishes what was given; done() is called then only for what succeeded. NULL is fine. */
void maildir_free(struct maildir *d);
/* Writes DIR/tmp/NAME, flushes it and moves it to DIR/new/NAME; takes the message's bytes. A
 * message of that name is replaced: it is the same, delivered before a crash. done() is called
 * later in the loop, once, with NULL or the reason why not. */
void maildir_send(struct maildir *d, const char *name, struct buf *message,
    void (*done)(void *arg, const char *why), void *arg);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child: a helper process of the collector's (store, render), exec'd, kept alive, spoken to over a
 * socketpair by messages: u32 length (big-endian, of what follows), u8 type, u32 request number,
 * bytes. The child has its end of the pair as descriptor 3 and ends when it reads end of file. */
#ifndef COLLECTOR_CHILD_H
#define COLLECTOR_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "zw/err.h"

#define CHILD_FD 3
#define CHILD_MAX_MESSAGE (8 * 1024 * 1024)

struct child;
struct event_base;

struct child_ops {
	void (*started)(void *arg, struct child *c);
	void (*message)(void *arg, uint8_t type, uint32_t request, const uint8_t *data, size_t n);
	/* It died; it is started again after a back-off of 0.1 s to 30 s. what: "signal 8". */
	void (*died)(void *arg, const char *what);
};

/* Whether there is a program of this name where child_new() will look for it. */
int child_check(const char *name, struct err *e) __attribute__((warn_unused_result));
/* The same, and its path (of PATH_MAX bytes). */
int child_path(char *dst, const char *name, struct err *e) __attribute__((warn_unused_result));
/* argv[0] is the program's file name; it is looked for beside the running program, then in
 * libexec; one with a slash is taken as it is. argv is copied; the last is NULL. */
struct child *child_new(
    struct event_base *base, const char *const *argv, const struct child_ops *ops, void *arg);
/* Closes the pair, waits up to wait_ms for the child's end, then kills it. NULL is fine. */
void child_free(struct child *c, int64_t wait_ms);
/* Queue a message: 0, or -1 while there is no child (the message is not kept). */
int child_send(struct child *c, uint8_t type, uint32_t request, const void *data, size_t n);
bool child_running(const struct child *c);
pid_t child_pid(const struct child *c);
/* Kill it because it hangs; died() follows. */
void child_kill(struct child *c);
/* The signal by which the last one died; 0: none did, or it ended by itself. */
int child_last_signal(const struct child *c);

/* The child's side: blocking messages over CHILD_FD. 1 and the message (freed by the caller), 0 at
 * end of file or after timeout_ms (-1: none) with *data NULL, -1 on error. */
int child_receive(
    int timeout_ms, uint8_t *type, uint32_t *request, uint8_t **data, size_t *n, bool *eof);
int child_reply(uint8_t type, uint32_t request, const void *data, size_t n);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handover: listening sockets that outlive a beginning anew (execv) of the same process, so that
 * who connects meanwhile waits in the kernel and is refused by nobody. Their numbers stand in the
 * environment. */
#ifndef ZW_HANDOVER_H
#define ZW_HANDOVER_H

#include <sys/socket.h>

/* At the program's start, before there are children: keeps what was handed over from them. */
void handover_begin(void);
/* The socket that listens at this address, the caller's from now on; -1: none was handed over. */
int handover_take(const struct sockaddr *sa);
/* This life ends before it took them: they are for the next. */
void handover_pass(void);
/* Everybody took what he needs: the rest is closed. */
void handover_end(void);
/* A listening socket that the program's next self is to have; fd stays the caller's. */
void handover_offer(int fd);

#endif

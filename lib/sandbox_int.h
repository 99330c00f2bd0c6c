/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox_int: what the files of sandbox.h share. */
#ifndef LIB_SANDBOX_INT_H
#define LIB_SANDBOX_INT_H

#include "zw/sandbox.h"

/* The sanitizers read their own process and write reports; they get what they need for that. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

/* The version of the kernel's Landlock; 0: none. */
int sandbox_landlock_abi(void);
/* Restrict files (and what goes with that) as a kernel of this version can. */
int sandbox_landlock(struct sandbox *s, int abi, struct err *e) __attribute__((warn_unused_result));
/* Restrict system calls. */
int sandbox_seccomp(unsigned calls, struct err *e) __attribute__((warn_unused_result));

#endif

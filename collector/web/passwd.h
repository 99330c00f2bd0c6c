/* SPDX-License-Identifier: GPL-3.0-or-later */
/* passwd: passwords by yescrypt (crypt(5)); the one door to libcrypt. Both functions take some
 * 100 ms of a core and 32 MiB: call them in a thread, one at a time. */
#ifndef COLLECTOR_WEB_PASSWD_H
#define COLLECTOR_WEB_PASSWD_H

#include <stdbool.h>
#include <stddef.h>

#include "zw/err.h"

#define PASSWD_MAX 192 /* of a hash, with its end */

/* The hash with a new salt. */
int passwd_hash(const char *password, char hash[PASSWD_MAX], struct err *e)
    __attribute__((warn_unused_result));
/* Whether it is the password of the hash. An empty hash, or one that is none, takes as long and is
 * nobody's. */
bool passwd_check(const char *password, const char *hash);
/* Whether a text may be a hash of ours. */
bool passwd_is_hash(const char *hash);

#endif

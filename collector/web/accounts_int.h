/* SPDX-License-Identifier: GPL-3.0-or-later */
/* accounts_int: what the files of accounts share. */
#ifndef COLLECTOR_WEB_ACCOUNTS_INT_H
#define COLLECTOR_WEB_ACCOUNTS_INT_H

#include "collector/web/accounts.h"
#include "collector/web/accounts_file.h"
#include "collector/web/accounts_save.h"
#include "collector/web/lockout.h"
#include "zw/log.h"
#include "zw/worker.h"

#define ACCOUNTS_HASHING 16 /* passwords that may wait */
#define ACCOUNTS_KEY 43	    /* characters of a secret */

struct accounts {
	struct accounts_options o;
	struct accounts_data d;
	struct accounts_save *save;
	struct lockout *lockout;
	struct worker *hasher;
	char hashing[ACCOUNTS_HASHING]
		    [LOCKOUT_ADDRESS]; /* whose passwords wait; "": a free place */
	bool ending;
	uint8_t file_token[DIGEST_SIZE];
	struct event *tick;
	struct log_throttle complaints;
};

/* 256 random bits as text, and their digest. */
int accounts_secret(char key[ACCOUNTS_SECRET], uint8_t digest[DIGEST_SIZE], struct err *e)
    __attribute__((warn_unused_result));
/* Begins a session whose owner is filled in. */
int accounts_begin(struct accounts *a, struct session *s, const char *peer, int64_t wall_ms,
    char key[ACCOUNTS_SECRET], struct err *e) __attribute__((warn_unused_result));
void accounts_drop_session(struct accounts *a, struct session *s);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* accounts: who may do what: people with passwords, their sessions, one-time links, and tokens for
 * programs and walls. All of it is in memory and, after each change, in one file of mode 0600 that
 * is replaced whole. Secrets are kept as hashes only: passwords by yescrypt (crypt(5)), hashed in a
 * thread; tokens, links and sessions, being 256 random bits, by SHA-256.
 *
 * The token of web.token_file is an admin without a name, for the CLI on the collector's host. */
#ifndef COLLECTOR_WEB_ACCOUNTS_H
#define COLLECTOR_WEB_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/web/who.h"
#include "zw/err.h"
#include "zw/json.h"

#define ACCOUNTS_SECRET 48	 /* room for a token, a link's key, a session's: 43 base64url */
#define ACCOUNTS_MIN_PASSWORD 10 /* characters */
#define ACCOUNTS_MAX_PASSWORD 256
#define ACCOUNTS_LINK_MS (24 * 3600000LL)
#define ACCOUNTS_MAX 1000 /* people; as many tokens */

struct accounts;
struct event_base;

struct accounts_options {
	const char *path;   /* of the file; made when it is first written; borrowed */
	const char *token;  /* of web.token_file; borrowed */
	int64_t idle_ms;    /* a session ends when it was not used for so long */
	int64_t longest_ms; /* and after so long in any case */
};

/* Loads the file; a damaged one is an error that says so, not an empty list. */
int accounts_new(struct accounts **out, struct event_base *base, const struct accounts_options *o,
    struct err *e) __attribute__((warn_unused_result));
void accounts_free(struct accounts *a);

/* What these two headers (either may be NULL) prove at this moment. Counts as use of a session. */
struct who accounts_who(
    struct accounts *a, const char *authorization, const char *cookie, int64_t wall_ms);
/* What a token in an address proves (a wall's, or that of web.token_file). */
struct who accounts_token(const struct accounts *a, const char *token, int64_t wall_ms);

/* --- signing in ------------------------------------------------------------------------------ */

enum accounts_verdict {
	ACCOUNTS_YES,
	ACCOUNTS_NO,	 /* name or password wrong; not told which */
	ACCOUNTS_LOCKED, /* too many failures of this name or from this address */
	ACCOUNTS_BUSY	 /* too many sign-ins are being checked */
};

struct accounts_entry {
	enum accounts_verdict verdict;
	int64_t locked_ms;	   /* of ACCOUNTS_LOCKED: how much longer */
	struct who who;		   /* of ACCOUNTS_YES */
	char key[ACCOUNTS_SECRET]; /* of ACCOUNTS_YES: the cookie's value */
};

/* Checks the password in the thread; done() in the loop, never within this call. A name that does
 * not exist takes as long as one that does. peer: the client's address. */
void accounts_login(struct accounts *a, const char *name, const char *password, const char *peer,
    int64_t wall_ms, void (*done)(void *arg, const struct accounts_entry *entry), void *arg);
/* A session for who showed the token of web.token_file or a wall's: key is the cookie's value. */
int accounts_enter(struct accounts *a, const struct who *who, int64_t wall_ms,
    char key[ACCOUNTS_SECRET], struct err *e) __attribute__((warn_unused_result));
void accounts_leave(struct accounts *a, uint64_t session);
/* Ends all sessions of a name but this one (0: all). */
void accounts_leave_all(struct accounts *a, const char *name, uint64_t but);

/* --- people ---------------------------------------------------------------------------------- */

/* A new account, without a password: its one-time link sets it. The link's key goes to key. */
int accounts_add(struct accounts *a, const char *name, enum who_role role, int64_t wall_ms,
    char key[ACCOUNTS_SECRET], struct err *e) __attribute__((warn_unused_result));
/* A new link for who forgot the password; the old one stays until then. */
int accounts_link(struct accounts *a, const char *name, int64_t wall_ms, char key[ACCOUNTS_SECRET],
    struct err *e) __attribute__((warn_unused_result));
/* Whose link it is; NULL: of nobody, used, or too old. */
const char *accounts_of_link(const struct accounts *a, const char *key, int64_t wall_ms);
/* Sets the password, by a link (which is used up; every session of the name ends) or by the name's
 * own session; hashed in the thread, done() in the loop with NULL or what was wrong. */
void accounts_password(struct accounts *a, const char *name, const char *link, const char *password,
    int64_t wall_ms, void (*done)(void *arg, const char *wrong), void *arg);
/* The last admin with a password can be neither removed nor made less. */
int accounts_set_role(struct accounts *a, const char *name, enum who_role role, struct err *e)
    __attribute__((warn_unused_result));
int accounts_remove(struct accounts *a, const char *name, struct err *e)
    __attribute__((warn_unused_result));
/* What a person wants of the pages. lang NULL: the browser's. */
int accounts_prefer(struct accounts *a, const char *name, const enum lang *lang,
    enum who_theme theme, struct err *e) __attribute__((warn_unused_result));
/* {"name","role","password":bool,"link_until_ms","last_ms","language","theme","locked_ms"} ... */
void accounts_list(const struct accounts *a, struct json *j, const char *key, int64_t wall_ms);

/* --- tokens ---------------------------------------------------------------------------------- */

/* For a program or a wall; ends_ms 0: never (a wall's only). The token goes to key, and is nowhere
 * else. */
int accounts_token_add(struct accounts *a, const char *name, enum who_role role, int64_t ends_ms,
    const char *author, int64_t wall_ms, char key[ACCOUNTS_SECRET], struct err *e)
    __attribute__((warn_unused_result));
int accounts_token_remove(struct accounts *a, const char *name, struct err *e)
    __attribute__((warn_unused_result));
/* {"name","role","author","made_ms","ends_ms","used_ms"} ... */
void accounts_tokens(const struct accounts *a, struct json *j, const char *key);

#endif

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
/* Another token of web.token_file from now on; what the old one began ends. */
void accounts_use_token(struct accounts *a, const char *token);

/* What these two headers (either may be NULL) prove at this moment. Counts as use of a session or a
 * token; a wrong token counts as a failure of the address peer (request.h). */
struct who accounts_who(struct accounts *a, const char *authorization, const char *cookie,
    const char *peer, int64_t wall_ms);
/* What a token in an address or a form proves (a wall's, or that of web.token_file); a wrong one
 * counts likewise. locked_ms says how long that address must wait. */
struct who accounts_token(struct accounts *a, const char *token, const char *peer, int64_t wall_ms);
/* Whether what was proved at since_ms still is: for an answer that goes on for long. No use. */
bool accounts_still(
    const struct accounts *a, const struct who *who, int64_t since_ms, int64_t wall_ms);
/* Calls done() in the loop, never within the call, when all that was changed until now is on disk
 * (ok), or cannot be put there now (then it is tried again). */
void accounts_sync(struct accounts *a, void (*done)(void *arg, bool ok), void *arg);

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
	bool begins;		   /* a wait begins with this failure */
	bool worth;		   /* a failure that is to be noted: not each of a flood is */
};

/* Checks the password in the thread; done() in the loop, never within this call. A name that does
 * not exist takes as long as one that does. peer: the client's address. */
void accounts_login(struct accounts *a, const char *name, const char *password, const char *peer,
    int64_t wall_ms, void (*done)(void *arg, const struct accounts_entry *entry), void *arg);
/* A session for who showed this token (accounts_token() said who he is), or, with token NULL, for a
 * person who has just set the password by a link: key is the cookie's value. */
int accounts_enter(struct accounts *a, const struct who *who, const char *token, const char *peer,
    int64_t wall_ms, char key[ACCOUNTS_SECRET], struct err *e) __attribute__((warn_unused_result));
void accounts_leave(struct accounts *a, uint64_t session);
/* Ends all sessions of a name but this one (0: all). */
void accounts_leave_all(struct accounts *a, const char *name, uint64_t but);
/* The wait of a name is over. -1: there is no such account. */
int accounts_unlock(struct accounts *a, const char *name, struct err *e)
    __attribute__((warn_unused_result));

struct accounts_session {
	uint64_t id;
	int64_t made_ms;
	int64_t used_ms; /* to some minutes */
	const char *peer;
};
/* The i-th session of a name; false: there are no more. */
bool accounts_session_at(
    const struct accounts *a, const char *name, size_t i, struct accounts_session *out);

/* --- people ---------------------------------------------------------------------------------- */

/* A new account, without a password: its one-time link sets it. The link's key goes to key. */
int accounts_add(struct accounts *a, const char *name, enum who_role role, int64_t wall_ms,
    char key[ACCOUNTS_SECRET], struct err *e) __attribute__((warn_unused_result));
/* A new link for who forgot the password; the old one stays until then. */
int accounts_link(struct accounts *a, const char *name, int64_t wall_ms, char key[ACCOUNTS_SECRET],
    struct err *e) __attribute__((warn_unused_result));
/* Whose link it is; NULL: of nobody, used, or too old. */
const char *accounts_of_link(const struct accounts *a, const char *key, int64_t wall_ms);
struct accounts_change {
	const char *name;
	const char *link;     /* its key; NULL: old is asked instead */
	const char *old;      /* the password until now */
	const char *password; /* the new one */
	uint64_t session;     /* that goes on, when there is no link */
};
/* Sets a password, by a link (which is used up) or by the one until now; all other sessions of the
 * name end. Hashed in the thread; done() in the loop, never within the call, when it is on disk:
 * with NULL, or what was wrong (for lang_text()). */
void accounts_password(struct accounts *a, const struct accounts_change *ch, const char *peer,
    int64_t wall_ms, void (*done)(void *arg, const char *wrong), void *arg);
/* The last admin with a password can be neither removed nor made less; whose role changes
 * signs in anew. */
int accounts_set_role(struct accounts *a, const char *name, enum who_role role, struct err *e)
    __attribute__((warn_unused_result));
int accounts_remove(struct accounts *a, const char *name, struct err *e)
    __attribute__((warn_unused_result));
/* What a person wants of the pages. lang NULL: the browser's. */
int accounts_prefer(struct accounts *a, const char *name, const enum lang *lang,
    enum who_theme theme, struct err *e) __attribute__((warn_unused_result));
struct accounts_person {
	const char *name;
	enum who_role role;
	bool password; /* it has set one */
	int64_t made_ms;
	int64_t last_ms;       /* signed in; 0: never */
	int64_t link_until_ms; /* of a link that is not used; 0: none */
	int64_t locked_ms;     /* how much longer, for addresses that are new to it */
	size_t sessions;
	bool has_lang;
	enum lang lang;
	enum who_theme theme;
};
/* The i-th account by name; false: there are no more. */
bool accounts_at(const struct accounts *a, size_t i, int64_t wall_ms, struct accounts_person *out);
/* The account of this name, whichever case it is written in. */
bool accounts_find(
    const struct accounts *a, const char *name, int64_t wall_ms, struct accounts_person *out);

/* --- tokens ---------------------------------------------------------------------------------- */

/* For a program or a wall; ends_ms 0: never (a wall's only). The token goes to key, and is nowhere
 * else. */
int accounts_token_add(struct accounts *a, const char *name, enum who_role role, int64_t ends_ms,
    const char *author, int64_t wall_ms, char key[ACCOUNTS_SECRET], struct err *e)
    __attribute__((warn_unused_result));
int accounts_token_remove(struct accounts *a, const char *name, struct err *e)
    __attribute__((warn_unused_result));
struct accounts_token {
	const char *name;
	enum who_role role;
	const char *author;
	int64_t made_ms;
	int64_t ends_ms; /* 0: never */
	int64_t used_ms; /* 0: never; to some minutes */
};
/* The i-th token by name; false: there are no more. */
bool accounts_token_at(const struct accounts *a, size_t i, struct accounts_token *out);

#endif

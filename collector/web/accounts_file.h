/* SPDX-License-Identifier: GPL-3.0-or-later */
/* accounts_file: what is kept of accounts, tokens and sessions, and its file: JSON with a version,
 * read strictly. No secret is in it, only what proves one. */
#ifndef COLLECTOR_WEB_ACCOUNTS_FILE_H
#define COLLECTOR_WEB_ACCOUNTS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/web/lockout.h"
#include "collector/web/passwd.h"
#include "collector/web/who.h"
#include "zw/digest.h"
#include "zw/err.h"

#define ACCOUNTS_FILE_MAX (8 << 20) /* bytes */
#define ACCOUNTS_FILE_PEOPLE 1000   /* and as many tokens */
#define ACCOUNTS_FILE_SESSIONS 4096
#define ACCOUNTS_FILE_PLACES 4

struct person {
	char name[WHO_MAX_NAME];
	enum who_role role;
	char hash[PASSWD_MAX];	   /* "": no password yet */
	uint8_t link[DIGEST_SIZE]; /* of its one-time link's key */
	int64_t link_until_ms;	   /* 0: it has none */
	int64_t made_ms;
	int64_t last_ms; /* it signed in; 0: never */
	bool has_lang;
	enum lang lang;
	enum who_theme theme;
	unsigned nplaces; /* addresses from which it signed in, the latest first */
	char places[ACCOUNTS_FILE_PLACES][LOCKOUT_ADDRESS];
};

struct token {
	char name[WHO_MAX_NAME];
	enum who_role role;
	char author[WHO_MAX_NAME]; /* who made it */
	uint8_t digest[DIGEST_SIZE];
	int64_t made_ms;
	int64_t ends_ms; /* 0: never */
	int64_t used_ms; /* 0: never; to the minute */
};

enum session_of {
	SESSION_OF_PERSON,
	SESSION_OF_TOKEN /* of the file or of a wall: `of` is that token's digest */
};

struct session {
	uint64_t id;
	uint8_t digest[DIGEST_SIZE]; /* of the cookie's value */
	enum session_of kind;
	char name[WHO_MAX_NAME]; /* of the person */
	uint8_t of[DIGEST_SIZE];
	int64_t made_ms;
	int64_t used_ms;
	char peer[LOCKOUT_ADDRESS];
};

struct accounts_data {
	struct person *people;
	size_t npeople;
	struct token *tokens;
	size_t ntokens;
	struct session *sessions;
	size_t nsessions;
	uint64_t last_session;
};

void accounts_data_clear(struct accounts_data *d);
/* Both lists are by name, whichever case; after an addition. */
void accounts_data_sort(struct accounts_data *d);
/* NULL: there is none. */
struct person *accounts_data_person(const struct accounts_data *d, const char *name);
struct token *accounts_data_token(const struct accounts_data *d, const char *name);
/* Reads the text of a file into d, which is empty. */
int accounts_file_parse(struct accounts_data *d, const char *text, size_t n, struct err *e)
    __attribute__((warn_unused_result));
/* Reads the file; one that does not exist is empty. */
int accounts_file_load(struct accounts_data *d, const char *path, struct err *e)
    __attribute__((warn_unused_result));
/* Its text; the caller frees it. */
char *accounts_file_text(const struct accounts_data *d);
/* Whether it may be the name of an account or token. */
bool accounts_file_is_name(const char *name);

#endif

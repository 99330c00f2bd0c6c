/* SPDX-License-Identifier: GPL-3.0-or-later */
/* who: the one who asks, as http.c found out before a handler runs. */
#ifndef COLLECTOR_WEB_WHO_H
#define COLLECTOR_WEB_WHO_H

#include <stdbool.h>
#include <stdint.h>

#include "zw/lang.h"

#define WHO_MAX_NAME 64 /* with its end */

/* From little to much; each may what those before it may. */
enum who_role {
	WHO_NOBODY,
	WHO_WALL,     /* the wall display and its stream, nothing else */
	WHO_VIEWER,   /* reads everything */
	WHO_OPERATOR, /* acknowledges, comments, silences */
	WHO_ADMIN     /* accounts and tokens */
};

enum who_proof {
	WHO_BY_NOTHING,
	WHO_BY_COOKIE, /* a browser sends it unasked: what changes something needs our Origin too */
	WHO_BY_TOKEN   /* Authorization: Bearer */
};

enum who_theme {
	WHO_THEME_AUTO, /* as the browser wants it */
	WHO_THEME_LIGHT,
	WHO_THEME_DARK
};

struct who {
	enum who_role role;
	enum who_proof proof;
	char name[WHO_MAX_NAME]; /* of the account or token; "": the token of web.token_file */
	uint64_t session;	 /* 0: none */
	bool has_lang;		 /* lang is the account's choice */
	enum lang lang;
	enum who_theme theme;
	int64_t locked_ms; /* WHO_NOBODY after too many wrong tokens: how much longer */
};

/* "operator". */
const char *who_role_word(enum who_role r);
/* WHO_NOBODY of anything else. */
enum who_role who_role_of(const char *word);

#endif

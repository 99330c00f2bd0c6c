/* SPDX-License-Identifier: GPL-3.0-or-later */
/* request: what a client asked, taken apart and decoded. Pure; bounded; owns its text. */
#ifndef COLLECTOR_WEB_REQUEST_H
#define COLLECTOR_WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/web/who.h"
#include "zw/err.h"

#define REQUEST_MAX_TARGET 4096
#define REQUEST_MAX_PARAMS 32
#define REQUEST_MAX_SEGMENTS 8
#define REQUEST_AUTHOR "zw_author" /* the cookie with the author's name, percent-encoded */
#define REQUEST_LANG "zw_lang"	   /* likewise a language, of who has no account */
#define REQUEST_THEME "zw_theme"   /* likewise a theme */
#define REQUEST_MAX_AUTHOR 192	   /* of its bytes */

enum request_method {
	REQUEST_GET, /* and HEAD */
	REQUEST_POST
};

struct request_param {
	const char *name;
	const char *value;
};

struct request {
	enum request_method method;
	size_t nsegments;
	const char *segments[REQUEST_MAX_SEGMENTS]; /* of the path, decoded */
	size_t nparams;
	struct request_param params[REQUEST_MAX_PARAMS]; /* of the query, then of a form */
	const char *author;    /* the name that was typed into a form last; NULL: none is known */
	const char *name;      /* the path's part that the route's {} stands for; or NULL */
	const char *accept;    /* the header Accept; or NULL */
	const struct who *who; /* never NULL in a handler */
	const char *peer;      /* the client's address without port; "?": not known */
	enum lang lang;	       /* the account's, else the browser's first that we have */
	int64_t wall_ms;       /* when it came */
	int64_t steady_ms;     /* likewise, by the steady clock */
	size_t used;
	char text[2 * REQUEST_MAX_TARGET + REQUEST_MAX_AUTHOR +
		  3]; /* what the pointers above point into */
};

/* Takes apart "/path/of/it?query=text". 0, or -1 and the reason: too long, not UTF-8, a control
 * character, a bad escape. */
int request_parse(struct request *rq, enum request_method method, const char *target, struct err *e)
    __attribute__((warn_unused_result));
/* Adds the parameters of a form's body (application/x-www-form-urlencoded). */
int request_add_form(struct request *rq, const char *body, size_t n, struct err *e)
    __attribute__((warn_unused_result));
/* The first language of an Accept-Language header (RFC 9110, 12.5.4; NULL: none) that we have;
 * English if none. */
enum lang request_language(const char *accept);
/* A short word of a Cookie header (may be NULL), copied; false if it has none of this name. */
bool request_cookie(const char *cookie, const char *name, char *dst, size_t size);
/* Takes the author from a Cookie header (may be NULL). */
void request_add_cookie(struct request *rq, const char *cookie);
/* A copy that outlives the request; who becomes its own. */
void request_copy(struct request *dst, struct who *who, const struct request *src);
/* The first parameter of this name, or NULL. */
const char *request_param(const struct request *rq, const char *name);
/* Whether the path is one for programs: its errors are JSON then, else pages. */
bool request_is_api(const struct request *rq);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* story: pages that the history's answer makes: asked in the request, rendered when it is there.
 * The door to jansson on this side: pages see rows. */
#ifndef COLLECTOR_WEB_PAGES_STORY_H
#define COLLECTOR_WEB_PAGES_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/alert/alert.h"
#include "collector/alert/history.h"
#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;
struct json_t; /* jansson's */

/* What a page is made of; valid during its put(). */
struct story {
	const struct collector *c;
	const struct request *rq; /* a copy: the request itself is over */
	const struct json_t *root;
};

/* Asks, and has put() write the page when the answer is there. Always REPLY_LATER. What is not
 * found is an error page, or (missing not NULL) missing() writes it and returns its status. */
int story_ask(const struct collector *c, const struct request *rq, struct reply *re,
    const struct history_ask *ask, void (*put)(struct reply *re, const struct story *s),
    int (*missing)(struct reply *re, const struct story *s));

/* The rows of a list of the object; story_row() NULL past the end. */
size_t story_count(const struct json_t *object, const char *list);
const struct json_t *story_row(const struct json_t *object, const char *list, size_t i);
/* An object within the object; never NULL: of what is not there all members are missing. */
const struct json_t *story_part(const struct json_t *object, const char *key);
/* Members; "", 0, NAN where there is none, or null. Texts live as long as the answer. */
const char *story_text(const struct json_t *row, const char *key);
int64_t story_int(const struct json_t *row, const char *key);
double story_number(const struct json_t *row, const char *key);

/* An alert of "story" or "stories", so that it can be said in any language. Its texts are the
 * row's. */
void story_alert(const struct json_t *row, struct alert *a);
/* "critical" as a severity; information of anything else. */
enum wire_severity story_severity(const char *word);

#endif

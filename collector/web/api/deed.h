/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deed: what people do about accounts and tokens: who did it, its line in the audit, and the answer
 * that goes out when it is on disk. */
#ifndef COLLECTOR_WEB_API_DEED_H
#define COLLECTOR_WEB_API_DEED_H

#include <stdint.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* Who acts: the account's or token's name; of the nameless token the one that author= gives, else
 * "token". Lasts as long as the request. */
const char *deed_author(const struct request *rq);
/* A line of the audit: "login", "user-add", ...; what: whose. */
void deed_note(const struct collector *c, int64_t wall_ms, const char *author, const char *kind,
    const char *what, const char *text);
/* Answers when all that was done is on disk: with the reply's body, if it has one, else by going
 * on to this page of ours. */
int deed_later(const struct collector *c, struct reply *re, const char *back);
/* The same of what was done about agents' certificates. */
int deed_later_agents(const struct collector *c, struct reply *re, const char *back);
/* A refusal, in the reader's language. */
int deed_refuse(
    const struct request *rq, struct reply *re, int status, const char *code, const char *text);

#endif

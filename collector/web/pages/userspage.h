/* SPDX-License-Identifier: GPL-3.0-or-later */
/* userspage: accounts and tokens, for admins. */
#ifndef COLLECTOR_WEB_PAGES_USERSPAGE_H
#define COLLECTOR_WEB_PAGES_USERSPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /users */
int userspage_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* What was made for a name, shown this once: a token, an address, or both; either may be NULL. */
void userspage_secret(const struct collector *c, const struct request *rq, struct reply *re,
    const char *name, const char *token, const char *address);

#endif

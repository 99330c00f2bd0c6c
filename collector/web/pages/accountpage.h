/* SPDX-License-Identifier: GPL-3.0-or-later */
/* accountpage: what is one's own: password, language, theme, sessions. */
#ifndef COLLECTOR_WEB_PAGES_ACCOUNTPAGE_H
#define COLLECTOR_WEB_PAGES_ACCOUNTPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /account */
int accountpage_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* POST /account: language=, theme= */
int accountpage_prefer(const struct collector *c, const struct request *rq, struct reply *re);
/* POST /account/password: old=, password=, again= */
int accountpage_password(const struct collector *c, const struct request *rq, struct reply *re);
/* POST /account/sessions: id= ends one, all=1 all others */
int accountpage_sessions(const struct collector *c, const struct request *rq, struct reply *re);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* people: accounts and tokens, for admins, by the API and by the forms of the page /users. What
 * changes something is answered when it is on disk. */
#ifndef COLLECTOR_WEB_API_PEOPLE_H
#define COLLECTOR_WEB_API_PEOPLE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "collector/web/route.h"

struct collector;

int people_session(const struct collector *c, const struct request *rq, struct reply *re);
int people_users(const struct collector *c, const struct request *rq, struct reply *re);
int people_tokens(const struct collector *c, const struct request *rq, struct reply *re);
/* POST: name=, role= */
int people_add(const struct collector *c, const struct request *rq, struct reply *re);
/* POST .../NAME/link, role (role=), remove, unlock */
int people_link(const struct collector *c, const struct request *rq, struct reply *re);
int people_role(const struct collector *c, const struct request *rq, struct reply *re);
int people_remove(const struct collector *c, const struct request *rq, struct reply *re);
int people_unlock(const struct collector *c, const struct request *rq, struct reply *re);
/* POST: name=, role=, ends= (a duration) */
int people_token_add(const struct collector *c, const struct request *rq, struct reply *re);
int people_token_remove(const struct collector *c, const struct request *rq, struct reply *re);

extern const struct route_param people_add_params[];
extern const struct route_param people_role_params[];
extern const struct route_param people_act_params[];
extern const struct route_param people_token_params[];

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agentsapi: end points about agents' certificates: the list, invitations, revocation, and the
 * offline way; and the forms of the page, which are the same. */
#ifndef COLLECTOR_WEB_API_AGENTSAPI_H
#define COLLECTOR_WEB_API_AGENTSAPI_H

#include "collector/web/route.h"

int agentsapi_list(const struct collector *c, const struct request *rq, struct reply *re);
int agentsapi_invite(const struct collector *c, const struct request *rq, struct reply *re);
int agentsapi_withdraw(const struct collector *c, const struct request *rq, struct reply *re);
int agentsapi_revoke(const struct collector *c, const struct request *rq, struct reply *re);
int agentsapi_issue(const struct collector *c, const struct request *rq, struct reply *re);

extern const struct route_param agentsapi_invite_params[];
extern const struct route_param agentsapi_withdraw_params[];
extern const struct route_param agentsapi_revoke_params[];
extern const struct route_param agentsapi_issue_params[];

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auditpage: what people did, and what was told to whom: the audit trail and the ledger of
 * messages. */
#ifndef COLLECTOR_WEB_PAGES_AUDITPAGE_H
#define COLLECTOR_WEB_PAGES_AUDITPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"

struct collector;

/* GET /audit */
int auditpage_serve(const struct collector *c, const struct request *rq, struct reply *re);
/* GET /messages */
int auditpage_messages(const struct collector *c, const struct request *rq, struct reply *re);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history's thread sums up; which node is in which zone is told to it. */
#include "collector/web/api/ledgerapi.h"

#include "collector/alert/history.h"
#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/api/acts.h"
#include "zw/buf.h"

#define BACK_MS (31 * INT64_C(86400000))

const struct route_param ledgerapi_params[] = {
	{ "from", "time", "From this moment, seconds since 1970.", false },
	{ "to", "time", "To this moment; default: now.", false },
	{ "zone", "text", "Only of this zone.", false },
	{ "limit", "integer", "So many nodes at most, 1 to 10000; default 5000.", false },
	{ NULL, NULL, NULL, false },
};

/* ",NODE=ZONE,NODE=ZONE,", ends with NUL. */
static void
put_zones(struct buf *b, const struct site *s)
{
	buf_u8(b, ',');
	for (size_t i = 0; i < site_nnodes(s); i++) {
		const struct node *n = site_node_at(s, i);
		if (n->zone == NULL)
			continue;
		buf_text(b, n->name);
		buf_u8(b, '=');
		buf_text(b, n->zone->name);
		buf_u8(b, ',');
	}
	buf_u8(b, '\0');
}

int
ledgerapi_completeness(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct history_ask q = {
		.what = "completeness", .zone = request_param(rq, "zone"), .limit = 5000
	};
	struct buf zones = { 0 };

	put_zones(&zones, c->site);
	q.word = (const char *)zones.data;
	int status = acts_ask(c, rq, re, &q, BACK_MS);
	buf_free(&zones);
	return status;
}

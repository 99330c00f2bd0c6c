/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history's thread sums up; which node is in which zone is told to it. */
#include "collector/web/api/ledgerapi.h"

#include "collector/alert/history.h"
#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/api/form.h"
#include "zw/buf.h"
#include "zw/str.h"

#define BACK_MS (31 * INT64_C(86400000))

const struct route_param ledgerapi_params[] = {
	{ "from", "time", "From this moment, seconds since 1970.", false },
	{ "to", "time", "To this moment; default: now.", false },
	{ "zone", "text", "Only of this zone.", false },
	{ "limit", "integer", "So many nodes at most, 1 to 10000; default 5000.", false },
	{ NULL, NULL, NULL, false },
};

/* The history's thread has read. */
static void
asked(void *arg, const char *json, size_t n, const char *why)
{
	if (json != NULL)
		ticket_answer(arg, 200, REPLY_JSON, json, n);
	else
		ticket_error(arg, 503, "no-answer", why != NULL ? why : "no reason given");
}

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
	const char *limit = request_param(rq, "limit");
	struct buf zones = { 0 };
	uint64_t n;
	int status = form_moment(rq, re, "from", &q.from_ms);

	if (status == 200)
		status = form_moment(rq, re, "to", &q.to_ms);
	if (status != 200)
		return status;
	if (limit != NULL && str_to_u64(limit, 1, 10000, &n) == -1)
		return reply_error(re, 400, "bad-parameter", "limit= is no number from 1 to 10000");
	if (limit != NULL)
		q.limit = (unsigned)n;
	if (q.to_ms == 0)
		q.to_ms = rq->wall_ms;
	if (q.from_ms == 0)
		q.from_ms = q.to_ms - BACK_MS;
	if (q.from_ms >= q.to_ms)
		return reply_error(re, 400, "bad-parameter", "from= is not before to=");
	put_zones(&zones, c->site);
	q.word = (const char *)zones.data;
	history_ask(c->history, &q, asked, ticket_take(re));
	buf_free(&zones);
	return REPLY_LATER;
}

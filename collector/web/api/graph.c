/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graphs and flushes: handed to a child process, answered through a ticket when it has answered.
 * A client that leaves meanwhile changes nothing here: the ticket outlives it. */
#include "collector/web/api/graph.h"

#include "collector/collector.h"
#include "collector/store/store.h"
#include "collector/web/api/query.h"
#include "zw/str.h"

/* Size, format and the rows' function. */
static int
read_form(struct query *q, const char **type, const char **ending)
{
	static const char *const formats[] = { "svg", "png", "json", "pdf" };
	static const char *const types[] = { REPLY_SVG, REPLY_PNG, REPLY_JSON, REPLY_PDF };
	static const enum render_format codes[] = { RENDER_SVG, RENDER_PNG, RENDER_JSON,
		RENDER_PDF };
	static const char *const functions[] = { "average", "min", "max" };
	static const enum render_cf cfs[] = { RENDER_AVERAGE, RENDER_MIN, RENDER_MAX };
	const char *limit = request_param(q->rq, "limit");
	int64_t width = 800;
	int64_t height = 240;
	size_t format;
	size_t function;
	if (query_number(q, "width", 100, 4000, &width) == -1 ||
	    query_number(q, "height", 100, 4000, &height) == -1 ||
	    query_number(q, "step", 0, QUERY_MAX_SPAN_S, &q->graph.step_s) == -1 ||
	    query_number(q, "mark", 0, INT64_C(4102444800), &q->graph.mark_s) == -1 ||
	    query_word(q, "format", formats, 4, &format) == -1 ||
	    query_word(q, "cf", functions, 3, &function) == -1)
		return -1;
	if (limit != NULL && str_to_double(limit, &q->graph.limit) == -1)
		return query_bad(q, "limit", limit, "a number");
	q->graph.width = (unsigned)width;
	q->graph.height = (unsigned)height;
	q->graph.format = codes[format];
	q->graph.cf = cfs[function];
	*type = types[format];
	*ending = formats[format];
	return 0;
}

int
graph_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct query q;
	const char *type = NULL, *ending = NULL, *save = request_param(rq, "save");
	query_begin(&q, rq);
	int status = query_series(&q, c, re, "series");
	if (status != 200)
		return status;
	if (query_span(&q) == -1 || read_form(&q, &type, &ending) == -1)
		return reply_error(re, 400, "bad-parameter", "%s", q.why);
	if (save != NULL || q.graph.format == RENDER_PDF)
		query_filename(&q, ending, re->filename, sizeof re->filename);
	return query_answer(&q, c, re, type, "no-graph");
}

/* The store has written everything, or did not in time. */
static void
flushed(void *arg, int ok)
{
	static const char yes[] = "{\"flushed\":true}\n";
	if (ok)
		ticket_answer(arg, 200, REPLY_JSON, yes, sizeof yes - 1);
	else
		ticket_error(arg, 504, "not-flushed",
		    "the store did not answer in time; its samples are safe in the journal");
}

int
graph_flush(const struct collector *c, const struct request *rq, struct reply *re)
{
	(void)rq;
	store_flush(c->store, NULL, 0, flushed, ticket_take(re));
	return REPLY_LATER;
}

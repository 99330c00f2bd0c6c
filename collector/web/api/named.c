/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ready-made graphs: what is asked is judged here as far as it can be without files; the renderer
 * knows the definitions, and says what is wrong with the rest. */
#include "collector/web/api/named.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/report/ask.h"
#include "collector/report/graphs/wanted.h"
#include "collector/report/render.h"
#include "collector/site/site.h"
#include "collector/web/api/query.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define NONE "there is no graph"
#define WIDTH 960

/* An answer on its way. */
struct job {
	struct ticket *ticket;
	const char *type;
};

/* The renderer has answered, or says why not. */
static void
answered(void *arg, const uint8_t *data, size_t n, const char *why)
{
	struct job *job = arg;
	size_t fault = strlen(ASK_FAULT);

	if (data != NULL)
		ticket_answer(job->ticket, 200, job->type, data, n);
	else if (why == NULL || strncmp(why, ASK_FAULT, fault) != 0)
		ticket_error(job->ticket, 503, "no-graph", why != NULL ? why : "no reason given");
	else if (strncmp(why + fault, NONE, strlen(NONE)) == 0)
		ticket_error(job->ticket, 404, "no-such-graph", why + fault);
	else
		ticket_error(job->ticket, 400, "bad-parameter", why + fault);
	free(job);
}

/* Hands it to the renderer. */
static int
send_on(const struct collector *c, struct reply *re, const struct wanted *w, const char *type)
{
	struct job *job = xcalloc(1, sizeof *job);

	job->ticket = ticket_take(re);
	job->type = type;
	render_named(c->render, w, answered, job);
	return REPLY_LATER;
}

/* A language, or the reader's. */
static int
read_lang(struct query *q, enum lang *l)
{
	static const char *const words[] = { "en", "az", "ru" };
	size_t i;

	*l = q->rq->lang;
	if (request_param(q->rq, "lang") == NULL)
		return 0;
	if (query_word(q, "lang", words, 3, &i) == -1)
		return -1;
	*l = lang_of(words[i]);
	return 0;
}

/* A text parameter that fits. */
static int
read_text(struct query *q, const char *name, char *dst, size_t size)
{
	const char *text = request_param(q->rq, name);

	if (text != NULL && str_copy(dst, size, text) == -1)
		return query_bad(q, name, text, "something shorter");
	return 0;
}

/* When. */
static int
read_time(struct query *q, struct wanted *w)
{
	const char *last = request_param(q->rq, "last");
	int64_t ms = 0, future = q->rq->wall_ms / 1000 + WANTED_SPAN_MAX_S;

	if (last != NULL &&
	    (str_to_duration(last, &ms) == -1 || ms < 60000 || ms > WANTED_SPAN_MAX_S * 1000))
		return query_bad(q, "last", last, "a duration such as 6h or 30d, at most 10 years");
	w->last_s = ms / 1000;
	if (query_number(q, "from", 1, future, &w->from_s) == -1 ||
	    query_number(q, "to", 1, future, &w->to_s) == -1)
		return -1;
	int64_t to_s = w->to_s > 0 ? w->to_s : q->rq->wall_ms / 1000;
	if (w->from_s > 0 && (w->from_s >= to_s || to_s - w->from_s > WANTED_SPAN_MAX_S))
		return query_bad(q, "from", request_param(q->rq, "from"),
		    "a moment before the end, at most 10 years");
	return read_text(q, "month", w->period, sizeof w->period);
}

/* All of it but the place. */
static int
read_wanted(struct query *q, struct wanted *w, const char **type)
{
	static const char *const formats[] = { "svg", "png", "pdf" };
	static const char *const types[] = { REPLY_SVG, REPLY_PNG, REPLY_PDF };
	int64_t width = WIDTH, height = 0;
	size_t format;

	if (read_lang(q, &w->lang) == -1 || read_time(q, w) == -1 ||
	    query_word(q, "format", formats, 3, &format) == -1 ||
	    query_number(q, "width", 100, 4000, &width) == -1 ||
	    query_number(q, "height", 100, 4000, &height) == -1 ||
	    read_text(q, "zone", w->zone, sizeof w->zone) == -1 ||
	    read_text(q, "node", w->node, sizeof w->node) == -1)
		return -1;
	w->format = (enum wanted_format)format;
	w->width = (uint32_t)width;
	w->height = (uint32_t)height;
	*type = types[format];
	return 0;
}

int
named_list(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct wanted w = { .format = WANTED_LIST };
	struct query q;

	query_begin(&q, rq);
	if (read_lang(&q, &w.lang) == -1)
		return reply_error(re, 400, "bad-parameter", "%s", q.why);
	return send_on(c, re, &w, REPLY_JSON);
}

int
named_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	static const char *const endings[] = { "svg", "png", "pdf" };
	struct wanted w = { 0 };
	const char *type = NULL;
	struct query q;

	query_begin(&q, rq);
	if (str_copy(w.name, sizeof w.name, rq->name) == -1 || w.name[0] == '\0')
		return reply_error(re, 404, "no-such-graph", NONE " \"%.64s\"", rq->name);
	if (read_wanted(&q, &w, &type) == -1)
		return reply_error(re, 400, "bad-parameter", "%s", q.why);
	if (w.zone[0] != '\0' && site_zone(c->site, w.zone) == NULL)
		return reply_error(re, 404, "no-such-zone", "there is no zone \"%.64s\"", w.zone);
	if (w.node[0] != '\0' && site_node(c->site, w.node) == NULL)
		return reply_error(re, 404, "no-such-node", "there is no node \"%.64s\"", w.node);
	if (w.format == WANTED_PDF || request_param(rq, "save") != NULL)
		snprintf(re->filename, sizeof re->filename, "%.40s%s%.40s.%s",
		    str_is_name(w.name, sizeof w.name) ? w.name : "graph",
		    w.zone[0] != '\0' || w.node[0] != '\0' ? "-" : "",
		    w.node[0] != '\0' ? w.node : w.zone, endings[w.format]);
	return send_on(c, re, &w, type);
}

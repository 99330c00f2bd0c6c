/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graphs and flushes: handed to a child process, answered through a ticket when it has answered.
 * A client that leaves meanwhile changes nothing here: the ticket outlives it. */
#include "collector/web/api/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/report/render.h"
#include "collector/site/site.h"
#include "collector/store/store.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define MAX_SERIES 8
#define MAX_SPAN_S (20LL * 366 * 86400)
#define DEFAULT_SPAN_MS (6LL * 3600 * 1000)

/* A graph on its way. */
struct job {
	struct ticket *ticket;
	const char *type;
};

/* What a query asks for, while it is being read. */
struct wanted {
	struct render_graph graph;
	const struct series *series[MAX_SERIES];
	const char *type;
	char why[256]; /* what is wrong with it */
};

/* Says what is wrong with a parameter. */
static int
bad(struct wanted *w, const char *name, const char *value, const char *right)
{
	snprintf(w->why, sizeof w->why, "%s=%.64s: give %s", name, value, right);
	return -1;
}

/* An optional whole number in a range. */
static int
read_number(struct wanted *w, const struct request *rq, const char *name, int64_t min, int64_t max,
    int64_t *out)
{
	const char *text = request_param(rq, name);
	if (text == NULL || str_to_i64(text, min, max, out) == 0)
		return 0;
	char right[80];
	snprintf(right, sizeof right, "a whole number from %lld to %lld", (long long)min,
	    (long long)max);
	return bad(w, name, text, right);
}

/* One of several words; the first is the default. Its index goes to *out. */
static int
read_word(struct wanted *w, const struct request *rq, const char *name, const char *const *words,
    size_t n, size_t *out)
{
	const char *text = request_param(rq, name);
	char right[80] = "";
	*out = 0;
	if (text == NULL)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], text) == 0) {
			*out = i;
			return 0;
		}
		size_t used = strlen(right);
		snprintf(right + used, sizeof right - used, "%s%s", i > 0 ? " or " : "", words[i]);
	}
	return bad(w, name, text, right);
}

/* The span: last=, or start= and end=, or the last six hours. */
static int
read_span(struct wanted *w, const struct request *rq)
{
	const char *last = request_param(rq, "last");
	int64_t now = rq->wall_ms / 1000;
	int64_t span_ms = DEFAULT_SPAN_MS;
	if (last != NULL && (str_to_duration(last, &span_ms) == -1 || span_ms < 1000 ||
				span_ms > MAX_SPAN_S * 1000))
		return bad(w, "last", last, "a duration such as 30min, 6h or 7d, at most 20 years");
	int64_t end = now;
	if (read_number(w, rq, "end", 0, now + MAX_SPAN_S, &end) == -1)
		return -1;
	int64_t start = end - span_ms / 1000;
	if (read_number(w, rq, "start", 0, end - 1, &start) == -1)
		return -1;
	if (start < 0 || end - start > MAX_SPAN_S)
		return bad(w, "start", "", "a span of at most 20 years");
	w->graph.start_s = start;
	w->graph.end_s = end;
	return 0;
}

/* Size, format and the rows' function. */
static int
read_form(struct wanted *w, const struct request *rq)
{
	static const char *const formats[] = { "svg", "png", "json" };
	static const char *const types[] = { REPLY_SVG, REPLY_PNG, REPLY_JSON };
	static const enum render_format codes[] = { RENDER_SVG, RENDER_PNG, RENDER_JSON };
	static const char *const functions[] = { "average", "min", "max" };
	static const enum render_cf cfs[] = { RENDER_AVERAGE, RENDER_MIN, RENDER_MAX };
	int64_t width = 800;
	int64_t height = 240;
	int64_t step = 0;
	size_t format;
	size_t function;
	if (read_number(w, rq, "width", 100, 4000, &width) == -1 ||
	    read_number(w, rq, "height", 100, 4000, &height) == -1 ||
	    read_number(w, rq, "step", 0, MAX_SPAN_S, &step) == -1 ||
	    read_word(w, rq, "format", formats, 3, &format) == -1 ||
	    read_word(w, rq, "cf", functions, 3, &function) == -1)
		return -1;
	w->graph.width = (unsigned)width;
	w->graph.height = (unsigned)height;
	w->graph.step_s = step;
	w->graph.format = codes[format];
	w->graph.cf = cfs[function];
	w->type = types[format];
	return 0;
}

/* The one field and the line of a limit, both optional. */
static int
read_field(struct wanted *w, const struct request *rq)
{
	const char *limit = request_param(rq, "limit");
	w->graph.limit = NAN;
	if (limit != NULL && str_to_double(limit, &w->graph.limit) == -1)
		return bad(w, "limit", limit, "a number");
	const char *field = request_param(rq, "field");
	w->graph.field = field;
	for (size_t i = 0; field != NULL && i < w->graph.nseries; i++)
		for (unsigned k = 0; k < w->series[i]->nfields; k++)
			if (strcmp(w->series[i]->fields[k].name, field) == 0)
				return 0;
	return field == NULL ? 0 : bad(w, "field", field, "the name of a field of the series");
}

/* The series; 200, or the status of the error that was answered. */
static int
read_series(const struct collector *c, const struct request *rq, struct reply *re, struct wanted *w)
{
	for (size_t i = 0; i < rq->nparams; i++) {
		const struct request_param *p = &rq->params[i];
		if (strcmp(p->name, "series") != 0)
			continue;
		if (w->graph.nseries == MAX_SERIES)
			return reply_error(re, 400, "bad-parameter",
			    "a graph shows at most %d series", MAX_SERIES);
		const struct series *se = site_series_named(c->site, p->value);
		if (se == NULL)
			return reply_error(re, 404, "no-such-series",
			    "there is no series \"%.128s\"; it is written NODE/SERIES, as the list "
			    "of series "
			    "has them",
			    p->value);
		w->series[w->graph.nseries++] = se;
	}
	if (w->graph.nseries == 0)
		return reply_error(re, 400, "bad-parameter", "series=NODE/SERIES is missing");
	w->graph.series = w->series;
	return 200;
}

/* The child has drawn, or says why not. */
static void
drawn(void *arg, const uint8_t *data, size_t n, const char *why)
{
	struct job *job = arg;
	if (data != NULL)
		ticket_answer(job->ticket, 200, job->type, data, n);
	else
		ticket_error(job->ticket, 503, "no-graph", why != NULL ? why : "no reason given");
	free(job);
}

int
graph_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct wanted w = { 0 };
	int status = read_series(c, rq, re, &w);
	if (status != 200)
		return status;
	if (read_span(&w, rq) == -1 || read_form(&w, rq) == -1 || read_field(&w, rq) == -1)
		return reply_error(re, 400, "bad-parameter", "%s", w.why);
	struct job *job = xcalloc(1, sizeof *job);
	job->ticket = ticket_take(re);
	job->type = w.type;
	render_graph(c->render, &w.graph, drawn, job);
	return REPLY_LATER;
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

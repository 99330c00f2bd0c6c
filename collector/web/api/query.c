/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters of what is drawn or listed. Everything is bounded here; the renderer bounds it again.
 */
#include "collector/web/api/query.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/collector.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define DEFAULT_SPAN_MS (6LL * 3600 * 1000)
#define MAX_SELECTOR 1024

void
query_begin(struct query *q, const struct request *rq)
{
	*q = (struct query){ .rq = rq };
	q->graph.series = q->series;
	q->graph.chosen = q->chosen;
	q->graph.limit = NAN;
	q->graph.width = 800;
	q->graph.height = 240;
	q->graph.format = RENDER_SVG;
}

int
query_bad(struct query *q, const char *name, const char *value, const char *right)
{
	snprintf(q->why, sizeof q->why, "%s=%.64s: give %s", name, value, right);
	return -1;
}

int
query_number(struct query *q, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const char *text = request_param(q->rq, name);
	if (text == NULL || str_to_i64(text, min, max, out) == 0)
		return 0;
	char right[80];
	snprintf(right, sizeof right, "a whole number from %lld to %lld", (long long)min,
	    (long long)max);
	return query_bad(q, name, text, right);
}

int
query_word(struct query *q, const char *name, const char *const *words, size_t n, size_t *out)
{
	const char *text = request_param(q->rq, name);
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
	return query_bad(q, name, text, right);
}

int
query_span(struct query *q)
{
	const char *last = request_param(q->rq, "last");
	int64_t now = q->rq->wall_ms / 1000, span_ms = DEFAULT_SPAN_MS, end = now;
	if (last != NULL && (str_to_duration(last, &span_ms) == -1 || span_ms < 1000 ||
				span_ms > QUERY_MAX_SPAN_S * 1000))
		return query_bad(
		    q, "last", last, "a duration such as 30min, 6h or 7d, at most 20 years");
	if (query_number(q, "end", 0, now + QUERY_MAX_SPAN_S, &end) == -1 ||
	    query_number(q, "to", 0, now + QUERY_MAX_SPAN_S, &end) == -1)
		return -1;
	int64_t start = end - span_ms / 1000;
	if (query_number(q, "start", 0, end - 1, &start) == -1 ||
	    query_number(q, "from", 0, end - 1, &start) == -1)
		return -1;
	if (start < 0 || end - start > QUERY_MAX_SPAN_S)
		return query_bad(q, "from", "", "a span of at most 20 years");
	q->graph.start_s = start;
	q->graph.end_s = end;
	return 0;
}

/* The fields behind the colon. */
static int
read_fields(const struct series *se, char *names, uint64_t *chosen, struct err *e)
{
	char *name;
	while ((name = strsep(&names, ",")) != NULL) {
		unsigned i = site_field(se, name);
		if (i >= se->nfields)
			return err_set(e, "the series %s/%s has no field \"%.64s\"", se->node->name,
			    se->name, name);
		*chosen |= UINT64_C(1) << i;
	}
	return 0;
}

const struct series *
query_series_of(const struct collector *c, const char *text, uint64_t *chosen, struct err *e)
{
	char path[MAX_SELECTOR];
	*chosen = 0;
	const struct series *se = NULL;
	if (str_copy(path, sizeof path, text) == 0) {
		char *fields = strchr(path, ':');
		if (fields != NULL)
			*fields++ = '\0';
		se = site_series_named(c->site, path);
		if (se != NULL && fields != NULL && read_fields(se, fields, chosen, e) == -1)
			return NULL;
	}
	if (se == NULL)
		err_set(e,
		    "there is no series \"%.128s\"; it is written NODE/SERIES, as the list of "
		    "series has them",
		    text);
	return se;
}

/* field=, of all series; 0, or the status of the error that was answered. */
static int
read_field(struct query *q, struct reply *re)
{
	const char *field = request_param(q->rq, "field");
	q->graph.field = field;
	for (size_t i = 0; field != NULL && i < q->graph.nseries; i++)
		if (site_field(q->series[i], field) < q->series[i]->nfields)
			return 200;
	return field == NULL ? 200
			     : reply_error(re, 400, "bad-parameter",
				   "field=%.64s: give the name of a field of the series", field);
}

int
query_series(struct query *q, const struct collector *c, struct reply *re, const char *name)
{
	struct err e;
	for (size_t i = 0; i < q->rq->nparams; i++) {
		const struct request_param *p = &q->rq->params[i];
		if (strcmp(p->name, name) != 0)
			continue;
		size_t n = q->graph.nseries;
		if (n == QUERY_MAX_SERIES)
			return reply_error(re, 400, "bad-parameter", "at most %d series at once",
			    QUERY_MAX_SERIES);
		q->series[n] = query_series_of(c, p->value, &q->chosen[n], &e);
		if (q->series[n] == NULL)
			return reply_error(re, 404, "no-such-series", "%s", e.msg);
		q->graph.nseries++;
	}
	if (q->graph.nseries == 0)
		return reply_error(re, 400, "bad-parameter", "%s=NODE/SERIES is missing", name);
	return read_field(q, re);
}

void
query_filename(const struct query *q, const char *ending, char *dst, size_t size)
{
	time_t at = (time_t)q->graph.start_s;
	struct tm tm;
	char when[32] = "";
	if (localtime_r(&at, &tm) != NULL)
		strftime(when, sizeof when, "%Y%m%d-%H%M", &tm);
	/* Names of nodes and series have no character that a file's name cannot have. */
	snprintf(dst, size, "%.40s-%.40s%s-%s.%s", q->series[0]->node->name, q->series[0]->name,
	    q->graph.nseries > 1 ? "-and-more" : "", when, ending);
}

/* An answer on its way. */
struct job {
	struct ticket *ticket;
	const char *type;
	const char *code;
};

/* The renderer has answered, or says why not. */
static void
answered(void *arg, const uint8_t *data, size_t n, const char *why)
{
	struct job *job = arg;
	if (data != NULL)
		ticket_answer(job->ticket, 200, job->type, data, n);
	else
		ticket_error(job->ticket, 503, job->code, why != NULL ? why : "no reason given");
	free(job);
}

int
query_answer(const struct query *q, const struct collector *c, struct reply *re, const char *type,
    const char *code)
{
	struct job *job = xcalloc(1, sizeof *job);
	job->ticket = ticket_take(re);
	job->type = type;
	job->code = code;
	render_graph(c->render, &q->graph, answered, job);
	return REPLY_LATER;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines are pushed through the functions: a field is read by the renderer, one after the other;
 * when its rows come, in a turn of the loop of their own, they go up the tree of their target: a
 * function of one line changes it and passes it on, one of many adds it up and passes on when it
 * has all. What arrives at the root is written. So no turn works on more than one line, and nothing
 * but sums is kept. */
#include "collector/web/api/graphrender.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/report/render.h"
#include "collector/site/site.h"
#include "collector/web/api/graphexpr.h"
#include "collector/web/api/graphite.h"
#include "collector/web/api/graphslots.h"
#include "zw/alloc.h"
#include "zw/json.h"
#include "zw/str.h"

#define MAX_TARGETS 16
#define MAX_POINTS 4000
#define DEFAULT_POINTS 800
#define MAX_NAME 512

/* One line on its way up. */
struct line {
	char name[MAX_NAME];
	char path[GRAPHITE_PATH]; /* of the first field in it, for aliasByNode */
	double *v;
	size_t n;
	int64_t step_s;
};

/* What a function of many lines has so far. */
struct sum {
	double *v;
	unsigned *counts;
	size_t n;
	int64_t step_s;
	char path[GRAPHITE_PATH];
	unsigned wanted; /* lines that are to come */
	unsigned seen;
};

/* A field that is to be read, and where in which target it stands. */
struct leaf {
	struct graphite_leaf at;
	unsigned target;
	int node;
};

struct job {
	const struct collector *c;
	struct ticket *ticket;
	struct graphexpr *targets[MAX_TARGETS];
	struct sum *sums[MAX_TARGETS]; /* by node */
	unsigned ntargets;
	struct leaf leaves[GRAPHITE_MAX_LEAVES];
	size_t nleaves;
	size_t at;
	int64_t start_s;
	int64_t step_s;
	size_t n;
	struct buf out;
	struct json j;
};

/* --- functions ------------------------------------------------------------------------------- */

/* The i-th argument behind a call's lines; NULL: there are not so many. */
static const struct graphexpr_node *
argument(const struct graphexpr *x, int call, int i)
{
	int at = x->nodes[call].first;

	for (; at != -1; at = x->nodes[at].next) {
		const struct graphexpr_node *n = &x->nodes[at];
		if (n->kind != GRAPHEXPR_PATH && n->kind != GRAPHEXPR_CALL && i-- == 0)
			return n;
	}
	return NULL;
}

/* alias(x, "text"). */
static void
do_alias(const struct graphexpr_node *text, struct line *l)
{
	snprintf(l->name, sizeof l->name, "%.*s", (int)text->n, text->text);
}

/* aliasByNode(x, 1, 3): parts of the path, as they are called. */
static void
do_alias_by_node(const struct graphexpr *x, int call, struct line *l)
{
	const struct graphexpr_node *arg;
	char name[MAX_NAME] = "";

	for (int i = 0; (arg = argument(x, call, i)) != NULL; i++) {
		const char *p = l->path;
		/* From the end, if it is less than 0. */
		int part = fabs(arg->number) > 4 ? 4 : (int)arg->number;
		part = part < 0 ? part + 4 : part;
		for (; part > 0 && *p != '\0'; part--)
			p += strcspn(p, ".") + (p[strcspn(p, ".")] == '.');
		size_t used = strlen(name);
		snprintf(name + used, sizeof name - used, "%s%.*s", i > 0 ? "." : "",
		    (int)strcspn(p, "."), p);
	}
	for (char *p = name; *p != '\0'; p++)
		if (*p == ':')
			*p = '.';
	(void)str_copy(l->name, sizeof l->name, name);
}

/* scale(x, n), offset(x, n). */
static void
do_number(const struct graphexpr_node *arg, struct line *l, bool scales)
{
	char name[MAX_NAME], number[32];

	for (size_t i = 0; i < l->n; i++)
		l->v[i] = scales ? l->v[i] * arg->number : l->v[i] + arg->number;
	str_from_double(number, arg->number);
	snprintf(name, sizeof name, "%s(%.400s,%s)", scales ? "scale" : "offset", l->name, number);
	(void)str_copy(l->name, sizeof l->name, name);
}

/* Seconds of summarize's interval; 0: it is none. */
static int64_t
interval_of(const struct graphexpr_node *arg)
{
	char text[40] = "-";
	int64_t then;

	if (arg->n == 0 || arg->n >= sizeof text - 1)
		return 0;
	memcpy(text + 1, arg->text, arg->n);
	text[arg->n + 1] = '\0';
	return graphslots_moment(text, GRAPHSLOTS_MAX_S, &then) == 0 ? GRAPHSLOTS_MAX_S - then : 0;
}

/* What summarize makes of a bucket; -1: there is no such word. */
static int
fold_of(const struct graphexpr_node *arg)
{
	static const char *const words[] = { "sum", "avg", "average", "max", "min", "last" };

	for (int i = 0; arg != NULL && i < 6; i++)
		if (strlen(words[i]) == arg->n && memcmp(words[i], arg->text, arg->n) == 0)
			return i;
	return arg == NULL ? 0 : -1;
}

/* summarize(x, "1h", "max"): slots that are that long, on multiples of it. */
static void
do_summarize(const struct graphexpr *x, int call, struct line *l, int64_t start_s)
{
	const struct graphexpr_node *word = argument(x, call, 0);
	int64_t interval_s = interval_of(word);
	int64_t step_s = interval_s > l->step_s ? interval_s : l->step_s;
	int fold = fold_of(argument(x, call, 1));
	int64_t origin_s = start_s - start_s % l->step_s, begin_s = origin_s - origin_s % step_s;
	size_t n = 0, count = 0;
	char name[MAX_NAME];

	for (size_t i = 0; i < l->n; i++) {
		size_t slot = (size_t)((origin_s + (int64_t)i * l->step_s - begin_s) / step_s);
		double v = l->v[i];
		for (; n <= slot; n++, count = 0)
			l->v[n] = n <= i ? NAN : v;
		if (isnan(v))
			continue;
		double *to = &l->v[slot];
		if (count++ == 0 || fold == 5)
			*to = v;
		else if (fold <= 2)
			*to += (fold == 0) ? v : (v - *to) / (double)count;
		else
			*to = fold == 3 ? fmax(*to, v) : fmin(*to, v);
	}
	l->n = n;
	snprintf(
	    name, sizeof name, "summarize(%.400s,\"%.*s\")", l->name, (int)word->n, word->text);
	(void)str_copy(l->name, sizeof l->name, name);
	l->step_s = step_s;
}

/* Adds a line to a sum. */
static void
add_line(struct sum *s, const struct graphexpr_node *call, const struct line *l)
{
	if (s->v == NULL) {
		s->v = xcalloc(l->n + 1, sizeof *s->v);
		s->counts = xcalloc(l->n + 1, sizeof *s->counts);
		s->n = l->n;
		s->step_s = l->step_s;
		(void)str_copy(s->path, sizeof s->path, l->path);
	}
	for (size_t i = 0; i < s->n && i < l->n; i++) {
		double v = l->v[i];
		if (isnan(v))
			continue;
		if (s->counts[i]++ == 0)
			s->v[i] = v;
		else if (call->function == GRAPHEXPR_MAX)
			s->v[i] = fmax(s->v[i], v);
		else if (call->function == GRAPHEXPR_MIN)
			s->v[i] = fmin(s->v[i], v);
		else
			s->v[i] += v;
	}
}

/* Makes a line of a sum that has all, in place of the last one that came. */
static void
end_sum(struct sum *s, const struct graphexpr_node *call, struct line *l)
{
	for (size_t i = 0; i < s->n && i < l->n; i++) {
		l->v[i] = s->counts[i] == 0 ? NAN : s->v[i];
		if (call->function == GRAPHEXPR_AVERAGE && s->counts[i] > 0)
			l->v[i] /= s->counts[i];
	}
	snprintf(l->name, sizeof l->name, "%.*s", (int)(call->n < 400 ? call->n : 400), call->text);
	(void)str_copy(l->path, sizeof l->path, s->path);
	free(s->v);
	free(s->counts);
	s->v = NULL;
	s->counts = NULL;
}

/* --- the way up ------------------------------------------------------------------------------ */

/* Writes a line that has arrived. */
static void
write_line(struct job *job, const struct line *l)
{
	struct json *j = &job->j;
	int64_t t = job->start_s - job->start_s % l->step_s;

	json_object(j, NULL);
	json_text(j, "target", l->name);
	json_object(j, "tags");
	json_text(j, "name", l->name);
	json_end(j);
	json_array(j, "datapoints");
	for (size_t i = 0; i < l->n; i++, t += l->step_s) {
		json_array(j, NULL);
		json_number(j, NULL, l->v[i]);
		json_int(j, NULL, t);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

/* Lets a line go up from a node's child. */
static void
push(struct job *job, unsigned target, int node, struct line *l)
{
	const struct graphexpr *x = job->targets[target];

	for (; node != -1; node = x->nodes[node].parent) {
		const struct graphexpr_node *call = &x->nodes[node];
		struct sum *s = &job->sums[target][node];
		if (graphexpr_joins(call)) {
			add_line(s, call, l);
			if (++s->seen < s->wanted)
				return;
			end_sum(s, call, l);
		} else if (call->function == GRAPHEXPR_ALIAS) {
			do_alias(argument(x, node, 0), l);
		} else if (call->function == GRAPHEXPR_ALIAS_BY_NODE) {
			do_alias_by_node(x, node, l);
		} else if (call->function == GRAPHEXPR_SUMMARIZE) {
			do_summarize(x, node, l, job->start_s);
		} else {
			do_number(argument(x, node, 0), l, call->function == GRAPHEXPR_SCALE);
		}
	}
	write_line(job, l);
}

/* Frees all. */
static void
job_free(struct job *job)
{
	for (unsigned t = 0; t < job->ntargets; t++) {
		for (int i = 0; job->sums[t] != NULL && i < GRAPHEXPR_MAX_NODES; i++) {
			free(job->sums[t][i].v);
			free(job->sums[t][i].counts);
		}
		free(job->sums[t]);
		free(job->targets[t]);
	}
	buf_free(&job->out);
	free(job);
}

static void ask_next(struct job *job);

/* The renderer has a field's rows, or says why not: a field that has none yet is a line of
 * nothing. */
static void
rows_came(void *arg, const uint8_t *data, size_t n, const char *why)
{
	static const char none[] = "there is nothing to read";
	struct job *job = arg;
	struct leaf *leaf = &job->leaves[job->at++];
	const struct field *f = &leaf->at.series->fields[leaf->at.field];
	struct line l = { .n = job->n, .step_s = job->step_s };

	if (data == NULL && (why == NULL || strncmp(why, none, sizeof none - 1) != 0)) {
		ticket_error(job->ticket, 503, "no-values", why != NULL ? why : "no reason given");
		job_free(job);
		return;
	}
	l.v = xcalloc(l.n + 2, sizeof *l.v);
	graphslots_fill((const char *)data, data != NULL ? n : 0, l.v, l.n, job->start_s,
	    job->step_s, f->kind == FIELD_STATE);
	graphite_path(l.path, &leaf->at);
	(void)str_copy(l.name, sizeof l.name, l.path);
	push(job, leaf->target, job->targets[leaf->target]->nodes[leaf->node].parent, &l);
	free(l.v);
	ask_next(job);
}

/* Asks for the next field, or answers. */
static void
ask_next(struct job *job)
{
	if (job->at == job->nleaves) {
		json_end(&job->j);
		ticket_answer(job->ticket, 200, REPLY_JSON, job->out.data, job->out.len);
		job_free(job);
		return;
	}
	const struct leaf *leaf = &job->leaves[job->at];
	const struct field *f = &leaf->at.series->fields[leaf->at.field];
	struct render_graph g = { .series = &leaf->at.series,
		.nseries = 1,
		.field = f->name,
		.start_s = job->start_s,
		.end_s = job->start_s + (int64_t)job->n * job->step_s,
		.width = 400,
		.height = 100,
		.format = RENDER_JSON,
		.cf = f->kind == FIELD_STATE ? RENDER_MAX : RENDER_AVERAGE,
		.step_s = job->step_s,
		.limit = NAN };
	render_graph(job->c->render, &g, rows_came, job);
}

/* --- the question ---------------------------------------------------------------------------- */

/* The step of the lines that come out of a node; 0: they do not fit each other. */
static int64_t
step_of(const struct graphexpr *x, int node, int64_t step_s, struct err *e)
{
	const struct graphexpr_node *n = &x->nodes[node];
	int64_t all = 0;

	if (n->kind == GRAPHEXPR_PATH)
		return step_s;
	for (int i = n->first; i != -1; i = x->nodes[i].next) {
		if (x->nodes[i].kind != GRAPHEXPR_PATH && x->nodes[i].kind != GRAPHEXPR_CALL)
			continue;
		int64_t one = step_of(x, i, step_s, e);
		if (one == 0)
			return 0;
		if (all != 0 && one != all) {
			err_set(e, "lines of different intervals cannot be joined");
			return 0;
		}
		all = one;
	}
	if (n->kind != GRAPHEXPR_CALL || n->function != GRAPHEXPR_SUMMARIZE)
		return all;
	int64_t wanted = interval_of(argument(x, node, 0));
	if (wanted < 1 || fold_of(argument(x, node, 1)) == -1) {
		err_set(e,
		    "summarize wants an interval such as \"1h\", and sum, avg, max, min or last");
		return 0;
	}
	return wanted < all ? all : wanted;
}

/* How many lines come out of a node, counting leaves of its paths; notes what sums wait for. */
static unsigned
count_lines(struct job *job, unsigned target, int node)
{
	const struct graphexpr *x = job->targets[target];
	unsigned n = 0;

	if (x->nodes[node].kind == GRAPHEXPR_PATH) {
		for (size_t i = 0; i < job->nleaves; i++)
			n += job->leaves[i].target == target && job->leaves[i].node == node;
		return n;
	}
	for (int i = x->nodes[node].first; i != -1; i = x->nodes[i].next)
		n += count_lines(job, target, i);
	if (!graphexpr_joins(&x->nodes[node]))
		return n;
	job->sums[target][node].wanted = n;
	return n > 0;
}

/* Adds a target: its tree and its fields. */
static int
add_target(struct job *job, const char *text, struct err *e)
{
	struct graphite_leaf found[GRAPHITE_MAX_LEAVES];
	unsigned t = job->ntargets;
	size_t n;

	if (t == MAX_TARGETS)
		return err_set(e, "more than %d targets", MAX_TARGETS);
	job->ntargets++;
	job->targets[t] = xcalloc(1, sizeof *job->targets[t]);
	job->sums[t] = xcalloc(GRAPHEXPR_MAX_NODES, sizeof *job->sums[t]);
	if (graphexpr_parse(job->targets[t], text, e) == -1)
		return -1;
	for (int i = 0; i < job->targets[t]->n; i++) {
		const struct graphexpr_node *node = &job->targets[t]->nodes[i];
		if (node->kind != GRAPHEXPR_PATH)
			continue;
		if (graphite_leaves(job->c, node->text, node->n, found,
			GRAPHITE_MAX_LEAVES - job->nleaves, &n) == -1)
			return err_set(e,
			    "that is more than %d lines, or too many to look at; be more exact",
			    GRAPHITE_MAX_LEAVES);
		for (size_t k = 0; k < n; k++)
			job->leaves[job->nleaves++] = (struct leaf){ found[k], t, i };
	}
	(void)count_lines(job, t, 0);
	return 0;
}

/* From when to when, in how many points. */
static int
read_time(struct job *job, const struct request *rq, struct err *e)
{
	const char *from = request_param(rq, "from"), *until = request_param(rq, "until");
	const char *points = request_param(rq, "maxDataPoints");
	int64_t now_s = rq->wall_ms / 1000, end_s = now_s, step_s = 1;
	uint64_t most = DEFAULT_POINTS;

	job->start_s = now_s - 86400;
	if (from != NULL && graphslots_moment(from, now_s, &job->start_s) == -1)
		return err_set(e, "from=%.40s is no time", from);
	if (until != NULL && graphslots_moment(until, now_s, &end_s) == -1)
		return err_set(e, "until=%.40s is no time", until);
	if (points != NULL && str_to_u64(points, 1, 1000000, &most) == -1)
		return err_set(e, "maxDataPoints= is no number");
	most = most > MAX_POINTS ? MAX_POINTS : most;
	if (job->start_s < 0 || end_s <= job->start_s || end_s - job->start_s > GRAPHSLOTS_MAX_S)
		return err_set(e, "from= is not before until=, or too long before");
	for (size_t i = 0; i < job->nleaves; i++)
		if ((int64_t)job->leaves[i].at.series->step_s > step_s)
			step_s = job->leaves[i].at.series->step_s;
	int64_t wanted = (end_s - job->start_s + (int64_t)most - 1) / (int64_t)most;
	job->step_s = graphslots_step(wanted > step_s ? wanted : step_s);
	job->start_s -= job->start_s % job->step_s;
	job->n = (size_t)((end_s - job->start_s + job->step_s - 1) / job->step_s);
	for (unsigned t = 0; t < job->ntargets; t++)
		if (step_of(job->targets[t], 0, job->step_s, e) == 0)
			return -1;
	return 0;
}

int
graphrender_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct job *job = xcalloc(1, sizeof *job);
	const char *format = request_param(rq, "format");
	struct err e = { "" };
	int rc = 0;

	job->c = c;
	if (format != NULL && strcmp(format, "json") != 0)
		rc = err_set(&e, "format= is json");
	for (size_t i = 0; i < rq->nparams && rc == 0; i++)
		if (strcmp(rq->params[i].name, "target") == 0)
			rc = add_target(job, rq->params[i].value, &e);
	if (rc == 0 && job->ntargets == 0)
		rc = err_set(&e, "target= is missing");
	if (rc == 0)
		rc = read_time(job, rq, &e);
	if (rc == -1) {
		job_free(job);
		return reply_error(re, 400, "bad-parameter", "%s", e.msg);
	}
	if (job->nleaves == 0) {
		static const char nothing[] = "[]\n";
		job_free(job);
		re->type = REPLY_JSON;
		buf_put(&re->body, nothing, sizeof nothing - 1);
		return 200;
	}
	job->j = json_over(&job->out);
	json_array(&job->j, NULL);
	job->ticket = ticket_take(re);
	ask_next(job);
	return REPLY_LATER;
}

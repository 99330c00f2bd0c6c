/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history's thread answers for what was; of the configuration's maintenance, which no history
 * has, the loop says it beforehand. */
#include "collector/web/api/marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/history.h"
#include "collector/alert/history_ask.h"
#include "collector/alert/silence.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/api/query.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define MAX_NODES 8
#define MAX_ROWS 500
#define MAX_RULES 4096

/* An answer on its way. */
struct job {
	struct ticket *ticket;
	struct buf planned; /* "planned":[...] */
};

/* The history has answered: its members stand beside ours. */
static void
answered(void *arg, const char *json, size_t n, const char *why)
{
	struct job *job = arg;
	if (json == NULL || n < 2 || json[0] != '{')
		ticket_error(job->ticket, 503, "no-history", why != NULL ? why : "no reason given");
	else {
		buf_u8(&job->planned, ',');
		buf_put(&job->planned, json + 1, n - 1);
		ticket_answer(job->ticket, 200, REPLY_JSON, job->planned.data, job->planned.len);
	}
	buf_free(&job->planned);
	free(job);
}

/* The nodes asked for: ",ZONE/NODE,". 200, or the status of the error that was answered. */
static int
read_nodes(const struct collector *c, const struct request *rq, struct reply *re,
    char nodes[HISTORY_MARKS_NODES])
{
	size_t found = 0, used = 1;
	(void)str_copy(nodes, HISTORY_MARKS_NODES, ",");
	for (size_t i = 0; i < rq->nparams; i++) {
		if (strcmp(rq->params[i].name, "node") != 0)
			continue;
		const struct node *n = site_node(c->site, rq->params[i].value);
		if (n == NULL)
			return reply_error(re, 404, "no-such-node", "there is no node \"%.64s\"",
			    rq->params[i].value);
		if (found++ == MAX_NODES)
			return reply_error(
			    re, 400, "bad-parameter", "at most %d nodes at once", MAX_NODES);
		int w = snprintf(nodes + used, HISTORY_MARKS_NODES - used, "%s/%s,",
		    n->zone != NULL ? n->zone->name : "site", n->name);
		used += w < 0 ? 0 : (size_t)w;
		if (used >= HISTORY_MARKS_NODES)
			return reply_error(re, 400, "bad-parameter", "too many nodes at once");
	}
	return found > 0 ? 200 : reply_error(re, 400, "bad-parameter", "node= is missing");
}

/* The rules that tell of silence: ",RULE,". */
static void
find_rules(const struct collector *c, char rules[MAX_RULES])
{
	size_t used = 1;
	const struct conf_rule *all = c->conf->rules.v;
	(void)str_copy(rules, MAX_RULES, ",");
	for (size_t i = 0; i < c->conf->rules.n; i++) {
		if (strcmp(all[i].kind, "no-data") != 0)
			continue;
		size_t n = strlen(all[i].name);
		if (used + n + 2 > MAX_RULES)
			return;
		memcpy(rules + used, all[i].name, n);
		used += n;
		rules[used++] = ',';
		rules[used] = '\0';
	}
}

/* The maintenance of the configuration. */
static void
put_planned(struct buf *b, const struct collector *c, const char *nodes, const struct query *q)
{
	struct json j = json_over(b);
	json_object(&j, NULL);
	json_array(&j, "planned");
	for (size_t i = 0; c->silences != NULL && i < silences_count(c->silences); i++) {
		const struct silence *s = silences_at(c->silences, i);
		if (s->id == 0)
			history_marks_silence(
			    &j, s, nodes, q->graph.start_s * 1000, q->graph.end_s * 1000);
	}
	json_end(&j);
}

int
marks_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct query q;
	char nodes[HISTORY_MARKS_NODES], rules[MAX_RULES];
	query_begin(&q, rq);
	int status = read_nodes(c, rq, re, nodes);
	if (status != 200)
		return status;
	if (query_span(&q) == -1)
		return reply_error(re, 400, "bad-parameter", "%s", q.why);
	find_rules(c, rules);
	struct job *job = xcalloc(1, sizeof *job);
	put_planned(&job->planned, c, nodes, &q);
	job->ticket = ticket_take(re);
	history_ask(c->history,
	    &(struct history_ask){ .what = "marks",
		.from_ms = q.graph.start_s * 1000,
		.to_ms = q.graph.end_s * 1000,
		.limit = MAX_ROWS,
		.text = rules,
		.word = nodes },
	    answered, job);
	return REPLY_LATER;
}

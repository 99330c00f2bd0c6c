/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists in the order of the configuration, and of a node's series in that of their creation: both
 * only grow at their end, so that the place after= stays right. */
#include "collector/web/api/lists.h"

#include <string.h>

#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/api/api.h"
#include "collector/web/api/filter.h"
#include "collector/web/api/member.h"
#include "collector/web/api/paging.h"
#include "collector/web/survey.h"
#include "zw/units.h"

#define NODES 500  /* on a page, if none other is asked for */
#define SERIES 500 /* likewise */
#define VALUES 1000

static const char *const states[] = { "ok", "never-seen", "no-data", "warning", "critical", NULL };
static const char *const kinds[] = { "server", "device", "link", NULL };

/* Whether a node is in the list. */
static bool
node_is_wanted(const struct request *rq, const struct node *n, enum view_state state)
{
	const char *texts[] = { n->name, n->title };

	return n->kind != NODE_SUMMARY && filter_passes(rq, n) &&
	       filter_has(rq, "state", view_word(state)) &&
	       filter_has(rq, "kind", kinds[n->kind]) && filter_finds(rq, texts, 2);
}

/* The list itself. */
static void
put_nodes(struct json *j, const struct collector *c, const struct request *rq, struct paging *p,
    size_t from)
{
	struct survey s;
	bool rest = false;

	survey_take(&s, c, rq->steady_ms);
	json_array(j, "nodes");
	for (size_t i = from; i < s.nnodes && !rest; i++) {
		const struct node *n = site_node_at(c->site, i);
		if (!node_is_wanted(rq, n, s.nodes[i].state))
			continue;
		rest = !paging_has_room(p, j);
		if (rest)
			break;
		json_object(j, NULL);
		api_put_node(j, n, &s.nodes[i], rq->steady_ms);
		json_uint(j, "nseries", n->nseries);
		json_end(j);
		paging_count(p, "%s", n->name);
	}
	json_end(j);
	paging_end(p, j, rq, rest);
	survey_free(&s);
}

int
lists_nodes(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct paging p;
	size_t from = 0;
	int status = 200;

	if (!filter_is_known(c, rq, re, &status))
		return status;
	status = filter_words(rq, re, "state", states);
	if (status == 200)
		status = filter_words(rq, re, "kind", kinds);
	if (status == 200)
		status = paging_read(&p, rq, re, NODES);
	if (status != 200)
		return status;
	if (p.after != NULL) {
		const struct node *n = site_node(c->site, p.after);
		if (n == NULL)
			return paging_is_nowhere(re);
		from = n->index + 1;
	}
	struct json j = member_begin(re);
	put_nodes(&j, c, rq, &p, from);
	json_end(&j);
	return 200;
}

/* A place in the list of all series. */
struct place {
	size_t node;
	size_t series;
};

/* Behind the series of after=; -1: there is none such. */
static int
find_place(const struct collector *c, const struct paging *p, struct place *at)
{
	*at = (struct place){ 0 };
	if (p->after == NULL)
		return 0;
	const struct series *se = site_series_named(c->site, p->after);
	if (se == NULL)
		return -1;
	at->node = se->node->index;
	for (size_t i = 0; i < se->node->nseries; i++)
		if (se->node->series[i] == se)
			at->series = i + 1;
	return 0;
}

/* Whether the query's series is this one, or its source, or all. */
static bool
series_passes(const struct request *rq, const struct series *se)
{
	const char *wanted = request_param(rq, "series"), *source = request_param(rq, "source");
	const char *texts[] = { se->node->name, se->name, se->node->title };

	return (wanted == NULL || strcmp(wanted, se->name) == 0 ||
		   strcmp(wanted, se->source) == 0) &&
	       (source == NULL || strcmp(source, se->source) == 0) && filter_finds(rq, texts, 3);
}

/* The next series from a place on that passes, and the place behind it; NULL: none. */
static const struct series *
next_series(const struct collector *c, const struct request *rq, struct place *at)
{
	for (; at->node < site_nnodes(c->site); at->node++, at->series = 0) {
		const struct node *n = site_node_at(c->site, at->node);
		bool passes = at->series < n->nseries && filter_passes(rq, n);
		while (passes && at->series < n->nseries) {
			const struct series *se = n->series[at->series++];
			if (series_passes(rq, se))
				return se;
		}
	}
	return NULL;
}

/* What both lists of series begin with; 200, or the status of the error that was answered. */
static int
begin_series(const struct collector *c, const struct request *rq, struct reply *re,
    struct paging *p, size_t normal, struct place *at)
{
	const char *series = request_param(rq, "series");
	struct place first = { 0 };
	int status = 200;

	if (!filter_is_known(c, rq, re, &status))
		return status;
	if (series != NULL && next_series(c, rq, &first) == NULL)
		return reply_error(re, 404, "no-such-series",
		    "there is no series \"%.128s\"; the list of series has their names", series);
	status = paging_read(p, rq, re, normal);
	if (status == 200 && find_place(c, p, at) == -1)
		status = paging_is_nowhere(re);
	return status;
}

int
lists_series(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct series *se;
	struct paging p;
	struct place at;
	bool rest = false;
	int status = begin_series(c, rq, re, &p, SERIES, &at);

	if (status != 200)
		return status;
	struct json j = member_begin(re);
	json_array(&j, "series");
	while (!rest && (se = next_series(c, rq, &at)) != NULL) {
		rest = !paging_has_room(&p, &j);
		if (rest)
			break;
		api_put_series(&j, se, rq->steady_ms);
		paging_count(&p, "%s/%s", se->node->name, se->name);
	}
	json_end(&j);
	paging_end(&p, &j, rq, rest);
	json_end(&j);
	return 200;
}

/* The latest value of each field of a series. */
static void
put_values(struct json *j, const struct series *se, bool stale, int64_t steady_ms)
{
	for (unsigned i = 0; i < se->nfields; i++) {
		const struct field *f = &se->fields[i];
		char unit[METRIC_MAX_UNIT + 3];
		units_of_field(unit, sizeof unit, f->kind, f->unit);
		json_object(j, NULL);
		json_text(j, "node", se->node->name);
		json_text(j, "series", se->name);
		json_text(j, "field", f->name);
		json_number(j, "value", se->last.values[i]);
		json_text(j, "unit", unit);
		member_state(j, se, i, se->last.values[i]);
		json_int(j, "time_s", se->last.time_s);
		member_age(j, "age_s", se->last.recv_ms, steady_ms);
		json_flag(j, "stale", stale);
		json_end(j);
	}
}

int
lists_last(const struct collector *c, const struct request *rq, struct reply *re)
{
	const struct series *se;
	struct paging p;
	struct place at;
	bool rest = false;
	int status = begin_series(c, rq, re, &p, VALUES, &at);

	if (status != 200)
		return status;
	struct json j = member_begin(re);
	json_array(&j, "values");
	while (!rest && (se = next_series(c, rq, &at)) != NULL) {
		if (se->last.time_s == 0)
			continue;
		rest = !paging_has_room(&p, &j);
		if (rest)
			break;
		put_values(&j, se, site_is_stale(se->node, rq->steady_ms), rq->steady_ms);
		paging_count(&p, "%s/%s", se->node->name, se->name);
		p.n += se->nfields - 1;
	}
	json_end(&j);
	paging_end(&p, &j, rq, rest);
	json_end(&j);
	return 200;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values are read by the renderer, after the newest samples were written; this hands the question
 * over and answers through a ticket. */
#include "collector/web/api/values.h"

#include <stdio.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/site/site.h"
#include "collector/web/api/member.h"
#include "collector/web/api/query.h"
#include "collector/web/words.h"
#include "zw/str.h"

#define DEFAULT_POINTS 1200
#define MAX_POINTS 20000
#define MAX_FOUND 50

/* Functions, rows, form. */
static int
read_form(struct query *q, bool *csv)
{
	static const char *const functions[] = { "band", "average", "min", "max" };
	static const unsigned bits[] = { RENDER_WITH_ALL, RENDER_WITH_AVERAGE, RENDER_WITH_MIN,
		RENDER_WITH_MAX };
	static const char *const formats[] = { "json", "csv" };
	int64_t points = DEFAULT_POINTS;
	size_t function, format;
	if (query_number(q, "points", 1, MAX_POINTS, &points) == -1 ||
	    query_number(q, "step", 0, QUERY_MAX_SPAN_S, &q->graph.step_s) == -1 ||
	    query_word(q, "cf", functions, 4, &function) == -1 ||
	    query_word(q, "format", formats, 2, &format) == -1)
		return -1;
	*csv = format == 1;
	q->graph.points = (unsigned)points;
	q->graph.with = bits[function];
	q->graph.format = *csv ? RENDER_CSV : RENDER_COLUMNS;
	return 0;
}

int
values_serve(const struct collector *c, const struct request *rq, struct reply *re)
{
	struct query q;
	bool csv;
	query_begin(&q, rq);
	int status = query_series(&q, c, re, "series");
	if (status != 200)
		return status;
	if (query_span(&q) == -1 || read_form(&q, &csv) == -1)
		return reply_error(re, 400, "bad-parameter", "%s", q.why);
	if (csv)
		query_filename(&q, "csv", re->filename, sizeof re->filename);
	return query_answer(&q, c, re, csv ? REPLY_CSV : REPLY_JSON, "no-values");
}

/* A field that was found. */
static void
put_found(struct json *j, const struct series *se, const struct field *f)
{
	char id[2 * NAME_MAX_NODE + NAME_MAX_SOURCE + NAME_MAX_FIELD + 8];
	snprintf(id, sizeof id, "%s/%s:%s", se->node->name, se->name, f->name);
	json_object(j, NULL);
	json_text(j, "id", id);
	json_text(j, "title", se->node->title);
	json_text(j, "label", f->label);
	json_text(j, "unit", f->unit);
	json_text(j, "kind", field_kind_name(f->kind));
	json_end(j);
}

/* Those of a series that have the words which neither it nor its node has, and that unit. */
static size_t
find_fields(struct json *j, struct words *w, const struct series *se, unsigned need,
    const char *unit, size_t room)
{
	const struct words_fields *of = words_of_fields(w, se);
	size_t found = 0;
	if ((need & ~of->any) != 0)
		return 0;
	for (unsigned i = 0; i < se->nfields && found < room; i++) {
		const struct field *f = &se->fields[i];
		if ((need & ~(unsigned)of->bits[i]) != 0 ||
		    (unit != NULL && strcmp(f->unit, unit) != 0))
			continue;
		put_found(j, se, f);
		found++;
	}
	return found;
}

int
values_find(const struct collector *c, const struct request *rq, struct reply *re)
{
	const char *q = request_param(rq, "q"), *unit = request_param(rq, "unit");
	struct words w;
	size_t found = 0;
	if (q != NULL && strlen(q) >= WORDS_MAX_TEXT)
		return reply_error(re, 400, "bad-parameter", "q= is too long");
	words_split(&w, q != NULL ? q : "", " /:,");
	struct json j = member_begin(re);
	json_array(&j, "found");
	for (size_t n = 0; n < site_nnodes(c->site) && found < MAX_FOUND; n++) {
		const struct node *no = site_node_at(c->site, n);
		unsigned need = w.all & ~words_in(&w, no->name, w.all);
		need &= ~words_in(&w, no->title, need);
		for (size_t s = 0; s < no->nseries && found < MAX_FOUND; s++) {
			const struct series *se = no->series[s];
			found += find_fields(&j, &w, se, need & ~words_in(&w, se->name, need), unit,
			    MAX_FOUND - found);
		}
	}
	json_end(&j);
	json_flag(&j, "more", found == MAX_FOUND);
	json_end(&j);
	return 200;
}

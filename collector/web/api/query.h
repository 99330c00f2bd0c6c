/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: which series, fields and time a request wants to see; for graphs, values and their page.
 */
#ifndef COLLECTOR_WEB_API_QUERY_H
#define COLLECTOR_WEB_API_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "collector/report/render.h"
#include "collector/web/reply.h"
#include "collector/web/request.h"

#define QUERY_MAX_SERIES 8
#define QUERY_MAX_SPAN_S (20LL * 366 * 86400)

struct collector;

struct query {
	const struct request *rq;
	struct render_graph graph; /* points to the two below, and into rq */
	const struct series *series[QUERY_MAX_SERIES];
	uint64_t chosen[QUERY_MAX_SERIES];
	char why[256]; /* what is wrong with it */
};

/* An empty one; its address must stay. */
void query_begin(struct query *q, const struct request *rq);
/* "NODE/SERIES" or "NODE/SERIES:FIELD,FIELD": the series, and a bit for each of the fields (0: none
 * is named). NULL and the reason: there is no such series or field. */
const struct series *query_series_of(
    const struct collector *c, const char *text, uint64_t *chosen, struct err *e);
/* All parameters of this name, then field=. 200, or the status of the error that was answered. */
int query_series(struct query *q, const struct collector *c, struct reply *re, const char *name);
/* last=, or from= and to= (start=, end=) in seconds since 1970, or the last six hours. */
int query_span(struct query *q) __attribute__((warn_unused_result));
/* An optional whole number in a range, and one of n words, of which the first is the default. */
int query_number(struct query *q, const char *name, int64_t min, int64_t max, int64_t *out)
    __attribute__((warn_unused_result));
int query_word(struct query *q, const char *name, const char *const *words, size_t n, size_t *out)
    __attribute__((warn_unused_result));
/* Says what is wrong with a parameter; -1. */
int query_bad(struct query *q, const char *name, const char *value, const char *right);
/* "srv07-cpu-total-20261122-1400.csv": what a file of it is called. */
void query_filename(const struct query *q, const char *ending, char *dst, size_t size);
/* Hands it to the renderer, whose answer of this type is that of the request; code is the word of
 * the error if there is none. REPLY_LATER. */
int query_answer(const struct query *q, const struct collector *c, struct reply *re,
    const char *type, const char *code);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gaps: rows without data of a node's fastest series, each with what covers most of it. Nodes that
 * have the very same gap for the same reason share a line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/availability_int.h"
#include "collector/report/figures/completeness_int.h"
#include "collector/report/figures/span.h"
#include "zw/alloc.h"

#define ROW_S 300
#define DAY_S 86400
#define BEFORE_S (400 * DAY_S)
#define CLOCK_MS 600000 /* a clock may be set so long before or after */
#define MAX_GAPS 5000	/* that are told apart; more of a node's are not looked for */

/* What is known of one node. */
struct of_node {
	struct completeness *v;
	const struct availability_told *told;
	const struct node *node;
	struct uptime_facts facts;
};

/* The series whose rows stand for the node's: the fastest, the first of these. */
static const struct series *
series_of(const struct node *n)
{
	const struct series *best = NULL;

	for (size_t i = 0; i < n->nseries; i++) {
		if (best == NULL || n->series[i]->step_s < best->step_s)
			best = n->series[i];
	}
	return best;
}

/* Whether any field of the row is known. */
static bool
is_known(const struct span *s, size_t row)
{
	for (unsigned f = 0; f < s->nfields; f++) {
		if (!isnan(s->values[SPAN_AVERAGE][f][row]))
			return true;
	}
	return false;
}

/* The other without which the node could not be reached then; "" if that is not told. */
static const char *
because_of(const struct of_node *of, int64_t from_ms, int64_t to_ms)
{
	for (size_t i = 0; i < of->told->annals->nalerts; i++) {
		const struct annals_alert *al = &of->told->annals->alerts[i];
		if (al->consequence && *al->series == '\0' &&
		    strcmp(al->node, of->node->name) == 0 && al->since_ms < to_ms &&
		    (al->resolved_ms == 0 || al->resolved_ms > from_ms))
			return al->because;
	}
	return "";
}

/* Whether the node's clock was set back at about that time. */
static bool
was_clock(const struct of_node *of, int64_t from_ms, int64_t to_ms)
{
	for (size_t i = 0; i < of->told->annals->nacts; i++) {
		const struct annals_act *act = &of->told->annals->acts[i];
		if (strcmp(act->kind, "clock") == 0 && strcmp(act->what, of->node->name) == 0 &&
		    act->time_ms >= from_ms - CLOCK_MS && act->time_ms < to_ms + CLOCK_MS)
			return true;
	}
	return false;
}

/* What covers most of a gap; at least a tenth of it. */
static enum completeness_reason
reason_of(const struct of_node *of, int64_t from_ms, int64_t to_ms)
{
	int64_t away = stretches_within(&of->told->away, from_ms, to_ms);
	const int64_t covers[GAP_REASONS] = {
		[GAP_COLLECTOR] = away,
		[GAP_PLANNED] = stretches_within(&of->facts.planned, from_ms, to_ms),
		[GAP_SILENT] = stretches_within(&of->facts.silent, from_ms, to_ms),
		[GAP_UNREACHABLE] = stretches_within(&of->facts.blind, from_ms, to_ms) - away,
	};
	static const enum completeness_reason order[] = { GAP_PLANNED, GAP_COLLECTOR,
		GAP_UNREACHABLE, GAP_SILENT };
	enum completeness_reason best = GAP_UNEXPLAINED;
	int64_t most = (to_ms - from_ms) / 10;

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		if (covers[order[i]] > most) {
			most = covers[order[i]];
			best = order[i];
		}
	}
	if (best == GAP_UNEXPLAINED && was_clock(of, from_ms, to_ms))
		best = GAP_CLOCK;
	return best;
}

/* A gap of the node; with those that have the same. */
static void
add_gap(const struct of_node *of, int64_t from_s, int64_t to_s)
{
	struct completeness *v = of->v;
	enum completeness_reason reason = reason_of(of, from_s * 1000, to_s * 1000);
	const char *because =
	    reason == GAP_UNREACHABLE ? because_of(of, from_s * 1000, to_s * 1000) : "";

	v->gap_s[reason] += (double)(to_s - from_s);
	for (size_t i = v->ngaps; i > 0; i--) {
		struct completeness_gap *g = &v->gaps[i - 1];
		if (g->from_s == from_s && g->to_s == to_s && g->reason == reason &&
		    strcmp(g->because, because) == 0) {
			g->nodes++;
			return;
		}
	}
	if (v->ngaps == MAX_GAPS)
		return;
	v->gaps = xreallocarray(v->gaps, v->ngaps + 1, sizeof *v->gaps);
	v->gaps[v->ngaps++] = (struct completeness_gap){ .from_s = from_s,
		.to_s = to_s,
		.reason = reason,
		.because = because,
		.first = of->node,
		.nodes = 1,
		.open = to_s >= v->to_s };
}

/* Runs of rows that are not known, from when on there was anything of the node. */
static void
find_in(struct of_node *of, struct completeness_one *one, const struct span *s, int64_t begin_s)
{
	int64_t known = 0, all = 0, gap_from_s = 0, gap_rows = 0;

	for (size_t i = 0; i <= s->nrows; i++) {
		int64_t at_s = s->from_s + (int64_t)i * s->step_s;
		bool end = i == s->nrows || at_s + s->step_s > of->v->to_s;
		bool gap = !end && at_s >= begin_s && !is_known(s, i);
		if (!end && at_s >= begin_s) {
			all++;
			known += !gap;
		}
		if (gap && gap_rows++ == 0)
			gap_from_s = at_s;
		if (!gap && gap_rows > 0) {
			int64_t len_s = gap_rows * s->step_s;
			if (len_s > ROW_S) {
				one->gap_s += (double)len_s;
				add_gap(of, gap_from_s, gap_from_s + len_s);
			}
			gap_rows = 0;
		}
		if (end)
			break;
	}
	one->covered = all > 0 ? (double)known / (double)all : NAN;
}

/* Whether there was anything of the node before the period: else its first sample begins it. */
static bool
was_before(const struct series *se, int64_t from_s)
{
	struct span *s;
	struct err e;

	if (span_read(&s, se, from_s - BEFORE_S, from_s, DAY_S, &e) == -1)
		return false;
	bool was = s->first_s < s->to_s;
	span_free(s);
	return was;
}

/* One node's. */
static void
find_of(struct completeness *v, const struct availability_told *told, struct completeness_one *one)
{
	struct of_node of = { .v = v, .told = told, .node = one->node };
	const struct series *se = series_of(one->node);
	struct span *s;
	struct err e;

	if (se == NULL || span_read(&s, se, v->from_s, v->to_s, ROW_S, &e) == -1)
		return;
	if (v->row_s == 0 || s->step_s < v->row_s)
		v->row_s = s->step_s;
	availability_node_facts(told, one->node, "", &of.facts);
	bool whole = s->first_s <= s->from_s || was_before(se, s->from_s);
	find_in(&of, one, s, whole ? s->from_s : s->first_s);
	uptime_facts_free(&of.facts);
	span_free(s);
}

/* The longest first. */
static int
by_length(const void *l, const void *r)
{
	const struct completeness_gap *x = l, *y = r;
	int64_t a = x->to_s - x->from_s, b = y->to_s - y->from_s;

	if (a != b)
		return a > b ? -1 : 1;
	if (x->from_s != y->from_s)
		return x->from_s < y->from_s ? -1 : 1;
	return strcmp(x->first->name, y->first->name);
}

void
completeness_find_gaps(struct completeness *v, const struct figures_ask *a)
{
	struct availability_told told;

	availability_hear(&told, a, v->from_s * 1000, v->to_s * 1000);
	v->away_s = (double)stretches_ms(&told.away) / 1000;
	for (size_t i = 0; i < v->nnodes; i++) {
		if (v->nodes[i].node != NULL)
			find_of(v, &told, &v->nodes[i]);
	}
	availability_told_free(&told);
	if (v->ngaps > 1)
		qsort(v->gaps, v->ngaps, sizeof *v->gaps, by_length);
}

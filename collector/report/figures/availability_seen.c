/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What RRDs show of a thing: the fields by which it says how it is, or else that there are samples
 * of it. Then its oldest series are asked, one after the other, until no row is in doubt. */
#include "collector/report/figures/availability_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/report/figures/span.h"
#include "collector/site/measure.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define MAX_ASKED 8	  /* series of a node */
#define BEFORE_S 34560000 /* it is looked so far back whether there was anything before: 400 d */
#define BEFORE_STEP_S 3600

/* What is being made for a node. */
struct seeing {
	struct availability_seen *seen;
	const struct plant *plant;
	const struct node *node;
	enum availability_kind kind;
	int64_t from_s;
	int64_t to_s;
	int64_t step_s; /* of rows, at least */
	const struct series *asked[MAX_ASKED];
	size_t nasked;
};

/* Whether the text of a state is one of these. */
static bool
is_called(const char *text, const char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_covers(patterns[i], text))
			return true;
	return false;
}

/* A UPS that runs from its battery does its work; whose load is not behind it does not. */
static bool
is_ups_bad(const struct metric_state *st)
{
	static const char *const fed[] = { "*batter*", "*Batter*" };
	static const char *const cut[] = { "*ypass*", "none", "None", "*off*", "*Off*", "OFF" };

	if (is_called(st->text, fed, sizeof fed / sizeof *fed))
		return false;
	return st->severity == METRIC_CRITICAL ||
	       is_called(st->text, cut, sizeof cut / sizeof *cut);
}

bool
availability_is_bad(
    enum availability_kind kind, const struct series *se, unsigned field, double value)
{
	struct metric_state st;

	if (isnan(value))
		return false;
	if (se->fields[field].kind != FIELD_STATE)
		return !(value > 0);
	if (kind == AVAILABILITY_LINK)
		return value < 1;
	(void)metric_state(se->states, field, value, &st);
	if (kind == AVAILABILITY_UPS)
		return is_ups_bad(&st);
	return st.severity == METRIC_WARNING || st.severity == METRIC_CRITICAL;
}

/* Whether a cooling unit stands by in a state, ready to run: that is no fault of it. */
static bool
is_standby(const struct series *se, unsigned field, double value)
{
	static const char *const words[] = { "*tandby*", "*tand by*", "*tand-by*", "*dle*" };
	struct metric_state st;

	if (se->fields[field].kind != FIELD_STATE || isnan(value))
		return false;
	(void)metric_state(se->states, field, value, &st);
	return st.severity != METRIC_CRITICAL &&
	       is_called(st.text, words, sizeof words / sizeof *words);
}

/* Whether a cooling unit says by this state what it does: "mode", "Mode" at the end of its name. */
static bool
is_mode(const struct series *se, unsigned field)
{
	return se->fields[field].kind == FIELD_STATE &&
	       (strcmp(se->fields[field].name, "mode") == 0 || str_covers("*Mode", se->instance) ||
		   str_covers("*mode", se->instance));
}

/* Whether a link is probed by this source. */
static bool
has_source(const struct node *n, const char *source)
{
	for (size_t i = 0; i < n->nseries; i++)
		if (strcmp(n->series[i]->source, source) == 0)
			return true;
	return false;
}

/* Whether a link says by this field how it is: its echoes do, where there are any. */
static bool
is_up(const struct node *n, const struct series *se, unsigned field)
{
	return strcmp(se->fields[field].name, "up") == 0 &&
	       (strcmp(se->source, "icmp") == 0 || !has_source(n, "icmp"));
}

/* Whether the thing says by this field how it is. */
static bool
says(const struct seeing *w, const struct series *se, unsigned field)
{
	bool state = se->fields[field].kind == FIELD_STATE;

	switch (w->kind) {
	case AVAILABILITY_LINK:
		return state && is_up(w->node, se, field);
	case AVAILABILITY_COOLING:
		return measure_holds(w->plant->conf, "cools", se, field) || is_mode(se, field);
	case AVAILABILITY_UPS:
		return state && measure_holds(w->plant->conf, "on-battery", se, field);
	default:
		return false;
	}
}

/* Notes that a series was asked. */
static void
note(struct seeing *w, const struct series *se)
{
	if (w->nasked < MAX_ASKED)
		w->asked[w->nasked++] = se;
	if (w->seen->word == NULL && w->seen->rows_say)
		w->seen->word = se;
}

/* Rows for what is to be seen, of the first span that was read; whether another fits them. */
static bool
fits(struct seeing *w, const struct span *s)
{
	struct uptime_rows *r = &w->seen->rows;

	if (r->n > 0)
		return r->from_ms == s->from_s * 1000 && r->step_ms == s->step_s * 1000 &&
		       r->n == s->nrows;
	if (s->nrows == 0)
		return false;
	w->seen->down = xcalloc(s->nrows, sizeof *w->seen->down);
	w->seen->stand = xcalloc(s->nrows, sizeof *w->seen->stand);
	for (size_t i = 0; i < s->nrows; i++)
		w->seen->down[i] = NAN;
	*r = (struct uptime_rows){ s->from_s * 1000, s->step_s * 1000, s->nrows, w->seen->down };
	return true;
}

/* The part of a row that a field says that the thing was down; NAN: nothing. */
static double
share_of(const struct seeing *w, const struct series *se, const struct span *s, unsigned field,
    size_t row)
{
	double average = s->values[SPAN_AVERAGE][field][row];
	double low = s->values[SPAN_MIN][field][row], high = s->values[SPAN_MAX][field][row];

	if (w->kind == AVAILABILITY_LINK) /* 0 and 1: the average is the part, whatever was seen */
		return isnan(average) ? NAN : 1 - fmin(fmax(average, 0), 1);
	if (se->fields[field].kind == FIELD_STATE) {
		low = floor(low + 1e-6);
		high = ceil(high - 1e-6);
	}
	return uptime_share(average, low, high, availability_is_bad(w->kind, se, field, low),
	    availability_is_bad(w->kind, se, field, high));
}

/* The part of a row that a cooling unit stood by. */
static double
standby_of(const struct seeing *w, const struct series *se, const struct span *s, unsigned field,
    size_t row)
{
	double low = floor(s->values[SPAN_MIN][field][row] + 1e-6);
	double high = ceil(s->values[SPAN_MAX][field][row] - 1e-6);

	if (w->kind != AVAILABILITY_COOLING || se->fields[field].kind != FIELD_STATE)
		return 0;
	return uptime_share(s->values[SPAN_AVERAGE][field][row], low, high,
	    is_standby(se, field, low), is_standby(se, field, high));
}

/* Takes in what one field says; the worst of several counts. */
static void
take_word(struct seeing *w, const struct series *se, const struct span *s, unsigned field)
{
	double *down = w->seen->down;

	for (size_t i = 0; i < s->nrows; i++) {
		double share = share_of(w, se, s, field, i);
		if (isnan(share) || down[i] >= share)
			continue;
		down[i] = share;
		w->seen->stand[i] = share > 0 ? fmin(share, standby_of(w, se, s, field, i)) : 0;
	}
}

/* Takes in that there were samples. */
static void
take_life(struct seeing *w, const struct span *s)
{
	for (size_t i = 0; i < s->nrows; i++)
		for (unsigned f = 0; f < s->nfields && isnan(w->seen->down[i]); f++)
			if (!isnan(s->values[SPAN_AVERAGE][f][i]))
				w->seen->down[i] = 0;
}

/* Reads the fields by which the thing says how it is: states, or else other values of those. */
static void
see_words(struct seeing *w, bool states)
{
	for (size_t i = 0; i < w->node->nseries; i++) {
		const struct series *se = w->node->series[i];
		struct span *s = NULL;
		bool said = false;
		/* A link is as its first probe has it. */
		if (w->kind == AVAILABILITY_LINK && w->seen->rows_say)
			break;
		for (unsigned f = 0; f < se->nfields; f++) {
			struct err e;
			if ((se->fields[f].kind == FIELD_STATE) != states || !says(w, se, f))
				continue;
			if (s == NULL && span_read(&s, se, w->from_s, w->to_s, w->step_s, &e) == -1)
				break;
			if (!fits(w, s))
				break;
			said = w->seen->rows_say = true;
			take_word(w, se, s, f);
		}
		if (said)
			note(w, se);
		span_free(s);
	}
}

/* Whether a series shows that its node lives: not what a trap left, nor what is derived. */
static bool
is_life(const struct seeing *w, const struct series *se)
{
	const struct conf_derived *d = w->plant->conf->derived.v;

	if (strncmp(se->source, "trap", 4) == 0)
		return false;
	for (size_t i = 0; i < w->plant->conf->derived.n; i++)
		if (strcmp(d[i].source, se->source) == 0)
			return false;
	return true;
}

/* Whether a row within the time is in doubt. */
static bool
in_doubt(const struct seeing *w)
{
	const struct uptime_rows *r = &w->seen->rows;

	for (size_t i = 0; i < r->n; i++)
		if (isnan(r->down[i]))
			return true;
	return r->n == 0;
}

/* Of the fastest series first, and of these of the oldest. */
static int
by_step(const void *a, const void *b)
{
	const struct series *const *x = a, *const *y = b;

	if ((*x)->step_s != (*y)->step_s)
		return (*x)->step_s < (*y)->step_s ? -1 : 1;
	return (*x)->sid < (*y)->sid ? -1 : (*x)->sid > (*y)->sid;
}

/* Reads whether there are samples. */
static void
see_life(struct seeing *w)
{
	const struct series **list = xcalloc(w->node->nseries + 1, sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < w->node->nseries; i++)
		if (is_life(w, w->node->series[i]))
			list[n++] = w->node->series[i];
	qsort(list, n, sizeof *list, by_step);
	for (size_t i = 0; i < n && w->nasked < MAX_ASKED && in_doubt(w); i++) {
		struct span *s;
		struct err e;
		if (span_read_averages(&s, list[i], w->from_s, w->to_s, w->step_s, &e) == -1)
			continue;
		if (fits(w, s))
			take_life(w, s);
		note(w, list[i]);
		span_free(s);
	}
	free(list);
}

/* Whether there was anything of it before the time that is judged. */
static bool
was_before(const struct seeing *w)
{
	for (size_t i = 0; i < w->nasked; i++) {
		struct span *s;
		struct err e;
		if (span_read_averages(
			&s, w->asked[i], w->from_s - BEFORE_S, w->from_s, BEFORE_STEP_S, &e) == -1)
			continue;
		bool found = s->first_s < w->from_s;
		span_free(s);
		if (found)
			return true;
	}
	return false;
}

/* When it was first seen. */
static void
see_first(struct seeing *w)
{
	const struct uptime_rows *r = &w->seen->rows;
	size_t i = 0;

	while (i < r->n && isnan(r->down[i]))
		i++;
	w->seen->first_ms = i == r->n ? INT64_MAX : r->from_ms + (int64_t)i * r->step_ms;
	if (w->seen->first_ms > w->from_s * 1000 && was_before(w))
		w->seen->first_ms = w->from_s * 1000;
}

void
availability_see(struct availability_seen *seen, const struct plant *p, const struct node *n,
    enum availability_kind kind, int64_t from_s, int64_t to_s, int64_t step_s)
{
	struct seeing w = { .seen = seen,
		.plant = p,
		.node = n,
		.kind = kind,
		.from_s = from_s,
		.to_s = to_s,
		.step_s = step_s };

	*seen = (struct availability_seen){ .first_ms = INT64_MAX };
	see_words(&w, true);
	if (!seen->rows_say)
		see_words(&w, false);
	if (!seen->rows_say)
		see_life(&w);
	see_first(&w);
}

/* Whether a zone's series is made of its inlets. */
static bool
is_of_inlets(const struct plant *p, const struct series *se)
{
	const struct conf_derived *d = p->conf->derived.v;

	for (size_t i = 0; i < p->conf->derived.n; i++)
		if (strcmp(d[i].source, se->source) == 0 && strcmp(d[i].measure, "inlet") == 0)
			return true;
	return false;
}

bool
availability_see_zone(struct availability_seen *seen, const struct plant *p, const struct zone *z,
    int64_t from_s, int64_t to_s, int64_t step_s)
{
	const struct node *n = site_summary(p->site, z);
	struct seeing w = { .seen = seen, .plant = p, .node = n, .from_s = from_s, .to_s = to_s };

	*seen = (struct availability_seen){ .first_ms = INT64_MAX };
	for (size_t i = 0; n != NULL && i < n->nseries; i++) {
		const struct series *se = n->series[i];
		struct span *s;
		struct err e;
		if (!is_of_inlets(p, se) || w.nasked > 0 ||
		    span_read_averages(&s, se, from_s, to_s, step_s, &e) == -1)
			continue;
		if (fits(&w, s))
			take_life(&w, s);
		note(&w, se);
		span_free(s);
	}
	if (w.nasked > 0)
		see_first(&w);
	return w.nasked > 0;
}

void
availability_forget(struct availability_seen *seen)
{
	free(seen->down);
	free(seen->stand);
	*seen = (struct availability_seen){ 0 };
}

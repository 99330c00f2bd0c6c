/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same alerts count as in alert/history_stats.c; floods are marked by the same flood.h. */
#include "collector/report/figures/alarms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/flood.h"
#include "collector/report/figures/stretch.h"
#include "zw/alloc.h"
#include "zw/str.h"

#define FLEETING_MS 60000
#define STALE_MS INT64_C(86400000)

/* The work under way: the load, by the time at which it fired. */
struct work {
	struct alarms *v;
	const struct figures_ask *ask;
	int64_t from_ms;
	int64_t to_ms;
	const struct annals_alert **load;
	size_t nload;
};

/* Whether an alert, or what is of a zone, belongs to the report. */
static bool
is_asked(const struct work *w, const char *zone)
{
	return w->ask->zone == NULL || strcmp(zone, w->ask->zone->name) == 0;
}

/* Whether people were told of it. */
static bool
is_told(const struct annals_alert *al)
{
	return !al->muted && !al->late && !al->consequence;
}

/* Counts an alert that fired in the period. */
static void
count(struct work *w, const struct annals_alert *al)
{
	struct alarms *v = w->v;

	v->muted += al->muted && !al->late;
	v->late += al->late;
	v->consequences += al->consequence && !al->late && !al->muted;
	if (!is_told(al))
		return;
	w->load[w->nload++] = al;
	v->total++;
	v->of_severity[al->severity]++;
	v->fleeting +=
	    al->resolved_ms > 0 && al->resolved_ms - al->fired_ms < FLEETING_MS && al->ack_ms == 0;
}

/* The days up to the end, as yet without alarms. */
static void
make_days(struct alarms *v, const struct period *p)
{
	unsigned days = period_days(p);

	v->days = xcalloc(days + 1, sizeof *v->days);
	for (; v->ndays < days && period_day(p, (unsigned)v->ndays) < v->to_s; v->ndays++)
		v->days[v->ndays].from_s = period_day(p, (unsigned)v->ndays);
}

/* The day of a moment of the period. */
static struct alarms_day *
day_of(const struct alarms *v, int64_t t)
{
	size_t i = v->ndays;

	while (i > 1 && v->days[i - 1].from_s > t)
		i--;
	return &v->days[i - 1];
}

/* How the load is spread over the days. */
static void
spread(struct work *w)
{
	struct alarms *v = w->v;
	double days = (double)(v->to_s - v->from_s) / 86400;

	make_days(v, w->ask->period);
	for (size_t i = 0; i < w->nload && v->ndays > 0; i++) {
		struct alarms_day *d = day_of(v, w->load[i]->fired_ms / 1000);
		d->alarms++;
		d->of_severity[w->load[i]->severity]++;
	}
	for (size_t i = 0; i < v->ndays; i++) {
		v->days_over += v->days[i].alarms > ALARMS_PER_DAY_GOOD;
		if (v->days[i].alarms > v->days[v->worst_day].alarms)
			v->worst_day = (unsigned)i;
	}
	v->per_day = days > 0 ? v->total / days : NAN;
	for (size_t i = 0; i < 3; i++)
		v->split[i] = v->total > 0 ? v->of_severity[i] / (double)v->total : NAN;
}

/* What a window of ten minutes tells. */
static void
take_window(struct alarms *v, const struct flood_window *f)
{
	int64_t at_s = f->number * FLOOD_WINDOW_MS / 1000;

	v->windows_over += f->alerts > FLOOD_OVER;
	v->flood_windows += f->in;
	if (f->alerts > v->most_in_10min)
		v->most_in_10min = f->alerts;
	if (!f->in)
		return;
	if (v->ndays > 0)
		day_of(v, at_s)->flood_windows++;
	if (f->begins)
		v->floods[v->nfloods++] = (struct alarms_flood){ .from_s = at_s };
	struct alarms_flood *flood = &v->floods[v->nfloods - 1];
	flood->to_s = at_s + FLOOD_WINDOW_MS / 1000;
	flood->alarms += f->alerts;
}

/* The floods. */
static void
find_floods(struct work *w)
{
	struct alarms *v = w->v;
	struct flood_window *f = xcalloc(w->nload + 1, sizeof *f);
	double all = (double)(w->to_ms - w->from_ms) / FLOOD_WINDOW_MS;
	size_t n = 0;

	for (size_t i = 0; i < w->nload; i++) {
		int64_t number = w->load[i]->fired_ms / FLOOD_WINDOW_MS;
		if (n == 0 || f[n - 1].number != number)
			f[n++].number = number;
		f[n - 1].alerts++;
	}
	flood_mark(f, n);
	v->floods = xcalloc(n + 1, sizeof *v->floods);
	for (size_t i = 0; i < n; i++)
		take_window(v, &f[i]);
	v->flood_part = all > 0 ? v->flood_windows / all : NAN;
	v->windows_over_part = all > 0 ? v->windows_over / all : NAN;
	free(f);
}

/* By rule. */
static int
by_rule(const void *a, const void *b)
{
	const struct annals_alert *const *x = a, *const *y = b;
	int c = strcmp((*x)->rule, (*y)->rule);

	return c != 0 ? c : strcmp((*y)->title, (*x)->title);
}

/* As the history calls it. */
static const char *
zone_word(const char *zone)
{
	return *zone != '\0' ? zone : "site";
}

/* By what they fired on, and rule. */
static int
by_subject(const void *a, const void *b)
{
	const struct annals_alert *const *x = a, *const *y = b;
	int c = strcmp(zone_word((*x)->zone), zone_word((*y)->zone));

	if (c == 0)
		c = strcmp((*x)->rack, (*y)->rack);
	if (c == 0)
		c = strcmp((*x)->node, (*y)->node);
	if (c == 0)
		c = strcmp((*x)->series, (*y)->series);
	if (c == 0)
		c = strcmp((*x)->field, (*y)->field);
	return c != 0 ? c : by_rule(a, b);
}

/* Whether both are of one row: the rule, or also what it fired on. */
static bool
is_same(const struct annals_alert *a, const struct annals_alert *b, bool subjects)
{
	return strcmp(a->rule, b->rule) == 0 &&
	       (!subjects ||
		   (strcmp(a->zone, b->zone) == 0 && strcmp(a->rack, b->rack) == 0 &&
		       strcmp(a->node, b->node) == 0 && strcmp(a->series, b->series) == 0 &&
		       strcmp(a->field, b->field) == 0));
}

/* Puts one among the most frequent; of equals that which is there stays before. */
static void
put_top(struct alarms_top *top, size_t *n, const struct alarms_top *one)
{
	size_t i = *n;

	while (i > 0 && top[i - 1].alarms < one->alarms)
		i--;
	if (i == ALARMS_TOP)
		return;
	if (*n < ALARMS_TOP)
		(*n)++;
	memmove(&top[i + 1], &top[i], (*n - 1 - i) * sizeof *top);
	top[i] = *one;
}

/* The most frequent rules, or rules on subjects. */
static void
find_top(struct work *w, bool subjects, struct alarms_top *top, size_t *n)
{
	const struct annals_alert **list = xcalloc(w->nload + 1, sizeof *list);

	memcpy(list, w->load, w->nload * sizeof *list);
	if (w->nload > 1)
		qsort(list, w->nload, sizeof *list, subjects ? by_subject : by_rule);
	for (size_t i = 0, end; i < w->nload; i = end) {
		const struct annals_alert *al = list[i];
		struct alarms_top one = { .rule = al->rule, .title = al->title };
		for (end = i; end < w->nload && is_same(al, list[end], subjects); end++)
			one.alarms++;
		one.part = one.alarms / (double)w->nload;
		if (subjects) {
			one.zone = al->zone;
			one.rack = al->rack;
			one.node = al->node;
			one.series = al->series;
			one.field = al->field;
		}
		put_top(top, n, &one);
		if (!subjects)
			w->v->counts[w->v->ncounts++] =
			    (struct alarms_count){ one.rule, one.alarms };
	}
	free(list);
}

/* Most first; then by zone and subject. */
static int
by_times(const void *a, const void *b)
{
	const struct alarms_chatter *x = a, *y = b;
	int c = strcmp(zone_word(x->zone), zone_word(y->zone));

	if (x->times != y->times)
		return x->times > y->times ? -1 : 1;
	return c != 0 ? c : strcmp(x->subject, y->subject);
}

/* What came and went. */
static void
find_chatters(struct work *w)
{
	struct alarms *v = w->v;
	const struct annals *an = w->ask->annals;

	v->chatters = xcalloc(an->nchatters + 1, sizeof *v->chatters);
	for (size_t i = 0; i < an->nchatters; i++) {
		const struct annals_chatter *c = &an->chatters[i];
		size_t k = 0;
		if (!is_asked(w, c->zone) || c->time_ms < w->from_ms || c->time_ms >= w->to_ms)
			continue;
		while (k < v->nchatters && (strcmp(v->chatters[k].zone, c->zone) != 0 ||
					       strcmp(v->chatters[k].subject, c->subject) != 0))
			k++;
		if (k == v->nchatters)
			v->chatters[v->nchatters++] =
			    (struct alarms_chatter){ .zone = c->zone, .subject = c->subject };
		v->chatters[k].times++;
	}
	if (v->nchatters > 1)
		qsort(v->chatters, v->nchatters, sizeof *v->chatters, by_times);
}

/* Longest first; then by number. */
static int
by_length(const void *a, const void *b)
{
	const struct alarms_stale *x = a, *y = b;

	if (x->seconds != y->seconds)
		return x->seconds > y->seconds ? -1 : 1;
	return x->alert->id < y->alert->id ? -1 : x->alert->id > y->alert->id;
}

/* What stood for more than a day, up to the end. */
static void
take_stale(struct work *w, const struct annals_alert *al)
{
	bool open = al->resolved_ms == 0 || al->resolved_ms > w->to_ms;
	int64_t ms = (open ? w->to_ms : al->resolved_ms) - al->fired_ms;

	if (al->fired_ms >= w->to_ms || (al->resolved_ms != 0 && al->resolved_ms <= w->from_ms) ||
	    !is_told(al) || ms / 1000 * 1000 <= STALE_MS)
		return;
	w->v->stale[w->v->nstale++] =
	    (struct alarms_stale){ .alert = al, .seconds = (double)(ms / 1000), .open = open };
}

/* Adds a time of a silence. */
static void
add_time(void *arg, const struct silence_span *at)
{
	stretches_add(arg, at->from_ms, at->to_ms);
}

/* Alerts that fired while a silence covered them. */
static unsigned
covered(const struct work *w, const struct silence *s, const struct stretches *times)
{
	const struct annals *an = w->ask->annals;
	unsigned n = 0;

	for (size_t i = 0; i < an->nalerts; i++) {
		const struct annals_alert *al = &an->alerts[i];
		if (al->muted && stretches_within(times, al->fired_ms, al->fired_ms + 1) > 0 &&
		    silence_matches(&s->match, zone_word(al->zone), al->node, al->series, al->rule))
			n++;
	}
	return n;
}

/* What was kept from people. */
static void
take_silence(struct work *w, const struct silence *s)
{
	struct silence_span within = { w->from_ms, w->to_ms };
	struct stretches times = { 0 };
	const char *zone = w->ask->zone != NULL ? w->ask->zone->name : NULL;
	bool here = zone == NULL || s->match.zone[0] == '\0' || str_covers(s->match.zone, zone);

	silence_each(s, &within, add_time, &times);
	stretches_join(&times, 0);
	if (here && times.n > 0) {
		struct alarms_silence *one = &w->v->silences[w->v->nsilences++];
		*one = (struct alarms_silence){ .silence = s,
			.from_s = times.v[0].from_ms / 1000,
			.to_s = times.v[times.n - 1].to_ms / 1000,
			.times = (unsigned)times.n,
			.lasted_s = (double)stretches_ms(&times) / 1000,
			.alerts = covered(w, s, &times) };
	}
	stretches_free(&times);
}

/* All alerts of the period, and those that stood in it. */
static void
take_alerts(struct work *w)
{
	const struct annals *an = w->ask->annals;

	for (size_t i = 0; i < an->nalerts; i++) {
		const struct annals_alert *al = &an->alerts[i];
		if (!is_asked(w, al->zone))
			continue;
		if (al->fired_ms >= w->from_ms && al->fired_ms < w->to_ms)
			count(w, al);
		take_stale(w, al);
	}
	if (w->v->nstale > 1)
		qsort(w->v->stale, w->v->nstale, sizeof *w->v->stale, by_length);
}

int
alarms_new(struct alarms **out, const struct figures_ask *a, struct err *e)
{
	struct alarms *v = xcalloc(1, sizeof *v);
	struct work w = { .v = v, .ask = a };

	(void)e;
	*out = v;
	v->from_s = a->period->from_s;
	v->to_s = plant_until(a->plant, a->period);
	w.from_ms = v->from_s * 1000;
	w.to_ms = v->to_s * 1000;
	w.load = xcalloc(a->annals->nalerts + 1, sizeof *w.load);
	v->stale = xcalloc(a->annals->nalerts + 1, sizeof *v->stale);
	v->silences = xcalloc(a->annals->nsilences + 1, sizeof *v->silences);
	take_alerts(&w);
	spread(&w);
	find_floods(&w);
	v->counts = xcalloc(w.nload + 1, sizeof *v->counts);
	find_top(&w, false, v->rules, &v->nrules);
	find_top(&w, true, v->subjects, &v->nsubjects);
	for (size_t i = 0; i < v->nsubjects; i++)
		v->top_part += v->subjects[i].part;
	find_chatters(&w);
	for (size_t i = 0; i < a->annals->nsilences; i++)
		take_silence(&w, &a->annals->silences[i]);
	free(w.load);
	return 0;
}

void
alarms_free(struct alarms *v)
{
	if (v == NULL)
		return;
	free(v->counts);
	free(v->days);
	free(v->floods);
	free(v->chatters);
	free(v->stale);
	free(v->silences);
	free(v);
}

unsigned
alarms_of_rule(const struct alarms *v, const char *rule)
{
	for (size_t i = 0; i < v->ncounts; i++)
		if (strcmp(v->counts[i].rule, rule) == 0)
			return v->counts[i].alarms;
	return 0;
}

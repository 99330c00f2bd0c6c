/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One field after the other is asked of the render child, so that a graph for a person never waits
 * behind more than one of them. An answer that comes after the end finds its request let go. */
#include "collector/past.h"

#include <event2/event.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/collector.h"
#include "collector/report/render.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/metric.h"

#define HOUR_S 3600
#define LOOK_S 60		   /* between two looks for what is new */
#define AGAIN_MS INT64_C(86400000) /* the same field */
#define ROWS_MAX (PAST_WEEKS * PAST_HOURS + 2)
#define PARTS 3

/* A field whose past was read. */
struct known {
	uint32_t sid;
	char field[NAME_MAX_FIELD + 1];
	int64_t at_ms; /* monotonic */
};

/* What is asked for now. Belongs to the callback once asked. */
struct request {
	struct past_reader *reader; /* NULL: it is gone */
	uint32_t sid;
	char field[NAME_MAX_FIELD + 1];
	unsigned part; /* AVERAGE, MIN, MAX */
	int64_t end_s;
	int64_t start_s; /* of the rows */
	size_t n;
	double rows[PARTS][ROWS_MAX];
};

struct past_reader {
	const struct collector *c;
	struct event *tick;
	struct known *known;
	size_t nknown;
	struct request *asked; /* NULL: nothing is under way */
};

/* A sum over the weeks. */
struct sum {
	double n;
	double total;
	double squares;
	double range;
	double ranges;
};

/* The hour of the week, local time, that ends at t; -1: none. */
static int
hour_of_week(int64_t t)
{
	time_t middle = (time_t)(t - HOUR_S / 2);
	struct tm tm;

	return localtime_r(&middle, &tm) == NULL ? -1 : tm.tm_wday * 24 + tm.tm_hour;
}

void
past_learn(struct past *into, int64_t start_s, size_t n, const double *average, const double *least,
    const double *most)
{
	struct sum sums[PAST_HOURS] = { 0 };

	for (size_t i = 0; i < n; i++) {
		int h = hour_of_week(start_s + (int64_t)i * HOUR_S);
		if (h < 0 || h >= PAST_HOURS || isnan(average[i]))
			continue;
		struct sum *s = &sums[h];
		s->n++;
		s->total += average[i];
		s->squares += average[i] * average[i];
		if (!isnan(least[i]) && !isnan(most[i])) {
			s->range += most[i] - least[i];
			s->ranges++;
		}
	}
	for (size_t h = 0; h < PAST_HOURS; h++) {
		const struct sum *s = &sums[h];
		double mean = s->n > 0 ? s->total / s->n : NAN;
		double var = s->n > 1 ? (s->squares - s->n * mean * mean) / (s->n - 1) : 0;
		double within = s->ranges > 0 ? s->range / s->ranges / 4 : 0;
		into->mean[h] = (float)mean;
		into->spread[h] = (float)fmax(sqrt(fmax(var, 0)), within);
		into->weeks[h] = (uint8_t)s->n;
	}
}

/* The rows of an answer: a column of numbers and nulls. -1: it is not what was asked for. */
static int
read_rows(struct request *rq, const uint8_t *data, size_t n)
{
	json_t *root = json_loadb((const char *)data, n, 0, NULL);
	json_t *rows = json_object_get(root, "rows"), *row;
	json_int_t start = json_integer_value(json_object_get(root, "start"));
	size_t i, count = json_array_size(rows);
	bool fits = json_integer_value(json_object_get(root, "step")) == HOUR_S &&
		    count <= ROWS_MAX &&
		    (rq->part == 0 || (start == rq->start_s && count == rq->n));

	json_array_foreach(rows, i, row)
	{
		if (!fits)
			break;
		const json_t *v = json_array_get(row, 0);
		rq->rows[rq->part][i] = json_is_number(v) ? json_number_value(v) : NAN;
	}
	rq->start_s = start;
	rq->n = count;
	json_decref(root);
	return fits ? 0 : -1;
}

static void answered(void *arg, const uint8_t *data, size_t n, const char *why);

/* Ask for the next part. */
static void
ask(struct request *rq)
{
	static const enum render_cf cfs[PARTS] = { RENDER_AVERAGE, RENDER_MIN, RENDER_MAX };
	const struct series *se = site_series(rq->reader->c->site, rq->sid);
	const struct render_graph g = {
		.series = &se,
		.nseries = 1,
		.field = rq->field,
		.start_s = rq->end_s - (int64_t)PAST_WEEKS * PAST_HOURS * HOUR_S,
		.end_s = rq->end_s,
		.width = 400,
		.height = 100,
		.format = RENDER_JSON,
		.cf = cfs[rq->part],
		.step_s = HOUR_S,
		.limit = NAN,
	};

	render_graph(rq->reader->c->render, &g, answered, rq);
}

/* The child has read, or could not. */
static void
answered(void *arg, const uint8_t *data, size_t n, const char *why)
{
	struct request *rq = arg;
	struct past p;

	(void)why; /* a young RRD has no hours: it is asked for again tomorrow */
	if (rq->reader == NULL) {
		free(rq);
		return;
	}
	bool right = data != NULL && read_rows(rq, data, n) == 0;
	if (right && ++rq->part < PARTS) {
		ask(rq);
		return;
	}
	if (right) {
		past_learn(&p, rq->start_s, rq->n, rq->rows[0], rq->rows[1], rq->rows[2]);
		engine_set_past(rq->reader->c->engine, rq->sid, rq->field, &p);
	}
	rq->reader->asked = NULL;
	free(rq);
}

/* When a field's past was read last, or NULL. */
static struct known *
find_known(const struct past_reader *p, uint32_t sid, const char *field)
{
	for (size_t i = 0; i < p->nknown; i++) {
		if (p->known[i].sid == sid && strcmp(p->known[i].field, field) == 0)
			return &p->known[i];
	}
	return NULL;
}

/* Note that it is being read now. */
static void
note(struct past_reader *p, struct known *k, uint32_t sid, const char *field)
{
	if (k == NULL) {
		p->known = xreallocarray(p->known, p->nknown + 1, sizeof *p->known);
		k = &p->known[p->nknown++];
		k->sid = sid;
		(void)str_copy(k->field, sizeof k->field, field);
	}
	k->at_ms = clock_mono_ms();
}

/* Look for a field whose past is not known, or of yesterday. */
static void
past_tick(evutil_socket_t fd, short what, void *arg)
{
	struct past_reader *p = arg;
	const char *field;
	uint32_t sid;

	(void)fd;
	(void)what;
	for (size_t i = 0; p->asked == NULL && engine_wants_past(p->c->engine, i, &sid, &field);
	     i++) {
		struct known *k = find_known(p, sid, field);
		if (site_series(p->c->site, sid) == NULL ||
		    (k != NULL && clock_mono_ms() - k->at_ms < AGAIN_MS))
			continue;
		note(p, k, sid, field);
		struct request *rq = xcalloc(1, sizeof *rq);
		rq->reader = p;
		rq->sid = sid;
		(void)str_copy(rq->field, sizeof rq->field, field);
		rq->end_s = clock_wall_ms() / 1000 / HOUR_S * HOUR_S;
		p->asked = rq;
		ask(rq);
	}
	struct timeval next = { .tv_sec = p->asked != NULL ? 1 : LOOK_S };
	event_add(p->tick, &next);
}

int
past_new(
    struct past_reader **out, struct event_base *base, const struct collector *c, struct err *e)
{
	struct past_reader *p = xcalloc(1, sizeof *p);
	struct timeval soon = { .tv_sec = 15 };

	p->c = c;
	p->tick = evtimer_new(base, past_tick, p);
	if (p->tick == NULL || event_add(p->tick, &soon) == -1) {
		past_free(p);
		return err_set(e, "cannot make a timer");
	}
	*out = p;
	return 0;
}

void
past_free(struct past_reader *p)
{
	if (p == NULL)
		return;
	if (p->tick != NULL)
		event_free(p->tick);
	if (p->asked != NULL)
		p->asked->reader = NULL;
	free(p->known);
	free(p);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render: the parent's side of zonewatch-render. A request first has its series written by the
 * store, then waits its turn, both for so long; the child draws one at a time. One that it draws
 * for too long costs the child its life, and only that request its picture. */
#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "collector/child.h"
#include "collector/report/ask.h"
#include "collector/report/graphs/wanted.h"
#include "collector/report/render.h"
#include "collector/site/site.h"
#include "collector/store/store.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/log.h"
#include "zw/str.h"

#define WAIT_S 8 /* for the store, which gives up after 5 s, and for its turn */
#define DRAW_S 5
#define MAX_JOBS 256
#define STOP_MS 1000

struct job {
	TAILQ_ENTRY(job) link;
	struct render *render; /* NULL: it is over, and waits for the store's answer only */
	struct event *timer;
	uint32_t request;
	uint8_t type;	 /* ASK_DRAW, ASK_MAP or ASK_NAMED */
	bool flushing;	 /* the store will call back */
	const char *why; /* it fails for this at once */
	struct buf ask;
	void (*done)(void *arg, const uint8_t *data, size_t n, const char *why);
	void *arg;
};
TAILQ_HEAD(jobs, job);

struct render {
	struct event_base *base;
	struct store *store;
	struct child *child;
	struct jobs jobs; /* in the order they came */
	unsigned njobs;
	struct job *drawing; /* one of them, or NULL */
	uint32_t last_request;
};

static void next_job(struct render *r);

/* Free a job that is in no list. */
static void
job_free(struct job *j)
{
	if (j->timer != NULL)
		event_free(j->timer);
	buf_free(&j->ask);
	free(j);
}

/* Answer a job and forget it. */
static void
job_finish(struct job *j, const uint8_t *data, size_t n, const char *why)
{
	struct render *r = j->render;
	void (*done)(void *arg, const uint8_t *p, size_t size, const char *reason) = j->done;
	void *arg = j->arg;

	TAILQ_REMOVE(&r->jobs, j, link);
	r->njobs--;
	if (r->drawing == j)
		r->drawing = NULL;
	j->render = NULL;
	event_del(j->timer);
	if (!j->flushing)
		job_free(j);
	done(arg, data, n, why);
}

/* Too late, or refused at once. */
static void
timeout_cb(evutil_socket_t fd, short what, void *arg)
{
	struct job *j = arg;
	struct render *r = j->render;

	(void)fd;
	(void)what;
	if (r->drawing == j) {
		log_warnx("render", "a graph took longer than %d s", DRAW_S);
		child_kill(r->child);
		j->why = "the graph took too long to draw";
	}
	job_finish(j, NULL, 0, j->why != NULL ? j->why : "its turn to be drawn did not come");
}

/* Give the child the first job that is ready, if it is idle. */
static void
next_job(struct render *r)
{
	struct job *j;

	if (r->drawing != NULL || !child_running(r->child))
		return;
	TAILQ_FOREACH (j, &r->jobs, link) {
		if (j->flushing || j->why != NULL)
			continue;
		if (child_send(r->child, j->type, j->request, j->ask.data, j->ask.len) == 0) {
			r->drawing = j;
			evtimer_add(j->timer, &(struct timeval){ .tv_sec = DRAW_S });
		}
		return;
	}
}

/* The store wrote the series, or could not: what is there is drawn. */
static void
flushed(void *arg, int ok)
{
	struct job *j = arg;

	(void)ok;
	j->flushing = false;
	if (j->render == NULL)
		job_free(j);
	else
		next_job(j->render);
}

/* The child runs (again). */
static void
on_started(void *arg, struct child *c)
{
	(void)c;
	next_job(arg);
}

/* The child's answer. */
static void
on_message(void *arg, uint8_t type, uint32_t request, const uint8_t *data, size_t n)
{
	struct render *r = arg;
	struct job *j = r->drawing;
	char why[256];

	if (j == NULL || j->request != request)
		return; /* it came too late */
	if (type == ASK_DRAWN)
		job_finish(j, data, n, NULL);
	else {
		/* A child is believed, as far as it writes text. */
		if (n < sizeof why && str_is_text((const char *)data, n)) {
			memcpy(why, data, n);
			why[n] = '\0';
		} else {
			str_escape(why, sizeof why, (const char *)data, n);
		}
		job_finish(j, NULL, 0, why);
	}
	next_job(r);
}

/* The child died, of the graph that it was drawing. */
static void
on_died(void *arg, const char *what)
{
	struct render *r = arg;

	(void)what;
	if (r->drawing != NULL)
		job_finish(r->drawing, NULL, 0, "the renderer died of this graph");
}

static const struct child_ops render_child_ops = { on_started, on_message, on_died };

/* Start the child. */
struct render *
render_new(struct event_base *base, struct store *store, const char *conf_path)
{
	const char *const argv[] = { "zonewatch-render", "-c", conf_path, NULL };
	struct render *r = xcalloc(1, sizeof *r);

	r->base = base;
	r->store = store;
	TAILQ_INIT(&r->jobs);
	r->child = child_new(base, argv, &render_child_ops, r);
	return r;
}

/* End it. */
void
render_free(struct render *r)
{
	if (r == NULL)
		return;
	while (!TAILQ_EMPTY(&r->jobs))
		job_finish(TAILQ_FIRST(&r->jobs), NULL, 0, "the collector is stopping");
	child_free(r->child, STOP_MS);
	free(r);
}

/* The series as the renderer needs to know it. */
static void
fill_series(struct series_def *def, const struct series *se)
{
	*def = (struct series_def){ .id = 1, .step_s = se->step_s, .nfields = se->nfields };
	(void)str_copy(def->node, sizeof def->node, se->node->name);
	(void)str_copy(def->source, sizeof def->source, se->source);
	(void)str_copy(def->instance, sizeof def->instance, se->instance);
	memcpy(def->fields, se->fields, se->nfields * sizeof *se->fields);
	(void)str_copy(def->states, sizeof def->states, se->states != NULL ? se->states : "");
}

/* All of the request in bytes. */
static void
encode(struct buf *b, const struct render_graph *g)
{
	struct ask *a = xcalloc(1, sizeof *a);

	a->format = g->format;
	a->cf = g->cf;
	a->start_s = g->start_s;
	a->end_s = g->end_s;
	a->step_s = g->step_s;
	a->mark_s = g->mark_s;
	a->trim_s = g->trim_s;
	a->points = g->points;
	a->with = (uint8_t)g->with;
	a->width = g->width;
	a->height = g->height;
	a->limit = g->limit;
	if (g->field != NULL)
		(void)str_copy(a->field, sizeof a->field, g->field);
	if (g->title != NULL)
		(void)str_copy(a->title, sizeof a->title, g->title);
	for (size_t i = 0; i < g->nseries && i < ASK_MAX_SERIES; i++) {
		a->chosen[i] = g->chosen != NULL ? g->chosen[i] : 0;
		fill_series(&a->series[a->nseries++], g->series[i]);
	}
	ask_encode(b, a);
	free(a);
}

/* A new job in the line; if it has a reason why already, it fails in the next turn of the loop. */
static struct job *
job_new(struct render *r, uint8_t type,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	struct timeval wait = { .tv_sec = WAIT_S };
	struct job *j = xcalloc(1, sizeof *j);

	j->render = r;
	j->type = type;
	j->request = ++r->last_request;
	j->done = done;
	j->arg = arg;
	j->timer = evtimer_new(r->base, timeout_cb, j);
	if (j->timer == NULL)
		fatalx("render", "out of memory");
	if (r->njobs >= MAX_JOBS) {
		j->why = "too many graphs are waiting";
		wait.tv_sec = 0;
	}
	evtimer_add(j->timer, &wait);
	TAILQ_INSERT_TAIL(&r->jobs, j, link);
	r->njobs++;
	return j;
}

/* Have the series flushed, then drawn. */
void
render_graph(struct render *r, const struct render_graph *g,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	struct job *j = job_new(r, ASK_DRAW, done, arg);
	uint32_t sids[ASK_MAX_SERIES];
	size_t n = 0;

	if (j->why != NULL)
		return;
	encode(&j->ask, g);
	for (; n < g->nseries && n < ASK_MAX_SERIES; n++)
		sids[n] = g->series[n]->sid;
	if (r->store != NULL) {
		j->flushing = true;
		store_flush(r->store, sids, n, flushed, j);
	} else
		next_job(r);
}

/* Have a named graph drawn. */
void
render_named(struct render *r, const struct wanted *w,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	struct job *j = job_new(r, ASK_NAMED, done, arg);

	if (j->why != NULL)
		return;
	wanted_encode(&j->ask, w);
	next_job(r);
}

/* Have a floor map drawn. */
void
render_map(struct render *r, const char *map,
    void (*done)(void *arg, const uint8_t *data, size_t n, const char *why), void *arg)
{
	struct job *j = job_new(r, ASK_MAP, done, arg);

	if (j->why != NULL)
		return;
	buf_text(&j->ask, map);
	next_job(r);
}

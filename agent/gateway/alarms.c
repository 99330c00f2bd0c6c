/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarms: a trap says a thing once; whoever looks later must still see it. So what it raised is a
 * state that is sent every 10 s, until another trap ends it, a person does, or nothing was heard of
 * it for long. What is raised is written to a file, by a thread, soon after each change. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/alarms.h"
#include "agent/gateway/publisher.h"
#include "agent/schedule.h"
#include "zw/alloc.h"
#include "zw/buf.h"
#include "zw/clock.h"
#include "zw/fs.h"
#include "zw/log.h"
#include "zw/worker.h"

#define STEP_S 10
#define AHEAD_S 2 /* stamps may be, when a thing changes twice in a second */
#define SAVE_MS 200
#define ENDED_MS 600000 /* one that ended is told so for this long */
#define MAX_FILE (4u << 20)
#define MAX_OF_NODE 64	/* things raised at once that are kept apart; the others together are */
#define OTHERS "others" /* this one */
#define MAX_NEW 128	/* new series for a node in one run, */
#define MAX_TEXTS 64	/* of these so many only for another text of a known thing */

/* How many series a node may still define. */
struct budget {
	char node[NAME_MAX_NODE + 1];
	unsigned left;
};

struct alarms {
	struct publisher *publisher;
	char *path;
	int64_t hold_ms;
	struct schedule schedule;
	struct event *tick;
	struct event *save;
	struct worker *worker;
	bool saving; /* the thread writes; one file at a time, a disk may hang */
	bool save_again;
	struct budget *budgets;
	size_t nbudgets;
	struct alarm *v[ALARMS_MAX];
	size_t n;
	bool (*alive)(const void *arg, const char *node);
	void *alive_arg;
};

/* A file to be written. */
struct job {
	struct alarms *alarms;
	char *path;
	struct buf text;
};

/* In the thread: writes the file. */
static void
job_run(void *arg)
{
	struct job *j = arg;
	struct err e;

	if (fs_replace(j->path, j->text.data, j->text.len, &e) == -1)
		log_warnx("trap", "what is raised cannot be kept: %s", e.msg);
}

/* Something changed. */
static void
save_soon(struct alarms *a)
{
	struct timeval tv = clock_timeval(SAVE_MS);

	if (!event_pending(a->save, EV_TIMEOUT, NULL))
		event_add(a->save, &tv);
}

/* In the loop. */
static void
job_done(void *arg)
{
	struct job *j = arg;

	j->alarms->saving = false;
	if (j->alarms->save_again)
		save_soon(j->alarms);
	j->alarms->save_again = false;
	free(j->path);
	buf_free(&j->text);
	free(j);
}

/* Writes all that is raised: a line each, its parts parted by tabs, which no part contains. */
static void
save(struct alarms *a)
{
	struct job *j = xcalloc(1, sizeof *j);

	j->alarms = a;
	j->path = xstrdup(a->path);
	for (size_t i = 0; i < a->n; i++) {
		const struct alarm *al = a->v[i];
		if (al->severity == METRIC_OK)
			continue;
		char *line = xasprintf("%s\t%s\t%s\t%d\t%lld\t%lld\t%s\n", al->node, al->name,
		    al->instance, (int)al->severity, (long long)al->since_ms,
		    (long long)al->told_ms, al->text);
		buf_text(&j->text, line);
		free(line);
	}
	a->saving = true;
	worker_submit(a->worker, job_run, job_done, j);
}

/* The timer: now, or when the thread has written what it has. */
static void
on_save(evutil_socket_t fd, short what, void *arg)
{
	struct alarms *a = arg;
	(void)fd;
	(void)what;

	if (a->saving)
		a->save_again = true;
	else
		save(a);
}

/* What was raised says the field's label: the trap's text, cut between two characters. */
static void
label(struct field *f, const char *text)
{
	size_t n;

	if (text[0] == '\0')
		return;
	str_copy(f->label, sizeof f->label, text);
	for (n = strlen(f->label); n > 0 && !str_is_text(f->label, n);)
		f->label[--n] = '\0';
}

/* What a node may still define. */
static unsigned *
budget_of(struct alarms *a, const char *node)
{
	size_t i = 0;

	while (i < a->nbudgets && strcmp(a->budgets[i].node, node) != 0)
		i++;
	if (i == a->nbudgets) {
		a->budgets = xreallocarray(a->budgets, ++a->nbudgets, sizeof *a->budgets);
		a->budgets[i] = (struct budget){ .left = MAX_NEW };
		(void)str_copy(a->budgets[i].node, sizeof a->budgets[i].node, node);
	}
	return &a->budgets[i].left;
}

/* Defines the series. The text is part of it; a device that says ever others gets none. */
static void
define(struct alarms *a, struct alarm *al)
{
	static const struct field_row raised = { "raised", FIELD_STATE, "1", 0, 2,
		"Raised by a trap: 1 a warning, 2 critical, 0 ended." };
	struct series_def def = { .step_s = STEP_S, .nfields = 1 };

	str_copy(def.node, sizeof def.node, al->node);
	str_copy(def.source, sizeof def.source, "trap");
	str_copy(def.instance, sizeof def.instance, al->instance);
	field_from_row(&def.fields[0], &raised);
	unsigned *left = budget_of(a, al->node);
	label(&def.fields[0], *left > MAX_NEW - MAX_TEXTS ? al->text : al->instance);
	metric_state_add(&def, 0, &(struct metric_state){ 0, METRIC_OK, "ended" });
	metric_state_add(&def, 0, &(struct metric_state){ 1, METRIC_WARNING, "raised" });
	metric_state_add(&def, 0, &(struct metric_state){ 2, METRIC_CRITICAL, "raised" });
	al->series = publisher_define_of(a->publisher, &def, left);
}

/* Whether a stamp is later than the last one. A clock that was set back by much was wrong before,
 * and the collector has refused its stamps. */
static bool
is_later(const struct alarm *al, int64_t stamp_s)
{
	return stamp_s > al->stamp_s || al->stamp_s - stamp_s > SCHEDULE_FORGET_MS / 1000;
}

/* Sends its state with this stamp, unless a later one was sent. */
static void
tell(struct alarms *a, struct alarm *al, int64_t stamp_s)
{
	double value = al->severity == METRIC_CRITICAL ? 2 : al->severity == METRIC_WARNING ? 1 : 0;

	if (!is_later(al, stamp_s))
		return;
	al->stamp_s = stamp_s;
	publisher_reading(a->publisher, al->series, stamp_s, 1, &value);
}

/* Forgets the i-th. */
static void
drop(struct alarms *a, size_t i)
{
	free(a->v[i]);
	a->v[i] = a->v[--a->n];
}

/* Forgets what ended long ago, ends what was not told of for long. False: it is forgotten. */
static bool
age(struct alarms *a, size_t i, int64_t now_ms)
{
	struct alarm *al = a->v[i];

	if (al->told_ms > now_ms) /* the clock was set back */
		al->told_ms = now_ms;
	if (al->severity != METRIC_OK && now_ms - al->told_ms > a->hold_ms) {
		log_info("trap", "%s: %s was not told of any more, it is dropped", al->node,
		    al->instance);
		al->severity = METRIC_OK;
		al->since_ms = al->told_ms = now_ms;
		save_soon(a);
	}
	if (al->severity != METRIC_OK || now_ms - al->told_ms <= ENDED_MS)
		return true;
	drop(a, i);
	return false;
}

/* Whether the node of an alarm answers. */
static bool
is_alive(const struct alarms *a, const struct alarm *al)
{
	return a->alive == NULL || a->alive(a->alive_arg, al->node);
}

/* Each 10 s: all states, so that they neither grow stale nor look lost. */
static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct alarms *a = arg;
	struct schedule_turn t;
	(void)fd;
	(void)what;

	do {
		int64_t now_ms = clock_wall_ms();
		t = schedule_turn(&a->schedule, now_ms);
		for (size_t i = a->n; t.sample && i-- > 0;)
			if (age(a, i, now_ms) && is_alive(a, a->v[i]))
				tell(a, a->v[i], t.stamp_ms / 1000);
	} while (t.wait_ms <= 0);
	struct timeval tv = clock_timeval(t.wait_ms);
	event_add(a->tick, &tv);
}

/* All states, as they are. */
static void
tell_all(struct alarms *a, int64_t stamp_s)
{
	for (size_t i = 0; i < a->n; i++)
		tell(a, a->v[i], stamp_s);
}

/* The one of this instance, or NULL. */
static struct alarm *
find(const struct alarms *a, const char *node, const char *instance)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i]->node, node) == 0 && strcmp(a->v[i]->instance, instance) == 0)
			return a->v[i];
	return NULL;
}

/* Whether another of the node can be kept apart. */
static bool
has_room(struct alarms *a, const char *node)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += strcmp(a->v[i]->node, node) == 0;
	return n<MAX_OF_NODE && * budget_of(a, node)> 1;
}

/* The same; it is made if there is none. NULL: there is no room. */
static struct alarm *
find_or_make(struct alarms *a, const char *node, const char *name, const char *instance)
{
	struct alarm *al = find(a, node, instance);

	if (al == NULL && strcmp(instance, OTHERS) != 0 && !has_room(a, node))
		return find_or_make(a, node, OTHERS, OTHERS);
	if (al != NULL || a->n == ALARMS_MAX)
		return al;
	al = xcalloc(1, sizeof *al);
	(void)str_copy(al->node, sizeof al->node, node);
	(void)str_copy(al->name, sizeof al->name, name);
	(void)str_copy(al->instance, sizeof al->instance, instance);
	a->v[a->n++] = al;
	return al;
}

/* One line of the file: 0, or -1 if it is none. */
static int
load_line(struct alarms *a, char *line)
{
	char *part[7];
	int64_t severity, since, told;

	for (size_t i = 0; i < 7; i++) {
		part[i] = strsep(&line, "\t");
		if (part[i] == NULL)
			return -1;
	}
	for (size_t i = 0; i < 3; i++)
		if (!str_is_name(part[i], NAME_MAX_NODE))
			return -1;
	if (line != NULL || str_to_i64(part[3], METRIC_WARNING, METRIC_CRITICAL, &severity) == -1 ||
	    str_to_i64(part[4], 0, INT64_MAX, &since) == -1 ||
	    str_to_i64(part[5], 0, INT64_MAX, &told) == -1 ||
	    !str_is_text(part[6], strlen(part[6])))
		return -1;
	struct alarm *al = find_or_make(a, part[0], part[1], part[2]);
	if (al == NULL)
		return -1;
	al->severity = (enum metric_severity)severity;
	al->since_ms = since;
	al->told_ms = told;
	(void)str_copy(al->text, sizeof al->text, part[6]);
	define(a, al);
	return 0;
}

/* Reads what was raised when the program ended. */
static void
load(struct alarms *a)
{
	char *text = NULL;
	size_t n;
	struct err e;
	unsigned bad = 0;

	if (fs_read(a->path, MAX_FILE, &text, &n, &e) == -1)
		return; /* the first start */
	char *rest = text;
	for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
		if (*line != '\0' && load_line(a, line) == -1)
			bad++;
	if (bad > 0)
		log_warnx("trap", "%s: %u lines cannot be read, what they raised is not any more",
		    a->path, bad);
	free(text);
}

/* Take up what was raised. */
struct alarms *
alarms_new(struct event_base *base, struct publisher *p, const char *path, int64_t hold_ms)
{
	struct alarms *a = xcalloc(1, sizeof *a);
	struct err e;

	a->publisher = p;
	a->path = xstrdup(path);
	a->hold_ms = hold_ms;
	a->tick = event_new(base, -1, 0, on_tick, a);
	a->save = event_new(base, -1, 0, on_save, a);
	if (a->tick == NULL || a->save == NULL)
		fatalx("trap", "cannot make a timer");
	if (worker_new(&a->worker, base, "alarms", &e) == -1)
		fatalx("trap", "%s", e.msg);
	load(a);
	schedule_start(&a->schedule, STEP_S * 1000, clock_wall_ms(), 0, 0);
	tell_all(a, clock_wall_ms() / 1000);
	on_tick(-1, 0, a);
	return a;
}

/* Write what has not been written yet, and free. */
void
alarms_free(struct alarms *a)
{
	if (a == NULL)
		return;
	if (event_pending(a->save, EV_TIMEOUT, NULL) || a->save_again)
		save(a);
	a->save_again = false;
	worker_free(a->worker);
	event_free(a->tick);
	event_free(a->save);
	while (a->n > 0)
		drop(a, a->n - 1);
	free(a->budgets);
	free(a->path);
	free(a);
}

/* It changed now: sent at once, ahead of the second if this one was used; but of one that comes and
 * goes all the time, only at the next turn, for stamps would run away from the clock. */
static void
tell_now(struct alarms *a, struct alarm *al)
{
	int64_t now_s = clock_wall_ms() / 1000;
	int64_t stamp_s = is_later(al, now_s) ? now_s : al->stamp_s + 1;

	if (al->series == 0)
		define(a, al);
	if (stamp_s > now_s + AHEAD_S)
		return;
	tell(a, al, stamp_s);
	publisher_flush(a->publisher);
}

/* Sets one to what a trap says now. */
static void
set(struct alarms *a, struct alarm *al, enum metric_severity severity, const char *text)
{
	int64_t now = clock_wall_ms();
	bool changed = al->severity != severity;

	if (al->since_ms == 0 || changed)
		al->since_ms = now;
	al->told_ms = now;
	al->severity = severity;
	str_copy(al->text, sizeof al->text, text);
	if (changed || al->series == 0)
		tell_now(a, al);
	save_soon(a);
}

/* A trap without a key ends all things of its name. */
static uint32_t
end_all(struct alarms *a, const char *node, const char *name, const char *text)
{
	uint32_t series = 0;

	for (size_t i = 0; i < a->n; i++) {
		struct alarm *al = a->v[i];
		if (strcmp(al->node, node) != 0 || strcmp(al->name, name) != 0 ||
		    al->severity == METRIC_OK)
			continue;
		set(a, al, METRIC_OK, text);
		series = al->series;
	}
	return series;
}

/* Take over what a trap says. */
uint32_t
alarms_set(struct alarms *a, const char *node, const char *name, const char *key,
    enum metric_severity severity, const char *text)
{
	char instance[NAME_MAX_NODE + 1], whole[2 * NAME_MAX_NODE + 2];
	struct alarm *al;

	if (severity == METRIC_OK && key[0] == '\0')
		return end_all(a, node, name, text);
	snprintf(whole, sizeof whole, "%s%s%s", name, key[0] != '\0' ? "-" : "", key);
	str_to_name(instance, sizeof instance, whole);
	if (severity == METRIC_OK)
		al = find(a, node, instance);
	else
		al = find_or_make(a, node, name, instance);
	if (al == NULL)
		return 0;
	set(a, al, severity, text);
	return al->series;
}

/* End one by hand. */
int
alarms_end(struct alarms *a, const char *node, const char *instance)
{
	struct alarm *al = find(a, node, instance);

	if (al == NULL || al->severity == METRIC_OK)
		return -1;
	set(a, al, METRIC_OK, "ended by hand");
	return 0;
}

/* Ask of whom to be silent. */
void
alarms_on_alive(struct alarms *a, bool (*alive)(const void *arg, const char *node), void *arg)
{
	a->alive = alive;
	a->alive_arg = arg;
}

/* How many there are, those that ended lately included. */
size_t
alarms_count(const struct alarms *a)
{
	return a->n;
}

/* The i-th, in no order. */
const struct alarm *
alarms_at(const struct alarms *a, size_t i)
{
	return a->v[i];
}

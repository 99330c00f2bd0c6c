/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of one node, source and instance are fields of one series. Time begins on a working day at
 * noon, so that a test means the same each day; each step the values of all series come, then time
 * passes to the next. */
#include "collector/ctl/rehearsal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/conf.h"
#include "collector/ctl/answer.h"
#include "collector/ctl/cast.h"
#include "collector/ctl/ctl.h"
#include "collector/ctl/scene.h"
#include "collector/notify/trial.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/conf.h"
#include "zw/str.h"

#define START_MS INT64_C(1767600000000) /* Monday, 5 January 2026, 12:00 in Baku */

/* A series that is played. */
struct played {
	struct series_def def;
	double *values[METRIC_MAX_FIELDS];
	size_t n[METRIC_MAX_FIELDS];
};

/* What plays a scene. */
struct stage {
	const struct conf_collector *conf;
	const struct conf_scene *scene;
	struct trial *trial;
	struct played *series;
	size_t nseries;
	size_t steps;
	json_t *wrong; /* what is not as expected */
};

/* The series of a row, made with its first. */
static struct played *
series_of(struct stage *s, const struct conf_given *g)
{
	for (size_t i = 0; i < s->nseries; i++) {
		const struct series_def *d = &s->series[i].def;
		if (strcmp(d->node, g->node) == 0 && strcmp(d->source, g->source) == 0 &&
		    strcmp(d->instance, g->instance) == 0)
			return &s->series[i];
	}
	s->series = xreallocarray(s->series, s->nseries + 1, sizeof *s->series);
	struct played *p = &s->series[s->nseries++];
	*p = (struct played){ .def.step_s = (uint32_t)(s->scene->step / 1000) };
	(void)str_copy(p->def.node, sizeof p->def.node, g->node);
	(void)str_copy(p->def.source, sizeof p->def.source, g->source);
	(void)str_copy(p->def.instance, sizeof p->def.instance, g->instance);
	return p;
}

/* A row becomes a field. */
static int
add_given(struct stage *s, const struct conf_given *g, struct err *e)
{
	struct played *p = series_of(s, g);
	unsigned k = p->def.nfields;
	struct field *f = &p->def.fields[k];

	if (k == METRIC_MAX_FIELDS)
		return err_set(e, "%s/%s has too many fields", g->node, g->source);
	*f = (struct field){ .min = NAN, .max = NAN };
	f->kind = g->states.n > 0 ? FIELD_STATE : FIELD_GAUGE;
	if (str_copy(f->name, sizeof f->name, g->field) == -1 ||
	    str_copy(f->unit, sizeof f->unit, g->unit) == -1)
		return err_set(e, "%s: the field's name or its unit is too long", g->field);
	for (size_t i = 0; i < g->states.n; i++) {
		struct metric_state st;
		if (scene_state(g->states.v[i], &st, e) == -1)
			return -1;
		if (!metric_state_add(&p->def, k, &st))
			return err_set(e, "%s/%s: too many states", g->node, g->source);
	}
	if (scene_values(g->values, &p->values[k], &p->n[k], e) == -1)
		return -1;
	p->def.nfields++;
	if (p->n[k] > s->steps)
		s->steps = p->n[k];
	return 0;
}

/* All series of the scene are known to the trial. */
static int
set_up(struct stage *s, struct err *e)
{
	const struct conf_given *g = s->scene->series.v;

	for (size_t i = 0; i < s->scene->series.n; i++)
		if (add_given(s, &g[i], e) == -1)
			return -1;
	if (trial_new(&s->trial, s->conf, START_MS, 1000, e) == -1)
		return -1;
	for (size_t i = 0; i < s->nseries; i++) {
		if (series_def_check(&s->series[i].def, e) == -1)
			return -1;
		if (trial_define(s->trial, (uint32_t)i + 1, &s->series[i].def) == -1)
			return err_set(
			    e, "%s is no node of the configuration", s->series[i].def.node);
	}
	return 0;
}

/* The values of a step. */
static void
play(struct stage *s, size_t step)
{
	double values[METRIC_MAX_FIELDS];
	int64_t time_s = (START_MS + (int64_t)step * s->scene->step) / 1000;

	for (size_t i = 0; i < s->nseries; i++) {
		const struct played *p = &s->series[i];
		bool any = false;
		for (unsigned k = 0; k < p->def.nfields; k++) {
			bool there = step < p->n[k] && !isinf(p->values[k][step]);
			values[k] = there ? p->values[k][step] : NAN;
			any = any || there;
		}
		if (any)
			trial_read(s->trial, (uint32_t)i + 1, time_s, p->def.nfields, values);
	}
}

/* What a test calls the alert. */
static void
alert_name(char dst[256], const struct alert *a)
{
	const char *who = a->node[0] != '\0' ? a->node : a->rack[0] != '\0' ? a->rack : a->zone;
	snprintf(dst, 256, "%s %s", a->rule, who);
}

/* Notes what is wrong with a scene. */
static void
wrong(struct stage *s, const struct conf_expected *x, const char *what, const char *name)
{
	char text[320];

	snprintf(text, sizeof text, "%s%s", what, name);
	json_array_append_new(
	    s->wrong, json_pack("{s:I, s:s}", "after_ms", (json_int_t)x->at, "what", text));
}

/* Whether one of the list covers the name. */
static bool
is_listed(const struct conf_texts *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_covers(list->v[i], name))
			return true;
	return false;
}

/* Compare what fires with what must. */
static void
check_firing(struct stage *s, const struct conf_expected *x)
{
	const struct engine *e = trial_engine(s->trial);
	char name[256];

	for (size_t k = 0; k < x->firing.n; k++) {
		bool found = false;
		for (size_t i = 0; i < engine_nalerts(e) && !found; i++) {
			const struct alert *a = engine_alert_at(e, i);
			alert_name(name, a);
			found = (a->state == ALERT_FIRING || a->state == ALERT_CLEARING) &&
				str_covers(x->firing.v[k], name);
		}
		if (!found)
			wrong(s, x, "does not fire: ", x->firing.v[k]);
	}
	for (size_t i = 0; i < engine_nalerts(e); i++) {
		const struct alert *a = engine_alert_at(e, i);
		alert_name(name, a);
		if ((a->state == ALERT_FIRING || a->state == ALERT_CLEARING) &&
		    !is_listed(&x->firing, name))
			wrong(s, x, "fires, and must not: ", name);
	}
}

/* Compare all that is expected of a moment. */
static void
check(struct stage *s, const struct conf_expected *x)
{
	char text[96];

	check_firing(s, x);
	if (x->incidents >= 0 && (size_t)x->incidents != trial_nincidents(s->trial)) {
		snprintf(text, sizeof text, "%zu, not %lld", trial_nincidents(s->trial),
		    (long long)x->incidents);
		wrong(s, x, "incidents: ", text);
	}
	if (x->messages >= 0 && (size_t)x->messages != trial_nmessages(s->trial)) {
		snprintf(text, sizeof text, "%zu, not %lld", trial_nmessages(s->trial),
		    (long long)x->messages);
		wrong(s, x, "messages: ", text);
	}
}

/* The moment of the last that is expected. */
static int64_t
last_at(const struct conf_scene *scene)
{
	const struct conf_expected *x = scene->expect.v;
	int64_t last = 0;

	for (size_t i = 0; i < scene->expect.n; i++)
		last = x[i].at > last ? x[i].at : last;
	return last;
}

/* Play a scene to its end; what is expected between two steps is looked at when it is time. */
static void
run_scene(struct stage *s)
{
	const struct conf_expected *x = s->scene->expect.v;
	int64_t end = last_at(s->scene);

	for (int64_t at = 0; at <= end; at += 1000) {
		trial_pass(s->trial, START_MS + at);
		if (at % s->scene->step == 0) {
			play(s, (size_t)(at / s->scene->step));
			trial_pass(s->trial, START_MS + at + 1);
		}
		for (size_t i = 0; i < s->scene->expect.n; i++)
			if (x[i].at / 1000 == at / 1000)
				check(s, &x[i]);
	}
}

/* A scene from its beginning to its end; returns what is to be said of it. */
static json_t *
try_scene(const struct conf_collector *all, const struct conf_scene *scene)
{
	struct conf_collector conf;
	struct stage s = { .conf = &conf, .scene = scene, .wrong = json_array() };
	struct err e;

	cast_choose(&conf, all, scene);
	if (set_up(&s, &e) == -1)
		json_array_append_new(
		    s.wrong, json_pack("{s:I, s:s}", "after_ms", (json_int_t)0, "what", e.msg));
	else
		run_scene(&s);
	for (size_t i = 0; i < s.nseries; i++)
		for (unsigned k = 0; k < METRIC_MAX_FIELDS; k++)
			free(s.series[i].values[k]);
	free(s.series);
	trial_free(s.trial);
	cast_clear(&conf);
	return json_pack("{s:s, s:b, s:o}", "name", scene->name, "passed",
	    json_array_size(s.wrong) == 0, "wrong", s.wrong);
}

/* Prints how a scene went. */
static void
print_scene(const json_t *o)
{
	size_t i;
	json_t *w;
	char at[32];

	printf("%s  %s\n", json_is_true(json_object_get(o, "passed")) ? "passed" : "FAILED",
	    answer_text(o, "name"));
	json_array_foreach(json_object_get(o, "wrong"), i, w)
	{
		str_from_duration(at, sizeof at, answer_int(w, "after_ms"));
		printf("        after %s: %s\n", at, answer_text(w, "what"));
	}
}

/* All scenes of the file, one after the other; returns how many failed. */
static size_t
run_all(const struct ctl *ctl, const struct conf_rehearsal *r, const struct conf_collector *conf)
{
	const struct conf_scene *scenes = r->tests.v;
	json_t *all = json_array();
	size_t failed = 0;

	for (size_t i = 0; i < r->tests.n; i++) {
		json_t *o = try_scene(conf, &scenes[i]);
		failed += !json_is_true(json_object_get(o, "passed"));
		if (!ctl->json)
			print_scene(o);
		json_array_append_new(all, o);
	}
	json_t *root = json_pack("{s:o, s:I, s:I}", "tests", all, "passed",
	    (json_int_t)(r->tests.n - failed), "failed", (json_int_t)failed);
	if (ctl->json) {
		json_dumpf(root, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
	} else {
		printf("%zu of %zu passed\n", r->tests.n - failed, r->tests.n);
	}
	json_decref(root);
	return failed;
}

int
rehearsal_run(struct ctl *ctl)
{
	void *file = NULL, *conf = NULL;
	unsigned n;
	int rc = CTL_FAILED;

	if (conf_load(&scene_table, ctl->args[1], &file, scene_check, stderr, &n) == -1)
		return CTL_FAILED;
	const struct conf_rehearsal *r = file;
	const char *path =
	    r->config != NULL && (ctl->given & CTL_CONF) == 0 ? r->config : ctl->conf;
	if (conf_load(&collector_conf_table, path, &conf, collector_conf_check, stderr, &n) == 0) {
		const struct conf_collector *c = conf;
		(void)setenv("TZ", c->timezone, 1); /* for the recipients' hours */
		tzset();
		rc = run_all(ctl, r, conf) == 0 ? CTL_OK : CTL_FAILED;
		conf_free(&collector_conf_table, conf);
	}
	conf_free(&scene_table, file);
	return rc;
}

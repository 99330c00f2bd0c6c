/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of one node, source and instance are fields of one series. Time begins on a working day at
 * noon, so that a test means the same each day; each step the values of all series come, then time
 * passes to the next. */
#include "collector/ctl/rehearsal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf.h"
#include "collector/ctl/ctl.h"
#include "collector/notify/trial.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/conf.h"
#include "zw/str.h"

#define CONF_KEYS "collector/ctl/rehearsal.def"
#include "zw/conf_struct.h"

#include "zw/conf_rows.h"
#undef CONF_KEYS

#define VALUES_MAX 100000
#define START_MS INT64_C(1767600000000) /* Monday, 5 January 2026, 12:00 in Baku */

static const struct conf_table rehearsal_table = CONF_TABLE(rehearsal, NULL);

/* A series that is played. */
struct played {
	struct series_def def;
	double *values[METRIC_MAX_FIELDS];
	size_t n[METRIC_MAX_FIELDS];
};

/* What plays a scene. */
struct stage {
	struct ctl *ctl;
	const struct conf_collector *conf;
	const struct conf_scene *scene;
	struct trial *trial;
	struct played *series;
	size_t nseries;
	size_t steps;
	unsigned wrong;
};

/* One word of the notation: "25", "25x6", "25..40x10", "_", "_x3", "nan". */
static int
read_word(const char *word, double *from, double *to, uint64_t *times)
{
	char text[64];
	const char *x = strrchr(word, 'x');

	*times = 1;
	if (x != NULL && str_to_u64(x + 1, 1, VALUES_MAX, times) == -1)
		return -1;
	size_t n = x != NULL ? (size_t)(x - word) : strlen(word);
	if (n >= sizeof text)
		return -1;
	memcpy(text, word, n);
	text[n] = '\0';
	char *dots = strstr(text, "..");
	if (strcmp(text, "_") == 0)
		*from = *to = INFINITY;
	else if (strcmp(text, "nan") == 0)
		*from = *to = NAN;
	else if (dots == NULL)
		return str_to_double(text, from) == -1 ? -1 : (*to = *from, 0);
	else {
		*dots = '\0';
		return str_to_double(text, from) == -1 || str_to_double(dots + 2, to) == -1 ? -1
											    : 0;
	}
	return 0;
}

int
rehearsal_values(const char *text, double **out, size_t *n, struct err *e)
{
	char *copy = xstrdup(text), *save = NULL;
	double *v = NULL, from, to;
	size_t count = 0;
	uint64_t times;

	for (char *word = strtok_r(copy, " ,\t\n", &save); word != NULL;
	     word = strtok_r(NULL, " ,\t\n", &save)) {
		if (read_word(word, &from, &to, &times) == -1 || count + times > VALUES_MAX) {
			err_set(e,
			    "\"%.40s\" is no value: 25, 25x6, 25..40x10, _ or nan (at most %d)",
			    word, VALUES_MAX);
			free(v);
			free(copy);
			return -1;
		}
		v = xreallocarray(v, count + times, sizeof *v);
		for (uint64_t i = 0; i < times; i++)
			v[count++] = times == 1 || !isfinite(from)
					 ? from
					 : from + (to - from) * (double)i / (double)(times - 1);
	}
	free(copy);
	*out = v;
	*n = count;
	return 0;
}

/* A state of a field: "2=critical on battery". */
static int
add_state(struct series_def *def, unsigned field, const char *text, struct err *e)
{
	static const char *const words[] = { "ok", "warning", "critical", "unknown" };
	struct metric_state st = { 0 };
	char number[16] = "";
	const char *eq = strchr(text, '=');
	int64_t code;

	if (eq != NULL && (size_t)(eq - text) < sizeof number)
		memcpy(number, text, (size_t)(eq - text));
	if (eq == NULL || str_to_i64(number, INT32_MIN, INT32_MAX, &code) == -1)
		return err_set(e, "states: \"%.40s\" is not NUMBER=SEVERITY TEXT", text);
	st.code = (int32_t)code;
	for (int i = 0; i < 4; i++) {
		size_t n = strlen(words[i]);
		if (strncmp(eq + 1, words[i], n) != 0 || (eq[1 + n] != '\0' && eq[1 + n] != ' '))
			continue;
		st.severity = (enum metric_severity)i;
		(void)str_copy(st.text, sizeof st.text, eq[1 + n] == ' ' ? eq + 2 + n : "");
		return metric_state_add(def, field, &st) ? 0 : err_set(e, "states: too many");
	}
	return err_set(e, "states: \"%.40s\" has none of ok, warning, critical, unknown", text);
}

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
	for (size_t i = 0; i < g->states.n; i++)
		if (add_state(&p->def, k, g->states.v[i], e) == -1)
			return -1;
	if (rehearsal_values(g->values, &p->values[k], &p->n[k], e) == -1)
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

/* Says what is wrong with a scene. */
static void
wrong(struct stage *s, const struct conf_expected *x, const char *what, const char *name)
{
	char at[32];

	str_from_duration(at, sizeof at, x->at);
	if (s->wrong++ == 0)
		printf("FAILED  %s\n", s->scene->name);
	printf("        after %s: %s%s\n", at, what, name);
}

/* Whether the list has the name. */
static bool
is_listed(const struct conf_texts *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], name) == 0)
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
				strcmp(name, x->firing.v[k]) == 0;
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

/* A scene from its beginning to its end: whether it passed. */
static bool
try_scene(struct ctl *ctl, const struct conf_collector *conf, const struct conf_scene *scene)
{
	struct stage s = { .ctl = ctl, .conf = conf, .scene = scene };
	struct err e;

	if (set_up(&s, &e) == -1) {
		printf("FAILED  %s\n        %s\n", scene->name, e.msg);
		s.wrong++;
	} else {
		run_scene(&s);
	}
	if (s.wrong == 0)
		printf("passed  %s\n", scene->name);
	for (size_t i = 0; i < s.nseries; i++)
		for (unsigned k = 0; k < METRIC_MAX_FIELDS; k++)
			free(s.series[i].values[k]);
	free(s.series);
	trial_free(s.trial);
	return s.wrong == 0;
}

int
rehearsal_run(struct ctl *ctl)
{
	void *file = NULL, *conf = NULL;
	size_t failed = 0;
	unsigned n;
	int rc = CTL_FAILED;

	if (conf_load(&rehearsal_table, ctl->args[1], &file, NULL, stderr, &n) == -1)
		return CTL_FAILED;
	const struct conf_rehearsal *r = file;
	const char *path = r->config != NULL ? r->config : ctl->conf;
	if (conf_load(&collector_conf_table, path, &conf, collector_conf_check, stderr, &n) == -1)
		goto out;
	const struct conf_scene *scenes = r->tests.v;
	for (size_t i = 0; i < r->tests.n; i++)
		failed += !try_scene(ctl, conf, &scenes[i]);
	printf("%zu of %zu passed\n", r->tests.n - failed, r->tests.n);
	rc = failed == 0 ? CTL_OK : CTL_FAILED;
out:
	conf_free(&collector_conf_table, conf);
	conf_free(&rehearsal_table, file);
	return rc;
}

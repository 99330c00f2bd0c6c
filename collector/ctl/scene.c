/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The notations within a scene: values as words, each with how often it comes; states as a number,
 * a severity and a text. They are judged when the file is read, so that what is wrong is told with
 * its line. */
#include "collector/ctl/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/str.h"

#define CONF_KEYS "collector/ctl/rehearsal.def"
#include "zw/conf_rows.h"
#undef CONF_KEYS

#define VALUES_MAX 100000
#define BLANKS " ,\t\r\n"

const struct conf_table scene_table = CONF_TABLE(rehearsal, NULL);

/* "25", "25..40", "_", "nan". */
static int
read_values(char *text, double *from, double *to)
{
	char *dots = strstr(text, "..");

	if (strcmp(text, "_") == 0) {
		*from = *to = INFINITY;
		return 0;
	}
	if (strcmp(text, "nan") == 0) {
		*from = *to = NAN;
		return 0;
	}
	if (dots == NULL) {
		if (str_to_double(text, from) == -1)
			return -1;
		*to = *from;
		return 0;
	}
	*dots = '\0';
	return str_to_double(text, from) == -1 || str_to_double(dots + 2, to) == -1 ? -1 : 0;
}

/* One word of the notation: the same with how often, "25..40x10". */
static int
read_word(const char *word, double *from, double *to, uint64_t *times)
{
	char text[64];
	const char *x = strrchr(word, 'x');
	size_t n = x != NULL ? (size_t)(x - word) : strlen(word);

	*times = 1;
	if (x != NULL && str_to_u64(x + 1, 1, VALUES_MAX, times) == -1)
		return -1;
	if (n >= sizeof text)
		return -1;
	memcpy(text, word, n);
	text[n] = '\0';
	return read_values(text, from, to);
}

int
scene_values(const char *text, double **out, size_t *n, struct err *e)
{
	char *copy = xstrdup(text), *save = NULL;
	double *v = NULL, from, to;
	size_t count = 0;
	uint64_t times;
	int rc = 0;

	for (char *word = strtok_r(copy, BLANKS, &save); word != NULL && rc == 0;
	     word = strtok_r(NULL, BLANKS, &save)) {
		if (read_word(word, &from, &to, &times) == -1) {
			rc = err_set(
			    e, "\"%.40s\" is no value: 25, 25x6, 25..40x10, _ or nan", word);
		} else if (count + times > VALUES_MAX) {
			rc = err_set(e, "more than %d values", VALUES_MAX);
		} else {
			v = xreallocarray(v, count + times, sizeof *v);
			for (uint64_t i = 0; i < times; i++)
				v[count++] =
				    times == 1 || !isfinite(from)
					? from
					: from + (to - from) * (double)i / (double)(times - 1);
		}
	}
	free(copy);
	if (rc == 0 && count == 0)
		rc = err_set(e, "there is no value");
	if (rc == -1) {
		free(v);
		return -1;
	}
	*out = v;
	*n = count;
	return 0;
}

int
scene_state(const char *text, struct metric_state *out, struct err *e)
{
	static const char *const words[] = { "ok", "warning", "critical", "unknown" };
	char number[16] = "";
	const char *eq = strchr(text, '=');
	int64_t code;

	*out = (struct metric_state){ 0 };
	if (eq != NULL && (size_t)(eq - text) < sizeof number)
		memcpy(number, text, (size_t)(eq - text));
	if (eq == NULL || str_to_i64(number, INT32_MIN, INT32_MAX, &code) == -1)
		return err_set(e, "\"%.40s\" is not NUMBER=SEVERITY TEXT", text);
	out->code = (int32_t)code;
	for (int i = 0; i < 4; i++) {
		size_t n = strlen(words[i]);
		if (strncmp(eq + 1, words[i], n) != 0 || (eq[1 + n] != '\0' && eq[1 + n] != ' '))
			continue;
		out->severity = (enum metric_severity)i;
		(void)str_copy(out->text, sizeof out->text, eq[1 + n] == ' ' ? eq + 2 + n : "");
		return 0;
	}
	return err_set(e, "\"%.40s\" has none of ok, warning, critical, unknown", text);
}

/* Complain of a series of a scene. */
static void
check_given(const struct conf_given *g, struct conf_errors *ce)
{
	struct metric_state st;
	struct field f;
	struct err e;
	double *v;
	size_t n;

	if (g->values != NULL) {
		if (scene_values(g->values, &v, &n, &e) == -1)
			conf_complain(ce, g, "values", "%s", e.msg);
		else
			free(v);
	}
	for (size_t i = 0; i < g->states.n; i++)
		if (scene_state(g->states.v[i], &st, &e) == -1)
			conf_complain(ce, g, "states", "%s", e.msg);
	if (g->unit != NULL && strlen(g->unit) >= sizeof f.unit)
		conf_complain(ce, g, "unit", "is longer than %zu bytes", sizeof f.unit - 1);
	if (g->field != NULL && !str_is_name(g->field, NAME_MAX_FIELD))
		conf_complain(ce, g, "field", "\"%.60s\" is no name of a field", g->field);
	if (g->source != NULL && !str_is_name(g->source, NAME_MAX_SOURCE))
		conf_complain(ce, g, "source", "\"%.60s\" is no name of a source", g->source);
	if (g->node != NULL && !str_is_name(g->node, NAME_MAX_NODE))
		conf_complain(ce, g, "node", "\"%.60s\" is no name of a node", g->node);
	if (g->instance != NULL && g->instance[0] != '\0' &&
	    !str_is_name(g->instance, NAME_MAX_NODE))
		conf_complain(ce, g, "instance", "\"%.60s\" is no instance", g->instance);
}

/* Complain of what stands twice in a scene. */
static void
check_twice(const struct conf_scene *s, struct conf_errors *ce)
{
	const struct conf_given *g = s->series.v;

	for (size_t i = 0; i < s->series.n; i++)
		for (size_t k = 0; k < i; k++)
			if (g[i].node != NULL && g[k].node != NULL && g[i].source != NULL &&
			    g[k].source != NULL && g[i].field != NULL && g[k].field != NULL &&
			    strcmp(g[i].node, g[k].node) == 0 &&
			    strcmp(g[i].source, g[k].source) == 0 &&
			    strcmp(g[i].instance, g[k].instance) == 0 &&
			    strcmp(g[i].field, g[k].field) == 0)
				conf_complain(
				    ce, &g[i], "field", "this field of the series is given twice");
}

void
scene_check(void *rehearsal, struct conf_errors *ce)
{
	const struct conf_rehearsal *r = rehearsal;
	const struct conf_scene *s = r->tests.v;

	for (size_t i = 0; i < r->tests.n; i++) {
		const struct conf_given *g = s[i].series.v;
		if (s[i].step % 1000 != 0)
			conf_complain(ce, &s[i], "step", "must be whole seconds");
		for (size_t k = 0; k < s[i].series.n; k++)
			check_given(&g[k], ce);
		check_twice(&s[i], ce);
	}
}

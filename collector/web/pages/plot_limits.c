/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limits of rules as lines of graphs: of those rules that compare a field's value with a
 * number, with the number in force there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/explain.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/site/site.h"
#include "collector/web/pages/plot_int.h"
#include "zw/alloc.h"

#define MAX_LIMITS 256

/* While the rules of a node are gone through. */
struct seeing {
	struct plot_limits *all;
	enum lang lang;
};

/* A number of the rule's kind; NAN: it has none. */
static double
number_of(const struct rule_view *v, const char *key)
{
	if (v->table == NULL || v->rule->variant == NULL)
		return NAN;
	for (size_t i = 0; i < v->table->nkeys; i++) {
		const struct conf_key *k = &v->table->keys[i];
		if (k->type == CONF_number && strcmp(k->name, key) == 0)
			return *(const double *)(const void *)((const char *)v->rule->variant +
							       k->offset);
	}
	return NAN;
}

/* One limit, unless there is none. */
static void
add(struct seeing *s, const struct rule_view *v, unsigned field, double value, bool above)
{
	if (isnan(value) || s->all->n == MAX_LIMITS)
		return;
	s->all->rows = xreallocarray(s->all->rows, s->all->n + 1, sizeof *s->all->rows);
	s->all->rows[s->all->n++] = (struct plot_limit){ .series = v->series,
		.field = field,
		.value = value,
		.above = above,
		.severity = (int)v->severity,
		.title = lang_text(s->lang, v->title) };
}

/* What one rule sees. */
static void
see(void *arg, const struct rule_view *v)
{
	struct seeing *s = arg;
	if (v->series == NULL || v->field[0] == '\0' || v->sight == SIGHT_OFF ||
	    strcmp(v->rule->kind, "threshold") != 0)
		return;
	unsigned field = site_field(v->series, v->field);
	if (field >= v->series->nfields || v->series->fields[field].kind == FIELD_STATE)
		return;
	add(s, v, field, number_of(v, "above"), true);
	add(s, v, field, number_of(v, "below"), false);
}

void
plot_limits_of(
    struct plot_limits *all, const struct collector *c, const struct node *n, enum lang l)
{
	struct seeing s = { .all = all, .lang = l };
	explain_node(c->engine, n, see, &s);
}

void
plot_limits_free(struct plot_limits *all)
{
	free(all->rows);
	*all = (struct plot_limits){ 0 };
}

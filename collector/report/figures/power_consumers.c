/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who draws the most. A server may tell its power several times: only one field of it counts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/power_parts.h"
#include "zw/alloc.h"

#define STEP_S 300
#define JOULES 3.6e6

/* The field that holds all that a server draws: "power" of the series without an instance, else of
 * any. NULL: it is not measured. */
static const struct series *
field_of(const struct node *n, unsigned *field)
{
	const struct series *found = NULL;

	for (size_t i = 0; i < n->nseries; i++) {
		const struct series *se = n->series[i];
		unsigned f = site_field(se, "power");
		if (f >= se->nfields || power_factor(se, f) == 0 ||
		    (found != NULL && (found->instance[0] == '\0' || se->instance[0] != '\0')))
			continue;
		found = se;
		*field = f;
	}
	return found;
}

/* Puts one in its place among the first. */
static void
rank(struct power *v, const struct power_consumer *c)
{
	size_t at = v->ntop;

	v->nconsumers++;
	while (at > 0 && v->top[at - 1].kwh < c->kwh)
		at--;
	if (at == POWER_TOP)
		return;
	v->ntop += v->ntop < POWER_TOP;
	memmove(&v->top[at + 1], &v->top[at], (v->ntop - at - 1) * sizeof *c);
	v->top[at] = *c;
}

/* A server. */
static void
add_server(struct power *v, const struct node *n)
{
	struct power_consumer c = { .node = n, .peak_w = NAN };
	unsigned field = 0;
	const struct series *se = field_of(n, &field);
	struct span *s;
	struct stats st;

	if (se == NULL || span_read(&s, se, v->from_s, v->to_s, STEP_S, NULL) == -1)
		return;
	stat_of(&st, s, field);
	for (size_t r = 0; r < s->nrows; r++)
		c.peak_w = fmax(c.peak_w, s->values[SPAN_AVERAGE][field][r]);
	c.peak_w *= power_factor(se, field);
	c.mean_w = st.mean * power_factor(se, field);
	c.kwh = stat_integral(s, field) * power_factor(se, field) / JOULES;
	c.known_s = st.known_s;
	c.total_s = st.total_s;
	if (st.known_s > 0)
		rank(v, &c);
	span_free(s);
}

void
power_consumers(struct power *v, const struct figures_ask *a)
{
	for (size_t i = 0; i < site_nnodes(a->plant->site); i++) {
		const struct node *n = site_node_at(a->plant->site, i);
		if (n->kind == NODE_SERVER && (a->zone == NULL || n->zone == a->zone))
			add_server(v, n);
	}
	if (v->nconsumers > 0)
		return;
	for (size_t i = 0; i < v->nmeters; i++) {
		const struct power_meter *m = &v->meters[i];
		struct power_consumer c = { m->series->node, m->kwh, m->mean_w, m->peak_w,
			m->known_s, m->total_s };
		if (m->use == POWER_IT && !isnan(m->kwh))
			rank(v, &c);
	}
}

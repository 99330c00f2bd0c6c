/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calendar of availability: which part of each day a thing was up, by the same rules and
 * figures as the report's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/figures/availability.h"
#include "collector/report/graphs/maker_int.h"
#include "collector/site/site.h"
#include "zw/alloc.h"

/* In the order of enum availability_kind. */
static const char *const words[] = { "zone", "server", "cooling", "ups", "link", "device" };

/* Whether one is asked for. */
static bool
is_wanted(
    const struct maker *m, const struct conf_graph_panel *p, const struct availability_one *one)
{
	bool kind = false;

	for (size_t i = 0; i < p->of.n; i++)
		kind = kind || strcmp(p->of.v[i], words[one->kind]) == 0;
	return kind && (m->node == NULL || one->node == m->node);
}

/* The part of a day that it was up; NAN: nothing is known of it. */
static double
part_of(const struct availability_time *t)
{
	double judged = t->up_s + t->unplanned_s;

	return judged > 0 ? t->up_s / judged : NAN;
}

/* A row of days. */
static void
add_row(struct chart *c, const struct availability *v, const struct availability_one *one)
{
	double *days = xcalloc(v->ndays + 1, sizeof *days);
	const char *name = one->node != NULL   ? one->node->title
			   : one->zone != NULL ? one->zone->title
					       : "";

	for (size_t i = 0; i < v->ndays; i++)
		days[i] = part_of(&one->days[i]);
	chart_line(c, name, days, NULL, NULL, v->ndays);
	free(days);
}

int
panel_calendar(struct chart **out, struct maker *m, const struct conf_graph_panel *p, struct err *e)
{
	struct period period = { PERIOD_DAYS, m->from_s, m->to_s };
	struct figures_ask ask = {
		.plant = m->plant, .zone = m->zone, .period = &period, .annals = m->annals
	};
	char title[256];
	double target = NAN;

	if (m->availability == NULL && availability_new(&m->availability, &ask, e) == -1)
		return -1;
	const struct availability *v = m->availability;
	struct chart *c = chart_new(CHART_CALENDAR, m->wanted->lang);
	c->unit = xstrdup("1");
	c->start_s = m->from_s;
	c->end_s = m->to_s;
	for (size_t i = 0; i < v->nones && c->nlines < (size_t)p->most; i++) {
		if (!is_wanted(m, p, &v->ones[i]))
			continue;
		add_row(c, v, &v->ones[i]);
		if (isnan(target))
			target = v->ones[i].target;
	}
	if (!isnan(target))
		chart_limit(c, target, "", false);
	const char *text = definition_text(m->wanted->lang, p->title, p->title_az, p->title_ru);
	if (text != NULL) {
		maker_title(m, text, title, sizeof title);
		c->title = xstrdup(title);
	}
	*out = c;
	return 0;
}

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

/* A row of days: of one, or of all of its kind. */
static void
add_row(struct chart *c, const struct availability *v, const struct availability_one *one,
    const char *name, bool all)
{
	double *days = xcalloc(v->ndays + 1, sizeof *days);

	for (size_t i = 0; i < v->ndays; i++) {
		struct availability_time sum = { 0 };
		for (size_t k = 0; k < v->nones; k++) {
			const struct availability_one *o = &v->ones[k];
			if (all ? o->kind != one->kind : o != one)
				continue;
			sum.up_s += o->days[i].up_s;
			sum.unplanned_s += o->days[i].unplanned_s;
			sum.planned_s += o->days[i].planned_s;
			sum.unknown_s += o->days[i].unknown_s;
		}
		days[i] = availability_part(&sum);
	}
	chart_line(c, name, days, NULL, NULL, v->ndays);
	free(days);
}

/* What one is called; all of its kind. */
static const char *
name_of(const struct maker *m, const struct availability_one *one, bool all)
{
	static const char *const kinds[] = { [AVAILABILITY_ZONE] = N_("Zones"),
		[AVAILABILITY_SERVER] = N_("Servers"),
		[AVAILABILITY_COOLING] = N_("Cooling units"),
		[AVAILABILITY_UPS] = N_("UPS"),
		[AVAILABILITY_LINK] = N_("Communication links"),
		[AVAILABILITY_DEVICE] = N_("Other devices") };

	if (all)
		return lang_text(m->lang, kinds[one->kind]);
	return one->node != NULL ? one->node->title : one->zone != NULL ? one->zone->title : "";
}

/* Zones as the site has them; of the rest the worst first, as the report has it. */
static const struct availability_one *
in_order(const struct availability *v, size_t i)
{
	size_t n;
	const struct availability_one *zones = availability_of(v, AVAILABILITY_ZONE, &n);
	size_t first = n > 0 ? (size_t)(zones - v->ones) : 0;

	if (i < first || i >= first + n)
		return &v->ones[i];
	for (size_t k = 0; k < n; k++) {
		size_t before = 0;
		for (size_t o = 0; o < n; o++)
			before += zones[o].zone->index < zones[k].zone->index;
		if (before == i - first)
			return &zones[k];
	}
	return &v->ones[i];
}

/* Rows of all that are wanted; of kinds together, one of each. */
static void
add_rows(const struct maker *m, const struct conf_graph_panel *p, struct chart *c)
{
	const struct availability *v = m->availability;
	int done = AVAILABILITY_ZONE;
	double target = NAN;

	for (size_t i = 0; i < v->nones && c->nlines < (size_t)p->most; i++) {
		const struct availability_one *one = in_order(v, i);
		bool all = p->together && one->kind != AVAILABILITY_ZONE && m->node == NULL;
		if (!is_wanted(m, p, one) || (all && (int)one->kind == done))
			continue;
		done = (int)one->kind;
		add_row(c, v, one, name_of(m, one, all), all);
		if (isnan(target))
			target = one->target;
	}
	if (!isnan(target))
		chart_limit(c, target, "", false);
}

struct chart *
panel_calendar(const struct maker *m, const struct conf_graph_panel *p)
{
	struct chart *c = chart_new(CHART_CALENDAR, m->lang);
	char title[256];

	c->unit = xstrdup("1");
	c->start_s = m->from_s;
	c->end_s = m->to_s;
	add_rows(m, p, c);
	const char *text = definition_text(m->lang, p->title, p->title_az, p->title_ru);
	if (text != NULL) {
		maker_title(m, text, title, sizeof title);
		c->title = xstrdup(title);
	}
	return c;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pictures of the air: the period's band of each zone, and twelve months. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/figures/environment.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/section_parts.h"
#include "collector/report/paper/word.h"
#include "zw/alloc.h"

/* The period's band of a zone. */
static void
band_chart(struct doc *d, const struct figures *f, const struct environment_zone *z)
{
	const struct environment_limits *l = &environment_limits[ENVIRONMENT_INLET];
	const struct environment_band *b = &z->band;
	struct chart *c;
	char id[96], caption[200], label[64];

	if (b->n == 0)
		return;
	c = chart_new(CHART_LINES, doc_lang(d));
	c->unit = xstrdup("Cel");
	c->start_s = b->from_s;
	c->end_s = b->from_s + (int64_t)b->n * b->step_s;
	chart_line(c, doc_text(d, N_("mean, and from the coolest to the hottest inlet")), b->mean,
	    b->min, b->max, b->n);
	chart_limit(c, l->recommended_high, doc_text(d, N_("27 °C, recommended")), false);
	if (z->of[ENVIRONMENT_INLET].max > l->allowable_high - 2)
		chart_limit(c, l->allowable_high, doc_text(d, N_("32 °C, allowable")), true);
	if (z->limit < l->allowable_high ||
	    (z->limit > l->allowable_high && z->of[ENVIRONMENT_INLET].max > z->limit - 2)) {
		(void)snprintf(label, sizeof label, doc_text(d, N_("%s, servers go off")),
		    word_quantity(d, z->limit, 0, "Cel").s);
		chart_limit(c, z->limit, label, true);
	}
	section_marks(c, f, z->zone);
	(void)snprintf(
	    id, sizeof id, "environment-band-%s", z->zone != NULL ? z->zone->name : "site");
	(void)snprintf(caption, sizeof caption,
	    doc_text(d, N_("%s: air at the inlets, a value each %s")), section_zone(d, z->zone),
	    word_duration(d, (double)b->step_s).s);
	doc_chart(d, id, c, caption, 1);
}

/* Whether enough months are known for a picture. */
static bool
has_year(const struct environment_zone *z)
{
	int known = 0;

	for (int i = 0; i < ENVIRONMENT_MONTHS; i++)
		known += !isnan(z->months[i].p95);
	return known > 1;
}

/* Twelve months of a zone. */
static void
year_chart(struct doc *d, const struct environment_zone *z)
{
	double p95[ENVIRONMENT_MONTHS], low[ENVIRONMENT_MONTHS], high[ENVIRONMENT_MONTHS];
	struct chart *c;
	char id[96], caption[200];
	for (int i = 0; i < ENVIRONMENT_MONTHS; i++) {
		p95[i] = z->months[i].p95;
		low[i] = z->months[i].min;
		high[i] = z->months[i].max;
	}
	c = chart_new(CHART_LINES, doc_lang(d));
	c->unit = xstrdup("Cel");
	c->start_s = z->months[0].from_s;
	c->end_s = z->months[ENVIRONMENT_MONTHS - 1].to_s;
	chart_line(c, doc_text(d, N_("95 %, and from minimum to maximum")), p95, low, high,
	    ENVIRONMENT_MONTHS);
	chart_limit(c, environment_limits[ENVIRONMENT_INLET].recommended_high,
	    doc_text(d, N_("27 °C, recommended")), false);
	(void)snprintf(
	    id, sizeof id, "environment-year-%s", z->zone != NULL ? z->zone->name : "site");
	(void)snprintf(caption, sizeof caption, doc_text(d, N_("%s: the inlets of 12 months")),
	    section_zone(d, z->zone));
	doc_chart(d, id, c, caption, 0.5);
}

/* The months in numbers. */
static void
months(struct doc *d, const struct environment *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Zone")), NULL, 1, false },
		{ doc_text(d, N_("Month from")), NULL, 1, false },
		{ doc_text(d, N_("Known")), "%", 1, true },
		{ doc_text(d, N_("Minimum")), "°C", 1, true },
		{ doc_text(d, N_("Mean")), "°C", 1, true },
		{ doc_text(d, N_("95 %")), "°C", 1, true },
		{ doc_text(d, N_("Maximum")), "°C", 1, true },
	};

	doc_sheet(d, "environment-months", doc_text(d, N_("The inlets of 12 months")), columns, 7);
	for (size_t i = 0; i < v->nzones; i++)
		for (int k = 0; k < ENVIRONMENT_MONTHS; k++) {
			const struct environment_month *m = &v->zones[i].months[k];
			struct cell c[] = { cell_text(section_zone(d, v->zones[i].zone)),
				cell_date(m->from_s), cell_number(100 * m->known, 1),
				cell_number(m->min, 1), cell_number(m->mean, 1),
				cell_number(m->p95, 1), cell_number(m->max, 1) };
			if (v->zones[i].of[ENVIRONMENT_INLET].nprobes > 0)
				doc_row(d, c);
		}
	doc_table_end(d, NULL);
}

void
section_environment_charts(struct doc *d, const struct figures *f)
{
	const struct environment *v = f->now.environment;
	bool year = false;

	if (v->all.of[ENVIRONMENT_INLET].known_s > 0) {
		doc_heading(d, 2, "environment-course", doc_text(d, N_("Course of the period")));
		for (size_t i = 0; i < v->nzones; i++)
			if (v->zones[i].of[ENVIRONMENT_INLET].known_s > 0)
				band_chart(d, f, &v->zones[i]);
	}
	for (size_t i = 0; i < v->nzones; i++) {
		if (!has_year(&v->zones[i]))
			continue;
		if (!year)
			doc_heading(
			    d, 2, "environment-year", doc_text(d, N_("The last 12 months")));
		year = true;
		year_chart(d, &v->zones[i]);
	}
	months(d, v);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cooling plant: what ran, how hard, how it took turns, and whether anything leaked. */
#include "collector/report/paper/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/figures/cooling.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/name.h"
#include "collector/report/paper/section_parts.h"
#include "collector/report/paper/word.h"
#include "zw/alloc.h"

#define PRINTED 20 /* contacts in print; all are in the CSV */

/* A speed with its unit: "61 %", "3060 1/min"; "–" where there is none. */
static struct word
speed(const struct doc *d, const struct cooling_level *l, const char *unit)
{
	struct word w = { "–" };

	if (unit == NULL || isnan(l->mean))
		return w;
	return word_quantity(d, l->mean, strcmp(unit, "rpm") == 0 ? 0 : 1, unit);
}

/* Contacts of a kind that were bad. */
static unsigned
bad_of(const struct cooling *v, enum cooling_contact_kind kind, double *seconds, size_t *n)
{
	unsigned times = 0;

	*seconds = 0;
	*n = 0;
	for (size_t i = 0; i < v->ncontacts; i++)
		if (v->contacts[i].kind == kind && v->contacts[i].known_s > 0) {
			(*n)++;
			times += v->contacts[i].times;
			*seconds += v->contacts[i].bad_s;
		}
	return times;
}

/* A card of a kind of contact. */
static void
contact_card(
    struct doc *d, const struct cooling *v, enum cooling_contact_kind kind, const char *title)
{
	char value[32], below[160];
	double seconds;
	size_t n;
	unsigned times = bad_of(v, kind, &seconds, &n);

	if (n == 0)
		return;
	(void)snprintf(value, sizeof value, "%u", times);
	if (times > 0)
		(void)snprintf(
		    below, sizeof below, doc_text(d, N_("%s in all")), word_duration(d, seconds).s);
	else
		(void)snprintf(below, sizeof below, doc_text(d, N_("detectors: %zu")), n);
	doc_card(d, title, value, below, times > 0 ? DOC_CRITICAL : DOC_OK);
}

/* The figures that are to be seen first. */
static void
cards(struct doc *d, const struct cooling *v)
{
	double run_s = 0, known_s = 0, heat = 0;
	unsigned starts = 0;
	char below[160];

	for (size_t i = 0; i < v->nunits; i++) {
		run_s += v->units[i].run_s;
		known_s += v->units[i].known_s;
		starts += v->units[i].starts;
		heat += v->units[i].output.mean;
	}
	(void)snprintf(
	    below, sizeof below, doc_text(d, N_("units: %zu; starts: %u")), v->nunits, starts);
	doc_card(d, doc_text(d, N_("Units ran")),
	    word_percent(d, section_share(run_s, known_s), 2).s, below,
	    known_s > 0 ? DOC_PLAIN : DOC_UNKNOWN);
	if (!isnan(heat))
		doc_card(d, doc_text(d, N_("Heat taken out")),
		    word_quantity(d, heat / 1000, 2, "kW").s,
		    doc_text(d, N_("mean of all units together")), DOC_PLAIN);
	contact_card(d, v, COOLING_WATER, doc_text(d, N_("Water alarms")));
	contact_card(d, v, COOLING_SMOKE, doc_text(d, N_("Smoke alarms")));
}

/* How long each unit ran. */
static void
running(struct doc *d, const struct cooling *v, const struct cooling *before)
{
	static const char *const by[] = { [COOLING_BY_NOTHING] = N_("not told"),
		[COOLING_BY_MODE] = N_("its mode"),
		[COOLING_BY_FAN] = N_("its fans") };
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Unit")), NULL, 2.2, false },
		{ doc_text(d, N_("Known by")), NULL, 1, false },
		{ doc_text(d, N_("Known")), "%", 0.8, true },
		{ doc_text(d, N_("Ran")), "h", 0.9, true },
		{ doc_text(d, N_("Ran")), "%", 0.9, true },
		{ doc_text(d, N_("Change")), doc_text(d, N_("% points")), 0.9, true },
		{ doc_text(d, N_("Starts")), NULL, 0.8, true },
		{ doc_text(d, N_("Change")), NULL, 0.9, true },
		{ doc_text(d, N_("Own counter")), "h", 1, true },
		{ doc_text(d, N_("Counter stands at")), "h", 1.1, true },
	};

	doc_table(d, "cooling-running", doc_text(d, N_("Run hours and starts")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nunits; i++) {
		const struct cooling_unit *u = &v->units[i], *b = SECTION_SAME(before->units,
								 before->nunits, node, u->node);
		bool known = u->known_s > 0, was = b != NULL && b->known_s > 0;
		struct cell c[] = {
			cell_text(name_node(u->node).s),
			cell_text(doc_text(d, by[u->by])),
			cell_number(section_share(u->known_s, u->total_s), 2),
			cell_number(known ? u->run_s / 3600 : NAN, 1),
			cell_number(section_share(u->run_s, u->known_s), 2),
			cell_change(section_share(u->run_s, u->known_s),
			    was ? section_share(b->run_s, b->known_s) : NAN, 2),
			cell_number(known ? u->starts : NAN, 0),
			cell_change(known ? u->starts : NAN, was ? b->starts : NAN, 0),
			cell_number(u->counter_h, 1),
			cell_number(u->counter_last_h, 0),
		};
		doc_row(d, c);
	}
	doc_table_end(d, NULL);
}

/* Air, heat and filters of each unit. */
static void
levels(struct doc *d, const struct cooling *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Unit")), NULL, 2, false },
		{ doc_text(d, N_("Fans, mean")), NULL, 1.1, true },
		{ doc_text(d, N_("Compressor, mean")), NULL, 1.2, true },
		{ doc_text(d, N_("Supply")), "°C", 0.8, true },
		{ doc_text(d, N_("Return")), "°C", 0.8, true },
		{ doc_text(d, N_("Difference")), "K", 0.9, true },
		{ doc_text(d, N_("Heat, mean")), "kW", 0.9, true },
		{ doc_text(d, N_("Heat, maximum")), "kW", 1, true },
		{ doc_text(d, N_("Filter, mean")), "Pa", 0.9, true },
		{ doc_text(d, N_("Filter at the end")), "Pa", 0.9, true },
	};

	doc_table(d, "cooling-levels", doc_text(d, N_("Air, heat and filters")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nunits; i++) {
		const struct cooling_unit *u = &v->units[i];
		struct word fan = speed(d, &u->fan, u->fan_unit);
		struct word compressor = speed(d, &u->compressor, u->compressor_unit);
		struct cell c[] = {
			cell_text(name_node(u->node).s),
			cell_text(fan.s),
			cell_text(compressor.s),
			cell_number(u->supply.mean, 1),
			cell_number(u->ret.mean, 1),
			cell_number(u->ret.mean - u->supply.mean, 1),
			cell_number(u->output.mean / 1000, 2),
			cell_number(u->output.max / 1000, 2),
			cell_number(u->filter.mean, 0),
			cell_number(u->filter_last, 0),
		};
		doc_row(d, c);
	}
	doc_table_end(d, NULL);
}

/* What the units of a zone did together. */
static void
zones(struct doc *d, const struct cooling *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Zone")), NULL, 1.6, false },
		{ doc_text(d, N_("Units")), NULL, 0.7, true },
		{ doc_text(d, N_("None ran")), NULL, 1.2, true },
		{ doc_text(d, N_("One ran")), NULL, 1.2, true },
		{ doc_text(d, N_("More ran")), NULL, 1.2, true },
		{ doc_text(d, N_("Changes of the leading unit")), NULL, 1.3, true },
		{ doc_text(d, N_("Heat, mean")), "kW", 0.9, true },
		{ doc_text(d, N_("IT power, mean")), "kW", 1, true },
		{ doc_text(d, N_("Heat to IT power")), "%", 1, true },
	};

	doc_table(d, "cooling-zones", doc_text(d, N_("Zones and rotation")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nzones; i++) {
		const struct cooling_zone *z = &v->zones[i];
		bool known = z->none_s + z->one_s + z->more_s > 0;
		struct cell c[] = {
			cell_text(section_zone(d, z->zone)),
			cell_number((double)z->nunits, 0),
			cell_duration(known ? z->none_s : NAN),
			cell_duration(known ? z->one_s : NAN),
			cell_duration(known ? z->more_s : NAN),
			cell_number(known && z->nunits > 1 ? z->rotations : NAN, 0),
			cell_number(z->output_mean_w / 1000, 2),
			cell_number(z->it_mean_w / 1000, 2),
			cell_number(100 * z->output_mean_w / z->it_mean_w, 0),
		};
		doc_row(d, c);
	}
	doc_table_end(d, doc_text(d, N_("No zone is served by a unit.")));
}

/* Hours that each unit ran on each day, where units take turns. */
static void
turns_chart(struct doc *d, const struct cooling *v)
{
	struct chart *c;
	bool turns = false;

	for (size_t i = 0; i < v->nzones; i++)
		turns |= v->zones[i].nunits > 1;
	if (!turns || v->ndays < 2)
		return;
	c = chart_new(CHART_LINES, doc_lang(d));
	c->unit = xstrdup("%");
	c->from = 0;
	c->to = 100;
	c->start_s = v->from_s;
	c->end_s = v->to_s;
	for (size_t i = 0; i < v->nunits && c->nlines < CHART_MAX_LINES; i++) {
		double *percent = xcalloc(v->ndays + 1, sizeof *percent);
		for (size_t k = 0; k < v->ndays; k++)
			percent[k] = 100 * v->units[i].run[k];
		chart_line(c, v->units[i].node->title, percent, NULL, NULL, v->ndays);
		free(percent);
	}
	doc_chart(d, "cooling-turns", c, doc_text(d, N_("Which unit ran: part of each day")), 1);
}

/* Each unit's days in numbers, for the CSV. */
static void
days(struct doc *d, const struct cooling *v, const struct figures *f)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Unit")), NULL, 1, false },
		{ doc_text(d, N_("Day")), NULL, 1, false },
		{ doc_text(d, N_("Ran")), "%", 1, true },
	};

	doc_sheet(d, "cooling-days", doc_text(d, N_("Which unit ran: part of each day")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nunits; i++)
		for (size_t k = 0; k < v->ndays; k++) {
			struct cell c[] = { cell_text(name_node(v->units[i].node).s),
				cell_date(period_day(&f->now.period, (unsigned)k)),
				cell_number(100 * v->units[i].run[k], 1) };
			doc_row(d, c);
		}
	doc_table_end(d, NULL);
}

/* A contact's row. */
static void
contact_row(struct doc *d, const struct cooling_contact *t)
{
	static const char *const kinds[] = { [COOLING_WATER] = N_("Water"),
		[COOLING_SMOKE] = N_("Smoke"),
		[COOLING_FILTER] = N_("Filter"),
		[COOLING_DOOR] = N_("Door"),
		[COOLING_OTHER] = N_("Other") };
	char name[600];
	struct cell c[7];

	(void)snprintf(name, sizeof name, "%s, %s", name_node(t->series->node).s,
	    name_sensor(d, t->series, t->field).s);
	c[0] = cell_text(doc_text(d, kinds[t->kind]));
	c[1] = cell_text(name);
	c[2] = cell_text(section_zone(d, t->series->node->zone));
	c[3] = cell_number(t->known_s > 0 ? t->times : NAN, 0);
	c[4] = cell_duration(t->known_s > 0 ? t->bad_s : NAN);
	c[5] = cell_time(t->last_at_s);
	c[6] = cell_number(section_share(t->known_s, t->total_s), 1);
	doc_row(d, c);
}

/* Contacts: those that were bad are printed, all are in the CSV. */
static void
contacts(struct doc *d, const struct cooling *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Kind")), NULL, 0.9, false },
		{ doc_text(d, N_("Contact")), NULL, 3, false },
		{ doc_text(d, N_("Zone")), NULL, 1.2, false },
		{ doc_text(d, N_("Times")), NULL, 0.7, true },
		{ doc_text(d, N_("Duration")), NULL, 1, true },
		{ doc_text(d, N_("Last")), NULL, 1.5, false },
		{ doc_text(d, N_("Known")), "%", 0.8, true },
	};
	size_t known = 0;

	if (v->ncontacts == 0) {
		doc_note(d,
		    doc_text(d, N_("No contact of water, smoke, filters or doors is monitored.")));
		return;
	}
	doc_sheet(d, "cooling-contacts-all", doc_text(d, N_("All contacts")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->ncontacts; i++) {
		known += v->contacts[i].known_s > 0;
		contact_row(d, &v->contacts[i]);
	}
	doc_table_end(d, NULL);
	doc_table(d, "cooling-contacts",
	    doc_text(d, N_("Water, smoke, filters, doors: contacts that changed")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->ncontacts && i < PRINTED; i++)
		if (v->contacts[i].times > 0)
			contact_row(d, &v->contacts[i]);
	doc_table_end(d, known > 0
			     ? doc_text(d, N_("No contact was raised in this period."))
			     : doc_text(d, N_("Nothing is known of the contacts in this period.")));
	doc_notef(d, doc_text(d, N_("All %zu contacts stand in cooling-contacts-all.csv.")),
	    v->ncontacts);
}

/* Set points that were changed. */
static void
setpoints(struct doc *d, const struct cooling *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("When")), NULL, 1.3, false },
		{ doc_text(d, N_("Unit")), NULL, 2, false },
		{ doc_text(d, N_("Set point")), NULL, 2, false },
		{ doc_text(d, N_("Before")), NULL, 0.8, true },
		{ doc_text(d, N_("After")), NULL, 0.8, true },
		{ doc_text(d, N_("Change")), NULL, 0.8, true },
	};

	if (v->nsetpoint_fields == 0) {
		doc_note(d, doc_text(d, N_("No set point is known in this period: the units tell "
					   "none, or nothing was heard of them.")));
		return;
	}
	doc_table(d, "cooling-setpoints", doc_text(d, N_("Changes of set points")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nsetpoints; i++) {
		const struct cooling_setpoint *p = &v->setpoints[i];
		struct cell c[] = { cell_time(p->at_s), cell_text(name_node(p->series->node).s),
			cell_text(p->series->fields[p->field].label), cell_number(p->before, 1),
			cell_number(p->after, 1), cell_change(p->after, p->before, 1) };
		doc_row(d, c);
	}
	doc_table_end(d, doc_text(d, N_("No set point was changed in this period.")));
	if (v->setpoint_changes > v->nsetpoints)
		doc_notef(d, doc_text(d, N_("%u changes; the last %zu are shown.")),
		    v->setpoint_changes, v->nsetpoints);
}

/* What is left out, by name. */
static void
notes(struct doc *d, const struct cooling *v)
{
	char fans[300] = "", compressors[300] = "", heat[300] = "", filters[300] = "",
	     mode[300] = "";

	for (size_t i = 0; i < v->nunits; i++) {
		const struct cooling_unit *u = &v->units[i];
		if (u->by == COOLING_BY_NOTHING)
			section_list(mode, sizeof mode, u->node->title);
		if (isnan(u->fan.mean))
			section_list(fans, sizeof fans, u->node->title);
		if (isnan(u->compressor.mean))
			section_list(compressors, sizeof compressors, u->node->title);
		if (isnan(u->output.mean))
			section_list(heat, sizeof heat, u->node->title);
		if (isnan(u->filter.mean))
			section_list(filters, sizeof filters, u->node->title);
	}
	if (mode[0] != '\0')
		doc_notef(d, doc_text(d, N_("Whether it runs is not told by: %s.")), mode);
	if (fans[0] != '\0')
		doc_notef(d, doc_text(d, N_("The fans' speed is not told by: %s.")), fans);
	if (compressors[0] != '\0')
		doc_notef(d, doc_text(d, N_("A compressor is not told of by: %s.")), compressors);
	if (heat[0] != '\0')
		doc_notef(d, doc_text(d, N_("The heat taken out is not told by: %s.")), heat);
	if (filters[0] != '\0')
		doc_notef(d, doc_text(d, N_("The pressure over the filter is not told by: %s.")),
		    filters);
	doc_asidef(d,
	    doc_text(
		d, N_("Run hours are the part of each row in which the unit's mode was neither "
		      "standby nor idle nor off; starts are seen in rows of %s, so a stop and "
		      "start within one is not. Capacity used is not told: no unit says its rated "
		      "capacity; the section on capacity has what is configured.")),
	    word_duration(d, (double)v->units[0].step_s).s);
}

void
section_cooling(struct doc *d, const struct figures *f)
{
	const struct cooling *v = f->now.cooling;

	doc_heading(d, 1, "cooling", doc_text(d, N_("Cooling plant")));
	if (v->nunits == 0 && v->ncontacts == 0) {
		doc_paragraph(
		    d, doc_text(
			   d, N_("No cooling unit is monitored here; this section is left out.")));
		return;
	}
	if (v->nunits > 0) {
		cards(d, v);
		running(d, v, f->before.cooling);
		levels(d, v);
		zones(d, v);
		turns_chart(d, v);
		days(d, v, f);
		setpoints(d, v);
	}
	contacts(d, v);
	if (v->nunits > 0)
		notes(d, v);
}

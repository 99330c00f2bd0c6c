/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an incident is to be judged by: the air of its zone and how long it lasts, beside the UPS
 * and the cooling units. */
#include <math.h>
#include <string.h>

#include "collector/notify/text_doc.h"
#include "collector/notify/text_facts.h"
#include "collector/alert/text_reason.h"
#include "collector/notify/text_story.h"
#include "zw/units.h"

#define WORDS 400

/* The countdown's band, and what it rests on. */
static void
rows_left(struct doc *d, const struct zone_air *air)
{
	enum lang l = d->lang;
	char line[WORDS], early[UNITS_MAX], late[UNITS_MAX];

	story_left(line, sizeof line, air, l);
	if (*line == '\0')
		return;
	bool early_known = air->earliest_s >= 0, late_known = air->latest_s >= 0;
	lang_number(early, sizeof early, air->earliest_s / 60, air->earliest_s < 600 ? 1 : 0, l);
	lang_number(late, sizeof late, air->latest_s / 60, air->latest_s < 600 ? 1 : 0, l);
	if (air->left_s >= 60 && early_known && late_known && !isinf(air->latest_s))
		text_add(line, sizeof line, lang_text(l, " (between %s and %s min)"), early, late);
	else if (air->left_s >= 60 && early_known)
		text_add(line, sizeof line, lang_text(l, " (not before %s min)"), early);
	doc_row(d, lang_text(l, "Countdown"), line);
	if (air->learned > 0)
		text_say(line, sizeof line,
		    lang_plural(l, "reckoned from %u earlier failure of the cooling",
			"reckoned from %u earlier failures of the cooling", air->learned),
		    air->learned);
	else
		text_say(line, sizeof line, "%s",
		    lang_text(l, "reckoned from the slope alone, on the safe side"));
	doc_row(d, lang_text(l, "Estimate"), line);
}

/* The UPS of the zone. */
static void
row_power(struct doc *d, const struct text_power *p)
{
	enum lang l = d->lang;
	char line[WORDS], value[UNITS_MAX];

	if (p->node == NULL)
		return;
	text_say(line, sizeof line, "%s: %s", text_node(p->node),
	    p->on_battery ? lang_text(l, "on battery") : lang_text(l, "on mains"));
	if (p->on_battery && p->since_ms != 0) {
		lang_clock(value, sizeof value, p->since_ms);
		value[5] = '\0';
		text_add(line, sizeof line, lang_text(l, ", since %s"), value);
	}
	if (!isnan(p->runtime_min)) {
		lang_number(value, sizeof value, p->runtime_min, 0, l);
		text_add(line, sizeof line, lang_text(l, ", %s min left"), value);
	}
	if (!isnan(p->charge)) {
		lang_number(value, sizeof value, p->charge, 0, l);
		text_add(line, sizeof line, lang_text(l, ", charge %s %%"), value);
	}
	if (!isnan(p->load)) {
		lang_number(value, sizeof value, p->load, 0, l);
		text_add(line, sizeof line, lang_text(l, ", load %s %%"), value);
	}
	doc_row(d, lang_text(l, "UPS"), line);
}

/* The cooling units, a row each. */
static void
rows_units(struct doc *d, const struct text_facts *f)
{
	enum lang l = f->lang;
	char line[WORDS], supply[UNITS_MAX], since[16];

	for (size_t i = 0; i < f->nunits; i++) {
		const struct text_unit *u = &f->units[i];
		text_say(line, sizeof line, "%s: %s", text_node(u->node),
		    u->silent  ? lang_text(l, "sends nothing")
		    : u->cools ? lang_text(l, "cools")
			       : lang_text(l, "does not cool"));
		if (u->off_ms != 0) {
			lang_clock(since, sizeof since, u->off_ms);
			since[5] = '\0'; /* hours and minutes are enough */
			text_add(line, sizeof line, lang_text(l, ", since %s"), since);
		}
		if (!isnan(u->supply) && !u->silent) {
			lang_value(supply, sizeof supply, u->supply, "Cel", l);
			text_add(line, sizeof line, lang_text(l, ", supply air %s"), supply);
		}
		doc_row(d, lang_text(l, "Cooling unit"), line);
	}
}

void
text_put_room(struct doc *d, const struct text_facts *f)
{
	const struct zone_air *air = f->air;
	enum lang l = f->lang;
	char line[WORDS], value[UNITS_MAX];
	bool known = air != NULL && !isnan(air->hottest);

	if (!known && f->nunits == 0 && f->power.node == NULL)
		return;
	doc_heading(d, lang_text(l, "Air, cooling and power here"));
	doc_table(d);
	if (known) {
		lang_value(value, sizeof value, air->hottest, "Cel", l);
		text_say(line, sizeof line, "%s%s%s%s", value, *air->node == '\0' ? "" : " (",
		    air->node, *air->node == '\0' ? "" : ")");
		doc_row(d, lang_text(l, "Hottest inlet"), line);
		text_say(
		    line, sizeof line, lang_text(l, "%u of %u rising"), air->rising, air->inlets);
		doc_row(d, lang_text(l, "Inlets"), line);
		if (!isnan(air->rate)) {
			story_rate(line, sizeof line, air->rate, l);
			doc_row(d, lang_text(l, "Rate of rise"), line);
		}
		rows_left(d, air);
	}
	row_power(d, &f->power);
	rows_units(d, f);
	doc_table_end(d);
}

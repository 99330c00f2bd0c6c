/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The UPSs: how often they had to carry the load, and whether they can. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "collector/report/figures/power.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/name.h"
#include "collector/report/paper/section_parts.h"
#include "collector/report/paper/word.h"

/* Whether anything is known of its times on battery. */
static bool
is_known(const struct power_ups *u)
{
	return u->measured && (u->known_s > 0 || u->transfers + u->planned > 0);
}

/* Times on battery. */
static void
transfers(struct doc *d, const struct power *v, const struct power *before)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("UPS")), NULL, 2.2, false },
		{ doc_text(d, N_("Known")), "%", 0.8, true },
		{ doc_text(d, N_("Transfers to battery")), NULL, 1.1, true },
		{ doc_text(d, N_("Change")), NULL, 0.9, true },
		{ doc_text(d, N_("On battery")), NULL, 1.1, true },
		{ doc_text(d, N_("Longest")), NULL, 1.1, true },
		{ doc_text(d, N_("When")), NULL, 1.5, false },
		{ doc_text(d, N_("Planned")), NULL, 0.9, true },
	};

	doc_table(d, "power-transfers", doc_text(d, N_("Transfers to the battery")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nups; i++) {
		const struct power_ups *u = &v->ups[i],
				       *b = SECTION_SAME(before->ups, before->nups, node, u->node);
		struct cell c[] = {
			cell_text(name_node(u->node).s),
			cell_number(u->total_s > 0 ? 100 * u->known_s / u->total_s : NAN, 2),
			cell_number(is_known(u) ? u->transfers : NAN, 0),
			cell_change(is_known(u) ? u->transfers : NAN,
			    b != NULL && is_known(b) ? b->transfers : NAN, 0),
			cell_duration(is_known(u) ? u->battery_s : NAN),
			cell_duration(u->transfers > 0 ? u->longest_s : NAN),
			cell_time(u->transfers > 0 ? u->longest_at_s : 0),
			cell_number(is_known(u) ? u->planned : NAN, 0),
		};
		doc_row(d, c);
	}
	doc_table_end(d, NULL);
}

/* Load, runtime, battery. */
static void
health(struct doc *d, const struct power *v)
{
	const struct doc_column columns[] = {
		{ doc_text(d, N_("UPS")), NULL, 2, false },
		{ doc_text(d, N_("Load, mean")), "%", 0.9, true },
		{ doc_text(d, N_("Load, maximum")), "%", 1, true },
		{ doc_text(d, N_("Shortest runtime")), NULL, 1.2, true },
		{ doc_text(d, N_("Battery, mean")), "°C", 0.9, true },
		{ doc_text(d, N_("Battery, maximum")), "°C", 1, true },
		{ doc_text(d, N_("Lowest charge")), "%", 0.9, true },
		{ doc_text(d, N_("Charge at the end")), "%", 0.9, true },
		{ doc_text(d, N_("Replace the battery")), NULL, 1.2, false },
		{ doc_text(d, N_("Last self-test")), NULL, 1.1, false },
	};
	const char *none = doc_text(d, N_("not told"));

	doc_table(d, "power-ups", doc_text(d, N_("Load and batteries")), columns,
	    sizeof columns / sizeof *columns);
	for (size_t i = 0; i < v->nups; i++) {
		const struct power_ups *u = &v->ups[i];
		struct cell c[] = {
			cell_text(name_node(u->node).s),
			cell_number(u->load_mean, 1),
			cell_number(u->load_max, 1),
			cell_duration(u->runtime_min_s),
			cell_number(u->battery_mean, 1),
			cell_number(u->battery_max, 1),
			cell_number(u->charge_min, 0),
			cell_number(u->charge_last, 0),
			u->replace[0] != '\0' ? cell_state(u->replace_bad ? DOC_CRITICAL : DOC_OK,
						    doc_text(d, u->replace))
					      : cell_text(none),
			cell_text(u->test[0] != '\0' ? u->test : none),
		};
		doc_row(d, c);
	}
	doc_table_end(d, NULL);
}

void
section_power_ups(struct doc *d, const struct figures *f)
{
	const struct power *v = f->now.power;
	unsigned n = 0, known = 0;
	double longest = 0, sum = 0;

	doc_heading(d, 2, "power-ups", doc_text(d, N_("Uninterruptible power supplies")));
	if (v->nups == 0) {
		doc_paragraph(d, doc_text(d, N_("No UPS is monitored here.")));
		return;
	}
	for (size_t i = 0; i < v->nups; i++) {
		n += v->ups[i].transfers;
		known += is_known(&v->ups[i]);
		sum += v->ups[i].battery_s;
		longest = fmax(longest, v->ups[i].longest_s);
	}
	if (n > 0)
		doc_paragraphf(d,
		    lang_plural(doc_lang(d),
			"%u transfer to the battery, %s in all, the longest %s.",
			"%u transfers to the battery, %s in all, the longest %s.", n),
		    n, word_duration(d, sum).s, word_duration(d, longest).s);
	else if (known == 0)
		doc_paragraph(
		    d, doc_text(
			   d, N_("Nothing is known of transfers to the battery in this period.")));
	else
		doc_paragraph(
		    d, doc_text(d, N_("0 transfers to the battery but for planned ones.")));
	transfers(d, v, f->before.power);
	health(d, v);
	doc_aside(
	    d, doc_text(d,
		   N_("Times on battery are of what the UPS says of its output, from the averages "
		      "of rows; two transfers within one row are told apart by the alerts that "
		      "they raised. Planned: in maintenance or a silence, as a test of the battery "
		      "is. The age of a battery is told by none of these UPSs.")));
}

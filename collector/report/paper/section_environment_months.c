/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The twelve months of the inlets in numbers, for the CSV: what the charts of a year show. */
#include "collector/report/figures/environment.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/section_parts.h"

void
section_environment_months(struct doc *d, const struct figures *f)
{
	const struct environment *v = f->now.environment;
	const struct doc_column columns[] = {
		{ doc_text(d, N_("Zone")), NULL, 1, false },
		{ doc_text(d, N_("Month from")), NULL, 1, false },
		{ doc_text(d, N_("Known")), "%", 1, true },
		{ doc_text(d, N_("Minimum")), "°C", 1, true },
		{ doc_text(d, N_("Mean")), "°C", 1, true },
		{ doc_text(d, N_("95 %")), "°C", 1, true },
		{ doc_text(d, N_("Maximum")), "°C", 1, true },
	};

	doc_sheet(d, "environment-months", doc_text(d, N_("The inlets of 12 months")), columns,
	    sizeof columns / sizeof *columns);
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

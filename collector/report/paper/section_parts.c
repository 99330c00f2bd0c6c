/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/report/paper/section_parts.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/figures/figures.h"
#include "collector/report/paper/doc.h"

#define MARKS 12 /* incidents on a chart */

const char *
section_zone(const struct doc *d, const struct zone *z)
{
	return z != NULL ? z->title : doc_text(d, N_("Site"));
}

void
section_list(char *dst, size_t size, const char *name)
{
	size_t n = strlen(dst);

	(void)snprintf(dst + n, size - n, "%s%s", n > 0 ? ", " : "", name);
}

void
section_marks(struct chart *c, const struct figures_of *of, const struct zone *z)
{
	const struct annals *an = of->annals;
	size_t n = 0;

	for (size_t i = 0; z != NULL && i < an->nincidents && n < MARKS; i++) {
		const struct annals_incident *in = &an->incidents[i];
		int64_t to_s = in->closed_ms > 0 ? in->closed_ms / 1000 : of->period.to_s;
		char label[24];
		if (in->severity != WIRE_CRITICAL || !in->told || strcmp(in->zone, z->name) != 0)
			continue;
		(void)snprintf(label, sizeof label, "#%llu", (unsigned long long)in->id);
		chart_mark(c, CHART_INCIDENT, in->opened_ms / 1000, to_s, label);
		n++;
	}
}

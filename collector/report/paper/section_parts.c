/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/report/paper/section_parts.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/figures/figures.h"
#include "collector/report/paper/doc.h"
#include "collector/site/site.h"

#define MARKS 12 /* incidents on a chart */

const char *
section_zone(const struct doc *d, const struct zone *z)
{
	return z != NULL ? z->title : doc_text(d, N_("Site"));
}

void
section_list(char *dst, size_t size, const char *name)
{
	static const char more[] = ", …";
	size_t n = strlen(dst), end = sizeof more - 1;

	if (n >= end && strcmp(dst + n - end, more) == 0)
		return;
	if (n + strlen(name) + 2 + sizeof more > size)
		(void)snprintf(dst + n, size - n, "%s", more);
	else
		(void)snprintf(dst + n, size - n, "%s%s", n > 0 ? ", " : "", name);
}

/* Whether an incident has to do with the air: it has an alert of a temperature, or is a cooling
 * unit's. */
static bool
is_of_air(const struct figures_of *of, const struct figures *f, const struct annals_incident *in)
{
	const struct annals *an = of->annals;
	const struct node *n = site_node(f->plant->site, in->node);

	if (n != NULL && n->role == ROLE_COOLING)
		return true;
	for (size_t i = 0; i < an->nalerts; i++)
		if (an->alerts[i].incident == in->id &&
		    (strcmp(an->alerts[i].unit, "Cel") == 0 ||
			strcmp(an->alerts[i].unit, "K/min") == 0))
			return true;
	return false;
}

void
section_marks(struct chart *c, const struct figures *f, const struct zone *z)
{
	const struct figures_of *of = &f->now;
	const struct annals *an = of->annals;
	size_t n = 0;

	for (size_t i = 0; z != NULL && i < an->nincidents && n < MARKS; i++) {
		const struct annals_incident *in = &an->incidents[i];
		int64_t to_s = in->closed_ms > 0 ? in->closed_ms / 1000 : of->period.to_s;
		char label[24];
		if (in->severity != WIRE_CRITICAL || !in->told || strcmp(in->zone, z->name) != 0 ||
		    !is_of_air(of, f, in))
			continue;
		(void)snprintf(label, sizeof label, "#%llu", (unsigned long long)in->id);
		chart_mark(c, CHART_INCIDENT, in->opened_ms / 1000, to_s, label);
		n++;
	}
}

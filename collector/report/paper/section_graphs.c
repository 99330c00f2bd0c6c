/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The charts of a section that files define, zonewatch-graphs(5). */
#include <stdio.h>
#include <string.h>

#include "collector/report/chart/chart.h"
#include "collector/report/figures/figures.h"
#include "collector/report/graphs/gallery.h"
#include "collector/report/paper/doc.h"
#include "collector/report/paper/section_parts.h"
#include "collector/report/paper/word.h"

/* One of them; how long its rows are stands in the caption. */
static void
put(struct doc *d, const struct gallery_chart *c)
{
	char caption[GALLERY_CAPTION + 64];

	(void)snprintf(caption, sizeof caption, "%s", c->caption);
	if (c->step_s > 0)
		(void)snprintf(caption, sizeof caption, doc_text(d, N_("%s; a value each %s")),
		    c->caption, word_duration(d, (double)c->step_s).s);
	doc_chart(d, c->id, c->chart, caption, c->share);
}

/* Those of the period, or those of more, under a heading of their own. */
static void
put_all(struct doc *d, const struct figures *f, const char *section, bool year, const char *heading)
{
	struct gallery_chart c;
	unsigned n = 0;
	char id[64];

	for (size_t i = 0; i < gallery_size(f->gallery); i++) {
		if (!gallery_chart(&c, f->gallery, i, section, doc_lang(d)))
			continue;
		if (c.year != year) {
			chart_free(c.chart);
			continue;
		}
		(void)snprintf(id, sizeof id, "%s-%s", section, year ? "year" : "course");
		if (n++ == 0 && heading != NULL)
			doc_heading(d, 2, id, heading);
		put(d, &c);
	}
}

void
section_graphs(struct doc *d, const struct figures *f, const char *section, const char *heading)
{
	put_all(d, f, section, false, heading);
	put_all(d, f, section, true, doc_text(d, N_("The last 12 months")));
}

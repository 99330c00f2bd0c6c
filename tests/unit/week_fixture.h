/* SPDX-License-Identifier: GPL-3.0-or-later */
/* week_fixture: one week of a plant, for figures whose sums are made by hand. */
#ifndef WEEK_FIXTURE_H
#define WEEK_FIXTURE_H

#include "figures_fixture.h"

#define WEEK "2026-10-05..2026-10-11"

static struct ff ff;
static int64_t from, to;

/* A plant of which nothing is known yet. */
static inline void
week_begin(const char *conf_text)
{
	ff_new(&ff, conf_text);
	from = ff_time("2026-10-05 00:00");
	to = ff_time("2026-10-12 00:00");
}

/* A series that has these values from one moment to the week's end. */
static inline void
week_fill(const char *name, unsigned step_s, const char *fields, int64_t since,
    double (*value)(unsigned field, int64_t t))
{
	struct series_def def = ff_series(&ff, name, step_s, fields, since);

	ff_fill(&def, since + step_s, to, value);
}

/* A teardown. */
static inline int
week_end(void **state)
{
	(void)state;
	ff_free(&ff);
	return 0;
}

/* What is asked of the week, of a zone or of all. */
static inline struct figures_ask
week_ask(struct period *p, const char *zone, const struct annals *annals)
{
	struct figures_ask a = ff_ask(&ff, p, WEEK, annals);

	a.zone = zone != NULL ? site_zone(ff.plant->site, zone) : NULL;
	return a;
}

#endif

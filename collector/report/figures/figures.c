/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Computes every part for the period and for the one before it. */
#include "collector/report/figures/figures.h"

#include <limits.h>
#include <stdlib.h>

#include "collector/conf.h"
#include "collector/report/figures/alarms.h"
#include "collector/report/figures/availability.h"
#include "collector/report/figures/capacity.h"
#include "collector/report/figures/changes.h"
#include "collector/report/figures/completeness.h"
#include "collector/report/figures/cooling.h"
#include "collector/report/figures/environment.h"
#include "collector/report/figures/incidents.h"
#include "collector/report/figures/links.h"
#include "collector/report/figures/power.h"
#include "zw/alloc.h"

/* Of one period. */
static int
compute(struct figures_of *of, const struct figures *f, void (*progress)(void *arg, int percent),
    void *arg, int percent, struct err *e)
{
	struct figures_ask a = {
		.plant = f->plant, .zone = f->zone, .period = &of->period, .of = of
	};
	char path[PATH_MAX];
	int done = 0;

	collector_conf_path(f->plant->conf, "history.db", path, sizeof path);
	if (annals_read(&of->annals, path, of->period.from_s * 1000, of->period.to_s * 1000, e) ==
	    -1)
		return -1;
	annals_add_windows(of->annals, f->plant->conf);
	a.annals = of->annals;
#define PART(name)                                                                                 \
	if (name##_new(&of->name, &a, e) == -1)                                                    \
		return -1;                                                                         \
	if (progress != NULL)                                                                      \
		progress(arg, percent + 4 * ++done);
	PART(completeness)
	PART(availability)
	PART(incidents)
	PART(alarms)
	PART(environment)
	PART(power)
	PART(cooling)
	PART(links)
	PART(capacity)
	PART(changes)
#undef PART
	return 0;
}

int
figures_new(struct figures **out, const struct plant *p, const struct zone *z,
    const struct period *period, void (*progress)(void *arg, int percent), void *arg, struct err *e)
{
	struct figures *f = xcalloc(1, sizeof *f);

	f->plant = p;
	f->zone = z;
	f->now.period = *period;
	f->before.period = period_before(period);
	if (compute(&f->before, f, progress, arg, 0, e) == -1 ||
	    compute(&f->now, f, progress, arg, 40, e) == -1) {
		figures_free(f);
		return -1;
	}
	*out = f;
	return 0;
}

/* One period's. */
static void
clear(struct figures_of *of)
{
	changes_free(of->changes);
	capacity_free(of->capacity);
	links_free(of->links);
	cooling_free(of->cooling);
	power_free(of->power);
	environment_free(of->environment);
	alarms_free(of->alarms);
	incidents_free(of->incidents);
	availability_free(of->availability);
	completeness_free(of->completeness);
	annals_free(of->annals);
}

void
figures_free(struct figures *f)
{
	if (f == NULL)
		return;
	clear(&f->now);
	clear(&f->before);
	free(f);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* offence: the series of a node that misbehaves. */
#include "collector/offence.h"

#include <math.h>
#include <string.h>

#include "collector/derive/derive.h"
#include "collector/site/site.h"
#include "zw/lang.h"
#include "zw/str.h"

enum {
	O_REFUSED,
	O_LIMITED,
	O_N
};

static const struct field_row rows[O_N] = {
	[O_REFUSED] = { "refused", FIELD_GAUGE, "1", 0, NAN,
	    N_("Its connections, series and records that were refused") },
	[O_LIMITED] = { "limited", FIELD_GAUGE, "%", 0, 100,
	    N_("Time in which it was not read, for it sent too much") },
};

bool
offence_is_due(const struct intake_conduct *now, const struct node *n)
{
	if (now->refused > 0 || now->limited_ms > 0)
		return true;
	for (size_t i = 0; i < n->nseries; i++)
		if (n->series[i]->about)
			return true;
	return false;
}

void
offence_def(struct series_def *def, const struct node *n)
{
	*def = (struct series_def){ .step_s = DERIVE_STEP, .nfields = O_N };
	(void)str_copy(def->node, sizeof def->node, n->name);
	(void)str_copy(def->source, sizeof def->source, SITE_CONDUCT);
	for (unsigned i = 0; i < O_N; i++)
		field_from_row(&def->fields[i], &rows[i]);
}

void
offence_values(const struct intake_conduct *before, const struct intake_conduct *after,
    double values[METRIC_MAX_FIELDS])
{
	double limited_ms = (double)(after->limited_ms - before->limited_ms);

	values[O_REFUSED] = (double)(after->refused - before->refused);
	values[O_LIMITED] = fmin(100, limited_ms / (10.0 * DERIVE_STEP));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collector/report/figures/power.h"

#include <stdlib.h>

#include "zw/alloc.h"

int
power_new(struct power **out, const struct figures_ask *a, struct err *e)
{
	(void)e;
	*out = xcalloc(1, sizeof **out);
	(*out)->from_s = a->period->from_s;
	(*out)->to_s = a->period->to_s;
	return 0;
}

void
power_free(struct power *v)
{
	free(v);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows are patterns: a field holds a quantity if any row of that name fits all of its node, source,
 * instance and name. */
#include "collector/site/measure.h"

#include <string.h>

#include "collector/conf.h"
#include "collector/site/site.h"
#include "zw/str.h"

/* Whether the row is for all nodes, or for this one. */
static bool
is_of_node(const struct conf_measure *m, const struct node *n)
{
	for (size_t i = 0; i < m->nodes.n; i++)
		if (str_covers(m->nodes.v[i], n->name))
			return true;
	return m->nodes.n == 0;
}

bool
measure_covers(const struct conf_measure *m, const struct series *se, unsigned field)
{
	return m->source != NULL && str_covers(m->source, se->source) &&
	       (m->instance == NULL || str_covers(m->instance, se->instance)) && m->field != NULL &&
	       str_covers(m->field, se->fields[field].name) && is_of_node(m, se->node);
}

bool
measure_holds(
    const struct conf_collector *conf, const char *name, const struct series *se, unsigned field)
{
	const struct conf_measure *rows = conf->measures.v;

	for (size_t i = 0; name != NULL && i < conf->measures.n; i++)
		if (rows[i].name != NULL && strcmp(rows[i].name, name) == 0 &&
		    measure_covers(&rows[i], se, field))
			return true;
	return false;
}

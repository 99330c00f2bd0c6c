/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metric: descriptions of series and their checks. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "zw/err.h"
#include "zw/metric.h"

#define METRIC_MAX_STEP 86400 /* s */

/* A kind's word. */
const char *
field_kind_name(enum field_kind kind)
{
	static const char *const names[] = { "gauge", "counter", "state" };

	return (unsigned)kind < sizeof names / sizeof names[0] ? names[kind] : NULL;
}

/* Copy a row of our own tables. */
void
field_from_row(struct field *f, const struct field_row *row)
{
	int cut = 0;

	*f = (struct field){ .kind = row->kind, .min = row->min, .max = row->max };
	cut |= str_copy(f->name, sizeof f->name, row->name);
	cut |= str_copy(f->unit, sizeof f->unit, row->unit);
	cut |= str_copy(f->label, sizeof f->label, row->help);
	assert(cut == 0);
}

/* What is wrong with one field, beside its name being taken. */
static int
field_check(const struct field *f, struct err *e)
{
	if (!str_is_name(f->name, NAME_MAX_FIELD) || strchr(f->name, '.') != NULL)
		return err_set(e, "a field's name is not one that an RRD can have");
	if (field_kind_name(f->kind) == NULL)
		return err_set(e, "field %s has an unknown kind", f->name);
	if (isinf(f->min) || isinf(f->max) || f->min >= f->max)
		return err_set(e, "field %s has an impossible range", f->name);
	if (!str_is_text(f->unit, strlen(f->unit)) || !str_is_text(f->label, strlen(f->label)))
		return err_set(e, "field %s has a unit or label that is no text", f->name);
	return 0;
}

/* What is wrong with a definition. */
int
series_def_check(const struct series_def *def, struct err *e)
{
	if (def->node[0] != '\0' && !str_is_name(def->node, NAME_MAX_NODE))
		return err_set(e, "the node's name is no name");
	if (!str_is_name(def->source, NAME_MAX_SOURCE) || strchr(def->source, '-') != NULL)
		return err_set(e, "the source's name is no name");
	if (def->instance[0] != '\0' && !str_is_name(def->instance, NAME_MAX_NODE))
		return err_set(e, "the instance's name is no name");
	if (def->step_s < 1 || def->step_s > METRIC_MAX_STEP)
		return err_set(e, "the step is not 1 to %d seconds", METRIC_MAX_STEP);
	if (def->nfields < 1 || def->nfields > METRIC_MAX_FIELDS)
		return err_set(e, "the number of fields is not 1 to %d", METRIC_MAX_FIELDS);
	for (unsigned i = 0; i < def->nfields; i++) {
		if (field_check(&def->fields[i], e) == -1)
			return -1;
		for (unsigned j = 0; j < i; j++)
			if (strcmp(def->fields[i].name, def->fields[j].name) == 0)
				return err_set(e, "field %s is there twice", def->fields[i].name);
	}
	if (!metric_states_check(def->states, def->nfields))
		return err_set(e, "the meaning of its states is malformed");
	return 0;
}

/* A series' name under its node. A source has no '-', so that the name can be taken apart. */
void
series_name(char dst[NAME_MAX_SOURCE + NAME_MAX_NODE + 2], const char *source, const char *instance)
{
	(void)snprintf(dst, NAME_MAX_SOURCE + NAME_MAX_NODE + 2, "%s%s%s", source,
	    instance[0] != '\0' ? "-" : "", instance);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* values: a line for each value: whose it is, what it is now, what the device said, and under which
 * OID. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/gateway/tool/values.h"
#include "zw/metric.h"
#include "zw/table.h"
#include "zw/units.h"

/* A text of the object. */
static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s != NULL ? s : "";
}

/* The value for people: its state's words, or the number with its unit. */
static void
cell_value(struct table *tab, const json_t *v)
{
	char text[UNITS_MAX + 64];
	const json_t *number = json_object_get(v, "value");
	const char *state = text_of(v, "state");
	const char *status = text_of(v, "status");
	enum term_color color = term_of_state(text_of(v, "severity"));

	if (state[0] != '\0') {
		snprintf(text, sizeof text, "%s", state);
	} else if (json_is_number(number)) {
		units_format(text, sizeof text, json_number_value(number), text_of(v, "unit"));
	} else {
		snprintf(text, sizeof text, "(%s)", status);
		color = TERM_GREY;
	}
	if (strcmp(status, "implausible") == 0)
		color = TERM_MAGENTA;
	table_color(tab, color, text);
}

/* "source-instance", with the child before it. */
static void
cell_series(struct table *tab, const json_t *v)
{
	char name[NAME_MAX_SOURCE + NAME_MAX_NODE + 2];
	const char *child = text_of(v, "child");

	series_name(name, text_of(v, "source"), text_of(v, "instance"));
	if (child[0] != '\0')
		table_cellf(tab, ".%s/%s", child, name);
	else
		table_cell(tab, name);
}

/* How the raw number became the value: "x 0.1 - 5"; nothing where it is taken as it is. */
static void
cell_scale(struct table *tab, const json_t *v)
{
	const json_t *s = json_object_get(v, "scale"), *o = json_object_get(v, "offset");
	double scale = json_is_number(s) ? json_number_value(s) : 1;
	double offset = json_is_number(o) ? json_number_value(o) : 0;
	char text[64] = "";
	size_t n = 0;

	if (scale != 1)
		n = (size_t)snprintf(text, sizeof text, "x %.7g", scale);
	if (offset != 0)
		snprintf(text + n, sizeof text - n, "%s%c %.7g", n > 0 ? " " : "",
		    offset < 0 ? '-' : '+', fabs(offset));
	table_cell(tab, text);
}

/* One value. */
static void
print_value(struct table *tab, const json_t *v, bool ages)
{
	char age[UNITS_MAX] = "";
	const json_t *a = json_object_get(v, "age_s");

	cell_series(tab, v);
	table_cell(tab, text_of(v, "field"));
	cell_value(tab, v);
	table_cell(tab, text_of(v, "status"));
	table_color(tab, term_of_state(text_of(v, "severity")), text_of(v, "severity"));
	table_cell(tab, text_of(v, "raw"));
	cell_scale(tab, v);
	if (json_is_number(a))
		units_duration(age, sizeof age, (int64_t)(json_number_value(a) * 1000));
	if (ages)
		table_cell(tab, age);
	table_cell(tab, text_of(v, "title"));
	table_cell(tab, text_of(v, "oid"));
}

/* Print them. */
void
values_print(const struct json_t *values, bool ages, bool colour)
{
	static const char *const aged[] = { "series", "field", ">value", "status", "severity",
		">raw", "scale", ">age", "title", "OID", NULL };
	static const char *const once[] = { "series", "field", ">value", "status", "severity",
		">raw", "scale", "title", "OID", NULL };
	struct table *tab = table_new(ages ? aged : once);
	size_t i;
	json_t *v;

	json_array_foreach(values, i, v)
	{
		print_value(tab, v, ages);
	}
	table_print(tab, stdout, colour, "There are no values.");
	table_free(tab);
}

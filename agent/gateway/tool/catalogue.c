/* SPDX-License-Identifier: GPL-3.0-or-later */
/* catalogue: the profiles there are, and what one of them says. */
#include <jansson.h>
#include <stdio.h>

#include "agent/gateway/tool/tool.h"
#include "zw/table.h"
#include "zw/units.h"

/* One row of the table, or one object of the list. */
static void
add(json_t *list, const char *group, bool table, const struct conf_field *f, int64_t interval_ms)
{
	char every[32];

	str_from_duration(every, sizeof every, interval_ms);
	json_array_append_new(list,
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:b}", "source", group, "field", f->name, "kind",
		f->kind, "unit", f->unit, "oid", f->oid, "interval", every, "table", (int)table));
}

/* All fields of a profile. */
static json_t *
list_fields(const struct conf_profile *c)
{
	json_t *list = json_array();
	const struct conf_scalars *s = c->scalars.v;
	const struct conf_rowset *r = c->tables.v;

	for (size_t i = 0; i < c->scalars.n; i++)
		for (size_t j = 0; j < s[i].fields.n; j++)
			add(list, s[i].source, false, (const struct conf_field *)s[i].fields.v + j,
			    s[i].interval);
	for (size_t i = 0; i < c->tables.n; i++)
		for (size_t j = 0; j < r[i].fields.n; j++)
			add(list, r[i].source, true, (const struct conf_field *)r[i].fields.v + j,
			    r[i].interval);
	return list;
}

/* What a device must be or answer to match. */
static json_t *
list_matches(const struct conf_profile *c)
{
	json_t *list = json_array();
	const struct conf_condition *m = c->match.v;

	for (size_t i = 0; i < c->match.n; i++) {
		json_t *probes = json_array();
		for (size_t j = 0; j < m[i].probe.n; j++)
			json_array_append_new(probes, json_string(m[i].probe.v[j]));
		json_array_append_new(list,
		    json_pack("{s:s?,s:o}", "sysobjectid", m[i].sysobjectid, "probe", probes));
	}
	return list;
}

/* A profile as an object. */
static json_t *
describe(const struct profile *p)
{
	const struct conf_profile *c = profile_conf(p);

	return json_pack("{s:s,s:s,s:o,s:i,s:o}", "name", profile_name(p), "title",
	    profile_title(p), "match", list_matches(c), "traps", (int)c->traps.n, "fields",
	    list_fields(c));
}

/* A text of an object. */
static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s != NULL ? s : "";
}

/* One profile for people. */
static void
print_one(const struct tool *t, const json_t *j)
{
	static const char *const heads[] = { "source", "field", "kind", "unit", ">every", "OID",
		NULL };
	struct table *tab = table_new(heads);
	size_t i, k;
	json_t *m, *o;

	printf("%s: %s\n", text_of(j, "name"), text_of(j, "title"));
	json_array_foreach(json_object_get(j, "match"), i, m)
	{
		printf("  matches%s%s", text_of(m, "sysobjectid")[0] != '\0' ? " sysObjectID " : "",
		    text_of(m, "sysobjectid"));
		json_array_foreach(json_object_get(m, "probe"), k, o)
		{
			printf(" with %s", json_string_value(o));
		}
		putchar('\n');
	}
	printf("  %lld traps\n\n", (long long)json_integer_value(json_object_get(j, "traps")));
	json_array_foreach(json_object_get(j, "fields"), i, o)
	{
		table_cellf(tab, "%s%s", text_of(o, "source"),
		    json_is_true(json_object_get(o, "table")) ? " (table)" : "");
		table_cell(tab, text_of(o, "field"));
		table_cell(tab, text_of(o, "kind"));
		table_cell(tab, text_of(o, "unit"));
		table_cell(tab, text_of(o, "interval"));
		table_cell(tab, text_of(o, "oid"));
	}
	table_print(tab, stdout, t->colour, "It measures nothing.");
	table_free(tab);
}

/* All profiles for people. */
static void
print_all(const struct tool *t, const json_t *list)
{
	static const char *const heads[] = { "profile", ">fields", ">traps", "devices", NULL };
	struct table *tab = table_new(heads);
	size_t i;
	json_t *j;

	json_array_foreach(list, i, j)
	{
		table_cell(tab, text_of(j, "name"));
		table_cellf(tab, "%zu", json_array_size(json_object_get(j, "fields")));
		table_cellf(
		    tab, "%lld", (long long)json_integer_value(json_object_get(j, "traps")));
		table_cell(tab, text_of(j, "title"));
	}
	table_print(tab, stdout, t->colour, "There are no profiles; give --profiles DIR.");
	table_free(tab);
}

/* There is none of this name. */
static void
complain_unknown(const struct profiles *all, const char *name)
{
	const char *names[512];
	size_t n = 0;

	while (n < profiles_count(all) && n < sizeof names / sizeof names[0]) {
		names[n] = profile_name(profiles_at(all, n));
		n++;
	}
	const char *near = conf_nearest(name, names, n);
	tool_complain("there is no profile \"%s\" among %zu%s%s%s", name, profiles_count(all),
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

/* profiles [NAME] */
int
catalogue_run(struct tool *t)
{
	struct profiles *all = tool_profiles(t);
	json_t *j = NULL;

	if (all == NULL)
		return TOOL_FAILED;
	if (t->nargs > 0) {
		const struct profile *p = profiles_named(all, t->args[0]);
		if (p != NULL)
			j = describe(p);
		else
			complain_unknown(all, t->args[0]);
	} else {
		j = json_array();
		for (size_t i = 0; i < profiles_count(all); i++)
			json_array_append_new(j, describe(profiles_at(all, i)));
	}
	if (j != NULL && t->json) {
		json_dumpf(j, stdout, JSON_INDENT(1));
		putchar('\n');
	} else if (j != NULL && t->nargs > 0) {
		print_one(t, j);
	} else if (j != NULL) {
		print_all(t, j);
	}
	int rc = j != NULL ? TOOL_OK : TOOL_FAILED;
	json_decref(j);
	profiles_free(all);
	return rc;
}

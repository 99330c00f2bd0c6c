/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file is read by a table of the configuration's own rows, reduced to those lists, of which
 * none need be given. Elements are moved from one configuration to the other, so that each is freed
 * by the one that has it in the end. */
#include "collector/report/proposal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "collector/alert/rule.h"
#include "collector/conf.h"
#include "zw/alloc.h"

static const char *const lists[] = { "rules", "limits", "measures", "recipients" };
#define LISTS (sizeof lists / sizeof *lists)

/* What a kind of rule has to say of its own keys. */
static void
check(void *conf, struct conf_errors *ce)
{
	const struct conf_collector *c = conf;
	const struct conf_rule *r = c->rules.v;

	for (size_t i = 0; i < c->rules.n; i++) {
		const struct rule_kind *kind = rule_kind(r[i].kind);
		if (kind == NULL)
			continue;
		if (kind->needs_field && !kind->states && (r[i].source == NULL || !r[i].field))
			conf_complain(ce, &r[i], r[i].source == NULL ? "source" : "field",
			    "must be given with kind = \"%s\"", kind->name);
		if (kind->check != NULL && r[i].variant != NULL)
			kind->check(r[i].variant, &r[i], ce);
	}
}

/* Fill keys with the rows of those lists; returns how many. */
static size_t
choose_keys(struct conf_key *keys)
{
	size_t n = 0;

	for (size_t i = 0; i < collector_conf_table.nkeys; i++)
		for (size_t k = 0; k < LISTS; k++)
			if (strcmp(collector_conf_table.keys[i].name, lists[k]) == 0) {
				keys[n] = collector_conf_table.keys[i];
				keys[n++].min = 0;
			}
	return n;
}

/* Swap two elements. */
static void
swap(void *a, void *b, size_t size)
{
	void *c = xmemdup(a, size);

	memcpy(a, b, size);
	memcpy(b, c, size);
	free(c);
}

/* Move all elements behind those of the other list. */
static void
append(struct conf_list *into, struct conf_list *from, size_t size)
{
	if (from->n == 0)
		return;
	into->v = xreallocarray(into->v, into->n + from->n, size);
	memcpy((char *)into->v + into->n * size, from->v, from->n * size);
	into->n += from->n;
	free(from->v);
	*from = (struct conf_list){ 0 };
}

/* Rules: one that replaces another changes places with it, and that one goes with the file. */
static void
merge_rules(struct conf_list *into, struct conf_list *from)
{
	struct conf_rule *old = into->v, *r = from->v;
	struct conf_list kept = { .v = xcalloc(from->n + 1, sizeof *r) };
	struct conf_list fresh = { .v = xcalloc(from->n + 1, sizeof *r) };

	for (size_t i = 0; i < from->n; i++) {
		size_t k = 0;
		while (k < into->n && strcmp(old[k].name, r[i].name) != 0)
			k++;
		if (k < into->n)
			swap(&old[k], &r[i], sizeof *r);
		struct conf_list *to = k < into->n ? &kept : &fresh;
		((struct conf_rule *)to->v)[to->n++] = r[i];
	}
	free(from->v);
	*from = kept;
	append(into, &fresh, sizeof *r);
	free(fresh.v);
}

/* Change places with the other list, if that has any. */
static void
replace(struct conf_list *into, struct conf_list *from)
{
	if (from->n > 0)
		swap(into, from, sizeof *into);
}

/* Whether the configuration has all zones that the rules name; complains of those that it has not.
 */
static bool
check_zones(const struct conf_collector *conf, const struct conf_collector *file, const char *path,
    FILE *errors)
{
	const struct conf_rule *r = file->rules.v;
	const struct conf_zone *z = conf->zones.v;
	bool right = true;

	for (size_t i = 0; i < file->rules.n; i++) {
		for (size_t k = 0; k < r[i].zones.n; k++) {
			bool found = strcmp(r[i].zones.v[k], "site") == 0;
			for (size_t j = 0; j < conf->zones.n && !found; j++)
				found = strcmp(z[j].name, r[i].zones.v[k]) == 0;
			if (!found)
				fprintf(errors, "%s: rules[%s].zones: there is no zone \"%s\"\n",
				    path, r[i].name, r[i].zones.v[k]);
			right = right && found;
		}
	}
	return right;
}

int
proposal_apply(struct conf_collector *conf, const char *path, FILE *errors)
{
	struct conf_key keys[LISTS];
	struct conf_table table = collector_conf_table;
	void *out = NULL;
	unsigned n = 0;

	table.keys = keys;
	table.nkeys = choose_keys(keys);
	table.parts = NULL;
	table.examples = NULL;
	if (conf_load(&table, path, &out, check, errors, &n) == -1)
		return -1;
	struct conf_collector *file = out;
	bool right = check_zones(conf, file, path, errors);
	if (right) {
		merge_rules(&conf->rules, &file->rules);
		append(&conf->limits, &file->limits, sizeof(struct conf_limit));
		replace(&conf->measures, &file->measures);
		replace(&conf->recipients, &file->recipients);
		collector_conf_fill(conf);
	}
	conf_free(&table, file);
	return right ? 0 : -1;
}

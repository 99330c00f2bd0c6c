/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of rule kinds, made from the list in rule.h. */

#include <string.h>

#include "collector/alert/rule.h"

#define RULE_ENTRY(name) &rule_kind_##name,
const struct rule_kind *const rule_kinds[] = { RULE_KINDS(RULE_ENTRY) NULL };
#undef RULE_ENTRY

/* A kind by its name. */
const struct rule_kind *
rule_kind(const char *name)
{
	for (size_t i = 0; name != NULL && rule_kinds[i] != NULL; i++) {
		if (strcmp(rule_kinds[i]->name, name) == 0)
			return rule_kinds[i];
	}
	return NULL;
}

/* The keys of a kind, for the configuration. */
const struct conf_table *
rule_kind_table(const char *name)
{
	const struct rule_kind *kind = rule_kind(name);
	return kind != NULL ? kind->table : NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which series a node of a simulated past has: history.def, looked through for its name or kind. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/history.h"
#include "zw/str.h"

/* The number of a port of the switch: "GE0-0-7" is that of link-07. */
int
history_port(const char *instance)
{
	const char *dash = strrchr(instance, '-');
	int64_t port = 0;

	if (dash == NULL || str_to_i64(dash + 1, 1, 99, &port) == -1)
		return 0;
	return (int)port;
}

/* A row of history.def: a series (nodes is not NULL), or a field of the one before. */
struct row {
	const char *nodes;
	const char *source;
	const char *instance;
	uint32_t step_s;
	const char *states;
	struct field_row field;
};

#define SERIES(nodes_, source_, instance_, step_, states_)                                         \
	{ nodes_, source_, instance_, step_, states_, { NULL, FIELD_GAUGE, NULL, 0, 0, NULL } },
#define FIELD(name_, kind_, unit_, min_, max_, help_)                                              \
	{ NULL, NULL, NULL, 0, NULL, { name_, kind_, unit_, min_, max_, help_ } },
static const struct row rows[] = {
#include "tests/sim/history.def"
};
#undef SERIES
#undef FIELD
#define NROWS (sizeof rows / sizeof rows[0])

/* Whether a list of words has this one. */
static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = strstr(list, word); p != NULL; p = strstr(p + 1, word))
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

/* Whether a row is for a node. */
static bool
is_for(const struct row *r, const struct history_node *n)
{
	static const char *const kinds[] = { "@server", "@agent", "@gateway", "@link", "@device" };

	if (n->kind == HISTORY_SUMMARY)
		return has_word(r->nodes, strncmp(n->name, "zone.", 5) == 0 ? "@zone" : n->name);
	return has_word(r->nodes, n->kind == HISTORY_DEVICE ? n->name : kinds[n->kind]);
}

/* Whether a port of the switch has no link behind it on this site. */
static bool
is_idle(const struct era *h, const struct row *r)
{
	char link[32];

	if (strcmp(r->source, "interface") != 0)
		return false;
	(void)snprintf(link, sizeof link, "link-%02d", history_port(r->instance));
	return history_find(h, link) == h->nnodes;
}

/* The definition that begins at a row. */
static void
define(const struct era *h, const struct history_node *n, size_t at, struct series_def *def)
{
	const struct row *r = &rows[at];

	*def = (struct series_def){ .step_s = r->step_s != 0 ? r->step_s : h->o.step_s };
	(void)str_copy(def->node, sizeof def->node, n->name);
	(void)str_copy(def->source, sizeof def->source, r->source);
	(void)str_copy(def->instance, sizeof def->instance, r->instance);
	(void)str_copy(def->states, sizeof def->states, r->states);
	for (size_t i = at + 1; i < NROWS && rows[i].nodes == NULL; i++)
		field_from_row(&def->fields[def->nfields++], &rows[i].field);
}

/* All of a node. */
void
history_shapes(const struct era *h, size_t node,
    int (*each)(void *arg, const struct series_def *def, struct err *e), void *arg, int *rc,
    struct err *e)
{
	struct series_def def;

	for (size_t i = 0; i < NROWS && *rc == 0; i++) {
		if (rows[i].nodes == NULL || !is_for(&rows[i], &h->nodes[node]) ||
		    is_idle(h, &rows[i]))
			continue;
		define(h, &h->nodes[node], i, &def);
		*rc = each(arg, &def, e);
	}
}

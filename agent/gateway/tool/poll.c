/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poll: everything that the profiles make of a device, or of a recording, right now and without the
 * gateway: how a profile is tried. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/describe.h"
#include "agent/gateway/tool/session.h"
#include "agent/gateway/tool/values.h"
#include "zw/alloc.h"

#define MAX_PROFILES 32

/* A poll on its way. */
struct poll {
	struct tool *t;
	struct session *s; /* NULL: of a recording */
	struct profiles *all;
	const struct profile *matching[MAX_PROFILES];
	size_t n;
	struct walk *identity;
	struct walk *walk;
	struct rows *rows;
	struct oid *oids; /* of the slots */
};

/* The value under sysDescr or sysObjectID, or NULL. */
static const struct varbind *
system_value(const struct walk *w, uint32_t last)
{
	const uint32_t id[] = { 1, 3, 6, 1, 2, 1, 1, last, 0 };
	return walk_find(w, (struct oid){ id, sizeof id / sizeof id[0] });
}

/* What the agent answers to all probes; a recording has it already. */
static bool
identify(struct poll *p)
{
	static const uint32_t descr[] = { 1, 3, 6, 1, 2, 1, 1, 1 };
	static const uint32_t object[] = { 1, 3, 6, 1, 2, 1, 1, 2 };
	const struct oid *probes;

	if (p->s == NULL)
		return true;
	size_t n = profiles_probes(p->all, &probes);
	struct oid *roots = xcalloc(n + 2, sizeof *roots);
	roots[0] = (struct oid){ descr, sizeof descr / sizeof descr[0] };
	roots[1] = (struct oid){ object, sizeof object / sizeof object[0] };
	memcpy(roots + 2, probes, n * sizeof *probes);
	bool ok = session_first(p->s, roots, n + 2, p->identity);
	free(roots);
	return ok;
}

/* Finds the profiles. */
static void
match(struct poll *p)
{
	const struct varbind *v = system_value(p->identity, 2);
	struct oid id = { 0 };

	if (v != NULL && v->type == VARBIND_OID)
		id = v->oid_value;
	p->n = profiles_match(p->all, id, p->identity, p->matching, MAX_PROFILES);
}

/* Takes an answer. */
static void
on_got(void *arg, size_t i, const struct varbind *v)
{
	struct poll *p = arg;
	rows_take(rows_slot(p->rows, i), v);
}

/* Asks for the values, or takes them from the recording. */
static bool
fetch_values(struct poll *p)
{
	size_t n = rows_nslots(p->rows);

	p->oids = xcalloc(n + 1, sizeof *p->oids);
	for (size_t i = 0; i < n; i++)
		p->oids[i] = rows_slot(p->rows, i)->oid;
	if (p->s != NULL)
		return n == 0 || session_get(p->s, p->oids, n, on_got, p);
	for (size_t i = 0; i < n; i++) {
		const struct varbind *v = walk_find(p->walk, p->oids[i]);
		if (v != NULL)
			on_got(p, i, v);
	}
	return true;
}

/* Walks what the profiles want, and asks. */
static bool
poll_rows(struct poll *p)
{
	const struct rows_opts none = { NULL, NULL };

	if (p->s != NULL) {
		struct oid *wanted;
		size_t n = rows_wanted(p->matching, p->n, &wanted);
		bool ok = n == 0 || session_walk(p->s, wanted, n, p->walk);
		free(wanted);
		if (!ok)
			return false;
	}
	p->rows = rows_new(p->matching, p->n, p->walk, &none);
	return fetch_values(p);
}

/* Prints what there is. */
static void
print(const struct poll *p)
{
	json_t *values = describe_rows(p->rows, NULL, NULL);
	const struct varbind *v = system_value(p->identity, 1);
	char descr[256] = "";
	json_t *names = json_array();

	if (v != NULL)
		varbind_format(descr, sizeof descr, v);
	for (size_t i = 0; i < p->n; i++)
		json_array_append_new(names, json_string(profile_name(p->matching[i])));
	if (p->t->json) {
		json_t *j = json_pack("{s:O,s:O}", "profiles", names, "values", values);
		json_dumpf(j, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(j);
	} else {
		printf("%s\n", descr);
		for (size_t i = 0; i < p->n; i++)
			printf("  profile %s: %s\n", profile_name(p->matching[i]),
			    profile_title(p->matching[i]));
		putchar('\n');
		values_print(values, p->t->colour);
	}
	json_decref(names);
	json_decref(values);
}

/* poll ADDRESS|DEVICE, or poll --file RECORDING */
int
poll_run(struct tool *t)
{
	struct session s = { 0 };
	struct err e;
	size_t bad = 0;
	struct poll p = { .t = t, .identity = walk_new(), .walk = walk_new() };
	bool ok = false;

	if ((t->file != NULL) == (t->nargs > 0)) {
		tool_complain("poll wants an address, the name of a device, or --file RECORDING");
	} else if (t->file != NULL) {
		ok = walk_read(p.identity, t->file, &bad, &e) == 0 &&
		     walk_read(p.walk, t->file, &bad, &e) == 0;
		if (!ok)
			tool_complain("%s", e.msg);
	} else if (session_open(&s, t, t->args[0]) == 0) {
		p.s = &s;
		ok = true;
	}
	if (ok) {
		p.all = tool_profiles(t);
		ok = identify(&p);
		match(&p);
		ok = ok && poll_rows(&p);
		if (ok)
			print(&p);
		else
			tool_complain("%s: %s%s%s", t->args[0], snmpio_status_text(s.result.status),
			    s.reason[0] != '\0' ? ": " : "", s.reason);
		if (p.s != NULL)
			session_close(&s);
	}
	rows_free(p.rows);
	walk_free(p.walk);
	walk_free(p.identity);
	profiles_free(p.all);
	free(p.oids);
	return ok ? TOOL_OK : TOOL_FAILED;
}

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
#include "zw/term.h"

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
	for (size_t i = 0; i < n; i++)
		roots[i + 2] = probes[i];
	bool ok = session_first(p->s, roots, n + 2, p->identity);
	free(roots);
	return ok;
}

/* Whether the configuration takes the profile off this device. */
static bool
is_without(const struct conf_device *d, const char *name)
{
	for (size_t i = 0; d != NULL && i < d->without.n; i++)
		if (strcmp(d->without.v[i], name) == 0)
			return true;
	return false;
}

/* Finds the profiles: those that match, or those that the configuration names. */
static void
match(struct poll *p)
{
	const struct conf_device *d = p->s != NULL ? p->s->device : NULL;
	const struct varbind *v = system_value(p->identity, 2);
	const struct profile *found[MAX_PROFILES];
	struct oid id = { 0 };
	size_t n = 0;

	if (v != NULL && v->type == VARBIND_OID)
		id = v->oid_value;
	if (d == NULL || d->profiles.n == 0)
		n = profiles_match(p->all, id, p->identity, found, MAX_PROFILES);
	for (size_t i = 0; d != NULL && i < d->profiles.n && n < MAX_PROFILES; i++) {
		found[n] = profiles_named(p->all, d->profiles.v[i]);
		if (found[n] != NULL)
			n++;
		else
			tool_complain("there is no profile \"%s\", which %s has by %s",
			    d->profiles.v[i], d->node, p->t->conf_path);
	}
	for (size_t i = 0; i < n; i++)
		if (!is_without(d, profile_name(found[i])))
			p->matching[p->n++] = found[i];
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
	const struct conf_device *d = p->s != NULL ? p->s->device : NULL;
	const struct rows_opts o = { d != NULL ? &d->overrides : NULL,
		d != NULL ? &d->children : NULL };

	if (p->s != NULL) {
		struct oid *wanted;
		size_t n = rows_wanted(p->matching, p->n, &wanted);
		bool ok = n == 0 || session_walk(p->s, wanted, n, p->walk);
		free(wanted);
		if (!ok)
			return false;
	}
	p->rows = rows_new(p->matching, p->n, p->walk, &o);
	return fetch_values(p);
}

/* As JSON. */
static void
print_json(const struct poll *p, const char *descr, const char *object, json_t *values)
{
	json_t *names = json_array();

	for (size_t i = 0; i < p->n; i++)
		json_array_append_new(names, json_string(profile_name(p->matching[i])));
	json_t *j = json_pack("{s:o,s:s,s:o,s:O}", "descr", describe_text(descr), "sysobjectid",
	    object, "profiles", names, "values", values);
	json_dumpf(j, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(j);
}

/* For people. */
static void
print_table(const struct poll *p, const char *descr, const char *object, const json_t *values)
{
	term_print(stdout, false, TERM_PLAIN, descr);
	printf("\nsysObjectID %s\n", object[0] != '\0' ? object : "(none)");
	for (size_t i = 0; i < p->n; i++)
		printf("  profile %s: %s\n", profile_name(p->matching[i]),
		    profile_title(p->matching[i]));
	if (p->n == 0)
		printf("No profile matches it. Write one: zonewatchctl snmp walk ... "
		       "--profile-draft, and zonewatch-profile(5).\n");
	putchar('\n');
	if (p->n > 0)
		values_print(values, false, p->t->colour);
}

/* Prints what there is. */
static void
print(const struct poll *p)
{
	json_t *values = describe_rows(p->rows, NULL, NULL);
	const struct varbind *d = system_value(p->identity, 1), *o = system_value(p->identity, 2);
	char descr[256] = "", object[OID_MAX_TEXT] = "";

	if (d != NULL)
		varbind_format(descr, sizeof descr, d);
	if (o != NULL)
		varbind_format(object, sizeof object, o);
	if (p->t->json)
		print_json(p, descr, object, values);
	else
		print_table(p, descr, object, values);
	json_decref(values);
}

/* All of it, from an agent or a recording that is open. */
static bool
poll_all(struct poll *p)
{
	p->all = tool_profiles(p->t);
	if (p->all == NULL)
		return false;
	bool ok = identify(p);
	if (ok) {
		match(p);
		ok = poll_rows(p);
	}
	if (ok)
		print(p);
	else
		session_complain(p->s, p->t->args[0]);
	return ok;
}

/* Reads the recording, which is both walks. */
static bool
read_recording(struct poll *p)
{
	struct err e;
	size_t bad = 0;

	walk_free(p->identity);
	p->identity = p->walk;
	if (walk_read(p->walk, p->t->file, &bad, &e) == -1) {
		tool_complain("%s", e.msg);
		return false;
	}
	if (bad > 0)
		tool_complain("%s: %zu lines are no objects, and are passed over", p->t->file, bad);
	return true;
}

/* poll ADDRESS|DEVICE, or poll --file RECORDING */
int
poll_run(struct tool *t)
{
	struct session s = { 0 };
	struct poll p = { .t = t, .identity = walk_new(), .walk = walk_new() };
	bool ok = false;

	if (t->file != NULL) {
		ok = read_recording(&p) && poll_all(&p);
	} else if (session_open(&s, t, t->args[0]) == 0) {
		p.s = &s;
		ok = poll_all(&p);
		session_close(&s);
	}
	rows_free(p.rows);
	if (p.identity != p.walk)
		walk_free(p.identity);
	walk_free(p.walk);
	profiles_free(p.all);
	free(p.oids);
	return ok ? TOOL_OK : TOOL_FAILED;
}

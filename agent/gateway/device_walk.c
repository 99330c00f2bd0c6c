/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device_walk: who a device is and what it has. Its sysObjectID and the first object under each of
 * the profiles' probes tell which profiles match; a walk of their columns tells which rows there
 * are. It is walked anew now and then, after a restart, and when an answer does not fit its rows.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/device_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"

static const uint32_t sysdescr[] = { 1, 3, 6, 1, 2, 1, 1, 1 };
static const uint32_t sysobjectid[] = { 1, 3, 6, 1, 2, 1, 1, 2 };

#define VIEW(a)                                                                                    \
	{                                                                                          \
		.id = (a), .n = sizeof(a) / sizeof(a)[0]                                           \
	}

/* Free what leads to the collector; the series stay defined. */
void
device_outlets_free(struct device *d)
{
	for (size_t i = 0; d->rows != NULL && i < rows_count(d->rows); i++)
		free(d->outlets[i].tallies);
	free(d->outlets);
	d->outlets = NULL;
}

/* The row of the old rows that is the same series, or -1. They are mostly at the same place. */
static long
old_row(const struct rows *old, const struct row *row, size_t at)
{
	size_t n = old != NULL ? rows_count(old) : 0;

	for (size_t k = 0; k < n; k++) {
		size_t i = (at + k) % n;
		const struct row *o = rows_at(old, i);
		if (strcmp(o->def.source, row->def.source) == 0 &&
		    strcmp(o->def.instance, row->def.instance) == 0 &&
		    strcmp(o->child, row->child) == 0)
			return (long)i;
	}
	return -1;
}

/* Whether two rows are defined alike, so that the series' id and its counters go on. */
static bool
same_shape(const struct row *a, const struct row *b)
{
	return a->def.step_s == b->def.step_s && a->def.nfields == b->def.nfields &&
	       memcmp(a->def.fields, b->def.fields, a->def.nfields * sizeof a->def.fields[0]) ==
		   0 &&
	       strcmp(a->def.states, b->def.states) == 0;
}

/* Take over what was walked. */
void
device_adopt(struct device *d)
{
	struct rows *fresh = d->fresh;
	size_t n = rows_count(fresh);
	struct outlet *outlets = xcalloc(n > 0 ? n : 1, sizeof *outlets);

	d->fresh = NULL;
	for (size_t i = 0; i < n; i++) {
		const struct row *row = rows_at(fresh, i);
		long old = old_row(d->rows, row, i);
		if (old == -1)
			continue;
		outlets[i].stamp_s = d->outlets[old].stamp_s;
		if (!same_shape(rows_at(d->rows, (size_t)old), row))
			continue;
		outlets[i] = d->outlets[old];
		d->outlets[old].tallies = NULL;
	}
	device_outlets_free(d);
	rows_free(d->rows);
	d->rows = fresh;
	d->outlets = outlets;
	d->stage = DEVICE_POLLING;
	device_schedule(d);
}

/* What was walked becomes rows; the walk is not needed any more. */
static void
walked(void *arg, const struct fetch_result *r)
{
	struct device *d = arg;
	const struct rows_opts o = { &d->conf->overrides, &d->conf->children };

	d->walking = NULL;
	if (r->status != SNMPIO_OK) {
		/* Half a walk would make rows without names; the old rows stay. */
		device_trouble(d, r);
		walk_free(d->walk);
		d->walk = NULL;
		return;
	}
	device_answered(d);
	rows_free(d->fresh);
	d->fresh = rows_new(d->profiles, d->nprofiles, d->walk, &o);
	walk_free(d->walk);
	d->walk = NULL;
	d->walked_ms = clock_steady_ms();
	bool first = d->rows == NULL;
	if (rows_left_out(d->fresh) > 0)
		log_warnx("device", "%s: %u rows are left out, it has too many", d->conf->node,
		    rows_left_out(d->fresh));
	if (d->polling == NULL)
		device_adopt(d);
	if (first)
		log_info("device", "%s (%s): %zu series by %zu profiles", d->conf->node,
		    d->conf->address, rows_count(d->rows), d->nprofiles);
	if (first)
		device_poll_now(d);
}

/* Walk everything that the profiles want. */
void
device_walk(struct device *d)
{
	if (d->walking != NULL)
		return;
	d->walk_again = false;
	d->walk = walk_new();
	free(d->wanted);
	size_t n = rows_wanted(d->profiles, d->nprofiles, &d->wanted);
	d->walking = fetch_walk(d->peer, &d->limits, d->env.base, d->wanted, n, d->walk, walked, d);
}

/* Whether the configuration takes the profile off this device. */
static bool
is_without(const struct device *d, const char *name)
{
	for (size_t i = 0; i < d->conf->without.n; i++)
		if (strcmp(d->conf->without.v[i], name) == 0)
			return true;
	return false;
}

/* Chooses the profiles: those that are named, or those that match. */
static void
choose(struct device *d, struct oid id)
{
	const struct profile *found[DEVICE_MAX_PROFILES];
	size_t n = 0;

	d->nprofiles = 0;
	if (d->conf->profiles.n == 0)
		n = profiles_match(d->env.profiles, id, d->identity, found, DEVICE_MAX_PROFILES);
	for (size_t i = 0; i < d->conf->profiles.n && n < DEVICE_MAX_PROFILES; i++) {
		found[n] = profiles_named(d->env.profiles, d->conf->profiles.v[i]);
		if (found[n] != NULL)
			n++;
	}
	for (size_t i = 0; i < n; i++)
		if (!is_without(d, profile_name(found[i])))
			d->profiles[d->nprofiles++] = found[i];
}

/* The probes were answered. */
static void
identified(void *arg, const struct fetch_result *r)
{
	struct device *d = arg;
	struct oid id = { 0 };
	char text[256] = "";

	d->walking = NULL;
	if (r->status != SNMPIO_OK) {
		device_trouble(d, r);
		return;
	}
	device_answered(d);
	const struct oid under[] = { VIEW(sysdescr), VIEW(sysobjectid) };
	size_t at = walk_from(d->identity, under[0]);
	const struct varbind *v = at < walk_count(d->identity) ? walk_at(d->identity, at) : NULL;
	if (v != NULL && oid_is_under(v->oid, under[0]) && varbind_has_value(v))
		varbind_format(text, sizeof text, v);
	free(d->descr);
	d->descr = xstrdup(text);
	at = walk_from(d->identity, under[1]);
	v = at < walk_count(d->identity) ? walk_at(d->identity, at) : NULL;
	if (v != NULL && oid_is_under(v->oid, under[1]) && v->type == VARBIND_OID)
		id = v->oid_value;
	oid_format(d->sysobjectid, id);
	choose(d, id);
	if (d->nprofiles == 0) {
		log_warnx("device", "%s (%s): no profile matches its sysObjectID %s", d->conf->node,
		    d->conf->address, d->sysobjectid);
		publisher_event(d->env.publisher, d->series, "device-unknown", WIRE_WARNING,
		    "%s: no profile matches its sysObjectID %s", d->conf->node, d->sysobjectid);
	}
	d->stage = DEVICE_WALKING;
	device_walk(d);
}

/* Ask who it is. */
void
device_identify(struct device *d)
{
	const struct oid *probes;
	size_t n = profiles_probes(d->env.profiles, &probes);

	walk_free(d->identity);
	d->identity = walk_new();
	free(d->wanted);
	d->wanted = xcalloc(n + 2, sizeof *d->wanted);
	d->wanted[0] = (struct oid)VIEW(sysdescr);
	d->wanted[1] = (struct oid)VIEW(sysobjectid);
	memcpy(d->wanted + 2, probes, n * sizeof *probes);
	d->walking = fetch_first(
	    d->peer, &d->limits, d->env.base, d->wanted, n + 2, d->identity, identified, d);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* device_walk: who a device is and what it has. Its sysObjectID and the first object under each of
 * the profiles' probes tell which profiles match; a walk of their columns tells which rows there
 * are. It is walked anew now and then, after a restart, and when an answer does not fit its rows.
 * Rows are made of a walk in a thread: of a switch with 500 ports that takes 15 ms. Profiles do not
 * change while the thread lives; what it uses of the device is copied, so that the device may go.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/device_int.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/worker.h"

static const uint32_t sysdescr[] = { 1, 3, 6, 1, 2, 1, 1, 1 };
static const uint32_t sysobjectid[] = { 1, 3, 6, 1, 2, 1, 1, 2 };

#define VIEW(a)                                                                                    \
	{                                                                                          \
		.id = (a), .n = sizeof(a) / sizeof(a)[0]                                           \
	}

/* Rows that are made of a walk in the worker's thread. */
struct making {
	struct device *device; /* NULL: it has gone, or does not want them any more; the loop's */
	atomic_bool wanted;    /* the same for the thread */
	const struct profile *profiles[DEVICE_MAX_PROFILES];
	size_t nprofiles;
	struct walk *walk;
	struct rows_opts opts;
	struct rows *rows;
};

/* In the thread. The walk is not needed any more. */
static void
making_run(void *arg)
{
	struct making *m = arg;

	if (m->wanted)
		m->rows = rows_new(m->profiles, m->nprofiles, m->walk, &m->opts);
	walk_free(m->walk);
}

/* The rows are there: they are taken over, after the poll under way. */
static void
take_rows(struct device *d, struct rows *rows)
{
	bool first = d->rows == NULL;

	rows_free(d->fresh);
	d->fresh = rows;
	d->looked_ms = clock_steady_ms();
	if (rows_left_out(rows) > 0)
		log_warnx("device", "%s: %u rows are left out, it has too many", d->conf->node,
		    rows_left_out(rows));
	if (d->polling == NULL)
		device_adopt(d);
	if (!first)
		return;
	log_info("device", "%s (%s): %zu series by %zu profiles", d->conf->node, d->conf->address,
	    rows_count(rows), d->nprofiles);
	device_poll_now(d);
}

/* In the loop again. */
static void
making_done(void *arg)
{
	struct making *m = arg;
	struct device *d = m->device;

	if (d != NULL) {
		d->making = NULL;
		take_rows(d, m->rows);
	} else {
		rows_free(m->rows);
	}
	free(m);
}

/* Have rows made of the walk. */
static void
make_rows(struct device *d)
{
	struct making *m = xcalloc(1, sizeof *m);

	m->device = d;
	m->wanted = true;
	memcpy(m->profiles, d->profiles, sizeof m->profiles);
	m->nprofiles = d->nprofiles;
	m->opts = (struct rows_opts){ &d->conf->overrides, &d->conf->children };
	m->walk = d->walk;
	d->walk = NULL;
	d->making = m;
	worker_submit(d->env.worker, making_run, making_done, m);
}

/* They are not wanted any more. */
void
device_walk_forget(struct device *d)
{
	if (d->making == NULL)
		return;
	d->making->device = NULL;
	d->making->wanted = false;
	d->making = NULL;
}

/* What was walked becomes rows. */
static void
walked(void *arg, const struct fetch_result *r)
{
	struct device *d = arg;

	d->walking = NULL;
	if (device_judge(d, r)) {
		make_rows(d);
		return;
	}
	/* Half a walk would make rows without names; the old rows stay. */
	walk_free(d->walk);
	d->walk = NULL;
	d->looked_ms = clock_steady_ms();
	d->walk_again = true;
}

/* Walk everything that the profiles want. Nothing of the kind is under way. */
void
device_walk(struct device *d)
{
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

/* The first object under a root, if it was answered. */
static const struct varbind *
first_under(const struct walk *w, struct oid root)
{
	size_t at = walk_from(w, root);
	const struct varbind *v = at < walk_count(w) ? walk_at(w, at) : NULL;

	return v != NULL && oid_is_under(v->oid, root) ? v : NULL;
}

/* Nobody knows it: told once, until it is another. */
static void
tell_unknown(struct device *d)
{
	if (d->told_unknown)
		return;
	d->told_unknown = true;
	log_warnx("device", "%s (%s): no profile matches its sysObjectID %s", d->conf->node,
	    d->conf->address, d->sysobjectid);
	publisher_event(d->env.publisher, d->series, "device-unknown", WIRE_WARNING,
	    "%s: no profile matches its sysObjectID %s", d->conf->node, d->sysobjectid);
}

/* The probes were answered: what it says it is, and its profiles. */
static void
identified(void *arg, const struct fetch_result *r)
{
	struct device *d = arg;
	struct oid id = { 0 };
	char text[256] = "", before[OID_MAX_TEXT];

	d->walking = NULL;
	if (!device_judge(d, r)) {
		d->looked_ms = clock_steady_ms();
		d->identify_again = true;
		return;
	}
	const struct varbind *v = first_under(d->identity, (struct oid)VIEW(sysdescr));
	if (v != NULL && varbind_has_value(v))
		varbind_format(text, sizeof text, v);
	free(d->descr);
	d->descr = xstrdup(text);
	v = first_under(d->identity, (struct oid)VIEW(sysobjectid));
	if (v != NULL && v->type == VARBIND_OID)
		id = v->oid_value;
	(void)str_copy(before, sizeof before, d->sysobjectid);
	oid_format(d->sysobjectid, id);
	choose(d, id);
	if (d->nprofiles > 0 || strcmp(before, d->sysobjectid) != 0)
		d->told_unknown = false;
	if (d->nprofiles == 0)
		tell_unknown(d);
	/* One that was polled is polled by its old rows until there are new ones. */
	if (d->rows == NULL)
		d->stage = DEVICE_WALKING;
	device_walk(d);
}

/* Ask who it is. Nothing of the kind is under way. */
void
device_identify(struct device *d)
{
	const struct oid *probes;
	size_t n = profiles_probes(d->env.profiles, &probes);

	d->identify_again = false;
	walk_free(d->identity);
	d->identity = walk_new();
	free(d->wanted);
	d->wanted = xcalloc(n + 2, sizeof *d->wanted);
	d->wanted[0] = (struct oid)VIEW(sysdescr);
	d->wanted[1] = (struct oid)VIEW(sysobjectid);
	if (n > 0) /* no profile asks for anything */
		memcpy(d->wanted + 2, probes, n * sizeof *probes);
	d->walking = fetch_first(
	    d->peer, &d->limits, d->env.base, d->wanted, n + 2, d->identity, identified, d);
}

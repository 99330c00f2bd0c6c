/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile: what a device of some family tells and what it means, read from a file of
 * conf/profiles/: zonewatch-profile(5). Pure but for the reading of the file. */
#ifndef AGENT_GATEWAY_PROFILE_H
#define AGENT_GATEWAY_PROFILE_H

#include "agent/gateway/oid.h"
#include "agent/gateway/walk.h"
#include "zw/conf.h"
#include "zw/err.h"
#include "zw/metric.h"

#define CONF_KEYS "agent/gateway/profile.def"
#include "zw/conf_struct.h"
#undef CONF_KEYS

struct profile; /* compiled: OIDs parsed, templates split, states sorted */

/* A set of profiles, in the order of their names. */
struct profiles;

extern const struct conf_table profile_conf_table;

/* Reads every *.conf of the directories (in order; a later file of the same name replaces an
 * earlier one, so that a site can mend a shipped one). All errors of all files go to `errors`, one
 * a line, FILE:LINE: as conf_load() does; returns their number. Names in covers that are no
 * profile's are told there too and not counted. */
unsigned profiles_load(struct profiles **out, const char *const *dirs, size_t ndirs, FILE *errors);
void profiles_free(struct profiles *all);
size_t profiles_count(const struct profiles *all);
const struct profile *profiles_at(const struct profiles *all, size_t i);
const struct profile *profiles_named(const struct profiles *all, const char *name); /* or NULL */

const char *profile_name(const struct profile *p);
const char *profile_title(const struct profile *p);
/* The configuration that it was compiled from. */
const struct conf_profile *profile_conf(const struct profile *p);

/* What must be asked with GETNEXT to tell which profiles match: the roots of all probes. Borrowed.
 */
size_t profiles_probes(const struct profiles *all, const struct oid **out);
/* Which of them match a device of this sysObjectID (n == 0: unknown), given the answers in w
 * (under the probes). What a matching profile covers is left out. In the order of names; returns
 * the number put into out (at most max). */
size_t profiles_match(const struct profiles *all, struct oid sysobjectid, const struct walk *w,
    const struct profile **out, size_t max);

struct profile_trap; /* a trap of a profile, compiled */

/* The first trap of this snmpTrapOID whose conditions hold for the bindings; or NULL. */
const struct profile_trap *profile_trap(
    const struct profile *p, struct oid trap, const struct varbind *v, size_t n);
const struct conf_trap *profile_trap_conf(const struct profile_trap *t);
enum metric_severity profile_trap_severity(const struct profile_trap *t);
/* Its text for people, with the bindings' values in it; without one its name, or its OID. Fit for
 * the wire. */
void profile_trap_text(
    const struct profile_trap *t, const struct varbind *v, size_t n, char *dst, size_t size);
/* The values of its key bindings, joined by '-'; "" without a key. */
void profile_trap_key(
    const struct profile_trap *t, const struct varbind *v, size_t n, char *dst, size_t size);
/* Its bindings as a series (without node; step 10 s) and its values; false when it has none. */
bool profile_trap_samples(const struct profile_trap *t, const struct varbind *v, size_t n,
    struct series_def *def, double *values);

#endif

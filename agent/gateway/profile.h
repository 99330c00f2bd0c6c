/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile: what a device of some family tells and what it means, read from a file of
 * conf/profiles/: zonewatch-profile(5). Pure but for the reading of the file. */
#ifndef AGENT_GATEWAY_PROFILE_H
#define AGENT_GATEWAY_PROFILE_H

#include "agent/gateway/oid.h"
#include "agent/gateway/walk.h"
#include "zw/conf.h"
#include "zw/err.h"

#define CONF_KEYS "agent/gateway/profile.def"
#include "zw/conf_struct.h"
#undef CONF_KEYS

struct profile; /* compiled: OIDs parsed, templates split, states sorted */

/* A set of profiles, in the order of their names. */
struct profiles;

extern const struct conf_table profile_conf_table;

/* Reads every *.conf of the directories (in order; a later file of the same name replaces an
 * earlier one, so that a site can mend a shipped one). All errors of all files go to `errors`, one
 * a line, FILE:LINE: as conf_load() does; returns their number. */
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

/* A trap of a profile, by its snmpTrapOID; or NULL. */
const struct conf_trap *profile_trap(const struct profile *p, struct oid trap);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* traps: the sender is found by its address (behind NAT by a v1 trap's agent-addr), the meaning in
 * the profiles, the device's own first. A trap that nobody knows is an event with all its variable
 * bindings, so that it can be looked up and written into a profile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/publisher.h"
#include "agent/gateway/traps.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"

struct traps {
	struct traps_opts o;
	struct traps_entry kept[TRAPS_KEPT];
	uint64_t n; /* ever kept */
	uint64_t unknown;
	struct log_throttle told;
};

/* Make one that has heard nothing. */
struct traps *
traps_new(const struct traps_opts *o)
{
	struct traps *t = xcalloc(1, sizeof *t);

	t->o = *o;
	t->told = (struct log_throttle){ .every_ms = 60000, .burst = 10 };
	return t;
}

/* NULL is fine. */
void
traps_free(struct traps *t)
{
	free(t);
}

/* The device that sent it, or NULL. */
static struct device *
sender(const struct traps *t, const struct trapd_trap *trap)
{
	for (size_t i = 0; i < t->o.ndevices; i++)
		if (device_has_address(t->o.devices[i], trap->from_text))
			return t->o.devices[i];
	for (size_t i = 0; trap->agent_text[0] != '\0' && i < t->o.ndevices; i++)
		if (device_has_address(t->o.devices[i], trap->agent_text))
			return t->o.devices[i];
	return NULL;
}

/* What the profiles say of it, the device's own first; NULL: nothing. */
static const struct profile_trap *
meaning(const struct traps *t, const struct device *d, const struct trapd_trap *trap)
{
	const struct profile_trap *found = NULL;
	struct device_info info;

	if (d != NULL) {
		device_info(d, &info);
		for (size_t i = 0; found == NULL && i < info.nprofiles; i++)
			found = profile_trap(info.profiles[i], trap->oid, trap->v, trap->n);
	}
	for (size_t i = 0; found == NULL && i < profiles_count(t->o.profiles); i++)
		found = profile_trap(profiles_at(t->o.profiles, i), trap->oid, trap->v, trap->n);
	return found;
}

/* The trap's bindings for people: "OID=value, OID=value". */
static void
list_bindings(char *dst, size_t size, const struct trapd_trap *trap)
{
	size_t at = 0;

	dst[0] = '\0';
	for (size_t i = 0; i < trap->n && at + 1 < size; i++) {
		char oid[OID_MAX_TEXT], value[160];
		varbind_format(value, sizeof value, &trap->v[i]);
		int n = snprintf(dst + at, size - at, "%s%s=%s", i > 0 ? ", " : "",
		    oid_format(oid, trap->v[i].oid), value);
		at += n > 0 ? (size_t)n : 0;
	}
}

/* Keeps it for showing. */
static struct traps_entry *
keep(struct traps *t, const struct device *d, const struct trapd_trap *trap)
{
	struct traps_entry *en = &t->kept[t->n++ % TRAPS_KEPT];

	*en = (struct traps_entry){ .time_ms = clock_wall_ms(), .severity = METRIC_UNKNOWN };
	if (d != NULL)
		str_copy(en->node, sizeof en->node, device_node(d));
	str_copy(en->from, sizeof en->from, trap->from_text);
	oid_format(en->oid, trap->oid);
	return en;
}

/* Tells the collector. */
static void
tell(struct traps *t, const struct traps_entry *en, uint32_t series)
{
	enum wire_severity severity = en->severity == METRIC_CRITICAL		     ? WIRE_CRITICAL
				      : en->severity == METRIC_WARNING || !en->known ? WIRE_WARNING
										     : WIRE_INFO;
	unsigned held = 0;

	publisher_event(t->o.publisher, series, en->known ? "trap" : "trap-unknown", severity,
	    "%s (%s): %s", en->node[0] != '\0' ? en->node : "no device of ours", en->from,
	    en->text);
	if (log_throttle_pass(&t->told, clock_steady_ms(), &held))
		log_info("trap", "from %s (%s): %s (%u not told)", en->from,
		    en->node[0] != '\0' ? en->node : "no device of ours", en->text, held);
}

/* Its samples, of a device. */
static void
publish_samples(struct traps *t, const struct device *d, const struct profile_trap *m,
    const struct trapd_trap *trap)
{
	struct series_def def;
	double values[METRIC_MAX_FIELDS];

	if (!profile_trap_samples(m, trap->v, trap->n, &def, values))
		return;
	str_copy(def.node, sizeof def.node, device_node(d));
	uint32_t id = publisher_define(t->o.publisher, &def);
	publisher_reading(t->o.publisher, id, clock_wall_ms() / 1000, def.nfields, values);
	publisher_flush(t->o.publisher);
}

/* One that a profile knows. */
static void
take_known(struct traps *t, struct device *d, const struct profile_trap *m,
    const struct trapd_trap *trap, struct traps_entry *en)
{
	const struct conf_trap *c = profile_trap_conf(m);
	char key[NAME_MAX_NODE + 1];
	struct device_info info;

	device_info(d, &info);
	uint32_t series = info.series;
	en->known = true;
	str_copy(en->name, sizeof en->name, c->name != NULL ? c->name : "");
	en->severity = c->name != NULL ? profile_trap_severity(m) : METRIC_OK;
	profile_trap_text(m, trap->v, trap->n, en->text, sizeof en->text);
	if (c->name != NULL) {
		profile_trap_key(m, trap->v, trap->n, key, sizeof key);
		uint32_t raised =
		    alarms_set(t->o.alarms, en->node, c->name, key, en->severity, en->text);
		series = raised != 0 ? raised : series;
	}
	publish_samples(t, d, m, trap);
	tell(t, en, series);
	if (c->poll)
		device_poll_now(d);
}

/* Take a trap. */
void
traps_take(void *arg, const struct trapd_trap *trap)
{
	struct traps *t = arg;
	struct device *d = sender(t, trap);
	const struct profile_trap *m = meaning(t, d, trap);
	struct traps_entry *en = keep(t, d, trap);
	char bindings[400], oid[OID_MAX_TEXT];

	if (m != NULL && d != NULL) {
		take_known(t, d, m, trap, en);
		return;
	}
	t->unknown++;
	list_bindings(bindings, sizeof bindings, trap);
	snprintf(en->text, sizeof en->text, "%.100s%s%s", oid_format(oid, trap->oid),
	    bindings[0] != '\0' ? " with " : "", bindings);
	struct device_info info = { 0 };
	if (d != NULL) {
		device_info(d, &info);
		device_poll_now(d);
	}
	tell(t, en, info.series);
}

/* The i-th latest. */
const struct traps_entry *
traps_at(const struct traps *t, size_t i)
{
	if (i >= TRAPS_KEPT || i >= t->n)
		return NULL;
	return &t->kept[(t->n - 1 - i) % TRAPS_KEPT];
}

/* How many nobody knew. */
uint64_t
traps_unknown(const struct traps *t)
{
	return t->unknown;
}

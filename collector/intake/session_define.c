/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session_define: the series that an agent has. One that cannot be kept is left out, not the agent
 * that has it. */
#include <string.h>

#include "collector/conf.h"
#include "collector/intake/session.h"
#include "zw/clock.h"

/* Most series that the session may define. */
static int64_t
session_max_series(const struct session *s, const char **key)
{
	*key = s->gateway ? "max_gateway_series" : "max_series";
	return s->gateway ? s->in->conf->intake.max_gateway_series : s->in->conf->intake.max_series;
}

/* Fields of all nodes that its certificate names; a device's are its children's too. */
static size_t
session_fields(const struct session *s)
{
	size_t sum = 0;

	for (size_t i = 0; i < s->nnamed; i++) {
		const struct node *up = s->nodes[i]->parent;
		if (up == NULL || s->in->by_node[up->index] != s)
			sum += s->nodes[i]->nfields;
	}
	return sum;
}

/* Whether its nodes have room for the fields that a series would get: each is for years on the
 * disk. */
static int
session_check_fields(const struct session *s, const struct series_def *def, struct err *e)
{
	int64_t max =
	    s->gateway ? s->in->conf->intake.max_gateway_fields : s->in->conf->intake.max_fields;
	unsigned more = catalog_new_fields(journal_catalog(s->in->journal), def);

	if (more == 0 || (int64_t)session_fields(s) + more <= max)
		return 0;
	return err_set(e, "more than %lld fields in all; see intake.%s", (long long)max,
	    s->gateway ? "max_gateway_fields" : "max_fields");
}

/* Whether the catalog may get the definition: a series is new, or the number is. */
static int
session_check_daily(const struct session *s, const struct series_def *def, int64_t max,
    const char *key, struct err *e)
{
	const struct catalog *cat = journal_catalog(s->in->journal);
	int64_t now = clock_mono_ms();

	if (!catalog_has(cat, def) && !conduct_series(session_conduct(s), max, now))
		return err_set(
		    e, "more than %lld new series in a day; see intake.%s", (long long)max, key);
	if (catalog_binding(cat, s->stream->id, def->id) == NULL &&
	    !conduct_definition(session_conduct(s), max, now))
		return err_set(e, "its series are defined anew too often");
	return 0;
}

/* A series' number in the catalog; 0 and the reason: it is left out. */
static uint32_t
session_register(struct session *s, const struct series_def *def, struct err *e)
{
	const char *key;
	int64_t max = session_max_series(s, &key);

	if (s->nseries > max) {
		err_set(e, "more than %lld series; see intake.%s", (long long)max, key);
		return 0;
	}
	if (strcmp(def->source, SITE_CONDUCT) == 0) {
		err_set(e, "that source is the collector's own");
		return 0;
	}
	if (session_check_fields(s, def, e) == -1 || session_check_daily(s, def, max, key, e) == -1)
		return 0;
	return catalog_define(journal_catalog(s->in->journal), s->stream->id, def, e);
}

/* Labels and states are texts of devices that nobody knows: they must not turn those around them.
 */
static void
session_straighten(struct series_def *def)
{
	for (unsigned i = 0; i < def->nfields; i++) {
		str_straighten(def->fields[i].unit);
		str_straighten(def->fields[i].label);
	}
	str_straighten(def->states);
}

/* A series of the agent's. Its number counts as defined even if it cannot be kept, so that the
 * others in the same batch are; but not if it already means another series. */
void
session_define(struct session *s, const uint8_t *p, size_t n)
{
	struct series_def def;
	struct err e;
	uint32_t sid = 0;
	unsigned held;
	bool stranger;

	if (wire_define_decode(p, n, &def, &e) == -1) {
		session_refuse(s, WIRE_E_FRAME, e.msg);
		return;
	}
	if (def.id == 0 || def.id > WIRE_MAX_SERIES) {
		session_refuse(s, WIRE_E_LIMIT, "the number of a series is out of range");
		return;
	}
	session_straighten(&def);
	if (def.node[0] == '\0')
		str_copy(def.node, sizeof def.node, s->nodes[0]->name);
	const struct node *node = session_node_of(s, def.node, &stranger, &e);
	if (node == NULL && stranger) {
		session_refuse(
		    s, WIRE_E_IDENTITY, "a series of a node that the certificate does not name");
		return;
	}
	if (s->nvalues[def.id] == 0)
		s->nseries++;
	s->nvalues[def.id] = (uint8_t)def.nfields;
	if (node != NULL)
		sid = session_register(s, &def, &e);
	if (sid != 0) {
		s->in->ops->defined(s->in->arg, sid);
		return;
	}
	session_blame(s);
	/* Its values would be taken for those of the series that the number stands for. */
	if (catalog_contradicts(journal_catalog(s->in->journal), s->stream->id, &def))
		s->nvalues[def.id] = 0;
	if (log_throttle_pass(&s->in->define_throttle, clock_mono_ms(), &held))
		log_warnx("intake", "series %s/%s %s of %s is left out: %s (%u more before)",
		    def.node, def.source, def.instance, session_name(s), e.msg, held);
}

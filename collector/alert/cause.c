/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The physical graph: what follows from what. A node stands above another that depends on it, is
 * spoken for by it (gateway) or is its child; a cooling unit cools zones, a UPS or PDU feeds them.
 * A fault above explains those below whose topic fits: without its uplink a link is down, without
 * its cooling a zone's inlets are warm, and neither has a disk fill up. */

#include <stdlib.h>
#include <string.h>

#include "collector/alert/engine.h"
#include "zw/alloc.h"

#define ABOVE_MAX 64 /* nodes above one that are looked at, nearest first */

/* The later of two moments. */
static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The i-th node that n depends on; behind those that the configuration says its gateway; NULL. */
static const struct node *
depends_on(const struct node *n, size_t i)
{
	if (i < n->ndepends)
		return n->depends[i];
	return i == n->ndepends ? n->via : NULL;
}

/* Breadth first; a mark tells who was met. */
size_t
cause_above(struct engine *e, const struct node *n, const struct node **found, size_t room)
{
	size_t count = 0;
	e->mark++;
	for (size_t done = 0;; n = found[done++]) {
		const struct node *on;
		for (size_t i = 0; (on = depends_on(n, i)) != NULL; i++) {
			if (on->index >= e->nnodes || e->nodes[on->index].mark == e->mark)
				continue;
			if (count == room)
				return count;
			e->nodes[on->index].mark = e->mark;
			found[count++] = on;
		}
		if (done == count)
			return count;
	}
}

/* Whether a node stands above n. */
static bool
is_above(struct engine *e, const struct node *above, const struct node *n)
{
	const struct node *found[ABOVE_MAX];
	if (above->ndependants == 0 && above->role != ROLE_GATEWAY)
		return false;
	size_t count = cause_above(e, n, found, ABOVE_MAX);
	for (size_t i = 0; i < count; i++)
		if (found[i] == above)
			return true;
	return false;
}

/* Whether it missed a sample already: its own verdict may come a moment after its dependants'. */
static bool
is_falling_silent(const struct engine *e, const struct node *n, int64_t now_ms)
{
	int64_t silent_ms = now_ms - later(later(n->seen_ms, n->joined_ms), e->watch_ms);
	return silent_ms > site_step_ms(n) * 3 / 2 || (!n->connected && n->lost_ms != 0);
}

/* The nearest that is falling silent and does not depend on n in turn, else two in a ring would
 * hide each other. */
static const struct node *
silent_above(struct engine *e, const struct watch *w, const struct node *n, int64_t now_ms)
{
	const struct node *found[ABOVE_MAX];
	if (n->ndepends == 0 && n->via == NULL)
		return NULL;
	size_t count = cause_above(e, n, found, ABOVE_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct node *on = found[i];
		if (on != n && (w == NULL || watch_covers_node(w, on)) &&
		    is_falling_silent(e, on, now_ms) && !is_above(e, n, on))
			return on;
	}
	return NULL;
}

/* Which node's silence explains that of n. */
const struct node *
cause_of_silence(struct engine *e, const struct watch *w, const struct node *n, int64_t now_ms)
{
	const struct node_watch *nw = &e->nodes[n->index];
	const struct node *on = silent_above(e, w, n, now_ms);
	if (on != NULL || nw->was == NULL || now_ms - nw->freed_ms > site_step_ms(n))
		return on;
	return w == NULL || watch_covers_node(w, nw->was) ? nw->was : NULL;
}

/* What a node's being out of reach comes from, as it is at the tick. */
static void
tick_node(struct engine *e, const struct node *n, int64_t now_ms)
{
	struct node_watch *nw = &e->nodes[n->index];
	bool silent = (n->ndepends > 0 || n->via != NULL) && is_falling_silent(e, n, now_ms);
	const struct node *on = silent ? silent_above(e, NULL, n, now_ms) : NULL;
	if (on == NULL && nw->because != NULL) {
		nw->was = silent ? nw->because : NULL;
		nw->freed_ms = now_ms;
	}
	nw->because = on;
	if (!silent)
		nw->was = NULL;
}

/* Let time pass. */
void
cause_tick(struct engine *e, int64_t now_ms)
{
	for (size_t i = 0; i < e->nnodes; i++)
		tick_node(e, site_node_at(e->site, i), now_ms);
}

/* As of the last tick. */
const struct node *
engine_because(const struct engine *e, const struct node *n)
{
	return n->index < e->nnodes ? e->nodes[n->index].because : NULL;
}

/* Look up what an alert is about. */
struct cause
cause_of(const struct engine *e, const struct alert *a)
{
	struct cause c = { .a = a, .zone = site_zone(e->site, a->zone) };
	if (a->node[0] != '\0')
		c.node = site_node(e->site, a->node);
	else
		c.w = watch_find(e, a->rule);
	return c;
}

/* Whether it says that something is not heard of. */
static bool
is_silence(const struct cause *c)
{
	if (c->w != NULL)
		return c->w->kind != NULL && !c->w->kind->needs_field && !c->w->kind->facts;
	return c->a->node[0] != '\0' && c->a->series[0] == '\0';
}

/* Whether it is what the servers feel of the cooling. */
static bool
is_warmth(const struct cause *c)
{
	return c->a->topic == TOPIC_AIR || (c->a->topic == TOPIC_SERVER && c->a->unit != NULL &&
					       strcmp(c->a->unit, "Cel") == 0);
}

/* Whether a fault above, in the graph, may have this one follow from it. */
static bool
fits_below(const struct cause *a, const struct cause *b)
{
	bool lost = is_silence(b);
	switch (a->a->topic) {
	case TOPIC_COOLING:
		return is_warmth(b) || b->a->topic == TOPIC_COOLING;
	case TOPIC_POWER:
		return lost || b->a->topic == TOPIC_POWER || b->a->topic == TOPIC_COOLING;
	case TOPIC_NETWORK:
		return lost || b->a->topic == TOPIC_LINK || b->a->topic == TOPIC_NETWORK;
	case TOPIC_LINK:
		return lost || b->a->topic == TOPIC_LINK;
	default:
		return is_silence(a) && (lost || b->a->topic == TOPIC_LINK);
	}
}

/* Whether the power of a's node may be gone: it says something critical, or runs from its battery.
 * That its own card is silent, or its battery old, takes no power away. */
static bool
is_power_fault(const struct engine *e, const struct cause *a)
{
	return a->a->topic == TOPIC_POWER && !is_silence(a) &&
	       (a->a->severity == WIRE_CRITICAL || air_on_battery(e, a->node));
}

/* Whether a cools or feeds the place of b, and so explains it. A UPS whose dependants are known
 * feeds these; a PDU without any feeds its rack. */
static bool
serves(const struct engine *e, const struct cause *a, const struct cause *b)
{
	const struct node *n = a->node;
	bool asked = n->nserves > 0 || n->serves_all;
	if (n->role == ROLE_COOLING) {
		bool facts = b->w != NULL && b->w->kind != NULL && b->w->kind->facts &&
			     b->a->topic == TOPIC_COOLING;
		return a->a->topic == TOPIC_COOLING && (is_warmth(b) || facts) &&
		       (site_serves(n, b->zone) || (facts && b->zone == NULL));
	}
	if ((!asked && n->ndependants > 0) || !is_power_fault(e, a))
		return false;
	if (!is_silence(b) && b->a->topic != TOPIC_POWER && b->a->topic != TOPIC_COOLING)
		return false;
	if (b->node != NULL && (b->node->role == ROLE_UPS || b->node->role == ROLE_GENERATOR))
		return false;
	if (n->role == ROLE_PDU && !asked)
		return b->node != NULL && n->rack != NULL && b->node->rack != NULL &&
		       n->zone == b->node->zone && strcmp(n->rack, b->node->rack) == 0 &&
		       b->node->role != ROLE_PDU;
	return (n->role == ROLE_UPS || n->role == ROLE_PDU || n->role == ROLE_GENERATOR) &&
	       site_serves(n, b->zone);
}

/* Whether a pattern covers the source of a series, "source" or "source-instance". */
static bool
is_of_source(const char *pattern, const char *series)
{
	char source[NAME_MAX_SOURCE + 1];
	size_t n = strcspn(series, "-");
	if (n == 0 || n >= sizeof source)
		return false;
	memcpy(source, series, n);
	source[n] = '\0';
	return str_covers(pattern, source);
}

/* Whether the alert a, of a zone, a rack or the site, sums up what b is one of. */
static bool
sums_up(const struct engine *e, const struct cause *a, const struct cause *b)
{
	const struct watch *w = a->w;
	if (w == NULL || w->kind == NULL || b->node == NULL || !watch_covers_node(w, b->node))
		return false;
	if (strcmp(a->a->zone, "site") != 0 && a->zone != b->zone)
		return false;
	if (a->a->rack[0] != '\0' &&
	    (b->node->rack == NULL || strcmp(a->a->rack, b->node->rack) != 0))
		return false;
	if (w->kind->facts)
		return a->a->topic == TOPIC_POWER &&
		       (air_is_off(e, b->node) || air_on_battery(e, b->node));
	if (!w->kind->needs_field)
		return is_silence(b);
	return w->conf->source != NULL && !is_silence(b) &&
	       (b->a->topic != TOPIC_MONITOR || a->a->topic == TOPIC_MONITOR) &&
	       is_of_source(w->conf->source, b->a->series) &&
	       (w->conf->field == NULL || str_covers(w->conf->field, b->a->field));
}

/* Whether a node stands above most of those that the alert b, of a zone or the site, is about: of
 * the silent ones, if it is about silence. */
static bool
is_above_most(struct engine *e, const struct node *n, const struct cause *b)
{
	size_t all = 0, below = 0;
	if (b->w == NULL || b->w->kind == NULL || (n->ndependants == 0 && n->role != ROLE_GATEWAY))
		return false;
	for (size_t i = 0; i < e->nnodes; i++) {
		const struct node *m = site_node_at(e->site, i);
		if (m == n || (b->zone != NULL && m->zone != b->zone) ||
		    !watch_covers_node(b->w, m) ||
		    (is_silence(b) && !is_falling_silent(e, m, e->tick_ms)))
			continue;
		all++;
		below += is_above(e, n, m);
	}
	return below > 0 && 2 * below >= all;
}

/* A state of a unit explains the values of the same unit. */
static bool
is_state_of_same(const struct cause *a, const struct cause *b)
{
	return (a->a->topic == TOPIC_COOLING || a->a->topic == TOPIC_POWER) &&
	       a->a->why.code == REASON_STATE && b->a->why.code != REASON_STATE &&
	       b->a->topic == a->a->topic && !is_silence(b);
}

/* Whether it can be the cause of any other. */
bool
cause_may_lead(const struct cause *a)
{
	if (a->node == NULL)
		return a->w != NULL;
	return is_silence(a) || a->a->topic == TOPIC_COOLING || a->a->topic == TOPIC_POWER ||
	       a->a->topic == TOPIC_NETWORK || a->a->topic == TOPIC_LINK;
}

/* Whether b may follow from a. */
bool
cause_leads_to(struct engine *e, const struct cause *a, const struct cause *b)
{
	if (a->a == b->a || !cause_may_lead(a))
		return false;
	if (a->node == NULL)
		return sums_up(e, a, b);
	if (a->node == b->node)
		return is_state_of_same(a, b);
	if (serves(e, a, b))
		return true;
	if (!fits_below(a, b))
		return false;
	return b->node != NULL ? is_above(e, a->node, b->node) : is_above_most(e, a->node, b);
}

/* The same of alerts. */
bool
cause_explains(struct engine *e, const struct alert *a, const struct alert *b)
{
	struct cause ca = cause_of(e, a), cb = cause_of(e, b);
	return cause_leads_to(e, &ca, &cb);
}

/* How much a topic is the cause rather than others; a doubtful sensor is the cause of nothing. */
static unsigned
topic_rank(enum alert_topic t)
{
	return t == TOPIC_MONITOR ? TOPIC_OTHER : t;
}

/* Whether a is rather the cause than b. */
bool
cause_is_rather(struct engine *e, const struct cause *a, const struct cause *b)
{
	bool amuted = (a->a->flags & ALERT_MUTED) != 0, bmuted = (b->a->flags & ALERT_MUTED) != 0;
	unsigned at = topic_rank(a->a->topic), bt = topic_rank(b->a->topic);
	if (amuted != bmuted)
		return bmuted;
	bool leads = cause_leads_to(e, a, b);
	if (leads != cause_leads_to(e, b, a))
		return leads;
	if (a->a->severity != b->a->severity)
		return a->a->severity > b->a->severity;
	if (at != bt)
		return at > bt;
	if (a->a->fired_ms != b->a->fired_ms)
		return a->a->fired_ms < b->a->fired_ms;
	return a->a->id < b->a->id;
}

/* Topics of sources that tell by themselves; a '*' at the end covers any rest. */
static const struct {
	const char *source;
	enum alert_topic topic;
} sources[] = {
	{ "cooling*", TOPIC_COOLING },
	{ "water", TOPIC_SAFETY },
	{ "smoke", TOPIC_SAFETY },
	{ "door", TOPIC_SAFETY },
	{ "motion", TOPIC_SAFETY },
	{ "intrusion", TOPIC_SAFETY },
	{ "ups*", TOPIC_POWER },
	{ "pdu*", TOPIC_POWER },
	{ "ats*", TOPIC_POWER },
	{ "xats*", TOPIC_POWER },
	{ "generator", TOPIC_POWER },
	{ "interface", TOPIC_NETWORK },
	{ "icmp", TOPIC_LINK },
	{ "tcp", TOPIC_LINK },
	{ "http", TOPIC_LINK },
	{ "dns", TOPIC_LINK },
	{ "thermal", TOPIC_AIR },
	{ "air", TOPIC_AIR },
	{ "rci", TOPIC_AIR },
	{ "humidity", TOPIC_AIR },
	{ "dewpoint", TOPIC_AIR },
	{ "cpu", TOPIC_SERVER },
	{ "memory", TOPIC_SERVER },
	{ "load", TOPIC_SERVER },
	{ "disk", TOPIC_SERVER },
	{ "drive", TOPIC_SERVER },
	{ "filesystem", TOPIC_SERVER },
	{ "swap", TOPIC_SERVER },
	{ "vmstat", TOPIC_SERVER },
	{ "uptime", TOPIC_SERVER },
	{ "bmc", TOPIC_SERVER },
	{ "raid*", TOPIC_SERVER },
};

/* By what a node is. */
static enum alert_topic
topic_of_node(const struct node *n)
{
	static const enum alert_topic roles[] = {
		[ROLE_COOLING] = TOPIC_COOLING,
		[ROLE_UPS] = TOPIC_POWER,
		[ROLE_PDU] = TOPIC_POWER,
		[ROLE_GENERATOR] = TOPIC_POWER,
		[ROLE_UPLINK] = TOPIC_NETWORK,
		[ROLE_SWITCH] = TOPIC_NETWORK,
		[ROLE_GATEWAY] = TOPIC_NETWORK,
		[ROLE_SENSOR] = TOPIC_AIR,
	};
	if (n != NULL && n->role != ROLE_NONE)
		return roles[n->role];
	if (n == NULL || n->kind == NODE_DEVICE)
		return TOPIC_OTHER;
	return n->kind == NODE_LINK ? TOPIC_LINK : TOPIC_SERVER;
}

/* A controller's own word on one of its probes is about what that measures. */
static const char *
status_of(const char *instance)
{
	static const struct {
		const char *pattern;
		const char *source;
	} probes[] = { { "*emperature*", "air" }, { "*umidity*", "humidity" }, { "*eak*", "water" },
		{ "*moke*", "smoke" }, { "*ccess*", "door" }, { "*oor*", "door" } };

	for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
		if (str_covers(probes[i].pattern, instance))
			return probes[i].source;
	return "status";
}

/* The rule's own word, else the source, else the node. A cooling unit's, UPS' or switch's own
 * temperature is about the unit, a bare one about the air. */
enum alert_topic
cause_topic(const struct watch *w, const struct series *se, const struct node *n)
{
	const char *source = se != NULL ? se->source : w->conf->source;
	enum alert_topic by_node = topic_of_node(n);
	for (unsigned i = 0; w->conf->topic != NULL && i <= TOPIC_MONITOR; i++)
		if (strcmp(w->conf->topic, alert_topic_word((enum alert_topic)i)) == 0)
			return (enum alert_topic)i;
	if (w->kind != NULL && w->kind->quarantines)
		return TOPIC_MONITOR;
	if (source != NULL && strcmp(source, "status") == 0 && se != NULL)
		source = status_of(se->instance);
	for (size_t i = 0; source != NULL && i < sizeof sources / sizeof *sources; i++)
		if (str_covers(sources[i].source, source))
			return sources[i].topic;
	if (source != NULL && strncmp(source, "temperature", 11) == 0 &&
	    (by_node == TOPIC_OTHER || by_node == TOPIC_SERVER))
		return TOPIC_AIR;
	return by_node;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session_nodes: for which nodes a session speaks: those that its certificate names, and the child
 * devices of those of them that are devices. A gateway's certificate names many. What of them is
 * not of this site is left out, and the rest of its series works. */
#include <stdlib.h>
#include <string.h>

#include "collector/enroll/enroll.h"
#include "collector/intake/session.h"
#include "zw/alloc.h"
#include "zw/clock.h"

#define SESSION_TWIN_MS 900000 /* the twin of a replaced agent comes back sooner */

/* Tell of two that speak for the same node. From one address it may be an agent that lost its
 * connection unseen; twice in a while it is not. */
static void
session_tell_twin(const struct session *s, const struct session *old)
{
	struct twin *t = &s->in->twins[s->nodes[0]->index];
	int64_t now = clock_mono_ms();
	bool again = t->last_ms != 0 && now - t->last_ms < SESSION_TWIN_MS;
	bool elsewhere = memcmp(&s->source, &old->source, sizeof s->source) != 0;
	unsigned held;

	t->last_ms = now;
	if ((again || elsewhere) && log_throttle_pass(&t->throttle, now, &held))
		log_warnx("intake",
		    "%s is connected from %s and from %s: is a machine or its certificate copied?",
		    session_name(s), conn_peer_name(old->conn), conn_peer_name(s->conn));
}

/* Nobody speaks for the session's nodes and stream any more. */
void
session_leave(struct session *s)
{
	int64_t now = clock_steady_ms();

	for (size_t i = 0; i < s->nnodes; i++) {
		struct node *n = s->nodes[i];
		if (s->in->by_node[n->index] != s)
			continue;
		s->in->by_node[n->index] = NULL;
		site_disconnected(n, now);
	}
	if (s->stream != NULL && s->stream->session == s)
		s->stream->session = NULL;
	s->stream = NULL;
}

/* Whether the session speaks for this node. */
static bool
session_has_node(const struct session *s, const struct node *n)
{
	if (s->in->by_node[n->index] == s)
		return true;
	for (size_t i = 0; i < s->nnodes; i++)
		if (s->nodes[i] == n)
			return true;
	return false;
}

/* Whether the certificate names it, though this site may not have it. */
static bool
session_is_named(const struct session *s, const char *name)
{
	for (size_t i = 0; i < s->id.n; i++)
		if (strcmp(s->id.nodes[i], name) == 0)
			return true;
	return false;
}

/* The session speaks for a further node: a child of one of its devices. If another's certificate
 * names that child itself, it is the other's. */
static void
session_adopt(struct session *s, struct node *child)
{
	struct intake *in = s->in;

	intake_reach(in);
	if (in->by_node[child->index] != NULL)
		return;
	s->nodes = xreallocarray(s->nodes, s->nnodes + 1, sizeof child);
	s->nodes[s->nnodes++] = child;
	in->by_node[child->index] = s;
	site_connected_via(
	    child, s->nodes[0], s->nodes[0]->peer, s->nodes[0]->agent, clock_steady_ms());
}

/* Whether the certificate names the node, or a device that is not of this site and whose child its
 * name says it is: such series are left out, as the device's own are. */
static bool
session_speaks_for(const struct session *s, const char *name)
{
	char device[NAME_MAX_NODE + 1];

	if (session_is_named(s, name))
		return true;
	str_copy(device, sizeof device, name);
	for (char *dot = strrchr(device, '.'); dot != NULL; dot = strrchr(device, '.')) {
		*dot = '\0';
		/* One that is of this site is no device, or its child would have been found. */
		if (session_is_named(s, device))
			return site_node(s->in->site, device) == NULL;
	}
	return false;
}

/* The node of a series. NULL and the reason: it is left out; *stranger: because it is none that the
 * session may speak for. */
struct node *
session_node_of(struct session *s, const char *name, bool *stranger, struct err *e)
{
	struct node *n = site_node(s->in->site, name);
	struct node *device = site_device_of(s->in->site, name);

	*stranger = false;
	if (n != NULL && session_has_node(s, n))
		return n;
	if (device != NULL && session_has_node(s, device)) {
		n = site_child(s->in->site, name, e);
		if (n != NULL)
			session_adopt(s, n);
		return n;
	}
	*stranger = !session_speaks_for(s, name);
	err_set(e, "there is no node \"%s\" in this site's configuration", name);
	return NULL;
}

/* Tell that the certificate names nodes that this site does not have; one stands for all. */
static void
session_tell_unknown(const struct session *s, const char *name, unsigned count)
{
	unsigned held;

	if (!log_throttle_pass(&s->in->unknown_throttle, clock_mono_ms(), &held))
		return;
	log_warnx("intake",
	    "the certificate of %s names %u node%s that this site's configuration does not have, "
	    "as \"%s\": what it sends of them is left out",
	    session_name(s), count, count == 1 ? "" : "s", name);
}

/* The nodes that the certificate names. The first, by which the session is known, must be of this
 * site; of the others those that are not are passed over. */
int
session_identify(struct session *s, enum wire_error_code *code, struct err *e)
{
	const char *unknown = NULL;
	unsigned count = 0;

	*code = WIRE_E_IDENTITY;
	if (conn_peer_identity(s->conn, &s->id, e) == -1 ||
	    conn_peer_facts(s->conn, &s->facts, e) == -1)
		return -1;
	s->nodes = xcalloc(s->id.n, sizeof *s->nodes);
	for (size_t i = 0; i < s->id.n; i++) {
		struct node *n = site_child(s->in->site, s->id.nodes[i], e);
		if (n != NULL) {
			s->nodes[s->nnodes++] = n;
			continue;
		}
		if (i == 0)
			return err_set(
			    e, "no node \"%s\" in this site's configuration", s->id.nodes[i]);
		unknown = unknown == NULL ? s->id.nodes[i] : unknown;
		count++;
	}
	if (unknown != NULL)
		session_tell_unknown(s, unknown, count);
	s->nnamed = s->nnodes;
	s->gateway = s->id.n > 1 || s->nodes[0]->kind != NODE_SERVER;
	intake_reach(s->in);
	*code = WIRE_E_REVOKED;
	return s->in->enroll != NULL ? enroll_judge(s->in->enroll, &s->facts, &s->id, e) : 0;
}

/* A child that the session adopted speaks for itself now. */
static void
session_cede(struct session *s, const struct node *child)
{
	for (size_t i = 1; i < s->nnodes; i++) {
		if (s->nodes[i] != child)
			continue;
		s->nnodes--;
		memmove(&s->nodes[i], &s->nodes[i + 1], (s->nnodes - i) * sizeof child);
		return;
	}
}

/* The session speaks for its nodes now; who did so before is told. */
void
session_take_over(struct session *s, const char *agent)
{
	struct intake *in = s->in;

	for (size_t i = 0; i < s->nnodes; i++) {
		struct session *old = in->by_node[s->nodes[i]->index];
		if (old == NULL)
			continue;
		if (!session_is_named(old, s->nodes[i]->name)) {
			session_cede(old, s->nodes[i]);
			continue;
		}
		session_tell_twin(s, old);
		session_refuse(old, WIRE_E_REPLACED, "a newer connection has the same identity");
	}
	for (size_t i = 0; i < s->nnodes; i++) {
		in->by_node[s->nodes[i]->index] = s;
		if (i == 0)
			site_connected(
			    s->nodes[i], conn_peer_name(s->conn), agent, clock_steady_ms());
		else
			site_connected_via(s->nodes[i], s->nodes[0], conn_peer_name(s->conn), agent,
			    clock_steady_ms());
	}
}

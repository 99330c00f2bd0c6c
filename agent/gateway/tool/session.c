/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session: the tool does one thing after the other, so the loop runs until a fetch is done. */
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "agent/gateway/tool/session.h"

/* Of one fetch that is waited for. */
struct wait {
	struct session *s;
	void (*got)(void *arg, size_t i, const struct varbind *v);
	void *arg;
};

/* The device of the configuration with this name; NULL and a complaint, for it is no address. */
static const struct conf_device *
device_named(struct tool *t, const char *name)
{
	const char *names[256];
	size_t n = 0;

	if (!tool_has_conf(t)) {
		tool_complain("%s: not an IP address (names are not resolved), and there is no "
			      "%s in which it could be a device; see -c",
		    name, t->conf_path);
		return NULL;
	}
	const struct conf_gateway *g = tool_conf(t);
	if (g == NULL)
		return NULL;
	const struct conf_device *d = g->devices.v;
	for (size_t i = 0; i < g->devices.n; i++) {
		if (strcmp(d[i].node, name) == 0)
			return &d[i];
		if (n < sizeof names / sizeof names[0])
			names[n++] = d[i].node;
	}
	const char *near = conf_nearest(name, names, n);
	tool_complain("%s: neither an IP address (names are not resolved) nor a device of %s%s%s%s",
	    name, t->conf_path, near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	return NULL;
}

/* Whom to ask, how patiently, and as whom. */
static int
settle(struct session *s, struct tool *t, const char *address)
{
	const struct conf_device *d = NULL;

	s->timeout_ms = t->timeout_ms > 0 ? t->timeout_ms : 1000;
	s->retries = t->retries >= 0 ? (unsigned)t->retries : 1;
	if (gateway_conf_address(address, t->port, &s->address, &s->address_len) == 0)
		return 0;
	d = s->device = device_named(t, address);
	if (d == NULL)
		return -1;
	s->limits = fetch_limits((unsigned)d->varbinds, (unsigned)d->outstanding, d->pause);
	if (t->timeout_ms == 0)
		s->timeout_ms = d->timeout;
	if (t->retries < 0)
		s->retries = (unsigned)d->retries;
	if ((t->given & (TOOL_CREDENTIAL | TOOL_OWN)) == 0)
		t->credential = d->credential;
	if (gateway_conf_address(d->address, t->port, &s->address, &s->address_len) == 0)
		return 0;
	tool_complain("%s: \"%s\" is no IP address", t->conf_path, d->address);
	return -1;
}

/* Open it. */
int
session_open(struct session *s, struct tool *t, const char *address)
{
	struct err e;

	*s = (struct session){ .limits = fetch_limits(24, 2, 0) };
	if (settle(s, t, address) == -1 || tool_secrets(t, &s->secrets) == -1)
		return -1;
	s->base = event_base_new();
	if (s->base == NULL) {
		secrets_clear(&s->secrets);
		tool_complain("cannot make an event loop");
		return -1;
	}
	if (snmpio_new(&s->io, s->base, NULL, &e) == 0 &&
	    snmpio_peer_new(&s->peer, s->io, (struct sockaddr *)&s->address, s->address_len,
		&s->secrets.credential, s->timeout_ms, s->retries, &e) == 0)
		return 0;
	tool_complain("%s: %s", address, e.msg);
	session_close(s);
	return -1;
}

/* Why it failed. */
void
session_complain(const struct session *s, const char *address)
{
	const char *what = snmpio_status_text(s->result.status);
	bool more = s->reason[0] != '\0' && strcmp(s->reason, what) != 0;

	tool_complain("%s: %s%s%s; \"zonewatchctl snmp test\" says which part fails", address, what,
	    more ? ": " : "", more ? s->reason : "");
}

/* Close it. */
void
session_close(struct session *s)
{
	snmpio_peer_free(s->peer);
	snmpio_free(s->io);
	if (s->base != NULL)
		event_base_free(s->base);
	secrets_clear(&s->secrets);
}

/* A fetch is done. */
static void
on_done(void *arg, const struct fetch_result *r)
{
	struct wait *w = arg;

	w->s->result = *r;
	snprintf(w->s->reason, sizeof w->s->reason, "%s", r->reason != NULL ? r->reason : "");
	w->s->result.reason = w->s->reason;
	event_base_loopbreak(w->s->base);
}

/* An object was answered. */
static void
on_got(void *arg, size_t i, const struct varbind *v)
{
	struct wait *w = arg;
	w->got(w->arg, i, v);
}

/* The first under each root. */
bool
session_first(struct session *s, const struct oid *roots, size_t n, struct walk *w)
{
	struct wait wait = { .s = s };

	(void)fetch_first(s->peer, &s->limits, s->base, roots, n, w, on_done, &wait);
	event_base_dispatch(s->base);
	return s->result.status == SNMPIO_OK;
}

/* All under each root. */
bool
session_walk(struct session *s, const struct oid *roots, size_t n, struct walk *w)
{
	struct wait wait = { .s = s };

	(void)fetch_walk(s->peer, &s->limits, s->base, roots, n, w, on_done, &wait);
	event_base_dispatch(s->base);
	return s->result.status == SNMPIO_OK;
}

/* These objects. */
bool
session_get(struct session *s, const struct oid *oids, size_t n,
    void (*got)(void *arg, size_t i, const struct varbind *v), void *arg)
{
	struct wait wait = { .s = s, .got = got, .arg = arg };

	(void)fetch_get(s->peer, &s->limits, s->base, oids, n, on_got, on_done, &wait);
	event_base_dispatch(s->base);
	return s->result.status == SNMPIO_OK;
}

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

/* The device of the configuration with this name, or NULL. */
static const struct conf_device *
device_named(struct tool *t, const char *name)
{
	struct sockaddr_storage ss;
	unsigned len;

	if (gateway_conf_address(name, 161, &ss, &len) == 0)
		return NULL;
	const struct conf_gateway *g = tool_conf(t);
	const struct conf_device *d = g != NULL ? g->devices.v : NULL;
	for (size_t i = 0; g != NULL && i < g->devices.n; i++)
		if (strcmp(d[i].node, name) == 0)
			return &d[i];
	return NULL;
}

/* Open it. */
int
session_open(struct session *s, struct tool *t, const char *address)
{
	const struct conf_device *d = device_named(t, address);
	struct err e;

	*s = (struct session){ .limits = fetch_limits(24, 2, 0) };
	if (d != NULL) {
		s->limits = fetch_limits((unsigned)d->varbinds, (unsigned)d->outstanding, d->pause);
		address = d->address;
		if (t->credential == NULL && !t->own_given)
			t->credential = d->credential;
	}
	if (gateway_conf_address(address, t->port, &s->address, &s->address_len) == -1) {
		tool_complain(
		    "%s: neither an IP address nor a device of %s", address, t->conf_path);
		return -1;
	}
	if (tool_secrets(t, &s->secrets) == -1)
		return -1;
	s->base = event_base_new();
	if (s->base == NULL) {
		tool_complain("cannot make an event loop");
		return -1;
	}
	if (snmpio_new(&s->io, s->base, NULL, &e) == 0 &&
	    snmpio_peer_new(&s->peer, s->io, (struct sockaddr *)&s->address, s->address_len,
		&s->secrets.credential, d != NULL ? d->timeout : t->timeout_ms,
		d != NULL ? (unsigned)d->retries : t->retries, &e) == 0)
		return 0;
	tool_complain("%s: %s", address, e.msg);
	session_close(s);
	return -1;
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

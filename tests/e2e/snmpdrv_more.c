/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snmpdrv_more: the driver's commands for fetches and for traps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/snmpdrv.h"
#include "zw/alloc.h"
#include "zw/log.h"
#include "zw/str.h"

/* A fetch with what it borrows. */
struct fetching {
	struct drv *d;
	char tag[64];
	size_t at; /* of the peer */
	struct oid_buf bufs[MAX_WORDS];
	struct oid views[MAX_WORDS];
	struct walk *w;
};

/* An object of a GET. */
static void
on_got(void *arg, size_t i, const struct varbind *v)
{
	struct fetching *g = arg;

	if (g->d->quiet)
		return;
	printf("got %s %zu\n", g->tag, i);
	snmpdrv_print(v);
}

/* A fetch ended. */
static void
on_fetched(void *arg, const struct fetch_result *r)
{
	struct fetching *g = arg;
	const struct fetch_limits *l = &g->d->limits[g->at];

	printf("fetched %s status=%d asked=%zu answered=%zu varbinds=%u repetitions=%u count=%zu "
	       "%s\n",
	    g->tag, (int)r->status, r->asked, r->answered, l->varbinds, l->repetitions,
	    g->w != NULL ? walk_count(g->w) : 0, r->reason);
	for (size_t i = 0; !g->d->quiet && g->w != NULL && i < walk_count(g->w) && i < 3000; i++)
		snmpdrv_print(walk_at(g->w, i));
	walk_free(g->w);
	snmpdrv_ended(g->d);
	free(g);
}

/* fetch|walk|first NAME OID ... */
static void
do_fetch(struct drv *d)
{
	struct fetching *g = xcalloc(1, sizeof *g);
	const char *tag = snmpdrv_option(d, "tag");
	size_t n = snmpdrv_oids(d, g->bufs, g->views);
	struct fetch_limits *l;
	struct snmpio_peer *p;

	g->d = d;
	g->at = snmpdrv_place(d, d->words[1]);
	p = d->peers[g->at];
	l = &d->limits[g->at];
	str_copy(g->tag, sizeof g->tag, tag != NULL ? tag : d->words[1]);
	d->under_way++;
	if (strcmp(d->words[0], "fetch") == 0) {
		fetch_get(p, l, d->base, g->views, n, on_got, on_fetched, g);
		return;
	}
	g->w = walk_new();
	if (strcmp(d->words[0], "walk") == 0)
		fetch_walk(p, l, d->base, g->views, n, g->w, on_fetched, g);
	else
		fetch_first(p, l, d->base, g->views, n, g->w, on_fetched, g);
}

/* A notification came. */
static void
on_trap(void *arg, const struct trapd_trap *t)
{
	const struct drv *d = arg;
	char text[OID_MAX_TEXT];

	if (d->quiet)
		return;
	printf("trap from=%s agent=%s version=%d inform=%d uptime=%llu n=%zu oid=%s\n",
	    t->from_text, t->agent_text, (int)t->version, t->inform,
	    (unsigned long long)t->uptime_cs, t->n, oid_format(text, t->oid));
	for (size_t i = 0; i < t->n; i++)
		snmpdrv_print(&t->v[i]);
	fflush(stdout);
}

/* Free a text of ours. */
static void
discard(const char *text)
{
	union {
		const char *in;
		char *out;
	} u = { .in = text };

	free(u.out);
}

/* cred VERSION ...: one more for the next trapd. */
static void
do_credential(struct drv *d)
{
	struct snmpio_credential *c = &d->credentials[d->ncredentials++];

	*c = snmpdrv_credential(d, d->words[1]);
	c->community = c->community != NULL ? xstrdup(c->community) : NULL;
	c->user = c->user != NULL ? xstrdup(c->user) : NULL;
	c->auth_password = c->auth_password != NULL ? xstrdup(c->auth_password) : NULL;
	c->priv_password = c->priv_password != NULL ? xstrdup(c->priv_password) : NULL;
}

/* trapd ADDRESS PORT rate= burst= */
static void
do_trapd(struct drv *d)
{
	struct sockaddr_storage sa;
	uint64_t port;
	struct err e;
	struct trapd_opts o = { .credentials = d->credentials,
		.ncredentials = d->ncredentials,
		.rate = (unsigned)snmpdrv_number(d, "rate", 50),
		.burst = (unsigned)snmpdrv_number(d, "burst", 200),
		.trap = on_trap,
		.arg = d };

	if (str_to_u64(d->words[2], 1, 65535, &port) == -1)
		fatalx("snmpdrv", "bad port");
	o.listen_len = snmpdrv_address(d->words[1], (uint16_t)port, &sa);
	o.listen = (struct sockaddr *)&sa;
	if (trapd_new(&d->trapd, d->io, &o, &e) == -1)
		printf("trapd error %s\n", e.msg);
	else
		printf("trapd ok\n");
}

/* trapengine HEX VERSION ...: the user at another engine. */
static void
do_trap_engine(struct drv *d)
{
	uint8_t id[32];
	size_t n = 0;
	struct snmpio_credential c = snmpdrv_credential(d, d->words[2]);
	struct err e;
	unsigned byte;

	for (const char *s = d->words[1]; n < sizeof id && sscanf(s, "%2x", &byte) == 1; s += 2)
		id[n++] = (uint8_t)byte;
	if (trapd_engine(d->trapd, id, n, &c, &e) == -1)
		printf("trapengine error %s\n", e.msg);
	else
		printf("trapengine ok\n");
}

/* trapstats */
static void
do_trap_stats(struct drv *d)
{
	struct trapd_stats s;

	trapd_stats(d->trapd, &s);
	printf("trapstats accepted=%llu duplicates=%llu", (unsigned long long)s.accepted,
	    (unsigned long long)s.duplicates);
	for (int i = 0; i < TRAPD_REFUSALS; i++)
		printf(" %s=%llu", trapd_refusal_name((enum trapd_refusal)i),
		    (unsigned long long)s.refused[i]);
	printf("\n");
}

/* limits NAME varbinds= outstanding= pause= */
static void
do_limits(struct drv *d)
{
	d->limits[snmpdrv_place(d, d->words[1])] = fetch_limits(
	    (unsigned)snmpdrv_number(d, "varbinds", 24),
	    (unsigned)snmpdrv_number(d, "outstanding", 2), (int64_t)snmpdrv_number(d, "pause", 0));
}

bool
snmpdrv_more(struct drv *d)
{
	const char *w = d->words[0];

	if (strcmp(w, "fetch") == 0 || strcmp(w, "walk") == 0 || strcmp(w, "first") == 0)
		do_fetch(d);
	else if (strcmp(w, "limits") == 0)
		do_limits(d);
	else if (strcmp(w, "cred") == 0)
		do_credential(d);
	else if (strcmp(w, "trapd") == 0)
		do_trapd(d);
	else if (strcmp(w, "trapengine") == 0)
		do_trap_engine(d);
	else if (strcmp(w, "trapstats") == 0)
		do_trap_stats(d);
	else
		return false;
	return true;
}

void
snmpdrv_more_end(struct drv *d)
{
	trapd_free(d->trapd);
	for (size_t i = 0; i < d->ncredentials; i++) {
		const struct snmpio_credential *c = &d->credentials[i];
		discard(c->community);
		discard(c->user);
		discard(c->auth_password);
		discard(c->priv_password);
	}
}

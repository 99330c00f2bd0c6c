/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program gets all it needs in its arguments: nothing of it is secret but what lies in the
 * key's file. It answers in lines "leaf BASE64", whose bytes together are the certificate. */
#include "collector/enroll/signer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "collector/spawn.h"
#include "zw/alloc.h"
#include "zw/base64.h"
#include "zw/log.h"
#include "zw/tls.h"

#define PROGRAM "zonewatch-issuer"
#define DEADLINE_MS 10000
#define MAX_LEAF 65536 /* bytes; it must fit a frame */

/* One certificate on its way. */
struct signing {
	TAILQ_ENTRY(signing) link;
	struct signer *signer;
	struct spawn *spawn; /* NULL: it waits */
	struct buf request;  /* base64, with its NUL */
	char (*nodes)[NAME_MAX_NODE + 1];
	size_t nnodes;
	char days[16];
	struct buf leaf;
	bool garbled;
	signer_done *done;
	void *arg;
};

struct signer {
	struct event_base *base;
	const char *ca;
	const char *key;
	TAILQ_HEAD(, signing) all; /* the oldest first */
	unsigned n;
	unsigned running;
	struct event *soon; /* begins those for which there is room */
};

/* Frees one, with its process. */
static void
signing_free(struct signing *g)
{
	spawn_free(g->spawn);
	buf_free(&g->request);
	buf_free(&g->leaf);
	free(g->nodes);
	free(g);
}

/* One is over: it is told, whoever it is that asked. */
static void
signing_end(struct signing *g, const char *why)
{
	struct signer *s = g->signer;

	if (why == NULL && (g->garbled || g->leaf.len == 0))
		why = "zonewatch-issuer gave no certificate";
	TAILQ_REMOVE(&s->all, g, link);
	s->n--;
	s->running -= g->spawn != NULL;
	event_active(s->soon, EV_TIMEOUT, 0);
	g->done(g->arg, why == NULL ? &g->leaf : NULL, why);
	signing_free(g);
}

/* A line of the program's. */
static void
on_line(void *arg, const char *line)
{
	struct signing *g = arg;

	if (strncmp(line, "leaf ", 5) != 0 || g->leaf.len > MAX_LEAF ||
	    base64_take(&g->leaf, line + 5, strlen(line + 5)) == -1)
		g->garbled = true;
}

/* The program's end. */
static void
on_end(void *arg, const char *why)
{
	signing_end(arg, why);
}

/* Starts the program for one. */
static int
signing_start(struct signing *g, struct err *e)
{
	static const struct spawn_ops ops = {
		.line = on_line, .ended = on_end, .subject = "enroll"
	};
	const struct signer *s = g->signer;
	const char **argv = xcalloc(g->nnodes + 10, sizeof *argv);
	size_t n = 0;

	argv[n++] = PROGRAM;
	argv[n++] = "-a";
	argv[n++] = s->ca;
	argv[n++] = "-k";
	argv[n++] = s->key;
	argv[n++] = "-d";
	argv[n++] = g->days;
	argv[n++] = (const char *)g->request.data;
	for (size_t i = 0; i < g->nnodes; i++)
		argv[n++] = g->nodes[i];
	int rc = spawn_new(&g->spawn, s->base, argv, DEADLINE_MS, &ops, g, e);
	free(argv);
	return rc;
}

/* Begins the oldest that waits, if there is room; one in a turn of the loop. */
static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	struct signer *s = arg;
	struct signing *g;
	struct err e;

	(void)fd, (void)what;
	TAILQ_FOREACH (g, &s->all, link)
		if (g->spawn == NULL)
			break;
	if (g == NULL || s->running >= SIGNER_AT_ONCE)
		return;
	if (signing_start(g, &e) == -1) {
		log_warnx("enroll", "%s", e.msg);
		signing_end(g, e.msg);
		return;
	}
	s->running++;
	event_active(s->soon, EV_TIMEOUT, 0);
}

struct signer *
signer_new(struct event_base *base, const char *ca, const char *key)
{
	struct signer *s = xcalloc(1, sizeof *s);

	s->base = base;
	s->ca = ca;
	s->key = key;
	TAILQ_INIT(&s->all);
	s->soon = event_new(base, -1, 0, on_soon, s);
	if (s->soon == NULL)
		fatalx("enroll", "cannot make an event");
	return s;
}

void
signer_free(struct signer *s)
{
	struct signing *g;

	if (s == NULL)
		return;
	while ((g = TAILQ_FIRST(&s->all)) != NULL) {
		TAILQ_REMOVE(&s->all, g, link);
		signing_free(g);
	}
	event_free(s->soon);
	free(s);
}

int
signer_ask(struct signer *s, const uint8_t *request, size_t n,
    const char (*nodes)[NAME_MAX_NODE + 1], size_t nnodes, unsigned days, signer_done *done,
    void *arg, struct err *e)
{
	if (s->n >= SIGNER_MAX)
		return err_set(e, "too many certificates are being made; try again in a minute");
	if (nnodes == 0 || nnodes > TLS_MAX_NODES)
		return err_set(e, "a certificate names 1 to %d nodes", TLS_MAX_NODES);

	struct signing *g = xcalloc(1, sizeof *g);
	g->signer = s;
	g->done = done;
	g->arg = arg;
	base64_put(&g->request, request, n, false);
	buf_u8(&g->request, 0);
	g->nodes = xcalloc(nnodes, sizeof *g->nodes);
	memcpy(g->nodes, nodes, nnodes * sizeof *g->nodes);
	g->nnodes = nnodes;
	snprintf(g->days, sizeof g->days, "%u", days);
	TAILQ_INSERT_TAIL(&s->all, g, link);
	s->n++;
	event_active(s->soon, EV_TIMEOUT, 0);
	return 0;
}

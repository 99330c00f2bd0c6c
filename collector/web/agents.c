/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The register is gone through once, whatever its size; nodes are found by name. */
#include "collector/web/agents.h"

#include <stdlib.h>
#include <string.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/intake/intake.h"
#include "collector/site/site.h"
#include "zw/alloc.h"
#include "zw/conn.h"

/* Rows on their way. */
struct gathering {
	const struct collector *c;
	int64_t now_ms;
	struct agents_row *rows; /* those of the site by index, then the others */
	size_t n;
	size_t nsite;
	const char **left; /* names that have no room; some twice */
	size_t nleft;
	size_t room;
};

/* A name that has no row. */
static void
leave(struct gathering *g, const char *name)
{
	if (g->nleft == g->room) {
		g->room = g->room == 0 ? 64 : 2 * g->room;
		g->left = xreallocarray(g->left, g->room, sizeof *g->left);
	}
	g->left[g->nleft++] = name;
}

/* By name. */
static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How many names are left out. */
static size_t
count_left(struct gathering *g)
{
	size_t n = 0;

	if (g->nleft > 0)
		qsort(g->left, g->nleft, sizeof *g->left, by_name);
	for (size_t i = 0; i < g->nleft; i++)
		n += i == 0 || strcmp(g->left[i - 1], g->left[i]) != 0;
	free(g->left);
	return n;
}

/* The row of a name; NULL: there are too many. */
static struct agents_row *
row_of(struct gathering *g, const char *name)
{
	const struct node *n = site_node(g->c->site, name);

	if (n != NULL && n->index < g->nsite)
		return &g->rows[n->index];
	for (size_t i = g->nsite; i < g->n; i++)
		if (strcmp(g->rows[i].name, name) == 0)
			return &g->rows[i];
	if (g->n - g->nsite >= AGENTS_STRANGERS) {
		leave(g, name);
		return NULL;
	}
	g->rows[g->n] = (struct agents_row){ .name = name };
	return &g->rows[g->n++];
}

/* Whether a certificate is in force. */
static bool
is_good(const struct cert_entry *c, int64_t now_ms)
{
	return c->revoked_ms == 0 && c->facts.not_after_ms > now_ms;
}

/* The register's three lists into the rows. */
static void
gather(struct gathering *g, const struct reg *r)
{
	const struct closed_node *closed;
	const struct cert_entry *certs;
	const struct invite *invites;
	struct agents_row *row;
	size_t n = register_certs(r, &certs);

	for (size_t i = 0; i < n; i++) {
		bool good = is_good(&certs[i], g->now_ms);
		if ((row = row_of(g, certs[i].node)) == NULL)
			continue;
		if (good || row->good == 0)
			row->cert = &certs[i];
		row->good += good;
	}
	n = register_invites(r, &invites);
	for (size_t i = 0; i < n; i++)
		if (register_is_open(&invites[i], g->now_ms) &&
		    (row = row_of(g, invites[i].node)) != NULL)
			row->invite = &invites[i];
	n = register_closed(r, &closed);
	for (size_t i = 0; i < n; i++)
		if ((row = row_of(g, closed[i].node)) != NULL)
			row->closed = &closed[i];
}

/* Whether a node is one that has an agent: not one for which a gateway speaks. */
static bool
is_agent(const struct agents_row *row)
{
	const struct node *n = row->node;

	if (row->cert != NULL || row->invite != NULL || row->closed != NULL)
		return true;
	return n != NULL && n->parent == NULL && n->via == NULL &&
	       (n->kind == NODE_SERVER || n->role == ROLE_GATEWAY);
}

size_t
agents_rows(const struct collector *c, int64_t now_ms, struct agents_row **rows, size_t *left_out)
{
	struct gathering g = { .c = c, .now_ms = now_ms, .nsite = site_nnodes(c->site) };
	size_t kept = 0;

	g.rows = xcalloc(g.nsite + AGENTS_STRANGERS, sizeof *g.rows);
	g.n = g.nsite;
	for (size_t i = 0; i < g.nsite; i++) {
		g.rows[i].node = site_node_at(c->site, i);
		g.rows[i].name = g.rows[i].node->name;
	}
	if (c->enroll != NULL)
		gather(&g, enroll_register(c->enroll));
	*left_out = count_left(&g);
	for (size_t i = 0; i < g.n; i++) {
		if (!is_agent(&g.rows[i]))
			continue;
		if (kept < AGENTS_MAX)
			g.rows[kept++] = g.rows[i];
		else
			++*left_out;
	}
	*rows = g.rows;
	return kept;
}

enum agents_state
agents_state(const struct agents_row *row, int64_t now_ms)
{
	if (row->cert == NULL)
		return row->closed != NULL ? AGENTS_REVOKED : AGENTS_NONE;
	if (row->cert->revoked_ms != 0)
		return AGENTS_REVOKED;
	return row->cert->facts.not_after_ms > now_ms ? AGENTS_GOOD : AGENTS_ENDED;
}

const char *
agents_state_word(enum agents_state s)
{
	static const char *const words[] = { "none", "good", "ended", "revoked" };
	return words[s];
}

void
agents_address(const struct collector *c, char *dst, size_t size)
{
	char host[256], listen[256], port[8];
	bool colon;

	dst[0] = '\0';
	if (c->enroll == NULL || *enroll_host(c->enroll) == '\0' ||
	    conn_split_address(c->conf->intake.listen, listen, port, NULL) == -1)
		return;
	(void)str_copy(host, sizeof host, enroll_host(c->enroll));
	colon = strchr(host, ':') != NULL;
	if (str_format(dst, size, colon ? "[%s]:%s" : "%s:%s", host, port) == -1)
		dst[0] = '\0';
}

int
agents_line(char *dst, size_t size, const struct node *node, bool gateway, const char *address,
    const char *token, const char *hash)
{
	const char *program =
	    gateway || node->role == ROLE_GATEWAY ? "zonewatch-gateway" : "zonewatch-agent";

	return str_format(dst, size,
	    "%s enroll --collector %s --token %s --ca-hash %s && systemctl enable --now %s",
	    program, address, token, hash, program);
}

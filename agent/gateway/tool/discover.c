/* SPDX-License-Identifier: GPL-3.0-or-later */
/* discover: which addresses of a network answer SNMP with a credential, what they are, and the rows
 * of the configuration that would poll them. It only asks, and changes nothing. */
#include <arpa/inet.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/tool/session.h"
#include "zw/alloc.h"

#define MAX_AT_ONCE 200
#define MAX_PROFILES 32

static const uint32_t sysdescr[] = { 1, 3, 6, 1, 2, 1, 1, 1 };
static const uint32_t sysobjectid[] = { 1, 3, 6, 1, 2, 1, 1, 2 };
static const uint32_t sysname[] = { 1, 3, 6, 1, 2, 1, 1, 5 };

/* One address. */
struct candidate {
	struct scan *scan;
	char address[INET_ADDRSTRLEN];
	struct snmpio_peer *peer;
	struct fetch_limits limits;
	struct walk *walk;
	bool answers;
};

struct scan {
	struct tool *t;
	struct session *s;
	struct profiles *all;
	struct oid *roots;
	size_t nroots;
	struct candidate *v;
	size_t n;
	size_t next;
	size_t under_way;
};

static void begin_more(struct scan *sc);

/* All was asked of one. */
static void
on_done(void *arg, const struct fetch_result *r)
{
	struct candidate *c = arg;
	struct scan *sc = c->scan;

	c->answers = r->answered > 0;
	snmpio_peer_free(c->peer);
	c->peer = NULL;
	sc->under_way--;
	begin_more(sc);
}

/* Who it is; the others are asked only of those that answer. */
static void
on_first(void *arg, const struct fetch_result *r)
{
	struct candidate *c = arg;
	struct scan *sc = c->scan;

	if (r->answered == 0) {
		on_done(c, r);
		return;
	}
	(void)fetch_first(
	    c->peer, &c->limits, sc->s->base, sc->roots, sc->nroots, c->walk, on_done, c);
}

/* Asks one. */
static void
begin(struct scan *sc, struct candidate *c)
{
	struct sockaddr_storage ss;
	unsigned len;
	struct err e;

	c->scan = sc;
	c->walk = walk_new();
	c->limits = fetch_limits(24, 2, 0);
	if (gateway_conf_address(c->address, sc->t->port, &ss, &len) == -1 ||
	    snmpio_peer_new(&c->peer, sc->s->io, (struct sockaddr *)&ss, len,
		&sc->s->secrets.credential, sc->t->timeout_ms, sc->t->retries, &e) == -1)
		return;
	sc->under_way++;
	/* The first three roots are those of every agent. */
	(void)fetch_first(c->peer, &c->limits, sc->s->base, sc->roots, 3, c->walk, on_first, c);
}

/* Asks so many at once; the loop ends with the last. */
static void
begin_more(struct scan *sc)
{
	while (sc->under_way < MAX_AT_ONCE && sc->next < sc->n)
		begin(sc, &sc->v[sc->next++]);
	if (sc->under_way == 0)
		event_base_loopbreak(sc->s->base);
}

/* The addresses of "10.0.3.0/24", or of one. */
static int
take_network(struct scan *sc, const char *text)
{
	char address[INET_ADDRSTRLEN];
	uint64_t bits = 32;
	struct in_addr in;
	const char *slash = strchr(text, '/');
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);

	if (n >= sizeof address)
		return -1;
	memcpy(address, text, n);
	address[n] = '\0';
	if (inet_pton(AF_INET, address, &in) != 1 ||
	    (slash != NULL && str_to_u64(slash + 1, 20, 32, &bits) == -1))
		return -1;
	uint32_t count = UINT32_C(1) << (32 - bits);
	uint32_t first = ntohl(in.s_addr) & ~(count - 1);
	/* The network's own address and that of all its hosts are nobody's. */
	uint32_t skip = count > 2 ? 1 : 0;
	sc->v = xcalloc(count, sizeof *sc->v);
	for (uint32_t i = skip; i < count - skip; i++) {
		in.s_addr = htonl(first + i);
		inet_ntop(AF_INET, &in, sc->v[sc->n++].address, INET_ADDRSTRLEN);
	}
	return 0;
}

/* The text of the first object under a root, or "". */
static void
first_text(const struct walk *w, const uint32_t *root, char *dst, size_t size)
{
	const struct oid prefix = { root, 8 };
	size_t i = walk_from(w, prefix);

	dst[0] = '\0';
	if (i < walk_count(w) && oid_is_under(walk_at(w, i)->oid, prefix) &&
	    varbind_has_value(walk_at(w, i)))
		varbind_format(dst, size, walk_at(w, i));
	for (char *p = dst; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
}

/* What one is, as an object. */
static json_t *
describe(const struct scan *sc, const struct candidate *c)
{
	const struct profile *found[MAX_PROFILES];
	char descr[160], name[64], object[OID_MAX_TEXT], node[NAME_MAX_NODE + 1];
	struct oid_buf id = { .n = 0 };
	json_t *names = json_array();

	first_text(c->walk, sysdescr, descr, sizeof descr);
	first_text(c->walk, sysname, name, sizeof name);
	first_text(c->walk, sysobjectid, object, sizeof object);
	if (oid_parse(object, &id) == -1)
		id.n = 0;
	size_t n = profiles_match(sc->all, oid_of(&id), c->walk, found, MAX_PROFILES);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(names, json_string(profile_name(found[i])));
	str_to_name(node, sizeof node, name[0] != '\0' ? name : c->address);
	return json_pack("{s:s,s:s,s:s,s:s,s:o}", "address", c->address, "node", node,
	    "sysobjectid", object, "descr", descr, "profiles", names);
}

/* The rows that would go into the configuration. */
static void
print_rows(const struct tool *t, const json_t *list)
{
	size_t i, k;
	json_t *d, *p;

	printf("# %zu devices answered. For gateway.conf; the collector's nodes need them too.\n"
	       "devices = (\n",
	    json_array_size(list));
	json_array_foreach(list, i, d)
	{
		printf("\t# %s\n\t# profiles:", json_string_value(json_object_get(d, "descr")));
		json_array_foreach(json_object_get(d, "profiles"), k, p)
		{
			printf(" %s", json_string_value(p));
		}
		char port[8] = "";
		if (t->port != 161)
			snprintf(port, sizeof port, ":%u", t->port);
		printf("\n\t{ node = \"%s\"; address = \"%s%s\"; credential = \"%s\"; }%s\n",
		    json_string_value(json_object_get(d, "node")),
		    json_string_value(json_object_get(d, "address")), port,
		    t->credential != NULL ? t->credential : "NAME",
		    i + 1 < json_array_size(list) ? "," : "");
	}
	printf(");\n");
}

/* The roots of all questions: three of every agent, then the profiles' probes. */
static void
take_roots(struct scan *sc)
{
	const struct oid *probes;
	size_t n = profiles_probes(sc->all, &probes);

	sc->roots = xcalloc(n + 3, sizeof *sc->roots);
	sc->roots[0] = (struct oid){ sysdescr, 8 };
	sc->roots[1] = (struct oid){ sysobjectid, 8 };
	sc->roots[2] = (struct oid){ sysname, 8 };
	memcpy(sc->roots + 3, probes, n * sizeof *probes);
	sc->nroots = n + 3;
}

/* discover CIDR */
int
discover_run(struct tool *t)
{
	struct session s;
	struct scan sc = { .t = t, .s = &s };

	if (take_network(&sc, t->args[0]) == -1) {
		tool_complain("\"%s\" is no network like 10.0.3.0/24 (from /20 on)", t->args[0]);
		return TOOL_USAGE;
	}
	if (session_open(&s, t, sc.v[0].address) == -1) {
		free(sc.v);
		return TOOL_FAILED;
	}
	snmpio_peer_free(s.peer);
	s.peer = NULL;
	sc.all = tool_profiles(t);
	take_roots(&sc);
	begin_more(&sc);
	event_base_dispatch(s.base);
	json_t *list = json_array();
	for (size_t i = 0; i < sc.n; i++) {
		if (sc.v[i].answers)
			json_array_append_new(list, describe(&sc, &sc.v[i]));
		walk_free(sc.v[i].walk);
	}
	if (t->json) {
		json_dumpf(list, stdout, JSON_INDENT(1));
		putchar('\n');
	} else {
		print_rows(t, list);
	}
	json_decref(list);
	session_close(&s);
	profiles_free(sc.all);
	free(sc.roots);
	free(sc.v);
	return TOOL_OK;
}

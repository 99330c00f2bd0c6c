/* SPDX-License-Identifier: GPL-3.0-or-later */
/* discover: which addresses of a network answer SNMP with a credential, what they are, and the rows
 * of the configuration that would poll them. It only asks, and changes nothing. */
#include <arpa/inet.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/gateway/describe.h"
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
	enum snmpio_status refused; /* SNMPIO_OK: not */
	char node[NAME_MAX_NODE + 1];
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
	if (!c->answers && r->status != SNMPIO_TIMEOUT && r->status != SNMPIO_UNREACHABLE &&
	    r->status != SNMPIO_LOCAL)
		c->refused = r->status;
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
		&sc->s->secrets.credential, sc->s->timeout_ms, sc->s->retries, &e) == -1)
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

/* The node of the configuration that has this address; "" if none. */
static const char *
configured(const struct scan *sc, const struct candidate *c)
{
	struct sockaddr_storage mine, other;
	unsigned mine_len, other_len;
	const struct conf_gateway *g = sc->t->conf;
	const struct conf_device *d = g != NULL ? g->devices.v : NULL;

	if (gateway_conf_address(c->address, sc->t->port, &mine, &mine_len) == -1)
		return "";
	for (size_t i = 0; g != NULL && i < g->devices.n; i++)
		if (gateway_conf_address(d[i].address, 161, &other, &other_len) == 0 &&
		    other_len == mine_len && memcmp(&mine, &other, mine_len) == 0)
			return d[i].node;
	return "";
}

/* Whether another device before this one has the name, here or in the configuration. */
static bool
is_taken(const struct scan *sc, const struct candidate *c, const char *name)
{
	const struct conf_gateway *g = sc->t->conf;
	const struct conf_device *d = g != NULL ? g->devices.v : NULL;

	for (size_t i = 0; g != NULL && i < g->devices.n; i++)
		if (strcmp(d[i].node, name) == 0)
			return true;
	for (const struct candidate *o = sc->v; o != c; o++)
		if (strcmp(o->node, name) == 0)
			return true;
	return false;
}

/* A name for it: the host's part of its sysName, or made of the address, which is also added to a
 * name that another has. */
static void
name_it(const struct scan *sc, struct candidate *c, const char *sysname_text)
{
	char host[64], address[INET_ADDRSTRLEN], name[NAME_MAX_NODE + 1];

	snprintf(address, sizeof address, "%s", c->address);
	for (char *p = address; *p != '\0'; p++)
		if (*p == '.')
			*p = '-';
	snprintf(host, sizeof host, "%.*s", (int)strcspn(sysname_text, "."), sysname_text);
	if (host[0] == '\0' || strcmp(host, "localhost") == 0)
		snprintf(host, sizeof host, "device-%s", address);
	str_to_name(name, sizeof name, host);
	if (is_taken(sc, c, name))
		snprintf(c->node, sizeof c->node, "%.40s-%s", name, address);
	else
		str_copy(c->node, sizeof c->node, name);
}

/* What one is, as an object. */
static json_t *
describe(const struct scan *sc, struct candidate *c)
{
	const struct profile *found[MAX_PROFILES];
	char descr[160], name[64], object[OID_MAX_TEXT];
	const char *node = configured(sc, c);
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
	if (node[0] == '\0')
		name_it(sc, c, name);
	return json_pack("{s:s,s:s,s:b,s:s,s:o,s:o,s:o}", "address", c->address, "node",
	    node[0] != '\0' ? node : c->node, "configured", node[0] != '\0', "sysobjectid", object,
	    "sysname", describe_text(name), "descr", describe_text(descr), "profiles", names);
}

/* A text of an object. */
static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s != NULL ? s : "";
}

/* The credential that was used, as the configuration would have it; its files by their whole names.
 */
static void
print_credential(const struct tool *t)
{
	const struct conf_credential *c = &t->own;
	const struct {
		const char *key;
		const char *path;
	} files[] = { { "community_file", c->community_file }, { "auth_file", c->auth_file },
		{ "priv_file", c->priv_file } };
	bool v3 = strcmp(c->version, "v3") == 0;

	if ((t->given & TOOL_OWN) == 0)
		return;
	printf("credentials = (\n\t{ name = \"discovered\"; version = \"%s\";", c->version);
	if (v3) {
		printf(" user = \"%s\"; auth = \"%s\"; priv = \"%s\";", c->user, c->auth, c->priv);
		if (c->context != NULL)
			printf(" context = \"%s\";", c->context);
		if (c->auth_file == NULL)
			printf(" allow_noauth = true;");
	}
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char *path = files[i].path != NULL ? realpath(files[i].path, NULL) : NULL;
		if (path != NULL)
			printf("\n\t  %s = \"%s\";", files[i].key, path);
		free(path);
	}
	printf(" }\n);\n");
}

/* The rows of the devices that are new. */
static void
print_devices(const struct tool *t, const json_t *list)
{
	size_t i, k;
	json_t *d, *p;
	bool first = true;
	char port[8] = "";

	if (t->port != 161)
		snprintf(port, sizeof port, ":%u", t->port);
	printf("devices = (\n");
	json_array_foreach(list, i, d)
	{
		bool new = !json_is_true(json_object_get(d, "configured"));
		if (new && !first)
			printf(",\n");
		printf("\t# %s\n\t# profiles:", text_of(d, "descr"));
		json_array_foreach(json_object_get(d, "profiles"), k, p)
		{
			printf(" %s", json_string_value(p));
		}
		printf("%s\n", json_array_size(json_object_get(d, "profiles")) == 0
				   ? " none matches: see zonewatchctl snmp walk --profile-draft"
				   : "");
		if (!new)
			printf("\t# %s%s is the device %s already\n", text_of(d, "address"), port,
			    text_of(d, "node"));
		else
			printf("\t{ node = \"%s\"; address = \"%s%s\"; credential = \"%s\"; }",
			    text_of(d, "node"), text_of(d, "address"), port,
			    t->credential != NULL ? t->credential : "discovered");
		first = first && !new;
	}
	printf("%s);\n", first ? "" : "\n");
}

/* What goes elsewhere: rows of the collector's configuration, and the certificate. */
static void
print_elsewhere(const json_t *list)
{
	size_t i;
	json_t *d;
	unsigned n = 0;

	json_array_foreach(list, i, d)
	{
		if (json_is_true(json_object_get(d, "configured")))
			continue;
		if (n++ == 0)
			printf("\n# For the collector's configuration, with their zones:\n");
		printf("# { name = \"%s\"; zone = \"ZONE\"; kind = \"device\"; }\n",
		    text_of(d, "node"));
	}
	if (n == 0)
		return;
	printf(
	    "\n# The gateway's certificate must name them all: pki.sh DIR node GATEWAY NODE...\n");
}

/* All for people. */
static void
print_rows(const struct scan *sc, const json_t *list)
{
	printf("# %zu of %zu addresses answer. Nothing was changed; for the gateway's "
	       "configuration:\n",
	    json_array_size(list), sc->n);
	for (size_t i = 0; i < sc->n; i++)
		if (sc->v[i].refused != SNMPIO_OK)
			printf("# %s has an agent that refuses: %s\n", sc->v[i].address,
			    snmpio_status_text(sc->v[i].refused));
	if (json_array_size(list) == 0)
		return;
	print_credential(sc->t);
	print_devices(sc->t, list);
	print_elsewhere(list);
}

/* All as JSON. */
static void
print_json(const struct scan *sc, json_t *list)
{
	json_t *refused = json_array();

	for (size_t i = 0; i < sc->n; i++)
		if (sc->v[i].refused != SNMPIO_OK)
			json_array_append_new(
			    refused, json_pack("{s:s,s:s}", "address", sc->v[i].address, "reason",
					 snmpio_status_text(sc->v[i].refused)));
	json_t *j =
	    json_pack("{s:i,s:O,s:o}", "asked", (int)sc->n, "devices", list, "refused", refused);
	json_dumpf(j, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(j);
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
	for (size_t i = 0; i < n; i++)
		sc->roots[i + 3] = probes[i];
	sc->nroots = n + 3;
}

/* Asks all, and prints who answered. */
static void
scan(struct scan *sc)
{
	take_roots(sc);
	begin_more(sc);
	event_base_dispatch(sc->s->base);
	json_t *list = json_array();
	for (size_t i = 0; i < sc->n; i++)
		if (sc->v[i].answers)
			json_array_append_new(list, describe(sc, &sc->v[i]));
	if (sc->t->json)
		print_json(sc, list);
	else
		print_rows(sc, list);
	json_decref(list);
	for (size_t i = 0; i < sc->n; i++)
		walk_free(sc->v[i].walk);
}

/* discover CIDR */
int
discover_run(struct tool *t)
{
	struct session s;
	struct scan sc = { .t = t, .s = &s };
	int rc = TOOL_FAILED;

	if (take_network(&sc, t->args[0]) == -1) {
		tool_complain(
		    "\"%s\" is no IPv4 network like 10.0.3.0/24, of /20 (4,096 addresses) "
		    "or smaller",
		    t->args[0]);
		return TOOL_USAGE;
	}
	/* What is in the configuration already is said, if there is one. */
	if (tool_has_conf(t) && tool_conf(t) == NULL)
		goto out;
	if (session_open(&s, t, sc.v[0].address) == -1)
		goto out;
	snmpio_peer_free(s.peer);
	s.peer = NULL;
	sc.all = tool_profiles(t);
	if (sc.all != NULL) {
		scan(&sc);
		rc = TOOL_OK;
	}
	session_close(&s);
out:
	profiles_free(sc.all);
	free(sc.roots);
	free(sc.v);
	return rc;
}

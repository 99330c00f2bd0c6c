/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf: the gateway's table of keys, and the checks that a single row cannot make. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "agent/gateway/conf.h"
#include "agent/gateway/oid.h"
#include "agent/gateway/probe.h"
#include "agent/gateway/snmpio.h"
#include "zw/str.h"

#undef DEADMAN_STRUCTS_MADE
#define CONF_KEYS "agent/gateway/keys.def"
#include "zw/conf_rows.h"
#undef CONF_KEYS

#define DAY_MS 86400000

const struct conf_table gateway_conf_table = CONF_TABLE(gateway, "gateway.conf.d");

/* Splits "addr:port", "[addr]:port", "addr" into host and port. */
static int
split_address(const char *text, char *host, size_t size, unsigned *port)
{
	uint64_t number;
	const char *end = text + strlen(text);
	const char *colon = strrchr(text, ':');

	if (text[0] == '[') {
		const char *close = strchr(text, ']');
		if (close == NULL || (close[1] != '\0' && close[1] != ':'))
			return -1;
		text++;
		end = close;
		colon = close[1] == ':' ? close + 1 : NULL;
	} else if (colon != NULL && memchr(text, ':', (size_t)(colon - text)) != NULL) {
		colon = NULL; /* a bare IPv6 address */
	} else if (colon != NULL) {
		end = colon;
	}
	if (colon != NULL && str_to_u64(colon + 1, 1, 65535, &number) == -1)
		return -1;
	if (colon != NULL)
		*port = (unsigned)number;
	if ((size_t)(end - text) >= size)
		return -1;
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = '\0';
	return 0;
}

/* Read a numeric address. */
int
gateway_conf_address(
    const char *text, unsigned default_port, struct sockaddr_storage *out, unsigned *len)
{
	char host[64];
	unsigned port = default_port;
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (split_address(text, host, sizeof host, &port) == -1)
		return -1;
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		v4.sin_port = htons((uint16_t)port);
		memcpy(out, &v4, *len = sizeof v4);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
		v6.sin6_port = htons((uint16_t)port);
		memcpy(out, &v6, *len = sizeof v6);
		return 0;
	}
	return -1;
}

/* The value of a hexadecimal digit, or -1. */
static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at =
	    c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Read an engine ID. */
size_t
gateway_conf_engine(const char *text, uint8_t out[GATEWAY_CONF_MAX_ENGINE])
{
	if (strncmp(text, "0x", 2) == 0)
		text += 2;
	size_t n = strlen(text);
	if (n % 2 != 0 || n < 10 || n > 2 * GATEWAY_CONF_MAX_ENGINE)
		return 0;
	for (size_t i = 0; i < n / 2; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
		if (high == -1 || low == -1)
			return 0;
		out[i] = (uint8_t)(high * 16 + low);
	}
	return n / 2;
}

/* A credential has what its version needs, and nothing of the others. */
static void
check_credential(const struct conf_credential *c, struct conf_errors *ce)
{
	enum snmpio_auth auth = SNMPIO_AUTH_NONE;
	enum snmpio_priv priv = SNMPIO_PRIV_NONE;

	if (c->version == NULL || c->auth == NULL || c->priv == NULL)
		return;
	if (strcmp(c->version, "v1") == 0 || strcmp(c->version, "v2c") == 0) {
		if (c->community_file == NULL && !conf_is_given(ce, c, "community_file"))
			conf_complain(ce, c, NULL, "%s needs a \"community_file\"", c->version);
		if (c->user != NULL)
			conf_complain(ce, c, "user", "%s knows no users", c->version);
		return;
	}
	if (strcmp(c->version, "v3") != 0)
		return; /* told by the row */
	if (c->user == NULL && !conf_is_given(ce, c, "user"))
		conf_complain(ce, c, NULL, "v3 needs a \"user\"");
	if (c->community_file != NULL)
		conf_complain(ce, c, "community_file", "v3 knows no communities");
	if (snmpio_auth_parse(c->auth, &auth) == -1 || snmpio_priv_parse(c->priv, &priv) == -1)
		return; /* told by the row */
	if (auth == SNMPIO_AUTH_NONE && !c->allow_noauth)
		conf_complain(ce, c, "auth",
		    "without authentication anybody can answer for the device; if that is really "
		    "wanted, say allow_noauth = true");
	if (auth == SNMPIO_AUTH_NONE && priv != SNMPIO_PRIV_NONE)
		conf_complain(ce, c, "priv", "there is no privacy without authentication");
	if (auth != SNMPIO_AUTH_NONE && c->auth_file == NULL && !conf_is_given(ce, c, "auth_file"))
		conf_complain(ce, c, NULL, "auth = \"%s\" needs an \"auth_file\"", c->auth);
	if (priv != SNMPIO_PRIV_NONE && c->priv_file == NULL && !conf_is_given(ce, c, "priv_file"))
		conf_complain(ce, c, NULL, "priv = \"%s\" needs a \"priv_file\"", c->priv);
}

/* The credential of a name, or NULL. */
static const struct conf_credential *
find_credential(const struct conf_gateway *g, const char *name)
{
	const struct conf_credential *c = g->credentials.v;

	for (size_t i = 0; i < g->credentials.n; i++)
		if (c[i].name != NULL && strcmp(c[i].name, name) == 0)
			return &c[i];
	return NULL;
}

/* Complains unless the credential is there. */
static void
check_named(const struct conf_gateway *g, const char *name, const void *element, const char *key,
    struct conf_errors *ce)
{
	const struct conf_credential *c = g->credentials.v;
	const char *names[256];
	size_t n = 0;

	if (find_credential(g, name) != NULL)
		return;
	for (size_t i = 0; i < g->credentials.n && n < 256; i++)
		if (c[i].name != NULL)
			names[n++] = c[i].name;
	const char *near = conf_nearest(name, names, n);
	conf_complain(ce, element, key, "there is no credential \"%s\"%s%s%s", name,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

/* Intervals are stamped on their own multiples since midnight UTC, so they must divide a day. */
static void
check_interval(int64_t ms, const void *element, struct conf_errors *ce)
{
	if (ms > 0 && (ms % 1000 != 0 || DAY_MS % ms != 0))
		conf_complain(ce, element, "interval",
		    "must be whole seconds that divide a day, as 1s, 5s, 10s, 30s or 1min");
}

/* Looks at a device's child. */
static void
check_child(const struct conf_device *d, const struct conf_child *c, struct conf_errors *ce)
{
	struct oid_buf first, last;

	for (size_t i = 0; i < c->index.n; i++)
		if (oid_parse_range(c->index.v[i], &first, &last) == -1)
			conf_complain(ce, c, "index",
			    "\"%s\" is neither an index nor a range of two of the same length",
			    c->index.v[i]);
	if (d->node != NULL && c->name != NULL &&
	    strlen(d->node) + strlen(c->name) >= NAME_MAX_NODE)
		conf_complain(ce, c, "name", "%s.%s is longer than a node's name may be (%d bytes)",
		    d->node, c->name, NAME_MAX_NODE);
}

/* Looks at a device's engine ID. */
static void
check_engine(const struct conf_gateway *g, const struct conf_device *d, struct conf_errors *ce)
{
	const struct conf_credential *c =
	    d->credential != NULL ? find_credential(g, d->credential) : NULL;
	uint8_t id[GATEWAY_CONF_MAX_ENGINE];

	if (d->engine_id == NULL)
		return;
	if (gateway_conf_engine(d->engine_id, id) == 0)
		conf_complain(
		    ce, d, "engine_id", "\"%s\" is not 5 to 32 bytes in hex", d->engine_id);
	else if (c != NULL && c->version != NULL && strcmp(c->version, "v3") != 0)
		conf_complain(ce, d, "engine_id", "%s knows no engines", c->version);
}

/* Looks at a device. */
static void
check_device(const struct conf_gateway *g, const struct conf_device *d, struct conf_errors *ce)
{
	const struct conf_child *c = d->children.v;
	const struct conf_override *o = d->overrides.v;
	struct sockaddr_storage ss;
	unsigned len;

	if (d->address != NULL && gateway_conf_address(d->address, 161, &ss, &len) == -1)
		conf_complain(ce, d, "address",
		    "\"%s\" is no IP address (names are not resolved here)", d->address);
	if (d->credential != NULL)
		check_named(g, d->credential, d, "credential", ce);
	for (size_t i = 0; i < d->traps_from.n; i++)
		if (gateway_conf_address(d->traps_from.v[i], 161, &ss, &len) == -1)
			conf_complain(
			    ce, d, "traps_from", "\"%s\" is no IP address", d->traps_from.v[i]);
	check_engine(g, d, ce);
	for (size_t i = 0; i < d->children.n; i++)
		check_child(d, &c[i], ce);
	for (size_t i = 0; i < d->overrides.n; i++)
		check_interval(o[i].interval, &o[i], ce);
}

/* Looks at what is said of traps. */
static void
check_traps(const struct conf_gateway *g, struct conf_errors *ce)
{
	const struct conf_traps *t = &g->traps;
	struct sockaddr_storage ss;
	unsigned len;

	if (t->listen != NULL && gateway_conf_address(t->listen, 162, &ss, &len) == -1)
		conf_complain(ce, t, "listen",
		    "\"%s\" is no IP address (names are not resolved here)", t->listen);
	for (size_t i = 0; i < t->credentials.n; i++)
		check_named(g, t->credentials.v[i], t, "credentials", ce);
}

/* Looks at a probe: its kind's own checks, and two of one name. */
static void
check_probe(const struct conf_gateway *g, const struct conf_probe *p, struct conf_errors *ce)
{
	const struct probe_kind *k = p->kind != NULL ? probe_kind(p->kind) : NULL;

	check_interval(p->interval, p, ce);
	if (p->timeout > 0 && p->interval > 0 && p->timeout > p->interval)
		conf_complain(ce, p, "timeout", "is longer than the interval");
	if (k == NULL || p->variant == NULL)
		return;
	if (k->check != NULL)
		k->check(p->variant, p, ce);
	for (const struct conf_probe *q = g->probes.v; q < p; q++)
		if (p->node != NULL && q->node != NULL && strcmp(p->node, q->node) == 0 &&
		    q->kind != NULL && strcmp(p->kind, q->kind) == 0 &&
		    ((p->name == NULL && q->name == NULL) ||
			(p->name != NULL && q->name != NULL && strcmp(p->name, q->name) == 0)))
			conf_complain(ce, p, NULL,
			    "%s has two %s probes of this name; give one of them another \"name\"",
			    p->node, p->kind);
}

/* Check across keys. */
void
gateway_conf_check(void *conf, struct conf_errors *ce)
{
	const struct conf_gateway *g = conf;
	const struct conf_credential *c = g->credentials.v;
	const struct conf_device *d = g->devices.v;
	const struct conf_probe *p = g->probes.v;

	for (size_t i = 0; i < g->credentials.n; i++)
		check_credential(&c[i], ce);
	for (size_t i = 0; i < g->devices.n; i++)
		check_device(g, &d[i], ce);
	check_traps(g, ce);
	deadman_conf_check(&g->deadman, ce);
	for (size_t i = 0; i < g->probes.n; i++)
		check_probe(g, &p[i], ce);
}

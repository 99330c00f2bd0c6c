/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auth: what the headers say of who asks, and under which name of ours. Pure. */
#ifndef COLLECTOR_WEB_AUTH_H
#define COLLECTOR_WEB_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "zw/err.h"

#define AUTH_MIN_TOKEN 16
#define AUTH_MAX_TOKEN 256
#define AUTH_COOKIE "zonewatch"

/* Whether the token can be one: long enough, and only characters that a header and a cookie carry
 * unquoted (RFC 6750's b64token). */
int auth_check_token(const char *token, struct err *e) __attribute__((warn_unused_result));
/* The token of an Authorization header (NULL: none); NULL if it has none. */
const char *auth_bearer(const char *authorization);
/* The value of our next cookie in a Cookie header (NULL: none), n bytes; *cookie goes on behind it.
 * NULL: there is none. */
const char *auth_cookie(const char **cookie, size_t *n);

/* Whether an Origin header (NULL: none) is this server as the Host header names it. */
bool auth_same_origin(const char *origin, const char *host);

/* The names under which the server may be asked; all else is a rebound DNS name or a mistake. */
struct auth_hosts {
	char **v; /* lower case, without port, an IPv6 address in brackets */
	size_t n;
};

/* listen: "address:port"; url may be NULL. 127.0.0.1, localhost and [::1] are always among them.
 * Freed by auth_hosts_clear(). */
void auth_hosts_init(struct auth_hosts *h, const char *listen, const char *url);
void auth_hosts_clear(struct auth_hosts *h);
/* Whether a Host header (NULL: none) names one of them, with any port or none. */
bool auth_host_known(const struct auth_hosts *h, const char *host);

#endif

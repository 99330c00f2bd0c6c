/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auth: who may ask, and under which name of ours. Pure: headers in, verdict out. */
#ifndef COLLECTOR_WEB_AUTH_H
#define COLLECTOR_WEB_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "zw/err.h"

#define AUTH_MIN_TOKEN 16
#define AUTH_MAX_TOKEN 256
#define AUTH_COOKIE "zonewatch"

enum auth_proof {
	AUTH_NONE,
	AUTH_SESSION, /* the cookie */
	AUTH_TOKEN    /* Authorization: Bearer */
};

/* Whether the token can be one: long enough, and only characters that a header and a cookie carry
 * unquoted (RFC 6750's b64token). */
int auth_check_token(const char *token, struct err *e) __attribute__((warn_unused_result));
/* Compares in a time that depends on the lengths only. */
bool auth_equal(const char *a, const char *b);
/* What these two headers (either may be NULL) prove. */
enum auth_proof auth_judge(const char *token, const char *authorization, const char *cookie);

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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a token or a session's key stands in the headers, what a token of a file must be like, and
 * the allow-list of Host headers. */
#include "collector/web/auth.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "zw/alloc.h"
#include "zw/str.h"

int
auth_check_token(const char *token, struct err *e)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._~+/=";
	size_t n = strlen(token);
	if (n < AUTH_MIN_TOKEN || n > AUTH_MAX_TOKEN)
		return err_set(e, "the token has %zu characters; it must have %d to %d", n,
		    AUTH_MIN_TOKEN, AUTH_MAX_TOKEN);
	if (token[strspn(token, allowed)] != '\0')
		return err_set(e, "the token may hold letters, digits and -._~+/= only");
	return 0;
}

const char *
auth_cookie(const char **cookie, size_t *n)
{
	static const char name[] = AUTH_COOKIE "=";
	const size_t skip = sizeof name - 1;
	const char *s = *cookie;

	while (s != NULL && *s != '\0') {
		s += strspn(s, " ;");
		size_t len = strcspn(s, ";");
		*cookie = s + len;
		if (len > skip && len - skip <= AUTH_MAX_TOKEN && memcmp(s, name, skip) == 0) {
			*n = len - skip;
			return s + skip;
		}
		s += len;
	}
	return NULL;
}

const char *
auth_bearer(const char *authorization)
{
	static const char scheme[] = "bearer ";
	char word[sizeof scheme];

	if (authorization == NULL || strlen(authorization) < sizeof scheme)
		return NULL;
	(void)str_copy(word, sizeof word, authorization);
	const char *given = authorization + sizeof scheme - 1;
	return str_casecmp(word, scheme) == 0 ? given + strspn(given, " ") : NULL;
}

bool
auth_same_origin(const char *origin, const char *host)
{
	if (origin == NULL || host == NULL)
		return false;
	const char *name = strstr(origin, "://");
	bool web = strncmp(origin, "http://", 7) == 0 || strncmp(origin, "https://", 8) == 0;
	return web && str_casecmp(name + 3, host) == 0;
}

/* Length of the host in "host", "host:port", "[addr]:port"; 0 if it is malformed. */
static size_t
host_length(const char *s)
{
	size_t n = strcspn(s, ":/?#@");
	if (*s == '[') {
		const char *end = strchr(s, ']');
		n = end != NULL ? (size_t)(end - s) + 1 : 0;
	}
	if (n == 0)
		return 0;
	uint64_t port;
	if (s[n] == ':' && str_to_u64(s + n + 1, 0, 65535, &port) == -1)
		return 0;
	return s[n] == '\0' || s[n] == ':' ? n : 0;
}

/* Adds n bytes in lower case. */
static void
add_host(struct auth_hosts *h, const char *s, size_t n)
{
	if (n == 0)
		return;
	char *copy = xmalloc(n + 1);
	for (size_t i = 0; i < n; i++)
		copy[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] - 'A' + 'a' : s[i]);
	copy[n] = '\0';
	h->v = xreallocarray(h->v, h->n + 1, sizeof *h->v);
	h->v[h->n++] = copy;
}

void
auth_hosts_init(struct auth_hosts *h, const char *listen, const char *url)
{
	*h = (struct auth_hosts){ 0 };
	add_host(h, "127.0.0.1", 9);
	add_host(h, "localhost", 9);
	add_host(h, "[::1]", 5);
	add_host(h, listen, host_length(listen));
	if (url == NULL)
		return;
	const char *host = strstr(url, "://");
	char part[256];
	if (host == NULL || str_copy(part, sizeof part, host + 3) == -1)
		return;
	part[strcspn(part, "/?#")] = '\0';
	add_host(h, part, host_length(part));
}

void
auth_hosts_clear(struct auth_hosts *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->v[i]);
	free(h->v);
	*h = (struct auth_hosts){ 0 };
}

bool
auth_host_known(const struct auth_hosts *h, const char *host)
{
	char given[256];
	size_t n = host != NULL ? host_length(host) : 0;
	if (n == 0 || n >= sizeof given)
		return false;
	memcpy(given, host, n);
	given[n] = '\0';
	for (size_t i = 0; i < h->n; i++)
		if (str_casecmp(h->v[i], given) == 0)
			return true;
	return false;
}

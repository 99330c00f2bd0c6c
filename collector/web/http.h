/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http: the server around the handlers; the only door to evhttp. It owns limits, deadlines, the
 * check of Host, Origin, session or token, and role, and the headers of every answer, so no handler
 * can forget one. */
#ifndef COLLECTOR_WEB_HTTP_H
#define COLLECTOR_WEB_HTTP_H

#include "collector/web/auth.h"
#include "zw/err.h"

struct collector;
struct event_base;
struct http;
struct sockaddr;
struct tls;

struct http_options {
	const struct collector *collector; /* borrowed, handed to handlers; with its accounts */
	const struct auth_hosts *hosts;	   /* borrowed */
	unsigned max_connections;
	const struct tls *tls; /* borrowed; NULL: plain HTTP */
	bool behind_tls;       /* people come by way of a proxy that speaks TLS */
};

/* Listens at once. */
int http_new(struct http **out, struct event_base *base, const struct sockaddr *sa, int len,
    const struct http_options *o, struct err *e) __attribute__((warn_unused_result));
/* Cuts all connections; tickets that are out stay valid. NULL is fine. */
void http_free(struct http *h);
/* Its listening socket, for handover_offer(). */
int http_listener(const struct http *h);
/* The port that it listens on (for tests, which ask for port 0). */
int http_port(const struct http *h);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_http_multi: libcurl's multi handle of all http probes, driven by the loop. */
#ifndef AGENT_GATEWAY_PROBE_HTTP_MULTI_H
#define AGENT_GATEWAY_PROBE_HTTP_MULTI_H

#include <curl/curl.h>

#include "agent/gateway/probe_env.h"

/* One transfer; all of it is the caller's. Its CURLOPT_PRIVATE is ours. */
struct probe_http_transfer {
	CURL *easy;
	/* It is over; from the loop. It is to be removed, now or later. */
	void (*over)(void *arg, CURLcode rc);
	void *arg;
};

struct probe_http_multi;

/* The part; NULL and the reason. */
struct probe_http_multi *probe_http_multi_of(struct probe_env *env, struct err *e);
/* Starts a transfer; nothing of it is done before the loop goes on. */
void probe_http_multi_add(struct probe_http_multi *m, struct probe_http_transfer *t);
void probe_http_multi_remove(struct probe_http_multi *m, struct probe_http_transfer *t);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe_http_multi: libcurl says which sockets and which timer it wants; the loop says when they
 * are ready. */
#include <stdlib.h>

#include <event2/event.h>

#include "agent/gateway/probe_http_multi.h"
#include "zw/alloc.h"
#include "zw/clock.h"
#include "zw/log.h"

struct probe_http_multi {
	struct event_base *base;
	CURLM *curl;
	struct event *timer;
};

/* Tells of the transfers that are over. */
static void
multi_finish(struct probe_http_multi *m)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(m->curl, &left)) != NULL) {
		struct probe_http_transfer *t = NULL;
		CURLcode rc = msg->data.result;
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		t->over(t->arg, rc);
	}
}

/* A socket of libcurl's is ready. */
static void
multi_ready(evutil_socket_t fd, short what, void *arg)
{
	struct probe_http_multi *m = arg;
	int running, bits = 0;

	if ((what & EV_READ) != 0)
		bits |= CURL_CSELECT_IN;
	if ((what & EV_WRITE) != 0)
		bits |= CURL_CSELECT_OUT;
	curl_multi_socket_action(m->curl, fd, bits, &running);
	multi_finish(m);
}

/* libcurl's timer. */
static void
multi_timer(evutil_socket_t fd, short what, void *arg)
{
	struct probe_http_multi *m = arg;
	int running;

	(void)fd, (void)what;
	curl_multi_socket_action(m->curl, CURL_SOCKET_TIMEOUT, 0, &running);
	multi_finish(m);
}

/* libcurl wants its timer set. */
static int
multi_set_timer(CURLM *curl, long ms, void *arg)
{
	struct probe_http_multi *m = arg;
	struct timeval tv = clock_timeval(ms);

	(void)curl;
	if (ms < 0)
		evtimer_del(m->timer);
	else
		evtimer_add(m->timer, &tv);
	return 0;
}

/* libcurl wants a socket watched, otherwise, or not any more. */
static int
multi_set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket)
{
	struct probe_http_multi *m = arg;
	struct event *ev = socket;
	short events = EV_PERSIST;

	(void)easy;
	if (ev != NULL)
		event_free(ev);
	ev = NULL;
	if ((what & CURL_POLL_IN) != 0 && what != CURL_POLL_REMOVE)
		events |= EV_READ;
	if ((what & CURL_POLL_OUT) != 0 && what != CURL_POLL_REMOVE)
		events |= EV_WRITE;
	if (what != CURL_POLL_REMOVE)
		ev = event_new(m->base, fd, events, multi_ready, m);
	curl_multi_assign(m->curl, fd, ev);
	return what == CURL_POLL_REMOVE || (ev != NULL && event_add(ev, NULL) == 0) ? 0 : -1;
}

/* After all probes were closed. */
static void
multi_free(void *part)
{
	struct probe_http_multi *m = part;

	if (m->curl != NULL)
		curl_multi_cleanup(m->curl);
	if (m->timer != NULL)
		event_free(m->timer);
	free(m);
	curl_global_cleanup();
}

/* The handle. */
static void *
multi_make(struct probe_env *env, struct err *e)
{
	struct probe_http_multi *m;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(e, "libcurl does not start");
		return NULL;
	}
	m = xcalloc(1, sizeof *m);
	m->base = probe_env_base(env);
	m->curl = curl_multi_init();
	m->timer = evtimer_new(m->base, multi_timer, m);
	if (m->curl == NULL || m->timer == NULL) {
		err_set(e, "libcurl does not start");
		multi_free(m);
		return NULL;
	}
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, multi_set_socket);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, multi_set_timer);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
	return m;
}

static const struct probe_part multi_part = { .make = multi_make, .free = multi_free };

/* The part. */
struct probe_http_multi *
probe_http_multi_of(struct probe_env *env, struct err *e)
{
	return probe_env_part(env, &multi_part, e);
}

/* libcurl asks for its timer at once. */
void
probe_http_multi_add(struct probe_http_multi *m, struct probe_http_transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	if (curl_multi_add_handle(m->curl, t->easy) != CURLM_OK)
		fatalx("probe", "out of memory");
}

/* Also while it is under way. */
void
probe_http_multi_remove(struct probe_http_multi *m, struct probe_http_transfer *t)
{
	curl_multi_remove_handle(m->curl, t->easy);
}

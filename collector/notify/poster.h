/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poster: JSON posted to URLs by libcurl, all at once, in a thread of its own; for the channels
 * webhook and alertmanager. No redirect is followed, no proxy of the environment asked. */
#ifndef COLLECTOR_HTTP_H
#define COLLECTOR_HTTP_H

#include "collector/notify/channel.h"
#include "zw/buf.h"

#define HTTP_LANES 16		    /* messages at once */
#define HTTP_MAX_ANSWER (64 * 1024) /* bytes; the rest is not read */
#define HTTP_MAX_URL 1024

struct conf_notify;
struct poster;

/* Whether it is an http or https URL without a password in it, which every log would show. */
int poster_check(const char *url, struct err *e) __attribute__((warn_unused_result));
/* conf is borrowed. name: of the thread. */
int poster_new(struct poster **out, struct event_base *base, const struct conf_notify *conf,
    const char *name, struct err *e) __attribute__((warn_unused_result));
/* What is under way is broken off; done() is not called. NULL is fine. */
void poster_free(struct poster *h);
/* Posts the body (copied) to each URL with the path put behind it ("": as it is), and the
 * Idempotency-Key (NULL: none). done() is called later in the loop, once. */
void poster_post(struct poster *h, char *const *urls, size_t n, const char *path, const char *key,
    const char *body, channel_done done, void *arg);

#endif

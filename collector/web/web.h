/* SPDX-License-Identifier: GPL-3.0-or-later */
/* web: the pages and the HTTP API, put together. http.c is the only door to evhttp and owns
 * deadlines, limits, who asks and the headers; api/ and pages/ hold handlers, each with its table
 * of routes. */
#ifndef COLLECTOR_WEB_H
#define COLLECTOR_WEB_H

#include "zw/err.h"

struct collector;
struct event_base;
struct web;

/* Listens at once. The collector is borrowed; its accounts and its live are made here. */
int web_new(struct web **out, struct event_base *base, struct collector *c, struct err *e)
    __attribute__((warn_unused_result));
/* The certificate and the token are read again; on an error the old one of it stays. */
int web_renew(struct web *w, struct err *e) __attribute__((warn_unused_result));
int web_listener(const struct web *w); /* its socket, for handover_offer() */
void web_free(struct web *w);

#endif

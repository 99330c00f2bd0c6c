/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conns: the connections of the HTTP server and their absolute deadlines.
 *
 * evhttp 2.1.12 has an idle timeout only (a byte a second keeps a connection for ever) and no
 * limit of connections. Both are added here from outside: the bufferevent of each connection is
 * made here and watched here until evhttp has let go of it. */
#ifndef COLLECTOR_WEB_CONNS_H
#define COLLECTOR_WEB_CONNS_H

#include <stdbool.h>
#include <stdint.h>

struct bufferevent;
struct conns;
struct conns_one;
struct event_base;
struct evconnlistener;
struct tls;

#define CONNS_HEADER_MS 5000   /* a request without a body must be whole by then */
#define CONNS_REQUEST_MS 10000 /* one with a body */
#define CONNS_REPLY_MS 30000   /* an answer must have been taken by then */
#define CONNS_KEEP_MS 30000    /* between two requests */
#define CONNS_SPARE 32	       /* connections above the limit, until others have given way */

/* tls: NULL for none; borrowed. */
struct conns *conns_new(struct event_base *base, unsigned max, const struct tls *tls);
/* After the evhttp. NULL is fine. */
void conns_free(struct conns *cs);
/* Accepting pauses while there are too many connections or no descriptors. Borrowed. */
void conns_listen(struct conns *cs, struct evconnlistener *l);
/* A watched bufferevent for a connection about to be accepted; evhttp's when it is returned. */
struct bufferevent *conns_bufferevent(struct conns *cs);

/* The connection of a bufferevent; NULL if it is not one of these. */
struct conns_one *conns_find(struct conns *cs, struct bufferevent *bev);
/* It came when all places were taken by others that are at work: tell it so and close. */
bool conns_is_spare(const struct conns_one *c);
/* A whole request is here; its answer is being made: no deadline. */
void conns_asked(struct conns_one *c);
/* The answer is being sent. */
void conns_answering(struct conns_one *c);
/* The answer was sent. */
void conns_answered(struct conns *cs, struct conns_one *c);

#endif

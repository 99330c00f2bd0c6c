/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reply: what a handler answers. It fills this in and returns the HTTP status; or it asks for a
 * ticket, returns REPLY_LATER, and answers through the ticket when its answer is there. */
#ifndef COLLECTOR_WEB_REPLY_H
#define COLLECTOR_WEB_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "zw/buf.h"
#include "zw/lang.h"

#define REPLY_LATER (-1)

#define REPLY_JSON "application/json"
#define REPLY_HTML "text/html; charset=utf-8"
#define REPLY_CSS "text/css; charset=utf-8"
#define REPLY_JS "text/javascript; charset=utf-8"
#define REPLY_TEXT "text/plain; charset=utf-8"
#define REPLY_CSV "text/csv; charset=utf-8"
#define REPLY_PDF "application/pdf"
#define REPLY_ZIP "application/zip"
#define REPLY_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
#define REPLY_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define REPLY_SVG "image/svg+xml"
#define REPLY_PNG "image/png"
#define REPLY_EVENTS "text/event-stream" /* of streams */

struct ticket;

struct reply {
	struct buf body;  /* freed by whoever made the reply */
	const char *type; /* one of the above */
	bool api;	  /* errors are JSON, not pages */
	bool keep;	  /* for ever: its address changes with it (an asset's ?v=) */
	const char *tag;  /* its ETag, if there is one already; else http.c makes one */
	const void *gz;	  /* body, already by gzip; NULL: http.c does it where it pays */
	size_t gz_size;
	char filename[128]; /* to be saved under; "": to be shown */
	bool shown;	    /* shown nevertheless; the name is for who saves it then */
	bool foreign;	    /* a page that is whole in itself: it has its style and asks nobody */
	/* A long answer in parts: called again, in later turns of the loop and no faster than the
	 * client reads, until it says false; it adds some 32 KB to b. body goes first. */
	bool (*more)(void *arg, struct buf *b);
	void *more_arg;
	void (*more_free)(void *arg); /* once, at the end or when the client has left; or NULL */
	const char *location;	      /* of a redirect: a constant, or where[] */
	char where[256];	      /* room for one that is none */
	bool untagged;		      /* it gets no ETag of its own */
	const char *allow;	      /* of 405: the methods that this address is for */
	const char *target; /* what was asked for, for the sign-in to go on to; may be NULL */
	char cookie[512];   /* Set-Cookie, one a line */
	enum lang lang;	    /* of an error's page */
	void *exchange;	    /* http.c's */
};

/* An error in the client's form; returns the status. code is one word for programs. */
int reply_error(struct reply *re, int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The phrase of a status, for people. */
const char *reply_phrase(int status);

/* In http_ticket.c. The ticket must be answered once by one of the two below, in a later turn of
 * the loop. It stays valid when the client or the whole server is gone: the answer then goes
 * nowhere.
 */
struct ticket *ticket_take(struct reply *re);
/* type is one of the constants above. */
void ticket_answer(struct ticket *t, int status, const char *type, const void *data, size_t n);
/* Sends a page's client on to this address of ours, with a cookie if that is not ""; both are
 * copied. */
void ticket_redirect(struct ticket *t, const char *location, const char *cookie);
void ticket_error(struct ticket *t, int status, const char *code, const char *why);

/* In http_stream.c: an answer without an end, text/event-stream. closed() is called once, in a
 * later turn, when the client has left or is dropped; the stream is gone then. stream_close() drops
 * it (closed() is not called). */
struct stream;
struct stream *stream_take(struct reply *re, void (*closed)(void *arg), void *arg);
void stream_send(struct stream *s, const void *data, size_t n);
/* Bytes that the client has not yet taken. */
size_t stream_pending(const struct stream *s);
void stream_close(struct stream *s);
/* Ends it in good order, after what it still has to take (closed() is not called). */
void stream_end(struct stream *s);

#endif

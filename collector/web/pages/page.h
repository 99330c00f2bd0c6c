/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page: the frame around every page, and the pages that need no site. */
#ifndef COLLECTOR_WEB_PAGES_PAGE_H
#define COLLECTOR_WEB_PAGES_PAGE_H

#include <stdint.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "collector/web/view.h"
#include "zw/buf.h"

struct collector;

/* What differs between pages. */
struct page {
	const char *title;  /* in the reader's language */
	const char *here;   /* the address of the navigation's entry that it belongs to; or NULL */
	const char *live;   /* the topic (live.h) of which a change renews <main>; NULL: none */
	const char *script; /* an asset beside app.js; NULL: none */
	const char *style;  /* an asset beside style.css; NULL: none */
};

/* Head, site's name and state, navigation, up to the inside of <main>. Ended by page_end(). */
void page_begin(
    struct reply *re, const struct collector *c, const struct request *rq, const struct page *p);
void page_end(struct buf *b);
/* An asset's address between markup. */
void page_asset(struct buf *b, const char *before, const char *name, const char *after);
/* A text of ours in the reader's language, escaped; page_sayf: with values. */
void page_say(struct buf *b, enum lang l, const char *text);
void page_sayf(struct buf *b, enum lang l, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A state by sign, word and colour. */
void page_badge(struct buf *b, enum lang l, enum view_state s);
/* The badge of what is not yet firing. */
void page_badge_pending(struct buf *b, enum lang l);
/* The state that an alert's severity shows as; information is OK. */
enum view_state page_severity(int severity);
/* Local time of a moment ("22.11.2026 14:03:05"), with a machine's form beside it. */
void page_time(struct buf *b, enum lang l, int64_t wall_ms);
/* Its shortest form: "14:03" of today, "22.11 14:03" of another day. */
void page_moment(struct buf *b, enum lang l, int64_t wall_ms, int64_t now_ms);
/* How long ago it was ("3 min ago"); app.js lets it tick. */
void page_ago(struct buf *b, enum lang l, int64_t wall_ms, int64_t now_ms);
/* "3 min", "2 h 5 min", "4 d 3 h": what an age or span needs. */
void page_span(char *dst, size_t size, enum lang l, int64_t ms);
/* The frame of a page for who is not signed in: a heading, and nothing of the site. */
void page_alone(struct buf *b, enum lang l, const char *title);
void page_alone_end(struct buf *b);
/* A whole page that says what went wrong and what to do; with 401 the sign-in, which leads to
 * next; NULL: to the first page. */
void page_error(struct buf *b, enum lang l, int status, const char *text, const char *next);
/* Whether this is an address of ours, to which a sign-in may lead: a path, and no other server's.
 */
bool page_is_local(const char *path);

#endif

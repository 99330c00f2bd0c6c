/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page: the frame around every page, and the pages that need no site. */
#ifndef COLLECTOR_WEB_PAGE_H
#define COLLECTOR_WEB_PAGE_H

#include <stdint.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "collector/web/view.h"
#include "zw/buf.h"

struct collector;

/* Head, site's name and state, navigation; `here` is the address of the current entry. The page
 * is loaded anew after refresh_s seconds; 0: never. Ended by page_end(). */
void page_begin(struct reply *re, const struct collector *c, const struct request *rq,
    const char *title, const char *here, unsigned refresh_s);
void page_end(struct buf *b);
/* A state by sign, word and colour. */
void page_badge(struct buf *b, enum view_state s);
/* The badge of what is not yet firing. */
void page_badge_pending(struct buf *b);
/* The state that an alert's severity shows as; information is OK. */
enum view_state page_severity(int severity);
/* Local time of a moment ("21 Nov 14:03"), with a machine's form beside it. */
void page_time(struct buf *b, int64_t wall_ms);
/* A whole page that says what went wrong and what to do; with 401 a field for the token. */
/* next: where the sign-in leads to; NULL: to the overview. */
void page_error(struct buf *b, int status, const char *text, const char *next);
/* Whether this is an address of ours, to which a sign-in may lead: a path, and no other server's.
 */
bool page_is_local(const char *path);

#endif

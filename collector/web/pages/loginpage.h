/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loginpage: signing in and out. */
#ifndef COLLECTOR_WEB_PAGES_LOGINPAGE_H
#define COLLECTOR_WEB_PAGES_LOGINPAGE_H

#include <stdbool.h>

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "zw/buf.h"
#include "zw/lang.h"

struct collector;

/* The form; next: where it leads to, or NULL. */
void loginpage_form(struct buf *b, enum lang l, const char *next);
/* GET and POST /login; POST /logout */
int loginpage_serve(const struct collector *c, const struct request *rq, struct reply *re);
int loginpage_leave(const struct collector *c, const struct request *rq, struct reply *re);
/* The session's cookie, and the one that shows that it is there; for a reply's cookie. */
void loginpage_cookies(
    const struct collector *c, enum who_role role, const char *key, char *dst, size_t size);

/* The session's cookie is SameSite=Strict: whoever follows a link in a mail read in a browser comes
 * without it, though signed in. A second cookie, which tells nothing, shows that; then a page is
 * sent that loads the same address once more, now from this site. */
bool loginpage_is_astray(const char *cookie, const char *target);
int loginpage_again(struct reply *re);

#endif

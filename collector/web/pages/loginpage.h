/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loginpage: signing in and out. */
#ifndef COLLECTOR_WEB_PAGES_LOGINPAGE_H
#define COLLECTOR_WEB_PAGES_LOGINPAGE_H

#include "collector/web/reply.h"
#include "collector/web/request.h"
#include "zw/buf.h"
#include "zw/lang.h"

struct collector;

/* The form; next: where it leads to, or NULL. */
void loginpage_form(struct buf *b, enum lang l, const char *next);
/* GET and POST /login */
int loginpage_serve(const struct collector *c, const struct request *rq, struct reply *re);

#endif

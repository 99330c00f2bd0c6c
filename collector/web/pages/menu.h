/* SPDX-License-Identifier: GPL-3.0-or-later */
/* menu: the head of every page: the site and its state, search, the account, where one can go, and
 * the help on keys. */
#ifndef COLLECTOR_WEB_PAGES_MENU_H
#define COLLECTOR_WEB_PAGES_MENU_H

#include "collector/web/request.h"
#include "zw/buf.h"

struct collector;
struct reply;

/* The head; here: the address of the entry that the page belongs to; or NULL. */
void menu_put(struct buf *b, const struct collector *c, const struct request *rq, const char *here);

/* GET /language/{}?next=: keeps a language in this browser, for those whose account has none. */
int menu_language(const struct collector *c, const struct request *rq, struct reply *re);
/* GET /theme/{}?next=: likewise "light", "dark", "auto". */
int menu_theme(const struct collector *c, const struct request *rq, struct reply *re);

#endif
